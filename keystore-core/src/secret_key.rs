//! Secret (symmetric) keys, sealed and open.

#[cfg(feature = "bcfks")]
use crate::bcfks;
use crate::bks;
use crate::budget::Budget;
use crate::error::{EncodeDefect, Error, ErrorKind, Format};
use crate::jks::sealed_object;
use crate::{Limits, Password, Protection, pkcs12};
use rand_core::CryptoRng;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// A secret key as it is sealed in a JCEKS, PKCS#12, BCFKS, BKS or UBER.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecretKey<'a> {
    format: Format,
    bytes: Cow<'a, [u8]>,
}

impl<'a> SealedSecretKey<'a> {
    pub(crate) fn read(format: Format, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { format, bytes: bytes.into() }
    }

    /// The format whose scheme seals the key; [`Format::Bks`] for an UBER too.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The bytes as they are in the file.
    ///
    /// In a JCEKS, the bytes are a serialized Java object; in a PKCS#12, the content of the secretBag; in the other formats,
    /// the data of the entry.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens the key with the default [`Limits`].
    ///
    /// # Errors
    /// As [`open_within`](Self::open_within).
    pub fn open(&self, password: &Password) -> Result<SecretKey, Error> {
        self.open_within(password, &Limits::default())
    }

    /// Opens the key, unless its key derivation exceeds the limits.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`], [`ErrorKind::UnsupportedAlgorithm`], [`ErrorKind::LimitExceeded`],
    /// [`ErrorKind::Malformed`] or [`ErrorKind::Truncated`]; [`ErrorKind::NotRepresentable`] for a key of a JCEKS and a
    /// password that is not printable ASCII.
    pub fn open_within(&self, password: &Password, limits: &Limits) -> Result<SecretKey, Error> {
        self.open_counted(password, &mut Budget::new(limits, None))
    }

    /// Opens the key, unless the total of `budget` would exceed its limits.
    pub(crate) fn open_counted(&self, password: &Password, budget: &mut Budget<'_>) -> Result<SecretKey, Error> {
        match self.format {
            #[cfg(feature = "bcfks")]
            Format::Bcfks => bcfks::key::open_secret(&self.bytes, password, budget),
            Format::Pkcs12 => pkcs12::structure::secret::open(&self.bytes, password, budget),
            Format::Bks => bks::key::open_secret(&self.bytes, password, budget),
            _ => sealed_object::open(&self.bytes, password, budget),
        }
    }

    /// Seals the key again, for another format or with another password.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`seal`](Self::seal).
    pub fn reseal(
        &self,
        old: &Password,
        new: &Password,
        protection: Protection,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedSecretKey<'static>, Error> {
        SealedSecretKey::seal(&self.open(old)?, new, protection, rng)
    }

    /// The same key under another password, with the same scheme and cost.
    ///
    /// A key of a PKCS#12 can have any password, but Java up to 17 opens the key only if the password is printable ASCII.
    ///
    /// # Errors
    /// [`ErrorKind::ReadOnly`] with [`Format::Bks`] for a key of a BKS or UBER, whatever the password; otherwise as
    /// [`open`](Self::open), and [`ErrorKind::NotRepresentable`] for a key of a JCEKS and a new password that is not printable
    /// ASCII.
    pub fn with_password(
        &self,
        old: &Password,
        new: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedSecretKey<'static>, Error> {
        self.with_password_counted(old, new, &mut Budget::new(&Limits::default(), None), rng)
    }

    /// [`with_password`](Self::with_password), unless the total of `budget` would exceed its limits.
    pub(crate) fn with_password_counted(
        &self,
        old: &Password,
        new: &Password,
        budget: &mut Budget<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedSecretKey<'static>, Error> {
        let bytes = match self.format {
            #[cfg(feature = "bcfks")]
            Format::Bcfks => bcfks::key::reseal_secret(&self.bytes, old, new, budget, rng),
            Format::Pkcs12 => pkcs12::structure::secret::reseal(&self.bytes, old, new, budget, rng),
            Format::Jceks => sealed_object::reseal(&self.bytes, old, new, budget, rng),
            format => Err(Error::new(ErrorKind::ReadOnly(format))),
        };
        bytes.map(|bytes| SealedSecretKey::read(self.format, bytes))
    }

    /// Copies the borrowed bytes, so that the key does not borrow from its file.
    pub fn into_owned(self) -> SealedSecretKey<'static> {
        SealedSecretKey { format: self.format, bytes: Cow::Owned(self.bytes.into_owned()) }
    }
}

impl SealedSecretKey<'static> {
    /// Seals a key. The same arguments and randomness give the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`] with the reason, such as a protection for private keys only, a password or a cost that
    /// the format's readers do not accept, or an algorithm without a known object identifier.
    pub fn seal(
        key: &SecretKey,
        password: &Password,
        protection: Protection,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        match protection {
            Protection::Jks => Err(Error::not_representable(Format::Jks, EncodeDefect::SecretKey)),
            Protection::Jceks { iterations } => {
                sealed_object::seal(key, password, iterations, rng).map(|bytes| Self::read(Format::Jceks, bytes))
            }
            #[cfg(feature = "bcfks")]
            Protection::Bcfks(profile) => {
                profile.seal_secret(key, password, rng).map(|bytes| Self::read(Format::Bcfks, bytes))
            }
            Protection::Pkcs12(profile) => {
                let plain = pkcs12::structure::secret::info(key)?;
                profile.seal(&plain, password, rng).map(|bytes| Self::read(Format::Pkcs12, bytes))
            }
        }
    }
}

impl fmt::Debug for SealedSecretKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedSecretKey({}, {} bytes)", self.format, self.bytes.len())
    }
}

/// An unencrypted secret key.
///
/// The key is wiped on drop, has neither `Clone` nor `Eq`, and is elided by `Debug`.
pub struct SecretKey {
    algorithm: String,
    bytes: Zeroizing<Vec<u8>>,
}

impl SecretKey {
    /// A key from Java's name of its algorithm and the bytes of `Key.getEncoded`.
    ///
    /// `AES` and `HmacSHA256` are such names.
    pub fn new(algorithm: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { algorithm: algorithm.into(), bytes: Zeroizing::new(bytes) }
    }

    /// Java's name of the algorithm, or the dotted object identifier if this crate knows no name.
    pub fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// The bytes of the key, which are secret.
    pub fn secret_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, elided)", self.algorithm)
    }
}
