//! One part of an AuthenticatedSafe (RFC 7292, section 4.1): a `SafeContents`.

use super::bag::{self, Bag, Changes, Value};
use super::content_info::{self, Content, Extent};
use super::sealed;
use crate::Password;
use crate::asn1::{Element, Envelope, Reader, Tag, Writer};
use crate::budget::Budget;
use crate::error::{EncodeDefect, Error, ErrorKind, Format, Part};
use crate::invariant::slice;
use crate::pkcs12::crypto::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use crate::pkcs12::crypto::pbe::Scheme;
use crate::pkcs12::profile::Profile;
use crate::private_key::Proof;
use rand_core::CryptoRng;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Protection {
    /// `data`: the bags are unencrypted, but keys in them may be sealed.
    Clear,
    Encrypted,
    /// `encryptedData` that was not decrypted, so that its bags are unknown.
    Locked,
}

/// Whether an encrypted part may keep its ciphertext, which requires the same password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) enum Keep {
    Ciphertext,
    Nothing,
}

#[derive(Clone, Debug)]
pub(in crate::pkcs12) struct Safe<'a> {
    pub(in crate::pkcs12) protection: Protection,
    /// The `ContentInfo` in the file; `None` if the part is new or was edited.
    original: Option<Cow<'a, [u8]>>,
    contents: Contents<'a>,
    bags: Vec<Bag>,
    /// The encoding that decrypted this part; it matters only for an empty password.
    pub(in crate::pkcs12) empty: Option<EmptyPasswordEncoding>,
}

/// The bytes that the positions of the bags refer to.
///
/// The bytes are a `SafeContents`, or bags without an enclosing `SEQUENCE`.
#[derive(Clone)]
enum Contents<'a> {
    InFile(&'a [u8]),
    /// Bytes that are wiped on drop, because they may contain unencrypted keys.
    Owned(Zeroizing<Vec<u8>>),
    /// Bytes with only certificates, sealed keys and sealed secrets, which need no wiping.
    ///
    /// Wiping would slow down the decoding of a large truststore.
    Public(Vec<u8>),
}

/// A part, as far as it can be read without a key derivation.
pub(in crate::pkcs12) enum SealedSafe<'a> {
    Open(Safe<'a>),
    Encrypted { original: Element<'a>, scheme: Scheme, ciphertext: Cow<'a, [u8]> },
    Unread { original: Element<'a> },
}

impl<'a> SealedSafe<'a> {
    /// Reads the next part, and counts the derivations that are visible without decryption.
    pub(in crate::pkcs12) fn read(
        reader: &mut Reader<'a>,
        extent: Extent,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Error> {
        let (original, content) = content_info::read(reader, extent, budget)?;
        match content {
            Content::Unread => Ok(Self::Unread { original }),
            Content::Encrypted { scheme, ciphertext } => Ok(Self::Encrypted { original, scheme, ciphertext }),
            Content::Clear { bytes, origin } => {
                let contents = match bytes {
                    Cow::Borrowed(bytes) => Contents::InFile(bytes),
                    Cow::Owned(bytes) => Contents::Owned(Zeroizing::new(bytes)),
                };
                Safe::read(Protection::Clear, original.encoded, contents, origin, budget).map(Self::Open)
            }
        }
    }

    pub(in crate::pkcs12) const fn scheme(&self) -> Option<&Scheme> {
        match self {
            Self::Open(_) | Self::Unread { .. } => None,
            Self::Encrypted { scheme, .. } => Some(scheme),
        }
    }

    pub(in crate::pkcs12) const fn is_unread(&self) -> bool {
        matches!(self, Self::Unread { .. })
    }

    pub(in crate::pkcs12) fn open(
        self,
        password: Option<&Password>,
        proof: Proof,
        budget: &mut Budget<'_>,
    ) -> Result<Safe<'a>, Error> {
        match (self, password) {
            (Self::Open(safe), _) => Ok(safe),
            (Self::Unread { original }, _) | (Self::Encrypted { original, .. }, None) => {
                Ok(Safe { original: Some(Cow::Borrowed(original.encoded)), ..Safe::new(Protection::Locked) })
            }
            (Self::Encrypted { original, scheme, ciphertext }, Some(password)) => {
                let opened = scheme.decrypt(password, &ciphertext, |plain| plain.first() == Some(&Tag::SEQUENCE.0));
                let (plain, empty) = opened.map_err(|error| refine(error, proof, &original))?;
                let safe = Safe::read(Protection::Encrypted, original.encoded, Contents::Owned(plain), None, budget)?;
                Ok(Safe { empty: Some(empty), ..safe })
            }
        }
    }
}

/// Turns the error for a wrong password into `OtherPassword` if the MAC proves the password.
fn refine(error: Error, proof: Proof, part: &Element<'_>) -> Error {
    match (proof, error.kind()) {
        (Proof::Authenticated, ErrorKind::WrongPasswordOrTampered) => {
            part.error(ErrorKind::OtherPassword { part: Part::EncryptedData })
        }
        _ => error,
    }
}

impl<'a> Safe<'a> {
    pub(in crate::pkcs12) fn new(protection: Protection) -> Self {
        Self {
            protection,
            original: None,
            contents: Contents::Owned(Zeroizing::default()),
            bags: Vec::new(),
            empty: None,
        }
    }

    pub(in crate::pkcs12) fn bags(&self) -> &[Bag] {
        &self.bags
    }

    pub(in crate::pkcs12) fn has_certificates(&self) -> bool {
        self.bags.iter().any(|bag| matches!(bag.value, Value::Certificate(_)))
    }

    /// The scheme of the first pkcs8ShroudedKeyBag or secretBag that is not in a safeContentsBag.
    ///
    /// Returns `None` if there is no such bag, or if its scheme is unknown.
    pub(in crate::pkcs12) fn key_scheme(&self) -> Option<Scheme> {
        let sealed = self.bags.iter().find_map(|bag| bag.sealed(self.contents()))?;
        sealed::scheme(sealed).ok()
    }

    /// The bag that starts at this position, at any depth.
    ///
    /// A safeContentsBag itself is not found.
    pub(in crate::pkcs12) fn bag(&self, start: usize) -> Option<&Bag> {
        find(&self.bags, start)
    }

    pub(in crate::pkcs12) fn contents(&self) -> &[u8] {
        match &self.contents {
            Contents::InFile(bytes) => bytes,
            Contents::Owned(bytes) => bytes,
            Contents::Public(bytes) => bytes,
        }
    }

    pub(in crate::pkcs12) fn append(&mut self, bags: &[u8]) -> Result<(), Error> {
        let start = self.contents().len();
        self.bags.extend(Bag::read_all(&mut Reader::from_offset(bags, start), 1, &mut Budget::unlimited())?);
        let mut contents = Writer::from(std::mem::replace(&mut self.contents, Contents::InFile(&[])).into_owned());
        contents.raw(bags);
        self.contents = Contents::Owned(contents.finish());
        Ok(())
    }

    pub(in crate::pkcs12) fn change(&mut self, changes: &Changes) -> Result<(), Error> {
        let mut writer = Writer::new();
        bag::write_all(self.contents(), &self.bags, changes, &mut writer)?;
        *self = Self::new(self.protection);
        self.append(&writer.finish())
    }

    /// Writes the original `ContentInfo` if the part may keep it, otherwise a new `ContentInfo`.
    ///
    /// Writes nothing for a new or edited part without bags.
    pub(in crate::pkcs12) fn write(
        &self,
        writer: &mut Writer,
        keep: Keep,
        password: &EncodedPassword<'_>,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), Error> {
        let keep =
            (keep == Keep::Ciphertext && profile.certificates.is_some()) || self.protection != Protection::Encrypted;
        match (&self.original, self.protection) {
            (Some(original), _) if keep => {
                writer.raw(original);
            }
            (None, _) if self.bags.is_empty() => {}
            (_, Protection::Clear) => content_info::write_data(writer, |writer| self.write_contents(writer)),
            (_, Protection::Encrypted | Protection::Locked) => {
                let Some(scheme) = profile.draw(rng) else { return self.write_clear(writer) };
                let mut plain = Writer::new();
                self.write_contents(&mut plain);
                content_info::write_encrypted_data(writer, &scheme, &scheme.encrypt(password, &plain.finish())?);
            }
        }
        Ok(())
    }

    fn write_clear(&self, writer: &mut Writer) -> Result<(), Error> {
        if self.may_be_secret() {
            return Err(Error::not_representable(Format::Pkcs12, EncodeDefect::PlainPrivateKey));
        }
        content_info::write_data(writer, |writer| self.write_contents(writer));
        Ok(())
    }

    pub(in crate::pkcs12) fn into_owned(self) -> Safe<'static> {
        let original = self.original.map(|original| Cow::Owned(original.into_owned()));
        let contents = match self.contents {
            Contents::InFile(bytes) => Contents::Owned(Zeroizing::new(bytes.to_vec())),
            Contents::Owned(bytes) => Contents::Owned(bytes),
            Contents::Public(bytes) => Contents::Public(bytes),
        };
        Safe { protection: self.protection, original, contents, bags: self.bags, empty: self.empty }
    }

    /// Reads the bags of `SafeContents ::= SEQUENCE OF SafeBag`.
    fn read(
        protection: Protection,
        original: &'a [u8],
        contents: Contents<'a>,
        origin: Option<usize>,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Error> {
        let mut safe = Self { original: Some(Cow::Borrowed(original)), contents, ..Self::new(protection) };
        let sequence = Reader::new(safe.contents(), origin).expect(Tag::SEQUENCE, Part::SafeContents)?;
        let bags = Bag::read_all(&mut sequence.children(), 1, budget)?;
        sequence.children().check()?;
        safe.bags = bags;
        if !safe.may_be_secret() {
            safe.contents = safe.contents.into_unwiped();
        }
        Ok(safe)
    }

    /// Whether a bag may contain an unsealed key or secret.
    fn may_be_secret(&self) -> bool {
        self.bags.iter().any(|bag| may_be_secret(bag, self.contents()))
    }

    fn write_contents(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            for bag in &self.bags {
                writer.raw(slice(self.contents(), bag.encoded.clone()));
            }
        });
    }
}

impl Contents<'_> {
    fn into_owned(self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::InFile(bytes) => Zeroizing::new(bytes.to_vec()),
            Self::Owned(bytes) => bytes,
            Self::Public(bytes) => Zeroizing::new(bytes),
        }
    }

    fn into_unwiped(self) -> Self {
        match self {
            Self::Owned(mut bytes) => Self::Public(std::mem::take(&mut *bytes)),
            other => other,
        }
    }
}

impl fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents(elided)")
    }
}

fn may_be_secret(bag: &Bag, contents: &[u8]) -> bool {
    match &bag.value {
        Value::Certificate(_) => false,
        // Reading does not check that the values are sealed, and a secretBag may hold any OCTET STRING.
        Value::ShroudedKey(_) | Value::Secret(_) => bag.sealed(contents).is_none_or(|ber| Envelope::read(ber).is_err()),
        Value::PlainKey(_) | Value::Other => true,
        Value::Nested(bags) => bags.iter().any(|bag| may_be_secret(bag, contents)),
    }
}

fn find(bags: &[Bag], start: usize) -> Option<&Bag> {
    let before = bags.partition_point(|bag| bag.encoded.start <= start);
    let bag = bags.get(before.checked_sub(1)?)?;
    match &bag.value {
        Value::Nested(inner) => find(inner, start),
        _ => (bag.encoded.start == start).then_some(bag),
    }
}
