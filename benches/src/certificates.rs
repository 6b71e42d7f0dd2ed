//! Operations on certificates and their paths.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;

use certgen::path::{Anchors, Chain, Handshake, Jdk, Judge, PeerRole, Verdict};
use certgen::{FleetIssuer, KeyKind, KeyPair, NodeOrder, NodeParams, Time, issue_fleet};
use keystore_core::{Entry, KeyStore, Protection, SealedKey, jks};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;
use test_support::{Tool, output};

use crate::fixture::{CREATED, PASSWORD, key, password, path, rng};
use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(effort: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("certificate", filter) {
        return Vec::new();
    }
    vec![self_signed(), whole_node(), judged(), fleet(if effort == Effort::Full { 100 } else { 16 })]
}

fn whole_node() -> Operation {
    let mut rng = rng();
    let ours = move || {
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
        let node = NodeParams::for_ip(Ipv4Addr::LOCALHOST.into()).valid_from(Time::from_unix_seconds(1_700_000_000));
        let certificate = node.self_signed(&key, &mut rng).unwrap();
        let sealed = SealedKey::seal(&key.secret_pkcs8(), &password(), Protection::Jks, &mut rng).unwrap();
        let mut store = KeyStore::new();
        store.insert(Entry::new_private_key("node0", sealed, vec![certificate], CREATED)).unwrap();
        jks::encode(&store, &password()).unwrap()
    };
    let operation = Operation::new("certificate, key and keystore of a node, from nothing", ours);
    if Tool::Keytool.find().is_none() {
        return operation;
    }
    let folder = TempDir::new().unwrap();
    operation.rival("keytool, a process", move || {
        let file = folder.path().join("keystore");
        let _ = std::fs::remove_file(&file);
        let mut keytool = Tool::Keytool.command();
        keytool.args([
            "-genkeypair",
            "-keyalg",
            "RSA",
            "-keysize",
            "2048",
            "-alias",
            "node0",
            "-dname",
            "CN=127.0.0.1",
        ]);
        keytool.args(["-storetype", "JKS", "-storepass", PASSWORD, "-keypass", PASSWORD, "-keystore"]).arg(&file);
        output(&mut keytool)
    })
}

fn self_signed() -> Operation {
    let node = || NodeParams::for_ip(Ipv4Addr::LOCALHOST.into()).valid_from(Time::from_unix_seconds(1_700_000_000));
    Operation::new("certificate, self-signed, key at hand", move || node().self_signed(key(), &mut rng()).unwrap())
}

fn judged() -> Operation {
    let [leaf, intermediate, root] = path();
    let anchors = Anchors::read(std::slice::from_ref(root)).unwrap();
    let chain = Chain::read(&[leaf.clone(), intermediate.clone()]).unwrap();
    let time = Time::from(std::time::SystemTime::now());
    let handshake = Handshake { peer: PeerRole::Server, time, host: None };
    let judge = Judge::new(Jdk::V17);
    assert!(matches!(judge.judge(&anchors, &chain, handshake), Verdict::Accepted(_)));
    Operation::new("certificate path of three judged, warm", move || judge.judge(&anchors, &chain, handshake))
        .slower_java(2.0)
}

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
        let node = NodeParams::for_ip(Ipv4Addr::from(0x0a00_0000 + number).into());
        let params = node.valid_from(Time::from_unix_seconds(1_700_000_000));
        NodeOrder::new(params, KeyKind::Rsa2048, ChaCha20Rng::from_seed(seed))
    };
    let material = issue_fleet((0..count).map(order).collect(), FleetIssuer::SelfSigned, |_| ControlFlow::Continue(()));
    material.unwrap().iter().map(|node| node.chain()[0].to_vec()).collect()
}
