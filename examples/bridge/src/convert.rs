//! Copies a store into another format, or into the same format with another password.

use std::time::SystemTime;

use keystore_core::rand_core::CryptoRng;
use keystore_core::{
    Content, Entry, EntryType, ErrorKind, Java, KeyStore, Password, SealedKey, SealedSecretKey, Store, Timestamp,
    Visibility,
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
    /// The parts of the entry that are not copied; at present, only a comment. Empty if the entry is left out.
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
/// a trusted certificate. Only a BCFKS stores comments, and aliases that differ only in letter case. Before the new store is
/// returned, it is read back, and the types, certificates and comments of its entries are compared.
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
    let (mut new, mut entries) = (format.empty(passwords.new, now, rng)?, Vec::new());
    for entry in store.view().all() {
        let made = converted(entry, passwords, format, now.into(), rng);
        let left_out = made.and_then(|made| new.insert(made).map_err(|error| error.to_string())).err();
        let loses_comment = entry.comment().is_some() && !format.stores_comments();
        entries.push(Carried {
            alias: entry.alias().to_owned(),
            entry_type: entry.entry_type(),
            lost: if left_out.is_none() && loses_comment { vec!["its comment"] } else { Vec::new() },
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
    format: Format,
    now: Timestamp,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Entry<'static>, String> {
    if !matches!(entry.visibility(), Visibility::Reachable | Visibility::Unreachable) {
        return Err("Java does not show it".to_owned());
    }
    let said = |error: keystore_core::Error| error.to_string();
    let (alias, created) = (entry.alias().to_owned(), entry.created().unwrap_or(now));
    let ConvertPasswords { keys, new } = passwords;
    let protection = format.protection();
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
    let comment = entry.comment().filter(|_| format.stores_comments()).map(str::to_owned);
    Ok(match entry.modified() {
        Some(modified) => made.with_modified(modified),
        None => made,
    }
    .with_comment(comment))
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
        let place = refused.and_then(|alias| {
            let place = |is: &dyn Fn(&str) -> bool| {
                entries.iter().position(|entry| is(&entry.alias) && entry.left_out.is_none())
            };
            place(&|own| own == alias).or_else(|| place(&|own| own.to_lowercase() == alias.to_lowercase()))
        });
        let carried = place.and_then(|place| entries.get_mut(place));
        let Some(carried) = carried else { return Err(error.into()) };
        new.remove(&carried.alias)?;
        carried.left_out = Some(error.to_string());
        carried.lost = Vec::new();
    }
}

/// Checks that the store contains the aliases, types, certificates and comments of `new`.
fn read_back(bytes: &[u8], new: &KeyStore<'_>, password: &Password, format: Format) -> Result<(), Error> {
    if format.reader() == Reader::Jdk {
        keystore_core::loads(Java::V17, bytes, Some(password))?;
    }
    let store = keystore_core::decode(bytes, password)?;
    let view = store.view();
    for entry in new.all() {
        let found = view.entry(entry.alias());
        let same = found.is_some_and(|found| {
            found.entry_type() == entry.entry_type()
                && found.certificates() == entry.certificates()
                && found.comment() == entry.comment()
        });
        if !same {
            return Err(Error::invalid(format!("{} is not read back as it was written", entry.alias())));
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(feature = "bcfks")]
mod tests {
    use certgen::{KeyKind, KeyPair, NodeParams, Time};
    use keystore_core::rustls_pki_types::CertificateDer;

    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn certificate() -> CertificateDer<'static> {
        let key = KeyPair::generate(KeyKind::EcP256, &mut rand::rng()).unwrap();
        let node = NodeParams::for_ip("192.0.2.11".parse().unwrap()).valid_from(Time::from(NOW));
        node.self_signed(&key, &mut rand::rng()).unwrap()
    }

    /// Converts a BCFKS with these entries: trusted certificates with comments.
    fn converted_to(format: Format, aliases: &[&str]) -> (Converted, Vec<(String, Option<String>)>) {
        let password = Password::new("a password of 24 characters");
        let mut store = Format::Bcfks.empty(&password, NOW, &mut rand::rng()).unwrap();
        for alias in aliases {
            let entry = Entry::new_trusted_certificate((*alias).to_owned(), certificate(), NOW.into());
            store.insert(entry.with_comment(Some(format!("about {alias}")))).unwrap();
        }
        let bytes = Format::Bcfks.encode(&store, &password, NOW, &mut rand::rng()).unwrap();
        let store = keystore_core::decode(&bytes, &password).unwrap();
        let passwords = ConvertPasswords { keys: &password, new: &password };
        let converted = convert(&store, passwords, format, NOW, &mut rand::rng()).unwrap();
        let new = keystore_core::decode(&converted.bytes, &password).unwrap();
        let comment = |entry: &Entry<'_>| entry.comment().map(str::to_owned);
        let entries = new.view().iter().map(|entry| (entry.alias().to_owned(), comment(entry))).collect();
        (converted, entries)
    }

    #[test]
    fn a_bcfks_keeps_comments_and_the_letter_case_of_aliases() {
        let (converted, entries) = converted_to(Format::Bcfks, &["Key", "key"]);
        assert!(converted.entries.iter().all(|entry| entry.left_out.is_none() && entry.lost.is_empty()));
        let about = |alias: &str| (alias.to_owned(), Some(format!("about {alias}")));
        assert_eq!(entries, ["Key", "key"].map(about));
    }

    #[test]
    fn other_formats_have_no_comments_and_one_letter_case() {
        let (converted, entries) = converted_to(Format::Jks, &["Key", "key"]);
        assert_eq!(entries, [("key".to_owned(), None)]);
        let [first, second] = &converted.entries[..] else { panic!("two entries") };
        assert_eq!((first.left_out.is_none(), &first.lost[..]), (true, &["its comment"][..]));
        assert!(second.left_out.is_some() && second.lost.is_empty());
    }

    #[test]
    fn an_entry_that_is_left_out_at_last_has_lost_nothing_else() {
        let long = "a".repeat(70_000);
        let (converted, entries) = converted_to(Format::Jks, &[&long, "key"]);
        assert_eq!(entries, [("key".to_owned(), None)]);
        let first = converted.entries.first().unwrap();
        assert!(first.left_out.is_some() && first.lost.is_empty(), "{:?} {:?}", first.left_out, first.lost);
    }
}
