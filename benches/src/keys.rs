//! Keys and signatures, compared with ring, aws-lc-rs and OpenSSL.
//!
//! The time of a search for primes is random. For RSA keys, the medians of many runs are therefore compared, not the ratios
//! within a round.

use certgen::{KeyKind, KeyPair, Signer as _, SigningAlgorithm};
use ring::signature as ring_signature;

use crate::fixture::{rng, rng_of};
use crate::operation::{Effort, Operation, concerns};

const MESSAGE: &[u8] = &[7; 1000];

const RSA: [(KeyKind, u32); 3] = [(KeyKind::Rsa2048, 2048), (KeyKind::Rsa3072, 3072), (KeyKind::Rsa4096, 4096)];

pub(crate) fn operations(effort: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("certificate", filter) {
        return Vec::new();
    }
    // The number of sizes, and the number of keys for each median.
    let (sizes, count) = if effort == Effort::Full { (RSA.len(), 100) } else { (1, 31) };
    let rsa = RSA.into_iter().take(sizes);
    let generated =
        rsa.clone().flat_map(|(kind, bits)| [generate_rsa(kind, bits, count), generate_two(kind, bits, count)]);
    let signed = rsa.map(|(kind, bits)| sign_rsa(kind, bits));
    generated.chain(signed).chain([generate_p256(), sign_p256()]).collect()
}

fn generate_rsa(kind: KeyKind, bits: u32, count: usize) -> Operation {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut rng = rng();
    let ours = move || pool.install(|| KeyPair::generate(kind, &mut rng).unwrap());
    let name = format!("certificate key, RSA {bits}, one thread, median of {count}");
    let operation = Operation::new(name, ours).drawn(count);
    #[cfg(feature = "openssl")]
    let operation = operation.rival("openssl", move || openssl::rsa::Rsa::generate(bits).unwrap());
    #[cfg(feature = "aws-lc")]
    let operation = operation.slower_rival("aws-lc-rs", 0.8, move || aws_lc_key(bits));
    operation
}

/// Makes two keys in parallel on two threads, as in `issue_fleet`.
///
/// The threads share the four searches for a prime. aws-lc-rs makes one key on each of two threads.
fn generate_two(kind: KeyKind, bits: u32, count: usize) -> Operation {
    let mut seed = 0_u64;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let ours = move || {
        seed += 2;
        let key = |half| KeyPair::generate(kind, &mut rng_of(seed + half)).unwrap();
        pool.join(|| key(0), || key(1))
    };
    let name = format!("certificate key, RSA {bits}, two threads, per key, median of {count}");
    let operation = Operation::new(name, ours).drawn(count).times(2);
    #[cfg(feature = "aws-lc")]
    let operation = operation.slower_rival("aws-lc-rs, two threads", 1.0, move || both(|| aws_lc_key(bits)));
    operation
}

#[cfg(feature = "aws-lc")]
fn both<T: Send>(make: impl Fn() -> T + Copy + Send) -> [T; 2] {
    std::thread::scope(|scope| {
        let other = scope.spawn(make);
        [make(), other.join().unwrap()]
    })
}

#[cfg(feature = "aws-lc")]
fn aws_lc_key(bits: u32) -> aws_lc_rs::rsa::KeyPair {
    let size = match bits {
        2048 => aws_lc_rs::rsa::KeySize::Rsa2048,
        3072 => aws_lc_rs::rsa::KeySize::Rsa3072,
        _ => aws_lc_rs::rsa::KeySize::Rsa4096,
    };
    aws_lc_rs::rsa::KeyPair::generate(size).unwrap()
}

fn sign_rsa(kind: KeyKind, bits: u32) -> Operation {
    let key = KeyPair::generate(kind, &mut rng()).unwrap();
    let pkcs8 = key.secret_pkcs8().secret_pkcs8_der().to_vec();
    let sign = move || key.sign(SigningAlgorithm::Sha256WithRsa, MESSAGE, &mut rng()).unwrap();
    let expected = sign();
    let of_ring = ring_signature::RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
    let by_ring = move || {
        let mut signature = vec![0; of_ring.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        of_ring.sign(&ring_signature::RSA_PKCS1_SHA256, &random, MESSAGE, &mut signature).unwrap();
        signature
    };
    assert_eq!(by_ring(), expected);
    let operation = Operation::new(format!("certificate signature, RSA {bits}"), sign).rival("ring", by_ring);
    #[cfg(feature = "aws-lc")]
    let operation = {
        let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
        let by_aws_lc = move || {
            let mut signature = vec![0; pair.public_modulus_len()];
            let random = aws_lc_rs::rand::SystemRandom::new();
            pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, MESSAGE, &mut signature).unwrap();
            signature
        };
        assert_eq!(by_aws_lc(), expected);
        operation.rival("aws-lc-rs", by_aws_lc)
    };
    operation
}

/// Makes an EC key and encodes it as PKCS#8 with the public half, as its rivals do.
fn generate_p256() -> Operation {
    let mut rng = rng();
    let ours = move || KeyPair::generate(KeyKind::EcP256, &mut rng).unwrap();
    let random = ring::rand::SystemRandom::new();
    let by_ring = move || {
        ring_signature::EcdsaKeyPair::generate_pkcs8(&ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap()
    };
    let operation = Operation::new("certificate key, EC P-256", ours).rival("ring", by_ring);
    #[cfg(feature = "aws-lc")]
    let operation = operation.rival("aws-lc-rs", || {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
        let random = aws_lc_rs::rand::SystemRandom::new();
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap()
    });
    operation
}

/// Signs with ECDSA. ring verifies our signature, because signatures are randomized.
fn sign_p256() -> Operation {
    let key = KeyPair::generate(KeyKind::EcP256, &mut rng()).unwrap();
    let pkcs8 = key.secret_pkcs8().secret_pkcs8_der().to_vec();
    let mut generator = rng();
    let mut ours = move || key.sign(SigningAlgorithm::Sha256WithEcdsa, MESSAGE, &mut generator).unwrap();
    let random = ring::rand::SystemRandom::new();
    let algorithm = &ring_signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let of_ring = ring_signature::EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &random).unwrap();
    let public = ring_signature::KeyPair::public_key(&of_ring).as_ref().to_vec();
    let public = ring_signature::UnparsedPublicKey::new(&ring_signature::ECDSA_P256_SHA256_ASN1, public);
    public.verify(MESSAGE, &ours()).unwrap();
    let operation = Operation::new("certificate signature, EC P-256", ours)
        .rival("ring", move || of_ring.sign(&random, MESSAGE).unwrap());
    #[cfg(feature = "aws-lc")]
    let operation = {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
        let random = aws_lc_rs::rand::SystemRandom::new();
        operation.rival("aws-lc-rs", move || pair.sign(&random, MESSAGE).unwrap())
    };
    operation
}
