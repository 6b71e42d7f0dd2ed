//! The keys, certificates and stores of the contestants.

use std::sync::OnceLock;

use certgen::{AuthorityParams, KeyKind, KeyPair, NodeParams, Time, Validity};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Protection, SealedKey, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) const PASSWORD: &str = "changeit";

pub(crate) const CREATED: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn password() -> Password {
    Password::new(PASSWORD)
}

pub(crate) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

pub(crate) fn rng_of(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeyKind::Rsa2048, &mut rng()).unwrap())
}

/// The certificate of a node; all nodes have the same key.
pub(crate) fn certificate(number: u32) -> CertificateDer<'static> {
    let address = std::net::Ipv4Addr::from(0x0a00_0000 + number);
    let node = NodeParams::for_ip(address.into()).valid_from(Time::from_unix_seconds(1_700_000_000));
    node.self_signed(key(), &mut rng()).unwrap()
}

/// A leaf, an intermediate and a root, all with the same key and valid for 3,650 days.
pub(crate) fn path() -> &'static [CertificateDer<'static>; 3] {
    static PATH: OnceLock<[CertificateDer<'static>; 3]> = OnceLock::new();
    PATH.get_or_init(|| {
        let validity = Validity::days(Time::from(std::time::SystemTime::now()), 3650).unwrap();
        let copy = || KeyPair::from_pkcs8(&key().secret_pkcs8()).unwrap();
        let authority = |name: &str| AuthorityParams::new(name.parse().unwrap(), validity);
        let root = authority("CN=Root").self_signed(copy(), &mut rng()).unwrap();
        let middle = authority("CN=Issuing").issued_by(&root, copy(), &mut rng()).unwrap();
        let node = NodeParams::for_ip(std::net::Ipv4Addr::LOCALHOST.into()).validity(validity);
        let leaf = node.issued_by(&middle, key().public_key(), &mut rng()).unwrap();
        [leaf, middle.certificate().clone(), root.certificate().clone()]
    })
}

/// Returns `count` certificates, which repeat after the first hundred.
///
/// A signature takes about a millisecond.
pub(crate) fn certificates(count: usize) -> Vec<CertificateDer<'static>> {
    static FIRST: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    let first = FIRST.get_or_init(|| (0..100).map(certificate).collect());
    first.iter().cycle().take(count).cloned().collect()
}

pub(crate) fn truststore(count: usize) -> KeyStore<'static> {
    let mut store = KeyStore::new();
    for (number, certificate) in certificates(count).into_iter().enumerate() {
        store.insert(Entry::new_trusted_certificate(format!("node{number}"), certificate, CREATED)).unwrap();
    }
    store
}

pub(crate) fn keystore(protection: Protection) -> KeyStore<'static> {
    let mut store = KeyStore::new();
    let sealed = SealedKey::seal(&key().secret_pkcs8(), &password(), protection, &mut rng()).unwrap();
    store.insert(Entry::new_private_key("node0", sealed, vec![certificate(0)], CREATED)).unwrap();
    store
}
