//! Tests that BKS and UBER are read and verified, and not written.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod common;
#[path = "common/raw_bks.rs"]
mod raw_bks;

use common::{password, rng, trusted};
use keystore_core::lint::{Code, Purpose};
use keystore_core::{
    Bks, Content, ErrorKind, Format, Limit, Limits, Password, Profile, Store, decode, decode_unverified,
};

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/corpus-bcfks/files/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T, keystore_core::Error>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}

#[test]
fn the_mac_of_version_1_is_a_finding() {
    for (name, version, weak) in [("bcprov-bks1-mixed.bks", 1, true), ("bcprov-bks2-1cert.bks", 2, false)] {
        let bytes = read(name);
        let store = decode(&bytes, &password()).unwrap();
        let codes: Vec<_> =
            store.lint(Some(&password()), Purpose::Any).iter().map(keystore_core::lint::Finding::code).collect();
        assert_eq!(codes.contains(&Code::WeakMac), weak, "{name}");
        assert_eq!(Bks::decode(&bytes, &password()).unwrap().version(), version);
        assert_eq!(kind(Bks::decode(&bytes, &Password::new("wrong"))), ErrorKind::WrongPasswordOrTampered);
        assert_eq!(decode_unverified(&bytes).unwrap().view().len(), store.view().len());
    }
}

#[test]
fn keys_open_with_their_own_passwords() {
    let bytes = read("bcprov-bks1-mixed.bks");
    let store = Bks::decode(&bytes, &password()).unwrap();
    let view = store.view();
    assert!(view.private_key("Key").unwrap().open(&password()).is_ok());
    assert!(view.private_key("rsa").unwrap().open(&Password::new("other")).is_ok());
    assert_eq!(kind(view.private_key("rsa").unwrap().open(&password())), ErrorKind::WrongPasswordOrTampered);
    let mut limits = Limits::default();
    limits.iterations = 1;
    let found = kind(view.private_key("Key").unwrap().open_within(&password(), &limits));
    assert!(matches!(found, ErrorKind::LimitExceeded { limit: Limit::Iterations, .. }), "{found:?}");
}

#[test]
fn nothing_is_written() {
    let bytes = read("bcprov-bks2-1cert.bks");
    let mut store = decode(&bytes, &password()).unwrap();
    let read_only = ErrorKind::ReadOnly(Format::Bks);
    assert_eq!(kind(store.insert(&trusted("new"))), read_only);
    assert_eq!(kind(store.remove("ca")), read_only);
    assert_eq!(kind(store.rename("ca", "new")), read_only);
    assert_eq!(kind(store.replace(&trusted("ca"))), read_only);
    assert_eq!(kind(store.encode(&password(), &Profile::JAVA_17, &mut rng())), read_only);
    assert_eq!(kind(store.protection()), read_only);
    // Neither the alias nor the password matters.
    let (wrong, new) = (Password::new("wrong"), Password::new("new"));
    assert_eq!(kind(store.change_key_password("absent", &wrong, &new, &mut rng())), read_only);
    assert_eq!(kind(store.change_key_passwords(&wrong, &new, &mut rng())), read_only);
    assert!(matches!(store.into_owned(), Store::Bks(_)));
}

#[test]
fn a_key_says_that_it_is_read_only_before_it_asks_for_the_password() {
    let bytes = read("bcprov-bks1-mixed.bks");
    let store = decode(&bytes, &password()).unwrap();
    let view = store.view();
    let changed = view.private_key("Key").unwrap().with_password(&Password::new("wrong"), &password(), &mut rng());
    assert_eq!(kind(changed), ErrorKind::ReadOnly(Format::Bks));
}

#[test]
fn every_changed_byte_is_noticed() {
    let bytes = read("bcprov-bks2-1cert.bks");
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let mut limits = Limits::default();
        limits.iterations = 4_000;
        assert!(Bks::decode_within(&changed, &password(), &limits).is_err(), "byte {place}");
    }
    for length in 0..bytes.len() {
        assert!(Bks::decode(&bytes[..length], &password()).is_err(), "cut at {length}");
    }
}

#[cfg(feature = "uber")]
#[test]
fn an_uber_is_told_from_a_bks() {
    let bytes = read("bcprov-uber-mixed.uber");
    let store = decode(&bytes, &password()).unwrap();
    assert_eq!((store.format(), store.view().len()), (Format::Uber, 4));
    assert!(store.view().private_key("Key").unwrap().open(&password()).is_ok());
    assert_eq!(kind(decode(&bytes, &Password::new("wrong"))), ErrorKind::WrongPasswordOrTampered);
    assert_eq!(kind(decode_unverified(&bytes)), ErrorKind::PasswordNeeded);
    let mut store = store;
    let changed = store.change_key_password("Key", &password(), &Password::new("new"), &mut rng());
    assert_eq!(kind(changed), ErrorKind::ReadOnly(Format::Uber));
}

#[test]
fn an_error_in_a_bks_of_whole_blocks_is_kept() {
    let mut bytes = read("bcprov-bks2-1cert.bks");
    // Bouncy Castle ignores the bytes after the MAC.
    while !(bytes.len() - HEADER).is_multiple_of(16) {
        bytes.push(0);
    }
    assert!(Bks::decode(&bytes, &password()).is_ok());
    let mut limits = Limits::default();
    limits.entries = 0;
    let exceeded = ErrorKind::LimitExceeded { limit: Limit::Entries, found: 1, allowed: 0 };
    assert_eq!(kind(Bks::decode_within(&bytes, &password(), &limits)), exceeded);
    assert_eq!(kind(Bks::decode_unverified_within(&bytes, None, &limits)), exceeded);
    assert_eq!(kind(Bks::decode(&bytes, &Password::new("wrong"))), ErrorKind::WrongPasswordOrTampered);
}

/// The length of the version, the salt with its length, and the iterations.
const HEADER: usize = 4 + 4 + 20 + 4;

/// The test `foreign` compares such stores with Bouncy Castle.
#[test]
fn the_first_certificate_of_each_chain_is_trusted() {
    let chain: &[&[u8]] = &[common::CERTIFICATE];
    let other: &[&[u8]] = &[include_bytes!("data/ec.cer")];
    let bytes = raw_bks::bks(&[
        raw_bks::entry(raw_bks::KEY, "plain", chain, &raw_bks::plain_key(0, "PKCS#8", "RSA", common::KEY)),
        raw_bks::entry(raw_bks::SECRET, "secret", other, &raw_bks::long(b"secret")),
        raw_bks::entry(raw_bks::SECRET, "bare", &[], &raw_bks::long(b"secret")),
    ]);
    let store = decode_unverified(&bytes).unwrap();
    let view = store.view();
    let anchors: Vec<_> = view.trust_anchors().iter().map(|anchor| anchor.alias).collect();
    assert_eq!(anchors, ["plain", "secret"]);
    let secret = view.entry("secret").unwrap();
    assert!(matches!(secret.content(), Content::Opaque { data, .. } if data.as_ref() == b"secret"));
    assert_eq!(secret.certificates().len(), 1);
    assert_eq!(secret.clone().into_owned(), *secret);
}
