//! Compares with Java whether it reads a certificate, for every extension that Java knows and for keys of all types that
//! it knows, changed at random.

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

/// A `SubjectPublicKeyInfo` of each type that a version of Java knows.
fn keys() -> Vec<Vec<u8>> {
    const DSA: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x30\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03";
    let of = |certificate: &[u8]| Tree::read(certificate).at(&[0, 6]).encoded();
    let raw = |algorithm: &[u8], bits: &[u8]| {
        element(0x30, &[element(0x30, algorithm), element(3, &[&[0], bits].concat())].concat())
    };
    // SHA-384, with which MGF1 works, a salt of 48 bytes, and the trailer field 1.
    const PSS: &[u8] = b"\x30\x39\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\0\xa1\x1c\x30\x1a\x06\x09\x2a\x86\
        \x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\0\xa2\x03\x02\x01\x30\xa3\x03\x02\x01\
        \x01";
    const DH: &[u8] = b"\x30\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03";
    let rsa = Tree::read(CERTIFICATE).at(&[0, 6, 1, 0]).encoded();
    vec![
        of(CERTIFICATE),
        raw(&[b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", PSS].concat(), &rsa),
        raw(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", &rsa),
        // The identifier of PKCS#1 instead of that of RSA.
        raw(b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x01\x01", &rsa),
        raw(&[b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", DH].concat(), &[2, 1, 5]),
        raw(&[b"\x06\x07\x2a\x86\x48\xce\x3e\x02\x01", DH].concat(), &[2, 1, 5]),
        // DSA before X9.57.
        raw(&[b"\x06\x05\x2b\x0e\x03\x02\x0c", DH].concat(), &[2, 1, 5]),
        // ML-DSA-44 and ML-KEM-512.
        raw(b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11", &[9; 100]),
        raw(b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x04\x01", &[9; 100]),
        of(include_bytes!("../data/ec.cer")),
        of(include_bytes!("../data/ec521.cer")),
        of(include_bytes!("../data/ed25519.cer")),
        raw(DSA, &[2, 1, 5]),
        raw(b"\x06\x03\x2b\x65\x6e", &[9; 32]),
        raw(b"\x06\x03\x2b\x65\x6f", &[9; 56]),
        raw(b"\x06\x03\x2b\x65\x71", &[9; 57]),
    ]
}

/// Each extension that Java knows, and one that it does not know, with a value.
fn extensions() -> Vec<(Vec<u8>, Vec<u8>)> {
    let list = |elements: &[&[u8]]| element(0x30, &elements.concat());
    let names = list(&[
        &element(0xa0, &[&element(6, &[0x2a, 3]), &element(0xa0, &element(12, b"a"))[..]].concat()),
        &element(0x81, b"a@b.c"),
        &element(0x82, b"a.example"),
        &element(0xa4, &list(&[&element(0x31, &list(&[&element(6, &[0x55, 4, 3]), &element(12, b"a")]))])),
        &element(0xa5, &element(0x81, &element(12, b"a"))),
        &element(0x86, b"http://a.example:80/b?c#d"),
        &element(0x86, b"urn:a"),
        &element(0x86, b"ldap://[::1]/a"),
        &element(0x87, &[1, 2, 3, 4]),
        &element(0x88, &[0x2a, 3]),
    ]);
    let some_names = element(0xa0, &element(0x86, b"http://127.0.0.1/a"));
    let point = |reasons: &[u8]| {
        let issuer = element(0xa2, &element(0x82, b"a"));
        list(&[&element(0xa0, &some_names), reasons, &issuer])
    };
    let relative = element(0xa1, &list(&[&element(6, &[0x55, 4, 3]), &element(12, b"a")]));
    let points = list(&[&point(&element(0x81, &[1, 6])), &list(&[&element(0xa0, &relative)])]);
    let subtree = |name: &[u8], minimum: &[u8]| list(&[name, minimum]);
    let subtrees = [
        subtree(&element(0x82, b".example"), &[]),
        subtree(&element(0x86, b".a.example"), &element(0x80, &[0])),
        subtree(&element(0x87, &[1, 2, 3, 4, 255, 0, 0, 0]), &element(0x81, &[1])),
    ]
    .concat();
    let qualifier = list(&[&element(6, &[0x2b, 6, 1]), &element(0x16, b"a")]);
    let policies = list(&[&list(&[&element(6, &[0x2a, 3])]), &list(&[&element(6, &[0x2a, 4]), &list(&[&qualifier])])]);
    let access = list(&[&list(&[&element(6, &[0x2b, 6, 1]), &element(0x86, b"http://a.example/")])]);
    let dates = list(&[&element(0x80, b"20200101000000Z"), &element(0x81, b"20300101000000.5+0100")]);
    let issuing = list(&[
        &element(0xa0, &some_names),
        &element(0x81, &[255]),
        &element(0x83, &[1, 6]),
        &element(0x84, &[0]),
        &element(0x85, &[0]),
    ]);
    let authority = list(&[&element(0x80, &[1, 2]), &element(0xa1, &element(0x82, b"a")), &element(0x82, &[7])]);
    let of_2_5_29 = [
        (14, element(4, &[1, 2, 3])),
        (15, element(3, &[1, 6])),
        (15, element(4, &element(3, &[1, 6]))),
        (16, dates),
        (17, names.clone()),
        (18, names.clone()),
        (19, list(&[&[1, 1, 255], &[2, 1, 3]])),
        (20, vec![2, 1, 3]),
        (21, vec![10, 1, 3]),
        (27, vec![2, 1, 3]),
        (28, issuing),
        (29, names),
        (30, list(&[&element(0xa0, &subtrees), &element(0xa1, &subtrees)])),
        (31, points.clone()),
        (32, policies),
        (33, list(&[&list(&[&element(6, &[0x2a, 3]), &element(6, &[0x2a, 4])])])),
        (35, authority),
        (36, list(&[&element(0x80, &[1]), &element(0x81, &[2])])),
        (37, list(&[&element(6, &[0x2b, 6, 1]), &element(6, &[0x2a, 3])])),
        (46, points),
        (54, vec![2, 1, 3]),
    ];
    let others: [(&[u8], Vec<u8>); 5] = [
        (&[0x2b, 6, 1, 5, 5, 7, 1, 1], access.clone()),
        (&[0x2b, 6, 1, 5, 5, 7, 1, 11], access),
        (&[0x2b, 6, 1, 5, 5, 7, 48, 1, 5], vec![5, 0]),
        (&[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1], element(3, &[1, 6])),
        (&[0x2a, 3], vec![5, 0]),
    ];
    let of_2_5_29 = of_2_5_29.into_iter().map(|(number, value)| (vec![0x55, 0x1d, number], value));
    of_2_5_29.chain(others.into_iter().map(|(oid, value)| (oid.to_vec(), value))).collect()
}
