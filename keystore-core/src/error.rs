//! The one error of this crate.

use std::fmt;
use thiserror::Error;

/// What went wrong, and where: a kind, the offset of the octet if a file is to blame, the entry if one is.
///
/// Offsets count from the start of the decoded file; inside a part that had to be decrypted first there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    position: Option<usize>,
    entry: Option<String>,
}

impl Error {
    /// What went wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Offset of the octet at which reading stopped, from the start of the file.
    pub const fn position(&self) -> Option<usize> {
        self.position
    }

    /// Alias of the entry concerned.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    pub(crate) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    pub(crate) fn in_entry(mut self, alias: &str) -> Self {
        self.entry.get_or_insert_with(|| alias.to_owned());
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, position: None, entry: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(alias) = &self.entry {
            write!(f, ", in entry {alias:?}")?;
        }
        if let Some(position) = self.position {
            write!(f, ", at byte {position}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The kinds of failure, with the data that a caller acts on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The content is none of the formats known here.
    #[error("the content is neither JKS, JCEKS nor PKCS#12")]
    UnknownFormat,
    /// The content is a key store of a format that this crate does not read.
    #[error("{0} key stores are not supported")]
    UnsupportedFormat(Format),
    /// A version number that no reader of the format knows.
    #[error("{format} version {version} is not supported")]
    UnsupportedVersion {
        /// The format.
        format: Format,
        /// The version that the file states.
        version: u32,
    },
    /// An algorithm that this crate does not have.
    #[error("the algorithm {oid} is not supported")]
    UnsupportedAlgorithm {
        /// The object identifier, dotted.
        oid: String,
    },
    /// A digest, a MAC or a padding does not fit. The formats cannot tell the two causes apart.
    #[error("the password is wrong, or the content was tampered with")]
    WrongPasswordOrTampered,
    /// A PKCS#12 carries no MAC and [`Limits::missing_mac`](crate::Limits::missing_mac) does not allow that.
    #[error("the file carries no MAC, so nothing vouches for its content")]
    MissingMac,
    /// The input ends in the middle of something.
    #[error("the input ends early: {needed} bytes are needed, {available} are left")]
    Truncated {
        /// Octets that the structure asks for.
        needed: usize,
        /// Octets that are left.
        available: usize,
    },
    /// The input breaks the rules of its format.
    #[error("the content is malformed: {0}")]
    Malformed(Defect),
    /// More than [`Limits`](crate::Limits) allows; checked before it is spent.
    #[error("{limit}: {found} exceeds the limit of {allowed}")]
    LimitExceeded {
        /// Which limit.
        limit: Limit,
        /// What the input asks for.
        found: u64,
        /// What the limit allows.
        allowed: u64,
    },
    /// Another entry has this alias already, or one that Java does not tell from it (letter case).
    #[error("the alias clashes with {existing:?}, which Java takes for the same")]
    AliasClash {
        /// The alias that is there.
        existing: String,
    },
    /// No entry has this alias.
    #[error("there is no such entry")]
    NoSuchEntry,
    /// The entry is there but of another type.
    #[error("the entry is a {found}, not a {wanted}")]
    WrongEntryType {
        /// What was asked for.
        wanted: EntryType,
        /// What the entry is.
        found: EntryType,
    },
    /// The format or its readers cannot take this.
    #[error("{format} cannot take it: {obstacle}")]
    NotRepresentable {
        /// The format asked for.
        format: Format,
        /// Why not.
        obstacle: Obstacle,
    },
}

/// Formats of key stores, recognised by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Format {
    /// Sun's JKS, magic 0xFEEDFEED.
    #[error("JKS")]
    Jks,
    /// Sun's JCEKS, magic 0xCECECECE.
    #[error("JCEKS")]
    Jceks,
    /// PKCS#12, RFC 7292.
    #[error("PKCS#12")]
    Pkcs12,
    /// Bouncy Castle's BKS or UBER, which share their header; not supported.
    #[error("Bouncy Castle BKS and UBER")]
    BksOrUber,
    /// Bouncy Castle's FIPS key store; not supported.
    #[error("Bouncy Castle BCFKS")]
    Bcfks,
    /// PEM text; not supported.
    #[error("PEM")]
    Pem,
}

/// Types of entries, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum EntryType {
    /// A sealed private key and its chain.
    #[error("private key")]
    PrivateKey,
    /// A private key that stands in the file in clear, and its chain.
    #[error("private key in clear")]
    PlainPrivateKey,
    /// A trusted certificate.
    #[error("trusted certificate")]
    TrustedCertificate,
    /// A sealed secret key.
    #[error("secret key")]
    SecretKey,
}

/// The bounds of [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::bytes`](crate::Limits::bytes).
    #[error("size in bytes")]
    Bytes,
    /// [`Limits::entries`](crate::Limits::entries).
    #[error("number of entries")]
    Entries,
    /// [`Limits::chain`](crate::Limits::chain).
    #[error("length of a certificate chain")]
    Chain,
    /// [`Limits::depth`](crate::Limits::depth).
    #[error("nesting depth")]
    Depth,
    /// [`Limits::iterations`](crate::Limits::iterations).
    #[error("iterations of one key derivation")]
    Iterations,
    /// [`Limits::total_iterations`](crate::Limits::total_iterations).
    #[error("iterations of all key derivations together")]
    TotalIterations,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Part {
    /// The whole file.
    #[error("PFX")]
    Pfx,
    /// A typed content: plain or encrypted.
    #[error("ContentInfo")]
    ContentInfo,
    /// The list of contents that the MAC covers.
    #[error("AuthenticatedSafe")]
    AuthenticatedSafe,
    /// A content that is encrypted with the password.
    #[error("EncryptedData")]
    EncryptedData,
    /// A list of bags.
    #[error("SafeContents")]
    SafeContents,
    /// A bag: a key, a certificate, or something else, with its attributes.
    #[error("SafeBag")]
    SafeBag,
    /// The value of a certificate's bag.
    #[error("CertBag")]
    CertBag,
    /// The value of a secret's bag.
    #[error("SecretBag")]
    SecretBag,
    /// An attribute of a bag.
    #[error("PKCS12Attribute")]
    Attribute,
    /// The MAC, its salt and its iterations.
    #[error("MacData")]
    MacData,
    /// An algorithm and its parameters.
    #[error("AlgorithmIdentifier")]
    AlgorithmIdentifier,
    /// A string of octets, or one of its segments.
    #[error("OCTET STRING")]
    OctetString,
}

/// Why a format cannot take something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// A private key without a certificate, which Java refuses.
    #[error("a private key needs the certificate of its public key")]
    EmptyChain,
    /// The format keeps a date with each entry and this one has none; give it one with
    /// [`Entry::dated`](crate::Entry::dated).
    #[error("the entry has no date")]
    NoDate,
    /// The alias is longer than the 65,535 octets that the format has room for.
    #[error("the alias takes more than 65,535 bytes")]
    AliasTooLong,
    /// A part is longer than the format's 31-bit lengths.
    #[error("a part is longer than 2,147,483,647 bytes")]
    TooLarge,
    /// The key is sealed in a way that readers of this format do not open; reseal it.
    #[error("its readers do not open a key that is sealed this way; reseal it for this format")]
    Sealing,
    /// The entry is one that Java hides (see [`Visibility`](crate::Visibility)); insert it anew to make it visible.
    #[error("the entry is one that Java hides")]
    NotVisible,
    /// The format has no place for secret keys.
    #[error("it has no place for secret keys")]
    SecretKey,
    /// A private key in clear is never written.
    #[error("a private key is never written in clear; seal it")]
    PlainPrivateKey,
    /// The password has characters that readers of this format do not take.
    #[error("its readers take passwords of printable ASCII only")]
    PasswordNotAscii,
    /// The algorithm of a secret key is known neither by name nor by object identifier.
    #[error("the algorithm of the secret key has no object identifier")]
    SecretKeyAlgorithm,
    /// The certificates of a chain do not name each other as issuer.
    #[error("its readers link chains by name, and each certificate of this one must name the next as its issuer")]
    UnlinkedChain,
    /// The profile asks for a number of iterations that Java refuses to read.
    #[error("its readers take from 1 to 5,000,000 iterations")]
    Iterations,
}
