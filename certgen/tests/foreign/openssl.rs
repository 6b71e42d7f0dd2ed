//! Keys and certificates, judged by OpenSSL.

#[cfg(feature = "encrypted-keys")]
use std::path::Path;
use std::process::Command;

use certgen::rustls_pki_types::CertificateDer;
use certgen::{CertificateInfo, NodeParams, pem};
#[cfg(feature = "encrypted-keys")]
use certgen::{
    ErrorKind,
    pem::{KdfLimits, KeyEncryption},
};
use test_support::{Tool, output};

use crate::workshop::{Folder, key, now, rng};

/// `openssl verify` of a chain whose last certificate is trusted.
pub(crate) fn verify(folder: &Folder, chain: &[CertificateDer<'_>], options: &[&str]) -> Command {
    let [node, above @ .., root] = chain else { panic!("a chain has two ends") };
    let mut verify = Tool::OpenSsl.command();
    verify.arg("verify").args(options).arg("-CAfile").arg(folder.write("root.pem", pem::encode_certificate(root)));
    if !above.is_empty() {
        let above = above.iter().map(pem::encode_certificate).collect::<String>();
        verify.arg("-untrusted").arg(folder.write("above.pem", above));
    }
    verify.arg(folder.write("node.pem", pem::encode_certificate(node)));
    verify
}

/// `openssl verify` accepts the certificate for its address, and `openssl x509` reads from it what we read.
pub(crate) fn verifies_a_node_certificate() {
    for address in ["10.0.0.11", "2001:db8::11"] {
        let folder = Folder::new();
        let certificate =
            NodeParams::for_ip(address.parse().unwrap()).valid_from(now()).self_signed(key(), &mut rng(4)).unwrap();
        let file = folder.write("node.pem", pem::encode_certificate(&certificate));
        let mut verify = Tool::OpenSsl.command();
        verify.args(["verify", "-verify_ip", address, "-CAfile"]).arg(&file).arg(&file);
        assert!(output(&mut verify).ends_with("node.pem: OK\n"));

        let about = CertificateInfo::read(&certificate).unwrap();
        let mut print = Tool::OpenSsl.command();
        print.args(["x509", "-noout", "-fingerprint", "-sha256", "-serial", "-subject", "-nameopt", "RFC2253", "-in"]);
        let printed = output(print.arg(&file));
        assert!(printed.contains(&format!("Fingerprint={}\n", about.sha256())), "{printed}");
        let serial = about.serial().to_string().to_uppercase();
        assert!(printed.lines().any(|line| line.trim_start_matches("serial=0").ends_with(&serial)), "{printed}");
        assert!(printed.contains(&format!("subject=CN={address},OU=None,O=None,L=None,C=None\n")), "{printed}");
    }
}

/// `openssl pkey -check` finds the key sound, and writes the PEM that we write.
pub(crate) fn reads_the_key() {
    let folder = Folder::new();
    let written = pem::encode_private_key(&key().secret_pkcs8());
    let file = folder.write("node.key.pem", written.secret_text());
    let printed = output(Tool::OpenSsl.command().args(["pkey", "-check", "-in"]).arg(&file));
    assert_eq!(printed, format!("Key is valid\n{}", written.secret_text()));
}

/// What we encrypt, `openssl pkey` opens, and it is the same key.
#[cfg(feature = "encrypted-keys")]
pub(crate) fn opens_our_encrypted_keys() {
    let cases = [
        ("keypass", KeyEncryption::Pbes2Aes256),
        ("p\u{e4}ssw\u{f6}rd \u{1f511}", KeyEncryption::Pbes2Aes256),
        ("keypass", KeyEncryption::Sha1TripleDes),
    ];
    for (password, encryption) in cases {
        let folder = Folder::new();
        let plain = pem::encode_private_key(&key().secret_pkcs8());
        let sealed =
            pem::encode_encrypted_private_key(&key().secret_pkcs8(), encryption, password.as_bytes(), &mut rng(12))
                .unwrap();
        let (file, password) = (folder.write("node.key.pem", sealed), folder.write("password", password));
        let mut open = Tool::OpenSsl.command();
        open.args(["pkey", "-passin"]).arg(from_file(&password)).arg("-in").arg(file);
        assert_eq!(output(&mut open), plain.secret_text());
    }
}

/// Every encryption that `openssl pkcs8` offers in PBES2 is opened, and the one that Cassandra reads; others are refused
/// by name.
#[cfg(feature = "encrypted-keys")]
pub(crate) fn keys_of_openssl_are_read() {
    let folder = Folder::new();
    let plain = pem::encode_private_key(&key().secret_pkcs8());
    let file = folder.write("plain.pem", plain.secret_text());
    let password = folder.write("password", "keypass");
    for options in [
        &["-v2", "aes-256-cbc"][..],
        &["-v2", "aes-128-cbc"],
        &["-v2", "aes-192-cbc"],
        &["-v2", "des3"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-v2", "aes-256-cbc", "-iter", "100000"],
        &["-scrypt"],
        &["-v1", "PBE-SHA1-3DES"],
    ] {
        let mut seal = pkcs8(&file);
        let sealed = output(seal.args(options).arg("-passout").arg(from_file(&password)));
        let opened = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypass", KdfLimits::default()).unwrap();
        assert_eq!(opened.secret_pkcs8(), key().secret_pkcs8(), "{options:?}");
        let wrong = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypasS", KdfLimits::default()).unwrap_err();
        assert_eq!(wrong.kind(), &ErrorKind::WrongPasswordOrDamaged, "{options:?}");
    }
    for (options, oid) in [
        (&["-v1", "PBE-SHA1-2DES"][..], "1.2.840.113549.1.12.1.4"),
        (&["-v2", "camellia-256-cbc"], "1.2.392.200011.61.1.1.1.4"),
        (&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512-256"], "1.2.840.113549.2.13"),
    ] {
        let mut seal = pkcs8(&file);
        let sealed = output(seal.args(options).arg("-passout").arg(from_file(&password)));
        let refused = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypass", KdfLimits::default());
        let expected = ErrorKind::UnsupportedEncryption { oid: oid.to_owned() };
        assert_eq!(refused.unwrap_err().kind(), &expected, "{options:?}");
    }
}

/// The key in PKCS#1, as OpenSSL 1 wrote it.
pub(crate) fn a_traditional_key_is_read() {
    let folder = Folder::new();
    let file = folder.write("plain.pem", pem::encode_private_key(&key().secret_pkcs8()).secret_text());
    let mut traditional = Tool::OpenSsl.command();
    let traditional = output(traditional.args(["rsa", "-traditional", "-in"]).arg(&file));
    assert!(traditional.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    assert_eq!(pem::decode_private_key(traditional.as_bytes()).unwrap().secret_pkcs8(), key().secret_pkcs8());
}

/// A key on a curve as `openssl ecparam -genkey` writes it (SEC1, after a block with the parameters), and as OpenSSL itself
/// converts it: the same PKCS#8, with the public half. Whatever we draw, OpenSSL finds sound and writes alike.
#[cfg(feature = "ec")]
pub(crate) fn keys_on_curves_are_read_and_written_alike() {
    use certgen::{KeyKind, KeyPair};

    let folder = Folder::new();
    for curve in ["prime256v1", "secp384r1", "secp521r1", "secp256k1"] {
        let sec1 = output(Tool::OpenSsl.command().args(["ecparam", "-genkey", "-name", curve]));
        assert!(sec1.contains("-----BEGIN EC PRIVATE KEY-----"));
        let file = folder.write("sec1.pem", &sec1);
        let theirs = output(Tool::OpenSsl.command().args(["pkcs8", "-topk8", "-nocrypt", "-in"]).arg(&file));
        let ours = pem::decode_private_key(sec1.as_bytes()).unwrap();
        assert_eq!(pem::encode_private_key(&ours.secret_pkcs8()).secret_text(), theirs, "{curve}");
        if curve != "secp256k1" {
            let pair = KeyPair::from_pkcs8(&ours.secret_pkcs8()).unwrap();
            assert_eq!(pair.secret_pkcs8(), ours.secret_pkcs8(), "{curve}");
        }
    }
    for kind in [KeyKind::EcP256, KeyKind::EcP384, KeyKind::Ed25519] {
        let pair = KeyPair::generate(kind, &mut rng(17)).unwrap();
        let written = pem::encode_private_key(&pair.secret_pkcs8());
        let file = folder.write("ours.pem", written.secret_text());
        let printed = output(Tool::OpenSsl.command().args(["pkey", "-check", "-in"]).arg(&file));
        assert_eq!(printed, format!("Key is valid\n{}", written.secret_text()));
    }
}

#[cfg(feature = "encrypted-keys")]
fn pkcs8(file: &Path) -> Command {
    let mut command = Tool::OpenSsl.command();
    command.args(["pkcs8", "-topk8", "-in"]).arg(file);
    command
}

#[cfg(feature = "encrypted-keys")]
fn from_file(password: &Path) -> String {
    format!("file:{}", password.display())
}
