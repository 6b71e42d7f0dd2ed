//! Writing the bytes of a JKS or JCEKS.

use super::digest::Output;
use super::{
    Header, MAGIC_JCEKS, MAGIC_JKS, TAG_PRIVATE_KEY, TAG_SECRET_KEY, TAG_TRUSTED_CERTIFICATE, jce_protector,
    key_protector, modified_utf8,
};
use crate::alias::fold;
use crate::error::{EncodeDefect, Error, Format};
use crate::{Content, Entry, KeyStore, Password, SealedKey, SealedSecretKey};
use rustls_pki_types::CertificateDer;

/// Encodes a new JKS of version 2 with the entries of `keystore`, in order.
///
/// The aliases are written in lower case, and the digest under this password follows the entries. Java writes the same
/// bytes for the same entries in the same order.
///
/// # Errors
/// [`ErrorKind::NotRepresentable`](crate::ErrorKind::NotRepresentable) with the reason, or
/// [`ErrorKind::AliasClash`](crate::ErrorKind::AliasClash). An error about an entry names the entry.
pub fn encode(keystore: &KeyStore<'_>, password: &Password) -> Result<Vec<u8>, Error> {
    store(Header { format: Format::Jks, version: 2 }, keystore, password)
}

/// Encodes a new JCEKS of version 2, in the same way as [`encode`]. Private keys may also be sealed for a JKS.
///
/// # Errors
/// As [`encode`].
pub fn encode_jceks(keystore: &KeyStore<'_>, password: &Password) -> Result<Vec<u8>, Error> {
    store(Header { format: Format::Jceks, version: 2 }, keystore, password)
}

fn store(header: Header, keystore: &KeyStore<'_>, password: &Password) -> Result<Vec<u8>, Error> {
    let mut out = start(header, keystore.len(), estimate(keystore), password)?;
    keystore.refuse_case_clashes()?;
    for entry in keystore.all() {
        keystore.refuse_invisible(entry, header.format)?;
        self::entry(out.buffer(), header, entry)?;
    }
    Ok(out.finish())
}

/// An output that begins with the header and has room for `length` bytes of entries.
pub(super) fn start(header: Header, count: usize, length: usize, password: &Password) -> Result<Output, Error> {
    let magic = if header.format == Format::Jceks { MAGIC_JCEKS } else { MAGIC_JKS };
    let count = java_int(header, count)?;
    let mut out = Output::new(length + 12, password);
    out.buffer().extend_from_slice([magic.to_be_bytes(), header.version.to_be_bytes(), count].as_flattened());
    Ok(out)
}

pub(super) fn entry(out: &mut Vec<u8>, header: Header, entry: &Entry<'_>) -> Result<(), Error> {
    body(out, header, entry).map_err(|error| error.in_entry(entry.alias()))
}

pub(super) fn alias(out: &mut Vec<u8>, header: Header, alias: &str) -> Result<(), Error> {
    let alias = fold(alias);
    let bytes = modified_utf8::encode(&alias);
    let length =
        u16::try_from(bytes.len()).map_err(|_| refused(header, EncodeDefect::AliasTooLong).in_entry(&alias))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&bytes);
    Ok(())
}

fn body(out: &mut Vec<u8>, header: Header, entry: &Entry<'_>) -> Result<(), Error> {
    let tag = match entry.content() {
        Content::PrivateKey { .. } => TAG_PRIVATE_KEY,
        Content::TrustedCertificate(_) => TAG_TRUSTED_CERTIFICATE,
        Content::SecretKey(_) => TAG_SECRET_KEY,
        Content::Opaque { .. } => return Err(refused(header, EncodeDefect::Opaque)),
        Content::PlainPrivateKey { .. } => return Err(refused(header, EncodeDefect::PlainPrivateKey)),
        Content::Certificate(_) => return Err(refused(header, EncodeDefect::NotVisible)),
    };
    entry.check_certificates().map_err(|defect| refused(header, EncodeDefect::UnreadableCertificate(defect)))?;
    let created = entry.created().ok_or_else(|| refused(header, EncodeDefect::NoDate))?;
    out.extend_from_slice(&tag.to_be_bytes());
    alias(out, header, entry.alias())?;
    out.extend_from_slice(&created.millis().to_be_bytes());
    match entry.content() {
        Content::PrivateKey { key, chain } => private_key(out, header, key, chain),
        Content::SecretKey(key) => secret_key(out, header, key),
        _ => certificates(out, header, entry.certificates()),
    }
}

fn private_key(
    out: &mut Vec<u8>,
    header: Header,
    key: &SealedKey<'_>,
    chain: &[CertificateDer<'_>],
) -> Result<(), Error> {
    match key.algorithm() {
        Some(key_protector::OID) => {}
        Some(jce_protector::OID) if header.format == Format::Jceks => {}
        _ => return Err(refused(header, EncodeDefect::Sealing)),
    }
    if chain.is_empty() {
        return Err(refused(header, EncodeDefect::EmptyChain));
    }
    long_bytes(out, header, key.as_der())?;
    out.extend_from_slice(&java_int(header, chain.len())?);
    certificates(out, header, chain)
}

fn secret_key(out: &mut Vec<u8>, header: Header, key: &SealedSecretKey<'_>) -> Result<(), Error> {
    match (header.format, key.format()) {
        (Format::Jceks, Format::Jceks) => out.extend_from_slice(key.as_bytes()),
        (Format::Jceks, _) => return Err(refused(header, EncodeDefect::Sealing)),
        _ => return Err(refused(header, EncodeDefect::SecretKey)),
    }
    Ok(())
}

fn certificates(out: &mut Vec<u8>, header: Header, chain: &[CertificateDer<'_>]) -> Result<(), Error> {
    for der in chain {
        certificate(out, header, der)?;
    }
    Ok(())
}

const CERTIFICATE_TYPE_WITH_LENGTH: &[u8] = b"\0\x05X.509";

fn certificate(out: &mut Vec<u8>, header: Header, der: &[u8]) -> Result<(), Error> {
    if header.version == 2 {
        out.extend_from_slice(CERTIFICATE_TYPE_WITH_LENGTH);
    }
    long_bytes(out, header, der)
}

fn long_bytes(out: &mut Vec<u8>, header: Header, bytes: &[u8]) -> Result<(), Error> {
    out.extend_from_slice(&java_int(header, bytes.len())?);
    out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn java_int(header: Header, number: usize) -> Result<[u8; 4], Error> {
    i32::try_from(number).map(i32::to_be_bytes).map_err(|_| refused(header, EncodeDefect::TooLarge))
}

fn refused(header: Header, defect: EncodeDefect) -> Error {
    Error::not_representable(header.format, defect)
}

fn estimate(keystore: &KeyStore<'_>) -> usize {
    keystore.all().map(Entry::encoded_len_hint).sum()
}
