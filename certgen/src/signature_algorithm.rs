//! The algorithm that a certificate says it is signed with.

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, TagNumber, Tagged as _};
use x509_parser::der_parser::asn1_rs::ToDer as _;
use x509_parser::x509::AlgorithmIdentifier;

use crate::digest::Digest;
use crate::oid;

/// The algorithm that a certificate says it is signed with (RFC 5280, section 4.1.1.2), of those known here or any other.
///
/// Displayed by the name that Java gives it, `SHA256withRSA`, or by its object identifier. To choose an algorithm for a
/// new certificate see [`SigningAlgorithm`](crate::SigningAlgorithm).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithm {
    oid: String,
    scheme: Option<SignatureScheme>,
}

/// How a signature is made, and over which digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    Rsa(Digest),
    /// RSASSA-PSS (RFC 8017, section 8.1); `None` if its parameters are missing or not readable.
    RsaPss(Option<PssParameters>),
    /// ECDSA (RFC 5758, section 3.2).
    Ecdsa(Digest),
    /// DSA (RFC 5758, section 3.1).
    Dsa(Digest),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
}

/// The parameters of RSASSA-PSS (RFC 4055, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PssParameters {
    /// The digest of the message.
    pub digest: Digest,
    /// The digest of the mask generation function, MGF1.
    pub mask_digest: Digest,
    /// How long the salt is, in bytes.
    pub salt_length: u32,
}

impl SignatureAlgorithm {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let parameters = algorithm.parameters.as_ref().and_then(|parameters| parameters.to_der_vec().ok());
        Self::read(algorithm.algorithm.as_bytes(), parameters.as_deref(), algorithm.algorithm.to_id_string())
    }

    /// From the content bytes of the object identifier, the DER of the parameters, and the dotted form of the former.
    pub(crate) fn read(oid: &[u8], parameters: Option<&[u8]>, dotted: String) -> Self {
        Self { oid: dotted, scheme: scheme(oid, parameters) }
    }

    /// The object identifier.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// How such a signature is made; `None` for an algorithm that is not known here.
    pub fn scheme(&self) -> Option<SignatureScheme> {
        self.scheme
    }

    /// Whether the digest is one that collisions are known for: MD2, MD5 or SHA-1.
    pub fn is_weak(&self) -> bool {
        self.scheme.and_then(SignatureScheme::digest).is_some_and(Digest::is_weak)
    }
}

impl SignatureScheme {
    /// The digest of the message; `None` where the scheme has one of its own, as Ed25519.
    pub fn digest(self) -> Option<Digest> {
        match self {
            Self::Rsa(digest) | Self::Ecdsa(digest) | Self::Dsa(digest) => Some(digest),
            Self::RsaPss(parameters) => parameters.map(|parameters| parameters.digest),
            Self::Ed25519 | Self::Ed448 => None,
        }
    }
}

fn scheme(oid: &[u8], parameters: Option<&[u8]>) -> Option<SignatureScheme> {
    let is = |known: ObjectIdentifier| known.as_bytes() == oid;
    if is(oid::RSA_PSS) {
        return Some(SignatureScheme::RsaPss(parameters.and_then(pss_parameters)));
    }
    if is(oid::ED25519) {
        return Some(SignatureScheme::Ed25519);
    }
    if is(oid::ED448) {
        return Some(SignatureScheme::Ed448);
    }
    oid::look_up(&oid::WITH_RSA, oid)
        .map(SignatureScheme::Rsa)
        .or_else(|| oid::look_up(&oid::WITH_ECDSA, oid).map(SignatureScheme::Ecdsa))
        .or_else(|| oid::look_up(&oid::WITH_DSA, oid).map(SignatureScheme::Dsa))
}

/// ```text
/// RSASSA-PSS-params  ::=  SEQUENCE  {
///    hashAlgorithm      [0] HashAlgorithm DEFAULT sha1Identifier,
///    maskGenAlgorithm   [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///    saltLength         [2] INTEGER DEFAULT 20,
///    trailerField       [3] INTEGER DEFAULT 1  }
/// ```
fn pss_parameters(der: &[u8]) -> Option<PssParameters> {
    let mut read = PssParameters { digest: Digest::Sha1, mask_digest: Digest::Sha1, salt_length: 20 };
    for (number, content) in explicit_fields(der)? {
        match number {
            0 => read.digest = digest(content)?,
            1 => read.mask_digest = mask_digest(content)?,
            2 => read.salt_length = u32::from_der(content).ok()?,
            3 if u32::from_der(content).ok()? == 1 => {}
            _ => return None,
        }
    }
    Some(read)
}

/// The elements of a SEQUENCE, each with an explicit context-specific tag: its number and what is inside.
fn explicit_fields(der: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    elements(der)?
        .into_iter()
        .map(|field| match field.tag() {
            der::Tag::ContextSpecific { constructed: true, number: TagNumber(number) } => Some((number, field.value())),
            _ => None,
        })
        .collect()
}

fn elements(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let sequence = AnyRef::from_der(der).ok().filter(|any| any.tag() == der::Tag::Sequence)?;
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(elements)
}

/// An `AlgorithmIdentifier` that names a digest.
fn digest(der: &[u8]) -> Option<Digest> {
    let oid = elements(der)?.first()?.decode_as::<ObjectIdentifier>().ok()?;
    oid::look_up(&oid::DIGESTS, oid.as_bytes())
}

/// An `AlgorithmIdentifier` that names MGF1, and a digest in its parameters.
fn mask_digest(identifier: &[u8]) -> Option<Digest> {
    use der::Encode as _;

    match elements(identifier)?.as_slice() {
        [oid, parameters] if oid.decode_as::<ObjectIdentifier>().ok()? == oid::MGF1 => {
            digest(&parameters.to_der().ok()?)
        }
        _ => None,
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme {
            Some(scheme) => scheme.fmt(formatter),
            None => formatter.write_str(&self.oid),
        }
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(digest) => write!(formatter, "{digest}withRSA"),
            Self::RsaPss(_) => formatter.write_str("RSASSA-PSS"),
            Self::Ecdsa(digest) => write!(formatter, "{digest}withECDSA"),
            Self::Dsa(digest) => write!(formatter, "{digest}withDSA"),
            Self::Ed25519 => formatter.write_str("Ed25519"),
            Self::Ed448 => formatter.write_str("Ed448"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SignatureAlgorithm {
    /// As it is displayed.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
