//! Distinguished names.

mod display;
mod keyword;
mod parse;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use crate::asn1;
use crate::error::{Error, ErrorKind, NameDefect};

/// A distinguished name, such as a certificate's subject (RFC 5280, section 4.1.2.4).
///
/// Two names are equal if their bytes are equal. [`verify_chain`](crate::verify_chain) compares issuers and subjects in
/// this way.
///
/// A string is read as keytool's `-dname` reads it (`sun.security.x509.X500Name`: RFC 1779 with the escapes of RFC 2253
/// and 4514). The string consists of `KEYWORD=value` attributes. `,` or `;` separates two parts of the name, and `+` joins the
/// attributes of one part.
///
/// - A keyword is one of Java's (CN, OU, O, L, ST, S, C, DC, UID, STREET, T, SERIALNUMBER, EMAILADDRESS and others, in
///   any letter case) or an object identifier.
/// - A value is plain text, text in double quotes, or `#` and the hexadecimal digits of its DER. In text, `\` escapes a
///   special character, or precedes the two hexadecimal digits of a byte of UTF-8.
/// - The text of DC and EMAILADDRESS becomes an `IA5String`. Any other text becomes a `PrintableString` if it can be one
///   and has no hexadecimal escape, and otherwise a `UTF8String`. An empty value becomes a `PrintableString`.
///
/// `Display` uses keytool's order and quoting; as in keytool, control characters are printed as they are.
///
/// ```
/// use certgen::DistinguishedName;
///
/// let name: DistinguishedName = r#"cn=node0, ou=ring\, east, ou="a+b", o=Example"#.parse()?;
/// assert_eq!(name.to_string(), r#"CN=node0, OU="ring, east", OU="a+b", O=Example"#);
/// # Ok::<(), certgen::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    der: Vec<u8>,
}

/// An encoded `AttributeTypeAndValue`.
type Attribute = Vec<u8>;

impl DistinguishedName {
    /// The name `CN=<ip>, OU=None, O=None, L=None, C=None`.
    pub fn for_ip(ip: IpAddr) -> Self {
        let common_name = ip.to_string();
        let rest = [keyword::ORGANIZATIONAL_UNIT, keyword::ORGANIZATION, keyword::LOCALITY, keyword::COUNTRY];
        let parts = std::iter::once((keyword::COMMON_NAME, common_name.as_str())).chain(rest.map(|oid| (oid, "None")));
        Self::from_parts(parts.map(|(oid, text)| vec![attribute(oid, asn1::directory_string(text))]).collect())
    }

    /// Makes a name from its DER, which is kept byte for byte.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedName`](crate::ErrorKind::MalformedName) with [`NameDefect::Der`](crate::NameDefect::Der).
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        match X509Name::from_der(der) {
            Ok(([], _)) => Ok(Self::as_read(der)),
            _ => Err(Error::new(ErrorKind::MalformedName { defect: NameDefect::Der })),
        }
    }

    /// The empty name, for a certificate that has only alternative names.
    ///
    /// An empty string is parsed as this name.
    pub fn empty() -> Self {
        Self::from_parts(Vec::new())
    }

    /// Whether the name is empty.
    pub fn is_empty(&self) -> bool {
        *self == Self::empty()
    }

    pub(crate) fn common_name(&self) -> Option<String> {
        display::common_name(&self.der)
    }

    /// The name's DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// `der` must be a name that the caller has parsed.
    pub(crate) fn as_read(der: &[u8]) -> Self {
        Self { der: der.to_vec() }
    }

    /// `parts` are in the order of the text, which is the reverse of the DER's order.
    fn from_parts(parts: Vec<Vec<Attribute>>) -> Self {
        let parts: Vec<Vec<u8>> = parts.into_iter().rev().map(asn1::set_of).collect();
        Self { der: asn1::sequence(&parts) }
    }
}

impl FromStr for DistinguishedName {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::MalformedName`](crate::ErrorKind::MalformedName) with the byte position of the defect.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse::parts(text).map(Self::from_parts)
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        display::write(&self.der, formatter)
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DistinguishedName({self})")
    }
}

fn attribute(oid: ObjectIdentifier, value: Vec<u8>) -> Attribute {
    asn1::sequence(&[asn1::object_identifier(&oid), value])
}
