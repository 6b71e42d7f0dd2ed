//! The signature algorithm that a certificate or request names.

use std::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Tag, TagNumber};
use x509_parser::der_parser::asn1_rs::ToDer as _;
use x509_parser::x509::AlgorithmIdentifier;

use crate::digest::Digest;
use crate::element::Element;
use crate::oid;

/// The signature algorithm that a certificate or request names (RFC 5280, section 4.1.1.2).
///
/// `Display` writes Java's name, such as `SHA256withRSA`, or the object identifier of an algorithm that is unknown to this
/// crate. To choose an algorithm for a new certificate, see [`SigningAlgorithm`](crate::SigningAlgorithm).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignatureAlgorithm {
    oid: String,
    scheme: Option<SignatureScheme>,
}

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    Rsa(Digest),
    /// RSASSA-PSS (RFC 8017, section 8.1); `None` without parameters that this crate can read.
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
    /// The length of the salt, in bytes.
    pub salt_length: u32,
}

impl SignatureAlgorithm {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let parameters = algorithm.parameters.as_ref().and_then(|parameters| parameters.to_der_vec().ok());
        Self::read(algorithm.algorithm.as_bytes(), parameters.as_deref(), algorithm.algorithm.to_id_string())
    }

    /// `oid` is the content of the identifier's DER, and `dotted` is its dotted form.
    ///
    /// `parameters` is DER.
    pub(crate) fn read(oid: &[u8], parameters: Option<&[u8]>, dotted: String) -> Self {
        Self { oid: dotted, scheme: scheme(oid, parameters) }
    }

    /// The object identifier.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// The signature scheme; `None` for an unknown algorithm.
    pub fn scheme(&self) -> Option<SignatureScheme> {
        self.scheme
    }

    /// Whether the digest is MD2, MD5 or SHA-1, which are too weak for signatures.
    pub fn is_weak(&self) -> bool {
        self.scheme.and_then(SignatureScheme::digest).is_some_and(Digest::is_weak)
    }
}

impl SignatureScheme {
    /// The digest of the message.
    ///
    /// Returns `None` for Ed25519 and Ed448, which have digests of their own, and for PSS without readable parameters.
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

/// Reads `RSASSA-PSS-params` (RFC 4055, section 3.1).
///
/// ```text
/// RSASSA-PSS-params  ::=  SEQUENCE  {
///    hashAlgorithm      [0] HashAlgorithm DEFAULT sha1Identifier,
///    maskGenAlgorithm   [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///    saltLength         [2] INTEGER DEFAULT 20,
///    trailerField       [3] INTEGER DEFAULT 1  }
/// ```
fn pss_parameters(der: &[u8]) -> Option<PssParameters> {
    let mut read = PssParameters { digest: Digest::Sha1, mask_digest: Digest::Sha1, salt_length: 20 };
    for field in Element::outermost(der).ok()?.sequence()? {
        match field.tag() {
            Tag::ContextSpecific { constructed: true, number: TagNumber(number) } => {
                read.add(number, &Element::outermost(field.value()).ok()?)?;
            }
            _ => return None,
        }
    }
    Some(read)
}

impl PssParameters {
    fn add(&mut self, number: u32, field: &Element<'_>) -> Option<()> {
        match number {
            0 => self.digest = digest(field)?,
            1 => self.mask_digest = mask_digest(field)?,
            2 => self.salt_length = u32::from_der(field.der()).ok()?,
            3 if u32::from_der(field.der()).ok()? == 1 => {}
            _ => return None,
        }
        Some(())
    }
}

fn digest(identifier: &Element<'_>) -> Option<Digest> {
    oid::look_up(&oid::DIGESTS, identifier.sequence()?.first()?.oid()?.as_bytes())
}

fn mask_digest(identifier: &Element<'_>) -> Option<Digest> {
    match identifier.sequence()?.as_slice() {
        [oid, parameters] if oid.oid()? == oid::MGF1 => digest(parameters),
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
    /// Serializes the text of `Display`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
