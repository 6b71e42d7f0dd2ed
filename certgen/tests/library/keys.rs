//! Keys: drawn, written, read, compared.

use certgen::rand_core::CryptoRng;
use certgen::rustls_pki_types::PrivatePkcs8KeyDer;
use certgen::{Error, ErrorKind, KeyAlgorithm, KeyKind, KeyPair, NodeParams, PublicKey, Signer, SigningAlgorithm};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};

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

/// The two searches for a prime begin at what is drawn first, whether or not they run at once.
#[test]
fn a_drawn_key_is_the_one_that_rsa_draws() {
    for seed in 0..3 {
        let (mut ours, mut theirs) = (rng(seed), rng(seed));
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut ours).unwrap();
        let read = rsa::PrivateKey::from_pkcs8_der(key.secret_pkcs8().secret_pkcs8_der()).unwrap();
        let drawn = rsa::PrivateKey::new(&mut theirs, 2048).unwrap();
        assert_eq!((read.n(), read.e(), read.d()), (drawn.n(), drawn.e(), drawn.d()), "seed {seed}");
        assert_eq!(ours, theirs, "seed {seed}");
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
    assert_eq!(shown, "KeyPair { algorithm: RSA of 2048 bits, secret: [elided] }");
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
        assert_eq!(error.kind(), &ErrorKind::MalformedKey, "{length} bytes");
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

/// A device that keeps an RSA key, and does what its mode says.
#[derive(Debug)]
struct Device {
    key: KeyPair,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Works,
    Fails,
    /// It signs something else.
    Lies,
}

impl Signer for Device {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, algorithm: SigningAlgorithm, message: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, Error> {
        match self.mode {
            Mode::Works => self.key.sign(algorithm, message, rng),
            Mode::Fails => Err(Error::signer("slot 3 is empty")),
            Mode::Lies => self.key.sign(algorithm, b"something else", rng),
        }
    }
}

#[test]
fn a_key_in_a_device_signs_what_the_key_in_memory_signs() {
    let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now());
    let signed = |mode| node.self_signed(&Device { key: copy(key()), mode }, &mut rng(7));
    assert_eq!(signed(Mode::Works).unwrap(), node.self_signed(key(), &mut rng(7)).unwrap());
    let error = signed(Mode::Fails).unwrap_err();
    assert_eq!(error.to_string(), "the signer failed: slot 3 is empty");
    let error = signed(Mode::Lies).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::WrongSignature { key: KeyAlgorithm::Rsa { bits: 2048 } });
    assert_eq!(
        error.to_string(),
        "the signer's signature cannot be verified with the public key, which is RSA of 2048 bits"
    );
}

#[test]
fn an_algorithm_of_another_key_is_refused() {
    let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now());
    let error = node.signing_algorithm(SigningAlgorithm::Sha384WithEcdsa).self_signed(key(), &mut rng(8)).unwrap_err();
    assert_eq!(error.to_string(), "a key that is RSA of 2048 bits cannot sign with SHA384withECDSA");
}

/// A key of an algorithm that is not signed with is called by its name.
#[test]
fn a_key_of_another_algorithm_is_named() {
    // PrivateKeyInfo: version 0, the algorithm, an empty key.
    let refused = |oid: &[u8], parameters: &[u8]| {
        let algorithm = [&[6, u8::try_from(oid.len()).unwrap()], oid, parameters].concat();
        let content = [&[2, 1, 0, 0x30, u8::try_from(algorithm.len()).unwrap()], &algorithm[..], &[4, 0]].concat();
        let der = [&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat();
        KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(der)).unwrap_err().to_string()
    };
    let ec = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    let on = |curve: &[u8]| refused(&ec, &[&[6, u8::try_from(curve.len()).unwrap()], curve].concat());
    assert_eq!(refused(&[0x2b, 0x65, 0x71], &[]), "the private key is Ed448, which is not supported");
    assert_eq!(refused(&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], &[]), "the private key is DSA, which is not supported");
    assert_eq!(on(&[0x2b, 0x81, 4, 0, 10]), "the private key is EC on secp256k1, which is not supported");
    assert_eq!(refused(&ec, &[0x30, 0]), "the private key is EC on a curve without a name, which is not supported");
    assert_eq!(refused(&[0x2a, 3], &[]), "the private key is the algorithm 1.2.3, which is not supported");
    #[cfg(not(feature = "ec"))]
    assert_eq!(
        on(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
        "the private key is EC on prime256v1, which needs the feature `ec`"
    );
}

#[cfg(feature = "ec")]
mod ec {
    use certgen::{CertificateInfo, Curve, SelfSigned};

    use super::*;

    const KINDS: [(KeyKind, KeyAlgorithm, &str); 3] = [
        (KeyKind::EcP256, KeyAlgorithm::Ec { curve: Curve::P256 }, "SHA256withECDSA"),
        (KeyKind::EcP384, KeyAlgorithm::Ec { curve: Curve::P384 }, "SHA384withECDSA"),
        (KeyKind::Ed25519, KeyAlgorithm::Ed25519, "Ed25519"),
    ];

    #[test]
    fn each_kind_is_drawn_written_read_and_signs_with_its_own_algorithm() {
        let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now());
        for (kind, algorithm, signature) in KINDS {
            let drawn = |seed| KeyPair::generate(kind, &mut rng(seed)).unwrap();
            assert_eq!(drawn(1).secret_pkcs8(), drawn(1).secret_pkcs8());
            assert_ne!(drawn(1).secret_pkcs8(), drawn(2).secret_pkcs8());
            let key = drawn(1);
            assert_eq!(key.public_key().algorithm(), &algorithm);
            assert_eq!(copy(&key).secret_pkcs8(), key.secret_pkcs8());
            assert_eq!(format!("{key:?}"), format!("KeyPair {{ algorithm: {algorithm}, secret: [elided] }}"));
            let certificate = node.self_signed(&key, &mut rng(3)).unwrap();
            let about = CertificateInfo::read(&certificate).unwrap();
            assert_eq!(about.signature_algorithm().to_string(), signature);
            assert_eq!(about.self_signed(), SelfSigned::Yes);
            assert!(key.matches(&certificate).unwrap());
        }
    }

    /// Each curve with each digest of at least half its length; nothing else.
    #[test]
    fn every_digest_that_fits_is_signed_with() {
        use SigningAlgorithm::{Ed25519, Sha256WithEcdsa, Sha256WithRsa, Sha384WithEcdsa, Sha512WithEcdsa};
        let p521 = certgen::pem::decode_private_key(include_bytes!("../fixtures/openssl-p521.pem")).unwrap();
        let p521 = KeyPair::from_pkcs8(&p521.secret_pkcs8()).unwrap();
        let drawn = |kind| KeyPair::generate(kind, &mut rng(9)).unwrap();
        let ecdsa = [Sha256WithEcdsa, Sha384WithEcdsa, Sha512WithEcdsa];
        for (key, fitting) in [
            (drawn(KeyKind::EcP256), &ecdsa[..]),
            (drawn(KeyKind::EcP384), &ecdsa),
            (p521, &ecdsa[1..]),
            (drawn(KeyKind::Ed25519), &[Ed25519]),
        ] {
            for algorithm in [Sha256WithEcdsa, Sha384WithEcdsa, Sha512WithEcdsa, Ed25519, Sha256WithRsa] {
                let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now()).signing_algorithm(algorithm);
                match node.self_signed(&key, &mut rng(10)) {
                    Ok(certificate) => {
                        assert!(fitting.contains(&algorithm), "{key:?} {algorithm}");
                        let about = CertificateInfo::read(&certificate).unwrap();
                        assert_eq!(about.self_signed(), SelfSigned::Yes, "{key:?} {algorithm}");
                    }
                    Err(error) => {
                        assert!(!fitting.contains(&algorithm), "{key:?} {algorithm}");
                        let key = key.public_key().algorithm().clone();
                        assert_eq!(error.kind(), &ErrorKind::UnsuitableAlgorithm { algorithm, key });
                    }
                }
            }
        }
    }

    #[test]
    fn a_truncated_key_is_malformed_at_every_length() {
        for (kind, ..) in KINDS {
            let key = KeyPair::generate(kind, &mut rng(11)).unwrap();
            let secret = key.secret_pkcs8();
            let der = secret.secret_pkcs8_der();
            for length in 0..der.len() {
                let error = KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(&der[..length])).unwrap_err();
                assert_eq!(error.kind(), &ErrorKind::MalformedKey, "{length} bytes of {kind:?}");
            }
        }
    }

    /// A changed bit is refused, or makes a key whose two halves belong together.
    #[test]
    fn a_flipped_bit_never_gives_a_key_that_does_not_sign() {
        let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(now());
        for (kind, ..) in KINDS {
            let key = KeyPair::generate(kind, &mut rng(12)).unwrap();
            let secret = key.secret_pkcs8();
            for place in 0..secret.secret_pkcs8_der().len() {
                let mut flipped = secret.secret_pkcs8_der().to_vec();
                flipped[place] ^= 1 << (place % 8);
                if let Ok(read) = KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(flipped)) {
                    node.self_signed(&read, &mut rng(13)).unwrap();
                }
            }
        }
    }
}
