//! Names from text, as keytool's `-dname` reads them (`X500Name`, `RDN`, `AVA`).

use der::Decode as _;
use der::asn1::{AnyRef, ObjectIdentifier};

use super::{Attribute, attribute, keyword};
use crate::asn1;
use crate::error::{Error, ErrorKind, NameDefect, Position};

const ESCAPABLE: &str = ",=\n+<>#;\\\"";

pub(super) fn parts(text: &str) -> Result<Vec<Vec<Attribute>>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut scanner = Scanner { length: text.len(), rest: text };
    let mut parts = vec![vec![scanner.attribute()?]];
    while let Some(separator) = scanner.next() {
        let next = scanner.attribute()?;
        match (separator, parts.last_mut()) {
            ('+', Some(part)) => part.push(next),
            _ => parts.push(vec![next]),
        }
    }
    Ok(parts)
}

/// A value before its string type is chosen.
#[derive(Default)]
struct Value {
    text: String,
    /// Consecutive bytes that are written as `\xx`, which must be UTF-8 together.
    bytes: Vec<u8>,
    /// The number of spaces at the end so far, which count only if text follows.
    blanks: usize,
    /// Whether a byte was written as `\xx`.
    ///
    /// Java then does not use a `PrintableString`.
    had_bytes: bool,
}

struct Scanner<'a> {
    /// The length of the whole text, in bytes.
    length: usize,
    rest: &'a str,
}

impl Scanner<'_> {
    fn attribute(&mut self) -> Result<Attribute, Error> {
        let oid = self.keyword()?;
        self.skip_blanks();
        let value = match self.peek() {
            Some('#') => self.hexadecimal()?,
            Some('"') => {
                let start = self.position();
                let text = self.quoted()?;
                string(oid, text.trim(), &text, start)?
            }
            _ => {
                let start = self.position();
                let text = self.unquoted()?;
                string(oid, &text.text, &text, start)?
            }
        };
        Ok(attribute(oid, value))
    }

    fn keyword(&mut self) -> Result<ObjectIdentifier, Error> {
        let start = self.position();
        let Some((keyword, rest)) = self.rest.split_once('=') else {
            let defect = if self.rest.trim().is_empty() { NameDefect::Empty } else { NameDefect::MissingEquals };
            return Err(malformed(defect, start));
        };
        self.rest = rest;
        let keyword = keyword.trim();
        if let Some(oid) = keyword::oid(keyword) {
            return Ok(oid);
        }
        let dotted = keyword.strip_prefix("OID.").or_else(|| keyword.strip_prefix("oid.")).unwrap_or(keyword);
        ObjectIdentifier::new(dotted).map_err(|_| malformed(NameDefect::UnknownKeyword, start))
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Error> {
        let start = self.position();
        self.next();
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(|character| !matches!(character, ',' | ';' | '+')) {
            digits.push(digit);
            self.next();
        }
        let bytes = bytes(&digits).ok_or_else(|| malformed(NameDefect::Hexadecimal, start))?;
        AnyRef::from_der(&bytes).map_err(|_| malformed(NameDefect::Hexadecimal, start))?;
        Ok(bytes)
    }

    fn quoted(&mut self) -> Result<Value, Error> {
        let start = self.position();
        self.next();
        let mut value = Value::default();
        loop {
            match self.next() {
                None => return Err(malformed(NameDefect::OpenQuote, start)),
                Some('"') => break,
                Some('\\') => self.escaped(&mut value, ESCAPABLE)?,
                Some(character) => value.push(character).map_err(|defect| malformed(defect, self.position()))?,
            }
        }
        value.end().map_err(|defect| malformed(defect, self.position()))?;
        self.skip_blanks();
        match self.peek() {
            None | Some(',' | ';' | '+') => Ok(value),
            Some(_) => Err(malformed(NameDefect::AfterQuote, self.position())),
        }
    }

    fn unquoted(&mut self) -> Result<Value, Error> {
        let mut value = Value::default();
        while let Some(character) = self.peek().filter(|character| !matches!(character, ',' | ';' | '+')) {
            let start = self.position();
            self.next();
            match character {
                '\\' => self.escaped(&mut value, &[ESCAPABLE, " "].concat())?,
                '<' | '>' | '"' => return Err(malformed(NameDefect::Unescaped, start)),
                ' ' => value.blank().map_err(|defect| malformed(defect, start))?,
                _ => value.push(character).map_err(|defect| malformed(defect, start))?,
            }
        }
        value.end().map_err(|defect| malformed(defect, self.position()))?;
        Ok(value)
    }

    fn escaped(&mut self, value: &mut Value, escapable: &str) -> Result<(), Error> {
        let start = self.position();
        match self.next() {
            Some(high) if high.is_ascii_hexdigit() => {
                let digits: String = std::iter::once(high).chain(self.next()).collect();
                value.push_bytes(&bytes(&digits).ok_or_else(|| malformed(NameDefect::Escape, start))?);
                Ok(())
            }
            Some(character) if escapable.contains(character) => {
                value.push(character).map_err(|defect| malformed(defect, start))
            }
            _ => Err(malformed(NameDefect::Escape, start)),
        }
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|character| matches!(character, ' ' | '\n')) {
            self.next();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next();
        self.rest = characters.as_str();
        character
    }

    fn position(&self) -> usize {
        self.length - self.rest.len()
    }
}

impl Value {
    fn push(&mut self, character: char) -> Result<(), NameDefect> {
        self.end()?;
        self.text.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.blanks)));
        self.text.push(character);
        Ok(())
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        self.text.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.blanks)));
        self.bytes.extend(bytes);
        self.had_bytes = true;
    }

    fn blank(&mut self) -> Result<(), NameDefect> {
        self.end()?;
        self.blanks += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), NameDefect> {
        let bytes = std::mem::take(&mut self.bytes);
        self.text.push_str(std::str::from_utf8(&bytes).map_err(|_| NameDefect::NotUtf8)?);
        Ok(())
    }

    /// Trims the text as Java's `String.trim` does.
    fn trim(&self) -> &str {
        self.text.trim_matches(|character| character <= ' ')
    }
}

/// Encodes `text` in the string type that Java chooses.
fn string(oid: ObjectIdentifier, text: &str, value: &Value, start: usize) -> Result<Vec<u8>, Error> {
    if text.is_empty() && !value.had_bytes {
        return Ok(asn1::directory_string(""));
    }
    if keyword::IA5_TYPES.contains(&oid) {
        if !text.is_ascii() {
            return Err(malformed(NameDefect::NotAscii, start));
        }
        return Ok(asn1::tlv(asn1::IA5_STRING, text.as_bytes()));
    }
    Ok(if value.had_bytes { asn1::tlv(asn1::UTF8_STRING, text.as_bytes()) } else { asn1::directory_string(text) })
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    bytes.collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
}

fn malformed(defect: NameDefect, at: usize) -> Error {
    Error::at(ErrorKind::MalformedName { defect }, Position::Byte(at))
}
