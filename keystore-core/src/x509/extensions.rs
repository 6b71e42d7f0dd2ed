//! Checks extensions as `sun.security.x509.CertificateExtensions` does.
//!
//! Java refuses a certificate with a critical extension that Java knows but cannot read, and ignores such an extension that is
//! not critical. An extension that is not ignored may occur only once.

use super::der::{Element, Reader, tag};
use super::general_name::{self, Meaning};
use super::{Result, check_attributes, time};
use crate::Java;
use crate::error::CertificateDefect;
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AlternativeName {
    Absent,
    NotCritical,
    Critical,
}

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const PRIVATE_KEY_USAGE: &[u8] = &[0x55, 0x1d, 16];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const ISSUER_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 18];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
const CRL_REASON: &[u8] = &[0x55, 0x1d, 21];
const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
const SUBJECT_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 11];
const NETSCAPE_CERTIFICATE_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];

/// Checks `Extensions ::= SEQUENCE OF SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`.
pub(super) fn check(mut explicit: Reader<'_>) -> Result<AlternativeName> {
    let mut extensions = explicit.any()?.expect(tag::SEQUENCE)?;
    let mut met = Met::default();
    let mut alternative_name = AlternativeName::Absent;
    while !extensions.is_empty() {
        let extension = Extension::read(&extensions.any()?)?;
        match check_value(extensions.java, &extension) {
            Ok(()) if met.insert(extension.oid) => {}
            Ok(()) => return Err(CertificateDefect::DuplicateExtension),
            Err(_) if extension.critical => return Err(CertificateDefect::CriticalExtension),
            Err(_) => continue,
        }
        if extension.oid == SUBJECT_ALTERNATIVE_NAME {
            alternative_name =
                if extension.critical { AlternativeName::Critical } else { AlternativeName::NotCritical };
        }
    }
    Ok(alternative_name)
}

/// The identifiers that were read.
///
/// The identifier 2.5.29.N with N below 128 is stored as bit N of `common`.
#[derive(Default)]
struct Met<'a> {
    common: u128,
    others: BTreeSet<&'a [u8]>,
}

impl<'a> Met<'a> {
    fn insert(&mut self, oid: &'a [u8]) -> bool {
        let [0x55, 0x1d, number @ 0..0x80] = oid else { return self.others.insert(oid) };
        let bit = 1_u128 << *number;
        let is_new = self.common & bit == 0;
        self.common |= bit;
        is_new
    }
}

struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    value: std::borrow::Cow<'a, [u8]>,
}

impl<'a> Extension<'a> {
    fn read(extension: &Element<'a>) -> Result<Self> {
        // Java also accepts a SET as an extension.
        let mut fields = extension.expect(tag::SET).or_else(|_| extension.expect(tag::SEQUENCE))?;
        let oid = fields.any()?.object_identifier()?;
        let mut value = fields.any()?;
        let critical = value.tag == tag::BOOLEAN && value.boolean()?;
        if value.tag == tag::BOOLEAN {
            value = fields.any()?;
        }
        Ok(Self { oid, critical, value: value.octet_string()? })
    }
}

/// Checks the value of an extension that Java knows (`sun.security.x509.OIDMap`).
fn check_value(java: Java, extension: &Extension<'_>) -> Result<()> {
    let value = || -> Result<Element<'_>> {
        let mut reader = Reader::new(java, &extension.value);
        let element = reader.any()?;
        reader.finish()?;
        Ok(element)
    };
    match extension.oid {
        SUBJECT_KEY_IDENTIFIER => value()?.octet_string().map(drop),
        KEY_USAGE => check_key_usage(&value()?),
        // Java ignores bytes after the value.
        PRIVATE_KEY_USAGE => check_fields::<2>(&Reader::new(java, &extension.value).any()?, check_usage_date),
        SUBJECT_ALTERNATIVE_NAME | ISSUER_ALTERNATIVE_NAME | CERTIFICATE_ISSUER => {
            general_name::check_all(value()?.expect(tag::SEQUENCE)?)
        }
        BASIC_CONSTRAINTS => check_basic_constraints(&value()?),
        AUTHORITY_KEY_IDENTIFIER => check_fields::<3>(&value()?, check_authority_key),
        EXTENDED_KEY_USAGE => check_each(&value()?, |usage| usage.object_identifier().map(drop)),
        CRL_NUMBER | DELTA_CRL_INDICATOR => value()?.integer().map(drop),
        CRL_REASON => value()?.small_enumerated().map(drop),
        CRL_DISTRIBUTION_POINTS | FRESHEST_CRL => check_each(&value()?, check_distribution_point),
        ISSUING_DISTRIBUTION_POINT => check_each(&value()?, check_issuing_point),
        NAME_CONSTRAINTS => check_fields::<2>(&value()?, check_subtrees),
        CERTIFICATE_POLICIES => check_each(&value()?, check_policy),
        POLICY_MAPPINGS => check_each(&value()?, check_policy_mapping),
        POLICY_CONSTRAINTS => check_fields::<2>(&value()?, |_, number| number.implicit_small_integer().map(drop)),
        INHIBIT_ANY_POLICY if extension.critical && value()?.small_integer()? >= -1 => Ok(()),
        INHIBIT_ANY_POLICY => Err(CertificateDefect::Structure),
        AUTHORITY_INFO_ACCESS | SUBJECT_INFO_ACCESS => check_each(&value()?, check_access),
        NETSCAPE_CERTIFICATE_TYPE => value()?.bit_string().map(drop),
        _ => Ok(()),
    }
}

/// Checks each element of a `SEQUENCE`.
fn check_each(value: &Element<'_>, check: impl Fn(&Element<'_>) -> Result<()>) -> Result<()> {
    let mut elements = value.expect(tag::SEQUENCE)?;
    while !elements.is_empty() {
        check(&elements.any()?)?;
    }
    Ok(())
}

/// Checks a `SEQUENCE` of optional fields `[0]` to `[N - 1]`.
///
/// Each field may occur once, in any order.
fn check_fields<const N: usize>(value: &Element<'_>, check: impl Fn(u8, &Element<'_>) -> Result<()>) -> Result<()> {
    let mut met = [false; N];
    let mut fields = value.expect(tag::SEQUENCE)?;
    while !fields.is_empty() {
        let field = fields.any()?;
        let number = field.tag & 0x1f;
        let met = met.get_mut(usize::from(number)).filter(|met| field.is_context(number) && !**met);
        *met.ok_or(CertificateDefect::Structure)? = true;
        check(number, &field)?;
    }
    Ok(())
}

/// Checks a date of a `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0], notAfter [1] GeneralizedTime }`.
fn check_usage_date(_: u8, date: &Element<'_>) -> Result<()> {
    if date.is_constructed() { Err(CertificateDefect::Structure) } else { time::check_generalized(date.content) }
}

/// Checks a field of `AuthorityKeyIdentifier ::= SEQUENCE { [0] OCTET STRING, [1] GeneralNames, [2] INTEGER }`.
fn check_authority_key(number: u8, field: &Element<'_>) -> Result<()> {
    match (number, field.is_constructed()) {
        (0, false) => Ok(()),
        (1, true) => general_name::check_all(field.children()),
        (2, false) => Element { tag: tag::INTEGER, ..*field }.integer().map(drop),
        _ => Err(CertificateDefect::Structure),
    }
}

/// Checks the permitted `[0]` or excluded `[1] GeneralSubtrees`.
///
/// `GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] INTEGER DEFAULT 0, maximum [1] INTEGER OPTIONAL }`
fn check_subtrees(_: u8, subtrees: &Element<'_>) -> Result<()> {
    if !subtrees.is_constructed() {
        return Err(CertificateDefect::Structure);
    }
    check_each(&Element { tag: tag::SEQUENCE, ..*subtrees }, |subtree| {
        let mut fields = subtree.expect(tag::SEQUENCE)?;
        general_name::check(&fields.any()?, Meaning::Constraint)?;
        while !fields.is_empty() {
            let field = fields.any()?;
            if !field.is_context(0) && !field.is_context(1) {
                return Err(CertificateDefect::Structure);
            }
            field.implicit_small_integer()?;
        }
        Ok(())
    })
}

/// Checks `DistributionPoint ::= SEQUENCE { [0] DistributionPointName, reasons [1] BIT STRING, cRLIssuer [2] GeneralNames }`.
///
/// The fields are optional, but one of the names is required.
fn check_distribution_point(point: &Element<'_>) -> Result<()> {
    let is_named = std::cell::Cell::new(false);
    check_fields::<3>(point, |number, field| {
        is_named.set(is_named.get() || number != 1);
        match (number, field.is_constructed()) {
            (0, true) => check_point_name(&field.children().any()?),
            (1, false) => field.implicit_bit_string().map(drop),
            (2, true) => general_name::check_all(field.children()),
            _ => Err(CertificateDefect::Structure),
        }
    })?;
    if is_named.get() { Ok(()) } else { Err(CertificateDefect::Structure) }
}

/// Checks `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, [1] RelativeDistinguishedName }`.
fn check_point_name(name: &Element<'_>) -> Result<()> {
    match name.is_constructed() {
        true if name.is_context(0) => general_name::check_all(name.children()),
        true if name.is_context(1) => check_attributes(name.children()).map(drop),
        _ => Err(CertificateDefect::Structure),
    }
}

/// Checks a field of an `IssuingDistributionPoint` (RFC 5280, section 5.2.5).
///
/// Java accepts repeated fields.
fn check_issuing_point(field: &Element<'_>) -> Result<()> {
    match (field.tag & 0x1f, field.is_constructed()) {
        _ if !field.is_context(field.tag & 0x1f) => Err(CertificateDefect::Structure),
        (0, true) => check_point_name(&field.children().any()?),
        (3, false) => field.implicit_bit_string().map(drop),
        (1 | 2 | 4 | 5, false) => Element { tag: tag::BOOLEAN, ..*field }.boolean().map(drop),
        _ => Err(CertificateDefect::Structure),
    }
}

/// Checks `PolicyInformation ::= SEQUENCE { policyIdentifier, policyQualifiers SEQUENCE SIZE (1..MAX) OPTIONAL }`.
fn check_policy(policy: &Element<'_>) -> Result<()> {
    let mut fields = policy.expect(tag::SEQUENCE)?;
    fields.any()?.object_identifier()?;
    if fields.is_empty() {
        return Ok(());
    }
    let qualifiers = fields.any()?;
    if qualifiers.content.is_empty() {
        return Err(CertificateDefect::Structure);
    }
    check_each(&qualifiers, |qualifier| qualifier.expect(tag::SEQUENCE)?.any()?.object_identifier().map(drop))
}

/// Checks `SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`.
fn check_policy_mapping(mapping: &Element<'_>) -> Result<()> {
    let mut fields = mapping.expect(tag::SEQUENCE)?;
    fields.any()?.object_identifier()?;
    fields.any()?.object_identifier().map(drop)
}

/// Checks `AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`.
///
/// Java accepts any tag instead of that of a `SEQUENCE`.
fn check_access(description: &Element<'_>) -> Result<()> {
    let mut fields = description.children();
    fields.any()?.object_identifier()?;
    general_name::check(&fields.any()?, Meaning::Name)
}

/// Checks `KeyUsage ::= BIT STRING`, which Java also accepts in an `OCTET STRING`.
fn check_key_usage(value: &Element<'_>) -> Result<()> {
    match value.octet_string() {
        Ok(inner) => {
            let mut inner = Reader::new(value.java, &inner);
            inner.any()?.bit_string()?;
            inner.finish()
        }
        Err(_) => value.bit_string().map(drop),
    }
}

/// Checks a `BasicConstraints`.
///
/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
fn check_basic_constraints(value: &Element<'_>) -> Result<()> {
    let mut fields = value.expect(tag::SEQUENCE)?;
    if fields.is_empty() {
        return Ok(());
    }
    let authority = fields.any()?;
    if authority.tag != tag::BOOLEAN {
        return Ok(());
    }
    authority.boolean()?;
    if fields.is_empty() { Ok(()) } else { fields.any()?.small_integer().map(drop) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER_NAME: &[u8] = b"\x30\x07\xa0\x05\x06\x01\x2a\x04\x00";
    const PARTY_WITHOUT_NAME: &[u8] = b"\x30\x06\xa5\x04\x80\x02\x0c\x00";
    const LONG_LENGTH: &[u8] = b"\x30\x81\x03\x01\x01\xff";

    /// The test `foreign` compares thousands of such extensions with Java.
    #[test]
    fn the_value_of_a_critical_extension_is_checked() {
        let all = [Java::V8, Java::V17, Java::V25];
        let cases: [(&[u8], &[u8], &[Java]); 16] = [
            (PRIVATE_KEY_USAGE, b"\x30\x11\x80\x0f20200101000000Z\x05\0", &all),
            (PRIVATE_KEY_USAGE, b"\x30\x11\x80\x0f20201301000000Z", &[]),
            (CRL_REASON, b"\x02\x01\x01", &[]),
            (ISSUING_DISTRIBUTION_POINT, b"\x30\x03\x86\x01\xff", &[]),
            (CERTIFICATE_ISSUER, b"\x30\x00", &[]),
            (NAME_CONSTRAINTS, b"\x30\x0a\xa0\x08\x30\x06\x86\x04.a.b", &all),
            (NAME_CONSTRAINTS, b"\x30\x0a\xa0\x08\x30\x06\x86\x04.a:b", &[]),
            (CRL_DISTRIBUTION_POINTS, b"\x30\x06\x30\x04\x81\x02\x06\x40", &[]),
            (CERTIFICATE_POLICIES, b"\x04\x00", &[]),
            (POLICY_MAPPINGS, b"\x30\x05\x30\x03\x06\x01\x2a", &[]),
            (POLICY_CONSTRAINTS, b"\x30\x06\x80\x01\x00\x80\x01\x00", &[]),
            (AUTHORITY_INFO_ACCESS, b"\x30\x0a\x30\x08\x06\x01\x2a\x86\x03a:[", &all),
            (NETSCAPE_CERTIFICATE_TYPE, b"\x30\x00", &[]),
            (SUBJECT_ALTERNATIVE_NAME, OTHER_NAME, &[Java::V8, Java::V17]),
            (SUBJECT_ALTERNATIVE_NAME, PARTY_WITHOUT_NAME, &[Java::V8, Java::V17]),
            (BASIC_CONSTRAINTS, LONG_LENGTH, &[Java::V17, Java::V25]),
        ];
        for (oid, value, readers) in cases {
            for java in all {
                let extension = Extension { oid, critical: true, value: value.into() };
                let is_read = check_value(java, &extension).is_ok();
                assert_eq!(is_read, readers.contains(&java), "{oid:x?} {value:x?} in {java:?}");
            }
        }
    }

    #[test]
    fn an_unreadable_extension_may_occur_again() {
        let extension = |critical: &[u8], value: &[u8]| {
            let fields = [b"\x06\x03\x55\x1d\x20", critical, b"\x04\x02", value].concat();
            [&[0x30, u8::try_from(fields.len()).unwrap_or_default()], &fields[..]].concat()
        };
        let read = |extensions: &[&[u8]]| {
            let all = extensions.concat();
            let all = [&[0x30, u8::try_from(all.len()).unwrap_or_default()], &all[..]].concat();
            check(Reader::new(Java::V17, &all)).map(drop)
        };
        let (readable, unreadable) = (extension(&[], b"\x30\0"), extension(&[], b"\x04\0"));
        assert_eq!(read(&[&readable, &unreadable]), Ok(()));
        assert_eq!(read(&[&readable, &readable]), Err(CertificateDefect::DuplicateExtension));
        let critical = extension(b"\x01\x01\xff", b"\x04\0");
        assert_eq!(read(&[&critical]), Err(CertificateDefect::CriticalExtension));
    }
}
