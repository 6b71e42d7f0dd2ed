//! `prepare` under authorities whose keys are not plain RSA: on a curve, in SEC1, encrypted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::process::Output;
use std::time::SystemTime;

use certgen::pem::{self, KeyEncryption};
use certgen::{AuthorityParams, CertificateInfo, KeyKind, KeyPair, Validity, verify_chain};
use tempfile::TempDir;

const CLUSTER: &str = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n";

struct Company {
    folder: TempDir,
    key: KeyPair,
}

impl Company {
    fn new(kind: KeyKind) -> Self {
        let mut rng = rand::rng();
        let company = Self { folder: tempfile::tempdir().unwrap(), key: KeyPair::generate(kind, &mut rng).unwrap() };
        let validity = Validity::days(SystemTime::now().into(), 90).unwrap();
        let own = KeyPair::from_pkcs8(&company.key.secret_pkcs8()).unwrap();
        let authority =
            AuthorityParams::new("CN=Company".parse().unwrap(), validity).self_signed(own, &mut rng).unwrap();
        company.write("ca.pem", &pem::encode_certificate(authority.certificate()));
        company.write("cluster.toml", CLUSTER);
        company
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn prepare(&self, options: &[&str]) -> Output {
        self.prepare_with("ca.pem", "ca.key", options)
    }

    fn prepare_with(&self, certificate: &str, key: &str, options: &[&str]) -> Output {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        program.current_dir(&self.folder).args(["prepare", "--cluster", "cluster.toml"]);
        if !options.contains(&"--days") {
            program.args(["--days", "30"]);
        }
        program.args(["--ca-cert", certificate, "--ca-key", key]).args(options).output().unwrap()
    }

    #[track_caller]
    fn prepares(&self, options: &[&str]) {
        let output = self.prepare(options);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |file: &str| pem::decode_certificates(&fs::read(self.folder.path().join(file)).unwrap()).unwrap();
        verify_chain(&[read("bundles/g1/node0/node0.cer.pem"), read("ca.pem")].concat()).unwrap();
    }

    #[track_caller]
    fn refuses(&self, options: &[&str], message: &str) {
        self.is_answered(3, options, message);
    }

    #[track_caller]
    fn is_answered(&self, status: i32, options: &[&str], message: &str) {
        let output = self.prepare(options);
        assert_eq!(output.status.code(), Some(status));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(message), "{errors}");
    }
}

#[test]
fn an_authority_may_have_a_key_on_a_curve() {
    for kind in [KeyKind::EcP256, KeyKind::EcP384] {
        let company = Company::new(kind);
        company.write("ca.key", pem::encode_private_key(&company.key.secret_pkcs8()).secret_text());
        company.prepares(&[]);
    }
    // Java reads Ed25519 from 15 on, and 4.0 runs with Java 8 and 11; Netty's OpenSSL engine does not.
    let company = Company::new(KeyKind::Ed25519);
    company.write("ca.key", pem::encode_private_key(&company.key.secret_pkcs8()).secret_text());
    company.is_answered(2, &[], "node0: not accepted as a server: served certificate 0 is signed with Ed25519");
    company.is_answered(2, &["--java", "17"], "(Java 17, Netty's OpenSSL)");
}

#[test]
fn an_encrypted_key_is_opened_with_the_password_of_a_file() {
    for encryption in [KeyEncryption::Pbes2Aes256, KeyEncryption::Sha1TripleDes] {
        let company = Company::new(KeyKind::EcP256);
        let sealed = pem::encode_encrypted_private_key(
            &company.key.secret_pkcs8(),
            encryption,
            b"companypass",
            &mut rand::rng(),
        );
        company.write("ca.key", &sealed.unwrap());
        company.write("right", "companypass\n");
        company.write("wrong", "companypasS\n");
        company.refuses(&[], "give its password with --ca-key-password-file");
        company.refuses(
            &["--ca-key-password-file", "wrong"],
            "the password is wrong or the encrypted private key is damaged",
        );
        company.prepares(&["--ca-key-password-file", "right"]);
    }
}

#[test]
fn a_key_of_an_unknown_kind_is_named() {
    let company = Company::new(KeyKind::EcP256);
    company.write("ca.key", "-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n");
    company.refuses(&[], "the PEM text holds no PRIVATE KEY, but OPENSSH PRIVATE KEY");
}

/// The file of an authority whose name is empty: Java would load none of the stores.
#[test]
fn keystores_32_an_authority_without_a_name_is_refused() {
    let company = Company::new(KeyKind::Rsa2048);
    for file in ["k.pem", "empty.pem"] {
        fs::copy(report("keystores-32").join(file), company.folder.path().join(file)).unwrap();
    }
    let output = company.prepare_with("empty.pem", "k.pem", &[]);
    assert_ne!(output.status.code(), Some(0));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("issuer"), "{errors}");
    assert!(!company.folder.path().join("bundles/g1").exists());
}

fn report(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name)
}

/// Keystores 25 as well: the certificate, the date and the option are named, and the nearest end on the last day is taken.
#[test]
fn clusters_32_an_authority_that_ends_too_soon_is_named_with_its_date_and_the_option() {
    let company = Company::new(KeyKind::EcP256);
    company.write("ca.key", pem::encode_private_key(&company.key.secret_pkcs8()).secret_text());
    let end = CertificateInfo::read(
        &pem::decode_certificates(&fs::read(company.folder.path().join("ca.pem")).unwrap()).unwrap()[0],
    );
    let end = end.unwrap().validity().not_after();
    let said = format!(
        "the authority CN=Company ends at {end}, before the new certificates (--days 400): use at most --days "
    );
    company.is_answered(2, &["--days", "400"], &said);
    assert!(!company.folder.path().join("bundles").exists());
    company.prepares(&["--days", "90"]);
    let day = 86_400;
    for (from, until, said) in [
        (-20 * day, -10 * day, "the authority CN=Late expired at "),
        (10 * day, 20 * day, "the authority CN=Late is not valid before "),
    ] {
        let now = certgen::Time::from(SystemTime::now());
        let validity = Validity::new(now.plus_seconds(from), now.plus_seconds(until)).unwrap();
        let own = KeyPair::from_pkcs8(&company.key.secret_pkcs8()).unwrap();
        let late =
            AuthorityParams::new("CN=Late".parse().unwrap(), validity).self_signed(own, &mut rand::rng()).unwrap();
        company.write("ca.pem", &pem::encode_certificate(late.certificate()));
        company.is_answered(2, &[], said);
    }
}

/// At least one day is possible, because a certificate may be shortened by up to a day. None is not.
#[test]
fn an_authority_with_half_a_day_left_signs_for_one_day() {
    let company = Company::new(KeyKind::EcP256);
    company.write("ca.key", pem::encode_private_key(&company.key.secret_pkcs8()).secret_text());
    let now = certgen::Time::from(SystemTime::now());
    let validity = Validity::new(now.plus_seconds(-3_600), now.plus_seconds(43_200)).unwrap();
    let own = KeyPair::from_pkcs8(&company.key.secret_pkcs8()).unwrap();
    let late = AuthorityParams::new("CN=Late".parse().unwrap(), validity).self_signed(own, &mut rand::rng()).unwrap();
    company.write("ca.pem", &pem::encode_certificate(late.certificate()));
    company.is_answered(2, &["--days", "5"], "before the new certificates (--days 5): use at most --days 1");
    company.refuses(&["--days", "0"], "0 is not in 1..");
    company.prepares(&["--days", "1"]);
}

/// Java takes these authorities from a truststore as they are; who goes by OpenSSL does not, and is cut off.
#[test]
fn keystores_23_an_authority_that_openssl_would_refuse_is_a_warning_with_the_reason() {
    let company = Company::new(KeyKind::Rsa2048);
    for file in ["nc.pem", "critunk.pem", "eku-client.pem", "k.pem"] {
        fs::copy(report("keystores-23").join(file), company.folder.path().join(file)).unwrap();
    }
    for (certificate, said) in [
        ("nc.pem", "it limits the names of the certificates below it"),
        ("critunk.pem", "critical extension"),
        ("eku-client.pem", "extended key usage"),
    ] {
        let output = company.prepare_with(certificate, "k.pem", &[]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{certificate}: {errors}");
        assert!(errors.contains("warning: ") && errors.contains(said), "{certificate}: {errors}");
    }
}
