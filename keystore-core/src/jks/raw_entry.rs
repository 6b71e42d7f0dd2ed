//! One entry: its bytes, and the positions of its parts.

use super::decode::{self, Certificates};
use super::{Header, encode, modified_utf8};
use crate::alias::fold;
use crate::error::Error;
use crate::invariant::{guaranteed, slice};
use crate::reader::Reader;
use crate::{Content, Entry, Format, Limits, SealedKey, SealedSecretKey, Timestamp, Visibility, x509};
use rustls_pki_types::CertificateDer;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// The position of the alias: after the tag and the alias's own length.
const ALIAS: usize = 4 + 2;
/// The size in bytes of the length field before a key.
const LENGTH: usize = 4;

#[derive(Clone)]
pub(super) struct RawEntry<'a> {
    bytes: Cow<'a, [u8]>,
    /// The end of the alias and the start of the date.
    date: usize,
    parts: Parts,
}

#[derive(Debug, Clone)]
pub(super) enum Parts {
    PrivateKey { key: Range<usize>, chain: Vec<Range<usize>> },
    TrustedCertificate(Range<usize>),
    SecretKey(Range<usize>),
}

/// Shows the view, which elides sealed keys.
impl fmt::Debug for RawEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl<'a> RawEntry<'a> {
    pub(super) const fn new(bytes: Cow<'a, [u8]>, date: usize, parts: Parts) -> Self {
        Self { bytes, date, parts }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The alias as the file spells it, except that a lone surrogate becomes U+FFFD.
    pub(super) fn alias(&self) -> Cow<'_, str> {
        let alias = modified_utf8::decode(self.part(&(ALIAS..self.date)));
        guaranteed(alias.ok(), "an alias was checked when its entry was decoded")
    }

    pub(super) fn view(&self) -> Entry<'_> {
        let alias = self.alias();
        let visibility = if fold(&alias) == alias { Visibility::Reachable } else { Visibility::Unreachable };
        Entry::read(alias, Some(self.created()), visibility, self.content())
    }

    pub(super) fn renamed(&self, header: Header, alias: &str) -> Result<RawEntry<'static>, Error> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + alias.len());
        bytes.extend_from_slice(self.part(&(0..4)));
        encode::alias(&mut bytes, header, alias)?;
        bytes.extend_from_slice(self.part(&(self.date..self.bytes.len())));
        Self::parse(&bytes, header)
    }

    pub(super) fn with_sealed(&self, header: Header, sealed: &[u8]) -> Result<RawEntry<'static>, Error> {
        let (before, after, length) = match &self.parts {
            Parts::PrivateKey { key, .. } => (key.start.saturating_sub(LENGTH), key.end, Some(sealed.len())),
            Parts::SecretKey(key) => (key.start, key.end, None),
            Parts::TrustedCertificate(place) => (place.end, place.end, None),
        };
        let mut bytes = self.part(&(0..before)).to_vec();
        if let Some(length) = length {
            bytes.extend_from_slice(&encode::java_int(header, length)?);
        }
        bytes.extend_from_slice(sealed);
        bytes.extend_from_slice(self.part(&(after..self.bytes.len())));
        Self::parse(&bytes, header)
    }

    pub(super) fn written(header: Header, entry: &Entry<'_>) -> Result<RawEntry<'static>, Error> {
        let mut bytes = Vec::new();
        encode::entry(&mut bytes, header, entry)?;
        Self::parse(&bytes, header)
    }

    pub(super) fn into_owned(self) -> RawEntry<'static> {
        RawEntry { bytes: Cow::Owned(self.bytes.into_owned()), date: self.date, parts: self.parts }
    }

    fn parse(bytes: &[u8], header: Header) -> Result<RawEntry<'static>, Error> {
        decode::entry(&mut Reader::new(bytes), header, &Limits::NONE, Certificates::Carry).map(RawEntry::into_owned)
    }

    fn created(&self) -> Timestamp {
        let date = self.part(&(self.date..self.bytes.len())).first_chunk();
        Timestamp::from_millis(i64::from_be_bytes(*guaranteed(date, "an entry has a date after its alias")))
    }

    fn content(&self) -> Content<'_> {
        match &self.parts {
            Parts::PrivateKey { key, chain } => Content::PrivateKey {
                key: SealedKey::from_unchecked_der(self.part(key)),
                chain: chain.iter().map(|certificate| self.certificate(certificate)).collect(),
            },
            Parts::SecretKey(key) => Content::SecretKey(SealedSecretKey::read(Format::Jceks, self.part(key))),
            Parts::TrustedCertificate(certificate) => Content::TrustedCertificate(self.certificate(certificate)),
        }
    }

    fn certificate(&self, range: &Range<usize>) -> CertificateDer<'_> {
        x509::first(self.part(range))
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        slice(&self.bytes, range.clone())
    }
}
