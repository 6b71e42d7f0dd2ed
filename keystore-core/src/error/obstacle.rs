//! What cannot be written, in detail.

use thiserror::Error;

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
