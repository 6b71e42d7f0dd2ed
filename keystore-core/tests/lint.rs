//! Tests findings, and whether keys and certificates belong together. The test `foreign` shows what Java does.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

mod common;

use common::{CREATED, certificate, key_entry, password, trusted};
use keystore_core::lint::{Code, Finding, Purpose, Severity};
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{
    Entry, ErrorKind, Format, Integrity, Java, KeyMatch, KeyStore, Limits, MissingMac, Password, Profile, Protection,
    SealedKey, SealedSecretKey, SecretKey, decode, decode_unverified, decode_within, key_match, loads_keys, pkcs12,
};

const EC_KEY: &[u8] = include_bytes!("data/ec.pkcs8");
const EC_PRIVATE_ONLY: &[u8] = include_bytes!("data/ec-private-only.pkcs8");
const EC_CERTIFICATE: &[u8] = include_bytes!("data/ec.cer");
const ED25519_KEY: &[u8] = include_bytes!("data/ed25519.pkcs8");
const ED25519_CERTIFICATE: &[u8] = include_bytes!("data/ed25519.cer");

#[test]
fn keys_and_certificates_are_matched_where_that_can_be_told() {
    use KeyMatch::{Differs, Matches, Unchecked};
    for (key, certificate, expected) in [
        (common::KEY, common::CERTIFICATE, Matches),
        (EC_KEY, EC_CERTIFICATE, Matches),
        (&another(EC_KEY), EC_CERTIFICATE, Differs),
        (EC_PRIVATE_ONLY, EC_CERTIFICATE, Matches),
        (ED25519_KEY, ED25519_CERTIFICATE, Matches),
        (&another(ED25519_KEY), ED25519_CERTIFICATE, Differs),
        (EC_PRIVATE_ONLY, ED25519_CERTIFICATE, Differs),
        (common::KEY, EC_CERTIFICATE, Differs),
        (EC_KEY, common::CERTIFICATE, Differs),
        (EC_KEY, b"no certificate", Unchecked),
        (b"no key", EC_CERTIFICATE, Unchecked),
    ] {
        assert_eq!(key_match(&PrivatePkcs8KeyDer::from(key), &CertificateDer::from(certificate)), expected);
    }
}

/// The key with its last byte changed, which belongs to the public half if the key has one.
fn another(key: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    *key.last_mut().unwrap() ^= 1;
    key
}

#[test]
fn a_key_is_not_sealed_for_the_certificate_of_another() {
    let key = PrivatePkcs8KeyDer::from(common::KEY);
    let seal = |certificate| {
        let certificate = CertificateDer::from(certificate);
        SealedKey::seal_for(&certificate, &key, &password(), Protection::Jks, &mut common::rng())
    };
    let (sealed, found) = seal(common::CERTIFICATE).unwrap();
    assert_eq!((sealed.open(&password()).unwrap().secret_pkcs8(), found), (key.clone_key(), KeyMatch::Matches));
    assert_eq!(*seal(EC_CERTIFICATE).unwrap_err().kind(), ErrorKind::KeyMismatch);
}

#[test]
fn a_key_is_resealed_for_another_format_with_another_password() {
    let profile = Profile::JAVA_17.with_iterations(1);
    let (old, new) = (password(), Password::new("another"));
    let sealed = common::sealed(Protection::Jks, &old);
    let resealed = sealed.reseal(&old, &new, Protection::Pkcs12(profile), &mut common::rng()).unwrap();
    assert_eq!(resealed.open(&new).unwrap().secret_pkcs8().secret_pkcs8_der(), common::KEY);
    let error = sealed.reseal(&new, &old, Protection::Jks, &mut common::rng()).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_keystore_as_cassandra_wants_it_has_no_finding() {
    let mut keystore = KeyStore::new();
    keystore.insert(key_entry("node0")).unwrap();
    assert_eq!(keystore.lint(Some(&password()), Purpose::Identity), []);
    let mut truststore = KeyStore::new();
    truststore.insert(trusted("node0")).unwrap();
    assert_eq!(truststore.lint(Some(&password()), Purpose::Trust), []);
}

#[test]
fn a_finding_says_what_where_why_and_by_whom() {
    let mut keystore = KeyStore::new();
    keystore.insert(key_entry("node0")).unwrap();
    let [finding] = &keystore.lint(Some(&Password::new("other")), Purpose::Identity)[..] else { panic!("one finding") };
    assert_eq!((finding.code(), finding.severity()), (Code::KeyPasswordDiffers, Severity::Error));
    assert_eq!((finding.entry(), finding.other_entry()), (Some("node0"), None));
    let said = "error: entry \"node0\": the key does not open with the password of the store";
    assert_eq!(finding.to_string(), said);
    assert!(finding.code().why().contains("Cannot recover key"));
    assert!(finding.code().source().contains("KeyProtector"));
}

/// Java's key manager opens secret keys too.
#[test]
fn a_secret_key_with_another_password_is_named() {
    let protection = Protection::Jceks { iterations: 1 };
    let secret = |password: &str| {
        let key = SecretKey::new("AES", vec![7; 16]);
        SealedSecretKey::seal(&key, &Password::new(password), protection, &mut common::rng()).unwrap()
    };
    let mut keystore = KeyStore::new();
    keystore.insert(Entry::new_secret_key("shared", secret("changeit"), CREATED)).unwrap();
    keystore.insert(Entry::new_secret_key("own", secret("another"), CREATED)).unwrap();
    let bytes = keystore_core::jks::encode_jceks(&keystore, &password()).unwrap();
    let store = decode(&bytes, &password()).unwrap();
    let named = |purpose| {
        let findings = store.lint(Some(&password()), purpose);
        findings.iter().map(|finding| (finding.code(), finding.entry().map(str::to_owned))).collect::<Vec<_>>()
    };
    let own = Some("own".to_owned());
    assert_eq!(named(Purpose::Any), [(Code::KeyPasswordOfItsOwn, own.clone())]);
    assert_eq!(named(Purpose::Identity), [(Code::KeyPasswordDiffers, own), (Code::NoPrivateKey, None)]);
    let error = loads_keys(Java::V17, &bytes, Some(&password()), &password()).unwrap_err();
    assert_eq!((error.kind(), error.entry()), (&ErrorKind::WrongPasswordOrTampered, Some("own")));
}

#[test]
fn two_entries_are_both_named() {
    let mut keystore = KeyStore::new();
    keystore.insert(trusted("one")).unwrap();
    keystore.insert(trusted("two")).unwrap();
    let findings = keystore.lint(Some(&password()), Purpose::Any);
    let named: Vec<_> =
        findings.iter().map(|finding| (finding.code(), finding.entry(), finding.other_entry())).collect();
    assert_eq!(named, [(Code::DuplicateCertificate, Some("two"), Some("one"))]);
}

#[test]
fn keys_share_the_iterations_that_lint_may_spend() {
    let profile = Profile::JAVA_17.with_iterations(500_000);
    let key = common::sealed(Protection::Pkcs12(profile), &password());
    let mut keystore = KeyStore::new();
    for number in 0..100 {
        let alias = format!("node{number}");
        keystore.insert(Entry::new_private_key(alias, key.clone(), vec![certificate()], CREATED)).unwrap();
    }
    let findings = keystore.lint(Some(&password()), Purpose::Any);
    let not_tried = findings.iter().filter(|finding| finding.code() == Code::KeyNotTried).count();
    assert_eq!(not_tried, 100);
    assert!(findings.iter().all(|finding| Finding::severity(finding) == Severity::Note));
}

/// A file for each code, with the file's purpose, its password, and the entry concerned.
#[test]
fn each_code_has_a_file_that_shows_it() {
    use Purpose::{Any, Identity, Trust};
    type Case = (Code, Purpose, &'static str, Option<&'static str>, Vec<u8>);
    const PLAIN: &str = "changeit";
    let cases: [Case; 25] = [
        (Code::KeyPasswordDiffers, Identity, PLAIN, Some("k"), jks(&[key("k", "another", &[common::CERTIFICATE])])),
        (Code::KeyPasswordOfItsOwn, Any, PLAIN, Some("k"), jks(&[key("k", "another", &[common::CERTIFICATE])])),
        (Code::KeyNotPkcs8, Any, PLAIN, Some("k"), include_bytes!("fixtures/reports/keystores-21-pkcs1.jks").to_vec()),
        (Code::KeyNotTried, Any, PLAIN, Some("node7"), costly_keys()),
        (Code::KeyMismatch, Any, PLAIN, Some("k"), jks(&[key("k", PLAIN, &[EC_CERTIFICATE])])),
        (Code::PlainPrivateKey, Any, PLAIN, Some("node0"), include_bytes!("data/plain-key.p12").to_vec()),
        (Code::NoPrivateKey, Identity, PLAIN, None, jks(&[trusted("peer")])),
        (Code::SeveralPrivateKeys, Identity, PLAIN, None, jks(&[key_entry("one"), key_entry("two")])),
        (Code::KeyInTruststore, Trust, PLAIN, Some("node0"), jks(&[key_entry("node0"), trusted("peer")])),
        (Code::NoTrustedCertificate, Trust, PLAIN, None, include_bytes!("data/no-trust.p12").to_vec()),
        (
            Code::UnreadableCertificate,
            Any,
            PLAIN,
            Some("srv"),
            include_bytes!("fixtures/reports/keystores-31-empty-issuer.p12").to_vec(),
        ),
        (Code::UnreachableAlias, Any, PLAIN, Some("Upper"), raw(&["Upper"])),
        (Code::ShadowedAlias, Any, PLAIN, Some("twin"), raw(&["twin", "twin"])),
        (Code::HiddenCertificate, Any, PLAIN, Some(""), include_bytes!("data/no-trust.p12").to_vec()),
        (Code::DuplicateCertificate, Any, PLAIN, Some("two"), jks(&[trusted("one"), trusted("two")])),
        (Code::SharedSubject, Any, PLAIN, Some("two"), jks(&[trusted("one"), same_name("two")])),
        (Code::BrokenChain, Any, PLAIN, Some("k"), jks(&[key("k", PLAIN, &[common::CERTIFICATE, EC_CERTIFICATE])])),
        (Code::UnreadableAlgorithm, Any, PLAIN, Some("node0"), include_bytes!("data/aes192.p12").to_vec()),
        (Code::NeedsJava8u301, Any, PLAIN, None, p12(&Profile::JAVA_17, PLAIN)),
        (Code::NeedsJava26, Any, PLAIN, None, p12(&Profile::JAVA_26, PLAIN)),
        (Code::WeakAlgorithm, Any, PLAIN, None, p12(&Profile::JAVA_8, PLAIN)),
        (Code::MissingMac, Any, PLAIN, None, include_bytes!("data/no-mac.p12").to_vec()),
        (Code::NoPassword, Any, PLAIN, None, include_bytes!("fixtures/reports/keystores-07-passwordless.p12").to_vec()),
        (Code::WeakMac, Any, PLAIN, None, include_bytes!("fixtures/corpus-bcfks/files/bcprov-bks1-mixed.bks").to_vec()),
        (Code::PasswordNotAscii, Any, "pässwörd", None, p12(&Profile::OPENSSL_3, "pässwörd")),
    ];
    // These three are shown below.
    let elsewhere = [Code::NotVerified, Code::FipsPassword, Code::FipsKeySize];
    let all = Code::ALL.iter().copied().filter(|code| !elsewhere.contains(code));
    assert!(cases.iter().map(|case| case.0).eq(all));
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    limits.total_iterations = u64::MAX;
    for (code, purpose, password, entry, bytes) in cases {
        let password = Password::new(password);
        let findings = decode_within(&bytes, &password, &limits).unwrap().lint(Some(&password), purpose);
        let found = findings.iter().any(|finding| finding.code() == code && finding.entry() == entry);
        assert!(found, "{code:?}: {findings:?}");
    }
}

#[test]
fn an_unverified_store_says_so() {
    let bytes = jks(&[trusted("peer")]);
    let store = decode_unverified(&bytes).unwrap();
    assert_eq!(store.integrity(), Integrity::NotVerified);
    let codes = |findings: &[Finding]| findings.iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes(&store.lint(None, Purpose::Trust)), [Code::NotVerified]);
    let store = decode(&bytes, &password()).unwrap();
    assert_eq!(store.integrity(), Integrity::Verified);
    assert_eq!(codes(&store.lint(Some(&password()), Purpose::Trust)), []);
}

/// The test `foreign` shows what bc-fips does.
#[test]
fn fips_mode_asks_for_long_passwords_and_keys() {
    const SMALL: &[u8] = include_bytes!("data/rsa1024.cer");
    let anchor = Entry::new_trusted_certificate("anchor", CertificateDer::from(SMALL), CREATED);
    let entries = [trusted("peer"), anchor, key("small", "changeit", &[SMALL])];
    let bytes = jks(&entries);
    let store = decode_unverified(&bytes).unwrap();
    let found = |password: Option<&Password>| {
        let findings = store.lint_fips(password);
        findings.iter().map(|finding| (finding.code(), finding.entry().map(str::to_owned))).collect::<Vec<_>>()
    };
    let small = (Code::FipsKeySize, Some("small".to_owned()));
    assert_eq!(found(None), std::slice::from_ref(&small));
    assert_eq!(found(Some(&Password::new("thirteen chars"))), std::slice::from_ref(&small));
    assert_eq!(found(Some(&Password::new("fourteen byté"))), std::slice::from_ref(&small));
    assert_eq!(found(Some(&Password::new("thirteen char"))), [(Code::FipsPassword, None), small]);
}

fn jks(entries: &[Entry<'static>]) -> Vec<u8> {
    let mut keystore = KeyStore::new();
    for entry in entries {
        keystore.insert(entry.clone()).unwrap();
    }
    keystore_core::jks::encode(&keystore, &password()).unwrap()
}

fn raw(aliases: &[&str]) -> Vec<u8> {
    let entries: Vec<_> = aliases.iter().map(|alias| (*alias, common::Body::Trusted("X.509"))).collect();
    common::raw_store(Format::Jks, 2, &entries)
}

fn p12(profile: &Profile, password: &str) -> Vec<u8> {
    let mut keystore = KeyStore::new();
    keystore.insert(trusted("peer")).unwrap();
    let profile = profile.with_iterations(1);
    pkcs12::encode(&keystore, &Password::new(password), &profile, &mut common::rng()).unwrap()
}

fn key(alias: &'static str, password: &str, chain: &[&'static [u8]]) -> Entry<'static> {
    let chain = chain.iter().map(|der| CertificateDer::from(*der)).collect();
    Entry::new_private_key(alias, common::sealed(Protection::Jks, &Password::new(password)), chain, CREATED)
}

fn same_name(alias: &'static str) -> Entry<'static> {
    let certificate = CertificateDer::from(include_bytes!("data/same-name.cer").as_slice());
    Entry::new_trusted_certificate(alias, certificate, CREATED)
}

/// Keys that together need more iterations than the limits allow.
fn costly_keys() -> Vec<u8> {
    let profile = Profile::JAVA_17.with_iterations(500_000);
    let key = common::sealed(Protection::Pkcs12(profile), &password());
    let mut keystore = KeyStore::new();
    for number in 0..61 {
        let entry = Entry::new_private_key(format!("node{number}"), key.clone(), vec![certificate()], CREATED);
        keystore.insert(entry).unwrap();
    }
    pkcs12::encode(&keystore, &password(), &profile.with_iterations(1), &mut common::rng()).unwrap()
}

#[cfg(feature = "bcfks")]
#[test]
fn keys_share_the_work_of_scrypt_that_lint_may_spend() {
    let profile = keystore_core::bcfks::Profile::BCPROV.with_scrypt(16, 8);
    let key = common::sealed(Protection::Bcfks(profile), &password());
    let mut keystore = KeyStore::new();
    for number in 0..5 {
        let entry = Entry::new_private_key(format!("node{number}"), key.clone(), vec![certificate()], CREATED);
        keystore.insert(entry).unwrap();
    }
    // The work of each key is 2^16 times 8 times 8, a quarter of the limit.
    let codes: Vec<_> = keystore.lint(Some(&password()), Purpose::Any).iter().map(Finding::code).collect();
    assert_eq!(codes.iter().filter(|code| **code == Code::KeyNotTried).count(), 5);
}

#[test]
fn a_password_that_protects_nothing_may_have_any_characters() {
    let password = Password::new("pässwörd");
    let mut truststore = KeyStore::new();
    truststore.insert(trusted("peer")).unwrap();
    let mut with_key = truststore.clone();
    let sealed = common::sealed(Protection::Pkcs12(Profile::PASSWORDLESS), &password);
    with_key.insert(Entry::new_private_key("key".to_owned(), sealed, vec![certificate()], CREATED)).unwrap();
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    for (keystore, is_finding) in [(truststore, false), (with_key, true)] {
        let bytes = pkcs12::encode(&keystore, &password, &Profile::PASSWORDLESS, &mut common::rng()).unwrap();
        let findings = decode_within(&bytes, &password, &limits).unwrap().lint(Some(&password), Purpose::Any);
        assert_eq!(findings.iter().any(|finding| finding.code() == Code::PasswordNotAscii), is_finding);
    }
}

#[test]
fn a_key_that_is_sealed_for_no_reader_of_the_format_is_named() {
    let mut bytes = jks(&[key_entry("key")]);
    // The identifier of the algorithm gets another last byte. The digest is not verified.
    let oid = b"\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01";
    let last = bytes.windows(oid.len()).position(|window| window == oid).unwrap() + oid.len() - 1;
    let named = |bytes: &[u8]| {
        let findings = decode_unverified(bytes).unwrap().lint(Some(&password()), Purpose::Any);
        let found = findings.iter().filter(|finding| finding.code() == Code::UnreadableAlgorithm);
        found.map(|finding| finding.entry().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(named(&bytes), []);
    bytes.splice(last..=last, [9]);
    assert_eq!(named(&bytes), [Some("key".to_owned())]);
}
