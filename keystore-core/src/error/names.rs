//! The formats, types of entries and limits that errors name.

use std::fmt;

/// Formats of keystores, and of files that are often mistaken for keystores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Sun's JKS, magic 0xFEEDFEED.
    Jks,
    /// Sun's JCEKS, magic 0xCECECECE.
    Jceks,
    /// PKCS#12, RFC 7292.
    Pkcs12,
    /// Bouncy Castle's BKS, which is read but not written.
    Bks,
    /// Bouncy Castle's UBER, which is read with the feature `uber`, but not written.
    Uber,
    /// Bouncy Castle's BCFKS, which is read and written with the feature `bcfks`.
    Bcfks,
    /// PEM text; not a keystore.
    Pem,
    /// An X.509 certificate in DER; not a keystore.
    Certificate,
    /// A private key in DER, encrypted or not; not a keystore.
    PrivateKey,
    /// A certificate request in DER (PKCS#10); not a keystore.
    CertificateRequest,
    /// PKCS#7 in DER or BER, such as a `.p7b` with certificates; not a keystore.
    Pkcs7,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
            Self::Pkcs12 => "PKCS#12",
            Self::Bks => "Bouncy Castle BKS",
            Self::Uber => "Bouncy Castle UBER",
            Self::Bcfks => "Bouncy Castle BCFKS",
            Self::Pem => "PEM",
            Self::Certificate => "X.509 certificate in DER",
            Self::PrivateKey => "private key in DER",
            Self::CertificateRequest => "certificate request in DER",
            Self::Pkcs7 => "PKCS#7",
        })
    }
}

/// The types of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryType {
    /// A sealed private key and its chain.
    PrivateKey,
    /// An unencrypted private key and its chain.
    PlainPrivateKey,
    /// A certificate that Java lists as trusted.
    TrustedCertificate,
    /// A certificate that Java does not list.
    Certificate,
    /// A sealed secret key.
    SecretKey,
    /// An entry with data that this crate does not interpret.
    Opaque,
}

impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PrivateKey => "private key",
            Self::PlainPrivateKey => "plaintext private key",
            Self::TrustedCertificate => "trusted certificate",
            Self::Certificate => "certificate that is not trusted",
            Self::SecretKey => "secret key",
            Self::Opaque => "value of an unknown type",
        })
    }
}

/// The bounds of [`Limits`](crate::Limits), and bounds that are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::bytes`](crate::Limits::bytes).
    Bytes,
    /// [`Limits::entries`](crate::Limits::entries).
    Entries,
    /// [`Limits::chain`](crate::Limits::chain).
    Chain,
    /// [`Limits::depth`](crate::Limits::depth), or a fixed maximum for nested ASN.1 elements.
    Depth,
    /// [`Limits::iterations`](crate::Limits::iterations).
    Iterations,
    /// [`Limits::total_iterations`](crate::Limits::total_iterations).
    TotalIterations,
    /// [`Limits::scrypt_work`](crate::Limits::scrypt_work).
    ScryptWork,
    /// [`Limits::memory`](crate::Limits::memory).
    Memory,
    /// The length of a derived key of a BCFKS in bytes; the fixed maximum is 1,024.
    KeyLength,
    /// The length of the MAC key of a BCFKS, in bytes.
    ///
    /// The minimum for decoding is fixed at 20, because short keys can be guessed.
    MacKey,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "size in bytes",
            Self::Entries => "number of entries",
            Self::Chain => "length of a certificate chain",
            Self::Depth => "nesting depth",
            Self::Iterations => "iterations of one key derivation",
            Self::TotalIterations => "iterations of all key derivations together",
            Self::ScryptWork => "work of scrypt",
            Self::Memory => "memory of a key derivation in bytes",
            Self::KeyLength => "length of a derived key in bytes",
            Self::MacKey => "length of a MAC's key in bytes",
        })
    }
}
