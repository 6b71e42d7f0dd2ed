//! Details of malformed content.

use std::fmt;

/// A violation of a format's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// Text that is not modified UTF-8 (`java.io.DataInput`).
    ModifiedUtf8,
    /// The first bytes are not those of a JKS or JCEKS.
    Magic,
    /// A tag that no entry of the format has.
    EntryTag(u32),
    /// A certificate of a type other than X.509.
    CertificateType,
    /// A negative number in place of a count or a length.
    NegativeCount(i32),
    /// A sealed key that is not an `EncryptedPrivateKeyInfo` (RFC 5208).
    EncryptedPrivateKeyInfo,
    /// The parameters of an algorithm are not valid.
    AlgorithmParameters,
    /// A sealed secret key of a JCEKS that is not the serialized object that the JDK writes.
    JavaObject,
    /// A private key is not PKCS#8 in DER.
    PrivateKeyInfo,
    /// The name of a PKCS#12 entry is not a `BMPString`.
    FriendlyName,
    /// An attribute of a PKCS#12 bag has no value.
    NoValue,
    /// A salt is shorter than the 8 bytes that Java requires.
    ShortSalt,
    /// The length of an ASN.1 element is not valid.
    ///
    /// For the outermost element of a PKCS#12, Java requires the shortest form.
    Length,
    /// An ASN.1 tag over 30, in a part that this crate converts to DER.
    LongTag,
    /// Text that is not UTF-8.
    Utf8,
    /// A date that is not a `GeneralizedTime` in DER.
    GeneralizedTime,
    /// An ASN.1 integer that is not a number from 0 to 2^32 - 1.
    Integer,
    /// A part of a file in ASN.1 has the wrong structure.
    Structure(Part),
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModifiedUtf8 => f.write_str("a text is not modified UTF-8"),
            Self::Magic => f.write_str("the first bytes are not those of a JKS or JCEKS"),
            Self::EntryTag(tag) => write!(f, "unknown entry tag {tag}"),
            Self::CertificateType => f.write_str("a certificate is not of type X.509"),
            Self::NegativeCount(count) => write!(f, "a count or a length is negative: {count}"),
            Self::EncryptedPrivateKeyInfo => f.write_str("a sealed key is not an EncryptedPrivateKeyInfo"),
            Self::AlgorithmParameters => f.write_str("the parameters of an algorithm are not valid"),
            Self::JavaObject => {
                f.write_str("a sealed secret key is not the serialized Java object that the JDK writes")
            }
            Self::PrivateKeyInfo => f.write_str("a private key is not PKCS#8 in DER"),
            Self::FriendlyName => f.write_str("the name of an entry is not a BMPString"),
            Self::NoValue => f.write_str("an attribute has no value"),
            Self::ShortSalt => f.write_str("a salt is shorter than 8 bytes"),
            Self::Length => f.write_str("the length of an ASN.1 element is not valid"),
            Self::LongTag => f.write_str("an ASN.1 element has a tag over 30"),
            Self::Utf8 => f.write_str("a text is not UTF-8"),
            Self::GeneralizedTime => f.write_str("a date is not a GeneralizedTime in DER"),
            Self::Integer => f.write_str("an ASN.1 integer is not a number from 0 to 2^32 - 1"),
            Self::Structure(part) => write!(f, "malformed {part} ({})", part.source()),
        }
    }
}

/// Parts of a file.
///
/// Most names are those of RFC 7292, RFC 5652, RFC 5208 and Bouncy Castle's sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A whole PKCS#12.
    Pfx,
    /// A content and its type.
    ContentInfo,
    /// The list of contents that the MAC covers.
    AuthenticatedSafe,
    /// A content that is encrypted with a password.
    EncryptedData,
    /// A list of bags.
    SafeContents,
    /// A bag: a key, a certificate, or something else, with its attributes.
    SafeBag,
    /// The value of a certBag.
    CertBag,
    /// The value of a secretBag.
    SecretBag,
    /// An attribute of a bag.
    Attribute,
    /// The MAC and its parameters.
    MacData,
    /// An algorithm and its parameters.
    AlgorithmIdentifier,
    /// An OCTET STRING, or one of its segments.
    OctetString,
    /// A sealed key with its algorithm (RFC 5208).
    EncryptedPrivateKeyInfo,
    /// A sealed secret key of a JCEKS.
    SecretKey,
    /// An unencrypted key with its algorithm (RFC 5208).
    PrivateKeyInfo,
    /// A whole BCFKS.
    ObjectStore,
    /// The encrypted content of a BCFKS.
    EncryptedObjectStoreData,
    /// The content of a BCFKS.
    ObjectStoreData,
    /// An entry of a BCFKS.
    ObjectData,
    /// A sealed private key in a BCFKS, with the chain of the key.
    EncryptedPrivateKeyData,
    /// An unencrypted secret key of a BCFKS.
    SecretKeyData,
    /// The MAC of a BCFKS.
    PbkdMacIntegrityCheck,
    /// The signature of a BCFKS.
    SignatureCheck,
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
            Self::SecretKey => "the secret key",
            Self::PrivateKeyInfo => "PrivateKeyInfo",
            Self::ObjectStore => "ObjectStore",
            Self::EncryptedObjectStoreData => "EncryptedObjectStoreData",
            Self::ObjectStoreData => "ObjectStoreData",
            Self::ObjectData => "ObjectData",
            Self::EncryptedPrivateKeyData => "EncryptedPrivateKeyData",
            Self::SecretKeyData => "SecretKeyData",
            Self::PbkdMacIntegrityCheck => "PbkdMacIntegrityCheck",
            Self::SignatureCheck => "SignatureCheck",
        })
    }
}

impl Part {
    const fn source(self) -> &'static str {
        match self {
            Self::ObjectStore
            | Self::EncryptedObjectStoreData
            | Self::ObjectStoreData
            | Self::ObjectData
            | Self::EncryptedPrivateKeyData
            | Self::SecretKeyData
            | Self::PbkdMacIntegrityCheck
            | Self::SignatureCheck => "org.bouncycastle.asn1.bc",
            Self::EncryptedPrivateKeyInfo | Self::PrivateKeyInfo => "RFC 5208",
            Self::AlgorithmIdentifier => "RFC 5280",
            Self::OctetString => "X.690",
            Self::SecretKey => "com.sun.crypto.provider.SealedObjectForKeyProtector",
            _ => "RFC 7292",
        }
    }
}
