//! Operations on PKCS#12 with the profile of Java 17.
//!
//! The profile uses PBES2 with AES-256 and HMAC-SHA-256, a MAC with SHA-256, and 10,000 iterations for each key.

use aes::Aes256;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::NoPadding};
use hmac::{Hmac, KeyInit, Mac};
use keystore_core::{Entry, KeyStore, Pfx, Profile, Protection, SealedKey, pkcs12};
use p12_keystore::{Certificate, KeyStore as Rival, KeyStoreEntry, Pkcs12ImportPolicy, PrivateKey, PrivateKeyChain};
use sha2::{Digest, Sha256};

use crate::fixture::{CREATED, PASSWORD, certificate, certificates, key, keystore, password, rng, truststore};
use crate::operation::{Effort, Operation, concerns};

const PROFILE: Profile = Profile::JAVA_17;
const ITERATIONS: u32 = 10_000;

pub(crate) fn operations(_: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("pkcs12", filter) {
        return Vec::new();
    }
    vec![encode(), decode(), decode_many(1_000)]
}

fn encode() -> Operation {
    let chain = [certificate(0)];
    let ours = move || {
        let sealed =
            SealedKey::seal(&key().secret_pkcs8(), &password(), Protection::Pkcs12(PROFILE), &mut rng()).unwrap();
        let mut store = KeyStore::new();
        store.insert(Entry::new_private_key("node0", sealed, chain.to_vec(), CREATED)).unwrap();
        pkcs12::encode(&store, &password(), &PROFILE, &mut rng()).unwrap()
    };
    assert_eq!(opened(&ours()), key().secret_pkcs8().secret_pkcs8_der(), "the rival reads our key");
    let rival = rival_keystore();
    let theirs = rival.writer(PASSWORD).write().unwrap();
    let store = Pfx::decode(&theirs, &password()).unwrap();
    let read = store.view().private_key("node0").unwrap().open(&password()).unwrap();
    assert_eq!(read.secret_pkcs8(), key().secret_pkcs8(), "we read the rival's key");
    Operation::new("pkcs12 seal and encode, key and certificate", ours).limit(1.1, || derivations(2)).slower_rival(
        "p12-keystore",
        1.0,
        move || rival.writer(PASSWORD).write().unwrap(),
    )
}

fn decode() -> Operation {
    let store = keystore(Protection::Pkcs12(PROFILE));
    let bytes: &'static [u8] = pkcs12::encode(&store, &password(), &PROFILE, &mut rng()).unwrap().leak();
    Operation::new("pkcs12 decode and open, key and certificate", move || {
        let store = Pfx::decode(bytes, &password()).unwrap();
        store.view().private_key("node0").unwrap().open(&password()).unwrap()
    })
    .limit(1.1, || derivations(2))
    .slower_rival("p12-keystore", 1.0, move || opened(bytes))
}

fn decode_many(count: usize) -> Operation {
    let store = truststore(count);
    let bytes: &'static [u8] = pkcs12::encode(&store, &password(), &PROFILE, &mut rng()).unwrap().leak();
    let rival = Rival::from_pkcs12(bytes, PASSWORD, Pkcs12ImportPolicy::Relaxed).unwrap();
    assert_eq!(rival.entries_len(), count);
    for (number, expected) in certificates(count).iter().enumerate() {
        let Some(KeyStoreEntry::Certificate(read)) = rival.entry(&format!("node{number}")) else {
            panic!("node{number} is missing")
        };
        assert_eq!(read.as_der(), expected.as_ref());
    }
    Operation::new(format!("pkcs12 decode, {count} certificates"), move || Pfx::decode(bytes, &password()).unwrap())
        .limit(1.1, move || (derivations(1), mac(bytes), decrypted(bytes)))
        .slower_rival("p12-keystore", 2.5, move || {
            Rival::from_pkcs12(bytes, PASSWORD, Pkcs12ImportPolicy::Relaxed).unwrap()
        })
}

/// Derives the MAC's key and `count` other keys.
fn derivations(count: usize) -> [u8; 32] {
    let mut key = [0; 32];
    for _ in 0..count {
        pbkdf2::pbkdf2_hmac::<Sha256>(PASSWORD.as_bytes(), &[7; 20], ITERATIONS, &mut key);
    }
    // RFC 7292, appendix B.2: a key of one block is a digest that is repeated.
    let first: [u8; 32] = Sha256::digest([key.as_slice(), &[3; 160]].concat()).into();
    (1..ITERATIONS).fold(first, |digest, _| Sha256::digest(digest).into())
}

fn mac(bytes: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap().chain_update(bytes);
    mac.finalize().into_bytes().to_vec()
}

fn decrypted(bytes: &[u8]) -> Vec<u8> {
    let whole = bytes.len() / 16 * 16;
    cbc::Decryptor::<Aes256>::new(&[7; 32].into(), &[7; 16].into())
        .decrypt_padded_vec::<NoPadding>(&bytes[..whole])
        .unwrap()
}

fn rival_keystore() -> Rival {
    let key = PrivateKey::from_der(key().secret_pkcs8().secret_pkcs8_der()).unwrap();
    let chain = PrivateKeyChain::new(vec![1, 2, 3, 4], key, [Certificate::from_der(&certificate(0)).unwrap()]);
    let mut store = Rival::new();
    store.add_entry("node0", KeyStoreEntry::PrivateKeyChain(chain));
    store
}

fn opened(bytes: &[u8]) -> Vec<u8> {
    let store = Rival::from_pkcs12(bytes, PASSWORD, Pkcs12ImportPolicy::Strict).unwrap();
    let (_, chain) = store.private_key_chain().unwrap();
    chain.key().as_der().to_vec()
}
