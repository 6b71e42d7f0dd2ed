//! Reading the bytes of a JKS or JCEKS.

use super::digest::Digest;
use super::raw_entry::{Parts, RawEntry};
use super::{
    CERTIFICATE_TYPE, Header, MAGIC_JCEKS, MAGIC_JKS, TAG_PRIVATE_KEY, TAG_SECRET_KEY, TAG_TRUSTED_CERTIFICATE, digest,
    modified_utf8, sealed_object,
};
use crate::error::{CertificateDefect, Defect, Error, ErrorKind, Format, Limit};
use crate::reader::Reader;
use crate::{Java, Limits, Password, x509};
use std::borrow::Cow;
use std::ops::Range;
use subtle::ConstantTimeEq;

/// The minimum size of an entry in bytes: tag, empty alias, date, empty certificate.
const MIN_ENTRY_LEN: usize = 4 + 2 + 8 + 4;

/// Whether to check the certificates of an entry.
#[derive(Clone, Copy)]
pub(super) enum Certificates {
    Carry,
    Check(Java),
}

pub(super) struct Decoded<'a> {
    pub(super) header: Header,
    pub(super) entries: Vec<RawEntry<'a>>,
    covered: &'a [u8],
    digest: &'a [u8; digest::LENGTH],
}

impl<'a> Decoded<'a> {
    /// Reads the structure of a store.
    ///
    /// Bytes after the digest are ignored, as in Java. After each entry, `cover` is called with all bytes so far that
    /// the digest covers. The entry can then be digested while it is in the processor's cache.
    pub(super) fn read(bytes: &'a [u8], limits: &Limits, mut cover: impl FnMut(&[u8])) -> Result<Self, Error> {
        limits.check(Limit::Bytes, bytes.len())?;
        let mut reader = Reader::new(bytes);
        let start = reader;
        let header = header(&mut reader)?;
        let count = reader.count()?;
        limits.check(Limit::Entries, count)?;
        let mut entries = Vec::with_capacity(count.min(reader.remaining() / MIN_ENTRY_LEN));
        for _ in 0..count {
            entries.push(entry(&mut reader, header, limits, Certificates::Carry)?);
            cover(start.until(&reader));
        }
        Ok(Self { header, entries, covered: start.until(&reader), digest: reader.array()? })
    }

    pub(super) fn verify(&self, digest: Digest) -> Result<(), Error> {
        verify(digest, self.covered, self.digest)
    }
}

/// Checks that this version of Java loads the store.
///
/// If there is no password, Java does not read the digest. See `JavaKeyStore.engineLoad` and `JceKeyStore.engineLoad`.
pub(crate) fn load(java: Java, bytes: &[u8], password: Option<&Password>) -> Result<(), Error> {
    Limits::default().check(Limit::Bytes, bytes.len())?;
    let start = Reader::new(bytes);
    let mut reader = start;
    let header = header(&mut reader)?;
    // Java reads a store with a negative count as empty.
    let count = reader.array().map(|bytes| i32::from_be_bytes(*bytes))?;
    for _ in 0..count {
        entry(&mut reader, header, &Limits::NONE, Certificates::Check(java))?;
    }
    let Some(password) = password else { return Ok(()) };
    verify(Digest::keyed(password), start.until(&reader), reader.array()?)
}

fn verify(digest: Digest, covered: &[u8], expected: &[u8; digest::LENGTH]) -> Result<(), Error> {
    if bool::from(digest.of(covered).ct_eq(expected)) { Ok(()) } else { Err(Error::wrong_password()) }
}

fn header(reader: &mut Reader<'_>) -> Result<Header, Error> {
    let start = *reader;
    let format = match reader.u32()? {
        MAGIC_JKS => Format::Jks,
        MAGIC_JCEKS => Format::Jceks,
        _ => return Err(start.malformed(Defect::Magic)),
    };
    let start = *reader;
    match reader.u32()? {
        version @ 1..=2 => Ok(Header { format, version }),
        version => Err(start.error(ErrorKind::UnsupportedVersion { format, version })),
    }
}

pub(super) fn entry<'a>(
    reader: &mut Reader<'a>,
    header: Header,
    limits: &Limits,
    certificates: Certificates,
) -> Result<RawEntry<'a>, Error> {
    let start = *reader;
    let tag = reader.u32()?;
    let alias = *reader;
    let name = reader.short_bytes()?;
    modified_utf8::check(name).map_err(|defect| alias.malformed(defect))?;
    let date = reader.position() - start.position();
    reader.i64()?;
    let mut body = Body { reader, start: start.position(), header, name, certificates };
    let parts = match tag {
        TAG_PRIVATE_KEY => body.private_key(limits)?,
        TAG_TRUSTED_CERTIFICATE => Parts::TrustedCertificate(body.certificate()?),
        TAG_SECRET_KEY if header.format == Format::Jceks => Parts::SecretKey(body.secret_key()?),
        _ => return Err(start.malformed(Defect::EntryTag(tag))),
    };
    Ok(RawEntry::new(Cow::Borrowed(start.until(reader)), date, parts))
}

/// A reader of an entry's body.
///
/// All ranges are relative to the entry's start.
struct Body<'r, 'a> {
    reader: &'r mut Reader<'a>,
    start: usize,
    header: Header,
    /// The alias in modified UTF-8.
    name: &'a [u8],
    certificates: Certificates,
}

impl Body<'_, '_> {
    fn private_key(&mut self, limits: &Limits) -> Result<Parts, Error> {
        let key = self.part()?;
        let length = self.chain_length()?;
        limits.check(Limit::Chain, length)?;
        let chain = (0..length).map(|_| self.certificate()).collect::<Result<_, _>>()?;
        Ok(Parts::PrivateKey { key, chain })
    }

    /// In a JKS, Java reads a negative length as 0; in a JCEKS, it refuses the file.
    fn chain_length(&mut self) -> Result<usize, Error> {
        match self.header.format {
            Format::Jks => self.reader.array().map(|bytes| i32::from_be_bytes(*bytes).try_into().unwrap_or_default()),
            _ => self.reader.count(),
        }
    }

    fn certificate(&mut self) -> Result<Range<usize>, Error> {
        if self.header.version == 2 {
            let start = *self.reader;
            if !is_x509(self.reader.short_bytes()?) {
                return Err(start.malformed(Defect::CertificateType));
            }
        }
        let mut here = *self.reader;
        let certificate = self.part()?;
        if let Certificates::Check(java) = self.certificates {
            x509::check_in_file(java, here.long_bytes()?).map_err(|defect| self.refused(defect))?;
        }
        Ok(certificate)
    }

    fn refused(&self, defect: CertificateDefect) -> Error {
        Error::new(ErrorKind::Certificate(defect)).in_entry(&modified_utf8::decode(self.name).unwrap_or_default())
    }

    fn secret_key(&mut self) -> Result<Range<usize>, Error> {
        let start = self.reader.position() - self.start;
        sealed_object::skip(self.reader)?;
        Ok(start..self.reader.position() - self.start)
    }

    fn part(&mut self) -> Result<Range<usize>, Error> {
        let length = self.reader.long_bytes()?.len();
        let end = self.reader.position() - self.start;
        Ok(end - length..end)
    }
}

/// Java's certificate factory has the names `X.509` and `X509`, in any letter case.
fn is_x509(name: &[u8]) -> bool {
    name == CERTIFICATE_TYPE || name.eq_ignore_ascii_case(CERTIFICATE_TYPE) || name.eq_ignore_ascii_case(b"X509")
}
