//! Keys of every algorithm that keytool makes.

use certgen::{
    CertificateInfo, Curve, KeyAlgorithm, KeyKind, KeyPair, NodeParams, PublicKey, SelfSigned, SigningAlgorithm,
};
use test_support::Tool;

use crate::keytool::{DNAME, nodes_of_keytool};
use crate::workshop::rng;

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

/// What keytool of a version takes for a key unless told otherwise.
pub(crate) struct Defaults {
    java: Tool,
    ec: KeyKind,
    of_p256: SigningAlgorithm,
}

pub(crate) const JAVA_17: Defaults =
    Defaults { java: Tool::Java, ec: KeyKind::KEYTOOL_17_EC, of_p256: SigningAlgorithm::Sha256WithEcdsa };
pub(crate) const JAVA_25: Defaults =
    Defaults { java: Tool::OfJdk(25, "java"), ec: KeyKind::KEYTOOL_25_EC, of_p256: SigningAlgorithm::Sha384WithEcdsa };

/// For the key, the serial number and the dates of keytool's certificate with a key on a curve: the same bytes, except the
/// signature, which is random with ECDSA; with Ed25519 it is the same, too. The key's algorithm and that of the signature
/// are keytool's defaults, by the names that they have here.
pub(crate) fn the_same_but_for_the_signature(defaults: &Defaults) {
    let Defaults { java, ec, of_p256 } = *defaults;
    let p384 = SigningAlgorithm::Sha384WithEcdsa;
    let default = KeyPair::generate(ec, &mut rng(50)).unwrap().public_key().algorithm().clone();
    let of_default = if ec == KeyKind::EcP256 { of_p256 } else { p384 };
    let on = |curve| KeyAlgorithm::Ec { curve };
    let kinds: [(&[&str], KeyAlgorithm, SigningAlgorithm); 6] = [
        (&["-keyalg", "EC"], default, of_default),
        (&["-keyalg", "EC", "-groupname", "secp256r1"], on(Curve::P256), of_p256),
        (&["-keyalg", "EC", "-groupname", "secp384r1"], on(Curve::P384), p384),
        (&["-keyalg", "EC", "-groupname", "secp521r1"], on(Curve::P521), SigningAlgorithm::Sha512WithEcdsa),
        (
            &["-keyalg", "EC", "-groupname", "secp384r1", "-sigalg", "SHA256withECDSA"],
            on(Curve::P384),
            SigningAlgorithm::Sha256WithEcdsa,
        ),
        (&["-keyalg", "Ed25519"], KeyAlgorithm::Ed25519, SigningAlgorithm::Ed25519),
    ];
    let commands: Vec<Vec<&str>> =
        kinds.iter().map(|(kind, ..)| [kind, &["-dname", DNAME, "-ext", "san=ip:10.0.0.11"][..]].concat()).collect();
    for ((command, algorithm, signature), (key, theirs)) in kinds.iter().zip(nodes_of_keytool(java, &commands)) {
        let key = KeyPair::from_pkcs8(&key.secret_pkcs8()).unwrap();
        assert_eq!(key.public_key().algorithm(), algorithm, "{command:?}");
        let about = CertificateInfo::read(&theirs).unwrap();
        let node =
            NodeParams::for_ip("10.0.0.11".parse().unwrap()).serial(about.serial().clone()).validity(about.validity());
        let ours = node.signing_algorithm(*signature).self_signed(&key, &mut rng(51)).unwrap();
        assert_eq!(signed(&ours), signed(&theirs), "{command:?}");
        assert_eq!(ours == theirs, algorithm == &KeyAlgorithm::Ed25519, "{command:?}");
    }
}

/// All of a certificate but the value of its signature: what is signed, and the algorithm.
fn signed(certificate: &[u8]) -> Vec<Vec<u8>> {
    use x509_parser::prelude::FromDer as _;
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(certificate).unwrap();
    vec![parsed.tbs_certificate.as_ref().to_vec(), parsed.signature_algorithm.algorithm.as_bytes().to_vec()]
}
