//! No secret is shown by `Debug` or by the text of an error.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod common;

use common::{CREATED, KEY, certificate, password, rng, sealed};
use keystore_core::{
    Entry, Jks, KeyStore, Password, Profile, Protection, SealedSecretKey, SecretKey, decode, jks, pkcs12,
};
use std::fmt::Debug;

const SECRET: [u8; 32] = *b"a secret key of thirty-two bytes";

#[test]
fn debug_shows_no_password_and_no_key() {
    let secret = SecretKey::new("AES", SECRET.to_vec());
    elides(&password());
    elides(&secret);
    elides(&sealed(Protection::Jks, &password()).open(&password()).unwrap());
    for protection in [Protection::Jceks { iterations: 1 }, Protection::Pkcs12(Profile::JAVA_17.with_iterations(1))] {
        let sealed_secret = SealedSecretKey::seal(&secret, &password(), protection, &mut rng()).unwrap();
        elides(&sealed_secret.open(&password()).unwrap());
        let mut keystore = KeyStore::new();
        let key = sealed(protection, &password());
        elides(&key);
        keystore.insert(Entry::new_private_key("key", key, vec![certificate()], CREATED)).unwrap();
        keystore.insert(Entry::new_secret_key("secret", sealed_secret, CREATED)).unwrap();
        elides(&keystore);
        let bytes = match protection {
            Protection::Jceks { .. } => jks::encode_jceks(&keystore, &password()),
            _ => pkcs12::encode(&keystore, &password(), &Profile::JAVA_17.with_iterations(1), &mut rng()),
        };
        elides(&decode(&bytes.unwrap(), &password()).unwrap());
    }
}

#[test]
fn an_unencrypted_key_is_elided_too() {
    let bytes = include_bytes!("data/plain-key.p12");
    let store = decode(bytes, &password()).unwrap();
    assert_eq!(store.view().all().count(), 1);
    elides(&store);
    elides(&store.view());
    elides(&store.clone().into_owned());
}

#[test]
fn errors_show_no_password() {
    let bytes = common::store(&["key"]);
    elides(&Jks::decode(&bytes, &Password::new(format!("not {PASSWORD}"))).unwrap_err());
}

const PASSWORD: &str = "changeit";

/// Checks that the output contains neither the password nor a part of a key, as text, hexadecimal or a list of numbers.
fn elides(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}").split_whitespace().collect::<Vec<_>>().join(" ")] {
        assert!(!shown.contains(PASSWORD), "{shown}");
        for secret in [SECRET.chunks(8).next().unwrap(), KEY.chunks(8).nth(40).unwrap()] {
            let numbers = secret.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            assert!(!shown.contains(&numbers), "{shown}");
            assert!(!shown.to_lowercase().contains(&hex::encode(secret)), "{shown}");
            assert!(!shown.contains(&*String::from_utf8_lossy(secret)), "{shown}");
        }
    }
}
