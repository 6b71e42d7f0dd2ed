//! Random stores: the rivals read ours, and we read theirs.
//!
//! Passwords and aliases are ASCII, and aliases are distinct and in lower case. For others, the rivals are known to be
//! wrong (`jks` 0.3.3 encodes other passwords incorrectly and does not support modified UTF-8; `p12-keystore` 0.4.1
//! drops aliases). For these, keystore-core's own tests use other programs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use certgen::{KeyKind, KeyPair, NodeParams, Time};
use hmac::{Hmac, KeyInit, Mac};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{
    Content, Entry, Jks, KeyStore, Password, Pfx, Profile, Protection, SealedKey, Timestamp, jks as ours_jks,
    pkcs12 as ours_p12,
};
use pkcs12::kdf::{Pkcs12KeyType, derive_key_utf8};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::Sha256;

/// Aliases, each with the number of its certificate.
type Drawn = BTreeMap<String, u8>;

fn drawn() -> impl Strategy<Value = Drawn> {
    prop::collection::btree_map("[a-z0-9][a-z0-9 ._-]{0,20}", 0..8_u8, 1..6)
}

fn passwords() -> impl Strategy<Value = String> {
    "[ -~]{6,20}"
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([9; 32])
}

fn key() -> &'static KeyPair {
    static KEY: std::sync::OnceLock<KeyPair> = std::sync::OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeyKind::Rsa2048, &mut rng()).unwrap())
}

fn certificate(number: u8) -> CertificateDer<'static> {
    let node = NodeParams::for_ip([192, 0, 2, number].into()).valid_from(Time::from_unix_seconds(1_700_000_000));
    node.self_signed(key(), &mut rng()).unwrap()
}

fn trusted(drawn: &Drawn) -> KeyStore<'static> {
    let mut store = KeyStore::new();
    for (alias, number) in drawn {
        let created = Timestamp::from_millis(1_700_000_000_000 + i64::from(*number));
        store.insert(Entry::new_trusted_certificate(alias.clone(), certificate(*number), created)).unwrap();
    }
    store
}

fn with_key(protection: Protection, password: &Password) -> KeyStore<'static> {
    let sealed = SealedKey::seal(&key().secret_pkcs8(), password, protection, &mut rng()).unwrap();
    let mut store = KeyStore::new();
    store.insert(Entry::new_private_key("node0", sealed, vec![certificate(1)], Timestamp::from_millis(0))).unwrap();
    store
}

fn certificates(store: &KeyStore<'_>) -> BTreeMap<String, Vec<u8>> {
    let certificate = |entry: &Entry<'_>| match entry.content() {
        Content::TrustedCertificate(der) => (entry.alias().to_owned(), der.to_vec()),
        _ => panic!("{} is no trusted certificate", entry.alias()),
    };
    store.iter().map(certificate).collect()
}

fn expected(drawn: &Drawn) -> BTreeMap<String, Vec<u8>> {
    drawn.iter().map(|(alias, number)| (alias.clone(), certificate(*number).to_vec())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn jks_reads_our_truststores(drawn in drawn(), password in passwords()) {
        let bytes = ours_jks::encode(&trusted(&drawn), &Password::new(&password)).unwrap();
        let mut rival = jks::KeyStore::new();
        rival.load(bytes.as_slice(), password.as_bytes()).unwrap();
        prop_assert_eq!(rival.len(), drawn.len());
        for (alias, number) in &drawn {
            let entry = rival.get_trusted_certificate_entry(alias).unwrap();
            prop_assert_eq!(entry.certificate.content, certificate(*number).to_vec());
            let millis = entry.creation_time.duration_since(UNIX_EPOCH).unwrap().as_millis();
            prop_assert_eq!(millis, 1_700_000_000_000 + u128::from(*number));
        }
    }

    #[test]
    fn we_read_what_jks_writes(drawn in drawn(), password in passwords()) {
        let mut rival = jks::KeyStore::new();
        for (alias, number) in &drawn {
            let certificate = jks::Certificate { cert_type: "X.509".to_owned(), content: certificate(*number).to_vec() };
            rival.set_trusted_certificate_entry(alias, jks::TrustedCertificateEntry { creation_time: UNIX_EPOCH, certificate }).unwrap();
        }
        let mut bytes = Vec::new();
        rival.store(&mut bytes, password.as_bytes()).unwrap();
        let store = Jks::decode(&bytes, &Password::new(&password)).unwrap();
        prop_assert_eq!(certificates(&store.view()), expected(&drawn));
        prop_assert_eq!(store.encode(&Password::new(&password)).unwrap(), bytes);
    }

    #[test]
    fn keys_in_jks_go_both_ways(password in passwords()) {
        let secret = Password::new(&password);
        let bytes = ours_jks::encode(&with_key(Protection::Jks, &secret), &secret).unwrap();
        let mut rival = jks::KeyStore::new();
        rival.load(bytes.as_slice(), password.as_bytes()).unwrap();
        let entry = rival.get_private_key_entry("node0", password.as_bytes()).unwrap();
        let plain = key().secret_pkcs8();
        prop_assert_eq!(&entry.private_key, plain.secret_pkcs8_der());

        let mut again = jks::KeyStore::new();
        again.set_private_key_entry("node0", entry, password.as_bytes()).unwrap();
        let mut theirs = Vec::new();
        again.store(&mut theirs, password.as_bytes()).unwrap();
        let store = Jks::decode(&theirs, &secret).unwrap();
        let view = store.view();
        let opened = view.private_key("node0").unwrap().open(&secret).unwrap();
        prop_assert_eq!(opened.secret_pkcs8(), plain);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn p12_keystore_reads_our_truststores(drawn in drawn(), password in passwords()) {
        let bytes = ours_p12::encode(&trusted(&drawn), &Password::new(&password), &Profile::JAVA_17, &mut rng()).unwrap();
        let rival = p12_keystore::KeyStore::from_pkcs12(&bytes, &password, p12_keystore::Pkcs12ImportPolicy::Strict).unwrap();
        prop_assert_eq!(rival.entries_len(), drawn.len());
        for (alias, number) in &drawn {
            let Some(p12_keystore::KeyStoreEntry::Certificate(read)) = rival.entry(alias) else { panic!("{alias} is missing") };
            prop_assert_eq!(read.as_der().to_vec(), certificate(*number).to_vec());
        }
    }

    #[test]
    fn we_read_what_p12_keystore_writes(drawn in drawn(), password in passwords()) {
        let mut rival = p12_keystore::KeyStore::new();
        for (alias, number) in &drawn {
            let certificate = p12_keystore::Certificate::from_der(&certificate(*number)).unwrap();
            rival.add_entry(alias, p12_keystore::KeyStoreEntry::Certificate(certificate));
        }
        let bytes = rival.writer(&password).write().unwrap();
        let store = Pfx::decode(&bytes, &Password::new(&password)).unwrap();
        prop_assert_eq!(certificates(&store.view()), expected(&drawn));
    }

    /// The MAC of our files under the key that the crate `pkcs12` derives.
    #[test]
    fn pkcs12_derives_the_key_of_our_mac(password in passwords()) {
        use der::{Decode, asn1::OctetString};
        let bytes = ours_p12::encode(&trusted(&Drawn::from([("a".to_owned(), 1)])), &Password::new(&password), &Profile::JAVA_17, &mut rng()).unwrap();
        let pfx = pkcs12::pfx::Pfx::from_der(&bytes).unwrap();
        let mac = pfx.mac_data.unwrap();
        let content: OctetString = pfx.auth_safe.content.decode_as().unwrap();
        let key = derive_key_utf8::<Sha256>(&password, mac.mac_salt.as_bytes(), Pkcs12KeyType::Mac, mac.iterations, 32).unwrap();
        let computed = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update(content.as_bytes()).finalize();
        prop_assert_eq!(computed.into_bytes().to_vec(), mac.mac.digest.as_bytes().to_vec());
    }
}

/// Files without the escapes and line ends that `java-properties` 2.0 is known to read differently from Java.
#[test]
fn java_properties_reads_what_we_write() {
    let mut file = cassandra_props::Properties::parse(b"# comment\na = 1\nb: two\\\n   lines\n").unwrap();
    for (key, value) in [
        ("c", "x=y:z"),
        ("d", " leading"),
        ("a", "tab\there"),
        ("e f", "blank in the key"),
        ("g", "Z\u{fc}rich \u{20ac}"),
    ] {
        file.set(key, value).unwrap();
    }
    let read = java_properties::read(file.as_bytes()).unwrap();
    let ours: BTreeMap<_, _> = file
        .entries()
        .map(|entry| entry.pair().unwrap())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    assert_eq!(read.into_iter().collect::<BTreeMap<_, _>>(), ours);
    assert_eq!(ours.len(), 6);
}
