//! Checks the signatures of certificates and requests.

mod dsa;
#[cfg(feature = "ec")]
mod ec;
mod rsa;

use crate::public_key::PublicKey;
use crate::signature_algorithm::SignatureScheme;

pub(crate) use rsa::padding;

/// Whether a certificate is signed with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfSigned {
    /// Subject and issuer are the same, and the certificate's own key verifies the signature.
    Yes,
    /// Subject and issuer differ, or the certificate's own key does not verify the signature.
    No,
    /// Subject and issuer are the same, but this build cannot check the signature.
    ///
    /// ECDSA and Ed25519 need the feature `ec`; Ed448 and some other algorithms are not supported.
    Unchecked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Good,
    Bad,
    Unsupported,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) scheme: Option<SignatureScheme>,
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a [u8],
}

impl Signed<'_> {
    pub(crate) fn check(&self, key: &PublicKey) -> Check {
        match self.scheme {
            Some(SignatureScheme::Rsa(digest)) => rsa::pkcs1(digest, key, self),
            Some(SignatureScheme::RsaPss(Some(parameters))) => rsa::pss(parameters, key, self),
            Some(SignatureScheme::Dsa(digest)) => dsa::dsa(digest, key, self),
            #[cfg(feature = "ec")]
            Some(SignatureScheme::Ecdsa(digest)) => ec::ecdsa(digest, key, self),
            #[cfg(feature = "ec")]
            Some(SignatureScheme::Ed25519) => ec::ed25519(key, self),
            _ => Check::Unsupported,
        }
    }
}

impl Check {
    fn of<E>(verified: &Result<(), E>) -> Self {
        if verified.is_ok() { Self::Good } else { Self::Bad }
    }
}
