//! The certificates of keytool, rebuilt; and ours as keytool sees them.

use std::process::Command;

use certgen::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use certgen::{
    CertificateInfo, ExtendedKeyUsage, KeyUsage, NodeCertificate, RsaKeyPair, SelfSigned, SignatureAlgorithm,
};
use foreign_tools::{Tool, output};

use crate::workshop::{Folder, key, now, rng};

const DNAME: &str = "CN=10.0.0.11, OU=None, O=None, L=None, C=None";

/// What keytool is asked for, and how the same is said here.
struct Case {
    options: &'static [&'static str],
    ours: fn(NodeCertificate) -> NodeCertificate,
}

fn cases() -> Vec<Case> {
    vec![
        Case { options: &["-keysize", "2048"], ours: NodeCertificate::without_ip_san },
        Case { options: &["-keysize", "3072"], ours: NodeCertificate::without_ip_san },
        Case { options: &["-keysize", "2048", "-ext", "san=ip:10.0.0.11"], ours: |ours| ours },
        Case {
            options: &["-keysize", "2048", "-ext", "san=ip:10.0.0.11,ip:2001:db8::1,dns:node0.example"],
            ours: |ours| ours.ip_address("2001:db8::1".parse().unwrap()).dns_name("node0.example"),
        },
        Case {
            options: &[
                "-keysize",
                "2048",
                "-ext",
                "eku=serverAuth,clientAuth",
                "-ext",
                "ku=digitalSignature,keyEncipherment",
                "-ext",
                "san=ip:10.0.0.11",
            ],
            ours: |ours| {
                ours.key_usages([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment])
                    .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth])
            },
        },
        // UTCTime ends with 2049.
        Case { options: &["-keysize", "2048", "-validity", "10000"], ours: NodeCertificate::without_ip_san },
        Case {
            options: &["-keysize", "2048", "-startdate", "2050/01/01 00:00:00"],
            ours: NodeCertificate::without_ip_san,
        },
        Case {
            options: &["-keysize", "2048", "-sigalg", "SHA384withRSA"],
            ours: |ours| ours.without_ip_san().signature_algorithm(SignatureAlgorithm::Sha384WithRsa),
        },
        Case {
            options: &["-keysize", "2048", "-sigalg", "SHA512withRSA"],
            ours: |ours| ours.without_ip_san().signature_algorithm(SignatureAlgorithm::Sha512WithRsa),
        },
    ]
}

/// For the key, the serial number and the dates of a certificate that keytool made: the same bytes.
pub(crate) fn same_bytes(keytool: Tool) {
    for (number, case) in cases().into_iter().enumerate() {
        let (key, theirs) = generate(keytool, case.options);
        let about = CertificateInfo::read(&theirs).unwrap();
        assert_eq!(about.self_signed(), SelfSigned::Yes);
        assert!(key.matches(&theirs).unwrap());
        let ours = NodeCertificate::for_ip("10.0.0.11".parse().unwrap())
            .serial(about.serial().clone())
            .validity(about.validity());
        let ours = (case.ours)(ours).self_signed(&key, &mut rng(2)).unwrap();
        assert_eq!(ours, theirs, "case {number}: {:?}", case.options);
    }
}

/// A key and its certificate, made by `keytool`, the key brought out by OpenSSL.
fn generate(keytool: Tool, options: &[&str]) -> (RsaKeyPair, CertificateDer<'static>) {
    let folder = Folder::new();
    let store = folder.path("node.p12");
    output(
        store_command(keytool, "-genkeypair", &store)
            .args(["-storetype", "PKCS12", "-keyalg", "RSA", "-dname", DNAME])
            .args(if options.contains(&"-sigalg") { &[][..] } else { &["-sigalg", "SHA256withRSA"] })
            .args(options),
    );
    output(store_command(keytool, "-exportcert", &store).arg("-file").arg(folder.path("node.cer")));
    let mut export = Tool::OpenSsl.command();
    export.args(["pkcs12", "-nodes", "-nocerts", "-passin", "pass:keypass", "-in"]).arg(&store);
    output(export.arg("-out").arg(folder.path("node.key.pem")));
    let mut convert = Tool::OpenSsl.command();
    convert.args(["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in"]).arg(folder.path("node.key.pem"));
    output(convert.arg("-out").arg(folder.path("node.key.der")));
    let key = RsaKeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(folder.read("node.key.der"))).unwrap();
    (key, folder.read("node.cer").into())
}

fn store_command(keytool: Tool, action: &str, store: &std::path::Path) -> Command {
    let mut command = keytool.command();
    command.args([action, "-alias", "node0", "-storepass", "keypass", "-keystore"]).arg(store);
    command
}

/// Owner, serial number, dates, fingerprints and alternative names, in keytool's own words.
pub(crate) fn prints_what_was_asked_for() {
    let folder = Folder::new();
    let certificate = NodeCertificate::for_ip("10.0.0.11".parse().unwrap())
        .valid_from(now())
        .self_signed(key(), &mut rng(3))
        .unwrap();
    let file = folder.write("node0.cer", &certificate);
    let printed = output(Tool::Keytool.command().args(["-printcert", "-file"]).arg(&file));
    let about = CertificateInfo::read(&certificate).unwrap();
    for line in [
        format!("Owner: {DNAME}"),
        format!("Issuer: {}", about.issuer()),
        format!("Serial number: {}", about.serial()),
        format!("SHA1: {}", about.sha1()),
        format!("SHA256: {}", about.sha256()),
        format!("Signature algorithm name: {}", about.signed_with()),
        "Subject Public Key Algorithm: 2048-bit RSA key".to_owned(),
        "IPAddress: 10.0.0.11".to_owned(),
    ] {
        assert!(printed.contains(&line), "{line:?} is not in\n{printed}");
    }
}
