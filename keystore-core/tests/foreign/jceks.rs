//! Java reads our JCEKS stores, and we read Java's.

use crate::drawn::Drawn;
use crate::fixture::{CERTIFICATE, CREATED, KEY, certificate, data, scratch, sealed, sha256, written};
use crate::java::{Shown, ask_one, list};
use keystore_core::{Content, Entry, KeyStore, Password, Protection, SealedSecretKey, SecretKey, decode, jks};

const JCEKS: Protection = Protection::Jceks { iterations: 10_000 };

pub(crate) fn java_sees_our_entries() {
    let password = Password::new("changeit");
    let mut keystore = KeyStore::new();
    let mut insert = |entry| keystore.insert(entry).expect("no clash");
    insert(Entry::new_private_key("jce", sealed("changeit", JCEKS), vec![certificate()], CREATED));
    insert(Entry::new_private_key("jdk", sealed("changeit", Protection::Jks), vec![certificate()], CREATED));
    insert(Entry::new_trusted_certificate("Peer", certificate(), CREATED));
    insert(Entry::new_secret_key("aes", secret("AES", &[7; 32]), CREATED));
    insert(Entry::new_secret_key("hmac", secret("HmacSHA256", b"a key of any length"), CREATED));
    let bytes = jks::encode_jceks(&keystore, &password).expect("encodes");
    let (_folder, file) = written("store.jceks", &bytes);
    let entry = |alias: &str, kind: &str, certificates: &[&[u8]], key: Option<&[u8]>| Shown {
        alias: alias.to_owned(),
        kind: kind.to_owned(),
        created_ms: Some(CREATED.millis()),
        certificates: certificates.iter().map(|der| sha256(der)).collect(),
        key: key.map(sha256).unwrap_or_default(),
    };
    let mut shown = list(&file, "JCEKS", "changeit", "changeit");
    shown.sort();
    assert_eq!(
        shown,
        [
            entry("aes", "secret AES", &[], Some(&[7; 32])),
            entry("hmac", "secret HmacSHA256", &[], Some(b"a key of any length")),
            entry("jce", "private", &[CERTIFICATE], Some(KEY)),
            entry("jdk", "private", &[CERTIFICATE], Some(KEY)),
            entry("peer", "trusted", &[CERTIFICATE], None),
        ]
    );
}

pub(crate) fn for_the_same_salt_dates_and_order_the_bytes_are_javas() {
    let (_folder, path) = scratch("java.jceks");
    let file = path.display().to_string();
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    let entries = [
        format!("key|Node0|key-pass|{key}|{cer}|{cer}"),
        format!("trusted|Peer-ÄŁ😀|{cer}"),
        "secret|Aes|key-pass|AES|000102030405060708090a0b0c0d0e0f".to_owned(),
        "secret|Mac|key-pass|HmacSHA512|00".to_owned(),
    ];
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    ask_one(&[&["make", &file, "JCEKS", "störe-pass😀", "\\|"][..], &entries].concat());
    let bytes = std::fs::read(&path).expect("Java wrote it");

    let password = Password::new("störe-pass😀");
    let store = decode(&bytes, &password).expect("we read what Java writes");
    let mut ours = KeyStore::new();
    for entry in &store.view() {
        ours.insert(rebuilt(entry)).expect("no clash");
    }
    assert_eq!(jks::encode_jceks(&ours, &password).expect("encodes"), bytes);
}

/// The same entry, sealed by this crate with the salt that Java drew.
fn rebuilt(entry: &Entry<'_>) -> Entry<'static> {
    let password = Password::new("key-pass");
    let protection = Protection::Jceks { iterations: 200_000 };
    let (alias, created) = (entry.alias().to_owned(), entry.created().expect("a JCEKS has dates"));
    match entry.content() {
        Content::PrivateKey { key, chain } => {
            let plain = key.open(&password).expect("the key opens");
            assert_eq!(plain.secret_pkcs8().secret_pkcs8_der(), KEY);
            let mut salt = Drawn::salt(key.as_der(), &[0x04, 0x08]);
            let sealed = keystore_core::SealedKey::seal(&plain.secret_pkcs8(), &password, protection, &mut salt);
            let chain = chain.iter().map(|certificate| certificate.clone().into_owned()).collect();
            Entry::new_private_key(alias, sealed.expect("seals"), chain, created)
        }
        Content::SecretKey(key) => {
            let plain = key.open(&password).expect("the key opens");
            let mut salt = Drawn::salt(key.as_bytes(), &[0x04, 0x08]);
            let sealed = SealedSecretKey::seal(&plain, &password, protection, &mut salt);
            Entry::new_secret_key(alias, sealed.expect("seals"), created)
        }
        Content::TrustedCertificate(certificate) => {
            Entry::new_trusted_certificate(alias, certificate.clone().into_owned(), created)
        }
        content => panic!("unexpected {content:?}"),
    }
}

fn secret(algorithm: &str, bytes: &[u8]) -> SealedSecretKey<'static> {
    let key = SecretKey::new(algorithm, bytes.to_vec());
    SealedSecretKey::seal(&key, &Password::new("changeit"), JCEKS, &mut rand::rng()).expect("seals")
}
