//! A BKS or UBER as a read-only document.

use crate::java_order::AliasOrder;
use crate::{Entry, Format, Integrity, KeyStore};

/// A BKS or UBER. It is read and verified; to change it, put its entries into a store of another format.
#[derive(Debug, Clone)]
pub struct Bks<'a> {
    pub(super) format: Format,
    pub(super) version: u32,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) integrity: Integrity,
}

impl Bks<'_> {
    /// [`Format::Bks`] or [`Format::Uber`].
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The version: 1 or 2. A BKS of version 1 has a MAC with a key of 16 bits, so anyone can forge one.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether the MAC was verified when the file was read. The digest inside an UBER always is.
    pub const fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// Whether the MAC protects nothing.
    pub(crate) fn has_weak_mac(&self) -> bool {
        self.format == Format::Bks && self.version == 1
    }

    /// The entries in order. Letter case counts.
    ///
    /// A sealed key with a chain is shown as a private key, and one without as a secret key. Its actual type is known
    /// when it is opened.
    pub fn view(&self) -> KeyStore<'_> {
        KeyStore::view(self.entries.clone(), AliasOrder::SpelledHashtable)
    }

    /// The same document with copies of what it borrows.
    pub fn into_owned(self) -> Bks<'static> {
        Bks { entries: self.entries.into_iter().map(Entry::into_owned).collect(), ..self }
    }
}
