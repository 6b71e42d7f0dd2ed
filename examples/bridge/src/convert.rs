//! Copies a store into another format, or into the same format with another password.

use std::time::SystemTime;

use keystore_core::rand_core::CryptoRng;
use keystore_core::{
    Content, Entry, EntryType, ErrorKind, Java, KeyStore, Password, Protection, SealedKey, SealedSecretKey, Store,
    Timestamp, Visibility,
};

use crate::format::Reader;
use crate::{Error, Format, owned};

/// A new store, and the result for each entry of the old store.
#[derive(Debug)]
pub struct Converted {
    /// The new store, without the omitted entries.
    pub bytes: Vec<u8>,
    /// The results, in the order of the old store's entries.
    pub entries: Vec<Carried>,
}

/// The result for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The alias of the entry.
    pub alias: String,
    /// The type of the entry.
    pub entry_type: EntryType,
    /// The reason why the entry is not in the new store; `None` if it is in the new store.
    pub left_out: Option<String>,
    /// The parts of the entry that are not copied; at present, only a comment.
    pub lost: Vec<&'static str>,
}

/// The passwords for [`convert`].
#[derive(Clone, Copy, Debug)]
pub struct ConvertPasswords<'a> {
    /// The password of all keys in the old store.
    pub keys: &'a Password,
    /// The password of the new store and of all keys in it.
    pub new: &'a Password,
}

/// Copies the entries of `store` into a new store, of another format or the same one.
///
/// Keys are sealed under the new password. Each entry keeps its alias and date (`now` if it has none), as far as the
/// format stores them: JKS and JCEKS convert aliases to lower case; PKCS#12 converts those of keys, and stores no date of
/// a trusted certificate. Before the new store is returned, it is read back, and the types and certificates of its entries
/// are compared.
///
/// # Errors
/// If the new store cannot be made at all, for example with a password that its readers do not accept, or if it is not read
/// back with the same entries. An entry that the new store cannot hold, that Java does not show, or whose key does not open is
/// omitted and reported.
pub fn convert(
    store: &Store<'_>,
    passwords: ConvertPasswords<'_>,
    format: Format,
    now: SystemTime,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Converted, Error> {
    let (mut new, mut entries) = (KeyStore::new(), Vec::new());
    for entry in store.view().all() {
        let made = converted(entry, passwords, format.protection(), now.into(), rng);
        let left_out = made.and_then(|made| new.insert(made).map_err(|error| error.to_string())).err();
        entries.push(Carried {
            alias: entry.alias().to_owned(),
            entry_type: entry.entry_type(),
            lost: if left_out.is_none() && entry.comment().is_some() { vec!["its comment"] } else { Vec::new() },
            left_out,
        });
    }
    let bytes = encoded(&mut new, &mut entries, passwords.new, format, now, rng)?;
    read_back(&bytes, &new, passwords.new, format)?;
    Ok(Converted { bytes, entries })
}

fn converted(
    entry: &Entry<'_>,
    passwords: ConvertPasswords<'_>,
    protection: Protection,
    now: Timestamp,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Entry<'static>, String> {
    if !matches!(entry.visibility(), Visibility::Reachable | Visibility::Unreachable) {
        return Err("Java does not show it".to_owned());
    }
    let said = |error: keystore_core::Error| error.to_string();
    let (alias, created) = (entry.alias().to_owned(), entry.created().unwrap_or(now));
    let ConvertPasswords { keys, new } = passwords;
    let made = match entry.content() {
        Content::TrustedCertificate(certificate) => {
            Entry::new_trusted_certificate(alias, certificate.clone().into_owned(), created)
        }
        Content::PrivateKey { key, chain } => {
            let key = key.reseal(keys, new, protection, rng).map_err(said)?;
            Entry::new_private_key(alias, key, owned(chain), created)
        }
        Content::PlainPrivateKey { key, chain } => {
            let key = SealedKey::seal(&key.secret_pkcs8(), new, protection, rng).map_err(said)?;
            Entry::new_private_key(alias, key, owned(chain), created)
        }
        Content::SecretKey(key) => {
            let key = key.open(keys).map_err(said)?;
            let key = SealedSecretKey::seal(&key, new, protection, rng).map_err(said)?;
            Entry::new_secret_key(alias, key, created)
        }
        _ => return Err(format!("{} cannot be stored in another format", entry.entry_type())),
    };
    Ok(match entry.modified() {
        Some(modified) => made.with_modified(modified),
        None => made,
    })
}

/// Encodes the new store, without the entries that the encoder refuses.
fn encoded(
    new: &mut KeyStore<'static>,
    entries: &mut [Carried],
    password: &Password,
    format: Format,
    now: SystemTime,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    loop {
        let error = match format.encode(new, password, now, rng) {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        let refused = error.entry().filter(|_| matches!(error.kind(), ErrorKind::NotRepresentable { .. }));
        let carried = refused.and_then(|alias| {
            entries.iter_mut().find(|entry| entry.alias.eq_ignore_ascii_case(alias) && entry.left_out.is_none())
        });
        let Some(carried) = carried else { return Err(error.into()) };
        new.remove(&carried.alias)?;
        carried.left_out = Some(error.to_string());
    }
}

/// Checks that the store contains entries with the aliases, types and certificates of `new`.
fn read_back(bytes: &[u8], new: &KeyStore<'_>, password: &Password, format: Format) -> Result<(), Error> {
    if format.reader() == Reader::Jdk {
        keystore_core::loads(Java::V17, bytes, Some(password))?;
    }
    let store = keystore_core::decode(bytes, password)?;
    let view = store.view();
    for entry in new.all() {
        let found = view.entry(entry.alias());
        let same = found.is_some_and(|found| {
            found.entry_type() == entry.entry_type() && found.certificates() == entry.certificates()
        });
        if !same {
            return Err(Error::invalid(format!("{} is not read back as it was written", entry.alias())));
        }
    }
    Ok(())
}
