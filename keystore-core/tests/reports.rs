//! Files from reports, which this crate once read differently from Java; see `fixtures/reports/README.md`.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod common;

use keystore_core::lint::{Code, Finding, Purpose};
use keystore_core::{
    CertificateDefect, Content, Defect, EncodeDefect, Entry, ErrorKind, Integrity, Java, KeyForm, KeyStore, Limits,
    MissingMac, Part, Password, Pfx, Profile, Protection, Timestamp, decode, decode_unverified, jks, loads, loads_keys,
};

#[test]
fn keystores_40_what_is_skipped_is_well_formed_too() {
    let sound = include_bytes!("data/no-trust.p12");
    let file = include_bytes!("fixtures/reports/keystores-40-mac-parameters-indefinite.p12");
    let changed: Vec<usize> = (0..sound.len()).filter(|place| sound[*place] != file[*place]).collect();
    let password = Password::new("changeit");
    assert!(decode(sound, &password).is_ok());
    let error = decode(file, &password).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::Length));
    // The NULL starts one byte before the changed byte.
    assert_eq!(error.position().map(|position| vec![position + 1]), Some(changed));
    // With a null password Java does not verify the MAC.
    assert_eq!(loads(Java::V17, file, None), Ok(()));
    assert_eq!(decode_unverified(file).unwrap().integrity(), Integrity::NotVerified);
}

/// The answers of Java 17 and 25 when they load these files; see also `foreign`.
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
        let findings = decode(bytes, &password).unwrap().lint(Some(&password), Purpose::Any);
        let found: Vec<_> = findings.iter().filter_map(Finding::certificate_defect).collect();
        assert!(found.contains(&defect), "file {number}: {findings:?}");
    }
}

/// Java's factory accepts PEM text in place of a DER certificate.
#[test]
fn keystores_01_java_reads_pem_text_in_a_jks() {
    let bytes = include_bytes!("fixtures/reports/keystores-01-pem-text.jks");
    assert_eq!(loads(Java::V17, bytes, Some(&Password::new("changeit"))), Ok(()));
}

#[test]
fn keystores_07_a_store_without_password_stays_one() {
    let bytes = include_bytes!("fixtures/reports/keystores-07-passwordless.p12");
    let password = Password::new("changeit");
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    let mut pfx = Pfx::decode_within(bytes, &password, &limits).unwrap();
    assert_eq!(pfx.integrity(), Integrity::Absent);
    assert!(pfx.profile().unwrap().is_passwordless());
    let certificate = include_bytes!("data/node0.cer").as_slice();
    pfx.insert(&Entry::new_trusted_certificate("mynew", certificate.into(), Timestamp::from_millis(0))).unwrap();
    let edited = pfx.encode(&password, &Profile::JAVA_17, &mut common::rng()).unwrap();
    for java in [Java::V8, Java::V17, Java::V25] {
        for password in [None, Some(&Password::new("")), Some(&password)] {
            assert_eq!(loads(java, &edited, password), Ok(()));
        }
    }
    assert_eq!(decode_unverified(&edited).unwrap().view().len(), 2);
    // After `protect` it gets a password.
    pfx.protect();
    let protected = pfx.encode(&password, &Profile::JAVA_17, &mut common::rng()).unwrap();
    assert_eq!(Pfx::decode(&protected, &password).unwrap().view().len(), 2);
    assert_eq!(decode(&protected, &Password::new("")).unwrap_err().kind(), &ErrorKind::WrongPasswordOrTampered);
    // Certificates that were unencrypted in the file still are.
    assert_eq!(Pfx::decode_unverified(&protected, None).unwrap().view().len(), 1);
}

#[test]
fn keystores_08_34_a_store_is_looked_at_without_its_password() {
    let no_mac = include_bytes!("fixtures/reports/keystores-08-no-mac.p12").as_slice();
    let jks = include_bytes!("fixtures/reports/keystores-21-pkcs1.jks").as_slice();
    for (bytes, integrity, code) in
        [(no_mac, Integrity::Absent, Code::MissingMac), (jks, Integrity::NotVerified, Code::NotVerified)]
    {
        let store = decode_unverified(bytes).unwrap();
        assert_eq!(store.integrity(), integrity);
        assert_eq!(store.view().len(), 1);
        let findings = store.lint(None, Purpose::Any);
        let found: Vec<_> = findings.iter().map(Finding::code).collect();
        assert!(found.contains(&code), "{findings:?}");
        assert!(!found.contains(&Code::KeyPasswordOfItsOwn), "{findings:?}");
    }
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

/// A file with SHA3-256 in place of SHA-256. OpenSSL writes such MACs.
#[test]
fn keystores_17_an_unknown_mac_is_named() {
    let mut bytes = include_bytes!("data/no-trust.p12").to_vec();
    let mark = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let place = bytes.windows(mark.len()).position(|window| window == mark).unwrap();
    bytes[place + 8] = 0x08;
    let error = decode(&bytes, &Password::new("changeit")).unwrap_err();
    let algorithm = "SHA3-256 (2.16.840.1.101.3.4.2.8)".to_owned();
    assert_eq!(*error.kind(), ErrorKind::UnsupportedAlgorithm { algorithm, part: Part::MacData });
    let said = "the MAC uses SHA3-256 (2.16.840.1.101.3.4.2.8), which is not supported, at byte ";
    assert!(error.to_string().starts_with(said), "{error}");
}

#[test]
fn keystores_19_an_attribute_without_value_is_named() {
    let bytes = include_bytes!("fixtures/reports/keystores-19-name-without-value.p12");
    let error = decode(bytes, &Password::new("changeit")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::NoValue));
    assert_eq!(
        error.to_string(),
        format!("the content is malformed: an attribute has no value, at byte {}", error.position().unwrap())
    );
}

#[test]
fn keystores_20_a_trusted_certificate_hides_the_key_of_its_alias() {
    let bytes = include_bytes!("fixtures/reports/keystores-20-trusted-certificate-of-key.p12");
    let store = decode(bytes, &Password::new("changeit")).unwrap();
    let view = store.view();
    assert!(view.private_keys().is_empty());
    assert_eq!(view.trust_anchors().len(), 1);
    assert!(matches!(view.entry("srv").unwrap().content(), Content::TrustedCertificate(_)));
    let findings = store.lint(Some(&Password::new("changeit")), Purpose::Identity);
    let found: Vec<_> = findings.iter().map(Finding::code).collect();
    assert!(found.contains(&Code::ShadowedAlias) && found.contains(&Code::NoPrivateKey), "{findings:?}");
}

/// Java reports "corrupt private key" and "Not the correct tag", with any password.
#[test]
fn keystores_21_a_key_in_another_form_is_not_blamed_on_the_password() {
    let password = Password::new("changeit");
    for (bytes, form) in [
        (include_bytes!("fixtures/reports/keystores-21-pkcs1.jks").as_slice(), KeyForm::Pkcs1),
        (include_bytes!("fixtures/reports/keystores-21-sec1.jks"), KeyForm::Sec1),
        (include_bytes!("fixtures/reports/keystores-21-pem.jks"), KeyForm::Pem),
        (include_bytes!("fixtures/reports/keystores-21-pkcs1.p12"), KeyForm::Pkcs1),
    ] {
        let store = decode(bytes, &password).unwrap();
        let alias = store.view().private_keys()[0].alias.to_owned();
        let open =
            |password: &str| store.view().private_key(&alias).unwrap().open(&Password::new(password)).unwrap_err();
        assert_eq!(*open("changeit").kind(), ErrorKind::NotPkcs8(form));
        assert_eq!(*open("wrong").kind(), ErrorKind::WrongPasswordOrTampered);
        assert_eq!(loads(Java::V17, bytes, Some(&password)), Ok(()));
        let refusal = loads_keys(Java::V17, bytes, Some(&password), &password).unwrap_err();
        assert_eq!((refusal.kind(), refusal.entry()), (&ErrorKind::NotPkcs8(form), Some(&*alias)));
        let findings = store.lint(Some(&password), Purpose::Identity);
        let found: Vec<_> = findings.iter().map(|finding| (finding.code(), finding.entry())).collect();
        assert!(found.contains(&(Code::KeyNotPkcs8, Some(&*alias))), "{findings:?}");
    }
}

#[test]
fn keystores_29_contents_under_another_password_than_the_mac_are_named() {
    let bytes = include_bytes!("fixtures/reports/keystores-29-two-passwords.p12");
    let error = decode(bytes, &Password::new("changeit")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OtherPassword { part: Part::EncryptedData });
    assert!(error.position().is_some());
    assert!(
        error
            .to_string()
            .starts_with("the password matches the MAC, but EncryptedData is encrypted with another password")
    );
    let wrong = decode(bytes, &Password::new("wrong")).unwrap_err();
    assert_eq!(*wrong.kind(), ErrorKind::WrongPasswordOrTampered);
    assert!(loads(Java::V17, bytes, Some(&Password::new("changeit"))).is_err());
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

/// If a file is a certificate or a key and not a store, the message says so, for every form.
#[test]
fn what_is_no_keystore_is_named() {
    /// The offsets of PKCS#1 and of SEC1 within the two PKCS#8 keys.
    const PKCS1: usize = 26;
    const SEC1: usize = 29;
    let key = include_bytes!("data/node0.pkcs8").as_slice();
    let ec = include_bytes!("data/ec.pkcs8").as_slice();
    let sealed = common::sealed(Protection::Pkcs12(Profile::JAVA_17.with_iterations(7)), &common::password());
    let certificate = "this is an X.509 certificate in DER, not a keystore";
    let private_key = "this is a private key in DER, not a keystore";
    let unknown = "the content is neither JKS, JCEKS, PKCS#12, BCFKS, BKS nor UBER, at byte 0";
    for (bytes, said) in [
        (include_bytes!("data/node0.cer").as_slice(), certificate),
        (include_bytes!("data/ec.cer"), certificate),
        (key, private_key),
        (ec, private_key),
        (sealed.as_der(), private_key),
        (&key[PKCS1..], private_key),
        (&ec[SEC1..], private_key),
        (include_bytes!("data/node0.csr"), "this is a certificate request in DER, not a keystore"),
        (include_bytes!("data/node0.p7b"), "this is PKCS#7, not a keystore"),
        (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "this is PKCS#7, not a keystore"),
        (include_bytes!("data/node0.spki"), unknown),
        (include_bytes!("data/node0.crl"), unknown),
        (b"-----BEGIN CERTIFICATE-----\n", "this is PEM text, not a keystore"),
    ] {
        assert_eq!(decode(bytes, &common::password()).unwrap_err().to_string(), said);
        assert_eq!(decode_unverified(bytes).unwrap_err().to_string(), said);
        for java in [Java::V8, Java::V17, Java::V25] {
            assert_eq!(loads(java, bytes, None).unwrap_err().to_string(), said);
        }
    }
}
