//! The entries of a PKCS#12, and whether Java's `KeyStore` shows them.
//!
//! The rules are those of `PKCS12KeyStore.loadSafeContents` and `engineLoad` in Java 17.0.15 and 25, with two exceptions.
//! Names are equal if their bytes are equal, and no signature is verified (see [`Names::is_self_signed`]). Java 8 builds other
//! chains: each issuer is the first certificate with the name, and a self-issued certificate ends the chain.
//!
//! [`Names::is_self_signed`]: super::x509::Names::is_self_signed

use super::chain::{CertificateQuery, Certificates};
use crate::error::{Error, Format, Limit};
use crate::invariant::{guaranteed, slice};
use crate::java_order::AliasOrder;
use crate::pkcs12::structure::attributes::Attributes;
use crate::pkcs12::structure::bag::{Bag, Value};
use crate::pkcs12::structure::safe::Safe;
use crate::{
    Content, Entry, EntryType, KeyStore, Limits, PrivateKey, SealedKey, SealedSecretKey, Timestamp, Visibility,
};
use sha1::{Digest, Sha1};
use std::collections::HashSet;
use std::sync::Arc;

/// The identifier that Java uses for the first key if the key has none.
const DEFAULT_PRIVATE_KEY_ID: &[u8] = b"01";
/// The start of a key's identifier that Java writes; the date of the key follows.
const DATE_PREFIX: &[u8] = b"Time ";

/// The position of a bag: the part, and the offset in the part's contents.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::pkcs12) struct Place {
    pub(in crate::pkcs12) safe: usize,
    pub(in crate::pkcs12) start: usize,
}

impl Place {
    pub(in crate::pkcs12) fn bag<'s>(self, safes: &'s [Safe<'_>]) -> (&'s Bag, &'s [u8]) {
        let safe = guaranteed(safes.get(self.safe), PLACES);
        (guaranteed(safe.bag(self.start), PLACES), safe.contents())
    }
}

const PLACES: &str = "the index is rebuilt whenever the bags change";

#[derive(Clone, Debug, Default)]
pub(in crate::pkcs12) struct EntryIndex {
    pub(in crate::pkcs12) entries: Vec<IndexedEntry>,
    nested: HashSet<Place>,
}

#[derive(Clone, Debug)]
pub(in crate::pkcs12) struct IndexedEntry {
    /// The alias as the file spells it.
    ///
    /// An entry without a name has the number that Java assigns, or an empty alias if Java hides the entry.
    pub(in crate::pkcs12) alias: String,
    pub(in crate::pkcs12) created: Option<Timestamp>,
    pub(in crate::pkcs12) visibility: Visibility,
    pub(in crate::pkcs12) place: Place,
    /// The certificates of a private key, its own first.
    pub(in crate::pkcs12) chain: Vec<Place>,
}

impl EntryIndex {
    /// Indexes the entries of these parts.
    ///
    /// # Errors
    /// `LimitExceeded` if one chain or all chains together are too long.
    pub(in crate::pkcs12) fn of(safes: &[Safe<'_>], limits: &Limits) -> Result<Self, Error> {
        let mut layout = Layout::default();
        for (index, safe) in safes.iter().enumerate() {
            layout.bags(index, safe, safe.bags(), Nesting::None);
        }
        layout.finish(limits)
    }

    pub(in crate::pkcs12) fn view<'s>(&self, safes: &'s [Safe<'_>]) -> KeyStore<'s> {
        let view = |entry: &IndexedEntry| {
            let view = entry.view(safes);
            let is_skipped = view.entry_type() == EntryType::Certificate && self.nested.contains(&entry.place);
            if is_skipped { view.skipped() } else { view }
        };
        KeyStore::view(self.entries.iter().map(view).collect(), AliasOrder::Insertion)
    }
}

impl IndexedEntry {
    pub(in crate::pkcs12) fn places(&self) -> impl Iterator<Item = Place> {
        std::iter::once(self.place).chain(self.chain.iter().copied())
    }

    pub(in crate::pkcs12) fn view<'s>(&self, safes: &'s [Safe<'_>]) -> Entry<'s> {
        let chain = || self.chain.iter().map(|place| certificate(safes, *place).into()).collect();
        let (bag, contents) = self.place.bag(safes);
        let content = match &bag.value {
            Value::ShroudedKey(place) => {
                let key = SealedKey::from_unchecked_der(slice(contents, place.clone()));
                Content::PrivateKey { key, chain: chain() }
            }
            Value::PlainKey(place) => {
                let key = Arc::new(PrivateKey::plaintext(slice(contents, place.clone())));
                Content::PlainPrivateKey { key, chain: chain() }
            }
            Value::Secret(bytes) => Content::SecretKey(SealedSecretKey::read(Format::Pkcs12, bytes.get(contents))),
            _ if self.visibility == Visibility::Hidden => Content::Certificate(certificate(safes, self.place).into()),
            _ => Content::TrustedCertificate(certificate(safes, self.place).into()),
        };
        // The alias is cloned, because the view may outlive this index.
        Entry::read(self.alias.clone(), self.created, self.visibility, content)
    }
}

pub(in crate::pkcs12) fn certificate<'s>(safes: &'s [Safe<'_>], place: Place) -> &'s [u8] {
    let (bag, contents) = place.bag(safes);
    let certificate = match &bag.value {
        Value::Certificate(bytes) => Some(bytes.get(contents)),
        _ => None,
    };
    guaranteed(certificate, "an entry is a key, a secret or a certificate, and a chain has certificates only")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    None,
    /// The bag is in a safeContentsBag, which Java skips.
    Nested,
}

#[derive(Default)]
struct Layout<'s> {
    entries: Vec<IndexedEntry>,
    /// Private keys, by index into `entries`, and the references that find their certificates.
    keys: Vec<(usize, CertificateQuery<'s>)>,
    certificates: Certificates<'s>,
    /// The bags in a safeContentsBag.
    nested: HashSet<Place>,
    sealed_keys: usize,
    unnamed: usize,
}

impl<'s> Layout<'s> {
    fn bags(&mut self, safe: usize, part: &'s Safe<'_>, bags: &'s [Bag], nesting: Nesting) {
        for (index, bag) in bags.iter().enumerate() {
            let place = Place { safe, start: bag.encoded.start };
            if nesting == Nesting::Nested {
                self.nested.insert(place);
            }
            match &bag.value {
                Value::Nested(inner) => self.bags(safe, part, inner, Nesting::Nested),
                Value::Certificate(bytes) => {
                    let der = bytes.get(part.contents());
                    self.certificate(place, der, &bag.attributes, index, nesting);
                }
                Value::ShroudedKey(_) => self.sealed_key(place, &bag.attributes, nesting),
                Value::PlainKey(_) => {
                    let id = bag.attributes.local_key_id.as_deref();
                    self.key(place, &bag.attributes, id, Visibility::Hidden);
                }
                Value::Secret(_) => self.entry(place, &bag.attributes, visible(nesting)),
                Value::Other => {}
            }
        }
    }

    fn sealed_key(&mut self, place: Place, attributes: &'s Attributes, nesting: Nesting) {
        if nesting == Nesting::Nested {
            return self.key(place, attributes, attributes.local_key_id.as_deref(), Visibility::Hidden);
        }
        self.sealed_keys += 1;
        let default = (self.sealed_keys == 1).then_some(DEFAULT_PRIVATE_KEY_ID);
        let id = attributes.local_key_id.as_deref().or(default);
        self.key(place, attributes, id, if id.is_some() { Visibility::Reachable } else { Visibility::Hidden });
    }

    fn key(&mut self, place: Place, attributes: &'s Attributes, id: Option<&'s [u8]>, visibility: Visibility) {
        let index = self.entries.len();
        self.entry(place, attributes, visibility);
        if let Some(id) = id {
            let entry = guaranteed(self.entries.get(index), "an entry was pushed");
            self.keys.push((index, CertificateQuery::new(id, &entry.alias)));
        }
    }

    fn certificate(&mut self, place: Place, der: &'s [u8], attributes: &'s Attributes, index: usize, nesting: Nesting) {
        let default =
            (self.sealed_keys == 1 && index == 0 && nesting == Nesting::None).then_some(DEFAULT_PRIVATE_KEY_ID);
        let id = attributes.local_key_id.as_deref().or(default);
        self.certificates.push(place, der, id, attributes);
        if attributes.trusted {
            self.entry(place, attributes, visible(nesting));
        }
    }

    fn entry(&mut self, place: Place, attributes: &Attributes, visibility: Visibility) {
        let alias = attributes.friendly_name.clone().unwrap_or_else(|| self.default_alias(visibility));
        let created = attributes.local_key_id.as_deref().and_then(date);
        self.entries.push(IndexedEntry { alias, created, visibility, place, chain: Vec::new() });
    }

    /// The alias of an entry without a name: a number, or empty if Java hides the entry.
    ///
    /// See `PKCS12KeyStore.getUnfriendlyName`.
    fn default_alias(&mut self, visibility: Visibility) -> String {
        if visibility == Visibility::Hidden {
            return String::new();
        }
        self.unnamed += 1;
        self.unnamed.to_string()
    }

    /// Builds the chains, and adds the untrusted certificates that are in no chain.
    fn finish(mut self, limits: &Limits) -> Result<EntryIndex, Error> {
        let used = if self.keys.is_empty() { HashSet::new() } else { self.build_chains(limits)? };
        for (place, attributes) in std::mem::take(&mut self.certificates).untrusted() {
            if !used.contains(&place) {
                self.entry(place, attributes, Visibility::Hidden);
            }
        }
        Ok(EntryIndex { entries: self.entries, nested: self.nested })
    }

    fn build_chains(&mut self, limits: &Limits) -> Result<HashSet<Place>, Error> {
        let mut used = HashSet::new();
        let mut total = 0;
        let links = self.certificates.link(|place| !self.nested.contains(&place));
        // Java finds neither nested keys nor nested certificates.
        let of_nested = self.certificates.link(|_| !self.nested.is_empty());
        for (entry, own) in &self.keys {
            let entry = guaranteed(self.entries.get_mut(*entry), "a key is an entry");
            let links = if self.nested.contains(&entry.place) { &of_nested } else { &links };
            entry.chain = links.chain(own, limits).map_err(|error| error.in_entry(&entry.alias))?;
            total += entry.chain.len();
            limits.check(Limit::Entries, total)?;
            used.extend(entry.chain.iter().copied());
        }
        Ok(used)
    }
}

const fn visible(nesting: Nesting) -> Visibility {
    match nesting {
        Nesting::None => Visibility::Reachable,
        Nesting::Nested => Visibility::Hidden,
    }
}

/// The date in an identifier that Java wrote: `Time 1700000000000`.
fn date(local_key_id: &[u8]) -> Option<Timestamp> {
    let digits = local_key_id.strip_prefix(DATE_PREFIX)?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Timestamp::from_millis)
}

/// The identifier that Java gives a key with this date.
pub(in crate::pkcs12) fn dated_key_id(created: Timestamp) -> Vec<u8> {
    [DATE_PREFIX, created.millis().to_string().as_bytes()].concat()
}

/// The identifier that OpenSSL gives a key: the SHA-1 of its certificate.
pub(in crate::pkcs12) fn undated_key_id(certificate: &[u8]) -> Vec<u8> {
    Sha1::digest(certificate).to_vec()
}
