//! A document of any format, with the operations that all formats have.

#[cfg(feature = "bcfks")]
use crate::Bcfks;
use crate::error::{Error, ErrorKind, Format};
use crate::lint::{Finding, Purpose};
use crate::{Bks, Entry, Integrity, Jks, KeyStore, Limits, Password, Pfx, Profile, private_key, x509};
use rand_core::CryptoRng;

/// A keystore of any format, as a document.
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

/// Reads a keystore of any format, recognised by its content, and verifies its digest or MAC.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] or [`ErrorKind::UnsupportedFormat`]; otherwise as the `decode` of the format, such as
/// [`Jks::decode`] and [`Pfx::decode`].
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
/// Encrypted parts of a PKCS#12 stay encrypted.
///
/// # Errors
/// As [`decode`], except that neither digest nor MAC is verified; [`ErrorKind::PasswordNeeded`] for an UBER, and for a
/// BCFKS whose content is encrypted with a password that is not empty.
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
    /// UBER.
    pub fn insert(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        match self {
            Self::Jks(jks) => jks.insert(entry),
            Self::Pfx(pfx) => pfx.insert(entry),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.insert(entry),
        }
    }

    /// Replaces the entry with the same alias, and returns the old one.
    ///
    /// In a PKCS#12, a new entry of another type is added at the end; see [`Pfx::replace`].
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchEntry`]; [`ErrorKind::AliasClash`] if another entry of a JKS or JCEKS has the alias in lower case,
    /// see [`Jks::replace`]; [`ErrorKind::NotRepresentable`] with the reason; [`ErrorKind::ReadOnly`] for a BKS or UBER.
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
    /// [`ErrorKind::NoSuchEntry`], or [`ErrorKind::ReadOnly`] for a BKS or UBER.
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
    /// long; [`ErrorKind::ReadOnly`] for a BKS or UBER.
    pub fn rename(&mut self, alias: &str, new_alias: &str) -> Result<(), Error> {
        match self {
            Self::Jks(jks) => jks.rename(alias, new_alias),
            Self::Pfx(pfx) => pfx.rename(alias, new_alias),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.rename(alias, new_alias),
        }
    }

    /// Encodes the store, with its digest or MAC under this password.
    ///
    /// Sealed keys keep their passwords. `profile` is used only for a PKCS#12, and `rng` only for a PKCS#12 or BCFKS.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`], as for the `encode` of each format; [`ErrorKind::ReadOnly`] for a BKS or UBER.
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

const fn read_only(bks: &Bks<'_>) -> Error {
    Error::new(ErrorKind::ReadOnly(bks.format()))
}

/// Detects the format by the first bytes, or by all bytes for a certificate or a key in DER.
///
/// BKS and UBER have the same header, so [`Format::Bks`] is the result for both.
///
/// # Errors
/// [`ErrorKind::Truncated`] if there are too few bytes; otherwise [`ErrorKind::UnknownFormat`].
pub(crate) fn detect(bytes: &[u8]) -> Result<Format, Error> {
    const TOO_SHORT: usize = 4;
    const SEQUENCE: u8 = 0x30;
    const INDEFINITE: u8 = 0x80;
    match *bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Ok(Format::Jks),
        [0xce, 0xce, 0xce, 0xce, ..] => Ok(Format::Jceks),
        [0, 0, 0, 1 | 2, ..] => Ok(Format::Bks),
        [b'-', b'-', b'-', b'-', ..] => Ok(Format::Pem),
        [SEQUENCE, length, ..] if length != INDEFINITE && private_key::is_file(bytes) => Ok(Format::PrivateKey),
        [SEQUENCE, length, _, _, ..] => Ok(match bytes.get(content_start(length)) {
            Some(&SEQUENCE) if x509::is_certificate(bytes) => Format::Certificate,
            Some(&SEQUENCE) => Format::Bcfks,
            _ => Format::Pkcs12,
        }),
        _ if bytes.len() < TOO_SHORT => {
            Err(Error::new(ErrorKind::Truncated { needed: TOO_SHORT, available: bytes.len() }).at(0))
        }
        _ => Err(Error::new(ErrorKind::UnknownFormat).at(0)),
    }
}

/// The offset of an ASN.1 element's content, computed from the first byte of its length.
fn content_start(length: u8) -> usize {
    if length > 0x80 { 2 + usize::from(length & 0x7f) } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_show_the_format() {
        let format = |bytes: &[u8]| detect(bytes).map_err(|error| error.kind().clone());
        assert_eq!(format(b"\xfe\xed\xfe\xed"), Ok(Format::Jks));
        assert_eq!(format(b"\xce\xce\xce\xce"), Ok(Format::Jceks));
        assert_eq!(format(b"\x30\x82\x01\x00\x02\x01\x03"), Ok(Format::Pkcs12));
        assert_eq!(format(b"\x30\x80\x02\x01\x03"), Ok(Format::Pkcs12));
        assert_eq!(format(b"\x30\x82\x01\x00\x30\x82"), Ok(Format::Bcfks));
        assert_eq!(format(b"\0\0\0\x02\0\0\0\x14"), Ok(Format::Bks));
        assert_eq!(format(b"-----BEGIN CERTIFICATE-----"), Ok(Format::Pem));
        assert_eq!(format(include_bytes!("../tests/data/node0.cer")), Ok(Format::Certificate));
        assert_eq!(format(include_bytes!("../tests/data/node0.pkcs8")), Ok(Format::PrivateKey));
        assert_eq!(format(b"PK\x03\x04"), Err(ErrorKind::UnknownFormat));
        assert_eq!(format(b"\xfe\xed"), Err(ErrorKind::Truncated { needed: 4, available: 2 }));
    }
}
