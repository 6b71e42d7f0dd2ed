//! Private keys that are sealed with a password.

use crate::asn1::{Algorithm, Envelope};
#[cfg(feature = "bcfks")]
use crate::bcfks;
use crate::bks;
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Format, Part};
use crate::jks::{jce_protector, key_protector};
use crate::pkcs12::{self, Profile};
use crate::private_key::{Proof, is_pkcs8};
use crate::{KeyMatch, Limits, Password, PrivateKey, key_match};
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::borrow::Cow;
use std::fmt;

/// A private key as it is sealed in a file.
///
/// In a BKS or UBER, the key has Bouncy Castle's own form. In all other formats, it is an `EncryptedPrivateKeyInfo` (RFC 5208,
/// section 6):
///
/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE {
///     encryptionAlgorithm  AlgorithmIdentifier,
///     encryptedData        OCTET STRING }
/// ```
///
/// The bytes are kept as they are, so a store can keep a key whose password or algorithm is unknown.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey<'a>(Cow<'a, [u8]>);

impl<'a> SealedKey<'a> {
    /// Wraps a key that another program sealed, without parsing it.
    ///
    /// [`open`](Self::open) refuses bytes that are neither an `EncryptedPrivateKeyInfo` nor a key of a BKS or UBER.
    pub fn from_unchecked_der(encrypted_private_key_info: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(encrypted_private_key_info.into())
    }

    /// The bytes as they are in the file.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }

    /// Opens the key with the default [`Limits`].
    ///
    /// # Errors
    /// As [`open_within`](Self::open_within).
    pub fn open(&self, password: &Password) -> Result<PrivateKey, Error> {
        self.open_within(password, &Limits::default())
    }

    /// Opens the key, unless its key derivation exceeds the limits.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPasswordOrTampered`]; [`ErrorKind::NotPkcs8`] if the password is right but the key has another form,
    /// such as PKCS#1; [`ErrorKind::NotRepresentable`] for a key of a JCEKS and a password that is not printable ASCII;
    /// [`ErrorKind::WrongEntryType`] for a key of a BKS or UBER that is not private; [`ErrorKind::UnsupportedAlgorithm`];
    /// [`ErrorKind::LimitExceeded`]; [`ErrorKind::Malformed`] or [`ErrorKind::Truncated`] if the sealed bytes or the parameters
    /// of their algorithm are not valid.
    ///
    /// The errors do not name the entry. The errors of [`KeyEntry::open`](crate::KeyEntry::open) do.
    pub fn open_within(&self, password: &Password, limits: &Limits) -> Result<PrivateKey, Error> {
        self.open_counted(password, &mut Budget::new(limits, None))
    }

    /// Opens the key, unless the total of `budget` would exceed its limits.
    pub(crate) fn open_counted(&self, password: &Password, budget: &mut Budget<'_>) -> Result<PrivateKey, Error> {
        if bks::key::is_sealed_here(&self.0) {
            return PrivateKey::decrypted(bks::key::open(&self.0, password, budget)?, Proof::None);
        }
        let envelope = Envelope::read(&self.0)?;
        let (key, proof) = match Sealing::of(&envelope.algorithm) {
            Sealing::Jks => (key_protector::open(&envelope, password), Proof::Authenticated),
            Sealing::Jceks => (jce_protector::open(&envelope, password, budget), Proof::None),
            #[cfg(feature = "bcfks")]
            Sealing::Bcfks => (bcfks::key::open(&envelope, password, budget), Proof::Authenticated),
            Sealing::Pkcs12 => (pkcs12::structure::sealed::open(&envelope, password, budget), Proof::None),
        };
        PrivateKey::decrypted(key.map_err(|error| error.of_part(Part::EncryptedPrivateKeyInfo))?, proof)
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
    ) -> Result<SealedKey<'static>, Error> {
        SealedKey::seal(&self.open(old)?.secret_pkcs8(), new, protection, rng)
    }

    /// The same key under another password, with the same scheme and cost.
    ///
    /// A key of a PKCS#12 can have any password, but Java up to 17 opens the key only if the password is printable ASCII.
    ///
    /// # Errors
    /// [`ErrorKind::ReadOnly`] with [`Format::Bks`] for a key of a BKS or UBER, whatever the password; use
    /// [`reseal`](Self::reseal) to seal such a key for another format. Otherwise as [`open`](Self::open), and
    /// [`ErrorKind::NotRepresentable`] for a key of a JCEKS and a new password that is not printable ASCII.
    pub fn with_password(
        &self,
        old: &Password,
        new: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedKey<'static>, Error> {
        self.with_password_counted(old, new, &mut Budget::new(&Limits::default(), None), rng)
    }

    /// [`with_password`](Self::with_password), unless the total of `budget` would exceed its limits.
    pub(crate) fn with_password_counted(
        &self,
        old: &Password,
        new: &Password,
        budget: &mut Budget<'_>,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<SealedKey<'static>, Error> {
        if bks::key::is_sealed_here(&self.0) {
            return Err(Error::new(ErrorKind::ReadOnly(Format::Bks)));
        }
        let key = self.open_counted(old, budget)?;
        let (envelope, plain) = (Envelope::read(&self.0)?, key.secret_pkcs8());
        let plain = plain.secret_pkcs8_der();
        let sealed = match Sealing::of(&envelope.algorithm) {
            Sealing::Jks => Ok(key_protector::seal(plain, new, rng)),
            Sealing::Jceks => jce_protector::reseal(&envelope, plain, new, rng),
            #[cfg(feature = "bcfks")]
            Sealing::Bcfks => bcfks::key::reseal(&envelope, plain, new, rng),
            Sealing::Pkcs12 => pkcs12::structure::sealed::reseal(&envelope, plain, new, rng),
        };
        sealed.map(SealedKey::from_unchecked_der)
    }

    pub(crate) fn algorithm(&self) -> Option<ObjectIdentifier> {
        let envelope = Envelope::read(&self.0).ok()?;
        ObjectIdentifier::from_bytes(envelope.algorithm.oid()).ok()
    }

    /// Copies the borrowed bytes, so that the key does not borrow from its file.
    pub fn into_owned(self) -> SealedKey<'static> {
        SealedKey(Cow::Owned(self.0.into_owned()))
    }
}

impl SealedKey<'static> {
    /// Seals a PKCS#8 key. The same arguments and randomness give the same bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the key is not PKCS#8 in DER; [`ErrorKind::NotRepresentable`] with the reason, such as a
    /// password or a cost that the format's readers do not accept.
    pub fn seal(
        key: &PrivatePkcs8KeyDer<'_>,
        password: &Password,
        protection: Protection,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let plain = key.secret_pkcs8_der();
        if !is_pkcs8(plain) {
            return Err(Error::malformed(Defect::PrivateKeyInfo));
        }
        match protection {
            Protection::Jks => Ok(Self::from_unchecked_der(key_protector::seal(plain, password, rng))),
            Protection::Jceks { iterations } => {
                jce_protector::seal(plain, password, iterations, rng).map(Self::from_unchecked_der)
            }
            #[cfg(feature = "bcfks")]
            Protection::Bcfks(profile) => profile.seal(plain, password, rng).map(Self::from_unchecked_der),
            Protection::Pkcs12(profile) => profile.seal(plain, password, rng).map(Self::from_unchecked_der),
        }
    }

    /// Seals a PKCS#8 key after checking that it belongs to the certificate.
    ///
    /// The returned [`KeyMatch`] says whether the check was possible.
    ///
    /// # Errors
    /// [`ErrorKind::KeyMismatch`] if key and certificate do not belong together; otherwise as [`seal`](Self::seal).
    pub fn seal_for(
        certificate: &CertificateDer<'_>,
        key: &PrivatePkcs8KeyDer<'_>,
        password: &Password,
        protection: Protection,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(Self, KeyMatch), Error> {
        match key_match(key, certificate) {
            KeyMatch::Differs => Err(Error::new(ErrorKind::KeyMismatch)),
            found => Ok((Self::seal(key, password, protection, rng)?, found)),
        }
    }
}

impl fmt::Debug for SealedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey({} bytes)", self.0.len())
    }
}

/// The scheme with which a key is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// Sun's proprietary key protection, the only one that a JKS supports.
    ///
    /// See `sun.security.provider.KeyProtector`.
    Jks,
    /// `PBEWithMD5AndTripleDES` for a JCEKS (`com.sun.crypto.provider.KeyProtector`). The password must be printable ASCII.
    Jceks {
        /// The iterations of the key derivation. The JDK writes 200,000 and accepts up to 5,000,000.
        iterations: u32,
    },
    /// The scheme with which this profile seals keys in a PKCS#12.
    Pkcs12(Profile),
    /// The scheme with which this profile seals keys in a BCFKS.
    #[cfg(feature = "bcfks")]
    Bcfks(bcfks::Profile),
}

enum Sealing {
    Jks,
    Jceks,
    #[cfg(feature = "bcfks")]
    Bcfks,
    /// Any other scheme, which may be unknown.
    Pkcs12,
}

impl Sealing {
    fn of(algorithm: &Algorithm<'_>) -> Self {
        #[cfg(feature = "bcfks")]
        if bcfks::key::is_sealed_here(algorithm) {
            return Self::Bcfks;
        }
        if algorithm.is(key_protector::OID) {
            Self::Jks
        } else if algorithm.is(jce_protector::OID) {
            Self::Jceks
        } else {
            Self::Pkcs12
        }
    }
}
