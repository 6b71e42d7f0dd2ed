//! Gives keys that keystore-core opens to aws-lc-rs. `ring` is tested in keystore-core's own tests.
#![cfg(feature = "aws-lc")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RsaKeyPair};
use aws_lc_rs::signature::{ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm};
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Password, Protection, SealedKey};

/// An EC key as Java writes it, without its public half, completed from its certificate.
#[test]
fn completed_ec_keys_are_taken() {
    let cases: [(&[u8], &[u8], &EcdsaSigningAlgorithm); 3] = [
        (
            include_bytes!("../../keystore-core/tests/data/ec-private-only.pkcs8"),
            include_bytes!("../../keystore-core/tests/data/ec.cer"),
            &ECDSA_P256_SHA256_ASN1_SIGNING,
        ),
        (
            include_bytes!("../../keystore-core/tests/data/ec384-private-only.pkcs8"),
            include_bytes!("../../keystore-core/tests/data/ec384.cer"),
            &ECDSA_P384_SHA384_ASN1_SIGNING,
        ),
        (
            include_bytes!("../../keystore-core/tests/data/ec521-private-only.pkcs8"),
            include_bytes!("../../keystore-core/tests/data/ec521.cer"),
            &ECDSA_P521_SHA512_ASN1_SIGNING,
        ),
    ];
    for (key, certificate, curve) in cases {
        let completed = opened(key).completed(&CertificateDer::from(certificate)).unwrap();
        EcdsaKeyPair::from_pkcs8(curve, completed.secret_pkcs8().secret_pkcs8_der()).unwrap();
    }
}

/// A key with the attributes field of PKCS#8, as Windows writes it.
#[test]
fn keystores_41_a_key_with_attributes_is_taken() {
    let key = include_bytes!("../../keystore-core/tests/data/node0-attributes.pkcs8");
    RsaKeyPair::from_pkcs8(opened(key).secret_pkcs8().secret_pkcs8_der()).unwrap();
}

/// Seals the key and opens it again.
fn opened(key: &[u8]) -> keystore_core::PrivateKey {
    let password = Password::new("changeit");
    let sealed = SealedKey::seal(&PrivatePkcs8KeyDer::from(key), &password, Protection::Jks, &mut rand::rng());
    sealed.unwrap().open(&password).unwrap()
}
