//! A BKS or UBER as a read-only document.

use crate::java_order::AliasOrder;
use crate::{Entry, Format, Integrity, KeyStore};

/// A BKS or UBER, which is read-only.
///
/// To change entries, put them into a store of another format.
#[derive(Debug, Clone)]
pub struct Bks<'a> {
    pub(super) format: Format,
    pub(super) version: u32,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) integrity: Integrity,
}

impl Bks<'_> {
    /// The format: [`Format::Bks`] or [`Format::Uber`].
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The version, 1 or 2.
    ///
    /// In a BKS of version 1, the key of the MAC has only 16 bits, so anyone can forge the MAC.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether the MAC was verified when the file was read.
    ///
    /// The digest of an UBER is always verified.
    pub const fn integrity(&self) -> Integrity {
        self.integrity
    }

    pub(crate) fn has_weak_mac(&self) -> bool {
        self.format == Format::Bks && self.version == 1
    }

    /// The entries in the order of the file. Aliases are case-sensitive.
    ///
    /// A sealed key with a chain is shown as a private key, and a sealed key without a chain as a secret key. The actual type
    /// is not known until the key is opened.
    pub fn view(&self) -> KeyStore<'_> {
        KeyStore::view(self.entries.clone(), AliasOrder::SpelledHashtable)
    }

    /// Copies the borrowed bytes, so that the document does not borrow from the input.
    pub fn into_owned(self) -> Bks<'static> {
        Bks { entries: self.entries.into_iter().map(Entry::into_owned).collect(), ..self }
    }
}
