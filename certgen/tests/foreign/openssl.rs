//! Keys and certificates, judged by OpenSSL.

use certgen::{CertificateInfo, NodeCertificate, pem};
use foreign_tools::{Tool, output};

use crate::workshop::{Folder, key, now, rng};

/// `openssl verify` accepts the certificate for its address, and `openssl x509` reads from it what we read.
pub(crate) fn verifies_a_node_certificate() {
    for address in ["10.0.0.11", "2001:db8::11"] {
        let folder = Folder::new();
        let certificate = NodeCertificate::for_ip(address.parse().unwrap())
            .valid_from(now())
            .self_signed(key(), &mut rng(4))
            .unwrap();
        let file = folder.write("node.pem", pem::certificate(&certificate));
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
    let written = pem::private_key(&key().secret_pkcs8());
    let file = folder.write("node.key.pem", written.secret_text());
    let printed = output(Tool::OpenSsl.command().args(["pkey", "-check", "-in"]).arg(&file));
    assert_eq!(printed, format!("Key is valid\n{}", written.secret_text()));
}
