//! Keys: drawn, written, read, compared.

use certgen::rustls_pki_types::PrivatePkcs8KeyDer;
use certgen::{KeyAlgorithm, KeyKind, KeyPair, NodeParams};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PrivateKeyParts as _;

use crate::workshop::{copy, key, keys, now, rng};

#[test]
fn the_same_generator_gives_the_same_key() {
    let key = |seed| KeyPair::generate(KeyKind::Rsa2048, &mut rng(seed)).unwrap();
    assert_eq!(key(1).secret_pkcs8(), key(1).secret_pkcs8());
    assert_ne!(key(1).secret_pkcs8(), key(2).secret_pkcs8());
}

#[test]
fn every_size_is_the_size_it_says() {
    for (size, bits) in [(KeyKind::Rsa2048, 2048), (KeyKind::Rsa3072, 3072), (KeyKind::Rsa4096, 4096)] {
        let key = KeyPair::generate(size, &mut rng(3)).unwrap();
        assert_eq!(key.public_key().algorithm(), &KeyAlgorithm::Rsa { bits });
    }
}

#[test]
fn the_larger_prime_stands_first() {
    for seed in 0..4 {
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng(seed)).unwrap();
        let read = rsa::PrivateKey::from_pkcs8_der(key.secret_pkcs8().secret_pkcs8_der()).unwrap();
        assert!(read.primes()[0] > read.primes()[1], "seed {seed}");
    }
}

#[test]
fn a_key_is_read_as_it_was_written() {
    assert_eq!(copy(key()).secret_pkcs8(), key().secret_pkcs8());
}

#[test]
fn a_key_matches_its_own_certificate_only() {
    let certificate =
        NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now()).self_signed(key(), &mut rng(4)).unwrap();
    assert!(key().matches(&certificate).unwrap());
    assert!(!keys()[0].matches(&certificate).unwrap());
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", key());
    assert_eq!(shown, "KeyPair { bits: 2048, secret: [elided] }");
}

/// Blinding draws from the caller's generator and leaves the signature as it is (RFC 8017, section 8.2.1).
#[test]
fn a_signature_does_not_depend_on_the_generator() {
    let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now());
    let node = node.serial(certgen::SerialNumber::from_unsigned_bytes(&[1]).unwrap());
    let signed = |seed| node.self_signed(key(), &mut rng(seed)).unwrap();
    assert_eq!(signed(5), signed(6));
}

#[test]
fn a_truncated_key_is_malformed_at_every_length() {
    let secret = key().secret_pkcs8();
    let der = secret.secret_pkcs8_der();
    for length in 0..der.len() {
        let error = KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(&der[..length])).unwrap_err();
        assert_eq!(error.kind(), &certgen::ErrorKind::MalformedKey, "{length} bytes");
    }
}

/// A flipped bit is either refused or one that says nothing about the key.
#[test]
fn a_flipped_bit_never_gives_another_key() {
    let secret = key().secret_pkcs8();
    let der = secret.secret_pkcs8_der();
    for place in 0..der.len() {
        let mut flipped = der.to_vec();
        flipped[place] ^= 1 << (place % 8);
        if let Ok(read) = KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(flipped)) {
            assert_eq!(read.secret_pkcs8(), key().secret_pkcs8(), "byte {place}");
        }
    }
}
