//! Checks whether Java loads a file, and whether Java's key manager accepts its keys.

use crate::asn1::{Envelope, Tag, oid};
use crate::budget::Budget;
use crate::detect::detect;
use crate::error::{EncodeDefect, Error, ErrorKind, Format, Part};
use crate::jks::{self, jce_protector, key_protector};
use crate::pkcs12::java::readers::{self, JavaVersions};
use crate::{
    Content, Entry, Limits, MissingMac, Password, Pfx, PrivateKey, Store, Visibility, decode_unverified,
    decode_unverified_within, decode_within, pkcs12, private_key,
};
use der::asn1::ObjectIdentifier;

/// A version of Java. The versions differ in the keystores that they load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Java {
    /// Java 8, from 8u301 on.
    V8,
    /// Java 17.
    V17,
    /// Java 25.
    V25,
}

/// Checks that `java` loads the file with this password; `None` is Java's `null`.
///
/// Loading (`java.security.KeyStore.load`) reads the certificates, and fails if Java cannot read one of them. Private
/// and secret keys are not opened. Without a password, the encrypted parts of a PKCS#12 are skipped. A BCFKS, BKS or UBER
/// does not load, because the JDK has no reader for these formats; `bcfks::loads` checks whether Bouncy Castle loads a BCFKS.
///
/// Java ignores some damage that [`decode`](crate::decode) and [`decode_unverified`](crate::decode_unverified) refuse, so
/// some files load but cannot be decoded.
///
/// # Errors
/// The first error in the order of Java's checks: as for [`decode`](crate::decode) or, without a password,
/// [`decode_unverified`](crate::decode_unverified), except that a missing MAC is accepted; [`ErrorKind::UnsupportedFormat`]
/// for a BCFKS, BKS or UBER that can be decoded; [`ErrorKind::Certificate`] with the entry; [`ErrorKind::Malformed`] also for
/// content that only Java refuses, such as a short salt; [`ErrorKind::UnreadableProtection`];
/// [`ErrorKind::NotRepresentable`] for a password that this version does not accept.
pub fn loads(java: Java, bytes: &[u8], password: Option<&Password>) -> Result<(), Error> {
    match detect(bytes)? {
        Format::Jks | Format::Jceks => jks::load(java, bytes, password),
        Format::Pkcs12 => pkcs12::load(java, bytes, password),
        _ => Err(Error::new(ErrorKind::UnsupportedFormat(decoded(bytes, password)?.format()))),
    }
}

fn decoded<'a>(bytes: &'a [u8], password: Option<&Password>) -> Result<Store<'a>, Error> {
    let limits = Limits { missing_mac: MissingMac::Accept, ..Limits::default() };
    match password {
        Some(password) => decode_within(bytes, password, &limits),
        None => decode_unverified_within(bytes, &limits),
    }
}

/// Decodes a file that Java loads, without verifying its digest or MAC again.
fn decoded_again<'a>(bytes: &'a [u8], password: Option<&Password>) -> Result<Store<'a>, Error> {
    match (detect(bytes)?, password) {
        (Format::Pkcs12, Some(_)) => Pfx::decode_unverified(bytes, password).map(Store::Pfx),
        _ => decode_unverified(bytes),
    }
}

/// Checks that the key manager of this version of Java accepts the file.
///
/// The file must load, and `key_password` must open each key that Java finds, as `KeyManagerFactory.init` requires
/// (`sun.security.ssl.SunX509KeyManagerImpl`). If one key does not open, Java offers no key. The numbers in a key are not
/// checked. Opening all keys together must stay within the default [`Limits`].
///
/// # Errors
/// As [`loads`]; as [`decode`](crate::decode) or [`decode_unverified`](crate::decode_unverified) if this crate does not decode
/// the file. For a key, with the alias of its entry: as [`SealedKey::open`](crate::SealedKey::open) or
/// [`SealedSecretKey::open`](crate::SealedSecretKey::open); [`ErrorKind::NotRepresentable`] if Java does not open a key that
/// is sealed this way in this format, or does not accept the password; [`ErrorKind::UnsupportedAlgorithm`] if this version
/// has no factory for a private key.
pub fn loads_keys(java: Java, bytes: &[u8], password: Option<&Password>, key_password: &Password) -> Result<(), Error> {
    loads(java, bytes, password)?;
    let store = decoded_again(bytes, password)?;
    opens_all(java, &store, key_password, &Limits::default())
}

fn opens_all(java: Java, store: &Store<'_>, key_password: &Password, limits: &Limits) -> Result<(), Error> {
    let mut budget = Budget::new(limits, None);
    for entry in store.view().iter().filter(|entry| entry.visibility() == Visibility::Reachable) {
        opens(java, store.format(), entry, key_password, &mut budget).map_err(|error| error.in_entry(entry.alias()))?;
    }
    Ok(())
}

fn opens(
    java: Java,
    format: Format,
    entry: &Entry<'_>,
    password: &Password,
    budget: &mut Budget<'_>,
) -> Result<(), Error> {
    match entry.content() {
        Content::PrivateKey { key, .. } => {
            check_sealing(java, format, key.as_der(), password)?;
            check_algorithm(java, format, &key.open_counted(password, budget)?)
        }
        Content::SecretKey(key) => {
            if format == Format::Pkcs12 {
                check_sealing(java, format, key.as_bytes(), password)?;
            }
            key.open_counted(password, budget).map(drop)
        }
        _ => Ok(()),
    }
}

/// Checks that Java opens a key that is sealed in this way in a store of this format.
///
/// Java supports only a format's own schemes and, in a JCEKS, the scheme of JKS.
fn check_sealing(java: Java, format: Format, sealed: &[u8], password: &Password) -> Result<(), Error> {
    let envelope = Envelope::read(sealed)?;
    let is_known = match format {
        Format::Jks => envelope.algorithm.is(key_protector::OID),
        Format::Jceks => [key_protector::OID, jce_protector::OID].into_iter().any(|oid| envelope.algorithm.is(oid)),
        _ => match readers::of_key(sealed).filter(|readers| readers.java != JavaVersions::None) {
            Some(readers) => {
                if java >= Java::V25 {
                    pkcs12::java::loading::check_prf(&envelope.algorithm)?;
                }
                pkcs12::java::loading::check_key_salt(sealed)?;
                return readers.passwords.check(java, password);
            }
            None => false,
        },
    };
    if is_known { Ok(()) } else { Err(Error::not_representable(format, EncodeDefect::Sealing)) }
}

/// Checks that this version of Java has a factory for the key's algorithm.
///
/// Java needs no factory for a key in a JKS, so such a key always passes.
fn check_algorithm(java: Java, format: Format, key: &PrivateKey) -> Result<(), Error> {
    if format == Format::Jks {
        return Ok(());
    }
    let key = key.secret_pkcs8();
    let (algorithm, content) = private_key::fields(key.secret_pkcs8_der())?;
    let has = |list: &[ObjectIdentifier]| list.iter().any(|oid| algorithm.is(*oid));
    let is_known = has(&oid::OLD_KEYS)
        || (java >= Java::V17 && has(&oid::CURVE_KEYS))
        // Java reads only the expanded form, not the seed (`sun.security.pkcs.NamedPKCS8Key`).
        || (java >= Java::V25 && has(&oid::LATTICE_KEYS) && content.content.first() == Some(&Tag::OCTET_STRING.0));
    if is_known { Ok(()) } else { Err(algorithm.unsupported().of_part(Part::PrivateKeyInfo)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

    use super::*;
    use crate::error::Limit;
    use crate::{KeyStore, Protection, SealedKey, Timestamp};
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
    use rustls_pki_types::PrivatePkcs8KeyDer;

    #[test]
    fn the_keys_of_a_jceks_share_the_iterations() {
        let (password, rng) = (Password::new("changeit"), &mut ChaCha20Rng::from_seed([1; 32]));
        let key = PrivatePkcs8KeyDer::from(&include_bytes!("../tests/data/node0.pkcs8")[..]);
        let key = SealedKey::seal(&key, &password, Protection::Jceks { iterations: 100 }, rng).unwrap();
        let chain = vec![include_bytes!("../tests/data/node0.cer")[..].into()];
        let mut keystore = KeyStore::new();
        for alias in ["one", "two"] {
            let created = Timestamp::from_millis(0);
            let entry = Entry::new_private_key(alias.to_owned(), key.clone(), chain.clone(), created);
            keystore.insert(entry).unwrap();
        }
        let bytes = jks::encode_jceks(&keystore, &password).unwrap();
        let store = decoded(&bytes, Some(&password)).unwrap();
        // A derivation has two blocks.
        let mut limits = Limits { total_iterations: 400, ..Limits::default() };
        assert_eq!(opens_all(Java::V17, &store, &password, &limits), Ok(()));
        limits.total_iterations = 399;
        let error = opens_all(Java::V17, &store, &password, &limits).unwrap_err();
        let exceeded = ErrorKind::LimitExceeded { limit: Limit::TotalIterations, found: 400, allowed: 399 };
        assert_eq!((error.kind(), error.entry()), (&exceeded, Some("two")));
    }
}
