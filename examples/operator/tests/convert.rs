//! `convert`: stores of every format into every other, as keytool, with Bouncy Castle's providers, sees them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Output};

use test_support::{Suite, Tool, output};

const BC_FIPS: Tool = Tool::Jar("org.bouncycastle:bc-fips:2.1.2");
const BCPROV: Tool = Tool::Jar("org.bouncycastle:bcprov-jdk18on:1.82");

fn main() -> ExitCode {
    Suite::new()
        .test("every_format_becomes_every_other", &[Tool::Keytool], every_format_becomes_every_other)
        .test_where_found("keytool_reads_bcfks_with_both_providers", &[Tool::Keytool, BC_FIPS, BCPROV], bcfks)
        .test("what_cannot_be_carried_is_named_and_nothing_is_written", &[Tool::Keytool], what_cannot_be_carried)
        .test("keys_of_another_password_and_nothing_half_written", &[Tool::Keytool], keys_of_another_password)
        .test("without_a_password_none_is_asked_for", &[], without_a_password)
        .test("a_bcfks_is_judged_for_fips_mode", &[Tool::Keytool], a_bcfks_is_judged_for_fips_mode)
        .run()
}

fn a_bcfks_is_judged_for_fips_mode() {
    let place = Place::new();
    place.made("a.p12", "PKCS12");
    place.converts(0, ["a.p12", "a.bcfks", "bcfks"], &["--password-file", "old"]);
    let too_short = "the password has fewer than 14 bytes in UTF-8";
    assert!(place.inspected("a.bcfks").contains(too_short), "{}", place.inspected("a.bcfks"));
    assert!(!place.inspected("a.p12").contains(too_short));
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("old", "changeit\n");
        place.write("new", "another-password\n");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn convert(&self, from: &str, to: &str, store: &str, options: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        program.current_dir(self.0.path()).args(["convert", from, to, "--store", store]);
        program.args(options).env_remove("STORE_PASSWORD").output().unwrap()
    }

    #[track_caller]
    fn converts(&self, status: i32, [from, to, store]: [&str; 3], options: &[&str]) -> String {
        let out = self.convert(from, to, store, options);
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(status), "{from} to {store}: {said}");
        said
    }

    /// What `inspect` says of a store with the password in `old`.
    fn inspected(&self, store: &str) -> String {
        let mut program = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        program.current_dir(self.0.path()).args(["inspect", "--password-file", "old", store]);
        String::from_utf8(program.output().unwrap().stdout).unwrap()
    }

    fn keytool(&self, arguments: &[&str]) -> String {
        output(Tool::Keytool.command().current_dir(self.0.path()).args(arguments))
    }

    /// A key and a trusted certificate, by keytool.
    fn made(&self, store: &str, store_type: &str) {
        let stores = ["-keystore", store, "-storetype", store_type, "-storepass", "changeit"];
        let key = ["-genkeypair", "-alias", "node0", "-keyalg", "RSA", "-dname", "CN=192.0.2.11"];
        self.keytool(&[&key[..], &stores].concat());
        self.keytool(&[&["-exportcert", "-alias", "node0", "-file", "node0.cer"][..], &stores].concat());
        let import = ["-importcert", "-noprompt", "-alias", "peer", "-file", "node0.cer"];
        self.keytool(&[&import[..], &stores].concat());
    }
}

const PASSWORDS: [&str; 4] = ["--password-file", "old", "--new-password-file", "new"];

fn every_format_becomes_every_other() {
    let place = Place::new();
    for (from, store_type) in [("a.jks", "JKS"), ("a.jceks", "JCEKS"), ("a.p12", "PKCS12")] {
        place.made(from, store_type);
        let stores: &[&str] = match store_type {
            "JKS" => &["jceks", "pkcs12", "pkcs12-java8", "pkcs12-openssl"],
            _ => &["jks", "pkcs12"],
        };
        for store in stores {
            let to = format!("{store_type}.{store}");
            let said = place.converts(0, [from, &to, store], &PASSWORDS);
            assert!(said.contains("node0 (private key): carried over") && said.contains("peer"), "{said}");
            // The key opens: it signs a request.
            place.keytool(&["-certreq", "-alias", "node0", "-keystore", &to, "-storepass", "another-password"]);
        }
        let bcfks = format!("{store_type}.bcfks");
        place.converts(0, [from, &bcfks, "bcfks"], &PASSWORDS);
        let back = format!("{store_type}.back");
        place.converts(0, [&bcfks, &back, "jks"], &["--password-file", "new"]);
        let listed = place.keytool(&["-list", "-keystore", &back, "-storepass", "another-password"]);
        assert!(listed.contains("2 entries"), "{listed}");
    }
}

fn bcfks() {
    let place = Place::new();
    place.made("a.jks", "JKS");
    let jars = [BC_FIPS, BCPROV].map(|jar| jar.find().unwrap().display().to_string());
    let providers = [
        ["-provider", "org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider", "-providerpath", &jars[0]],
        ["-provider", "org.bouncycastle.jce.provider.BouncyCastleProvider", "-providerpath", &jars[1]],
    ];
    for store in ["bcfks", "bcfks-bcprov"] {
        place.converts(0, ["a.jks", store, store], &PASSWORDS);
        for provider in &providers {
            let stores = ["-keystore", store, "-storetype", "BCFKS", "-storepass", "another-password"];
            // The MAC holds, and the key opens: it signs a request.
            place.keytool(&[&["-certreq", "-alias", "node0"][..], &stores, provider].concat());
        }
    }
    // And theirs becomes ours.
    for (number, provider) in providers.iter().enumerate() {
        let theirs = format!("theirs{number}.bcfks");
        let stores = ["-keystore", &theirs, "-storetype", "BCFKS", "-storepass", "changeit", "-keypass", "changeit"];
        let key = ["-genkeypair", "-alias", "node0", "-keyalg", "RSA", "-dname", "CN=192.0.2.11"];
        place.keytool(&[&key[..], &stores, provider].concat());
        let ours = format!("ours{number}.jks");
        place.converts(0, [&theirs, &ours, "jks"], &["--password-file", "old"]);
        place.keytool(&["-certreq", "-alias", "node0", "-keystore", &ours, "-storepass", "changeit"]);
    }
}

fn what_cannot_be_carried() {
    let place = Place::new();
    place.made("a.jceks", "JCEKS");
    let secret = ["-genseckey", "-alias", "secret", "-keyalg", "AES", "-keysize", "256"];
    let stores = ["-keystore", "a.jceks", "-storetype", "JCEKS", "-storepass", "changeit"];
    place.keytool(&[&secret[..], &stores].concat());
    let said = place.converts(2, ["a.jceks", "b.jks", "jks"], &["--password-file", "old"]);
    assert!(said.contains("secret (secret key): left out: ") && said.contains("nothing was written"), "{said}");
    assert!(!place.path("b.jks").exists());
    let said = place.converts(1, ["a.jceks", "b.jks", "jks"], &["--password-file", "old", "--leave-out"]);
    assert!(said.contains("b.jks is written, with mode 0400"), "{said}");
    assert!(place.keytool(&["-list", "-keystore", "b.jks", "-storepass", "changeit"]).contains("2 entries"));
    place.converts(0, ["a.jceks", "b.p12", "pkcs12"], &["--password-file", "old"]);
    let listed = place.keytool(&["-list", "-keystore", "b.p12", "-storepass", "changeit"]);
    assert!(listed.contains("3 entries") && listed.contains("SecretKeyEntry"), "{listed}");
}

fn without_a_password() {
    let place = Place::new();
    place.write("a.jks", "not looked at");
    let said = place.converts(3, ["a.jks", "b.p12", "pkcs12"], &["--no-password"]);
    assert!(said.contains("--no-password: a.jks cannot be opened without one"), "{said}");
}

fn keys_of_another_password() {
    let place = Place::new();
    let stores = ["-keystore", "a.jks", "-storetype", "JKS", "-storepass", "changeit", "-keypass", "key-password"];
    let key = ["-genkeypair", "-alias", "node0", "-keyalg", "RSA", "-dname", "CN=192.0.2.11"];
    place.keytool(&[&key[..], &stores].concat());
    let said = place.converts(2, ["a.jks", "b.p12", "pkcs12"], &["--password-file", "old"]);
    assert!(said.contains("node0 (private key): left out: "), "{said}");
    place.write("key", "key-password\n");
    let options = ["--password-file", "old", "--key-password-file", "key"];
    place.converts(0, ["a.jks", "b.p12", "pkcs12"], &options);
    place.keytool(&["-certreq", "-alias", "node0", "-keystore", "b.p12", "-storepass", "changeit"]);
    let before = fs::read(place.path("b.p12")).unwrap();
    let said = place.converts(3, ["a.jks", "b.p12", "pkcs12"], &options);
    assert!(said.contains("b.p12 already exists") && fs::read(place.path("b.p12")).unwrap() == before, "{said}");
    place.write("greek", "\u{3ba}\u{3bb}\u{3b5}\u{3b9}\u{3b4}\u{3af}\n");
    let said =
        place.converts(3, ["a.jks", "c.p12", "pkcs12"], &[&options[..], &["--new-password-file", "greek"]].concat());
    assert!(said.contains("password"), "{said}");
    assert!(!place.path("c.p12").exists());
    let said = place.converts(3, ["a.jks", "c", "pem"], &options);
    assert!(said.contains("jks, jceks, pkcs12"), "{said}");
}
