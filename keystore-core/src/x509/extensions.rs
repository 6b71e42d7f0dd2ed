//! Checks extensions as `sun.security.x509.CertificateExtensions` does.
//!
//! Java refuses a certificate with a critical extension that Java knows but cannot read, and ignores such an extension that is
//! not critical. An extension that is not ignored may occur only once.

use super::der::{Element, Reader, tag};
use super::{Result, check_name};
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
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 17];
const ISSUER_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 18];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];

/// Checks `Extensions ::= SEQUENCE OF SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`.
pub(super) fn check(mut explicit: Reader<'_>) -> Result<AlternativeName> {
    let mut extensions = explicit.any()?.expect(tag::SEQUENCE)?;
    let mut met = Met::default();
    let mut alternative_name = AlternativeName::Absent;
    while !extensions.is_empty() {
        let extension = Extension::read(&extensions.any()?)?;
        match check_value(extension.oid, &extension.value) {
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

/// Checks the value of an extension.
///
/// For rare extensions, at most the outermost element is checked.
fn check_value(oid: &[u8], value: &[u8]) -> Result<()> {
    let value = || -> Result<Element<'_>> {
        let mut reader = Reader::new(value);
        let element = reader.any()?;
        reader.finish()?;
        Ok(element)
    };
    match oid {
        SUBJECT_KEY_IDENTIFIER => value()?.octet_string().map(drop),
        KEY_USAGE => check_key_usage(&value()?),
        SUBJECT_ALTERNATIVE_NAME | ISSUER_ALTERNATIVE_NAME => check_names(value()?.expect(tag::SEQUENCE)?),
        BASIC_CONSTRAINTS => check_basic_constraints(&value()?),
        AUTHORITY_KEY_IDENTIFIER => check_authority_key(&value()?),
        EXTENDED_KEY_USAGE => {
            let mut usages = value()?.expect(tag::SEQUENCE)?;
            while !usages.is_empty() {
                usages.any()?.object_identifier()?;
            }
            Ok(())
        }
        CRL_NUMBER | DELTA_CRL_INDICATOR => value()?.integer().map(drop),
        CRL_DISTRIBUTION_POINTS | FRESHEST_CRL | NAME_CONSTRAINTS | POLICY_CONSTRAINTS => {
            value()?.expect(tag::SEQUENCE).map(drop)
        }
        INHIBIT_ANY_POLICY => value()?.small_integer().map(drop),
        _ => Ok(()),
    }
}

/// Checks `KeyUsage ::= BIT STRING`, which Java also accepts in an `OCTET STRING`.
fn check_key_usage(value: &Element<'_>) -> Result<()> {
    match value.octet_string() {
        Ok(inner) => Reader::new(&inner).any()?.bit_string().map(drop),
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

/// Checks an `AuthorityKeyIdentifier`.
///
/// `AuthorityKeyIdentifier ::= SEQUENCE { [0] OCTET STRING, [1] GeneralNames, [2] INTEGER }`
///
/// The fields are optional, and may be in any order.
fn check_authority_key(value: &Element<'_>) -> Result<()> {
    let mut fields = value.expect(tag::SEQUENCE)?;
    let mut met = [false; 3];
    while !fields.is_empty() {
        let field = fields.any()?;
        let met = match (field.is_constructed(), &mut met) {
            (false, [met, ..]) if field.is_context(0) => met,
            (true, [_, met, _]) if field.is_context(1) => met,
            (false, [.., met]) if field.is_context(2) => met,
            _ => return Err(CertificateDefect::Structure),
        };
        if std::mem::replace(met, true) {
            return Err(CertificateDefect::Structure);
        }
        if field.is_context(1) {
            check_names(field.children())?;
        } else if field.is_context(2) {
            Element { tag: tag::INTEGER, ..field }.integer().map(drop)?;
        }
    }
    Ok(())
}

/// Checks `GeneralNames ::= SEQUENCE OF GeneralName`, which must not be empty.
fn check_names(mut names: Reader<'_>) -> Result<()> {
    if names.is_empty() {
        return Err(CertificateDefect::Structure);
    }
    while !names.is_empty() {
        check_general_name(&names.any()?)?;
    }
    Ok(())
}

/// See `sun.security.x509.GeneralName`.
fn check_general_name(name: &Element<'_>) -> Result<()> {
    let kind = name.tag & 0x1f;
    if !name.is_context(kind) || name.is_constructed() != matches!(kind, 0 | 3 | 4 | 5) {
        return Err(CertificateDefect::Structure);
    }
    let valid = match kind {
        0 => name.children().any()?.object_identifier().is_ok(),
        1 => is_mail_address(name.content),
        4 => return check_name(&name.children().any()?).map(drop),
        6 => name.content.iter().position(|byte| *byte == b':').is_some_and(|colon| colon > 0),
        7 => matches!(name.content.len(), 4 | 8 | 16 | 32),
        8 => return Element { tag: tag::OBJECT_IDENTIFIER, ..*name }.object_identifier().map(drop),
        2 | 3 | 5 => true,
        _ => false,
    };
    if valid { Ok(()) } else { Err(CertificateDefect::Structure) }
}

/// Whether Java accepts this `rfc822Name`: its domain is neither empty nor a single dot.
///
/// Without an `@`, the whole text counts as the domain.
fn is_mail_address(text: &[u8]) -> bool {
    let domain = text.iter().position(|byte| *byte == b'@').and_then(|at| text.get(at + 1..)).unwrap_or(text);
    !matches!(domain, [] | [b'.'])
}
