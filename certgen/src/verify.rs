//! Checking the signatures of certificates.

use std::fmt;

use rsa::Pkcs1v15Sign;
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use x509_parser::certificate::X509Certificate;
use x509_parser::x509::AlgorithmIdentifier;

use crate::public_key::PublicKey;

/// The algorithm that a certificate is signed with, by the name that Java gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedWith {
    oid: String,
}

/// Whether a certificate is signed with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SelfSigned {
    /// Subject and issuer are the same, and the signature is good under the certificate's own key.
    Yes,
    /// Subject and issuer differ, or the signature is not good under the certificate's own key.
    No,
    /// Subject and issuer are the same, but this library cannot check a signature of this algorithm.
    Unchecked,
}

impl SignedWith {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        Self { oid: algorithm.algorithm.to_id_string() }
    }

    /// The object identifier.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// Whether the digest is one that collisions are known for: MD2, MD5 or SHA-1.
    pub fn is_weak(&self) -> bool {
        ["MD2", "MD5", "SHA1"].iter().any(|digest| name(&self.oid).is_some_and(|name| name.starts_with(digest)))
    }
}

impl fmt::Display for SignedWith {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(name(&self.oid).unwrap_or(&self.oid))
    }
}

fn name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.2" => "MD2withRSA",
        "1.2.840.113549.1.1.4" => "MD5withRSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA1withRSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA256withRSA",
        "1.2.840.113549.1.1.12" => "SHA384withRSA",
        "1.2.840.113549.1.1.13" => "SHA512withRSA",
        "1.2.840.113549.1.1.14" => "SHA224withRSA",
        "1.2.840.10040.4.3" => "SHA1withDSA",
        "2.16.840.1.101.3.4.3.1" => "SHA224withDSA",
        "2.16.840.1.101.3.4.3.2" => "SHA256withDSA",
        "1.2.840.10045.4.1" => "SHA1withECDSA",
        "1.2.840.10045.4.3.1" => "SHA224withECDSA",
        "1.2.840.10045.4.3.2" => "SHA256withECDSA",
        "1.2.840.10045.4.3.3" => "SHA384withECDSA",
        "1.2.840.10045.4.3.4" => "SHA512withECDSA",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        _ => return None,
    })
}

/// What became of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Good,
    Bad,
    Unsupported,
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
    let (message, signature) = (certificate.tbs_certificate.as_ref(), certificate.signature_value.data.as_ref());
    let oid = SignedWith::of(&certificate.signature_algorithm);
    match name(oid.oid()) {
        Some("SHA1withRSA") => pkcs1::<Sha1>(Pkcs1v15Sign::new::<Sha1>(), key, message, signature),
        Some("SHA224withRSA") => pkcs1::<Sha224>(Pkcs1v15Sign::new::<Sha224>(), key, message, signature),
        Some("SHA256withRSA") => pkcs1::<Sha256>(Pkcs1v15Sign::new::<Sha256>(), key, message, signature),
        Some("SHA384withRSA") => pkcs1::<Sha384>(Pkcs1v15Sign::new::<Sha384>(), key, message, signature),
        Some("SHA512withRSA") => pkcs1::<Sha512>(Pkcs1v15Sign::new::<Sha512>(), key, message, signature),
        _ => Check::Unsupported,
    }
}

fn pkcs1<D: Digest>(scheme: Pkcs1v15Sign, key: &PublicKey, message: &[u8], signature: &[u8]) -> Check {
    let Some(key) = key.rsa() else { return Check::Unsupported };
    match key.verify(scheme, &D::digest(message), signature) {
        Ok(()) => Check::Good,
        Err(_) => Check::Bad,
    }
}
