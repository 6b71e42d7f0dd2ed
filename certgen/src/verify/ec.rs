//! ECDSA (RFC 5758) and Ed25519 (RFC 8410) signatures.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

use super::{Check, Signed};
use crate::public_key::{KeyAlgorithm, PublicKey};

/// The three curves are three types with the same methods.
macro_rules! verify_on {
    ($curve:ident, $key:expr, $digest:expr, $signature:expr) => {{
        use $curve::ecdsa::{DerSignature, VerifyingKey};
        match (VerifyingKey::from_sec1_bytes($key.bits()), DerSignature::from_bytes($signature)) {
            (Ok(key), Ok(signature)) => Check::of(&key.verify_prehash($digest, &signature)),
            _ => Check::Bad,
        }
    }};
}

/// ECDSA on the curves that Java and TLS share.
pub(super) fn ecdsa(digest: &str, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let (Some(digest), KeyAlgorithm::Ec { curve }) = (prehash(digest, signed.message), key.algorithm()) else {
        return Check::Unsupported;
    };
    match curve.as_str() {
        "prime256v1" => verify_on!(p256, key, &digest, signed.signature),
        "secp384r1" => verify_on!(p384, key, &digest, signed.signature),
        "secp521r1" => verify_on!(p521, key, &digest, signed.signature),
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

fn prehash(digest: &str, message: &[u8]) -> Option<Vec<u8>> {
    Some(match digest {
        "SHA1" => Sha1::digest(message).to_vec(),
        "SHA224" => Sha224::digest(message).to_vec(),
        "SHA256" => Sha256::digest(message).to_vec(),
        "SHA384" => Sha384::digest(message).to_vec(),
        "SHA512" => Sha512::digest(message).to_vec(),
        _ => return None,
    })
}
