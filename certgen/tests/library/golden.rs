//! Files that keytool and OpenSSL made: `tests/fixtures/make.sh` says how.

use certgen::{CertificateInfo, ExtendedKeyUsage, KeyPair, NodeParams, SigningAlgorithm, pem};

use crate::workshop::rng;

const KEYTOOL_17: &[u8] = include_bytes!("../fixtures/keytool-17.pem");

/// Rebuilds the certificate of a file from its key, serial number and dates.
#[track_caller]
fn same_bytes(file: &[u8], name: &str, ours: fn(NodeParams) -> NodeParams) {
    let key = KeyPair::from_pkcs8(&pem::decode_private_key(file).unwrap().secret_pkcs8()).unwrap();
    let [theirs] = pem::decode_certificates(file).unwrap().try_into().unwrap();
    let about = CertificateInfo::read(&theirs).unwrap();
    let node = NodeParams::for_subject(name.parse().unwrap()).serial(about.serial().clone()).validity(about.validity());
    assert_eq!(ours(node).self_signed(&key, &mut rng(80)).unwrap(), theirs);
    let written = pem::encode_private_key(&key.secret_pkcs8());
    assert!(std::str::from_utf8(file).unwrap().contains(written.secret_text()), "the key is written otherwise");
}

const PROCEDURE: &str = "CN=10.0.0.11, OU=None, O=None, L=None, C=None";

#[test]
fn keytool_17_as_in_the_procedure() {
    same_bytes(KEYTOOL_17, PROCEDURE, |node| node);
}

#[test]
fn keytool_17_with_extensions() {
    same_bytes(include_bytes!("../fixtures/keytool-17-san.pem"), PROCEDURE, |node| {
        node.ip_address([10, 0, 0, 11].into())
            .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth])
    });
}

#[test]
fn keytool_17_across_2050() {
    let name = "CN=Knoten 0, OU=one, OU=two, DC=corp, DC=example";
    same_bytes(include_bytes!("../fixtures/keytool-17-2050.pem"), name, |node| node);
}

#[test]
fn keytool_25_with_its_own_defaults() {
    same_bytes(include_bytes!("../fixtures/keytool-25.pem"), PROCEDURE, |node| {
        node.signing_algorithm(SigningAlgorithm::Sha384WithRsa)
    });
}

#[cfg(feature = "encrypted-keys")]
#[test]
fn keys_that_openssl_encrypted() {
    use certgen::{ErrorKind, pem::KdfLimits};

    let key = pem::decode_private_key(KEYTOOL_17).unwrap();
    // OpenSSL 3 asks for 2048 iterations, or for scrypt with N = 16384, r = 8, p = 1.
    for (file, asked) in [
        (&include_bytes!("../fixtures/openssl-aes256.pem")[..], 2048),
        (include_bytes!("../fixtures/openssl-des3.pem"), 2048),
        (include_bytes!("../fixtures/openssl-scrypt.pem"), 16 << 20),
    ] {
        let open = |password| pem::decode_encrypted_private_key(file, password, KdfLimits::default());
        assert_eq!(open(b"keypass").unwrap().secret_pkcs8(), key.secret_pkcs8());
        assert_eq!(open(b"keypasS").unwrap_err().kind(), &ErrorKind::WrongPasswordOrDamaged);
        let costly = pem::decode_encrypted_private_key(
            file,
            b"keypass",
            KdfLimits::default().with_pbkdf2_iterations(2047).with_scrypt_bytes((16 << 20) - 1),
        );
        assert_eq!(costly.unwrap_err().kind(), &ErrorKind::KdfTooCostly { asked, limit: asked - 1 });
    }
}
