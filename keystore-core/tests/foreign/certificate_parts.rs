//! The parts of certificates that Java reads: extensions and keys.

use crate::elements::element;
use crate::fixture::CERTIFICATE;
use crate::tree::Tree;

/// A `SubjectPublicKeyInfo` of each type that a version of Java knows.
pub(crate) fn keys() -> Vec<Vec<u8>> {
    const DSA: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01\x30\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03";
    // SHA-384, with which MGF1 works, a salt of 48 bytes, and the trailer field 1.
    const PSS: &[u8] = b"\x30\x39\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\0\xa1\x1c\x30\x1a\x06\x09\x2a\x86\
        \x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\0\xa2\x03\x02\x01\x30\xa3\x03\x02\x01\
        \x01";
    const DH: &[u8] = b"\x30\x09\x02\x01\x07\x02\x01\x05\x02\x01\x03";
    let of = |certificate: &[u8]| Tree::read(certificate).at(&[0, 6]).encoded();
    let raw = |algorithm: &[u8], bits: &[u8]| {
        element(0x30, &[element(0x30, algorithm), element(3, &[&[0], bits].concat())].concat())
    };
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
pub(crate) fn extensions() -> Vec<(Vec<u8>, Vec<u8>)> {
    let access = list(&[&list(&[&element(6, &[0x2b, 6, 1]), &element(0x86, b"http://a.example/")])]);
    let dates = list(&[&element(0x80, b"20200101000000Z"), &element(0x81, b"20300101000000.5+0100")]);
    let authority = list(&[&element(0x80, &[1, 2]), &element(0xa1, &element(0x82, b"a")), &element(0x82, &[7])]);
    let of_2_5_29 = [
        (14, element(4, &[1, 2, 3])),
        (15, element(3, &[1, 6])),
        (15, element(4, &element(3, &[1, 6]))),
        (16, dates),
        (17, general_names()),
        (18, general_names()),
        (19, list(&[&[1, 1, 255], &[2, 1, 3]])),
        (20, vec![2, 1, 3]),
        (21, vec![10, 1, 3]),
        (27, vec![2, 1, 3]),
        (28, issuing_distribution_point()),
        (29, general_names()),
        (30, name_constraints()),
        (31, distribution_points()),
        (32, policies()),
        (33, list(&[&list(&[&element(6, &[0x2a, 3]), &element(6, &[0x2a, 4])])])),
        (35, authority),
        (36, list(&[&element(0x80, &[1]), &element(0x81, &[2])])),
        (37, list(&[&element(6, &[0x2b, 6, 1]), &element(6, &[0x2a, 3])])),
        (46, distribution_points()),
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

fn list(elements: &[&[u8]]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// The attribute CN=a.
fn attribute() -> Vec<u8> {
    list(&[&element(6, &[0x55, 4, 3]), &element(12, b"a")])
}

/// Names of all kinds.
fn general_names() -> Vec<u8> {
    list(&[
        &element(0xa0, &[&element(6, &[0x2a, 3]), &element(0xa0, &element(12, b"a"))[..]].concat()),
        &element(0x81, b"a@b.c"),
        &element(0x82, b"a.example"),
        &element(0xa4, &list(&[&element(0x31, &attribute())])),
        &element(0xa5, &element(0x81, &element(12, b"a"))),
        &element(0x86, b"http://a.example:80/b?c#d"),
        &element(0x86, b"urn:a"),
        &element(0x86, b"ldap://[::1]/a"),
        &element(0x87, &[1, 2, 3, 4]),
        &element(0x88, &[0x2a, 3]),
    ])
}

/// The full name of a distribution point.
fn full_name() -> Vec<u8> {
    element(0xa0, &element(0xa0, &element(0x86, b"http://127.0.0.1/a")))
}

fn distribution_points() -> Vec<u8> {
    let of_names = list(&[&full_name(), &element(0x81, &[1, 6]), &element(0xa2, &element(0x82, b"a"))]);
    list(&[&of_names, &list(&[&element(0xa0, &element(0xa1, &attribute()))])])
}

fn issuing_distribution_point() -> Vec<u8> {
    let flag = |tag, value| element(tag, &[value]);
    list(&[&full_name(), &flag(0x81, 255), &element(0x83, &[1, 6]), &flag(0x84, 0), &flag(0x85, 0)])
}

fn name_constraints() -> Vec<u8> {
    let subtrees = [
        list(&[&element(0x82, b".example")]),
        list(&[&element(0x86, b".a.example"), &element(0x80, &[0])]),
        list(&[&element(0x87, &[1, 2, 3, 4, 255, 0, 0, 0]), &element(0x81, &[1])]),
    ]
    .concat();
    list(&[&element(0xa0, &subtrees), &element(0xa1, &subtrees)])
}

fn policies() -> Vec<u8> {
    let qualifier = list(&[&element(6, &[0x2b, 6, 1]), &element(0x16, b"a")]);
    list(&[&list(&[&element(6, &[0x2a, 3])]), &list(&[&element(6, &[0x2a, 4]), &list(&[&qualifier])])])
}
