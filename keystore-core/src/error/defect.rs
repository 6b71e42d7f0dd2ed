//! Malformed content, in detail.

use super::ErrorKind;
use std::fmt;
use thiserror::Error;

/// How an input breaks its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Defect {
    /// Text that is no modified UTF-8 (`java.io.DataInput`).
    #[error("a text is not modified UTF-8")]
    ModifiedUtf8,
    /// A tag that announces no entry of this format.
    #[error("{0} is no tag of an entry")]
    EntryTag(u32),
    /// A certificate of a type other than X.509.
    #[error("a certificate is not of type X.509")]
    CertificateType,
    /// A negative number where a count or a length stands.
    #[error("{0} as a count or a length")]
    NegativeCount(i32),
    /// What should be an `EncryptedPrivateKeyInfo` (RFC 5208) is none.
    #[error("a sealed key is not an EncryptedPrivateKeyInfo")]
    EncryptedPrivateKeyInfo,
    /// The parameters of an algorithm are not those that its identifier promises.
    #[error("the parameters do not fit their algorithm")]
    AlgorithmParameters,
    /// What should be a sealed secret key of a JCEKS is no serialized object as the JDK writes it.
    #[error("a sealed secret key is not the serialized Java object that the JDK writes")]
    JavaObject,
    /// A private key is not PKCS#8.
    #[error("a private key is not PKCS#8 in DER")]
    PrivateKeyInfo,
    /// A length of an ASN.1 element that BER does not allow.
    #[error("the length of an ASN.1 element is not as BER has it")]
    Length,
    /// An ASN.1 integer that is negative or too large for its place.
    #[error("an ASN.1 integer is negative or too large")]
    Integer,
    /// A part of a PKCS#12 is not built as it should be.
    #[error("this is no {0} as RFC 7292 has it")]
    Structure(Part),
}

impl From<Defect> for ErrorKind {
    fn from(defect: Defect) -> Self {
        Self::Malformed(defect)
    }
}

/// Parts of a PKCS#12 file, by their names in RFC 7292, RFC 5652 and RFC 8018.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The whole file.
    Pfx,
    /// A typed content: plain or encrypted.
    ContentInfo,
    /// The list of contents that the MAC covers.
    AuthenticatedSafe,
    /// A content that is encrypted with the password.
    EncryptedData,
    /// A list of bags.
    SafeContents,
    /// A bag: a key, a certificate, or something else, with its attributes.
    SafeBag,
    /// The value of a certificate's bag.
    CertBag,
    /// The value of a secret's bag.
    SecretBag,
    /// An attribute of a bag.
    Attribute,
    /// The MAC, its salt and its iterations.
    MacData,
    /// An algorithm and its parameters.
    AlgorithmIdentifier,
    /// A string of octets, or one of its segments.
    OctetString,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pfx => "PFX",
            Self::ContentInfo => "ContentInfo",
            Self::AuthenticatedSafe => "AuthenticatedSafe",
            Self::EncryptedData => "EncryptedData",
            Self::SafeContents => "SafeContents",
            Self::SafeBag => "SafeBag",
            Self::CertBag => "CertBag",
            Self::SecretBag => "SecretBag",
            Self::Attribute => "PKCS12Attribute",
            Self::MacData => "MacData",
            Self::AlgorithmIdentifier => "AlgorithmIdentifier",
            Self::OctetString => "OCTET STRING",
        })
    }
}
