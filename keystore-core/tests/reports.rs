//! Files from reports that once were read in another way than Java reads them; see `fixtures/reports/README.md`.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use keystore_core::lint::{Finding, Purpose};
use keystore_core::{
    CertificateDefect, Content, Defect, EncodeDefect, Entry, ErrorKind, Java, KeyStore, Password, Timestamp, decode,
    decode_unverified, jks, loads,
};

#[test]
fn keystores_40_what_is_skipped_is_well_formed_too() {
    let sound = include_bytes!("data/no-trust.p12");
    let file = include_bytes!("fixtures/reports/keystores-40-mac-parameters-indefinite.p12");
    let changed: Vec<usize> = (0..sound.len()).filter(|place| sound[*place] != file[*place]).collect();
    let password = Password::new("changeit");
    assert!(decode(sound, &password).is_ok());
    for error in [decode(file, &password).unwrap_err(), decode_unverified(file).unwrap_err()] {
        assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::Length));
        // The NULL starts at the byte before the one that is changed.
        assert_eq!(error.position().map(|position| vec![position + 1]), Some(changed.clone()));
    }
}

/// What Java 17 and 25 say when they load these files; see also `foreign`.
#[test]
fn keystores_01_01b_13_31_java_refuses_the_whole_store_for_one_certificate() {
    use CertificateDefect::{AlternativeNameNotCritical, DuplicateExtension, EmptyIssuer, Structure};
    let files: [(&[u8], CertificateDefect); 9] = [
        (include_bytes!("fixtures/reports/keystores-01-duplicate-extension.jks"), DuplicateExtension),
        (include_bytes!("fixtures/reports/keystores-01-duplicate-extension.p12"), DuplicateExtension),
        (include_bytes!("fixtures/reports/keystores-01-key-duplicate-extension.p12"), DuplicateExtension),
        (include_bytes!("fixtures/reports/keystores-01-no-certificate.p12"), Structure),
        (include_bytes!("fixtures/reports/keystores-01b-unreadable-first.jks"), DuplicateExtension),
        (include_bytes!("fixtures/reports/keystores-13-key-inserted-as-certificate.p12"), Structure),
        (include_bytes!("fixtures/reports/keystores-13-key-inserted-as-certificate.jks"), Structure),
        (include_bytes!("fixtures/reports/keystores-31-empty-issuer.p12"), EmptyIssuer),
        (include_bytes!("fixtures/reports/keystores-31-empty-subject-not-critical.p12"), AlternativeNameNotCritical),
    ];
    let password = Password::new("changeit");
    for (number, (bytes, defect)) in files.into_iter().enumerate() {
        for java in [Java::V8, Java::V17, Java::V25] {
            let refusal = loads(java, bytes, Some(&password)).unwrap_err();
            assert_eq!(*refusal.kind(), ErrorKind::Certificate(defect), "file {number}");
            assert!(refusal.entry().is_some(), "file {number}");
        }
        let findings = decode(bytes, &password).unwrap().lint(&password, Purpose::Any);
        let found: Vec<_> = findings.iter().filter_map(Finding::certificate_defect).collect();
        assert!(found.contains(&defect), "file {number}: {findings:?}");
    }
}

/// Java's factory takes PEM text in the place of a certificate.
#[test]
fn keystores_01_java_reads_pem_text_in_a_jks() {
    let bytes = include_bytes!("fixtures/reports/keystores-01-pem-text.jks");
    assert_eq!(loads(Java::V17, bytes, Some(&Password::new("changeit"))), Ok(()));
}

#[test]
fn keystores_10_what_java_does_not_show_is_in_no_list() {
    for (bytes, password) in [
        (include_bytes!("fixtures/reports/keystores-10-plain-key.p12").as_slice(), ""),
        (include_bytes!("fixtures/reports/keystores-10-certificate-without-key.p12").as_slice(), "changeit"),
    ] {
        let store = decode(bytes, &Password::new(password)).unwrap();
        let view = store.view();
        assert!(view.is_empty() && view.iter().next().is_none());
        assert!(view.all().count() > 0);
        assert!(view.trust_anchors().is_empty() && view.private_keys().is_empty());
        assert!(view.all().all(|entry| !matches!(entry.content(), Content::TrustedCertificate(_))));
    }
}

#[test]
fn keystores_13_what_is_no_certificate_is_not_inserted() {
    let key = include_bytes!("data/node0.pkcs8").as_slice();
    let certificate = include_bytes!("data/node0.cer").as_slice();
    let entry = |der: &'static [u8]| Entry::new_trusted_certificate("odd", der.into(), Timestamp::from_millis(0));
    let password = Password::new("changeit");
    let empty = || {
        let jks = jks::encode(&KeyStore::new(), &password).unwrap();
        [decode(&jks, &password).unwrap().into_owned(), decode(include_bytes!("data/no-trust.p12"), &password).unwrap()]
    };
    for mut store in empty() {
        let error = store.insert(&entry(key)).unwrap_err();
        let defect = EncodeDefect::UnreadableCertificate(CertificateDefect::Structure);
        assert_eq!(*error.kind(), ErrorKind::NotRepresentable { format: store.format(), defect });
        assert_eq!(error.entry(), Some("odd"));
        store.insert(&entry(certificate)).unwrap();
    }
}
