//! Tests JKS through the public interface: round trips, damaged files, and edits that keep the other bytes.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod common;

use common::{CREATED, KEY, certificate, key_entry, password, trusted};
use keystore_core::{
    Defect, Entry, Error, ErrorKind, Format, Jks, KeyMatch, KeyStore, Password, Profile, Protection, Visibility,
    decode, jks, key_match,
};

#[test]
fn a_key_and_a_certificate_come_back() {
    let bytes = jks::encode(&sample(), &password()).unwrap();
    let store = Jks::decode(&bytes, &password()).unwrap();
    let view = store.view();
    let aliases: Vec<_> = view.iter().map(|entry| (entry.alias(), entry.created(), entry.visibility())).collect();
    assert_eq!(
        aliases,
        [("node0", Some(CREATED), Visibility::Reachable), ("peer", Some(CREATED), Visibility::Reachable)]
    );
    assert_eq!(view.private_key("NODE0").unwrap().open(&password()).unwrap().secret_pkcs8().secret_pkcs8_der(), KEY);
    assert!(view.iter().all(|entry| entry.certificates() == [certificate()]));
}

#[test]
fn the_same_randomness_gives_the_same_bytes() {
    assert_eq!(jks::encode(&sample(), &password()).unwrap(), jks::encode(&sample(), &password()).unwrap());
}

#[test]
fn a_wrong_password_is_told_for_the_store_and_for_the_key() {
    let bytes = jks::encode(&sample(), &password()).unwrap();
    let error = Jks::decode(&bytes, &Password::new("other")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
    let store = Jks::decode_unverified(&bytes).unwrap();
    let error = store.view().private_key("node0").unwrap().open(&Password::new("other")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_store_cut_at_any_length_is_truncated() {
    let bytes = jks::encode(&sample(), &password()).unwrap();
    for length in 0..bytes.len() {
        let error = decode(&bytes[..length], &password()).unwrap_err();
        let ErrorKind::Truncated { needed, available } = *error.kind() else { panic!("{length}: {error}") };
        assert_eq!(error.position().unwrap() + available, length);
        assert!(needed > available);
    }
}

#[test]
fn a_flipped_bit_in_any_byte_is_refused() {
    let bytes = jks::encode(&sample(), &password()).unwrap();
    for (place, field) in fields().into_iter().enumerate() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << bit;
            let error = decode(&damaged, &password()).unwrap_err();
            let wrong = *error.kind() == ErrorKind::WrongPasswordOrTampered;
            let fits = match field {
                Field::Magic => *error.kind() == ErrorKind::UnknownFormat,
                Field::Version => matches!(error.kind(), ErrorKind::UnsupportedVersion { format: Format::Jks, .. }),
                Field::Tag => matches!(error.kind(), ErrorKind::Malformed(Defect::EntryTag(_))),
                Field::Alias => wrong || (bit == 7 && *error.kind() == ErrorKind::Malformed(Defect::ModifiedUtf8)),
                // The certificate's type is case-insensitive.
                Field::Type => wrong == (bit == 5 && bytes[place] == b'X'),
                // The effect of a changed length depends on the following bytes, but it is found at a later position.
                Field::Length => wrong || error.position().is_none_or(|position| position + 4 > place),
                Field::Content => wrong,
            };
            assert!(fits, "bit {bit} of byte {place}, {field:?}: {error}");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Magic,
    Version,
    Tag,
    Length,
    Alias,
    Type,
    Content,
}

/// The part of the sample to which each byte belongs.
fn fields() -> Vec<Field> {
    let key = common::sealed(Protection::Jks, &password()).as_der().len();
    let certificate = [(Field::Length, 2), (Field::Type, 5), (Field::Length, 4), (Field::Content, certificate().len())];
    let entry = |alias| [(Field::Tag, 4), (Field::Length, 2), (Field::Alias, alias), (Field::Content, 8)];
    let header = [(Field::Magic, 4), (Field::Version, 4), (Field::Length, 4)];
    let sealed = [(Field::Length, 4), (Field::Content, key), (Field::Length, 4)];
    let digest = [(Field::Content, 20)];
    let parts = [&header[..], &entry(5), &sealed, &certificate, &entry(4), &certificate, &digest];
    parts.concat().into_iter().flat_map(|(field, length)| std::iter::repeat_n(field, length)).collect()
}

/// The files were made by keytool; see `data/README.md`.
#[test]
fn keytools_stores_are_read_and_written_to_the_byte() {
    type Encode = fn(&KeyStore<'_>, &Password) -> Result<Vec<u8>, Error>;
    let stores: [(&[u8], &[&str], Encode); 2] = [
        (include_bytes!("data/keytool.jks"), &["node0", "peer"], jks::encode),
        (include_bytes!("data/keytool.jceks"), &["aes", "node0", "peer"], jks::encode_jceks),
    ];
    for (bytes, aliases, encode) in stores {
        let store = decode(bytes, &password()).unwrap();
        let view = store.view();
        let mut seen: Vec<_> = view.iter().map(Entry::alias).collect();
        seen.sort_unstable();
        assert_eq!(seen, aliases);
        let key = view.private_key("node0").unwrap().open(&Password::new("keypass")).unwrap();
        let own = &view.entry("node0").unwrap().certificates()[0];
        assert_eq!(key_match(&key.secret_pkcs8(), own), KeyMatch::Matches);
        assert_eq!(view.entry("peer").unwrap().certificates(), [certificate()]);
        assert_eq!(store.encode(&password(), &Profile::JAVA_17, &mut common::rng()).unwrap(), bytes);
        assert_eq!(encode(&view, &password()).unwrap(), bytes);
    }
}

fn sample() -> KeyStore<'static> {
    let mut keystore = KeyStore::new();
    keystore.insert(key_entry("Node0")).unwrap();
    keystore.insert(trusted("peer")).unwrap();
    keystore
}

#[test]
fn another_format_is_not_an_unknown_one() {
    let error = Jks::decode(include_bytes!("data/no-trust.p12"), &password()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the content is malformed: the first bytes are not those of a JKS or JCEKS, at byte 0"
    );
}
