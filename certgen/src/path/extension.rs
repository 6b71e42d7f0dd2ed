//! The extensions of a certificate, as far as Java examines them (`CertificateExtensions`).

use super::der::{self, Read, Reader, Unreadable, Value};
use super::general_name::{self, GeneralName};
use super::name_constraints::NameConstraints;
use crate::extension::Criticality;
use crate::oid;

const SUBJECT_KEY_IDENTIFIER: &[u8] = oid::SUBJECT_KEY_IDENTIFIER.as_bytes();
pub(super) const KEY_USAGE: &[u8] = oid::KEY_USAGE.as_bytes();
const PRIVATE_KEY_USAGE: &[u8] = &[0x55, 0x1d, 16];
pub(super) const SUBJECT_ALT_NAME: &[u8] = oid::SUBJECT_ALT_NAME.as_bytes();
const ISSUER_ALT_NAME: &[u8] = oid::ISSUER_ALT_NAME.as_bytes();
pub(super) const BASIC_CONSTRAINTS: &[u8] = oid::BASIC_CONSTRAINTS.as_bytes();
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
const CRL_REASON: &[u8] = &[0x55, 0x1d, 21];
const DELTA_CRL: &[u8] = &[0x55, 0x1d, 27];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
const NAME_CONSTRAINTS: &[u8] = oid::NAME_CONSTRAINTS.as_bytes();
const CRL_DISTRIBUTION_POINTS: &[u8] = oid::CRL_DISTRIBUTION_POINTS.as_bytes();
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
const AUTHORITY_KEY_IDENTIFIER: &[u8] = oid::AUTHORITY_KEY_IDENTIFIER.as_bytes();
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
pub(super) const EXTENDED_KEY_USAGE: &[u8] = oid::EXTENDED_KEY_USAGE.as_bytes();
const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
const AUTHORITY_INFO_ACCESS: &[u8] = oid::AUTHORITY_INFO_ACCESS.as_bytes();
const SUBJECT_INFO_ACCESS: &[u8] = oid::SUBJECT_INFO_ACCESS.as_bytes();
pub(super) const NETSCAPE_CERT_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];

/// The extensions that path validation processes, and that may therefore be critical.
pub(super) const PROCESSED: [&[u8]; 9] = [
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    CERTIFICATE_POLICIES,
    POLICY_MAPPINGS,
    POLICY_CONSTRAINTS,
    INHIBIT_ANY_POLICY,
    SUBJECT_ALT_NAME,
    KEY_USAGE,
    EXTENDED_KEY_USAGE,
];

pub(crate) fn is_processed(oid: &str) -> bool {
    PROCESSED.iter().any(|processed| der::dotted(processed) == oid)
}

/// The parsed extensions.
///
/// A non-critical extension that cannot be parsed is ignored, unless a field records it.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    /// The object identifiers and the criticality of the parsed extensions.
    seen: Vec<(Vec<u8>, Criticality)>,
    /// The path length of an authority; `i32::MAX` for no limit.
    ///
    /// `None` if the subject is not an authority.
    pub(super) path_length: Option<i32>,
    pub(super) key_usage: Option<Bits>,
    pub(super) extended_key_usage: Option<Vec<Vec<u8>>>,
    pub(super) extended_key_usage_is_unreadable: bool,
    pub(super) alt_names: Option<Vec<GeneralName>>,
    pub(super) alt_names_are_critical: bool,
    pub(super) alt_names_are_unreadable: bool,
    pub(super) alt_names_der: Option<Vec<u8>>,
    pub(super) name_constraints: Option<NameConstraints>,
    /// The value of the extension, readable or not.
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    /// The key identifier, encoded like the value of a `SubjectKeyIdentifier` extension.
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) authority_serial: Option<Vec<u8>>,
    pub(super) policies: Option<Vec<Vec<u8>>>,
    pub(super) policy_mappings: Option<Vec<(Vec<u8>, Vec<u8>)>>,
    pub(super) require_explicit_policy: Option<i32>,
    pub(super) inhibit_policy_mapping: Option<i32>,
    pub(super) inhibit_any_policy: Option<i32>,
    pub(super) netscape_type: Option<Bits>,
    /// The form of the lengths in the values of known extensions.
    pub(super) lengths: Lengths,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lengths {
    /// All lengths are in the shortest form.
    #[default]
    Shortest,
    /// A length is in a longer form.
    Long,
}

/// The first 16 named bits of a BIT STRING; the first one is bit 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits(u16);

impl Bits {
    fn read(value: Value<'_>) -> Read<Self> {
        let (bytes, count) = value.bits()?;
        let set = |place: &usize| bytes.get(place / 8).is_some_and(|byte| byte << (place % 8) & 0x80 != 0);
        Ok(Self((0..count.min(16)).filter(set).fold(0, |bits, place| bits | 1 << place)))
    }

    pub(super) fn has(self, place: u8) -> bool {
        self.0 & 1_u16.checked_shl(u32::from(place)).unwrap_or(0) != 0
    }
}

impl Extensions {
    /// Reads the elements of `Extensions` (RFC 5280, section 4.1).
    pub(super) fn read(values: Reader<'_>) -> Read<Self> {
        let mut read = Self::default();
        for value in values.all()? {
            read.add(value)?;
        }
        Ok(read)
    }

    pub(super) fn critical(&self) -> impl Iterator<Item = &[u8]> {
        let critical = self.seen.iter().filter(|(_, criticality)| *criticality == Criticality::Critical);
        critical.map(|(oid, _)| oid.as_slice())
    }

    fn add(&mut self, value: Value<'_>) -> Read<()> {
        if !matches!(value.tag, der::SEQUENCE | der::SET) {
            return Err(Unreadable("an extension is not a SEQUENCE"));
        }
        let mut reader = value.reader();
        let oid = reader.next()?.oid()?;
        let mut next = reader.next()?;
        let critical = next.tag == der::BOOLEAN && next.boolean()?;
        let criticality = if critical { Criticality::Critical } else { Criticality::NonCritical };
        if next.tag == der::BOOLEAN {
            next = reader.next()?;
        }
        let content = next.octets()?;
        if oid == SUBJECT_KEY_IDENTIFIER {
            self.subject_key_identifier = Some(content.clone());
        }
        match self.parse(oid, criticality, &content) {
            Ok(()) => {
                if is_known(oid) && !der::has_shortest_lengths(&content) {
                    self.lengths = Lengths::Long;
                }
                self.note(oid, criticality)
            }
            Err(unreadable) if critical => Err(unreadable),
            Err(_) => {
                self.extended_key_usage_is_unreadable |= oid == EXTENDED_KEY_USAGE;
                self.alt_names_are_unreadable |= oid == SUBJECT_ALT_NAME;
                Ok(())
            }
        }
    }

    fn note(&mut self, oid: &[u8], criticality: Criticality) -> Read<()> {
        if self.seen.iter().any(|(seen, _)| seen == oid) {
            return Err(Unreadable("an extension occurs twice"));
        }
        self.seen.push((oid.to_vec(), criticality));
        Ok(())
    }

    fn parse(&mut self, oid: &[u8], criticality: Criticality, content: &[u8]) -> Read<()> {
        match oid {
            BASIC_CONSTRAINTS => self.path_length = path_length(content)?,
            KEY_USAGE => self.key_usage = Some(key_usage(content)?),
            EXTENDED_KEY_USAGE => {
                let usages = Value::only(content)?.sequence("extended key usages are not a SEQUENCE")?.all()?;
                let usages = usages.into_iter().map(|usage| usage.oid().map(<[u8]>::to_vec));
                self.extended_key_usage = Some(usages.collect::<Read<_>>()?);
            }
            SUBJECT_ALT_NAME => {
                self.alt_names = Some(general_name::read_all(content)?);
                self.alt_names_are_critical = criticality == Criticality::Critical;
                self.alt_names_der = Some(content.to_vec());
            }
            NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(content)?),
            AUTHORITY_KEY_IDENTIFIER => self.authority(content)?,
            CERTIFICATE_POLICIES => self.policies = Some(policies(content)?),
            POLICY_MAPPINGS => self.policy_mappings = Some(policy_mappings(content)?),
            POLICY_CONSTRAINTS => self.policy_constraints(content)?,
            INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(inhibit_any_policy(content, criticality)?),
            NETSCAPE_CERT_TYPE => self.netscape_type = Some(Bits::read(Value::only(content)?)?),
            _ => parse_unused(oid, content)?,
        }
        Ok(())
    }

    /// Reads an `AuthorityKeyIdentifier` (RFC 5280, section 4.2.1.1).
    ///
    /// ```text
    /// AuthorityKeyIdentifier  ::=  SEQUENCE  {
    ///    keyIdentifier             [0] KeyIdentifier OPTIONAL,
    ///    authorityCertIssuer       [1] GeneralNames OPTIONAL,
    ///    authorityCertSerialNumber [2] CertificateSerialNumber OPTIONAL }
    /// ```
    fn authority(&mut self, content: &[u8]) -> Read<()> {
        const WRONG: Unreadable = Unreadable("an authority key identifier is malformed");
        let (mut key, mut names, mut serial) = (None, None, None);
        for field in Value::only(content)?.sequence("an authority key identifier is not a SEQUENCE")?.all()? {
            let twice = if field.is_implicit(0) {
                key.replace(field.with_tag(der::OCTET_STRING).to_der()).is_some()
            } else if field.is_context(1) && field.is_constructed() {
                names.replace(general_name::read_all(&field.with_tag(der::SEQUENCE).to_der())?).is_some()
            } else if field.is_implicit(2) {
                serial.replace(field.with_tag(der::INTEGER).integer()?.to_vec()).is_some()
            } else {
                true
            };
            if twice {
                return Err(WRONG);
            }
        }
        (self.authority_key_identifier, self.authority_serial) = (key, serial);
        Ok(())
    }

    fn policy_constraints(&mut self, content: &[u8]) -> Read<()> {
        let (mut require, mut inhibit) = (None, None);
        for field in Value::only(content)?.sequence("policy constraints are not a SEQUENCE")?.all()? {
            let place = if field.is_implicit(0) { &mut require } else { &mut inhibit };
            let number = field.with_tag(der::INTEGER).int()?;
            if !(field.is_implicit(0) || field.is_implicit(1)) || place.replace(number).is_some() {
                return Err(Unreadable("policy constraints are malformed"));
            }
        }
        // Java represents an absent number as -1.
        self.require_explicit_policy = require.filter(|number| *number != -1);
        self.inhibit_policy_mapping = inhibit.filter(|number| *number != -1);
        Ok(())
    }
}

/// Reads the path length of `BasicConstraints` (RFC 5280, section 4.2.1.9).
///
/// ```text
/// BasicConstraints  ::=  SEQUENCE  {
///    cA                 BOOLEAN DEFAULT FALSE,
///    pathLenConstraint  INTEGER (0..MAX) OPTIONAL }
/// ```
fn path_length(content: &[u8]) -> Read<Option<i32>> {
    let mut reader = Value::only(content)?.sequence("basic constraints are not a SEQUENCE")?;
    if reader.is_empty() {
        return Ok(None);
    }
    let first = reader.next()?;
    if first.tag != der::BOOLEAN {
        return Ok(None);
    }
    let is_authority = first.boolean()?;
    let length = if reader.is_empty() { i32::MAX } else { reader.next()?.int()? };
    // For Java, a path length of -1 means that the subject is not an authority.
    Ok(Some(length).filter(|length| is_authority && *length != -1))
}

/// Reads a BIT STRING, which may be wrapped in an OCTET STRING (`KeyUsageExtension`).
fn key_usage(content: &[u8]) -> Read<Bits> {
    let value = Value::only(content)?;
    if value.tag == der::OCTET_STRING { Bits::read(Value::only(value.content)?) } else { Bits::read(value) }
}

fn policies(content: &[u8]) -> Read<Vec<Vec<u8>>> {
    let policies = Value::only(content)?.sequence("certificate policies are not a SEQUENCE")?.all()?;
    policies.into_iter().map(policy).collect()
}

fn policy(value: Value<'_>) -> Read<Vec<u8>> {
    let mut reader = value.sequence("a certificate policy is not a SEQUENCE")?;
    let oid = reader.next()?.oid()?.to_vec();
    if !reader.is_empty() {
        let qualifiers = reader.next()?.sequence("policy qualifiers are not a SEQUENCE")?.all()?;
        if qualifiers.is_empty() {
            return Err(Unreadable("policy qualifiers are empty"));
        }
        for qualifier in qualifiers {
            qualifier.sequence("a policy qualifier is not a SEQUENCE")?.next()?.oid()?;
        }
    }
    Ok(oid)
}

fn policy_mappings(content: &[u8]) -> Read<Vec<(Vec<u8>, Vec<u8>)>> {
    let mappings = Value::only(content)?.sequence("policy mappings are not a SEQUENCE")?.all()?;
    let mapping = |value: Value<'_>| {
        let mut reader = value.sequence("a policy mapping is not a SEQUENCE")?;
        Ok((reader.next()?.oid()?.to_vec(), reader.next()?.oid()?.to_vec()))
    };
    mappings.into_iter().map(mapping).collect()
}

fn inhibit_any_policy(content: &[u8], criticality: Criticality) -> Read<i32> {
    let number = Value::only(content)?.int()?;
    match number {
        _ if criticality == Criticality::NonCritical => Err(Unreadable("inhibitAnyPolicy is not critical")),
        -1 => Ok(i32::MAX),
        0.. => Ok(number),
        _ => Err(Unreadable("inhibitAnyPolicy is negative")),
    }
}

/// Whether Java parses the value of this extension.
fn is_known(oid: &[u8]) -> bool {
    const NOT_PROCESSED: [&[u8]; 12] = [
        SUBJECT_KEY_IDENTIFIER,
        AUTHORITY_KEY_IDENTIFIER,
        ISSUER_ALT_NAME,
        CERTIFICATE_ISSUER,
        CRL_NUMBER,
        DELTA_CRL,
        CRL_DISTRIBUTION_POINTS,
        FRESHEST_CRL,
        AUTHORITY_INFO_ACCESS,
        SUBJECT_INFO_ACCESS,
        PRIVATE_KEY_USAGE,
        NETSCAPE_CERT_TYPE,
    ];
    PROCESSED.contains(&oid) || NOT_PROCESSED.contains(&oid)
}

/// Checks the syntax of an extension whose parsed value is not used.
fn parse_unused(oid: &[u8], content: &[u8]) -> Read<()> {
    match oid {
        SUBJECT_KEY_IDENTIFIER => Value::only(content)?.octets().map(|_| ()),
        ISSUER_ALT_NAME | CERTIFICATE_ISSUER => general_name::read_all(content).map(|_| ()),
        CRL_NUMBER | DELTA_CRL => Value::only(content)?.integer().map(|_| ()),
        CRL_REASON => Value::only(content).map(|_| ()),
        AUTHORITY_INFO_ACCESS | SUBJECT_INFO_ACCESS => {
            for description in Value::only(content)?.sequence("access descriptions are not a SEQUENCE")?.all()? {
                let mut reader = description.reader();
                reader.next()?.oid()?;
                GeneralName::read(reader.next()?, general_name::Meaning::Name)?;
            }
            Ok(())
        }
        CRL_DISTRIBUTION_POINTS | FRESHEST_CRL => {
            for point in Value::only(content)?.sequence("distribution points are not a SEQUENCE")?.all()? {
                distribution_point(point)?;
            }
            Ok(())
        }
        PRIVATE_KEY_USAGE => {
            for date in Value::only(content)?.sequence("a private key usage period is not a SEQUENCE")?.all()? {
                if !(date.is_implicit(0) || date.is_implicit(1)) {
                    return Err(Unreadable("a private key usage period is malformed"));
                }
                der::time(date.with_tag(der::GENERALIZED_TIME))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Checks the syntax of a `DistributionPoint` (RFC 5280, section 4.2.1.13).
///
/// ```text
/// DistributionPoint  ::=  SEQUENCE  {
///    distributionPoint  [0] DistributionPointName OPTIONAL,
///    reasons            [1] ReasonFlags OPTIONAL,
///    cRLIssuer          [2] GeneralNames OPTIONAL }
/// ```
fn distribution_point(value: Value<'_>) -> Read<()> {
    const WRONG: Unreadable = Unreadable("a distribution point is malformed");
    let mut named = false;
    for field in value.sequence("a distribution point is not a SEQUENCE")?.all()? {
        if field.is_context(0) && field.is_constructed() {
            let name = field.reader().next()?;
            if name.is_context(0) && name.is_constructed() {
                general_name::read_all(&name.with_tag(der::SEQUENCE).to_der())?;
            } else if !(name.is_context(1) && name.is_constructed()) {
                return Err(WRONG);
            }
            named = true;
        } else if field.is_implicit(1) {
            field.with_tag(der::BIT_STRING).bits()?;
        } else if field.is_context(2) && field.is_constructed() {
            general_name::read_all(&field.with_tag(der::SEQUENCE).to_der())?;
            named = true;
        } else {
            return Err(WRONG);
        }
    }
    if named { Ok(()) } else { Err(WRONG) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_length_in_a_known_extension_is_noted() {
        let read = |oid: &[u8], value: &[u8]| {
            let extension = crate::asn1::sequence(&[
                crate::asn1::tlv(der::OBJECT_IDENTIFIER, oid),
                crate::asn1::tlv(der::OCTET_STRING, value),
            ]);
            Extensions::read(Reader::new(&extension)).map(|extensions| extensions.lengths)
        };
        assert_eq!(read(BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\xff"), Ok(Lengths::Shortest));
        assert_eq!(read(BASIC_CONSTRAINTS, b"\x30\x81\x03\x01\x01\xff"), Ok(Lengths::Long));
        assert_eq!(read(&[0x2a, 3], b"\x30\x81\x03\x01\x01\xff"), Ok(Lengths::Shortest));
    }
}
