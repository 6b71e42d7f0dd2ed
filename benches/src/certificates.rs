//! Keys and certificates.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;

use certgen::{FleetIssuer, KeySize, Moment, NodeCertificate, NodeOrder, RsaKeyPair, issue_fleet};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::fixture::{key, rng};
use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(effort: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("certificate", filter) {
        return Vec::new();
    }
    let mut operations = vec![self_signed(), fleet(if effort == Effort::Full { 100 } else { 16 })];
    operations.push(generate(KeySize::Rsa2048, 2048, if effort == Effort::Full { 40 } else { 8 }));
    if effort == Effort::Full {
        operations.push(generate(KeySize::Rsa3072, 3072, 20));
        operations.push(generate(KeySize::Rsa4096, 4096, 10));
    }
    operations
}

/// The mean of `count` keys, other ones in every run: how long the search for primes takes is a matter of luck.
fn generate(size: KeySize, bits: u32, count: u32) -> Operation {
    let mut rng = rng();
    let ours = move || (0..count).map(|_| RsaKeyPair::generate(size, &mut rng).unwrap()).collect::<Vec<_>>();
    let operation = Operation::new(format!("certificate key, RSA {bits}, mean of {count}"), ours).times(count);
    with_generators(operation, bits, count)
}

#[cfg(not(any(feature = "openssl", feature = "aws-lc")))]
fn with_generators(operation: Operation, _: u32, _: u32) -> Operation {
    operation
}

#[cfg(any(feature = "openssl", feature = "aws-lc"))]
fn with_generators(operation: Operation, bits: u32, count: u32) -> Operation {
    #[cfg(feature = "openssl")]
    let operation = operation
        .rival("openssl", move || (0..count).map(|_| openssl::rsa::Rsa::generate(bits).unwrap()).collect::<Vec<_>>());
    #[cfg(feature = "aws-lc")]
    let operation = operation.rival("aws-lc-rs", move || {
        let size = match bits {
            2048 => aws_lc_rs::rsa::KeySize::Rsa2048,
            3072 => aws_lc_rs::rsa::KeySize::Rsa3072,
            _ => aws_lc_rs::rsa::KeySize::Rsa4096,
        };
        (0..count).map(|_| aws_lc_rs::rsa::KeyPair::generate(size).unwrap()).collect::<Vec<_>>()
    });
    operation
}

/// Its limit is the signature: two exponentiations modulo the primes, with blinding.
fn self_signed() -> Operation {
    let node =
        || NodeCertificate::for_ip(Ipv4Addr::LOCALHOST.into()).valid_from(Moment::from_unix_seconds(1_700_000_000));
    Operation::new("certificate, self-signed, key at hand", move || node().self_signed(key(), &mut rng()).unwrap())
}

/// All cores against one.
fn fleet(count: u32) -> Operation {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let all = rayon::ThreadPoolBuilder::new().build().unwrap();
    assert_eq!(one.install(|| issued(2)), all.install(|| issued(2)), "threads do not change the result");
    Operation::new(format!("certificate fleet, {count} nodes, all cores, per node"), move || {
        all.install(|| issued(count))
    })
    .slower_rival("one core", 1.7, move || one.install(|| issued(count)))
    .times(count)
}

fn issued(count: u32) -> Vec<Vec<u8>> {
    let order = |number: u32| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let node = NodeCertificate::for_ip(Ipv4Addr::from(0x0a00_0000 + number).into());
        let certificate = node.valid_from(Moment::from_unix_seconds(1_700_000_000));
        NodeOrder { certificate, key_size: KeySize::Rsa2048, rng: ChaCha20Rng::from_seed(seed) }
    };
    let material = issue_fleet((0..count).map(order).collect(), FleetIssuer::SelfSigned, |_| ControlFlow::Continue(()));
    material.unwrap().iter().map(|node| node.chain()[0].to_vec()).collect()
}
