//! Compares the trust anchors of a BKS with those of Java's trust manager, which sees the store through Bouncy Castle.

use crate::bcfks::BCPROV;
use crate::fixture::{CERTIFICATE, KEY, sha256, written};
use crate::java::ask;
use crate::raw_bks::{self, SEALED, SECRET, bks, entry, long, plain_key};
use keystore_core::decode_unverified;
use test_support::{Suite, Tool};

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac, BCPROV.jar];
    suite.test_where_found("bks::chains_of_all_types_are_trusted", TOOLS, chains_are_trusted)
}

fn chains_are_trusted() {
    const FIRST: [&[u8]; 5] = [
        CERTIFICATE,
        include_bytes!("../data/ec.cer"),
        include_bytes!("../data/ec384.cer"),
        include_bytes!("../data/ed25519.cer"),
        include_bytes!("../data/rsa1024.cer"),
    ];
    let sealed = [long(&[1; 20]), 1024_u32.to_be_bytes().to_vec(), vec![0; 32]].concat();
    let bytes = bks(&[
        entry(raw_bks::KEY, "private", &FIRST[..1], &plain_key(0, "PKCS#8", "RSA", KEY)),
        entry(raw_bks::KEY, "secret", &FIRST[1..3], &plain_key(2, "RAW", "AES", &[1; 16])),
        entry(SECRET, "bytes", &FIRST[3..], &long(b"secret")),
        entry(SECRET, "bare", &[], &long(b"secret")),
        entry(SEALED, "sealed", &FIRST[4..], &long(&sealed)),
    ]);
    let (_folder, file) = written("plain.bks", &bytes);
    let answers = ask(&[BCPROV.request(), ["managers", &file, "BKS", "-null-"].join("\t")]);
    let lines = answers[1].as_ref().unwrap_or_else(|error| panic!("{error}"));
    let mut theirs: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("anchor\t")).map(str::to_owned).collect();
    let store = decode_unverified(&bytes).expect("a BKS");
    let view = store.view();
    let mut ours: Vec<_> = view.trust_anchors().iter().map(|anchor| sha256(anchor.certificate)).collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 4);
    // Bouncy Castle does not return keys that are not sealed, so Java's key manager offers none.
    let private = bks(&[entry(raw_bks::KEY, "private", &FIRST[..1], &plain_key(0, "PKCS#8", "RSA", KEY))]);
    let (_folder, private) = written("private.bks", &private);
    for file in [&file, &private] {
        let answers = ask(&[BCPROV.request(), ["managers", file, "BKS", "-null-"].join("\t")]);
        let lines = answers[1].as_ref().unwrap_or_else(|error| panic!("{error}"));
        let init = lines.iter().find_map(|line| line.strip_prefix("init\t")).expect("Java says it");
        assert_ne!(init.trim(), "ok", "{file}");
        println!("{init}");
    }
}
