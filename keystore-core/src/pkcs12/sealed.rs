//! `EncryptedPrivateKeyInfo` with password-based encryption: how PKCS#12 seals private and secret keys.

use super::ber::{Reader, Tag};
use super::budget::Budget;
use super::encoded_password::EncodedPassword;
use super::pbe::Scheme;
use super::write::Writer;
use crate::error::{Defect, Error, Part};
use crate::private_key::is_pkcs8;
use crate::{Limits, Password};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The envelope, read.
pub(super) struct Sealed<'a> {
    pub(super) scheme: Scheme,
    encrypted: Cow<'a, [u8]>,
}

impl<'a> Sealed<'a> {
    /// # Errors
    /// `UnsupportedAlgorithm`, or `Malformed` if this is not an envelope.
    pub(super) fn read(ber: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| Error::malformed(Defect::EncryptedPrivateKeyInfo);
        let envelope = Reader::new(ber, None).expect(Tag::SEQUENCE, Part::SafeBag).map_err(malformed)?;
        let mut fields = envelope.children();
        let scheme = Scheme::read(&mut fields)?;
        let encrypted = fields.octet_string(Part::OctetString).map_err(malformed)?.bytes()?;
        Ok(Self { scheme, encrypted })
    }
}

/// Opens a key within limits: PKCS#8.
pub(crate) fn open(ber: &[u8], password: &Password, limits: &Limits) -> Result<Zeroizing<Vec<u8>>, Error> {
    let sealed = Sealed::read(ber)?;
    sealed.scheme.count(&mut Budget::new(limits, Some(password)))?;
    sealed.scheme.decrypt(password, &sealed.encrypted, is_pkcs8).map(|(plain, _)| plain)
}

/// Seals a key.
pub(super) fn seal(scheme: &Scheme, plain: &[u8], password: &EncodedPassword<'_>) -> Result<Vec<u8>, Error> {
    let encrypted = scheme.encrypt(password, plain)?;
    let mut writer = Writer::new();
    writer.nested(Tag::SEQUENCE, |writer| {
        scheme.write(writer);
        writer.octet_string(&encrypted);
    });
    Ok(writer.finish().to_vec())
}
