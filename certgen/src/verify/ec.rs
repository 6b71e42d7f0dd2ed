//! Checks ECDSA (RFC 5758) and Ed25519 (RFC 8410) signatures.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

use super::{Check, Signed};
use crate::digest::Digest;
use crate::public_key::{Curve, KeyAlgorithm, PublicKey};

macro_rules! verify_on {
    ($curve:ident, $key:expr, $digest:expr, $signature:expr) => {{
        use $curve::ecdsa::{DerSignature, VerifyingKey};
        match (VerifyingKey::from_sec1_bytes($key.bits()), DerSignature::from_bytes($signature)) {
            (Ok(key), Ok(signature)) => Check::of(&key.verify_prehash($digest, &signature)),
            _ => Check::Bad,
        }
    }};
}

pub(super) fn ecdsa(digest: Digest, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let (Some(digest), KeyAlgorithm::Ec { curve }) = (digest.of(signed.message), key.algorithm()) else {
        return Check::Unsupported;
    };
    match curve {
        Curve::P256 => verify_on!(p256, key, &digest, signed.signature),
        Curve::P384 => verify_on!(p384, key, &digest, signed.signature),
        Curve::P521 => verify_on!(p521, key, &digest, signed.signature),
        _ => Check::Unsupported,
    }
}

pub(super) fn ed25519(key: &PublicKey, signed: &Signed<'_>) -> Check {
    use ed25519_dalek::{Signature, VerifyingKey};
    let Ok(bytes) = <[u8; 32]>::try_from(key.bits()) else { return Check::Bad };
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(&bytes), Signature::from_slice(signed.signature)) else {
        return Check::Bad;
    };
    Check::of(&key.verify_strict(signed.message, &signature))
}
