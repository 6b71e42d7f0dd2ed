//! Checking the signatures of certificates.

#[cfg(feature = "ec")]
mod ec;
mod rsa;

use x509_parser::certificate::X509Certificate;

use crate::public_key::PublicKey;
use crate::signature_algorithm::SignatureAlgorithm;

/// Whether a certificate is signed with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfSigned {
    /// Subject and issuer are the same, and the signature is good under the certificate's own key.
    Yes,
    /// Subject and issuer differ, or the signature is not good under the certificate's own key.
    No,
    /// Subject and issuer are the same, but this build cannot check a signature of this algorithm: ECDSA and Ed25519 need
    /// the feature `ec`; DSA, Ed448 and others are not supported.
    Unchecked,
}

/// What became of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Good,
    Bad,
    Unsupported,
}

/// What is signed, and the signature.
struct Signed<'a> {
    message: &'a [u8],
    signature: &'a [u8],
}

pub(crate) fn self_signed(certificate: &X509Certificate<'_>, key: &PublicKey) -> SelfSigned {
    if certificate.subject().as_raw() != certificate.issuer().as_raw() {
        return SelfSigned::No;
    }
    match check(certificate, key) {
        Check::Good => SelfSigned::Yes,
        Check::Bad => SelfSigned::No,
        Check::Unsupported => SelfSigned::Unchecked,
    }
}

/// Whether `certificate` is signed with `key`.
pub(crate) fn check(certificate: &X509Certificate<'_>, key: &PublicKey) -> Check {
    let signed =
        Signed { message: certificate.tbs_certificate.as_ref(), signature: certificate.signature_value.data.as_ref() };
    let algorithm = &certificate.signature_algorithm;
    let Some(name) = SignatureAlgorithm::of(algorithm).name() else { return Check::Unsupported };
    match name.split_once("with") {
        Some((digest, "RSA")) => rsa::pkcs1(digest, key, &signed),
        None if name == "RSASSA-PSS" => rsa::pss(algorithm, key, &signed),
        #[cfg(feature = "ec")]
        Some((digest, "ECDSA")) => ec::ecdsa(digest, key, &signed),
        #[cfg(feature = "ec")]
        None if name == "Ed25519" => ec::ed25519(key, &signed),
        _ => Check::Unsupported,
    }
}

impl Check {
    fn of<E>(verified: &Result<(), E>) -> Self {
        if verified.is_ok() { Self::Good } else { Self::Bad }
    }
}
