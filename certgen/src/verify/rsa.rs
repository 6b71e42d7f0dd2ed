//! Checks RSA signatures (RFC 8017, section 8).

use rsa::traits::SignatureScheme;
use rsa::{Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::{Check, Signed};
use crate::digest::Digest;
use crate::public_key::PublicKey;
use crate::signature_algorithm::PssParameters;

/// The longest salt that is accepted, in bytes.
///
/// Only RSA keys of more than 8192 bits have room for a longer salt.
const MAX_SALT_LENGTH: usize = 1024;

pub(super) fn pkcs1(digest: Digest, key: &PublicKey, signed: &Signed<'_>) -> Check {
    padding(digest).map_or(Check::Unsupported, |padding| verify(padding, digest, key, signed))
}

pub(crate) fn padding(digest: Digest) -> Option<Pkcs1v15Sign> {
    Some(match digest {
        Digest::Md2 | Digest::Md5 => return None,
        Digest::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
        Digest::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
        Digest::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Digest::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Digest::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        Digest::Sha512Of224 => Pkcs1v15Sign::new::<Sha512_224>(),
        Digest::Sha512Of256 => Pkcs1v15Sign::new::<Sha512_256>(),
    })
}

pub(super) fn pss(parameters: PssParameters, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let PssParameters { digest, mask_digest, salt_length } = parameters;
    let salt = usize::try_from(salt_length).map_or(MAX_SALT_LENGTH, |salt| salt.min(MAX_SALT_LENGTH));
    match digest {
        _ if digest != mask_digest => Check::Unsupported,
        Digest::Sha1 => verify(Pss::<Sha1>::new_with_salt(salt), digest, key, signed),
        Digest::Sha224 => verify(Pss::<Sha224>::new_with_salt(salt), digest, key, signed),
        Digest::Sha256 => verify(Pss::<Sha256>::new_with_salt(salt), digest, key, signed),
        Digest::Sha384 => verify(Pss::<Sha384>::new_with_salt(salt), digest, key, signed),
        Digest::Sha512 => verify(Pss::<Sha512>::new_with_salt(salt), digest, key, signed),
        _ => Check::Unsupported,
    }
}

fn verify(scheme: impl SignatureScheme, digest: Digest, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let (Some(key), Some(digest)) = (key.rsa(), digest.of(signed.message)) else { return Check::Unsupported };
    Check::of(&key.verify(scheme, &digest, signed.signature))
}
