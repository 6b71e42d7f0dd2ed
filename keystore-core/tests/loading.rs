//! Tests which files load in Java, and the first reason why a file does not. The test `foreign` compares thousands of
//! mutants with Java.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

mod common;
#[path = "common/elements.rs"]
mod elements;

use common::{password, rng};
use elements::{with_null_after, without_last};
use keystore_core::{
    Defect, Entry, ErrorKind, Format, Java, Jks, KeyStore, Limit, Limits, MissingMac, Part, Password, Profile,
    Protection, SealedKey, SealedSecretKey, SecretKey, decode, decode_unverified, decode_within, jks, loads, pkcs12,
};

fn trusted() -> KeyStore<'static> {
    let mut keystore = KeyStore::new();
    keystore.insert(common::trusted("peer")).unwrap();
    keystore
}

/// The bytes with one byte changed, `place` bytes after the only occurrence of `mark`.
fn changed(bytes: &[u8], mark: &[u8], place: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let start = bytes.windows(mark.len()).position(|window| window == mark).unwrap();
    bytes[start + place] = byte;
    bytes
}

fn refusal(bytes: &[u8]) -> ErrorKind {
    loads(Java::V17, bytes, None).unwrap_err().kind().clone()
}

#[test]
fn a_certificate_is_read_before_what_follows_it() {
    let jks = jks::encode(&trusted(), &password()).unwrap();
    // The tag of the certificate's content is changed, and the digest is missing.
    let certificate = changed(&jks, b"X.509", 5 + 4 + 4, 0x31);
    let error = loads(Java::V17, &certificate[..certificate.len() - 30], Some(&password())).unwrap_err();
    assert_eq!(error.entry(), None, "the certificate is cut, too: {error}");
    let error = loads(Java::V17, &certificate[..certificate.len() - 20], Some(&password())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Certificate(_)), "{error}");
    assert_eq!(error.entry(), Some("peer"));
}

#[test]
fn without_a_password_a_jks_needs_no_digest() {
    let jks = jks::encode(&trusted(), &password()).unwrap();
    let cut = &jks[..jks.len() - 20];
    assert_eq!(loads(Java::V17, cut, None), Ok(()));
    assert_eq!(
        loads(Java::V17, cut, Some(&password())).unwrap_err().kind(),
        &ErrorKind::Truncated { needed: 20, available: 0 }
    );
}

#[test]
fn without_a_password_java_passes_over_what_it_does_not_read() {
    let pfx = pkcs12::encode(&trusted(), &password(), &Profile::PASSWORDLESS, &mut rng()).unwrap();
    // The attributes of the bag, whose first is the name, are not a SET.
    let name = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
    let attributes = pfx.windows(name.len()).position(|window| window == name).unwrap() - 4;
    assert_eq!(pfx[attributes], 0x31);
    let mut unset = pfx.clone();
    unset[attributes] = 0x30;
    assert_eq!(loads(Java::V17, &unset, None), Ok(()));
    assert_eq!(decode_unverified(&unset).unwrap_err().kind(), &ErrorKind::Malformed(Defect::Structure(Part::SafeBag)));
    // The name is not a BMPString.
    assert_eq!(refusal(&changed(&pfx, name, name.len() + 2, 0x0c)), ErrorKind::Malformed(Defect::FriendlyName));
}

/// Java, OpenSSL and Bouncy Castle refuse such a MAC and such a key. The test `foreign` shows what Java does elsewhere.
#[test]
fn no_element_follows_the_parameters_of_an_algorithm() {
    const SHA_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    let pfx = pkcs12::encode(&trusted(), &password(), &Profile::JAVA_17.with_iterations(1), &mut rng()).unwrap();
    assert!(decode(&pfx, &password()).is_ok());
    let malformed = ErrorKind::Malformed(Defect::Structure(Part::AlgorithmIdentifier));
    let changed = with_null_after(SHA_256, &pfx);
    assert_eq!(decode(&changed, &password()).unwrap_err().kind(), &malformed);
    for java in [Java::V8, Java::V17, Java::V25] {
        assert_eq!(loads(java, &changed, Some(&password())).unwrap_err().kind(), &malformed);
    }
    // Java up to 17 ignores such an element in the encryption of a part, and the part can still be decoded.
    let part = with_null_after(PBES2, &without_last(&pfx));
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    assert_eq!(decode_within(&part, &password(), &limits).unwrap().view().len(), 1);
    assert_eq!(loads(Java::V17, &part, Some(&password())), Ok(()));
    assert_eq!(loads(Java::V25, &part, Some(&password())).unwrap_err().kind(), &malformed);
    let sealed = common::sealed(Protection::Pkcs12(Profile::JAVA_17.with_iterations(1)), &password());
    let sealed = SealedKey::from_unchecked_der(with_null_after(PBES2, sealed.as_der()));
    let malformed = ErrorKind::Malformed(Defect::EncryptedPrivateKeyInfo);
    assert_eq!(sealed.open(&password()).unwrap_err().kind(), &malformed);
}

#[test]
fn java_asks_a_serialized_key_for_the_version_of_its_class() {
    let protection = Protection::Jceks { iterations: 7 };
    let secret =
        SealedSecretKey::seal(&SecretKey::new("AES", vec![7; 16]), &password(), protection, &mut rng()).unwrap();
    let mut keystore = KeyStore::new();
    keystore.insert(Entry::new_secret_key("secret", secret, common::CREATED)).unwrap();
    let jceks = jks::encode_jceks(&keystore, &password()).unwrap();
    let class = b"javax.crypto.SealedObject";
    assert_eq!(loads(Java::V17, &jceks, None), Ok(()));
    assert_eq!(refusal(&changed(&jceks, class, class.len(), 0)), ErrorKind::Malformed(Defect::JavaObject));
    // A superclass that Java does not know is skipped, with its fields.
    assert_eq!(loads(Java::V17, &changed(&jceks, class, 0, b'J'), None), Ok(()));
    // The type of a field is the first letter of its signature.
    let defect = ErrorKind::Malformed(Defect::JavaObject);
    assert_eq!(refusal(&changed(&jceks, b"Ljava/lang/String;", 0, b'D')), defect);
    assert_eq!(refusal(&changed(&jceks, b"encodedParamst\0\x02[B", 16, b'K')), defect);
    // A negative number of fields is none.
    let fields = b"\xcd\x57\xca\x59\xe7\x30\xbb\x53\x02";
    assert_eq!(loads(Java::V17, &changed(&jceks, fields, fields.len(), 0x80), None), Ok(()));
    // The name of a class is text.
    assert_eq!(refusal(&changed(&jceks, class, 0, 0xff)), ErrorKind::Malformed(Defect::ModifiedUtf8));
}

#[cfg(feature = "bcfks")]
#[test]
fn the_keys_of_a_bcfks_share_the_work_of_scrypt() {
    use keystore_core::bcfks;

    let key = common::sealed(Protection::Bcfks(bcfks::Profile::BCPROV.with_scrypt(17, 8)), &password());
    let mut store = bcfks::Bcfks::new(bcfks::Profile::BCPROV.with_iterations(1), common::CREATED).unwrap();
    for alias in ["one", "two", "three"] {
        let entry = Entry::new_private_key(alias.to_owned(), key.clone(), vec![common::certificate()], common::CREATED);
        store.insert(&entry).unwrap();
    }
    let bytes = store.encode(&password(), &mut rng()).unwrap();
    let allowed = Limits::default().scrypt_work;
    // The work of one key is 2^17 times 8 times 8, half of the limit.
    let exceeded = ErrorKind::LimitExceeded { limit: Limit::ScryptWork, found: allowed / 2 * 3, allowed };
    let error = bcfks::loads_keys(bcfks::Provider::Bcprov, &bytes, Some(&password()), &password()).unwrap_err();
    assert_eq!(*error.kind(), exceeded);
    let mut store = decode(&bytes, &password()).unwrap();
    let error = store.change_key_passwords(&password(), &Password::new("other"), &mut rng()).unwrap_err();
    assert_eq!(*error.kind(), exceeded);
    assert_eq!(store.change_key_password("three", &password(), &Password::new("other"), &mut rng()), Ok(()));
}

#[test]
fn a_jks_may_have_a_key_with_a_negative_number_of_certificates() {
    let sealed = common::sealed(Protection::Jks, &password());
    let mut keystore = KeyStore::new();
    keystore.insert(common::key_entry("key")).unwrap();
    for (format, bytes) in [
        (Format::Jks, jks::encode(&keystore, &password()).unwrap()),
        (Format::Jceks, jks::encode_jceks(&keystore, &password()).unwrap()),
    ] {
        let key = sealed.as_der();
        let end = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
        let negative = [&bytes[..end], &[0xff; 4], &[0; 20]].concat();
        let decoded = Jks::decode_unverified(&negative);
        if format == Format::Jks {
            let encoded = decoded.unwrap().encode(&password()).unwrap();
            assert_eq!(encoded[..encoded.len() - 20], negative[..negative.len() - 20]);
            assert_eq!(loads(Java::V17, &encoded, Some(&password())), Ok(()));
            let store = decode(&encoded, &password()).unwrap();
            assert!(store.view().private_key("key").unwrap().open(&password()).is_ok());
        } else {
            let negative_count = ErrorKind::Malformed(Defect::NegativeCount(-1));
            assert_eq!(decoded.unwrap_err().kind(), &negative_count);
            assert_eq!(refusal(&negative), negative_count);
        }
    }
}
