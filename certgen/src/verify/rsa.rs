//! RSA signatures (RFC 8017, section 8).

use rsa::traits::SignatureScheme;
use rsa::{Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

use super::{Check, Signed};
use crate::public_key::PublicKey;

/// In bytes: more than the largest key has room for, so a longer salt fails as this one does.
const MAX_SALT_LENGTH: usize = 1024;

/// RSASSA-PKCS1-v1_5.
pub(super) fn pkcs1(digest: &str, key: &PublicKey, signed: &Signed<'_>) -> Check {
    match digest {
        "SHA1" => verify::<Sha1>(Pkcs1v15Sign::new::<Sha1>(), key, signed),
        "SHA224" => verify::<Sha224>(Pkcs1v15Sign::new::<Sha224>(), key, signed),
        "SHA256" => verify::<Sha256>(Pkcs1v15Sign::new::<Sha256>(), key, signed),
        "SHA384" => verify::<Sha384>(Pkcs1v15Sign::new::<Sha384>(), key, signed),
        "SHA512" => verify::<Sha512>(Pkcs1v15Sign::new::<Sha512>(), key, signed),
        _ => Check::Unsupported,
    }
}

/// RSASSA-PSS, where message and mask have the same digest.
pub(super) fn pss(algorithm: &AlgorithmIdentifier<'_>, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) = SignatureAlgorithm::try_from(algorithm) else {
        return Check::Unsupported;
    };
    let digest = parameters.hash_algorithm_oid();
    let same = parameters.mask_gen_algorithm().is_ok_and(|mask| &mask.hash == digest);
    let salt = usize::try_from(parameters.salt_length()).map_or(MAX_SALT_LENGTH, |salt| salt.min(MAX_SALT_LENGTH));
    match digest.to_id_string().as_str() {
        _ if !same => Check::Unsupported,
        "1.3.14.3.2.26" => verify::<Sha1>(Pss::<Sha1>::new_with_salt(salt), key, signed),
        "2.16.840.1.101.3.4.2.4" => verify::<Sha224>(Pss::<Sha224>::new_with_salt(salt), key, signed),
        "2.16.840.1.101.3.4.2.1" => verify::<Sha256>(Pss::<Sha256>::new_with_salt(salt), key, signed),
        "2.16.840.1.101.3.4.2.2" => verify::<Sha384>(Pss::<Sha384>::new_with_salt(salt), key, signed),
        "2.16.840.1.101.3.4.2.3" => verify::<Sha512>(Pss::<Sha512>::new_with_salt(salt), key, signed),
        _ => Check::Unsupported,
    }
}

fn verify<D: Digest>(scheme: impl SignatureScheme, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let Some(key) = key.rsa() else { return Check::Unsupported };
    Check::of(&key.verify(scheme, &D::digest(signed.message), signed.signature))
}
