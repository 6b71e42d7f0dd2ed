//! BCFKS as a document: what is kept, what is refused and why.
#![cfg(feature = "bcfks")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod common;

use common::{CERTIFICATE, CREATED, certificate, password, rng, sealed};
use keystore_core::bcfks::{self, Profile, Verdict};
use keystore_core::{
    Bcfks, Content, EncodeDefect, Entry, EntryType, ErrorKind, Format, KeyStore, Limit, Limits, Password, Protection,
    SealedSecretKey, SecretKey, Store, Timestamp, decode, decode_unverified, jks, pkcs12,
};

const PROFILE: Profile = Profile::BC_FIPS.with_iterations(7);
const LATER: Timestamp = Timestamp::from_millis(1_700_000_123_000);

fn key_entry(alias: &str) -> Entry<'static> {
    let key = sealed(Protection::Bcfks(PROFILE), &password());
    Entry::new_private_key(alias.to_owned(), key, vec![certificate()], CREATED)
}

fn trusted(alias: &str) -> Entry<'static> {
    Entry::new_trusted_certificate(alias.to_owned(), certificate(), CREATED)
}

/// A store of a key, a secret key and two certificates, with dates and a comment.
fn store(profile: Profile) -> Vec<u8> {
    let secret = SecretKey::new("HmacSHA256", vec![5; 32]);
    let secret = SealedSecretKey::seal(&secret, &password(), Protection::Bcfks(PROFILE), &mut rng()).unwrap();
    let mut store = Bcfks::new(profile, CREATED).unwrap();
    for entry in [
        trusted("z"),
        key_entry("Key"),
        trusted("a").with_modified(LATER).with_comment(Some("noted")),
        Entry::new_secret_key("secret", secret, CREATED),
    ] {
        store.insert(&entry).unwrap();
    }
    store.encode(&password(), &mut rng()).unwrap()
}

fn aliases(store: &Bcfks<'_>) -> Vec<String> {
    store.view().iter().map(|entry| entry.alias().to_owned()).collect()
}

fn kind<T: std::fmt::Debug>(result: Result<T, keystore_core::Error>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

#[test]
fn whatever_the_profile_the_entries_come_back() {
    for profile in [
        PROFILE,
        PROFILE.with_sha3_512(),
        PROFILE.with_key_wrap(),
        PROFILE.with_scrypt(4, 3),
        PROFILE.with_scrypt(1, 1).with_sha3_512().with_key_wrap(),
    ] {
        let bytes = store(profile);
        let back = Bcfks::decode(&bytes, &password()).unwrap();
        let view = back.view();
        assert_eq!(aliases(&back), ["z", "Key", "a", "secret"]);
        assert_eq!((back.created(), back.modified()), (CREATED, LATER));
        let entry = view.entry("a").unwrap();
        assert_eq!((entry.created(), entry.modified(), entry.comment()), (Some(CREATED), Some(LATER), Some("noted")));
        assert_eq!(view.entry("z").unwrap().modified(), Some(CREATED));
        assert_eq!(
            view.private_key("Key").unwrap().open(&password()).unwrap().secret_pkcs8().secret_pkcs8_der(),
            common::KEY
        );
        let Content::SecretKey(secret) = view.entry("secret").unwrap().content() else { panic!("a secret key") };
        let secret = secret.open(&password()).unwrap();
        assert_eq!((secret.algorithm(), secret.secret_bytes()), ("HmacSHA256", &[5; 32][..]));
        assert_eq!(back.encode(&password(), &mut rng()).unwrap(), bytes, "unedited it is the same");
    }
}

#[test]
fn an_edit_keeps_the_rest_under_new_randomness() {
    let bytes = store(PROFILE);
    let mut edited = Bcfks::decode(&bytes, &password()).unwrap().into_owned();
    assert_eq!(edited.rename("z", "Z"), Ok(()));
    assert_eq!(edited.remove("secret").unwrap().entry_type(), EntryType::SecretKey);
    assert_eq!(edited.replace(&trusted("Key")).unwrap().entry_type(), EntryType::PrivateKey);
    edited.insert(&key_entry("key")).unwrap();
    let mut other = rng();
    let _ = bcfks::encode(&KeyStore::new(), &password(), &PROFILE, CREATED, &mut other).unwrap();
    let again = edited.encode(&password(), &mut other).unwrap();
    let back = Bcfks::decode(&again, &password()).unwrap();
    assert_eq!(aliases(&back), ["Z", "Key", "a", "key"]);
    assert_eq!(back.view().entry("a").unwrap().comment(), Some("noted"));
    assert_eq!((back.created(), back.modified()), (CREATED, LATER));
    // The salt of the content's key, which has 64 bytes at the same position in both.
    let salt =
        |bytes: &[u8]| bytes.windows(2).position(|pair| pair == [4, 64]).map(|at| bytes[at + 2..at + 66].to_vec());
    assert_ne!(salt(&again).unwrap(), salt(&bytes).unwrap());
}

#[test]
fn another_password_encrypts_again() {
    let bytes = store(PROFILE);
    let back = Bcfks::decode(&bytes, &password()).unwrap();
    let other = Password::new("another");
    let again = back.encode(&other, &mut rng()).unwrap();
    assert_eq!(kind(Bcfks::decode(&again, &password())), ErrorKind::WrongPasswordOrTampered);
    assert!(Bcfks::decode(&again, &other).unwrap().view().all().eq(back.view().all()));
}

#[test]
fn the_whole_crate_takes_it_as_any_store() {
    let bytes = store(PROFILE);
    let store = decode(&bytes, &password()).unwrap();
    assert_eq!((store.format(), store.view().len()), (Format::Bcfks, 4));
    assert!(matches!(store, Store::Bcfks(_)));
    assert_eq!(kind(decode_unverified(&bytes)), ErrorKind::PasswordNeeded);
    assert_eq!(kind(decode(&bytes, &Password::new("wrong"))), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn letter_case_tells_aliases_apart_here_and_nowhere_else() {
    let mut store = Bcfks::new(PROFILE, CREATED).unwrap();
    store.insert(&trusted("node")).unwrap();
    store.insert(&trusted("Node")).unwrap();
    let clash = ErrorKind::AliasClash { existing: "node".to_owned() };
    assert_eq!(kind(store.insert(&trusted("node"))), clash);
    assert_eq!(kind(store.rename("Node", "node")), clash);
    assert_eq!(kind(store.remove("NODE")), ErrorKind::NoSuchEntry);
    let view = store.view();
    assert_eq!(view.entry("NODE"), None);
    for error in [
        jks::encode(&view, &password()).unwrap_err(),
        pkcs12::encode(&view, &password(), &keystore_core::Profile::JAVA_17, &mut rng()).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.entry()), (&clash, Some("Node")));
    }
}

#[test]
fn what_is_sealed_for_another_format_is_refused() {
    let mut store = Bcfks::new(PROFILE, CREATED).unwrap();
    let refused = |defect| ErrorKind::NotRepresentable { format: Format::Bcfks, defect };
    assert_eq!(kind(store.insert(&common::key_entry("jks"))), refused(EncodeDefect::Sealing));
    let bare = Entry::new_private_key("key", sealed(Protection::Bcfks(PROFILE), &password()), vec![], CREATED);
    assert_eq!(kind(store.insert(&bare)), refused(EncodeDefect::EmptyChain));
    let two = [CERTIFICATE, &[0x30, 0]].concat();
    let two = Entry::new_private_key("key", sealed(Protection::Bcfks(PROFILE), &password()), vec![two.into()], CREATED);
    assert_eq!(kind(store.insert(&two)), refused(EncodeDefect::Certificate));
    let late = Timestamp::from_millis(253_402_300_800_000);
    assert_eq!(kind(store.insert(&trusted("late").dated(late))), refused(EncodeDefect::Date));
    let secret = SecretKey::new("Rijndael", vec![1; 16]);
    let secret = SealedSecretKey::seal(&secret, &password(), Protection::Bcfks(PROFILE), &mut rng());
    assert_eq!(kind(secret), refused(EncodeDefect::SecretKeyAlgorithm));
    let mut keystore = KeyStore::new();
    keystore.insert(key_entry("key")).unwrap();
    let refused = ErrorKind::NotRepresentable { format: Format::Jks, defect: EncodeDefect::Sealing };
    assert_eq!(kind(jks::encode(&keystore, &password())), refused);
}

#[test]
fn costs_that_no_reader_takes_are_refused_when_written() {
    for profile in [
        PROFILE.with_iterations(0),
        PROFILE.with_iterations(5_000_001),
        PROFILE.with_scrypt(0, 1),
        PROFILE.with_scrypt(16, 1),
        PROFILE.with_scrypt(20, 9),
    ] {
        let refused = ErrorKind::NotRepresentable { format: Format::Bcfks, defect: EncodeDefect::Iterations };
        assert_eq!(kind(bcfks::encode(&KeyStore::new(), &password(), &profile, CREATED, &mut rng())), refused);
    }
}

#[test]
fn costs_are_counted_before_they_are_spent() {
    let mut limits = Limits::default();
    limits.iterations = 6;
    let bytes = store(PROFILE);
    let exceeded = |limit, found, allowed| ErrorKind::LimitExceeded { limit, found, allowed };
    assert_eq!(kind(Bcfks::decode_within(&bytes, &password(), &limits)), exceeded(Limit::Iterations, 7, 6));
    limits.iterations = 7;
    limits.total_iterations = 13;
    assert_eq!(kind(Bcfks::decode_within(&bytes, &password(), &limits)), exceeded(Limit::TotalIterations, 14, 13));
    // The work is counted with the block size squared, not with the parallelization in the file.
    let bytes = store(PROFILE.with_scrypt(4, 3));
    limits.scrypt_work = 287;
    assert_eq!(kind(Bcfks::decode_within(&bytes, &password(), &limits)), exceeded(Limit::ScryptWork, 288, 287));
    limits.memory = 6_143;
    assert_eq!(kind(Bcfks::decode_within(&bytes, &password(), &limits)), exceeded(Limit::Memory, 6_144, 6_143));
}

/// Each case is named after a file of the corpus.
#[test]
fn what_bouncy_castle_takes_and_should_not() {
    let read = |name: &str| {
        std::fs::read(format!("{}/tests/fixtures/corpus-bcfks/files/{name}.bcfks", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let forged = read("bad-forged-keylen1");
    let too_short = ErrorKind::LimitExceeded { limit: Limit::MacKey, found: 1, allowed: 20 };
    let error = Bcfks::decode(&forged, &Password::new("any")).unwrap_err();
    assert_eq!(error.kind(), &too_short);
    assert!(error.to_string().starts_with("length of a MAC's key in bytes: 1 is below the minimum of 20"), "{error}");
    let honoured = read("hand-scrypt-honoured-n16-r8-p1");
    let error = Bcfks::decode(&honoured, &password()).unwrap_err();
    let expected = "the MAC uses scrypt with a parallelization of 1 (Bouncy Castle uses the block size instead), which is not supported";
    assert_eq!(error.to_string(), expected);
    let signed = read("hand-signed-rsa");
    assert_eq!(kind(Bcfks::decode(&signed, &Password::new(""))), ErrorKind::Signed);
    let decoded = Bcfks::decode_signed(&signed, |signed| {
        assert!(!signed.message().is_empty() && signed.certificates().is_empty());
        Verdict::Valid
    });
    let mut store = decoded.unwrap();
    assert!(store.is_signed());
    assert_eq!(store.encode(&Password::new("any"), &mut rng()).unwrap(), signed);
    store.insert(&trusted("added")).unwrap();
    let refused = ErrorKind::NotRepresentable { format: Format::Bcfks, defect: EncodeDefect::Signed };
    assert_eq!(kind(store.encode(&password(), &mut rng())), refused);
    store.protect(PROFILE);
    assert_eq!(Bcfks::decode(&store.encode(&password(), &mut rng()).unwrap(), &password()).unwrap().view().len(), 2);
    assert_eq!(kind(Bcfks::decode_signed(&signed, |_| Verdict::Invalid)), ErrorKind::WrongPasswordOrTampered);
    assert_eq!(kind(Bcfks::decode_signed(&signed, |_| Verdict::NotChecked)), ErrorKind::SignatureNotChecked);
    // The store has a MAC under the empty password in place of the signature.
    let with_mac = bcfks::encode(&KeyStore::new(), &Password::new(""), &PROFILE, CREATED, &mut rng()).unwrap();
    assert_eq!(kind(Bcfks::decode_signed(&with_mac, |_| Verdict::Valid)), ErrorKind::NotSigned);
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = store(PROFILE);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let decoded = Bcfks::decode(&changed, &password());
        assert!(decoded.is_err(), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(Bcfks::decode(&bytes[..length], &password()).is_err(), "cut at {length}");
    }
}
