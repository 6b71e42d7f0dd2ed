//! Tests of new passwords for the keys of a store, and of keys in rustls's providers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

mod common;

use common::{CREATED, certificate, password, rng};
use keystore_core::rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use keystore_core::{
    Bcfks, Content, Entry, ErrorKind, Format, KeyMatch, KeyStore, Password, Pfx, Profile, Protection, SealedKey,
    SealedSecretKey, SecretKey, Store, bcfks, decode, jks, key_match, pkcs12,
};

const BCFKS: bcfks::Profile = bcfks::Profile::BCPROV.with_iterations(7);

/// A store of each format with a private key, a certificate, and a secret key if the format supports any.
fn stores() -> Vec<(Vec<u8>, usize)> {
    let profile = Profile::JAVA_8.with_iterations(7);
    let entries = |protection: Protection| {
        let mut keystore = KeyStore::new();
        let key = common::sealed(protection, &password());
        keystore.insert(Entry::new_private_key("key", key, vec![certificate()], CREATED)).unwrap();
        keystore.insert(common::trusted("peer")).unwrap();
        if protection != Protection::Jks {
            let secret = SecretKey::new("AES", vec![7; 16]);
            let secret = SealedSecretKey::seal(&secret, &password(), protection, &mut rng()).unwrap();
            keystore.insert(Entry::new_secret_key("secret", secret, CREATED)).unwrap();
        }
        keystore
    };
    let jceks = entries(Protection::Jceks { iterations: 7 });
    let pkcs12 = entries(Protection::Pkcs12(profile));
    let bcfks = entries(Protection::Bcfks(BCFKS));
    vec![
        (jks::encode(&entries(Protection::Jks), &password()).unwrap(), 1),
        (jks::encode_jceks(&jceks, &password()).unwrap(), 2),
        (pkcs12::encode(&pkcs12, &password(), &profile, &mut rng()).unwrap(), 2),
        (bcfks::encode(&bcfks, &password(), &BCFKS, CREATED, &mut rng()).unwrap(), 2),
    ]
}

/// The keys of a store that open with this password, each with its alias and its type.
fn opened(store: &Store<'_>, password: &Password) -> Vec<(String, Option<Vec<u8>>)> {
    let view = store.view();
    let keys = view.iter().filter_map(|entry| match entry.content() {
        Content::PrivateKey { key, .. } => {
            let plain = key.open(password).map(|key| key.secret_pkcs8().secret_pkcs8_der().to_vec());
            Some((entry.alias().to_owned(), plain.ok()))
        }
        Content::SecretKey(key) => {
            Some((entry.alias().to_owned(), key.open(password).map(|key| key.secret_bytes().to_vec()).ok()))
        }
        _ => None,
    });
    keys.collect()
}

#[test]
fn all_keys_and_the_store_get_a_new_password() {
    let new = Password::new("another");
    for (bytes, keys) in stores() {
        let mut store = decode(&bytes, &password()).unwrap();
        let before = opened(&store, &password());
        let layout = |store: &Store<'_>| {
            let view = store.view();
            view.iter().map(|entry| (entry.alias().to_owned(), entry.created(), entry.entry_type())).collect::<Vec<_>>()
        };
        let entries = layout(&store);
        assert_eq!(store.change_key_passwords(&password(), &new, &mut rng()), Ok(keys));
        let profile = Profile::JAVA_17.with_iterations(9);
        let bytes = store.encode(&new, &profile, &mut rng()).unwrap();
        let store = decode(&bytes, &new).unwrap();
        assert_eq!(opened(&store, &new), before);
        assert!(opened(&store, &password()).iter().all(|(_, key)| key.is_none()));
        assert_eq!(layout(&store), entries);
    }
}

#[test]
fn one_key_gets_a_new_password() {
    let new = Password::new("another");
    for (bytes, keys) in stores() {
        let mut store = decode(&bytes, &password()).unwrap();
        store.change_key_password("key", &password(), &new, &mut rng()).unwrap();
        let bytes = store.encode(&password(), &Profile::JAVA_17.with_iterations(9), &mut rng()).unwrap();
        let mut store = decode(&bytes, &password()).unwrap();
        let opens = |store: &Store<'_>, password: &Password| {
            opened(store, password).iter().filter(|(_, key)| key.is_some()).count()
        };
        assert_eq!((opens(&store, &new), opens(&store, &password())), (1, keys - 1));
        // One of the keys does not open with the old password, so nothing is changed.
        let error = store.change_key_passwords(&password(), &Password::new("third"), &mut rng()).unwrap_err();
        assert_eq!((error.kind(), error.entry()), (&ErrorKind::WrongPasswordOrTampered, Some("key")));
        assert_eq!((opens(&store, &new), opens(&store, &password())), (1, keys - 1));
        let error = store.change_key_password("peer", &password(), &new, &mut rng()).unwrap_err();
        let said = "the entry is a trusted certificate, not a sealed private or secret key, in entry \"peer\"";
        assert_eq!(error.to_string(), said);
        let error = store.change_key_password("other", &password(), &new, &mut rng()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NoSuchEntry);
        assert_eq!((error.to_string(), error.entry()), ("there is no entry \"other\"".to_owned(), Some("other")));
    }
}

/// A key that is replaced as the store seals keys has the algorithms and costs of the others.
#[test]
fn a_key_is_replaced_as_the_store_seals_keys() {
    for (bytes, keys) in stores() {
        let mut store = decode(&bytes, &password()).unwrap();
        let protection = store.protection().unwrap();
        let expected = match store.format() {
            Format::Jks => Protection::Jks,
            Format::Jceks => Protection::Jceks { iterations: 200_000 },
            Format::Bcfks => Protection::Bcfks(BCFKS),
            _ => Protection::Pkcs12(decoded_profile(&bytes)),
        };
        assert_eq!(protection, expected);
        let key = common::sealed(protection, &password());
        store.replace(&Entry::new_private_key("key", key, vec![certificate()], CREATED)).unwrap();
        let bytes = store.encode(&password(), &Profile::JAVA_17.with_iterations(9), &mut rng()).unwrap();
        let store = decode(&bytes, &password()).unwrap();
        assert_eq!(opened(&store, &password()).iter().filter(|(_, key)| key.is_some()).count(), keys);
    }
    let new = Store::Pfx(Pfx::default());
    assert_eq!(new.protection(), Ok(Protection::Pkcs12(Profile::JAVA_17)));
}

fn decoded_profile(bytes: &[u8]) -> Profile {
    Pfx::decode(bytes, &password()).unwrap().profile().unwrap()
}

#[test]
fn a_bcfks_says_how_it_was_written() {
    for profile in [BCFKS, BCFKS.with_sha3_512(), BCFKS.with_key_wrap(), BCFKS.with_scrypt(2, 2)] {
        let bytes = bcfks::encode(&KeyStore::new(), &password(), &profile, CREATED, &mut rng()).unwrap();
        assert_eq!(Bcfks::decode(&bytes, &password()).unwrap().profile(), Some(profile));
    }
}

#[test]
fn a_secret_key_is_resealed_for_another_format() {
    let (old, new) = (password(), Password::new("another"));
    let jceks = Protection::Jceks { iterations: 7 };
    let sealed = SealedSecretKey::seal(&SecretKey::new("AES", vec![7; 16]), &old, jceks, &mut rng()).unwrap();
    let profile = Profile::JAVA_17.with_iterations(7);
    let resealed = sealed.reseal(&old, &new, Protection::Pkcs12(profile), &mut rng()).unwrap();
    assert_eq!((resealed.format(), resealed.open(&new).unwrap().secret_bytes()), (Format::Pkcs12, &[7; 16][..]));
    let error = sealed.reseal(&new, &old, jceks, &mut rng()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_pkcs12_says_how_it_was_written_and_is_written_so_again() {
    for profile in [Profile::JAVA_8, Profile::JAVA_17, Profile::OPENSSL_3, Profile::JAVA_26, Profile::PASSWORDLESS] {
        let profile = profile.with_iterations(11);
        let mut keystore = KeyStore::new();
        let key = common::sealed(Protection::Pkcs12(profile), &password());
        keystore.insert(Entry::new_private_key("key", key, vec![certificate()], CREATED)).unwrap();
        let bytes = pkcs12::encode(&keystore, &password(), &profile, &mut rng()).unwrap();
        let read = Pfx::decode_unverified(&bytes, Some(&password())).unwrap();
        let found = read.profile().unwrap();
        assert_eq!(found.to_string(), profile.to_string());
        let again = read.encode(&Password::new("another"), &found, &mut rng()).unwrap();
        let again = Pfx::decode_unverified(&again, Some(&Password::new("another"))).unwrap();
        assert_eq!(again.profile(), Some(found));
    }
    let said = "keys: PBES1 with triple DES and SHA-1, 50000 iterations; \
                certificates: PBES1 with RC2 of 40 bits and SHA-1, 50000 iterations; MAC: HMAC-SHA-1, 100000 iterations";
    assert_eq!(Profile::JAVA_8.to_string(), said);
}

/// Java omits the public half, ring refuses such a key, and `with_point` must pad a scalar that Java shortened.
#[test]
fn an_ec_key_of_javas_is_completed_from_its_certificate() {
    for (key, certificate) in [
        (include_bytes!("data/ec-private-only.pkcs8").as_slice(), include_bytes!("data/ec.cer").as_slice()),
        (include_bytes!("data/ec384-private-only.pkcs8"), include_bytes!("data/ec384.cer")),
        (include_bytes!("data/ec521-private-only.pkcs8"), include_bytes!("data/ec521.cer")),
    ] {
        let (key, certificate) = (PrivatePkcs8KeyDer::from(key), CertificateDer::from(certificate));
        assert_eq!(key_match(&key, &certificate), KeyMatch::Matches);
        let (sealed, found) =
            SealedKey::seal_for(&certificate, &key, &password(), Protection::Jks, &mut rng()).unwrap();
        assert_eq!(found, KeyMatch::Matches);
        let completed = sealed.open(&password()).unwrap().completed(&certificate).unwrap();
        let other = CertificateDer::from(include_bytes!("data/node0.cer").as_slice());
        let error = sealed.open(&password()).unwrap().completed(&other).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::KeyMismatch);
        let der = PrivateKeyDer::from(completed.secret_pkcs8().clone_key());
        let is_p521 = certificate.len() > 500;
        // ring has no P-521.
        assert_eq!(rustls::crypto::ring::sign::any_supported_type(&der).is_ok(), !is_p521);
        assert!(rustls::crypto::ring::sign::any_supported_type(&PrivateKeyDer::from(key)).is_err());
    }
}

/// Windows and `openssl pkcs12 -keysig` write keys with an attributes field. `ring` accepts them as they are; the tests
/// of `benches` check aws-lc-rs.
#[test]
fn keystores_41_a_key_with_attributes_goes_into_rustls() {
    let key = include_bytes!("data/node0-attributes.pkcs8").as_slice();
    let sealed = SealedKey::seal(&PrivatePkcs8KeyDer::from(key), &password(), Protection::Jks, &mut rng());
    let opened = sealed.unwrap().open(&password()).unwrap();
    assert_eq!(opened.secret_pkcs8().secret_pkcs8_der(), key);
    let der = PrivateKeyDer::from(opened.secret_pkcs8().clone_key());
    rustls::crypto::ring::sign::any_supported_type(&der).unwrap();
}
