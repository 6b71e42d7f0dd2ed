//! Certificate signing requests (PKCS#10, RFC 2986).

mod check;
mod decode;
mod encode;
mod honored;

use der::asn1::ObjectIdentifier;
use rustls_pki_types::CertificateSigningRequestDer;

use crate::error::{Error, ErrorKind};
use crate::extension::{ExtendedKeyUsage, Extension, KeyUsage, SubjectAltName};
use crate::info::{BasicConstraints, Extensions};
use crate::name::DistinguishedName;
use crate::oid;
use crate::public_key::{KeyAlgorithm, PublicKey};
use crate::signature_algorithm::SignatureAlgorithm;
use crate::verify::{Check, Signed};

pub use check::ReplyFinding;
pub(crate) use encode::request;
pub use honored::Honored;

/// A request for a certificate (PKCS#10, RFC 2986).
///
/// The request contains a subject, a public key, and the requested extensions.
///
/// [`NodeParams::request`](crate::NodeParams::request) makes a request. [`read`](Self::read) reads a request, but does not
/// check the signature, which [`verify`](Self::verify) does. [`NodeParams::for_request`](crate::NodeParams::for_request)
/// verifies a request, and makes the parameters of the requested certificate.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    der: CertificateSigningRequestDer<'static>,
    subject: DistinguishedName,
    public_key: PublicKey,
    /// The requested extensions, unchanged, in the order of the request.
    extensions: Vec<Extension>,
    read: Extensions,
    signature_algorithm: SignatureAlgorithm,
    /// The signed bytes: the DER of the `CertificationRequestInfo`.
    info: Vec<u8>,
    signature: Vec<u8>,
}

/// The minimum length of a requested RSA key (NIST SP 800-131A Rev. 2, section 3).
const MIN_RSA_BITS: u32 = 2048;

impl CertificateRequest {
    /// Reads a request in DER.
    ///
    /// [`pem::decode_request`](crate::pem::decode_request) reads PEM.
    ///
    /// The list of extensions may have the attribute type of PKCS#9 (`extensionRequest`) or that of Microsoft. Other
    /// attributes, such as a challenge password, are skipped.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedRequest`] with the malformed part; the error's [position](Error::position) is a byte.
    pub fn read(request: &CertificateSigningRequestDer<'_>) -> Result<Self, Error> {
        decode::read(request)
    }

    /// The request in DER.
    pub fn as_der(&self) -> &CertificateSigningRequestDer<'static> {
        &self.der
    }

    /// The requested subject, which may be empty.
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The requester's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The signature algorithm of the request.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signature_algorithm
    }

    /// The requested alternative names, in the order of the request.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.read.alt_names
    }

    /// The requested key usages; `None` without a readable extension.
    pub fn key_usages(&self) -> Option<&[KeyUsage]> {
        self.read.key_usages.as_deref()
    }

    /// The requested extended key usages; `None` without a readable extension.
    pub fn extended_key_usages(&self) -> Option<&[ExtendedKeyUsage]> {
        self.read.extended_key_usages.as_deref()
    }

    /// The requested basicConstraints; `None` without a readable extension.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.read.basic_constraints
    }

    /// The object identifiers of all requested extensions, in the order of the request.
    pub fn extensions(&self) -> impl Iterator<Item = String> + '_ {
        self.extensions.iter().map(|extension| extension.oid().to_string())
    }

    /// The object identifiers of the extensions with unreadable content.
    pub fn unreadable_extensions(&self) -> &[String] {
        &self.read.unreadable
    }

    /// Checks that the request is signed with its own private key.
    ///
    /// Weak RSA keys and weak digests are refused.
    ///
    /// # Errors
    /// [`ErrorKind::WeakRequestKey`] for RSA below 2048 bits, [`ErrorKind::WeakRequestSignature`] for MD2, MD5 or SHA-1,
    /// [`ErrorKind::UncheckedRequest`] if the signature cannot be checked, [`ErrorKind::ForgedRequest`] for a signature that
    /// was not made with the private key.
    pub fn verify(&self) -> Result<(), Error> {
        match self.public_key.algorithm() {
            KeyAlgorithm::Rsa { bits } if *bits < MIN_RSA_BITS => {
                return Err(Error::new(ErrorKind::WeakRequestKey { bits: *bits, least: MIN_RSA_BITS }));
            }
            _ => {}
        }
        let algorithm = &self.signature_algorithm;
        if algorithm.is_weak() {
            return Err(Error::new(ErrorKind::WeakRequestSignature { algorithm: algorithm.clone() }));
        }
        let signed = Signed { scheme: algorithm.scheme(), message: &self.info, signature: &self.signature };
        match signed.check(&self.public_key) {
            Check::Good => Ok(()),
            Check::Bad => Err(Error::new(ErrorKind::ForgedRequest { subject: self.subject.to_string() })),
            Check::Unsupported => {
                let key = self.public_key.algorithm().clone();
                Err(Error::new(ErrorKind::UncheckedRequest { algorithm: algorithm.clone(), key }))
            }
        }
    }

    /// The extensions that `policy` takes; an error if they ask for the rights of an authority.
    pub(crate) fn honored(&self, policy: &Honored) -> Result<Vec<Extension>, Error> {
        let taken: Vec<Extension> = self.extensions.iter().filter_map(|extension| policy.take(extension)).collect();
        let has = |oid| taken.iter().any(|extension| *extension.oid() == oid);
        let is_authority = self.read.basic_constraints.is_some_and(|asked| asked != BasicConstraints::EndEntity);
        let signs = self.key_usages().is_some_and(|usages| usages.contains(&KeyUsage::KeyCertSign));
        // An extension that cannot be read may ask for these rights.
        let unreadable = |oid: ObjectIdentifier| self.read.unreadable.contains(&oid.to_string());
        let constraints = has(oid::BASIC_CONSTRAINTS) && (is_authority || unreadable(oid::BASIC_CONSTRAINTS));
        let usage = has(oid::KEY_USAGE) && (signs || unreadable(oid::KEY_USAGE));
        if constraints || usage {
            return Err(Error::new(ErrorKind::AsksForAuthority { subject: self.subject.to_string() }));
        }
        Ok(taken)
    }
}
