//! The attribute types that have a keyword in Java's names (`sun.security.x509.AVAKeyword`).

use der::asn1::ObjectIdentifier;

/// The types whose values are `IA5String` (RFC 4519, section 2.4; RFC 2985, section 5.2.1).
pub(super) const IA5_TYPES: [ObjectIdentifier; 2] = [DOMAIN_COMPONENT, EMAIL_ADDRESS];

pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(super) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(super) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
pub(super) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(super) const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// If an attribute type has two keywords, the first one is displayed.
const KEYWORDS: [(&str, ObjectIdentifier); 21] = [
    ("CN", COMMON_NAME),
    ("C", COUNTRY),
    ("L", LOCALITY),
    ("ST", ObjectIdentifier::new_unwrap("2.5.4.8")),
    ("S", ObjectIdentifier::new_unwrap("2.5.4.8")),
    ("O", ORGANIZATION),
    ("OU", ORGANIZATIONAL_UNIT),
    ("T", ObjectIdentifier::new_unwrap("2.5.4.12")),
    ("IP", ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.11.2.1")),
    ("STREET", ObjectIdentifier::new_unwrap("2.5.4.9")),
    ("DC", DOMAIN_COMPONENT),
    ("DNQ", ObjectIdentifier::new_unwrap("2.5.4.46")),
    ("DNQUALIFIER", ObjectIdentifier::new_unwrap("2.5.4.46")),
    ("SURNAME", ObjectIdentifier::new_unwrap("2.5.4.4")),
    ("GIVENNAME", ObjectIdentifier::new_unwrap("2.5.4.42")),
    ("INITIALS", ObjectIdentifier::new_unwrap("2.5.4.43")),
    ("GENERATION", ObjectIdentifier::new_unwrap("2.5.4.44")),
    ("EMAILADDRESS", EMAIL_ADDRESS),
    ("EMAIL", EMAIL_ADDRESS),
    ("UID", ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1")),
    ("SERIALNUMBER", ObjectIdentifier::new_unwrap("2.5.4.5")),
];

pub(super) fn oid(keyword: &str) -> Option<ObjectIdentifier> {
    KEYWORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(keyword)).map(|(_, oid)| *oid)
}

pub(super) fn of_oid(dotted: &str) -> Option<&'static str> {
    let oid = ObjectIdentifier::new(dotted).ok()?;
    KEYWORDS.iter().find(|(_, known)| *known == oid).map(|(keyword, _)| *keyword)
}
