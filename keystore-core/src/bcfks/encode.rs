//! Encodes a BCFKS.

use super::check::Method;
use super::decode::VERSION;
use super::document::{Bcfks, Date, Protection};
use super::kdf::Purpose;
use super::profile::Profile;
use super::scheme::Scheme;
use crate::asn1::{Tag, Writer};
use crate::error::{EncodeDefect, Error, Format};
use crate::{Integrity, KeyStore, Password, Timestamp};
use rand_core::CryptoRng;
use std::borrow::Cow;

/// Encodes a new BCFKS with these entries in order, created at `now`.
///
/// The keys are written as they are sealed, so they must be sealed for a BCFKS (see
/// [`SealedKey::seal`](crate::SealedKey::seal)).
///
/// The random bytes are drawn in this order: the salt of the content, its nonce (except with key wrap), the salt of the
/// MAC.
///
/// # Errors
/// [`NotRepresentable`](crate::ErrorKind::NotRepresentable) with the reason, or
/// [`AliasClash`](crate::ErrorKind::AliasClash). An error about an entry names the entry.
pub fn encode(
    keystore: &KeyStore<'_>,
    password: &Password,
    profile: &Profile,
    now: Timestamp,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let mut store = Bcfks::new(*profile, now)?;
    for entry in keystore.all() {
        keystore.refuse_invisible(entry, Format::Bcfks)?;
        // A view without hidden entries contains each spelling of an alias only once.
        store.append(entry)?;
    }
    store.encode(password, rng)
}

impl Bcfks<'static> {
    /// A store without entries, with this profile, created at `now`.
    ///
    /// # Errors
    /// [`NotRepresentable`](crate::ErrorKind::NotRepresentable) if the year of `now` does not have four digits.
    pub fn new(profile: Profile, now: Timestamp) -> Result<Self, Error> {
        let date = Date::new(now).ok_or_else(|| refused(EncodeDefect::Date))?;
        Ok(Self {
            original: None,
            contents: Cow::Borrowed(&[]),
            created: date.clone(),
            modified: date,
            comment: Vec::new(),
            entries: Vec::new(),
            protection: Protection::New(profile),
            integrity: Integrity::Verified,
            password: None,
        })
    }
}

impl Bcfks<'_> {
    /// Encodes the store.
    ///
    /// An unedited store keeps its bytes if it is signed, or if the password is the one that the file was decoded with.
    /// Otherwise the store gets a new MAC, and its content is encrypted, except where the content of the file was not encrypted
    /// and [`protect`](Self::protect) was not called. The algorithms and costs are those of the last profile or, without a
    /// profile, of the file. Sealed keys keep their passwords.
    ///
    /// The same document, password and randomness give the same bytes. The random bytes are drawn in the order of
    /// [`encode`](super::encode()); content that is not encrypted needs neither a salt nor a nonce.
    ///
    /// # Errors
    /// [`NotRepresentable`](crate::ErrorKind::NotRepresentable) if the store is signed and was edited, if readers refuse the
    /// profile's cost, or if the content is too long for the cipher (16 MiB or more with CCM);
    /// [`Malformed`](crate::ErrorKind::Malformed) if scrypt does not accept the parameters of a file that was not verified.
    pub fn encode(&self, password: &Password, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Vec<u8>, Error> {
        let same = self.is_signed() || self.password.as_ref().is_some_and(|known| known.same(password));
        if let Some(original) = self.original.as_ref().filter(|_| same) {
            return Ok(original.to_vec());
        }
        let (scheme, mac) = self.draw(rng)?;
        let data = self.data(scheme.as_ref(), &mac, password)?;
        let mac = mac.authenticate(password, &data)?;
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            mac.write(writer.raw(&data));
        });
        Ok(writer.finish().to_vec())
    }

    fn draw(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<(Option<Scheme>, Method), Error> {
        match &self.protection {
            Protection::New(profile) => {
                profile.check()?;
                Ok((Some(profile.scheme(rng)), profile.mac(rng)))
            }
            Protection::AsRead(read) => {
                let scheme = read.encryption.as_ref().map(|scheme| scheme.renewed(rng));
                Ok((scheme, read.mac.renewed(rng)))
            }
            Protection::Signed => Err(refused(EncodeDefect::Signed)),
        }
    }

    fn data(&self, scheme: Option<&Scheme>, mac: &Method, password: &Password) -> Result<Vec<u8>, Error> {
        let contents = self.store_data(mac);
        let Some(scheme) = scheme else { return Ok(contents) };
        let encrypted = scheme.encrypt(password, Purpose::StoreEncryption, &contents)?;
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            scheme.write(writer);
            writer.octet_string(&encrypted);
        });
        Ok(writer.finish().to_vec())
    }

    fn store_data(&self, mac: &Method) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.unsigned(VERSION);
            mac.write_algorithm(writer);
            writer.raw(&self.created.encoded).raw(&self.modified.encoded);
            writer.nested(Tag::SEQUENCE, |writer| {
                for entry in &self.entries {
                    writer.raw(entry.bytes(&self.contents));
                }
            });
            writer.raw(&self.comment);
        });
        writer.finish().to_vec()
    }
}

fn refused(defect: EncodeDefect) -> Error {
    Error::not_representable(Format::Bcfks, defect)
}
