//! Checks that Bouncy Castle loads a file (`BcFKSKeyStoreSpi.engineLoad`).
//!
//! The order is Bouncy Castle's: the outer structure, the MAC, the decrypted content.

use super::check::Check;
use super::decode::{Outer, check_contents};
use crate::asn1::{oid, read_time};
use crate::budget::Budget;
use crate::error::{Error, ErrorKind, Limit, Part};
use crate::{Content, Entry, Limits, Password, PrivateKey, Visibility, bcfks::Bcfks, private_key};
use der::asn1::ObjectIdentifier;
use std::fmt;

/// A provider that reads BCFKS. Some files load with one of the two providers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// `bcprov`, as of 1.86.
    Bcprov,
    /// `bc-fips`, as of 2.1.2, outside of approved mode.
    BcFips,
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 2] = [Self::Bcprov, Self::BcFips];
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bcprov => "bcprov",
            Self::BcFips => "bc-fips",
        })
    }
}

/// Checks that this provider loads the file with this password (`KeyStore.load`).
///
/// `None` is the empty password, as in Bouncy Castle.
///
/// When Bouncy Castle loads a store, it reads neither certificates nor sealed keys, and it accepts MAC keys that are short
/// enough to be guessed. So some files load that [`Bcfks::decode`] refuses.
///
/// This function refuses some files that Bouncy Castle loads, such as those with a MAC other than HMAC-SHA-512 and
/// HMAC-SHA3-512, with a cipher whose key has 24 bytes, or over a [`Limit`]. For `bc-fips`, this function also refuses files
/// with a negative iteration count, a malformed date, or an outermost length beyond the end.
///
/// # Errors
/// The first error in the order of Bouncy Castle's checks: [`ErrorKind::Truncated`] or [`ErrorKind::Malformed`], also for a
/// file of another format; [`ErrorKind::UnsupportedAlgorithm`]; [`ErrorKind::LimitExceeded`];
/// [`ErrorKind::WrongPasswordOrTampered`]; [`ErrorKind::UnreadableProtection`] for a tag length that `bcprov` refuses;
/// [`ErrorKind::Signed`] for a signed store, which does not load with a password.
pub fn loads(provider: Provider, bytes: &[u8], password: Option<&Password>) -> Result<(), Error> {
    let empty = Password::new("");
    let password = password.unwrap_or(&empty);
    let limits = limits();
    limits.check(Limit::Bytes, bytes.len())?;
    let mut budget = Budget::new(&limits, None);
    let outer = Outer::read(bytes, &mut budget)?;
    let Check::Mac(mac) = &outer.check else { return Err(Error::new(ErrorKind::Signed)) };
    mac.verify(password, &outer.message()?, &mut budget)?;
    if provider == Provider::Bcprov && outer.has_short_tag() {
        return Err(Error::new(ErrorKind::UnreadableProtection { part: Part::EncryptedObjectStoreData }));
    }
    check_contents(&outer.contents(Some(password))?, outer.integrity_algorithm, &limits, reads_date)
}

/// Whether `bcprov` reads this date.
///
/// `bc-fips` accepts more forms.
fn reads_date(date: &[u8]) -> bool {
    let digits = |places| date.get(places).is_some_and(|part: &[u8]| part.iter().all(u8::is_ascii_digit));
    let with = |missing: &[u8], at| {
        let (before, after) = date.split_at_checked(at).unwrap_or((date, &[]));
        read_time(&[before, missing, after].concat()).is_some()
    };
    match (digits(0..14), digits(0..12), digits(0..10)) {
        (true, ..) => read_time(date).is_some(),
        (_, true, _) => with(b"00", 12),
        (.., is_hour) => is_hour && with(b"0000", 10),
    }
}

/// Checks that Java's key manager accepts the file with this provider.
///
/// The file must load, and `key_password` must open each key that Java finds, as `KeyManagerFactory.init` requires
/// (`sun.security.ssl.SunX509KeyManagerImpl`). The length of a secret key is not checked, although
/// `bc-fips` refuses some lengths. Opening all keys together must stay within the default [`Limits`].
///
/// # Errors
/// As [`loads`] and [`Bcfks::decode_within`]. For a key, with the alias of its entry: as
/// [`SealedKey::open`](crate::SealedKey::open) or [`SealedSecretKey::open`](crate::SealedSecretKey::open), or
/// [`ErrorKind::UnsupportedAlgorithm`] if the provider has no factory for the private key.
pub fn loads_keys(
    provider: Provider,
    bytes: &[u8],
    password: Option<&Password>,
    key_password: &Password,
) -> Result<(), Error> {
    loads(provider, bytes, password)?;
    let empty = Password::new("");
    let limits = limits();
    let store = Bcfks::decode_within(bytes, password.unwrap_or(&empty), &limits)?;
    let mut budget = Budget::new(&limits, None);
    for entry in store.view().iter().filter(|entry| entry.visibility() == Visibility::Reachable) {
        opens(entry, key_password, &mut budget).map_err(|error| error.in_entry(entry.alias()))?;
    }
    Ok(())
}

/// The default limits, except that a MAC's key may be short, as in Bouncy Castle.
fn limits() -> Limits {
    Limits { mac_key: 1, ..Limits::default() }
}

fn opens(entry: &Entry<'_>, password: &Password, budget: &mut Budget<'_>) -> Result<(), Error> {
    match entry.content() {
        Content::PrivateKey { key, .. } => check_algorithm(&key.open_counted(password, budget)?),
        Content::SecretKey(key) => key.open_counted(password, budget).map(drop),
        _ => Ok(()),
    }
}

fn check_algorithm(key: &PrivateKey) -> Result<(), Error> {
    let key = key.secret_pkcs8();
    let (algorithm, _) = private_key::fields(key.secret_pkcs8_der())?;
    let has = |list: &[ObjectIdentifier]| list.iter().any(|oid| algorithm.is(*oid));
    let is_known = has(&oid::OLD_KEYS) || has(&oid::CURVE_KEYS) || has(&oid::LATTICE_KEYS);
    if is_known { Ok(()) } else { Err(algorithm.unsupported().of_part(Part::PrivateKeyInfo)) }
}
