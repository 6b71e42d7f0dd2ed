//! Edits of files in shapes that writers other than Java give them: bags without names, bags in bags, unknown bags.
#![allow(clippy::needless_pass_by_value, reason = "attributes are written where they are used")]

use crate::pkcs12::attributes::Attributes;
use crate::pkcs12::bag;
use crate::pkcs12::ber::{Reader, Tag};
use crate::pkcs12::safe::{Protection, Safe};
use crate::pkcs12::write::Writer;
use crate::pkcs12::{Pfx, Profile, oid};
use crate::{
    Content, Entry, ErrorKind, Limits, Password, Protection as Sealing, SealedKey, Timestamp, Visibility, error::Part,
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
fn parts_that_an_edit_does_not_touch_keep_their_octets() {
    let file = file(&[&[key(named("node0", "a")), foreign()], &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let mut pfx = decoded(&file);
    pfx.insert(trusted("new")).unwrap();
    let edited = encoded(&pfx, 2);
    assert_eq!(parts(&edited)[..2], parts(&file));
    assert_eq!(aliases(&decoded(&edited)), ["node0", "new"]);
    // Taken out again, nothing is left of it.
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
    // Java ties the two together because each is the first of its kind.
    let file = file(&[
        &[key(Attributes::default())],
        &[certificate(CERTIFICATE, Attributes::default()), certificate(OTHER, trust("peer"))],
    ]);
    let mut pfx = decoded(&file);
    assert_eq!(pfx.view().entry("1").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    pfx.remove("peer").unwrap();
    pfx.insert(trusted("new")).unwrap();
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
fn bags_in_bags_are_edited_where_they_are() {
    let inner = [certificate(CERTIFICATE, trust("inner")), certificate(OTHER, trust("sibling")), foreign()].concat();
    let nested = nest(&inner);
    let file = file(&[&[certificate(OTHER, trust("outer")), nested]]);
    let mut pfx = decoded(&file);
    let hidden: Vec<_> = pfx.view().iter().map(|entry| (entry.alias().to_owned(), entry.visibility())).collect();
    let expected = [("outer", Visibility::Reachable), ("inner", Visibility::Hidden), ("sibling", Visibility::Hidden)];
    assert_eq!(hidden, expected.map(|(alias, visibility)| (alias.to_owned(), visibility)));
    pfx.rename("sibling", "renamed").unwrap();
    pfx.remove("inner").unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    let all: Vec<_> = pfx.view().iter().map(|entry| entry.alias().to_owned()).collect();
    assert_eq!(all, ["outer", "renamed"]);
    assert!(contains(pfx.safes[0].contents(), &foreign()));
}

#[test]
fn nesting_is_bounded_by_the_limits() {
    let nested = (0..40).fold(certificate(CERTIFICATE, trust("deep")), |inner, _| nest(&inner));
    let mut limits = Limits::default();
    let error = Pfx::decode(&file(&[std::slice::from_ref(&nested)]), &password(), &limits).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LimitExceeded { found: 33, allowed: 32, .. }), "{error}");
    limits.depth = 41;
    assert_eq!(Pfx::decode(&file(&[&[nested]]), &password(), &limits).unwrap().view().len(), 1);
}

#[test]
fn another_password_encrypts_anew_what_the_store_encrypts_and_no_key() {
    let file = file(&[&[key(named("node0", "a"))], &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let other = Password::new("another");
    let bytes = decoded(&file).encode(&other, &QUICK, &mut rng(9)).unwrap();
    let error = Pfx::decode(&bytes, &password(), &Limits::default()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
    let pfx = Pfx::decode(&bytes, &other, &Limits::default()).unwrap();
    let view = pfx.view();
    assert_eq!(view.entry("node0").unwrap().certificates(), [CertificateDer::from(CERTIFICATE)]);
    assert!(view.private_key("node0").unwrap().open(&password()).is_ok());
    assert!(view.private_key("node0").unwrap().open(&other).is_err());
}

#[test]
fn without_a_password_encrypted_parts_are_carried() {
    let file = file(&[&[key(named("node0", "a"))], &[certificate(CERTIFICATE, named("node0", "a"))]]);
    let pfx = Pfx::decode_unverified(&file, None, &Limits::default()).unwrap();
    assert!(pfx.view().entry("node0").unwrap().certificates().is_empty());
    assert_eq!(parts(&encoded(&pfx, 2)), parts(&file));
}

#[test]
fn what_is_not_there_or_there_already_is_told() {
    let mut pfx = decoded(&file(&[&[certificate(CERTIFICATE, trust("Peer"))]]));
    let kind = |result: Result<(), crate::Error>| result.unwrap_err().kind().clone();
    assert_eq!(kind(pfx.remove("nobody")), ErrorKind::NoSuchEntry);
    assert_eq!(kind(pfx.rename("nobody", "somebody")), ErrorKind::NoSuchEntry);
    assert_eq!(kind(pfx.replace(trusted("nobody"))), ErrorKind::NoSuchEntry);
    let clash = ErrorKind::AliasClash { existing: "Peer".to_owned() };
    assert_eq!(kind(pfx.insert(trusted("PEER"))), clash);
    pfx.insert(trusted("other")).unwrap();
    assert_eq!(kind(pfx.rename("other", "peer")), clash);
    pfx.rename("peer", "PEER").unwrap();
    assert_eq!(aliases(&pfx), ["PEER", "other"]);
}

#[test]
fn replacing_takes_the_old_entry_out() {
    let file = file(&[&[certificate(OTHER, trust("peer")), certificate(OTHER, trust("second"))]]);
    let mut pfx = decoded(&file);
    pfx.replace(trusted("PEER")).unwrap();
    let pfx = decoded(&encoded(&pfx, 2));
    assert_eq!(aliases(&pfx), ["second", "PEER"]);
    assert_eq!(certificate_of(&pfx, "peer"), CERTIFICATE);
}

/// A file with these parts; the first is in clear, the others are encrypted.
fn file(parts: &[&[Vec<u8>]]) -> Vec<u8> {
    let mut pfx = Pfx::default();
    for (index, bags) in parts.iter().enumerate() {
        let mut safe = Safe::new(if index == 0 { Protection::Clear } else { Protection::Encrypted });
        safe.append(&bags.concat()).unwrap();
        pfx.safes.push(safe);
    }
    encoded(&pfx, 1)
}

fn encoded(pfx: &Pfx<'_>, seed: u8) -> Vec<u8> {
    pfx.encode(&password(), &QUICK, &mut rng(seed)).unwrap()
}

fn decoded(bytes: &[u8]) -> Pfx<'static> {
    Pfx::decode(bytes, &password(), &Limits::default()).unwrap().into_owned()
}

/// The encoded `ContentInfo`s.
fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Reader::new(bytes, None).any().unwrap().children();
    fields.any().unwrap();
    let mut info = fields.any().unwrap().children();
    info.any().unwrap();
    let octets = info.any().unwrap().children().octet_string(Part::Pfx).unwrap();
    let mut parts = Reader::new(octets.content, None).any().unwrap().children();
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

fn key(attributes: Attributes) -> Vec<u8> {
    let sealed = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password(), Sealing::Pkcs12(QUICK), &mut rng(7));
    let sealed = sealed.unwrap();
    written(oid::SHROUDED_KEY_BAG, &attributes, |writer| {
        writer.raw(sealed.as_der());
    })
}

fn certificate(der: &[u8], attributes: Attributes) -> Vec<u8> {
    let value = |writer: &mut Writer| bag::write_typed_octets(writer, oid::X509_CERTIFICATE, der);
    written(oid::CERT_BAG, &attributes, value)
}

/// A bag of a type that nothing here reads.
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
    Attributes { friendly_name: Some(name.to_owned()), local_key_id, trusted: false }
}

fn trust(name: &str) -> Attributes {
    Attributes { friendly_name: Some(name.to_owned()), local_key_id: None, trusted: true }
}

fn trusted(alias: &str) -> Entry<'_> {
    Entry::trusted_certificate(alias, CertificateDer::from(CERTIFICATE), Timestamp::from_millis(0))
}

fn contains(octets: &[u8], wanted: &[u8]) -> bool {
    octets.windows(wanted.len()).any(|window| window == wanted)
}

fn password() -> Password {
    Password::new("changeit")
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}
