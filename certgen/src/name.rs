//! Distinguished names.

use std::net::IpAddr;

use crate::asn1;

/// A distinguished name, such as a certificate's subject (RFC 5280, section 4.1.2.4), as its DER.
///
/// Two names are equal if their bytes are, which is how a chain is put together here. It is shown in the order and with
/// the quoting of keytool.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

/// The DER content octets of the object identifiers of the attributes that a node's name has.
mod oid {
    pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    pub(super) const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
    pub(super) const LOCALITY: &[u8] = &[0x55, 0x04, 0x07];
    pub(super) const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
    pub(super) const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 0x04, 0x0b];
}

impl DistinguishedName {
    /// `CN=<ip>, OU=None, O=None, L=None, C=None`, as keytool encodes it.
    pub fn for_ip(ip: IpAddr) -> Self {
        let mut names: Vec<Vec<u8>> = [oid::COUNTRY, oid::LOCALITY, oid::ORGANIZATION, oid::ORGANIZATIONAL_UNIT]
            .map(|oid| rdn(oid, "None"))
            .into();
        names.push(rdn(oid::COMMON_NAME, &ip.to_string()));
        Self { der: asn1::sequence(&names) }
    }

    /// The name's DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// A name that was read; its structure has been checked.
    pub(crate) fn as_read(der: &[u8]) -> Self {
        Self { der: der.to_vec() }
    }
}

fn rdn(oid: &[u8], value: &str) -> Vec<u8> {
    let value = asn1::tlv(string_tag(value), value.as_bytes());
    asn1::set_of(vec![asn1::sequence(&[asn1::tlv(asn1::OBJECT_IDENTIFIER, oid), value])])
}

/// PrintableString where it can hold the text, else UTF8String, as Java chooses.
fn string_tag(text: &str) -> u8 {
    let printable = |character: char| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character);
    if text.chars().all(printable) { asn1::PRINTABLE_STRING } else { asn1::UTF8_STRING }
}

impl std::fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::name_text::show(&self.der, formatter)
    }
}

impl std::fmt::Debug for DistinguishedName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "DistinguishedName({self})")
    }
}
