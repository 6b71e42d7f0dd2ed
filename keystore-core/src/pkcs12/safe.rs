//! One part of an AuthenticatedSafe: a `ContentInfo` with a `SafeContents` in it, in clear or encrypted
//! (RFC 7292, section 4.1).

use super::attributes::NewAttributes;
use super::bag::{Allowance, Bag, Value};
use super::ber::{Element, Reader, Tag};
use super::budget::Budget;
use super::oid;
use super::outline::Place;
use super::pbe::Scheme;
use super::profile::Profile;
use super::write::Writer;
use crate::error::{Defect, Error, ErrorKind, Part};
use crate::{Limits, Password};
use der::asn1::ObjectIdentifier;
use rand_core::CryptoRng;
use std::borrow::Cow;
use std::collections::HashMap;
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

/// What is to become of a bag.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Remove,
    Attributes(NewAttributes),
}

/// A part with its bags.
#[derive(Clone, Debug)]
pub(super) struct Safe<'a> {
    pub(super) protection: Protection,
    /// The `ContentInfo` as it stands in the file, as long as no edit has touched its bags.
    original: Option<Cow<'a, [u8]>>,
    /// The encoded bags, one behind the other.
    contents: Contents<'a>,
    bags: Vec<Bag>,
}

/// Wiped on drop if it was decrypted, since keys in clear may be in it.
#[derive(Clone)]
enum Contents<'a> {
    InFile(&'a [u8]),
    Owned(Zeroizing<Vec<u8>>),
}

/// A part whose structure is read, but which is not yet decrypted.
pub(super) struct SealedSafe<'a> {
    original: &'a [u8],
    content: Content<'a>,
}

enum Content<'a> {
    Clear { octets: Cow<'a, [u8]>, origin: Option<usize> },
    Encrypted { scheme: Scheme, ciphertext: Cow<'a, [u8]> },
}

impl<'a> SealedSafe<'a> {
    /// `ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }`, with its derivation
    /// charged.
    pub(super) fn read(reader: &mut Reader<'a>, budget: &mut Budget<'_>) -> Result<Self, Error> {
        let info = reader.expect(Tag::SEQUENCE, Part::ContentInfo)?;
        let mut fields = info.children();
        let content_type = fields.object_identifier(Part::ContentInfo)?;
        let mut inside = fields.expect(Tag::CONTEXT_0, Part::ContentInfo)?.children();
        let content = if content_type.content == oid::DATA.as_bytes() {
            let octets = inside.octet_string(Part::ContentInfo)?;
            Content::Clear { octets: octets.octets()?, origin: octets.octets_origin() }
        } else if content_type.content == oid::ENCRYPTED_DATA.as_bytes() {
            read_encrypted_data(&mut inside, budget)?
        } else {
            return Err(unsupported(&content_type));
        };
        Ok(Self { original: info.encoded, content })
    }

    /// Decrypts what is encrypted, unless there is no password, and reads the bags.
    pub(super) fn open(self, password: Option<&Password>, allowance: &mut Allowance<'_>) -> Result<Safe<'a>, Error> {
        let (protection, contents, origin) = match self.content {
            Content::Clear { octets: Cow::Borrowed(octets), origin } => {
                (Protection::Clear, Contents::InFile(octets), origin)
            }
            Content::Clear { octets: Cow::Owned(octets), .. } => {
                (Protection::Clear, Contents::Owned(Zeroizing::new(octets)), None)
            }
            Content::Encrypted { scheme, ciphertext } => {
                let Some(password) = password else { return Ok(Safe::locked(self.original)) };
                let plain = scheme.decrypt(password, &ciphertext, |plain| plain.first() == Some(&Tag::SEQUENCE.0))?;
                (Protection::Encrypted, Contents::Owned(plain), None)
            }
        };
        let mut safe = Safe { protection, original: Some(Cow::Borrowed(self.original)), contents, bags: Vec::new() };
        safe.read_contents(origin, allowance)?;
        Ok(safe)
    }
}

/// ```text
/// EncryptedData ::= SEQUENCE {
///     version               INTEGER,
///     encryptedContentInfo  SEQUENCE {
///         contentType                 OBJECT IDENTIFIER,
///         contentEncryptionAlgorithm  AlgorithmIdentifier,
///         encryptedContent            [0] IMPLICIT OCTET STRING } }
/// ```
fn read_encrypted_data<'a>(reader: &mut Reader<'a>, budget: &mut Budget<'_>) -> Result<Content<'a>, Error> {
    let mut data = reader.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    data.expect(Tag::INTEGER, Part::EncryptedData)?;
    let mut info = data.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    info.object_identifier(Part::EncryptedData)?;
    let scheme = Scheme::read(&mut info)?;
    scheme.charge(budget).map_err(|error| info.error(error.kind().clone()))?;
    let ciphertext = match info.optional(Tag::CONTEXT_0)? {
        Some(segmented) => segmented,
        None => info.expect(Tag::CONTEXT_0_PRIMITIVE, Part::EncryptedData)?,
    };
    Ok(Content::Encrypted { scheme, ciphertext: ciphertext.octets()? })
}

/// That this content type is unknown here.
pub(super) fn unsupported(content_type: &Element<'_>) -> Error {
    match ObjectIdentifier::from_bytes(content_type.content) {
        Ok(oid) => content_type.error(ErrorKind::UnsupportedAlgorithm { oid: oid.to_string() }),
        Err(_) => content_type.error(Defect::Structure(Part::ContentInfo)),
    }
}

impl<'a> Safe<'a> {
    /// A new part without bags.
    pub(super) fn new(protection: Protection) -> Self {
        Self { protection, original: None, contents: Contents::Owned(Zeroizing::default()), bags: Vec::new() }
    }

    fn locked(original: &'a [u8]) -> Self {
        Self { original: Some(Cow::Borrowed(original)), ..Self::new(Protection::Locked) }
    }

    pub(super) fn bags(&self) -> &[Bag] {
        &self.bags
    }

    /// The octets that the places of the bags refer to.
    pub(super) fn contents(&self) -> &[u8] {
        match &self.contents {
            Contents::InFile(octets) => octets,
            Contents::Owned(octets) => octets,
        }
    }

    /// Adds encoded bags at the end.
    pub(super) fn append(&mut self, bags: &[u8]) -> Result<(), Error> {
        let mut contents = Zeroizing::new(Vec::new());
        match &mut self.contents {
            Contents::Owned(owned) => std::mem::swap(&mut contents, owned),
            Contents::InFile(octets) => contents.extend_from_slice(octets),
        }
        let start = contents.len();
        contents.extend_from_slice(bags);
        let read = Bag::read_all(&mut Reader::from(&contents, start), 1, &mut Allowance::new(&Limits::NONE));
        self.contents = Contents::Owned(contents);
        self.original = None;
        self.bags.extend(read?);
        Ok(())
    }

    /// Changes bags, which are named by where they start.
    pub(super) fn change(&mut self, changes: &HashMap<usize, Change>) -> Result<(), Error> {
        let mut writer = Writer::new();
        write_changed(self.contents(), &self.bags, changes, &mut writer)?;
        let contents = writer.finish();
        self.bags = Bag::read_all(&mut Reader::new(&contents, None), 1, &mut Allowance::new(&Limits::NONE))?;
        self.contents = Contents::Owned(contents);
        self.original = None;
        Ok(())
    }

    /// Writes the `ContentInfo`: as it was if that can be kept, else anew.
    pub(super) fn write(
        &self,
        writer: &mut Writer,
        keep: Keep,
        password: &Password,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) {
        let keep = keep == Keep::Ciphertext || self.protection != Protection::Encrypted;
        match (&self.original, self.protection) {
            (Some(original), _) if keep => {
                writer.raw(original);
            }
            (_, Protection::Clear) => write_content_info(writer, oid::DATA, |writer| {
                writer.nested(Tag::OCTET_STRING, |writer| self.write_contents(writer));
            }),
            (_, Protection::Encrypted | Protection::Locked) => {
                let scheme = profile.draw(profile.certificates, rng);
                let mut plain = Writer::new();
                self.write_contents(&mut plain);
                write_encrypted_data(writer, &scheme, &scheme.encrypt(password, &plain.finish()));
            }
        }
    }

    pub(super) fn into_owned(self) -> Safe<'static> {
        let contents = match self.contents {
            Contents::InFile(octets) => Contents::Owned(Zeroizing::new(octets.to_vec())),
            Contents::Owned(octets) => Contents::Owned(octets),
        };
        let original = self.original.map(|original| Cow::Owned(original.into_owned()));
        Safe { protection: self.protection, original, contents, bags: self.bags }
    }

    /// `SafeContents ::= SEQUENCE OF SafeBag`
    fn read_contents(&mut self, origin: Option<usize>, allowance: &mut Allowance<'_>) -> Result<(), Error> {
        let mut reader = Reader::new(self.contents(), origin);
        let bags = reader.expect(Tag::SEQUENCE, Part::SafeContents)?;
        let bags = Bag::read_all(&mut bags.children(), 1, allowance)?;
        self.bags = bags;
        Ok(())
    }

    fn write_contents(&self, writer: &mut Writer) {
        writer.nested(Tag::SEQUENCE, |writer| {
            for bag in &self.bags {
                writer.raw(self.contents().get(bag.encoded.clone()).unwrap_or_default());
            }
        });
    }
}

/// The bag at a place, with the contents that its places refer to.
pub(super) fn find<'s>(safes: &'s [Safe<'_>], place: Place) -> Option<(&'s Bag, &'s [u8])> {
    let safe = safes.get(place.safe)?;
    Some((find_bag(safe.bags(), place.start)?, safe.contents()))
}

/// Writes bags again, but for what changes.
fn write_changed(
    contents: &[u8],
    bags: &[Bag],
    changes: &HashMap<usize, Change>,
    writer: &mut Writer,
) -> Result<(), Error> {
    for bag in bags {
        let encoded = contents.get(bag.encoded.clone()).unwrap_or_default();
        match (&bag.value, changes.get(&bag.encoded.start)) {
            (_, Some(Change::Remove)) => {}
            (_, Some(Change::Attributes(attributes))) => Bag::write_changed(encoded, attributes, writer)?,
            (Value::Nested(inner), None) if changes.keys().any(|start| bag.encoded.contains(start)) => {
                Bag::write_nested(encoded, writer, |writer| write_changed(contents, inner, changes, writer))?;
            }
            (_, None) => {
                writer.raw(encoded);
            }
        }
    }
    Ok(())
}

fn find_bag(bags: &[Bag], start: usize) -> Option<&Bag> {
    let before = bags.partition_point(|bag| bag.encoded.start <= start);
    let bag = bags.get(before.checked_sub(1)?)?;
    match &bag.value {
        Value::Nested(inner) => find_bag(inner, start),
        _ => (bag.encoded.start == start).then_some(bag),
    }
}

fn write_content_info(writer: &mut Writer, content_type: ObjectIdentifier, content: impl FnOnce(&mut Writer)) {
    writer.nested(Tag::SEQUENCE, |writer| {
        writer.oid(content_type).nested(Tag::CONTEXT_0, content);
    });
}

fn write_encrypted_data(writer: &mut Writer, scheme: &Scheme, ciphertext: &[u8]) {
    write_content_info(writer, oid::ENCRYPTED_DATA, |writer| {
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.unsigned(0).nested(Tag::SEQUENCE, |writer| {
                writer.oid(oid::DATA);
                scheme.write(writer);
                writer.element(Tag::CONTEXT_0_PRIMITIVE, ciphertext);
            });
        });
    });
}

impl fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents(elided)")
    }
}
