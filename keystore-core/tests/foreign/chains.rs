//! Compares the chains of a PKCS#12 with those that Java 17 and Java 25 build.

use crate::fixture::{CERTIFICATE, CREATED, scratch, sealed, sha256};
use crate::java::{ask_on, shown};
use crate::tree::Tree;
use keystore_core::{Entry, KeyStore, Password, Profile, Protection, decode, pkcs12};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use test_support::{Suite, Tool};

const JAVA_25: Tool = Tool::OfJdk(25, "java");

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac];
    suite.test("chains::java_builds_ours", TOOLS, || compare(Tool::Java)).test_where_found(
        "chains::java_25_builds_ours",
        &[Tool::Javac, JAVA_25],
        || compare(JAVA_25),
    )
}

fn compare(java: Tool) {
    let (folder, _) = scratch("");
    let rng = &mut ChaCha20Rng::from_seed([9; 32]);
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for number in 0..300 {
        let bytes = drawn(rng);
        let file = folder.path().join(number.to_string()).display().to_string();
        std::fs::write(&file, &bytes).expect("the folder is ours");
        requests.push(["list", &file, "PKCS12", "changeit", "changeit"].join("\t"));
        let store = decode(&bytes, &Password::new("changeit")).expect("we wrote it");
        let view = store.view();
        let chain = view.entry("key").expect("it is there").certificates();
        expected.push(chain.iter().map(|der| sha256(der)).collect::<Vec<_>>());
    }
    let mut lengths = BTreeMap::new();
    for ((answer, expected), request) in ask_on(java, &requests).into_iter().zip(expected).zip(&requests) {
        let lines = answer.unwrap_or_else(|error| panic!("{request}: {error}"));
        let key = lines.iter().map(|line| shown(line)).find(|entry| entry.alias == "key").expect("it is there");
        assert_eq!(expected, key.certificates, "{request}");
        *lengths.entry(expected.len()).or_insert(0) += 1;
    }
    println!("chains by length: {lengths:?}");
    assert!(lengths.keys().eq(&[1, 2, 3, 4]), "{lengths:?}");
}

/// A PKCS#12 with a key and certificates of three names and three key identifiers.
fn drawn(rng: &mut ChaCha20Rng) -> Vec<u8> {
    let password = Password::new("changeit");
    let profile = Profile::JAVA_17.with_iterations(1);
    let mut certificates = BTreeSet::new();
    while certificates.len() < 4 {
        certificates.insert(certificate(rng));
    }
    let mut certificates: Vec<_> = certificates.into_iter().collect();
    if rng.random_range(0..3) == 0 {
        certificates[3] = CERTIFICATE.to_vec();
    }
    let own = certificates.swap_remove(rng.random_range(0..4));
    let mut keystore = KeyStore::new();
    let key = sealed("changeit", Protection::Pkcs12(profile));
    keystore.insert(Entry::new_private_key("key", key, vec![own.into()], CREATED)).expect("no clash");
    for (number, der) in certificates.into_iter().enumerate() {
        let entry = Entry::new_trusted_certificate(format!("ca{number}"), der.into(), CREATED);
        keystore.insert(entry).expect("no clash");
    }
    pkcs12::encode(&keystore, &password, &profile, rng).expect("encodes")
}

/// A certificate whose signature is wrong, so that Java never takes it for self-signed.
///
/// If its names are equal, it has two different key identifiers.
fn certificate(rng: &mut ChaCha20Rng) -> Vec<u8> {
    const ISSUER: &[usize] = &[0, 3];
    const SUBJECT: &[usize] = &[0, 5];
    const EXTENSIONS: &[usize] = &[0, 7, 0];
    let mut certificate = Tree::read(CERTIFICATE);
    let first = certificate.at(SUBJECT).clone();
    let of_letter =
        |letter| Tree::read(&[&b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01"[..], &[letter]].concat());
    let names = [first, of_letter(b'a'), of_letter(b'b')];
    let (issuer, subject) = (rng.random_range(0..3), rng.random_range(0..3));
    let (mut of_subject, mut of_issuer) = (rng.random_range(0..3), rng.random_range(0..3));
    if issuer == subject {
        (of_subject, of_issuer) = *[(1, 2), (2, 1)].choose(rng).expect("there are two");
    }
    *certificate.at(ISSUER) = names[issuer].clone();
    *certificate.at(SUBJECT) = names[subject].clone();
    *certificate.at(EXTENSIONS) = Tree::read(&[0x30, 0]);
    for (id, before) in [
        (of_subject, &b"\x30\x0a\x06\x03\x55\x1d\x0e\x04\x03\x04\x01"[..]),
        (of_issuer, b"\x30\x0c\x06\x03\x55\x1d\x23\x04\x05\x30\x03\x80\x01"),
    ] {
        // Zero stands for no identifier.
        if id > 0 {
            certificate.at(EXTENSIONS).push(Tree::read(&[before, &[id]].concat()));
        }
    }
    certificate.encoded()
}
