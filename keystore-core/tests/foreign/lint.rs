//! Shows each finding on a file that a real tool made, and what Java does with that file.

use crate::fixture::{CREATED, certificate, data, scratch, sealed, written};
use crate::java::{ask, ask_one, list};
use crate::tools::{export, export_key, exported, exported_pem, generate, import, keytool, pem, text};
use keystore_core::lint::{Code, Finding, Purpose};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{
    Entry, KeyStore, Limits, MissingMac, Password, Profile, Protection, decode, decode_within, jks, pkcs12,
};
use std::path::Path;
use test_support::{Suite, Tool, output};

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac, Tool::Keytool, Tool::OpenSsl];
    const TESTS: [(&str, fn()); 17] = [
        ("a_key_password_of_its_own_stops_java", a_key_password_of_its_own_stops_java),
        ("a_secret_key_with_a_password_of_its_own_stops_java", a_secret_key_with_a_password_of_its_own_stops_java),
        ("of_two_keys_java_may_take_either", of_two_keys_java_may_take_either),
        ("a_keystore_without_a_key_serves_nothing", a_keystore_without_a_key_serves_nothing),
        ("a_truststore_of_openssls_trusts_nothing_in_java", a_truststore_of_openssls_trusts_nothing_in_java),
        ("an_alias_in_upper_case_is_listed_and_not_found", an_alias_in_upper_case_is_listed_and_not_found),
        ("of_two_bags_of_one_name_java_shows_one", of_two_bags_of_one_name_java_shows_one),
        (
            "a_certificate_under_two_aliases_is_trusted_until_both_go",
            a_certificate_under_two_aliases_is_trusted_until_both_go,
        ),
        (
            "of_two_certificates_of_one_subject_the_untrusted_one_is_called_forged",
            of_two_certificates_of_one_subject_the_untrusted_one_is_called_forged,
        ),
        ("a_chain_that_does_not_link_is_served_as_it_is", a_chain_that_does_not_link_is_served_as_it_is),
        ("a_certificate_of_another_key_verifies_nothing", a_certificate_of_another_key_verifies_nothing),
        ("what_aes_192_encrypts_java_does_not_load", what_aes_192_encrypts_java_does_not_load),
        ("what_rc2_encrypts_openssl_reads_with_legacy_only", what_rc2_encrypts_openssl_reads_with_legacy_only),
        ("an_unencrypted_key_is_not_seen_by_java", an_unencrypted_key_is_not_seen_by_java),
        ("without_a_mac_any_password_will_do", without_a_mac_any_password_will_do),
        ("a_password_outside_ascii_shuts_java_17_out", a_password_outside_ascii_shuts_java_17_out),
        ("what_pbmac1_authenticates_java_17_does_not_load", what_pbmac1_authenticates_java_17_does_not_load),
    ];
    TESTS.into_iter().fold(suite, |suite, (name, test)| suite.test(&format!("lint::{name}"), TOOLS, test))
}

fn a_key_password_of_its_own_stops_java() {
    let (folder, path) = scratch("store.jks");
    generate(&path, "node0", "CN=10.0.0.11", &["-keypass", "another"]);
    assert_eq!(codes(&path, Purpose::Identity), [Code::KeyPasswordDiffers]);
    assert!(refused(&["keys", &text(&path), "JKS", "changeit", "changeit"]).contains("Cannot recover key"));
    drop(folder);
}

fn a_secret_key_with_a_password_of_its_own_stops_java() {
    let (_folder, path) = scratch("store.jceks");
    let generated = ["-genseckey", "-storetype", "JCEKS", "-alias", "aes", "-keyalg", "AES", "-keysize", "128"];
    output(keytool(&path).args(generated).args(["-keypass", "another"]));
    assert_eq!(codes(&path, Purpose::Identity), [Code::KeyPasswordDiffers, Code::NoPrivateKey]);
    let said = refused(&["keys", &text(&path), "JCEKS", "changeit", "changeit"]);
    assert!(said.contains("UnrecoverableKeyException"), "{said}");
}

fn of_two_keys_java_may_take_either() {
    let (_folder, path) = scratch("store.jks");
    generate(&path, "old", "CN=10.0.0.11", &[]);
    generate(&path, "new", "CN=10.0.0.11", &[]);
    assert_eq!(codes(&path, Purpose::Identity), [Code::SeveralPrivateKeys]);
    assert_eq!(codes(&path, Purpose::Any), []);
    assert_eq!(ask_one(&["keys", &text(&path), "JKS", "changeit", "changeit"]).len(), 2);
}

fn a_keystore_without_a_key_serves_nothing() {
    let (_folder, path) = scratch("store.jks");
    import(&path, "peer", &data("node0.cer"));
    assert_eq!(codes(&path, Purpose::Identity), [Code::NoPrivateKey]);
    assert_eq!(ask_one(&["keys", &text(&path), "JKS", "changeit", "changeit"]), [""; 0]);
}

fn a_truststore_of_openssls_trusts_nothing_in_java() {
    let (_folder, path) = scratch("trust.p12");
    export(&path, &["-nokeys", "-in", &pem(&path, "x509", "node0.cer")]);
    let expected = [Code::HiddenCertificate, Code::NoTrustedCertificate];
    assert_eq!(codes(&path, Purpose::Trust), expected);
    assert_eq!(list(&text(&path), "PKCS12", "changeit", "changeit"), []);
    let said = refused(&["trusts", &text(&path), "PKCS12", "changeit", &data("node0.cer")]);
    assert!(said.contains("trustAnchors parameter must be non-empty"), "{said}");
}

fn an_alias_in_upper_case_is_listed_and_not_found() {
    // No tool writes such a store, so the bytes of keytool's alias are changed.
    let (_folder, path) = scratch("store.jks");
    import(&path, "peer", &data("node0.cer"));
    let mut bytes = std::fs::read(&path).expect("keytool wrote it");
    let place = bytes.windows(4).position(|bytes| bytes == b"peer").expect("the alias");
    bytes[place..place + 4].copy_from_slice(b"PEER");
    let bytes = keystore_core::Jks::decode_unverified(&bytes)
        .and_then(|jks| jks.encode(&Password::new("changeit")))
        .expect("it is encoded as it is, under a digest that fits");
    std::fs::write(&path, bytes).expect("the folder is ours");
    assert_eq!(codes(&path, Purpose::Any), [Code::UnreachableAlias]);
    let shown = list(&text(&path), "JKS", "changeit", "changeit");
    assert_eq!([("PEER", "other")], *shown.iter().map(|e| (&*e.alias, &*e.kind)).collect::<Vec<_>>());
}

fn of_two_bags_of_one_name_java_shows_one() {
    // No tool writes such a file, so the bytes of an alias are changed in an unencrypted file.
    let (_folder, path) = scratch("trust.p12");
    for alias in ["twin1", "twin2"] {
        let plaintext = ["-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE"];
        output(
            keytool(&path)
                .args(plaintext)
                .args(["-importcert", "-noprompt", "-alias", alias, "-file"])
                .arg(data("node0.cer")),
        );
    }
    let mut bytes = std::fs::read(&path).expect("keytool wrote it");
    let place = bytes.windows(4).position(|bytes| bytes == b"\0n\x002").expect("the alias");
    bytes[place + 3] = b'1';
    std::fs::write(&path, bytes).expect("the folder is ours");
    assert_eq!(codes(&path, Purpose::Any), [Code::ShadowedAlias, Code::NoPassword]);
    assert_eq!(list(&text(&path), "PKCS12", "changeit", "changeit").len(), 1);
}

fn a_certificate_under_two_aliases_is_trusted_until_both_go() {
    let (_folder, path) = scratch("trust.jks");
    import(&path, "one", &data("node0.cer"));
    import(&path, "two", &data("node0.cer"));
    assert_eq!(codes(&path, Purpose::Trust), [Code::DuplicateCertificate]);
    output(keytool(&path).args(["-delete", "-alias", "one"]));
    assert_eq!(ask_one(&["trusts", &text(&path), "JKS", "changeit", &data("node0.cer")]), ["accepted"]);
}

fn of_two_certificates_of_one_subject_the_untrusted_one_is_called_forged() {
    let (folder, path) = scratch("trust.jks");
    let [old, new] = ["old", "new"].map(|name| {
        let store = folder.path().join(format!("{name}.jks"));
        generate(&store, name, "CN=10.0.0.11, OU=None", &[]);
        exported_pem(&store, name)
    });
    import(&path, "node0-old", &old);
    let said = ask_one(&["trusts", &text(&path), "JKS", "changeit", &new]).join("\n");
    assert!(said.contains("ignature"), "{said}");
    import(&path, "node0-new", &new);
    assert_eq!(codes(&path, Purpose::Trust), [Code::SharedSubject]);
    for certificate in [&old, &new] {
        assert_eq!(ask_one(&["trusts", &text(&path), "JKS", "changeit", certificate]), ["accepted"]);
    }
}

fn a_chain_that_does_not_link_is_served_as_it_is() {
    let (folder, path) = scratch("store.jks");
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    generate(&folder.path().join("a.jks"), "a", "CN=a", &[]);
    let other = exported_pem(&folder.path().join("a.jks"), "a");
    ask_one(&["make", &text(&path), "JKS", "changeit", "\\|", &format!("key|node0|changeit|{key}|{cer}|{other}")]);
    assert_eq!(codes(&path, Purpose::Identity), [Code::BrokenChain]);
    assert_eq!(ask_one(&["keys", &text(&path), "JKS", "changeit", "changeit"]), ["node0\t2"]);
}

fn a_certificate_of_another_key_verifies_nothing() {
    let (folder, path) = scratch("store.jks");
    generate(&folder.path().join("a.jks"), "a", "CN=a", &[]);
    let der = std::fs::read(exported(&folder.path().join("a.jks"), "a")).expect("keytool wrote it");
    let mut keystore = KeyStore::new();
    let chain = vec![CertificateDer::from(der)];
    keystore
        .insert(Entry::new_private_key("node0", sealed("changeit", Protection::Jks), chain, CREATED))
        .expect("no clash");
    std::fs::write(&path, jks::encode(&keystore, &Password::new("changeit")).expect("encodes")).expect("our folder");
    assert_eq!(codes(&path, Purpose::Identity), [Code::KeyMismatch]);
    assert_eq!(ask_one(&["proves", &text(&path), "JKS", "changeit", "node0", "changeit"]), ["false"]);
    let (_right_folder, right) =
        written("right.jks", &jks::encode(&matching(), &Password::new("changeit")).expect("ok"));
    assert_eq!(codes(Path::new(&right), Purpose::Identity), []);
    assert_eq!(ask_one(&["proves", &right, "JKS", "changeit", "node0", "changeit"]), ["true"]);
}

fn what_aes_192_encrypts_java_does_not_load() {
    let (_folder, path) = scratch("store.p12");
    export_key(&path, &["-keypbe", "AES-192-CBC", "-certpbe", "AES-192-CBC"]);
    let codes = codes(&path, Purpose::Identity);
    assert!(codes.contains(&Code::UnreadableAlgorithm), "{codes:?}");
    refused(&["list", &text(&path), "PKCS12", "changeit", "changeit"]);
}

fn what_rc2_encrypts_openssl_reads_with_legacy_only() {
    let (_folder, path) = scratch("store.p12");
    export_key(&path, &["-legacy", "-keypbe", "PBE-SHA1-RC2-40"]);
    let codes = codes(&path, Purpose::Identity);
    assert!(codes.contains(&Code::WeakAlgorithm), "{codes:?}");
    let read = ["pkcs12", "-in", &text(&path), "-passin", "pass:changeit", "-nodes"];
    assert!(!Tool::OpenSsl.command().args(read).output().expect("OpenSSL runs").status.success());
    assert_eq!(list(&text(&path), "PKCS12", "changeit", "changeit").len(), 1, "Java reads it");
}

fn an_unencrypted_key_is_not_seen_by_java() {
    let (_folder, path) = scratch("store.p12");
    export_key(&path, &["-keypbe", "NONE"]);
    let codes = codes(&path, Purpose::Identity);
    assert!(codes.contains(&Code::PlainPrivateKey) && codes.contains(&Code::NoPrivateKey), "{codes:?}");
    assert_eq!(list(&text(&path), "PKCS12", "changeit", "changeit"), []);
}

fn without_a_mac_any_password_will_do() {
    let (_folder, path) = scratch("store.p12");
    let plaintext = ["-keypbe", "NONE", "-certpbe", "NONE", "-nomac"];
    export_key(&path, &plaintext);
    let codes = codes(&path, Purpose::Any);
    assert!(codes.contains(&Code::MissingMac), "{codes:?}");
    assert_eq!(ask_one(&["list", &text(&path), "PKCS12", "wrong password", ""]), [""; 0], "Java loads it");
}

fn a_password_outside_ascii_shuts_java_17_out() {
    let (_folder, path) = scratch("store.p12");
    let (key, cer) = (pem(&path, "pkey", "node0.pkcs8"), pem(&path, "x509", "node0.cer"));
    let args = ["pkcs12", "-export", "-passout", "pass:pässwörd", "-inkey", &key, "-in", &cer, "-out", &text(&path)];
    output(Tool::OpenSsl.command().args(args));
    let bytes = std::fs::read(&path).expect("OpenSSL wrote it");
    let store = decode(&bytes, &Password::new("pässwörd")).expect("decodes");
    let found = store.lint(Some(&Password::new("pässwörd")), Purpose::Identity);
    assert!(found.iter().any(|finding| finding.code() == Code::PasswordNotAscii), "{found:?}");
    refused(&["list", &text(&path), "PKCS12", "pässwörd", "pässwörd"]);
}

fn what_pbmac1_authenticates_java_17_does_not_load() {
    // OpenSSL 3.0 does not write PBMAC1, so this crate writes the file.
    let profile = Profile::JAVA_26.with_iterations(10_000);
    let mut keystore = KeyStore::new();
    keystore.insert(Entry::new_trusted_certificate("peer", certificate(), CREATED)).expect("no clash");
    let bytes = pkcs12::encode(&keystore, &Password::new("changeit"), &profile, &mut rand::rng()).expect("encodes");
    let (_folder, file) = written("trust.p12", &bytes);
    let codes = codes(Path::new(&file), Purpose::Trust);
    assert_eq!(codes, [Code::NeedsJava26]);
    refused(&["list", &file, "PKCS12", "changeit", "changeit"]);
}

fn codes(path: &Path, purpose: Purpose) -> Vec<Code> {
    findings(path, purpose).iter().map(Finding::code).filter(|code| *code != Code::NeedsJava8u301).collect()
}

fn findings(path: &Path, purpose: Purpose) -> Vec<Finding> {
    let bytes = std::fs::read(path).expect("a tool wrote it");
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    let store = decode_within(&bytes, &Password::new("changeit"), &limits).expect("decodes");
    store.lint(Some(&Password::new("changeit")), purpose)
}

fn refused(fields: &[&str]) -> String {
    ask(&[fields.join("\t")]).remove(0).expect_err("Java throws")
}

/// A store with the key that belongs to its certificate.
fn matching() -> KeyStore<'static> {
    let mut keystore = KeyStore::new();
    let key = Entry::new_private_key("node0", sealed("changeit", Protection::Jks), vec![certificate()], CREATED);
    keystore.insert(key).expect("no clash");
    keystore
}
