//! Java's names of secret key algorithms, and their identifiers in a BCFKS.
//!
//! See `BcFKSKeyStoreSpi.oidMap`.

use crate::SecretKey;
use crate::error::{Defect, Error, Part};
use der::asn1::ObjectIdentifier;

/// Names, identifiers, and the key's length in bytes if the identifier depends on it.
const ALGORITHMS: [(&str, &str, Option<usize>); 18] = [
    ("AES", "2.16.840.1.101.3.4.1", None),
    ("DESede", "1.3.14.3.2.17", None),
    ("HmacSHA1", "1.2.840.113549.2.7", None),
    ("HmacSHA224", "1.2.840.113549.2.8", None),
    ("HmacSHA256", "1.2.840.113549.2.9", None),
    ("HmacSHA384", "1.2.840.113549.2.10", None),
    ("HmacSHA512", "1.2.840.113549.2.11", None),
    ("HmacSHA3-224", "2.16.840.1.101.3.4.2.13", None),
    ("HmacSHA3-256", "2.16.840.1.101.3.4.2.14", None),
    ("HmacSHA3-384", "2.16.840.1.101.3.4.2.15", None),
    ("HmacSHA3-512", "2.16.840.1.101.3.4.2.16", None),
    ("SEED", "1.2.410.200004.1.4", None),
    ("Camellia", "1.2.392.200011.61.1.1.1.2", Some(16)),
    ("Camellia", "1.2.392.200011.61.1.1.1.3", Some(24)),
    ("Camellia", "1.2.392.200011.61.1.1.1.4", Some(32)),
    ("ARIA", "1.2.410.200046.1.1.2", Some(16)),
    ("ARIA", "1.2.410.200046.1.1.7", Some(24)),
    ("ARIA", "1.2.410.200046.1.1.12", Some(32)),
];

pub(super) fn name(id: &[u8]) -> Result<String, Error> {
    let unreadable = |_| Error::malformed(Defect::Structure(Part::SecretKeyData));
    let dotted = ObjectIdentifier::from_bytes(id).map_err(unreadable)?.to_string();
    Ok(ALGORITHMS.iter().find(|(_, oid, _)| *oid == dotted).map_or(dotted, |(name, ..)| (*name).to_owned()))
}

pub(super) fn identifier(key: &SecretKey) -> Option<ObjectIdentifier> {
    let fits = |length: &Option<usize>| length.is_none_or(|length| length == key.secret_bytes().len());
    let named = |name: &str| name.eq_ignore_ascii_case(key.algorithm());
    let (_, oid, _) = ALGORITHMS.iter().find(|(name, _, length)| named(name) && fits(length))?;
    ObjectIdentifier::new(oid).ok()
}
