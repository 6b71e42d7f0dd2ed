//! Edits of a JKS keep every byte that they do not touch.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod common;

use common::{CREATED, certificate, key_entry, password, trusted};
use keystore_core::rustls_pki_types::PrivatePkcs8KeyDer;
use keystore_core::{
    Content, Defect, EncodeDefect, Entry, Error, ErrorKind, Format, Jks, KeyStore, Limit, Limits, Password, Profile,
    Protection, SealedKey, SealedSecretKey, SecretKey, Visibility, jks, pkcs12,
};
use proptest::prelude::*;

#[test]
fn an_insertion_adds_its_bytes_and_a_removal_takes_them_away() {
    let before = common::store(&["a", "b"]);
    let mut jks = Jks::decode(&before, &password()).unwrap();
    jks.insert(&trusted("New")).unwrap();
    let after = jks.encode(&password()).unwrap();
    let entries = 12..before.len() - 20;
    assert_eq!(after[entries.clone()], before[entries]);
    let again = Jks::decode(&after, &password()).unwrap();
    assert_eq!(common::aliases(&again), ["a", "b", "new"]);
    jks.remove("NEW").unwrap();
    assert_eq!(jks.encode(&password()).unwrap(), before);
}

#[test]
fn replacing_keeps_the_place_and_renaming_keeps_the_date() {
    let bytes = common::store(&["a", "b", "c"]);
    let mut jks = Jks::decode(&bytes, &password()).unwrap();
    jks.replace(&key_entry("B")).unwrap();
    jks.rename("a", "Z").unwrap();
    let view = jks.view();
    let seen: Vec<_> = view.iter().map(|entry| (entry.alias(), entry.created(), entry.certificates().len())).collect();
    assert_eq!(seen, [("z", Some(CREATED), 1), ("b", Some(CREATED), 1), ("c", Some(CREATED), 1)]);
    assert!(matches!(view.entry("b").unwrap().content(), Content::PrivateKey { .. }));
}

#[test]
fn a_change_of_letter_case_is_a_rename_and_no_clash() {
    let bytes = common::raw_store(Format::Jks, 2, &[("Upper", common::Body::Trusted("X.509"))]);
    let mut jks = Jks::decode(&bytes, &password()).unwrap();
    assert_eq!(jks.view().entry("Upper").unwrap().visibility(), Visibility::Unreachable);
    jks.rename("Upper", "UPPER").unwrap();
    assert_eq!(jks.view().entry("upper").unwrap().visibility(), Visibility::Reachable);
}

#[test]
fn clashes_and_absences_are_named() {
    let bytes = common::store(&["a", "b"]);
    let mut jks = Jks::decode(&bytes, &password()).unwrap();
    let clash = |error: Error| (error.kind().clone(), error.entry().map(str::to_owned));
    let existing = || ErrorKind::AliasClash { existing: "a".to_owned() };
    assert_eq!(clash(jks.insert(&trusted("A")).unwrap_err()), (existing(), Some("A".to_owned())));
    assert_eq!(clash(jks.rename("b", "A").unwrap_err()), (existing(), Some("A".to_owned())));
    for error in [
        jks.replace(&trusted("c")).unwrap_err(),
        jks.remove("c").unwrap_err(),
        jks.rename("c", "d").unwrap_err(),
        jks.view().private_key("c").unwrap_err(),
    ] {
        assert_eq!(clash(error), (ErrorKind::NoSuchEntry, Some("c".to_owned())));
    }
    assert_eq!(jks.encode(&password()).unwrap(), bytes, "a refused edit changes nothing");
}

#[test]
fn what_a_jks_cannot_hold_is_refused_with_the_reason() {
    let sealed = |protection| common::sealed(protection, &password());
    let cases = [
        (Entry::new_private_key("k", sealed(Protection::Jks), vec![], CREATED), EncodeDefect::EmptyChain),
        (
            Entry::new_private_key("k", sealed(Protection::Jceks { iterations: 1 }), vec![certificate()], CREATED),
            EncodeDefect::Sealing,
        ),
        (
            Entry::new_private_key("k", SealedKey::from_unchecked_der(&b"no key"[..]), vec![certificate()], CREATED),
            EncodeDefect::Sealing,
        ),
        (Entry::new_secret_key("k", secret_key(), CREATED), EncodeDefect::SecretKey),
        (Entry::new_trusted_certificate("x".repeat(65_536), certificate(), CREATED), EncodeDefect::AliasTooLong),
    ];
    for (entry, defect) in cases {
        let mut keystore = KeyStore::new();
        keystore.insert(entry.clone()).unwrap();
        let mut jks = Jks::decode_unverified(&common::store(&[])).unwrap().into_owned();
        let expected = ErrorKind::NotRepresentable { format: Format::Jks, defect };
        for error in [jks::encode(&keystore, &password()).unwrap_err(), jks.insert(&entry).unwrap_err()] {
            assert_eq!(*error.kind(), expected);
            assert!(error.entry().is_some());
        }
    }
}

#[test]
fn a_jceks_takes_the_keys_of_both_formats_and_secret_keys() {
    let mut keystore = KeyStore::new();
    let jks_key = common::sealed(Protection::Jks, &password());
    keystore.insert(Entry::new_private_key("k", jks_key, vec![certificate()], CREATED)).unwrap();
    keystore.insert(Entry::new_secret_key("s", secret_key(), CREATED)).unwrap();
    let bytes = jks::encode_jceks(&keystore, &password()).unwrap();
    let store = keystore_core::decode(&bytes, &password()).unwrap();
    assert_eq!(store.format(), Format::Jceks);
    let view = store.view();
    let Content::SecretKey(key) = view.entry("s").unwrap().content() else { panic!("a secret key was put in") };
    let opened = key.open(&password()).unwrap();
    assert_eq!((opened.algorithm(), opened.secret_bytes()), ("AES", &[5; 16][..]));
    assert_eq!(*key.open(&Password::new("other")).unwrap_err().kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_jceks_key_takes_no_password_outside_ascii() {
    let key = PrivatePkcs8KeyDer::from(common::KEY);
    let sealed = SealedKey::seal(&key, &"pässword".into(), Protection::Jceks { iterations: 1 }, &mut common::rng());
    let expected = ErrorKind::NotRepresentable { format: Format::Jceks, defect: EncodeDefect::PasswordNotAscii };
    assert_eq!(*sealed.unwrap_err().kind(), expected);
}

#[test]
fn a_jceks_key_takes_the_iterations_that_java_reads() {
    let key = PrivatePkcs8KeyDer::from(common::KEY);
    for iterations in [0, 5_000_001] {
        let sealed = SealedKey::seal(&key, &password(), Protection::Jceks { iterations }, &mut common::rng());
        let expected = ErrorKind::NotRepresentable { format: Format::Jceks, defect: EncodeDefect::Iterations };
        assert_eq!(*sealed.unwrap_err().kind(), expected);
    }
}

#[test]
fn a_derivation_beyond_the_limits_does_not_run() {
    let key = common::sealed(Protection::Jceks { iterations: 20_000 }, &password());
    let mut limits = Limits::default();
    limits.iterations = 10_000;
    let error = key.open_within(&password(), &limits).unwrap_err();
    let expected = ErrorKind::LimitExceeded { limit: Limit::Iterations, found: 20_000, allowed: 10_000 };
    assert_eq!(*error.kind(), expected);
    let mut limits = Limits::default();
    limits.total_iterations = 30_000;
    let error = key.open_within(&password(), &limits).unwrap_err();
    let expected = ErrorKind::LimitExceeded { limit: Limit::TotalIterations, found: 40_000, allowed: 30_000 };
    assert_eq!(*error.kind(), expected);
}

#[test]
fn counts_and_sizes_beyond_the_limits_are_refused() {
    let bytes = common::store(&["a", "b"]);
    let refusal = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        Jks::decode_within(&bytes, &password(), &limits).unwrap_err().kind().clone()
    };
    let exceeded = |limit, found, allowed| ErrorKind::LimitExceeded { limit, found, allowed };
    assert_eq!(refusal(|limits| limits.entries = 1), exceeded(Limit::Entries, 2, 1));
    assert_eq!(refusal(|limits| limits.bytes = 10), exceeded(Limit::Bytes, u64::try_from(bytes.len()).unwrap(), 10));
}

#[test]
fn of_two_entries_under_one_alias_java_sees_the_last_and_an_edit_takes_both() {
    let body = common::Body::Trusted("X.509");
    let bytes = common::raw_store(Format::Jks, 2, &[("twin", body), ("other", body), ("twin", body)]);
    let mut jks = Jks::decode(&bytes, &password()).unwrap();
    let seen: Vec<_> = jks.view().all().map(Entry::visibility).collect();
    assert_eq!(seen, [Visibility::Shadowed, Visibility::Reachable, Visibility::Reachable]);
    let error = jks::encode(&jks.view(), &password()).unwrap_err();
    let expected = ErrorKind::NotRepresentable { format: Format::Jks, defect: EncodeDefect::NotVisible };
    assert_eq!(*error.kind(), expected);
    jks.rename("twin", "double").unwrap();
    assert_eq!(common::all_aliases(&jks), ["double", "other", "double"], "the hidden one does not come back");
    jks.remove("double").unwrap();
    assert_eq!(common::aliases(&jks), ["other"]);
}

/// Java reads such a file, and writes one as `CaseExactJKS`. It finds `node` under both aliases.
#[test]
fn no_edit_gives_an_entry_the_alias_in_lower_case_of_another() {
    let body = common::Body::Trusted("X.509");
    for format in [Format::Jks, Format::Jceks] {
        for aliases in [["Node", "node"], ["node", "Node"]] {
            let bytes = common::raw_store(format, 2, &aliases.map(|alias| (alias, body)));
            let mut store = keystore_core::decode(&bytes, &password()).unwrap();
            let clash = ErrorKind::AliasClash { existing: "node".to_owned() };
            assert_eq!(*store.replace(&key_entry("Node")).unwrap_err().kind(), clash);
            assert!(matches!(store.rename("Node", "Node").unwrap_err().kind(), ErrorKind::AliasClash { .. }));
            assert_eq!(store.encode(&password(), &Profile::JAVA_17, &mut common::rng()).unwrap(), bytes);
            let mut view = store.view();
            assert_eq!(*view.replace(key_entry("Node")).unwrap_err().kind(), clash);
            assert_eq!(*view.rename("Node", "Node").unwrap_err().kind(), clash);
            assert_eq!(view.iter().map(Entry::alias).collect::<Vec<_>>(), aliases);

            // Each entry is still reached by its own spelling.
            store.replace(&key_entry("node")).unwrap();
            assert!(matches!(store.view().entry("node").unwrap().content(), Content::PrivateKey { .. }));
            assert!(matches!(store.view().entry("Node").unwrap().content(), Content::TrustedCertificate(_)));
            store.remove("Node").unwrap();
            store.replace(&trusted("Node")).unwrap();
            let view = store.view();
            assert_eq!(view.all().map(Entry::alias).collect::<Vec<_>>(), ["node"]);
            assert!(matches!(view.entry("node").unwrap().content(), Content::TrustedCertificate(_)));
        }
    }
}

#[test]
fn a_replaced_entry_takes_those_that_it_shadows_with_it() {
    let body = common::Body::Trusted("X.509");
    for alias in ["twin", "Twin"] {
        let bytes = common::raw_store(Format::Jks, 2, &[(alias, body), ("other", body), (alias, body), ("last", body)]);
        let mut jks = Jks::decode(&bytes, &password()).unwrap();
        jks.replace(&key_entry(alias)).unwrap();
        assert_eq!(common::all_aliases(&jks), ["other", "twin", "last"]);
        assert!(matches!(jks.view().entry("twin").unwrap().content(), Content::PrivateKey { .. }));
    }
}

#[test]
fn aliases_that_are_one_in_lower_case_are_not_written_to_a_new_store() {
    let body = common::Body::Trusted("X.509");
    let bytes = common::raw_store(Format::Jks, 2, &[("Node", body), ("NODE", body)]);
    let jks = Jks::decode(&bytes, &password()).unwrap();
    let clash = ErrorKind::AliasClash { existing: "Node".to_owned() };
    let pfx = pkcs12::encode(&jks.view(), &password(), &Profile::JAVA_17.with_iterations(1), &mut common::rng());
    for error in [
        jks::encode(&jks.view(), &password()).unwrap_err(),
        jks::encode_jceks(&jks.view(), &password()).unwrap_err(),
        pfx.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.entry()), (&clash, Some("NODE")));
    }
}

#[test]
fn version_1_and_the_certificate_type_x509_are_kept_as_they_are() {
    for (version, certificate_type) in [(1, ""), (2, "X509"), (2, "x.509")] {
        let body = common::Body::Trusted(certificate_type);
        let bytes = common::raw_store(Format::Jks, version, &[("a", body)]);
        let mut jks = Jks::decode(&bytes, &password()).unwrap();
        assert_eq!(jks.encode(&password()).unwrap(), bytes);
        jks.insert(&trusted("b")).unwrap();
        let after = jks.encode(&password()).unwrap();
        let again = Jks::decode(&after, &password()).unwrap();
        assert_eq!(common::aliases(&again), ["a", "b"]);
    }
}

#[test]
fn another_type_of_certificate_is_refused_where_it_stands() {
    let bytes = common::raw_store(Format::Jks, 2, &[("a", common::Body::Trusted("PGP"))]);
    let error = Jks::decode(&bytes, &password()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::CertificateType));
    assert_eq!(error.position(), Some(12 + 4 + 3 + 8));
    assert_eq!(error.to_string(), "the content is malformed: a certificate is not of type X.509, at byte 27");
}

proptest! {
    /// Any sequence of edits has the same result as on a plain list of entries.
    #[test]
    fn edits_do_what_they_do_to_a_list(edits in prop::collection::vec((0..4u8, "[a-cA-C]", "[a-cA-C]"), 0..20)) {
        let bytes = common::store(&["a"]);
        let mut jks = Jks::decode(&bytes, &password()).unwrap();
        let mut list = vec!["a".to_owned()];
        for (what, one, other) in edits {
            let place = list.iter().position(|alias| *alias == one.to_lowercase());
            let target = list.iter().position(|alias| *alias == other.to_lowercase());
            let done = match (what, place) {
                (0, _) => jks.insert(&trusted(&one)).map(|()| list.push(one.to_lowercase())).is_ok() == place.is_none(),
                (1, _) => jks.remove(&one).is_ok() == place.map(|place| list.remove(place)).is_some(),
                (2, _) => jks.replace(&key_entry(&one)).is_ok() == place.is_some(),
                (_, Some(place)) if target.is_none_or(|target| target == place) => {
                    list[place] = other.to_lowercase();
                    jks.rename(&one, &other).is_ok()
                }
                _ => jks.rename(&one, &other).is_err(),
            };
            prop_assert!(done);
            prop_assert_eq!(common::aliases(&jks), list.clone());
        }
        let encoded = jks.encode(&password()).unwrap();
        let again = Jks::decode(&encoded, &password()).unwrap();
        prop_assert_eq!(common::aliases(&again), list);
        prop_assert_eq!(again.encode(&password()).unwrap(), encoded);
    }

    /// Whatever decodes is encoded to the same bytes.
    #[test]
    fn what_decodes_is_kept(place in 0..4_000usize, byte: u8) {
        let mut bytes = common::store(&["a", "b"]);
        let end = bytes.len() - 20;
        bytes[place % end] = byte;
        if let Ok(jks) = Jks::decode_unverified(&bytes) {
            let encoded = jks.encode(&password()).unwrap();
            prop_assert!(bytes.starts_with(&encoded[..encoded.len() - 20]));
            prop_assert_eq!(jks.view().len(), jks.clone().into_owned().view().len());
        }
    }
}

fn secret_key() -> SealedSecretKey<'static> {
    let key = SecretKey::new("AES", vec![5; 16]);
    SealedSecretKey::seal(&key, &password(), Protection::Jceks { iterations: 1 }, &mut common::rng()).unwrap()
}
