//! Compares with Java whether it reads a certificate, for every extension that Java knows and for keys of all types that
//! it knows, changed at random.

use crate::certificate_parts::{extensions, keys};
use crate::elements::element;
use crate::fixture::CERTIFICATE;
use crate::java::ask_on;
use crate::loads::{agrees, version};
use crate::tree::Tree;
use keystore_core::loads;
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tempfile::TempDir;
use test_support::{Suite, Tool};

const JAVA_8: Tool = Tool::OfJdk(8, "java");
const JAVA_25: Tool = Tool::OfJdk(25, "java");

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac];
    suite
        .test("certificates::java_reads_what_we_say", TOOLS, || compare(Tool::Java))
        .test_where_found("certificates::java_8_reads_what_we_say", &[Tool::Javac, JAVA_8], || compare(JAVA_8))
        .test_where_found("certificates::java_25_reads_what_we_say", &[Tool::Javac, JAVA_25], || compare(JAVA_25))
}

/// `KEYSTORE_CERTIFICATES` sets the number of certificates.
fn compare(java: Tool) {
    let count = std::env::var("KEYSTORE_CERTIFICATES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let folder = TempDir::new().expect("a temporary folder can be made");
    let rng = &mut ChaCha20Rng::from_seed([8; 32]);
    let (mut requests, mut certificates) = (Vec::new(), Vec::new());
    for number in 0..count {
        let certificate = drawn(rng);
        let file = folder.path().join(number.to_string()).display().to_string();
        std::fs::write(&file, in_jks(&certificate)).expect("the folder is ours");
        requests.push(["loads", &file, "JKS", "-null-"].join("\t"));
        certificates.push(certificate);
    }
    let (mut read, mut different) = (0, Vec::new());
    for (answer, certificate) in ask_on(java, &requests).iter().zip(&certificates) {
        let ours = loads(version(java), &in_jks(certificate), None);
        let theirs = answer.as_ref().map(drop).map_err(String::as_str);
        read += usize::from(theirs.is_ok());
        if !agrees(&ours, theirs) {
            different.push(format!("{}: {ours:?}, Java: {theirs:?}", hex::encode(certificate)));
        }
    }
    println!("{count} certificates, of which Java reads {read}");
    assert!((count / 10..count * 9 / 10).contains(&read), "Java reads {read} of {count}");
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}

/// A JKS with one trusted certificate and a digest that does not match.
fn in_jks(certificate: &[u8]) -> Vec<u8> {
    const BEFORE: &[u8] = b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\x01a\0\0\0\0\0\0\0\0\0\x05X.509";
    let length = u32::try_from(certificate.len()).expect("a small certificate").to_be_bytes();
    [BEFORE, &length, certificate, &[0; 20]].concat()
}

/// A certificate with a key and an extension, both of a drawn type.
fn drawn(rng: &mut ChaCha20Rng) -> Vec<u8> {
    const KEY: &[usize] = &[0, 6];
    const EXTENSIONS: &[usize] = &[0, 7, 0];
    let mut certificate = Tree::read(CERTIFICATE);
    *certificate.at(EXTENSIONS) = Tree::read(&[0x30, 0]);
    *certificate.at(KEY) = Tree::read(keys().choose(rng).expect("there are keys"));
    let known = extensions();
    let (oid, value) = known.choose(rng).expect("there are extensions");
    let times = if rng.random_range(0..10) == 0 { 2 } else { 1 };
    for time in 0..times {
        let critical: &[u8] = if rng.random_range(0..4) == 0 { &[] } else { &[1, 1, 0xff] };
        let fields = [&element(6, oid)[..], critical, &element(4, value)].concat();
        certificate.at(EXTENSIONS).push(Tree::read(&element(0x30, &fields)));
        let value = [EXTENSIONS, &[time, if critical.is_empty() { 1 } else { 2 }]].concat();
        certificate.at(&value).change(rng);
    }
    match rng.random_range(0..4) {
        0 | 1 => certificate.at(KEY).change(rng),
        2 => certificate.change(rng),
        _ => {}
    }
    certificate.encoded()
}
