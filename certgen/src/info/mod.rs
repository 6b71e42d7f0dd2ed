//! The content of a certificate.

mod extensions;
mod locate;

use std::net::IpAddr;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::prelude::FromDer as _;

use crate::error::{CertificatePart, Error, ErrorKind, Position};
use crate::extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use crate::fingerprint::Fingerprint;
use crate::name::DistinguishedName;
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::time::Time;
use crate::validity::Validity;
use crate::verify::{Check, SelfSigned, Signed};

pub(crate) use extensions::Extensions;

/// The content of a certificate (RFC 5280, section 4).
///
/// [`read`](Self::read) checks the syntax, but neither the dates nor the signature. Unknown algorithms, a negative serial
/// number and a validity that ends before it starts are accepted, as in Java. An extension with unreadable content is
/// listed in [`unreadable_extensions`](Self::unreadable_extensions), and its content is ignored.
#[derive(Clone, Debug)]
pub struct CertificateInfo {
    subject: DistinguishedName,
    issuer: DistinguishedName,
    serial: SerialNumber,
    validity: Validity,
    public_key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    tbs: Vec<u8>,
    signature: Vec<u8>,
    extensions: Extensions,
    sha256: Fingerprint,
}

/// Whether the subject may issue certificates (RFC 5280, section 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BasicConstraints {
    /// The subject may issue certificates.
    Authority {
        /// The maximum number of authorities below the subject in a path, without self-issued ones.
        ///
        /// `None` means no limit.
        path_length: Option<u32>,
    },
    /// The subject may not issue certificates.
    EndEntity,
}

impl CertificateInfo {
    /// Reads one certificate.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedCertificate`](crate::ErrorKind::MalformedCertificate), which names the part.
    pub fn read(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let (parsed, public_key) = parse(certificate).map_err(|part| match locate::fault(certificate) {
            Some((part, offset)) => Error::at(ErrorKind::MalformedCertificate { part }, Position::Byte(offset)),
            None => Error::malformed_certificate(part),
        })?;
        let signature_algorithm = SignatureAlgorithm::of(&parsed.signature_algorithm);
        Ok(Self {
            subject: DistinguishedName::as_read(parsed.subject().as_raw()),
            issuer: DistinguishedName::as_read(parsed.issuer().as_raw()),
            serial: SerialNumber::as_read(parsed.raw_serial()),
            validity: Validity::as_read(
                Time::from_unix_seconds(parsed.validity().not_before.timestamp()),
                Time::from_unix_seconds(parsed.validity().not_after.timestamp()),
            ),
            tbs: parsed.tbs_certificate.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            public_key,
            signature_algorithm,
            extensions: Extensions::read(parsed.extensions()),
            sha256: Fingerprint::of(certificate),
        })
    }

    /// The subject of the certificate.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The issuer that the certificate names.
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether `issuer` issued this certificate; `false` if the signature cannot be checked.
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject && self.signed().check(issuer.public_key()) == Check::Good
    }

    /// The serial number.
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The period in which the certificate is valid.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// The subject's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The signature algorithm.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signature_algorithm
    }

    /// Whether the certificate is signed with its own key.
    ///
    /// If issuer and subject are the same name, the signature is checked, which costs a public-key operation.
    pub fn self_signed(&self) -> SelfSigned {
        if !self.is_self_issued() {
            return SelfSigned::No;
        }
        match self.signed().check(&self.public_key) {
            Check::Good => SelfSigned::Yes,
            Check::Bad => SelfSigned::No,
            Check::Unsupported => SelfSigned::Unchecked,
        }
    }

    pub(crate) fn signed(&self) -> Signed<'_> {
        let scheme = self.signature_algorithm.scheme();
        Signed { scheme, message: &self.tbs, signature: &self.signature }
    }

    /// The subject's alternative names, in the order of the certificate.
    ///
    /// The list is empty without a readable subjectAltName.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.extensions.alt_names
    }

    /// The IP addresses among the alternative names.
    pub fn ip_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.extensions.alt_names.iter().filter_map(|name| match name {
            SubjectAltName::IpAddress(address) => Some(*address),
            _ => None,
        })
    }

    /// The permitted uses of the key; `None` if no readable extension restricts them.
    pub fn key_usages(&self) -> Option<&[KeyUsage]> {
        self.extensions.key_usages.as_deref()
    }

    /// The permitted purposes of the key; `None` if no readable extension restricts them.
    pub fn extended_key_usages(&self) -> Option<&[ExtendedKeyUsage]> {
        self.extensions.extended_key_usages.as_deref()
    }

    /// Whether the subject may issue certificates; `None` without a readable basicConstraints.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    pub(crate) fn is_authority(&self) -> bool {
        matches!(self.basic_constraints(), Some(BasicConstraints::Authority { .. }))
    }

    /// The `SubjectKeyIdentifier` (RFC 5280, section 4.2.1.2).
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// The `keyIdentifier` of the `AuthorityKeyIdentifier` (RFC 5280, section 4.2.1.1).
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.authority_key_identifier.as_deref()
    }

    /// The object identifiers of the critical extensions.
    ///
    /// A reader that does not know one of these extensions must refuse the certificate.
    pub fn critical_extensions(&self) -> &[String] {
        &self.extensions.critical
    }

    pub(crate) fn has_name_constraints(&self) -> bool {
        self.extensions.has_name_constraints
    }

    /// The object identifiers of the extensions with unreadable content.
    pub fn unreadable_extensions(&self) -> &[String] {
        &self.extensions.unreadable
    }

    /// The SHA-256 of the DER, which identifies a certificate.
    pub fn sha256(&self) -> Fingerprint {
        self.sha256
    }
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<(X509Certificate<'a>, PublicKey), CertificatePart> {
    let (rest, parsed) = X509Certificate::from_der(certificate).map_err(|error| part(&error.into()))?;
    if !rest.is_empty() {
        return Err(CertificatePart::Trailing);
    }
    // RFC 5280, section 4.2, forbids two extensions of one type: readers could disagree on which one counts.
    parsed.extensions_map().map_err(|_| CertificatePart::Extensions)?;
    let public_key = PublicKey::from_spki_der(parsed.public_key().raw).map_err(|_| CertificatePart::PublicKey)?;
    Ok((parsed, public_key))
}

/// The part according to the parser, reported only if `locate::fault` finds none.
fn part(error: &X509Error) -> CertificatePart {
    match error {
        X509Error::InvalidExtensions | X509Error::DuplicateExtensions => CertificatePart::Extensions,
        _ => CertificatePart::Structure,
    }
}
