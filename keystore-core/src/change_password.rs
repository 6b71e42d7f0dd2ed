//! Changes the passwords of the keys in a store.

use crate::budget::Budget;
use crate::error::{Error, ErrorKind};
use crate::keystore::no_such_entry;
use crate::store::read_only;
use crate::{Content, Entry, Limits, Password, Store};
use rand_core::CryptoRng;

impl Store<'_> {
    /// Changes the password of the sealed private or secret key with this alias.
    ///
    /// The scheme and its cost are kept; salts and IVs are drawn again. Certificates, dates and the order of entries do
    /// not change. The store's own password is an argument of [`encode`](Store::encode).
    ///
    /// # Errors
    /// Before any password is tried: [`ErrorKind::ReadOnly`] for a BKS or UBER; [`ErrorKind::PasswordNeeded`] for a PKCS#12
    /// with encrypted parts that was decoded without a password; [`ErrorKind::NoSuchEntry`];
    /// [`ErrorKind::NoSealedKey`]. Otherwise as
    /// [`SealedKey::with_password`](crate::SealedKey::with_password) and
    /// [`SealedSecretKey::with_password`](crate::SealedSecretKey::with_password), with the alias of the entry.
    pub fn change_key_password(
        &mut self,
        alias: &str,
        old: &Password,
        new: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(), Error> {
        self.refuse_edits()?;
        let sealed = {
            let view = self.view();
            let entry = view.entry(alias).ok_or_else(|| no_such_entry(alias))?;
            resealed(entry, old, new, &mut Budget::new(&Limits::default(), None), rng)?.ok_or_else(|| no_key(entry))?
        };
        self.set_sealed(alias, &sealed)
    }

    /// Changes the passwords of all sealed keys that Java lists, and returns their number.
    ///
    /// Each key is changed as by [`change_key_password`](Self::change_key_password). Opening all keys together must stay within
    /// the default [`Limits`](crate::Limits).
    ///
    /// # Errors
    /// [`ErrorKind::ReadOnly`] and [`ErrorKind::PasswordNeeded`] as for
    /// [`change_key_password`](Self::change_key_password); otherwise as
    /// [`SealedKey::with_password`](crate::SealedKey::with_password) and
    /// [`SealedSecretKey::with_password`](crate::SealedSecretKey::with_password), with the alias of the entry. After such an
    /// error no key is changed.
    pub fn change_key_passwords(
        &mut self,
        old: &Password,
        new: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<usize, Error> {
        self.refuse_edits()?;
        let limits = Limits::default();
        let mut budget = Budget::new(&limits, None);
        let mut changed = Vec::new();
        for entry in &self.view() {
            if let Some(sealed) = resealed(entry, old, new, &mut budget, rng)? {
                changed.push((entry.alias().to_owned(), sealed));
            }
        }
        for (alias, sealed) in &changed {
            self.set_sealed(alias, sealed)?;
        }
        Ok(changed.len())
    }

    fn set_sealed(&mut self, alias: &str, sealed: &[u8]) -> Result<(), Error> {
        match self {
            Self::Jks(jks) => jks.set_sealed(alias, sealed),
            Self::Pfx(pfx) => pfx.set_sealed(alias, sealed),
            Self::Bks(bks) => Err(read_only(bks)),
            #[cfg(feature = "bcfks")]
            Self::Bcfks(bcfks) => bcfks.set_sealed(alias, sealed),
        }
    }
}

fn no_key(entry: &Entry<'_>) -> Error {
    let kind = ErrorKind::NoSealedKey { found: entry.entry_type() };
    Error::new(kind).in_entry(entry.alias())
}

fn resealed(
    entry: &Entry<'_>,
    old: &Password,
    new: &Password,
    budget: &mut Budget<'_>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Option<Vec<u8>>, Error> {
    let sealed = match entry.content() {
        Content::PrivateKey { key, .. } => {
            key.with_password_counted(old, new, budget, rng).map(|key| key.as_der().to_vec())
        }
        Content::SecretKey(key) => key.with_password_counted(old, new, budget, rng).map(|key| key.as_bytes().to_vec()),
        _ => return Ok(None),
    };
    sealed.map(Some).map_err(|error| error.in_entry(entry.alias()))
}
