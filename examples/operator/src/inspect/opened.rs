//! Keystores, opened as far as their passwords are known.

use keystore_core::{Integrity, Limits, MissingMac, Password, Store, decode_unverified, decode_within};

/// A store, and the password with which it was opened.
#[derive(Debug)]
pub struct Opened<'a> {
    pub(super) bytes: &'a [u8],
    /// The store.
    pub store: Store<'a>,
    /// `None` if the store was decoded without verification.
    pub(super) password: Option<Password>,
}

impl<'a> Opened<'a> {
    /// Opens a store. If `password` returns `None`, the store is read as far as possible.
    ///
    /// `password` is not called for a PKCS#12 that opens without a password, or with an empty one, and contains
    /// no sealed private key.
    ///
    /// # Errors
    /// If the store cannot be read, for example because the store is damaged or the password is wrong; and the errors of
    /// `password`.
    pub fn open(
        bytes: &'a [u8],
        password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
    ) -> anyhow::Result<Self> {
        let sealed = decode_unverified(bytes);
        let is_pkcs12 = matches!(sealed, Ok(Store::Pfx(_)));
        // The empty password also opens a store without protection.
        let clear = is_pkcs12.then(|| Self::by(bytes, Password::new(""))).and_then(Result::ok);
        if let Some(opened) = clear.filter(|opened| !opened.has_sealed_key()) {
            return Ok(opened);
        }
        match password()? {
            Some(password) => Self::by(bytes, password),
            None => Ok(Self { bytes, store: sealed?, password: None }),
        }
    }

    /// Whether the store's integrity was not verified, because no password was given.
    pub fn is_unverified(&self) -> bool {
        self.store.integrity() == Integrity::NotVerified
    }

    fn by(bytes: &'a [u8], password: Password) -> anyhow::Result<Self> {
        let mut limits = Limits::default();
        limits.missing_mac = MissingMac::Accept;
        let store = decode_within(bytes, &password, &limits)?;
        Ok(Self { bytes, store, password: Some(password) })
    }

    fn has_sealed_key(&self) -> bool {
        let sealed =
            |entry: &keystore_core::Entry<'_>| matches!(entry.content(), keystore_core::Content::PrivateKey { .. });
        self.store.view().all().any(sealed)
    }
}
