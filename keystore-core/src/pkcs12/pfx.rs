//! A PKCS#12 as a document: the parts that an edit does not touch keep their octets.

use super::encoded_password::Empty;
use super::new_bags::NewBags;
use super::outline::Outline;
use super::readers::Guards;
use super::safe::{Protection, Safe};
use crate::error::Error;
use crate::{KeyStore, Limits, Password};
use std::sync::Arc;

/// The only version there is.
pub(super) const VERSION: u32 = 3;

/// A PKCS#12, without loss: whatever part of it no edit touches is encoded to the octets that it had, still encrypted as
/// it was; only the MAC is made anew.
///
/// It borrows from the input; [`into_owned`](Self::into_owned) copies what it keeps, once.
#[derive(Clone, Default)]
pub struct Pfx<'a> {
    pub(super) safes: Vec<Safe<'a>>,
    pub(super) outline: Outline,
    /// What the encrypted parts that were read are encrypted with; none if nothing was read.
    pub(super) password: Option<Arc<Password>>,
    /// What an empty password is in the file. Readers find that out once, from the MAC, so it must not change.
    pub(super) empty: Empty,
    /// How many of the parts stood in the file.
    pub(super) from_file: usize,
    /// How the file was guarded; nothing if nothing was read.
    pub(super) guards: Guards,
}

impl Pfx<'_> {
    /// The entries as Java's `KeyStore` shows them, and behind them those that it hides.
    pub fn view(&self) -> KeyStore<'_> {
        self.outline.view(&self.safes)
    }

    /// How the file that was read is guarded.
    pub(crate) fn guards(&self) -> &Guards {
        &self.guards
    }

    /// The same document with copies of what it borrows.
    pub fn into_owned(self) -> Pfx<'static> {
        let safes = self.safes.into_iter().map(Safe::into_owned).collect();
        Pfx { safes, ..self }
    }

    /// Adds new bags, each kind to its new part behind those of the file.
    pub(super) fn append(&mut self, bags: &NewBags) -> Result<(), Error> {
        self.append_to(Protection::Clear, bags.keys.written())?;
        self.append_to(Protection::Encrypted, bags.certificates.written())
    }

    /// Finds out anew what the parts hold.
    pub(super) fn survey(&mut self) -> Result<(), Error> {
        self.outline = Outline::of(&self.safes, &Limits::NONE)?;
        Ok(())
    }

    fn append_to(&mut self, protection: Protection, bags: &[u8]) -> Result<(), Error> {
        if bags.is_empty() {
            return Ok(());
        }
        let new = self.safes.get_mut(self.from_file..).unwrap_or_default();
        if let Some(safe) = new.iter_mut().find(|safe| safe.protection == protection) {
            return safe.append(bags);
        }
        let mut safe = Safe::new(protection);
        safe.append(bags)?;
        self.safes.push(safe);
        Ok(())
    }
}

/// The view: the parts may hold keys in clear.
impl std::fmt::Debug for Pfx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}
