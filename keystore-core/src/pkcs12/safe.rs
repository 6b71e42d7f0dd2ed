//! One part of an AuthenticatedSafe: a `SafeContents` in its `ContentInfo` (RFC 7292, section 4.1).

use super::allowance::Allowance;
use super::bag::{Bag, Value};
use super::ber::{Reader, Tag};
use super::change::{self, Changes};
use super::content_info::{self, Content};
use super::encoded_password::{Empty, EncodedPassword};
use super::pbe::Scheme;
use super::profile::Profile;
use super::readers::Readers;
use super::write::Writer;
use crate::Password;
use crate::error::{Error, Part};
use rand_core::CryptoRng;
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroizing;

/// How a part is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Protection {
    /// `data`: the bags stand in clear, sealed keys are sealed all the same.
    Clear,
    /// `encryptedData`, with the store's password.
    Encrypted,
    /// `encryptedData`, and nobody said the password: its bags are unknown.
    Locked,
}

/// Whether what is encrypted already may stay so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keep {
    /// The password is still the same.
    Ciphertext,
    /// The password is another one.
    Nothing,
}

/// A part with its bags.
#[derive(Clone, Debug)]
pub(super) struct Safe<'a> {
    pub(super) protection: Protection,
    /// The `ContentInfo` as it stands in the file, as long as no edit has touched its bags.
    original: Option<Cow<'a, [u8]>>,
    contents: Contents<'a>,
    bags: Vec<Bag>,
    /// What an empty password was when this part was decrypted.
    pub(super) empty: Option<Empty>,
}

/// Encoded bags, one behind the other.
#[derive(Clone)]
enum Contents<'a> {
    InFile(&'a [u8]),
    /// Wiped on drop: keys in clear may be among them.
    Owned(Zeroizing<Vec<u8>>),
    /// Certificates and sealed keys alone. There is nothing to wipe, and wiping a large truststore takes a tenth of the
    /// time that decoding it does.
    Public(Vec<u8>),
}

/// A part as far as it can be read without a key derivation.
pub(super) enum SealedSafe<'a> {
    Open(Safe<'a>),
    Encrypted { original: &'a [u8], scheme: Scheme, ciphertext: Cow<'a, [u8]> },
}

impl<'a> SealedSafe<'a> {
    /// Reads the next part. All derivations that its content asks for are counted.
    pub(super) fn read(reader: &mut Reader<'a>, allowance: &mut Allowance<'_>) -> Result<Self, Error> {
        let (original, content) = content_info::read(reader, allowance)?;
        match content {
            Content::Encrypted { scheme, ciphertext } => Ok(Self::Encrypted { original, scheme, ciphertext }),
            Content::Clear { octets, origin } => {
                let contents = match octets {
                    Cow::Borrowed(octets) => Contents::InFile(octets),
                    Cow::Owned(octets) => Contents::Owned(Zeroizing::new(octets)),
                };
                Safe::read(Protection::Clear, original, contents, origin, allowance).map(Self::Open)
            }
        }
    }

    /// Who reads how it is encrypted; none if it is not.
    pub(super) fn readers(&self) -> Option<Readers> {
        match self {
            Self::Open(_) => None,
            Self::Encrypted { scheme, .. } => Some(scheme.readers()),
        }
    }

    /// Decrypts what is encrypted, unless there is no password.
    pub(super) fn open(self, password: Option<&Password>, allowance: &mut Allowance<'_>) -> Result<Safe<'a>, Error> {
        match (self, password) {
            (Self::Open(safe), _) => Ok(safe),
            (Self::Encrypted { original, .. }, None) => {
                Ok(Safe { original: Some(Cow::Borrowed(original)), ..Safe::new(Protection::Locked) })
            }
            (Self::Encrypted { original, scheme, ciphertext }, Some(password)) => {
                let (plain, empty) =
                    scheme.decrypt(password, &ciphertext, |plain| plain.first() == Some(&Tag::SEQUENCE.0))?;
                let safe = Safe::read(Protection::Encrypted, original, Contents::Owned(plain), None, allowance)?;
                Ok(Safe { empty: Some(empty), ..safe })
            }
        }
    }
}

impl<'a> Safe<'a> {
    /// A new part without bags.
    pub(super) fn new(protection: Protection) -> Self {
        Self {
            protection,
            original: None,
            contents: Contents::Owned(Zeroizing::default()),
            bags: Vec::new(),
            empty: None,
        }
    }

    pub(super) fn bags(&self) -> &[Bag] {
        &self.bags
    }

    /// The bag that starts here, in whatever depth.
    pub(super) fn bag(&self, start: usize) -> Option<&Bag> {
        find(&self.bags, start)
    }

    /// The octets that the places of the bags refer to.
    pub(super) fn contents(&self) -> &[u8] {
        match &self.contents {
            Contents::InFile(octets) => octets,
            Contents::Owned(octets) => octets,
            Contents::Public(octets) => octets,
        }
    }

    /// Adds encoded bags at the end of a new part.
    pub(super) fn append(&mut self, bags: &[u8]) -> Result<(), Error> {
        let start = self.contents().len();
        let mut contents = Writer::from(std::mem::replace(&mut self.contents, Contents::InFile(&[])).into_owned());
        contents.raw(bags);
        let contents = contents.finish();
        self.bags.extend(Bag::read_all(&mut Reader::from(&contents, start), 1, &mut Allowance::unlimited())?);
        self.contents = Contents::Owned(contents);
        Ok(())
    }

    /// Changes bags; from then on the part is written anew.
    pub(super) fn change(&mut self, changes: &Changes) -> Result<(), Error> {
        let mut writer = Writer::new();
        change::write(self.contents(), &self.bags, changes, &mut writer)?;
        *self = Self::new(self.protection);
        self.append(&writer.finish())
    }

    /// Writes the `ContentInfo`: as it was if that can be kept, else anew, and not at all if an edit took out its last bag.
    pub(super) fn write(
        &self,
        writer: &mut Writer,
        keep: Keep,
        password: &EncodedPassword<'_>,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) {
        let keep = keep == Keep::Ciphertext || self.protection != Protection::Encrypted;
        match (&self.original, self.protection) {
            (Some(original), _) if keep => {
                writer.raw(original);
            }
            (None, _) if self.bags.is_empty() => {}
            (_, Protection::Clear) => content_info::write_data(writer, |writer| self.write_contents(writer)),
            (_, Protection::Encrypted | Protection::Locked) => {
                let scheme = profile.draw(profile.certificates, rng);
                let mut plain = Writer::new();
                self.write_contents(&mut plain);
                content_info::write_encrypted_data(writer, &scheme, &scheme.encrypt(password, &plain.finish()));
            }
        }
    }

    pub(super) fn into_owned(self) -> Safe<'static> {
        let original = self.original.map(|original| Cow::Owned(original.into_owned()));
        let contents = match self.contents {
            Contents::InFile(octets) => Contents::Owned(Zeroizing::new(octets.to_vec())),
            Contents::Owned(octets) => Contents::Owned(octets),
            Contents::Public(octets) => Contents::Public(octets),
        };
        Safe { protection: self.protection, original, contents, bags: self.bags, empty: self.empty }
    }

    /// `SafeContents ::= SEQUENCE OF SafeBag`
    fn read(
        protection: Protection,
        original: &'a [u8],
        contents: Contents<'a>,
        origin: Option<usize>,
        allowance: &mut Allowance<'_>,
    ) -> Result<Self, Error> {
        let mut safe = Self { original: Some(Cow::Borrowed(original)), contents, ..Self::new(protection) };
        let bags = Reader::new(safe.contents(), origin).expect(Tag::SEQUENCE, Part::SafeContents)?;
        safe.bags = Bag::read_all(&mut bags.children(), 1, allowance)?;
        if !safe.bags.iter().any(may_be_secret) {
            safe.contents = safe.contents.published();
        }
        Ok(safe)
    }

    fn write_contents(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            for bag in &self.bags {
                writer.raw(self.contents().get(bag.encoded.clone()).unwrap_or_default());
            }
        });
    }
}

impl Contents<'_> {
    fn into_owned(self) -> Zeroizing<Vec<u8>> {
        match self {
            Self::InFile(octets) => Zeroizing::new(octets.to_vec()),
            Self::Owned(octets) => octets,
            Self::Public(octets) => Zeroizing::new(octets),
        }
    }

    fn published(self) -> Self {
        match self {
            Self::Owned(mut octets) => Self::Public(std::mem::take(&mut *octets)),
            other => other,
        }
    }
}

impl fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents(elided)")
    }
}

/// Whether the bag holds, or may hold, something that is secret as it stands.
fn may_be_secret(bag: &Bag) -> bool {
    match &bag.value {
        Value::Certificate(_) | Value::ShroudedKey(_) | Value::Secret(_) => false,
        Value::PlainKey(_) | Value::Other => true,
        Value::Nested(bags) => bags.iter().any(may_be_secret),
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
