//! Malformed content, in detail.

use std::fmt;

/// How an input breaks its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// Text that is not modified UTF-8 (`java.io.DataInput`).
    ModifiedUtf8,
    /// A tag that no entry of this format has.
    EntryTag(u32),
    /// A certificate of a type other than X.509.
    CertificateType,
    /// A negative number where a count or a length stands.
    NegativeCount(i32),
    /// A sealed key that is not an `EncryptedPrivateKeyInfo` (RFC 5208).
    EncryptedPrivateKeyInfo,
    /// The parameters of an algorithm are not those that its identifier promises.
    AlgorithmParameters,
    /// A sealed secret key of a JCEKS that is not the serialized object that the JDK writes.
    JavaObject,
    /// A private key is not PKCS#8.
    PrivateKeyInfo,
    /// A length of an ASN.1 element that BER does not allow.
    Length,
    /// An ASN.1 integer that is negative or too large for its place.
    Integer,
    /// A part of a PKCS#12 is not built as it should be.
    Structure(Part),
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModifiedUtf8 => f.write_str("a text is not modified UTF-8"),
            Self::EntryTag(tag) => write!(f, "unknown entry tag {tag}"),
            Self::CertificateType => f.write_str("a certificate is not of type X.509"),
            Self::NegativeCount(count) => write!(f, "{count} as a count or a length"),
            Self::EncryptedPrivateKeyInfo => f.write_str("a sealed key is not an EncryptedPrivateKeyInfo"),
            Self::AlgorithmParameters => f.write_str("the parameters do not fit their algorithm"),
            Self::JavaObject => {
                f.write_str("a sealed secret key is not the serialized Java object that the JDK writes")
            }
            Self::PrivateKeyInfo => f.write_str("a private key is not PKCS#8 in DER"),
            Self::Length => f.write_str("the length of an ASN.1 element is not as BER has it"),
            Self::Integer => f.write_str("an ASN.1 integer is negative or too large"),
            Self::Structure(part) => write!(f, "malformed {part} (RFC 7292)"),
        }
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
    /// An OCTET STRING, or one of its segments.
    OctetString,
    /// A sealed key with its algorithm (RFC 5208).
    EncryptedPrivateKeyInfo,
    /// An unencrypted key with its algorithm (RFC 5208).
    PrivateKeyInfo,
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
            Self::EncryptedPrivateKeyInfo => "EncryptedPrivateKeyInfo",
            Self::PrivateKeyInfo => "PrivateKeyInfo",
        })
    }
}
