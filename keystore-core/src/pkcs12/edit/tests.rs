//! Edits of files, many with structures that Java does not write.
//!
//! Examples are bags without names, bags in bags, and unknown bags.
#![allow(clippy::needless_pass_by_value, reason = "attributes are written where they are used")]

use crate::asn1::{Reader, Tag, Writer, oid};
use crate::lint::{Code, Purpose};
use crate::pkcs12::structure::attributes::Attributes;
use crate::pkcs12::structure::bag;
use crate::pkcs12::structure::safe::{Protection, Safe};
use crate::pkcs12::{Pfx, Profile};
use crate::{
    Content, EncodeDefect, Entry, ErrorKind, Format, Limits, Password, Protection as Sealing, SealedKey, Store,
    Timestamp, Visibility, error::Part,
};
use der::asn1::ObjectIdentifier;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

const KEY: &[u8] = include_bytes!("../../../tests/data/node0.pkcs8");
const CERTIFICATE: &[u8] = include_bytes!("../../../tests/data/node0.cer");
const OTHER: &[u8] = include_bytes!("../../../tests/data/ec.cer");
const CRL_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.4");
const QUICK: Profile = Profile::OPENSSL_3.with_iterations(1);

#[test]
fn parts_that_an_edit_does_not_touch_keep_their_bytes() {
    let file = file(&[&[key(named("node0", "a")), foreign()], &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let mut pfx = decoded(&file);
    pfx.insert(&trusted("new")).unwrap();
    let edited = encoded(&pfx, 2);
    assert_eq!(parts(&edited)[..2], parts(&file));
    assert_eq!(aliases(&decoded(&edited)), ["node0", "new"]);
    // After the entry is removed again, the parts are those of the file.
    pfx.remove("new").unwrap();
    assert_eq!(parts(&encoded(&pfx, 3)), parts(&file));
}

#[test]
fn renaming_touches_the_parts_of_the_entry_alone_and_keeps_what_it_does_not_know() {
    let file = file(&[
        &[foreign(), key(named("node0", "a"))],
        &[certificate(CERTIFICATE, named("NODE0", "a"))],
        &[certificate(OTHER, trust("peer"))],
    ]);
    let mut pfx = decoded(&file);
    pfx.rename("Node0", "Node1").unwrap();
    let edited = encoded(&pfx, 2);
    assert_eq!(parts(&edited)[2], parts(&file)[2]);
    let pfx = decoded(&edited);
    assert_eq!(aliases(&pfx), ["node1", "peer"]);
    assert_eq!(pfx.view().entry("node1").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    let names: Vec<_> = pfx.safes[1].bags().iter().map(|bag| bag.attributes.friendly_name.clone()).collect();
    assert_eq!(names, [Some("node1".to_owned())]);
    assert!(contains(pfx.safes[0].contents(), &foreign()));
}

#[test]
fn a_trusted_certificate_in_a_chain_loses_its_trust_alone() {
    let authority = with_names("ca", "ca");
    let leaf = with_names("ca", "ec");
    let file = file(&[
        &[key(named("node0", "a"))],
        &[certificate(&leaf, named("node0", "a")), certificate(&authority, trust("ca"))],
    ]);
    let chain = |pfx: &Pfx<'_>| -> Vec<Vec<u8>> {
        pfx.view().entry("node0").unwrap().certificates().iter().map(|certificate| certificate.to_vec()).collect()
    };
    let both = vec![leaf.clone(), authority.clone()];
    let mut pfx = decoded(&file);
    assert_eq!((aliases(&pfx), chain(&pfx)), (vec!["node0".to_owned(), "ca".to_owned()], both.clone()));
    pfx.remove("ca").unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!((aliases(&pfx), chain(&pfx)), (vec!["node0".to_owned()], both));

    let mut pfx = decoded(&file);
    pfx.replace(&trusted("ca")).unwrap();
    assert_eq!(certificate_of(&pfx, "ca"), CERTIFICATE);
    pfx.remove("ca").unwrap();
    assert_eq!(aliases(&decoded(&encoded(&pfx, 2))), ["node0"]);
}

fn with_names(issuer: &str, subject: &str) -> Vec<u8> {
    let mut der = OTHER.to_vec();
    let places: Vec<usize> = (0..der.len() - 3).filter(|place| der[*place..].starts_with(b"\x02ec")).collect();
    for (place, name) in places.iter().zip([issuer, subject]) {
        der[place + 1..place + 3].copy_from_slice(name.as_bytes());
    }
    assert_eq!(places.len(), 2);
    der
}

#[test]
fn numbers_that_java_gives_stay_with_their_entries() {
    let unnamed = || Attributes { friendly_name: None, ..trust("") };
    let file = file(&[&[certificate(CERTIFICATE, unnamed()), certificate(OTHER, unnamed())]]);
    let mut pfx = decoded(&file);
    assert_eq!(aliases(&pfx), ["1", "2"]);
    pfx.remove("1").unwrap();
    assert_eq!(certificate_of(&decoded(&encoded(&pfx, 2)), "2"), OTHER);

    let mut pfx = decoded(&file);
    pfx.rename("1", "first").unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!((certificate_of(&pfx, "first"), certificate_of(&pfx, "2")), (CERTIFICATE.to_vec(), OTHER.to_vec()));
}

#[test]
fn a_key_without_identifier_keeps_its_certificate_when_the_order_changes() {
    // Java links the key and the certificate because each is the first of its kind.
    let file = file(&[
        &[key(Attributes::default())],
        &[certificate(CERTIFICATE, Attributes::default()), certificate(OTHER, trust("peer"))],
    ]);
    let mut pfx = decoded(&file);
    assert_eq!(pfx.view().entry("1").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    pfx.remove("peer").unwrap();
    pfx.insert(&trusted("new")).unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!(aliases(&pfx), ["1", "new"]);
    assert_eq!(pfx.view().entry("1").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
}

#[test]
fn a_certificate_does_not_become_a_keys_own_by_moving_up() {
    let file = file(&[
        &[key(Attributes::default())],
        &[certificate(OTHER, trust("peer")), certificate(CERTIFICATE, Attributes::default())],
    ]);
    let mut pfx = decoded(&file);
    assert!(pfx.view().entry("1").unwrap().certificates().is_empty());
    pfx.remove("peer").unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert!(pfx.view().entry("1").unwrap().certificates().is_empty());
}

#[test]
fn a_certificate_that_another_key_needs_stays() {
    let file =
        file(&[&[key(named("one", "a")), key(named("two", "a"))], &[certificate(CERTIFICATE, named("both", "a"))]]);
    let mut pfx = decoded(&file);
    pfx.remove("one").unwrap();
    assert_eq!(pfx.view().entry("two").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    pfx.remove("two").unwrap();
    assert!(pfx.view().is_empty());
}

#[test]
fn a_secret_that_is_not_sealed_is_never_written_unencrypted() {
    let sealed = sealed_key();
    for (bytes, is_written) in [(sealed.as_der(), true), (b"a secret in clear", false)] {
        let mut part = Safe::new(Protection::Encrypted);
        part.append(&nest(&secret(bytes, named("secret", "s")))).unwrap();
        let pfx = Pfx { safes: vec![part], ..Pfx::default() };
        let written = pfx.encode(&password(), &Profile::PASSWORDLESS, &mut rng(2));
        let refused = written.map(|file| assert!(contains(&file, bytes))).map_err(|error| error.kind().clone());
        let defect = EncodeDefect::PlainPrivateKey;
        let expected = ErrorKind::NotRepresentable { format: Format::Pkcs12, defect };
        assert_eq!(refused, if is_written { Ok(()) } else { Err(expected) });
    }
}

#[test]
fn bags_in_bags_are_edited_where_they_are() {
    let inner = [certificate(CERTIFICATE, trust("inner")), certificate(OTHER, trust("sibling")), foreign()].concat();
    let nested = nest(&inner);
    let file = file(&[&[certificate(OTHER, trust("outer")), nested]]);
    let mut pfx = decoded(&file);
    let hidden: Vec<_> = pfx.view().all().map(|entry| (entry.alias().to_owned(), entry.visibility())).collect();
    let expected = [("outer", Visibility::Reachable), ("inner", Visibility::Hidden), ("sibling", Visibility::Hidden)];
    assert_eq!(hidden, expected.map(|(alias, visibility)| (alias.to_owned(), visibility)));
    pfx.rename("sibling", "renamed").unwrap();
    pfx.remove("inner").unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    let all: Vec<_> = pfx.view().all().map(|entry| entry.alias().to_owned()).collect();
    assert_eq!(all, ["outer", "renamed"]);
    assert!(contains(pfx.safes[0].contents(), &foreign()));
}

#[test]
fn lint_tells_of_everything_that_java_skips() {
    let secret = secret(sealed_key().as_der(), named("secret", "s"));
    let inner = [key(named("key", "k")), secret, certificate(OTHER, trust("trusted"))].concat();
    let unlinked = Attributes { local_key_id: None, ..named("unlinked", "") };
    let file = file(&[
        &[key(named("first", "a")), key(unlinked), nest(&inner)],
        &[certificate(CERTIFICATE, Attributes { local_key_id: None, ..named("untrusted", "") })],
    ]);
    let findings = decoded(&file).view().lint(None, Purpose::Any);
    let hidden = findings.iter().filter(|finding| finding.code() == Code::HiddenCertificate);
    let said = |alias: &str| format!("warning: entry {alias:?}: Java neither shows nor uses the entry");
    let aliases = ["unlinked", "key", "secret", "trusted", "untrusted"];
    assert_eq!(hidden.map(ToString::to_string).collect::<Vec<_>>(), aliases.map(said));
}

#[test]
fn an_unreadable_certificate_that_java_skips_is_no_finding() {
    let (nested, outer) = (certificate(b"0", trust("nested")), certificate(b"0", trust("outer")));
    let untrusted = certificate(b"0", named("untrusted", "u"));
    let pfx = decoded(&file(&[&[nest(&[nested, untrusted.clone()].concat()), outer, untrusted]]));
    let findings = pfx.view().lint(None, Purpose::Any);
    let unreadable = findings.iter().filter(|finding| finding.code() == Code::UnreadableCertificate);
    assert_eq!(unreadable.map(|finding| finding.entry()).collect::<Vec<_>>(), [Some("outer"), Some("untrusted")]);
}

#[test]
fn nesting_is_bounded_by_the_limits() {
    let nested = (0..40).fold(certificate(CERTIFICATE, trust("deep")), |inner, _| nest(&inner));
    let mut limits = Limits::default();
    let error = Pfx::decode_within(&file(&[std::slice::from_ref(&nested)]), &password(), &limits).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LimitExceeded { found: 33, allowed: 32, .. }), "{error}");
    limits.depth = 41;
    assert_eq!(Pfx::decode_within(&file(&[&[nested]]), &password(), &limits).unwrap().view().all().count(), 1);
}

#[test]
fn another_password_encrypts_anew_what_the_store_encrypts_and_no_key() {
    let file = file(&[&[key(named("node0", "a"))], &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let other = Password::new("another");
    let bytes = decoded(&file).encode(&other, &QUICK, &mut rng(9)).unwrap();
    let error = Pfx::decode(&bytes, &password()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
    let pfx = Pfx::decode(&bytes, &other).unwrap();
    let view = pfx.view();
    assert_eq!(view.entry("node0").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    assert!(view.private_key("node0").unwrap().open(&password()).is_ok());
    let error = view.private_key("node0").unwrap().open(&other).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_document_with_parts_that_were_not_decrypted_is_neither_edited_nor_encoded() {
    let file = file(&[&[key(named("node0", "a"))], &[certificate(CERTIFICATE, trust("peer"))]]);
    let mut damaged = file.clone();
    let place = file.windows(9).position(|bytes| bytes == oid::PBES2.as_bytes()).unwrap();
    damaged[place] = 0;
    for file in [&file, &damaged] {
        let mut pfx = Pfx::decode_unverified(file, None).unwrap();
        assert!(pfx.view().entry("node0").unwrap().certificates().is_empty());
        let needed =
            |result: Result<(), crate::Error>| assert_eq!(*result.unwrap_err().kind(), ErrorKind::PasswordNeeded);
        needed(pfx.insert(&trusted("peer")));
        needed(pfx.replace(&trusted("node0")).map(drop));
        needed(pfx.remove("node0").map(drop));
        needed(pfx.rename("node0", "node1"));
        needed(pfx.encode(&password(), &QUICK, &mut rng(2)).map(drop));
        pfx.protect();
        needed(pfx.encode(&Password::new("another"), &QUICK, &mut rng(2)).map(drop));
        let mut store = Store::Pfx(pfx);
        needed(store.change_key_password("node0", &password(), &Password::new("another"), &mut rng(2)));
        needed(store.change_key_passwords(&password(), &Password::new("another"), &mut rng(2)).map(drop));
    }
    // With the password, the parts are decrypted, although the MAC is not verified.
    let mut pfx = Pfx::decode_unverified(&file, Some(&password())).unwrap();
    assert_eq!(parts(&encoded(&pfx, 2)), parts(&file));
    assert!(matches!(pfx.insert(&trusted("peer")).unwrap_err().kind(), ErrorKind::AliasClash { .. }));
}

#[test]
fn without_encrypted_parts_no_password_is_needed_for_an_edit() {
    let file = file(&[&[key(named("node0", "a")), certificate(CERTIFICATE, named("node0", "a"))]]);
    let mut pfx = Pfx::decode_unverified(&file, None).unwrap();
    pfx.insert(&trusted("new")).unwrap();
    let another = Password::new("another");
    let pfx = Pfx::decode(&pfx.encode(&another, &QUICK, &mut rng(2)).unwrap(), &another).unwrap().into_owned();
    assert_eq!(aliases(&pfx), ["node0", "new"]);
}

#[test]
fn what_is_not_there_or_there_already_is_told() {
    let mut pfx = decoded(&file(&[&[certificate(CERTIFICATE, trust("Peer"))]]));
    let kind = |error: crate::Error| error.kind().clone();
    assert_eq!(kind(pfx.remove("absent").unwrap_err()), ErrorKind::NoSuchEntry);
    assert_eq!(kind(pfx.rename("absent", "other name").unwrap_err()), ErrorKind::NoSuchEntry);
    assert_eq!(kind(pfx.replace(&trusted("absent")).unwrap_err()), ErrorKind::NoSuchEntry);
    let clash = ErrorKind::AliasClash { existing: "Peer".to_owned() };
    assert_eq!(kind(pfx.insert(&trusted("PEER")).unwrap_err()), clash);
    pfx.insert(&trusted("other")).unwrap();
    assert_eq!(kind(pfx.rename("other", "peer").unwrap_err()), clash);
    pfx.rename("peer", "PEER").unwrap();
    assert_eq!(aliases(&pfx), ["PEER", "other"]);
}

#[test]
fn a_replaced_certificate_keeps_its_place_and_the_other_parts_their_bytes() {
    let bags = [certificate(OTHER, trust("peer")), certificate(OTHER, trust("second"))];
    let file = file(&[&[key(named("node0", "a"))], &bags, &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let mut pfx = decoded(&file);
    let old = pfx.replace(&trusted("PEER")).unwrap();
    assert_eq!((old.alias(), old.certificates()), ("peer", &[CertificateDer::from(OTHER)][..]));
    let edited = encoded(&pfx, 2);
    let (before, after) = (parts(&file), parts(&edited));
    assert_eq!((&after[0], &after[2], after.len()), (&before[0], &before[2], 3));
    let pfx = decoded(&edited);
    assert_eq!(aliases(&pfx), ["node0", "PEER", "second"]);
    assert_eq!(certificate_of(&pfx, "peer"), CERTIFICATE);
}

#[test]
fn a_replaced_key_keeps_its_place_and_its_old_certificate_goes() {
    let keys = [key(named("node0", "a")), key(named("node1", "b"))];
    let file = file(&[&keys, &[certificate(OTHER, named("node0", "a")), certificate(OTHER, named("node1", "b"))]]);
    let mut pfx = decoded(&file);
    let new = key_entry("node0", CERTIFICATE);
    let old = pfx.replace(&new).unwrap();
    assert_eq!(old.certificates(), [CertificateDer::from(OTHER)]);
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!((aliases(&pfx), pfx.safes.len()), (vec!["node0".to_owned(), "node1".to_owned()], 2));
    assert_eq!(*pfx.view().entry("node0").unwrap(), new);
    assert_eq!(pfx.view().entry("node1").unwrap().certificates(), [CertificateDer::from(OTHER)]);
    assert_eq!(pfx.safes[1].bags().len(), 2);
}

#[test]
fn a_certificate_that_another_key_needs_stays_when_its_key_is_replaced() {
    let keys = [key(named("one", "a")), key(named("two", "a"))];
    let file = file(&[&keys, &[certificate(OTHER, named("both", "a"))]]);
    let mut pfx = decoded(&file);
    pfx.replace(&key_entry("one", CERTIFICATE)).unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!(aliases(&pfx), ["one", "two"]);
    assert_eq!(pfx.view().entry("one").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    assert_eq!(pfx.view().entry("two").unwrap().certificates(), [CertificateDer::from(OTHER)]);
}

#[test]
fn an_entry_of_another_type_or_in_the_place_of_a_hidden_one_comes_last() {
    let hidden = nest(&certificate(OTHER, trust("hidden")));
    let file = file(&[&[key(named("node0", "a")), hidden], &[certificate(OTHER, trust("peer"))]]);
    let mut pfx = decoded(&file);
    pfx.replace(&trusted("node0")).unwrap();
    pfx.replace(&trusted("hidden")).unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!(aliases(&pfx), ["peer", "node0", "hidden"]);
    assert_eq!(pfx.view().len(), 3);
}

#[test]
fn shadowed_entries_go_with_the_one_that_is_replaced() {
    let file = file(&[
        &[certificate(OTHER, trust("peer")), certificate(OTHER, trust("second"))],
        &[certificate(OTHER, trust("Peer"))],
    ]);
    let mut pfx = decoded(&file);
    pfx.replace(&trusted("peer")).unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!(pfx.view().iter().map(Entry::alias).collect::<Vec<_>>(), ["second", "peer"]);
    assert_eq!(certificate_of(&pfx, "peer"), CERTIFICATE);
}

fn file(parts: &[&[Vec<u8>]]) -> Vec<u8> {
    let mut pfx = Pfx::default();
    for (index, bags) in parts.iter().enumerate() {
        let mut safe = Safe::new(if index == 0 { Protection::Clear } else { Protection::Encrypted });
        safe.append(&bags.concat()).unwrap();
        pfx.safes.push(safe);
    }
    encoded(&pfx, 1)
}

fn secret(bytes: &[u8], attributes: Attributes) -> Vec<u8> {
    let value = |writer: &mut Writer| bag::write_typed_bytes(writer, oid::SHROUDED_KEY_BAG, bytes);
    written(oid::SECRET_BAG, &attributes, value)
}

fn encoded(pfx: &Pfx<'_>, seed: u8) -> Vec<u8> {
    pfx.encode(&password(), &QUICK, &mut rng(seed)).unwrap()
}

fn decoded(bytes: &[u8]) -> Pfx<'static> {
    Pfx::decode(bytes, &password()).unwrap().into_owned()
}

fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Reader::new(bytes, None).any().unwrap().children();
    fields.any().unwrap();
    let mut info = fields.any().unwrap().children();
    info.any().unwrap();
    let bytes = info.any().unwrap().children().octet_string(Part::Pfx).unwrap();
    let mut parts = Reader::new(bytes.content, None).any().unwrap().children();
    std::iter::from_fn(|| (!parts.is_empty()).then(|| parts.any().unwrap().encoded.to_vec())).collect()
}

fn aliases(pfx: &Pfx<'_>) -> Vec<String> {
    let view = pfx.view();
    let visible = view.iter().filter(|entry| entry.visibility() == Visibility::Reachable);
    visible.map(|entry| entry.alias().to_owned()).collect()
}

fn certificate_of(pfx: &Pfx<'_>, alias: &str) -> Vec<u8> {
    match pfx.view().entry(alias).unwrap().content() {
        Content::TrustedCertificate(certificate) => certificate.to_vec(),
        content => panic!("unexpected {content:?}"),
    }
}

fn key_entry(alias: &str, certificate: &'static [u8]) -> Entry<'static> {
    let chain = vec![CertificateDer::from(certificate)];
    Entry::new_private_key(alias.to_owned(), sealed_key(), chain, Timestamp::from_millis(1_700_000_000_000))
}

fn sealed_key() -> SealedKey<'static> {
    let key = PrivatePkcs8KeyDer::from(KEY);
    SealedKey::seal(&key, &password(), Sealing::Pkcs12(QUICK), &mut rng(7)).unwrap()
}

fn key(attributes: Attributes) -> Vec<u8> {
    let sealed = sealed_key();
    written(oid::SHROUDED_KEY_BAG, &attributes, |writer| {
        writer.raw(sealed.as_der());
    })
}

fn certificate(der: &[u8], attributes: Attributes) -> Vec<u8> {
    let value = |writer: &mut Writer| bag::write_typed_bytes(writer, oid::X509_CERTIFICATE, der);
    written(oid::CERT_BAG, &attributes, value)
}

fn foreign() -> Vec<u8> {
    written(CRL_BAG, &named("revoked", "z"), |writer| {
        writer.octet_string(b"a list");
    })
}

fn nest(bags: &[u8]) -> Vec<u8> {
    written(oid::SAFE_CONTENTS_BAG, &Attributes::default(), |writer| {
        writer.element(Tag::SEQUENCE, bags);
    })
}

fn written(id: ObjectIdentifier, attributes: &Attributes, value: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    bag::write(&mut writer, id, value, attributes);
    writer.finish().to_vec()
}

fn named(name: &str, id: &str) -> Attributes {
    let local_key_id = Some(id.as_bytes().to_vec());
    Attributes { friendly_name: Some(name.to_owned()), local_key_id, ..Attributes::default() }
}

fn trust(name: &str) -> Attributes {
    Attributes { friendly_name: Some(name.to_owned()), trusted: true, ..Attributes::default() }
}

fn trusted(alias: &str) -> Entry<'_> {
    Entry::new_trusted_certificate(alias, CertificateDer::from(CERTIFICATE), Timestamp::from_millis(0))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn password() -> Password {
    Password::new("changeit")
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}
