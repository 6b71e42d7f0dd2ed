//! Distinguished names as Java compares them (`javax.security.auth.x500.X500Principal`).

use std::fmt::Write as _;

use super::der::{self, Read, Reader, Unreadable, Value};

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

/// The attributes that have a keyword in RFC 2253.
///
/// The values of all other attributes are compared byte by byte.
const KEYWORDS: [(&[u8], &str); 9] = [
    (COMMON_NAME, "cn"),
    (&[0x55, 4, 6], "c"),
    (&[0x55, 4, 7], "l"),
    (&[0x55, 4, 8], "st"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "o"),
    (&[0x55, 4, 11], "ou"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "dc"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "uid"),
];

/// A name; two names are equal if their canonical texts are equal.
///
/// The canonical text of a `PrintableString` or `UTF8String` in an attribute of [`KEYWORDS`] does not depend on its type,
/// on case, on repeated spaces, or on white space at its ends. Unlike Java, this crate does not decompose characters
/// (NFKD).
#[derive(Clone, Debug)]
pub(super) struct Name {
    parts: Vec<Part>,
    canonical: String,
}

/// A `RelativeDistinguishedName`.
#[derive(Clone, Debug)]
struct Part {
    attributes: Vec<Attribute>,
    canonical: String,
}

/// An `AttributeTypeAndValue`.
#[derive(Clone, Debug)]
struct Attribute {
    oid: Vec<u8>,
    text: Option<String>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Name {
    pub(super) fn read(reader: &mut Reader<'_>) -> Read<Self> {
        let parts = reader.next()?.sequence("a name is not a SEQUENCE")?.all()?;
        let parts = parts.into_iter().map(Part::read).collect::<Read<Vec<_>>>()?;
        let canonical = parts.iter().rev().map(|part| part.canonical.as_str()).collect::<Vec<_>>().join(",");
        Ok(Self { parts, canonical })
    }

    pub(super) fn empty() -> Self {
        Self { parts: Vec::new(), canonical: String::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.attributes.is_empty())
    }

    pub(super) fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        let same = |(own, other): (&Part, &Part)| own.canonical == other.canonical;
        self.parts.len() >= other.parts.len() && self.parts.iter().zip(&other.parts).all(same)
    }

    /// The common name in the last part that has one, if its value is text.
    pub(super) fn common_name(&self) -> Option<&str> {
        let find = |part: &'_ &Part| part.attributes.iter().any(|attribute| attribute.oid == COMMON_NAME);
        let part = self.parts.iter().rev().find(find)?;
        part.attributes.iter().find(|attribute| attribute.oid == COMMON_NAME)?.text.as_deref()
    }

    pub(super) fn emails(&self) -> impl Iterator<Item = &str> {
        let attributes = self.parts.iter().flat_map(|part| &part.attributes);
        attributes.filter(|attribute| attribute.oid == EMAIL_ADDRESS).filter_map(|attribute| attribute.text.as_deref())
    }
}

impl Part {
    fn read(value: Value<'_>) -> Read<Self> {
        if value.tag != der::SET {
            return Err(Unreadable("a part of a name is not a SET"));
        }
        let read = value.reader().all()?.into_iter().map(Attribute::read).collect::<Read<Vec<_>>>()?;
        let (attributes, mut canonical): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        // Attributes with a keyword come first. Each of the two groups is in the order of its texts.
        canonical.sort_by_key(|text: &String| (text.starts_with(|first: char| first.is_ascii_digit()), text.clone()));
        Ok(Self { attributes, canonical: canonical.join("+") })
    }
}

impl Attribute {
    fn read(value: Value<'_>) -> Read<(Self, String)> {
        let mut reader = value.sequence("an attribute of a name is not a SEQUENCE")?;
        let (oid, value) = (reader.next()?.oid()?, reader.next()?);
        let text = value.text();
        let surrogate = |text: &String| text.contains(char::REPLACEMENT_CHARACTER);
        if !reader.is_empty() || (value.tag == der::BMP_STRING && text.as_ref().is_some_and(surrogate)) {
            return Err(Unreadable("an attribute of a name is malformed"));
        }
        let keyword = KEYWORDS.iter().find(|(known, _)| *known == oid).map(|(_, keyword)| *keyword);
        let canonical = canonical(oid, keyword, value);
        Ok((Self { oid: oid.to_vec(), text }, canonical))
    }
}

/// The text of `AVA.toRFC2253CanonicalString`.
fn canonical(oid: &[u8], keyword: Option<&str>, value: Value<'_>) -> String {
    if let (Some(keyword), der::PRINTABLE_STRING | der::UTF8_STRING) = (keyword, value.tag) {
        let text = escaped(&value.text().unwrap_or_default());
        // Java's `trim` removes every character up to U+0020.
        let text = text.trim_matches(|character| character <= ' ');
        return format!("{keyword}={}", text.to_uppercase().to_lowercase());
    }
    let mut text = keyword.map_or_else(|| der::dotted(oid), str::to_owned) + "=#";
    for byte in value.to_der() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut blank = false;
    for (place, character) in text.char_indices() {
        if ",+<>;\"\\".contains(character) || (place == 0 && character == '#') {
            escaped.push('\\');
        }
        if character != ' ' || !blank {
            escaped.push(character);
        }
        blank = character == ' ';
    }
    escaped
}
