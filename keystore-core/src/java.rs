//! Whether Java loads a file.

use crate::error::{Defect, EncodeDefect, Error, ErrorKind, Format, Part};
use crate::pkcs12::readers::JavaVersions;
use crate::{Limits, MissingMac, Password, Pfx, Store, decode_unverified_within, decode_within, x509};

/// A version of Java, of those that differ in which keystores they load.
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

/// Whether this version of Java loads the file (`java.security.KeyStore.load`) with this password, or with `null`.
///
/// Java reads every certificate when it loads a store, and one that it does not read keeps it from loading any. Private
/// and secret keys are not opened by loading. A BCFKS, a BKS or an UBER is not loaded: the JDK has no reader of them.
///
/// # Errors
/// Why it does not: as [`decode`](crate::decode) says, except that a missing MAC is accepted;
/// [`ErrorKind::Certificate`] with the entry; [`ErrorKind::Malformed`] for a name or a salt that only Java refuses;
/// [`ErrorKind::UnreadableProtection`]; [`ErrorKind::NotRepresentable`] for a password that this version does not take.
pub fn loads(java: Java, bytes: &[u8], password: Option<&Password>) -> Result<(), Error> {
    let limits = Limits { missing_mac: MissingMac::Accept, ..Limits::default() };
    let store = match password {
        Some(password) => decode_within(bytes, password, &limits)?,
        None => decode_unverified_within(bytes, &limits)?,
    };
    match &store {
        Store::Jks(jks) => {
            for entry in jks.view().all() {
                let mut certificates = entry.certificates().iter();
                certificates
                    .try_for_each(|certificate| x509::check_in_file(certificate))
                    .map_err(|defect| Error::new(ErrorKind::Certificate(defect)).in_entry(entry.alias()))?;
            }
            Ok(())
        }
        Store::Pfx(pfx) => {
            pfx.check_content()?;
            if let Some(password) = password { check_protections(java, pfx, password) } else { Ok(()) }
        }
        Store::Bks(bks) => Err(Error::new(ErrorKind::UnsupportedFormat(bks.format()))),
        #[cfg(feature = "bcfks")]
        Store::Bcfks(_) => Err(Error::new(ErrorKind::UnsupportedFormat(Format::Bcfks))),
    }
}

fn check_protections(java: Java, pfx: &Pfx<'_>, password: &Password) -> Result<(), Error> {
    let protections = pfx.protections();
    let unreadable = |part| Error::new(ErrorKind::UnreadableProtection { part });
    if protections.mac.is_some_and(|mac| matches!(mac, JavaVersions::Since26 | JavaVersions::None)) {
        return Err(unreadable(Part::MacData));
    }
    if protections.parts.iter().any(|part| part.java == JavaVersions::None) {
        return Err(unreadable(Part::EncryptedData));
    }
    if protections.has_short_salt {
        return Err(Error::malformed(Defect::ShortSalt));
    }
    let is_used = protections.mac.is_some() || !protections.parts.is_empty();
    if is_used && java < Java::V25 && !password.is_printable_ascii() {
        return Err(Error::not_representable(Format::Pkcs12, EncodeDefect::PasswordNotAscii));
    }
    Ok(())
}
