//! An unencrypted private key.

use crate::asn1::oid::EC;
use crate::asn1::{Algorithm, Element, Envelope, Reader, Tag, Writer, is_der};
use crate::error::{Error, ErrorKind, KeyForm, Part};
use crate::key_match::{self, EcKey, KeyMatch, key_match};
use crate::public_half::padded;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// An unencrypted private key in PKCS#8.
///
/// The key is wiped on drop, has neither `Clone` nor `Eq`, and is elided by `Debug`.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// Borrows the key, which is secret, in PKCS#8.
    ///
    /// The structure is `PrivateKeyInfo` (RFC 5208) or `OneAsymmetricKey` (RFC 5958). A key that a file contains unencrypted is
    /// not checked to have this structure.
    pub fn secret_pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.0.as_slice())
    }

    /// Adds the certificate's public key to an EC key that lacks its public half.
    ///
    /// Java writes EC keys without their public half, and `ring` refuses such keys. Any other key is returned unchanged, and
    /// so is an EC key if the certificate's point cannot be read. A completed key has no PKCS#8 attributes.
    ///
    /// `certificate` is the first certificate of the key's chain. The chain of an entry may be empty (see
    /// [`Entry::certificates`](crate::Entry::certificates)); the chain of a [`KeyEntry`](crate::KeyEntry) is never empty.
    ///
    /// # Errors
    /// [`ErrorKind::KeyMismatch`] if the certificate belongs to another key ([`KeyMatch::Differs`]). A key that cannot be
    /// compared with the certificate ([`KeyMatch::Unchecked`]) is accepted.
    pub fn completed(self, certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        if key_match(&self.secret_pkcs8(), certificate) == KeyMatch::Differs {
            return Err(Error::new(ErrorKind::KeyMismatch));
        }
        Ok(with_point(&self.0, certificate).map_or(self, Self))
    }

    /// Copies an unencrypted key from a file, without checking it.
    pub(crate) fn plaintext(der: &[u8]) -> Self {
        Self(Zeroizing::new(der.to_vec()))
    }

    /// Checks the form of a decrypted key.
    ///
    /// If the password is not proven, bytes in no known form are reported as a wrong password.
    pub(crate) fn decrypted(der: Zeroizing<Vec<u8>>, proof: Proof) -> Result<Self, Error> {
        match (form(&der), proof) {
            (Form::Pkcs8, _) => Ok(Self(der)),
            (Form::Other(form), _) => Err(Error::new(ErrorKind::NotPkcs8(form))),
            (Form::Unknown, Proof::Authenticated) => Err(Error::new(ErrorKind::NotPkcs8(KeyForm::Unknown))),
            (Form::Unknown, Proof::None) => Err(Error::wrong_password()),
        }
    }
}

impl PrivateKey {
    /// Compares the bytes of both keys, in constant time if they have the same length.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(elided)")
    }
}

/// The EC key with the certificate's point, and the scalar padded to the field's length.
///
/// Returns `None` if the key is not an EC key or has a point, or if the certificate has no point.
fn with_point(der: &[u8], certificate: &CertificateDer<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let (algorithm, key) = fields(der).ok().filter(|(algorithm, _)| algorithm.is(EC))?;
    let key = EcKey::read(key.content).ok().filter(|key| key.point.is_none())?;
    let point = key_match::point_of(certificate)?;
    let field = point.len().checked_sub(1)? / 2;
    let mut inner = Writer::new();
    inner.nested(Tag::SEQUENCE, |writer| {
        writer
            .unsigned(1)
            .octet_string(&padded(key.scalar, field).unwrap_or_else(|| Zeroizing::new(key.scalar.to_vec())));
        writer.raw(key.parameters.unwrap_or_default());
        writer.nested(Tag::CONTEXT_1, |writer| {
            writer.bit_string(&point);
        });
    });
    let mut outer = Writer::new();
    outer.nested(Tag::SEQUENCE, |writer| {
        writer.unsigned(0).raw(algorithm.encoded()).octet_string(&inner.finish());
    });
    Some(outer.finish())
}

/// The evidence that a password is right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// A digest, a MAC or a tag.
    Authenticated,
    /// None, except the form of the plaintext.
    None,
}

enum Form {
    Pkcs8,
    Other(KeyForm),
    Unknown,
}

fn form(bytes: &[u8]) -> Form {
    if is_pkcs8(bytes) {
        Form::Pkcs8
    } else if is_pkcs1(bytes) {
        Form::Other(KeyForm::Pkcs1)
    } else if is_sec1(bytes) {
        Form::Other(KeyForm::Sec1)
    } else if is_pem(bytes) {
        Form::Other(KeyForm::Pem)
    } else {
        Form::Unknown
    }
}

pub(crate) fn is_key(bytes: &[u8]) -> bool {
    !matches!(form(bytes), Form::Unknown)
}

/// Whether a binary file is a private key in PKCS#8, PKCS#1 or SEC1.
///
/// The PKCS#8 may be encrypted.
pub(crate) fn is_file(bytes: &[u8]) -> bool {
    is_pkcs8(bytes) || is_pkcs1(bytes) || is_sec1(bytes) || Envelope::read(bytes).is_ok()
}

/// Checks the nine `INTEGER`s of an `RSAPrivateKey` (RFC 8017, appendix A.1.2).
fn is_pkcs1(bytes: &[u8]) -> bool {
    let read = || -> Result<(), Error> {
        let mut fields = sequence(bytes)?;
        (0..9).try_for_each(|_| fields.expect(Tag::INTEGER, Part::PrivateKeyInfo).map(drop))
    };
    read().is_ok() && is_der(bytes)
}

/// Checks `version` and `privateKey` of an `ECPrivateKey` (RFC 5915, section 3).
fn is_sec1(bytes: &[u8]) -> bool {
    let read = || -> Result<(), Error> {
        let mut fields = sequence(bytes)?;
        fields.expect(Tag::INTEGER, Part::PrivateKeyInfo)?;
        fields.expect(Tag::OCTET_STRING, Part::PrivateKeyInfo).map(drop)
    };
    read().is_ok() && is_der(bytes)
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN ")
}

fn sequence(der: &[u8]) -> Result<Reader<'_>, Error> {
    let mut outer = Reader::new(der, None);
    let fields = outer.expect(Tag::SEQUENCE, Part::PrivateKeyInfo)?.children();
    outer.finish(Part::PrivateKeyInfo)?;
    Ok(fields)
}

/// Whether these bytes are exactly one `PrivateKeyInfo` in DER.
pub(crate) fn is_pkcs8(der: &[u8]) -> bool {
    fields(der).is_ok() && is_der(der)
}

/// The algorithm and the key of a `PrivateKeyInfo` (RFC 5208, section 5).
///
/// The key is in the algorithm's own encoding. Further fields, such as those of RFC 5958, need only be well-formed.
pub(crate) fn fields(der: &[u8]) -> Result<(Algorithm<'_>, Element<'_>), Error> {
    const PART: Part = Part::PrivateKeyInfo;
    let mut fields = sequence(der)?;
    fields.expect(Tag::INTEGER, PART)?.unsigned()?;
    let algorithm = Algorithm::read(&mut fields)?;
    let key = fields.expect(Tag::OCTET_STRING, PART)?;
    fields.check()?;
    Ok((algorithm, key))
}
