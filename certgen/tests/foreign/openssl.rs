//! Keys and certificates, judged by OpenSSL.

#[cfg(feature = "encrypted-keys")]
use std::{path::Path, process::Command};

use certgen::{CertificateInfo, NodeParams, pem};
#[cfg(feature = "encrypted-keys")]
use certgen::{ErrorKind, pem::KdfLimits};
use test_support::{Tool, output};

use crate::workshop::{Folder, key, now, rng};

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
    for password in ["keypass", "p\u{e4}ssw\u{f6}rd \u{1f511}"] {
        let folder = Folder::new();
        let plain = pem::encode_private_key(&key().secret_pkcs8());
        let sealed =
            pem::encode_encrypted_private_key(&key().secret_pkcs8(), password.as_bytes(), &mut rng(12)).unwrap();
        let (file, password) = (folder.write("node.key.pem", sealed), folder.write("password", password));
        let mut open = Tool::OpenSsl.command();
        open.args(["pkey", "-passin"]).arg(from_file(&password)).arg("-in").arg(file);
        assert_eq!(output(&mut open), plain.secret_text());
    }
}

/// Every encryption that `openssl pkcs8` offers in PBES2 is opened; what is older is refused by name.
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
    ] {
        let mut seal = pkcs8(&file);
        let sealed = output(seal.args(options).arg("-passout").arg(from_file(&password)));
        let opened = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypass", KdfLimits::default()).unwrap();
        assert_eq!(opened.secret_pkcs8(), key().secret_pkcs8(), "{options:?}");
        let wrong = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypasS", KdfLimits::default()).unwrap_err();
        assert_eq!(wrong.kind(), &ErrorKind::WrongPasswordOrDamaged, "{options:?}");
    }
    let mut seal = pkcs8(&file);
    let sealed = output(seal.args(["-v1", "PBE-SHA1-3DES", "-passout"]).arg(from_file(&password)));
    let refused = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypass", KdfLimits::default()).unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::UnsupportedEncryption { oid: "1.2.840.113549.1.12.1.3".to_owned() });
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
