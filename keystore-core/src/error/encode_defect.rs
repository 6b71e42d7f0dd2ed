//! Details of what a format or its readers do not support.

use super::CertificateDefect;
use std::fmt;

/// The reason for [`ErrorKind::NotRepresentable`](crate::ErrorKind::NotRepresentable).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeDefect {
    /// A private key has no certificate, but Java's `KeyStore.setKeyEntry` requires one.
    EmptyChain,
    /// The entry has no date, but the format requires a date.
    ///
    /// Add a date with [`Entry::dated`](crate::Entry::dated).
    NoDate,
    /// The alias is longer than the 65,535 bytes that the format allows.
    AliasTooLong,
    /// A part is too long for the format or its cipher, or there are too many entries.
    TooLarge,
    /// The key is sealed for another format or with an unsupported algorithm. Reseal the key.
    Sealing,
    /// Java hides the entry (see [`Visibility`](crate::Visibility)).
    ///
    /// Build a new entry from the content of the hidden one.
    NotVisible,
    /// The format does not support secret keys.
    SecretKey,
    /// A private key or secret would be written unencrypted.
    PlainPrivateKey,
    /// The password is not printable ASCII, which some readers of the format require.
    PasswordNotAscii,
    /// This crate knows no object identifier for the algorithm of the secret key.
    SecretKeyAlgorithm,
    /// Java does not read the certificate, and would therefore refuse the whole store.
    UnreadableCertificate(CertificateDefect),
    /// A chain is not linked, or continues after a self-signed certificate.
    ///
    /// Names and key identifiers link a chain.
    UnlinkedChain,
    /// A signed store was edited, and this crate cannot sign the edited store.
    ///
    /// `Bcfks::protect` replaces the signature with a MAC.
    Signed,
    /// The year of a date does not have the four digits that the format requires.
    Date,
    /// A certificate of a chain is not a single ASN.1 element.
    Certificate,
    /// The entry has data that this crate does not interpret.
    Opaque,
    /// The format's readers refuse the iterations or the cost of a key derivation.
    Iterations,
}

impl fmt::Display for EncodeDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::UnreadableCertificate(defect) => return write!(f, "Java does not read the certificate: {defect}"),
            Self::EmptyChain => "a private key needs the certificate of its public key",
            Self::NoDate => "the entry has no date",
            Self::AliasTooLong => "the alias is longer than 65,535 bytes",
            Self::TooLarge => "a part is too long for the format or its cipher, or there are too many entries",
            Self::Sealing => {
                "the key is sealed for another format or with an unsupported algorithm; reseal it for this format"
            }
            Self::NotVisible => "Java hides the entry",
            Self::SecretKey => "the format does not support secret keys",
            Self::PlainPrivateKey => "a private key or secret would be written unencrypted; seal it",
            Self::PasswordNotAscii => "some of the format's readers accept only passwords of printable ASCII",
            Self::SecretKeyAlgorithm => "no object identifier is known for the algorithm of the secret key",
            Self::UnlinkedChain => {
                "the format's readers link chains, so each certificate must have the name of the next one as its issuer, \
                 and no other key identifier of the issuer, and a self-signed certificate must be the last"
            }
            Self::Signed => "the store was signed, and this crate cannot sign the edited one",
            Self::Date => "the format only has dates whose years have four digits",
            Self::Certificate => "a certificate is not a single ASN.1 element",
            Self::Opaque => "the entry has data that this crate does not interpret",
            Self::Iterations => {
                "the format's readers refuse the cost of the key derivation; iterations must be from 1 to 5,000,000"
            }
        };
        f.write_str(text)
    }
}
