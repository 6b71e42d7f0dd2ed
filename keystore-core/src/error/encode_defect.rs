//! Details of what cannot be written.

use super::CertificateDefect;
use std::fmt;

/// Why a format cannot represent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeDefect {
    /// A private key without a certificate, which Java refuses.
    EmptyChain,
    /// The format stores a date with each entry and this one has none. Give it one with
    /// [`Entry::dated`](crate::Entry::dated).
    NoDate,
    /// The alias is longer than the 65,535 bytes that the format allows.
    AliasTooLong,
    /// A part is longer than the format or its cipher allows.
    TooLarge,
    /// The key is sealed in a way that readers of this format do not open. Reseal it.
    Sealing,
    /// The entry is one that Java hides (see [`Visibility`](crate::Visibility)). To make it visible, build a new entry
    /// from its content.
    NotVisible,
    /// The format does not support secret keys.
    SecretKey,
    /// An unencrypted private key is never written.
    PlainPrivateKey,
    /// The password has characters that readers of this format do not accept.
    PasswordNotAscii,
    /// The algorithm of a secret key is known neither by name nor by object identifier.
    SecretKeyAlgorithm,
    /// Java does not read the certificate, and would refuse the whole store for it.
    UnreadableCertificate(CertificateDefect),
    /// The certificates of a chain do not name each other as issuer.
    UnlinkedChain,
    /// The store was signed and then edited, and the signing key is not here. Give it a profile to have a MAC instead.
    Signed,
    /// The format writes dates whose years have four digits.
    Date,
    /// A certificate of a chain is not a single ASN.1 element.
    Certificate,
    /// The entry has a type that this crate carries without reading it.
    Opaque,
    /// The profile asks for a number of iterations that Java refuses to read.
    Iterations,
}

impl fmt::Display for EncodeDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::UnreadableCertificate(defect) => return write!(f, "Java does not read the certificate: {defect}"),
            Self::EmptyChain => "a private key needs the certificate of its public key",
            Self::NoDate => "the entry has no date",
            Self::AliasTooLong => "the alias takes more than 65,535 bytes",
            Self::TooLarge => "a part is longer than it allows",
            Self::Sealing => "its readers do not open a key that is sealed this way; reseal it for this format",
            Self::NotVisible => "the entry is one that Java hides",
            Self::SecretKey => "it has no place for secret keys",
            Self::PlainPrivateKey => "a private key is never written unencrypted; seal it",
            Self::PasswordNotAscii => "its readers take passwords of printable ASCII only",
            Self::SecretKeyAlgorithm => "the algorithm of the secret key has no object identifier",
            Self::UnlinkedChain => {
                "its readers link chains by name, and each certificate of this one must name the next as its issuer"
            }
            Self::Signed => "it was signed, and the edited store cannot be signed here",
            Self::Date => "its dates have years of four digits",
            Self::Certificate => "a certificate is not one ASN.1 element",
            Self::Opaque => "the entry has a type that is only carried",
            Self::Iterations => {
                "its readers do not take a derivation of that cost; from 1 to 5,000,000 iterations they do"
            }
        };
        f.write_str(text)
    }
}
