//! Keys of every algorithm that keytool makes.

use certgen::{CertificateInfo, PublicKey, SelfSigned};
use test_support::Tool;

use crate::keytool::{DNAME, nodes_of_keytool};

/// A key of each algorithm belongs to its certificate and to no other one.
pub(crate) fn match_their_certificates() {
    let kinds: [&[&str]; 7] = [
        &["-keyalg", "RSA", "-keysize", "2048"],
        &["-keyalg", "EC", "-groupname", "secp256r1"],
        &["-keyalg", "EC", "-groupname", "secp256r1"],
        &["-keyalg", "EC", "-groupname", "secp384r1"],
        &["-keyalg", "EC", "-groupname", "secp521r1"],
        &["-keyalg", "Ed25519"],
        &["-keyalg", "Ed25519"],
    ];
    let made = nodes_of_keytool(Tool::Java, &kinds.map(|kind| [kind, &["-dname", DNAME]].concat()));
    for (one, (key, _)) in made.iter().enumerate() {
        let key = PublicKey::of(&key.secret_pkcs8()).unwrap();
        for (other, (_, certificate)) in made.iter().enumerate() {
            let about = CertificateInfo::read(certificate).unwrap();
            assert_eq!(&key == about.public_key(), one == other, "{:?} {:?}", kinds[one], kinds[other]);
            assert_eq!(about.self_signed(), SelfSigned::Yes, "{:?}", kinds[other]);
        }
    }
}
