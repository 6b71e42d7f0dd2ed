//! A document of any format, with the operations that all formats have.

#[cfg(feature = "bcfks")]
use crate::Bcfks;
use crate::detect::detect;
#[cfg(feature = "bcfks")]
use crate::error::EncodeDefect;
use crate::error::{Error, ErrorKind, Format};
use crate::lint::{Finding, Purpose};
use crate::{Bks, Entry, Integrity, Jks, KeyStore, Limits, Password, Pfx, Profile, Protection};
use rand_core::CryptoRng;

/// The JDK's number of iterations for a key of a JCEKS.
///
/// See `com.sun.crypto.provider.KeyProtector`.
const JDK_ITERATIONS: u32 = 200_000;

/// A keystore of any format, as a document.
///
/// A `Store`, a [`Password`] and an [`Error`] are `Send` and `Sync`. A function that takes a [`Password`] may derive keys on the
/// calling thread, which may take seconds. An asynchronous program should call such a function in a blocking task, for example
/// with tokio's `spawn_blocking`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Store<'a> {
    /// JKS or JCEKS.
    Jks(Jks<'a>),
    /// PKCS#12.
    Pfx(Pfx<'a>),
    /// BKS or UBER, which are read-only.
    Bks(Bks<'a>),
    /// BCFKS.
    #[cfg(feature = "bcfks")]
    Bcfks(Bcfks<'a>),
}

/// Reads a keystore of any format, and verifies its digest or MAC, if any.
///
/// The format is recognised by the content.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`], [`ErrorKind::UnsupportedFormat`], or [`ErrorKind::Truncated`] for fewer than four bytes;
/// otherwise as the `decode` of the format, such as [`Jks::decode`] and [`Pfx::decode`].
pub fn decode<'a>(bytes: &'a [u8], password: &Password) -> Result<Store<'a>, Error> {
    decode_within(bytes, password, &Limits::default())
}

/// [`decode`] with limits other than the default ones.
///
/// # Errors
/// As [`decode`].
pub fn decode_within<'a>(bytes: &'a [u8], password: &Password, limits: &Limits) -> Result<Store<'a>, Error> {
    match detect(bytes)? {
        Format::Jks | Format::Jceks => Jks::decode_within(bytes, password, limits).map(Store::Jks),
        Format::Pkcs12 => Pfx::decode_within(bytes, password, limits).map(Store::Pfx),
        Format::Bks => Bks::decode_within(bytes, password, limits).map(Store::Bks),
        #[cfg(feature = "bcfks")]
        Format::Bcfks => Bcfks::decode_within(bytes, password, limits).map(Store::Bcfks),
        format => Err(Error::new(ErrorKind::UnsupportedFormat(format))),
    }
}

/// Reads a keystore without a password, so **anyone may have changed the content**.
///
/// Encrypted parts of a PKCS#12 stay encrypted, and their entries are not shown. A PKCS#12 with such parts can be neither
/// edited nor encoded; [`Pfx::decode_unverified`] reads such parts with a password.
///
/// # Errors
/// As [`decode`], except that no digest or MAC is verified and a signed BCFKS is accepted; [`ErrorKind::PasswordNeeded`] for an
/// UBER, and for a BCFKS whose content is encrypted with a password that is not empty.
pub fn decode_unverified(bytes: &[u8]) -> Result<Store<'_>, Error> {
    decode_unverified_within(bytes, &Limits::default())
}

/// [`decode_unverified`] with limits other than the default ones.
///
/// # Errors
/// As [`decode_unverified`].
pub fn decode_unverified_within<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Store<'a>, Error> {
    match detect(bytes)? {
        Format::Jks | Format::Jceks => Jks::decode_unverified_within(bytes, limits).map(Store::Jks),
        Format::Pkcs12 => Pfx::decode_unverified_within(bytes, None, limits).map(Store::Pfx),
        Format::Bks => Bks::decode_unverified_within(bytes, None, limits).map(Store::Bks),
        #[cfg(feature = "bcfks")]
        Format::Bcfks => Bcfks::decode_unverified_within(bytes, None, limits).map(Store::Bcfks),
        format => Err(Error::new(ErrorKind::UnsupportedFormat(format))),
    }
}

impl Store<'_> {
    /// The format of the document.
    pub const fn format(&self) -> Format {
        match self {
            Self::Jks(jks) => jks.format(),
            Self::Pfx(_) => Format::Pkcs12,
            Self::Bks(bks) => bks.format(),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(_) => Format::Bcfks,
        }
    }

    /// The protection with which a key for this store should be sealed.
    ///
    /// For a PKCS#12 and a BCFKS, the algorithms and costs are those of [`Pfx::profile`] and `Bcfks::profile`; a new PKCS#12
    /// has those of [`Profile::JAVA_17`]. A JCEKS has the iterations that the JDK writes.
    ///
    /// # Errors
    /// [`ErrorKind::ReadOnly`] for a BKS or UBER; [`ErrorKind::NotRepresentable`] for a signed BCFKS, which cannot be encoded
    /// after an edit.
    pub fn protection(&self) -> Result<Protection, Error> {
        match self {
            Self::Jks(jks) if jks.format() == Format::Jceks => Ok(Protection::Jceks { iterations: JDK_ITERATIONS }),
            Self::Jks(_) => Ok(Protection::Jks),
            Self::Pfx(pfx) => Ok(Protection::Pkcs12(pfx.profile().unwrap_or(Profile::JAVA_17))),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => {
                let signed = || Error::not_representable(Format::Bcfks, EncodeDefect::Signed);
                bcfks.profile().map(Protection::Bcfks).ok_or_else(signed)
            }
        }
    }

    /// Whether the digest, MAC or signature was verified when the file was read.
    pub fn integrity(&self) -> Integrity {
        match self {
            Self::Jks(jks) => jks.integrity(),
            Self::Pfx(pfx) => pfx.integrity(),
            Self::Bks(bks) => bks.integrity(),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.integrity(),
        }
    }

    /// The entries that Java's `KeyStore` shows, and those that it hides.
    ///
    /// Each call builds the list and its index again, in time and memory proportional to the number of entries. Keep
    /// the view while the document does not change.
    pub fn view(&self) -> KeyStore<'_> {
        match self {
            Self::Jks(jks) => jks.view(),
            Self::Pfx(pfx) => pfx.view(),
            Self::Bks(bks) => bks.view(),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.view(),
        }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// [`ErrorKind::AliasClash`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::ReadOnly`] for a BKS or
    /// UBER; [`ErrorKind::PasswordNeeded`] for a PKCS#12 with encrypted parts that was decoded without a password.
    pub fn insert(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        match self {
            Self::Jks(jks) => jks.insert(entry),
            Self::Pfx(pfx) => pfx.insert(entry),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.insert(entry),
        }
    }

    /// Replaces the entry with the same alias, and returns the old entry.
    ///
    /// In a PKCS#12, a new entry of another type is added at the end; see [`Pfx::replace`].
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::AliasClash`] if another entry of a JKS or JCEKS has the alias in lower case,
    /// see [`Jks::replace`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::ReadOnly`] and
    /// [`ErrorKind::PasswordNeeded`] as for [`insert`](Self::insert).
    pub fn replace(&mut self, entry: &Entry<'_>) -> Result<Entry<'static>, Error> {
        match self {
            Self::Jks(jks) => jks.replace(entry),
            Self::Pfx(pfx) => pfx.replace(entry),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.replace(entry),
        }
    }

    /// Removes the entry with this alias and returns it.
    ///
    /// Earlier entries with the same alias, which Java does not show, are removed too; see [`Jks::remove`] and
    /// [`Pfx::remove`].
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::ReadOnly`] and [`ErrorKind::PasswordNeeded`] as for
    /// [`insert`](Self::insert).
    pub fn remove(&mut self, alias: &str) -> Result<Entry<'static>, Error> {
        match self {
            Self::Jks(jks) => jks.remove(alias),
            Self::Pfx(pfx) => pfx.remove(alias),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.remove(alias),
        }
    }

    /// Renames an entry.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::AliasClash`]; [`ErrorKind::NotRepresentable`] for an alias that is too
    /// long; [`ErrorKind::ReadOnly`] and [`ErrorKind::PasswordNeeded`] as for [`insert`](Self::insert).
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        match self {
            Self::Jks(jks) => jks.rename(alias, new_alias),
            Self::Pfx(pfx) => pfx.rename(alias, new_alias),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.rename(alias, new_alias),
        }
    }

    /// Encodes the store, with the digest or MAC, if any, under this password.
    ///
    /// Sealed keys keep their passwords. `profile` is used only for a PKCS#12, and `rng` only for a PKCS#12 or BCFKS.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`], as for the `encode` of each format; [`ErrorKind::ReadOnly`] and
    /// [`ErrorKind::PasswordNeeded`] as for [`insert`](Self::insert).
    pub fn encode(
        &self,
        password: &Password,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        match self {
            Self::Jks(jks) => jks.encode(password),
            Self::Pfx(pfx) => pfx.encode(password, profile, rng),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.encode(password, rng),
        }
    }

    /// Returns the findings of [`KeyStore::lint`], and findings about the file.
    ///
    /// The findings about the file concern its integrity, the encryption of its parts, and the password. Without a password,
    /// no key is tried.
    pub fn lint(&self, password: Option<&Password>, purpose: Purpose) -> Vec<Finding> {
        crate::lint::of_store(self, password, purpose)
    }

    /// Returns the findings for FIPS mode: short passwords and short RSA keys.
    ///
    /// FIPS mode is Bouncy Castle's `bc-fips` in approved mode. These findings are not part of [`lint`](Self::lint),
    /// because other readers accept such passwords and keys.
    pub fn lint_fips(&self, password: Option<&Password>) -> Vec<Finding> {
        crate::lint::fips(&self.view(), password)
    }

    /// Copies the borrowed bytes, so that the document does not borrow from the input.
    pub fn into_owned(self) -> Store<'static> {
        match self {
            Self::Jks(jks) => Store::Jks(jks.into_owned()),
            Self::Pfx(pfx) => Store::Pfx(pfx.into_owned()),
            Self::Bks(bks) => Store::Bks(bks.into_owned()),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => Store::Bcfks(bcfks.into_owned()),
        }
    }
}

impl Store<'_> {
    pub(crate) fn refuse_edits(&self) -> Result<(), Error> {
        match self {
            Self::Bks(bks) => Err(read_only(bks)),
            Self::Pfx(pfx) => pfx.refuse_locked(),
            _ => Ok(()),
        }
    }
}

pub(crate) const fn read_only(bks: &Bks<'_>) -> Error {
    Error::new(ErrorKind::ReadOnly(bks.format()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PrivateKey, SecretKey};

    #[test]
    fn several_threads_may_use_a_store_and_its_keys() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Store<'static>>();
        shared::<KeyStore<'static>>();
        shared::<Password>();
        shared::<PrivateKey>();
        shared::<SecretKey>();
        shared::<Error>();
    }
}
