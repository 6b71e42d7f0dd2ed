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
use certgen::{AuthorityParams, KeyKind, KeyPair, Validity, verify_chain};
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
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        program.current_dir(&self.folder).args(["prepare", "--cluster", "cluster.toml", "--days", "30"]);
        program.args(["--ca-cert", "ca.pem", "--ca-key", "ca.key"]).args(options).output().unwrap()
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
        let output = self.prepare(options);
        assert_eq!(output.status.code(), Some(3));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(message), "{errors}");
    }
}

#[test]
fn an_authority_may_have_a_key_on_a_curve() {
    for kind in [KeyKind::EcP256, KeyKind::EcP384, KeyKind::Ed25519] {
        let company = Company::new(kind);
        company.write("ca.key", pem::encode_private_key(&company.key.secret_pkcs8()).secret_text());
        company.prepares(&[]);
    }
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
        company.refuses(&[], "give its password by --ca-key-password-file");
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
