//! A certificate as Java reads it (`X509Factory`, `X509CertImpl`).

use std::sync::{Mutex, PoisonError};

use rustls_pki_types::CertificateDer;

use super::constraints;
use super::der::{self, Read, Reader, Unreadable, Value};
use super::extension::{Extensions, Lengths};
use super::key::Key;
use super::name::Name;
use crate::pem;
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};
use crate::verify::{Check, Signed};

#[derive(Clone, Debug)]
pub(super) struct Certificate {
    /// The outermost length is in the shortest form, so equal certificates have equal bytes.
    pub(super) der: Vec<u8>,
    /// Whether a length is not in the shortest form.
    ///
    /// The lengths in the key and in the values of known extensions count, too.
    pub(super) has_long_lengths: bool,
    tbs: Vec<u8>,
    /// The encoded number plus 1: 3 for v3.
    pub(super) version: i32,
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Name,
    pub(super) subject: Name,
    /// Milliseconds since 1970.
    pub(super) not_before: i64,
    /// Milliseconds since 1970.
    pub(super) not_after: i64,
    pub(super) key: Key,
    pub(super) algorithm: SignatureAlgorithm,
    /// The names under which the signature algorithm may be disabled.
    pub(super) algorithm_names: Vec<String>,
    has_parameters: bool,
    signature: Vec<u8>,
    pub(super) extensions: Extensions,
    verified: Verified,
}

/// The last key that the signature was checked with, and the result.
///
/// The result is kept because the same chain is judged for several roles, hosts and times.
#[derive(Debug, Default)]
struct Verified(Mutex<Option<(Key, Check)>>);

impl Clone for Verified {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

/// An `AlgorithmIdentifier`; NULL parameters are treated as absent.
#[derive(PartialEq)]
pub(super) struct Identifier<'a> {
    pub(super) oid: &'a [u8],
    pub(super) parameters: Option<Vec<u8>>,
}

impl<'a> Identifier<'a> {
    pub(super) fn read(value: Value<'a>) -> Read<Self> {
        let mut reader = value.sequence("an algorithm is not a SEQUENCE")?;
        let oid = reader.next()?.oid()?;
        let parameters = if reader.is_empty() { None } else { Some(reader.next()?) };
        let null = |value: &Value<'_>| value.tag == der::NULL;
        if !reader.is_empty() || parameters.as_ref().is_some_and(|value| null(value) && !value.content.is_empty()) {
            return Err(Unreadable("an algorithm has extra data"));
        }
        Ok(Self { oid, parameters: parameters.filter(|value| !null(value)).map(Value::to_der) })
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::read(self.oid, self.parameters.as_deref(), der::dotted(self.oid))
    }
}

impl Certificate {
    /// Reads a certificate in DER, or the first certificate of a PEM text.
    ///
    /// Bytes after the DER are ignored.
    pub(super) fn read(bytes: &CertificateDer<'_>) -> Read<Self> {
        if bytes.first() == Some(&der::SEQUENCE) {
            return Self::parse(bytes);
        }
        let certificates =
            pem::decode_certificates(bytes).map_err(|_| Unreadable("it is neither DER nor readable PEM"))?;
        let first = certificates.first().ok_or(Unreadable("it is neither DER nor readable PEM"))?;
        Self::parse(first)
    }

    fn parse(bytes: &[u8]) -> Read<Self> {
        let mut all = Reader::new(bytes);
        let value = all.next()?;
        let own = bytes.len() - all.len();
        let mut reader = value.sequence("it is not a SEQUENCE")?;
        let (tbs, outer, signature) = (reader.next()?, Identifier::read(reader.next()?)?, reader.next()?.bits()?.0);
        if !reader.is_empty() {
            return Err(Unreadable("there are bytes after the signature"));
        }
        let mut fields = tbs.sequence("its signed part is not a SEQUENCE")?;
        let mut next = fields.next()?;
        let mut version = 1;
        if next.is_context(0) {
            version = read_version(next)?;
            next = fields.next()?;
        }
        let serial = next.integer()?.to_vec();
        let inner = Identifier::read(fields.next()?)?;
        if inner != outer {
            return Err(Unreadable("its two signature algorithms differ"));
        }
        let issuer = Name::read(&mut fields)?;
        if issuer.is_empty() {
            return Err(Unreadable("its issuer is empty"));
        }
        let (not_before, not_after) = read_validity(fields.next()?)?;
        let subject = Name::read(&mut fields)?;
        let key = Key::read(fields.next()?)?;
        let extensions = read_extensions(fields, version, &subject)?;
        let algorithm = inner.algorithm();
        let has_shortest_lengths = bytes.get(..own).is_some_and(der::has_shortest_lengths);
        Ok(Self {
            der: value.to_der(),
            has_long_lengths: !has_shortest_lengths || key.has_long_lengths() || extensions.lengths == Lengths::Long,
            tbs: tbs.to_der(),
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            algorithm_names: constraints::elements(&algorithm),
            algorithm,
            has_parameters: inner.parameters.is_some(),
            signature,
            extensions,
            verified: Verified::default(),
        })
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether Java's `getBasicConstraints` returns a value other than -1.
    pub(super) fn is_authority(&self) -> bool {
        self.extensions.path_length.is_some()
    }

    pub(super) fn may_sign_certificates(&self) -> bool {
        self.extensions.key_usage.is_none_or(|usage| usage.has(5))
    }

    pub(super) fn is_valid_at(&self, millis: i64) -> bool {
        (self.not_before..=self.not_after).contains(&millis)
    }

    pub(super) fn known_signature(&self, key: &Key) -> Option<Check> {
        let verified = self.verified.0.lock().unwrap_or_else(PoisonError::into_inner);
        verified.as_ref().filter(|(known, _)| known == key).map(|(_, check)| *check)
    }

    pub(super) fn check_signature(&self, key: &Key) -> Check {
        let check = self.compute_signature(key);
        *self.verified.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key.clone(), check));
        check
    }

    fn compute_signature(&self, key: &Key) -> Check {
        let scheme = self.algorithm.scheme();
        match scheme {
            // Java requires the parameters.
            Some(SignatureScheme::RsaPss(None)) if !self.has_parameters => return Check::Bad,
            Some(scheme) if !key.suits(scheme) => return Check::Bad,
            _ => {}
        }
        let Some(key) = key.public() else { return Check::Unsupported };
        Signed { scheme, message: &self.tbs, signature: &self.signature }.check(key)
    }
}

fn read_version(value: Value<'_>) -> Read<i32> {
    if !value.is_constructed() {
        return Ok(1);
    }
    let version = Value::only(value.content).map_err(|_| Unreadable("its version is unknown"))?;
    version.int()?.checked_add(1).ok_or(Unreadable("its version is unknown"))
}

fn read_validity(value: Value<'_>) -> Read<(i64, i64)> {
    match value.sequence("its validity is not a SEQUENCE")?.all()?.as_slice() {
        [start, end] => Ok((der::time(*start)?, der::time(*end)?)),
        _ => Err(Unreadable("its validity is not two dates")),
    }
}

/// Reads the fields after the key: unique identifiers, which are not kept, and extensions.
fn read_extensions(mut fields: Reader<'_>, version: i32, subject: &Name) -> Read<Extensions> {
    if version == 1 && subject.is_empty() {
        return Err(Unreadable("it is of version 1, and its subject is empty"));
    }
    if fields.is_empty() {
        return Ok(Extensions::default());
    }
    if version == 1 {
        return Err(Unreadable("it is of version 1 and has fields after its key"));
    }
    let mut next = fields.next()?;
    for number in [1, 2] {
        if next.is_context(number) {
            next.with_tag(der::BIT_STRING).bits()?;
            if fields.is_empty() {
                return Ok(Extensions::default());
            }
            next = fields.next()?;
        }
    }
    if version != 3 {
        return Err(Unreadable("it is not of version 3 and has extensions"));
    }
    let extensions = if next.is_context(3) && next.is_constructed() {
        Extensions::read(next.reader().next()?.sequence("its extensions are not a SEQUENCE")?)?
    } else {
        Extensions::default()
    };
    if subject.is_empty() && !(extensions.alt_names.is_some() && extensions.alt_names_are_critical) {
        return Err(Unreadable("its subject is empty, and it has no critical alternative name"));
    }
    Ok(extensions)
}
