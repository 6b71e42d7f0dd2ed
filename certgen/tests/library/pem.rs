//! PEM: what is refused, and how.

#[cfg(feature = "encrypted-keys")]
use certgen::pem::{KdfLimits, KeyEncryption};
use certgen::rustls_pki_types::PrivateKeyDer;
use certgen::{ErrorKind, NodeParams, PemDefect, Position, Time, pem};
use proptest::prelude::*;

use crate::workshop::{key, rng};

fn certificate() -> String {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(Time::from_unix_seconds(1_800_000_000));
    pem::encode_certificate(&node.self_signed(key(), &mut rng(60)).unwrap())
}

fn private_key() -> String {
    pem::encode_private_key(&key().secret_pkcs8()).secret_text().to_owned()
}

#[track_caller]
fn malformed(error: &certgen::Error, defect: PemDefect, line: usize) {
    assert_eq!(error.kind(), &ErrorKind::MalformedPem { defect });
    assert_eq!(error.position(), Some(Position::Line(line)));
}

#[test]
fn what_is_written_is_read() {
    let (certificate, key_pem) = (certificate(), private_key());
    let both =
        format!("Bag Attributes\n    friendlyName: node0\n{certificate}text\r\n{}", key_pem.replace('\n', "\r\n"));
    assert_eq!(pem::decode_private_key(both.as_bytes()).unwrap().secret_pkcs8(), key().secret_pkcs8());
    let read = pem::decode_certificates(both.as_bytes()).unwrap();
    assert_eq!(pem::encode_certificate(&read[0]), certificate);
    assert_eq!(read.len(), 1);
}

#[test]
fn text_that_is_not_utf8_may_stand_between_blocks() {
    let text = [b"friendlyName: \xfc\n", certificate().as_bytes()].concat();
    assert_eq!(pem::decode_certificates(&text).unwrap().len(), 1);
}

#[test]
fn white_space_in_a_line_is_skipped() {
    let text = certificate();
    let (start, rest) = text.split_at("-----BEGIN CERTIFICATE-----\n".len());
    let spaced = format!("{start}\x0b{}", rest.replacen('\n', "\t \x0c", 1));
    assert_eq!(pem::decode_certificates(spaced.as_bytes()), pem::decode_certificates(text.as_bytes()));
}

#[test]
fn a_text_without_what_is_wanted_says_so() {
    let error = pem::decode_certificates(private_key().as_bytes()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NothingInPem { wanted: "CERTIFICATE", found: vec!["PRIVATE KEY".to_owned()] });
    assert_eq!(error.to_string(), "the PEM text holds no CERTIFICATE, but PRIVATE KEY");
    let error = pem::decode_private_key(certificate().as_bytes()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NothingInPem { wanted: "PRIVATE KEY", found: vec!["CERTIFICATE".to_owned()] });
    let others = "-----BEGIN OPENSSH PRIVATE KEY\u{1b}-----\n-----END OPENSSH PRIVATE KEY\u{1b}-----\n".repeat(5);
    let error = pem::decode_private_key(others.as_bytes()).unwrap_err();
    let label = r"OPENSSH PRIVATE KEY\u{1b}";
    let listed = [label; 4].join(", ");
    assert_eq!(error.to_string(), format!("the PEM text holds no PRIVATE KEY, but {listed} and others"));
    assert_eq!(pem::decode_private_key(b"").unwrap_err().to_string(), "the PEM text holds no PRIVATE KEY");
}

/// A SEC1 key whose curve is spelled out, and one that says nothing of it.
#[test]
fn a_sec1_key_without_the_name_of_its_curve_is_refused() {
    for parameters in [&[][..], &[0xa0, 2, 0x30, 0]] {
        let length = u8::try_from(7 + parameters.len()).unwrap();
        let der = [&[0x30, length, 2, 1, 1, 4, 2, 7, 7][..], parameters].concat();
        let error = pem::PrivateKey::from_der(&PrivateKeyDer::Sec1(der.into())).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NoCurve);
    }
    let error = pem::PrivateKey::from_der(&PrivateKeyDer::Sec1(vec![0x30, 3, 2].into())).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::MalformedKey);
}

#[test]
fn a_malformed_text_is_refused_with_its_line() {
    let read = |text: &str| pem::decode_private_key(text.as_bytes()).unwrap_err();
    malformed(&read("\n-----BEGIN PRIVATE KEY-----\nAAAA\n"), PemDefect::Unbalanced, 2);
    malformed(&read("-----BEGIN PRIVATE KEY-----\n-----END CERTIFICATE-----\n"), PemDefect::Unbalanced, 2);
    malformed(&read("-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n"), PemDefect::Unbalanced, 2);
    malformed(&read("-----BEGIN PRIVATE KEY-----\nA\u{e4}==\n-----END PRIVATE KEY-----\n"), PemDefect::Base64, 1);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    malformed(&read(old), PemDefect::Headers, 1);
    malformed(&read(&(private_key() + &private_key())), PemDefect::SeveralKeys, 29);
}

#[cfg(feature = "encrypted-keys")]
const ENCRYPTIONS: [(KeyEncryption, u64); 2] =
    [(KeyEncryption::Pbes2Aes256, 600_000), (KeyEncryption::Sha1TripleDes, 100_000)];

#[cfg(feature = "encrypted-keys")]
fn sealed(encryption: KeyEncryption, seed: u64) -> String {
    pem::encode_encrypted_private_key(&key().secret_pkcs8(), encryption, b"keypass", &mut rng(seed)).unwrap()
}

#[cfg(feature = "encrypted-keys")]
#[test]
fn an_encrypted_key_asks_for_its_password() {
    for (encryption, _) in ENCRYPTIONS {
        let sealed = sealed(encryption, 61);
        assert_eq!(pem::decode_private_key(sealed.as_bytes()).unwrap_err().kind(), &ErrorKind::EncryptedKey);
        let open =
            |password: &[u8]| pem::decode_encrypted_private_key(sealed.as_bytes(), password, KdfLimits::default());
        assert_eq!(open(b"keypass").unwrap().secret_pkcs8(), key().secret_pkcs8());
        assert_eq!(open(b"keypasS").unwrap_err().kind(), &ErrorKind::WrongPasswordOrDamaged);
        assert_eq!(open(b"").unwrap_err().kind(), &ErrorKind::WrongPasswordOrDamaged);
    }
}

#[cfg(feature = "encrypted-keys")]
#[test]
fn the_same_key_is_never_sealed_twice_alike() {
    for (encryption, _) in ENCRYPTIONS {
        assert_eq!(sealed(encryption, 62), sealed(encryption, 62));
        assert_ne!(sealed(encryption, 62), sealed(encryption, 63));
    }
}

/// The work that a file asks for is refused before any of it is done.
#[cfg(feature = "encrypted-keys")]
#[test]
fn a_costly_password_is_refused_at_once() {
    for (encryption, asked) in ENCRYPTIONS {
        let sealed = sealed(encryption, 64);
        let limit = u32::try_from(asked).unwrap() - 1;
        let limits = KdfLimits::default().with_pbkdf2_iterations(limit);
        let error = pem::decode_encrypted_private_key(sealed.as_bytes(), b"keypass", limits).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::KdfTooCostly { asked, limit: limit.into() });
    }
}

/// The key derivation of PKCS#12 takes the password's characters, so bytes that are none are refused; Java writes and reads
/// ASCII alone.
#[cfg(feature = "encrypted-keys")]
#[test]
fn a_password_that_is_not_utf8_is_refused_where_characters_count() {
    for password in ["p\u{e4}ss", "a\tb"] {
        let seal = |encryption| {
            pem::encode_encrypted_private_key(&key().secret_pkcs8(), encryption, password.as_bytes(), &mut rng(65))
        };
        seal(KeyEncryption::Pbes2Aes256).unwrap();
        let error = seal(KeyEncryption::Sha1TripleDes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the password must be printable ASCII, because Java accepts no other for SHA-1 with triple DES"
        );
    }
    let error = pem::decode_encrypted_private_key(
        sealed(KeyEncryption::Sha1TripleDes, 66).as_bytes(),
        b"\xff",
        KdfLimits::default(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the password must be UTF-8, because the key is encrypted with SHA-1 and triple DES"
    );
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", pem::encode_private_key(&key().secret_pkcs8())), "SecretPem([elided])");
    let read = pem::decode_private_key(private_key().as_bytes()).unwrap();
    assert_eq!(format!("{read:?}"), "PrivateKey([elided])");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(-----(BEGIN|END) (RSA |EC |ENCRYPTED )?(PRIVATE KEY|CERTIFICATE)-----\r?\n|[A-Za-z0-9+/=:\n ]{0,70}\n){0,8}") {
        check(pem::decode_certificates(text.as_bytes()).err(), &text);
        check(pem::decode_private_key(text.as_bytes()).err(), &text);
        #[cfg(feature = "encrypted-keys")]
        check(pem::decode_encrypted_private_key(text.as_bytes(), b"", KdfLimits::default()).err(), &text);
    }
}

/// An error is one of PEM, in a line of the text, or one of what is in it.
fn check(error: Option<certgen::Error>, text: &str) {
    let Some(error) = error else { return };
    match error.kind() {
        ErrorKind::MalformedPem { .. } => {
            let Some(Position::Line(line)) = error.position() else { panic!("{error}") };
            assert!((1..=text.split('\n').count()).contains(&line), "{text:?}: {error}");
        }
        ErrorKind::NothingInPem { .. } | ErrorKind::EncryptedKey | ErrorKind::MalformedKey | ErrorKind::NoCurve => {}
        _ => panic!("{text:?}: {error}"),
    }
}
