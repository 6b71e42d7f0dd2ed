//! Names from text, as keytool's `-dname` reads them (`sun.security.x509.X500Name`, `RDN`, `AVA`).

use der::Decode as _;
use der::asn1::{AnyRef, ObjectIdentifier};

use super::{Attribute, attribute, keyword};
use crate::asn1;
use crate::error::{Error, ErrorKind, NameFlaw, Position};

/// What may stand after a backslash.
const ESCAPABLE: &str = ",=\n+<>#;\\\"";

/// The parts of a name in the order of the text, each a set of attributes.
pub(super) fn parts(text: &str) -> Result<Vec<Vec<Attribute>>, Error> {
    let mut scanner = Scanner { text, at: 0 };
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

/// A value as it was read, before its string type is chosen.
#[derive(Default)]
struct Value {
    text: String,
    /// Octets written as `\xx`, until the character after them: together they are UTF-8.
    octets: Vec<u8>,
    /// Blanks that count only if something follows them.
    blanks: usize,
    /// Java takes a `UTF8String` for a value with octets in it, whatever they say.
    had_octets: bool,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// `KEYWORD=value`, up to the separator after it.
    fn attribute(&mut self) -> Result<Attribute, Error> {
        let oid = self.keyword()?;
        self.skip_blanks();
        let value = match self.peek() {
            Some('#') => self.hexadecimal()?,
            Some('"') => {
                let start = self.at;
                let text = self.quoted()?;
                string(oid, text.trim(), &text, start)?
            }
            _ => {
                let start = self.at;
                let text = self.unquoted()?;
                string(oid, &text.text, &text, start)?
            }
        };
        Ok(attribute(oid, value))
    }

    fn keyword(&mut self) -> Result<ObjectIdentifier, Error> {
        let start = self.at;
        let rest = self.rest();
        let Some((keyword, _)) = rest.split_once('=') else {
            let flaw = if rest.trim().is_empty() { NameFlaw::Empty } else { NameFlaw::MissingEquals };
            return Err(flawed(flaw, start));
        };
        self.at += keyword.len() + 1;
        let keyword = keyword.trim();
        if let Some(oid) = keyword::oid(keyword) {
            return Ok(oid);
        }
        let dotted = keyword.strip_prefix("OID.").or_else(|| keyword.strip_prefix("oid.")).unwrap_or(keyword);
        ObjectIdentifier::new(dotted).map_err(|_| flawed(NameFlaw::UnknownKeyword, start))
    }

    /// `#` and the hexadecimal digits of one DER element.
    fn hexadecimal(&mut self) -> Result<Vec<u8>, Error> {
        let start = self.at;
        self.next();
        let end = self.rest().find([',', ';', '+']).unwrap_or(self.rest().len());
        let digits = self.rest().get(..end).unwrap_or_default();
        let octets = octets(digits).ok_or_else(|| flawed(NameFlaw::Hexadecimal, start))?;
        AnyRef::from_der(&octets).map_err(|_| flawed(NameFlaw::Hexadecimal, start))?;
        self.at += end;
        Ok(octets)
    }

    /// A text between double quotes; nothing but blanks may stand between it and the separator.
    fn quoted(&mut self) -> Result<Value, Error> {
        let start = self.at;
        self.next();
        let mut value = Value::default();
        loop {
            match self.next() {
                None => return Err(flawed(NameFlaw::OpenQuote, start)),
                Some('"') => break,
                Some('\\') => self.escaped(&mut value, ESCAPABLE)?,
                Some(character) => value.push(character).map_err(|flaw| flawed(flaw, self.at))?,
            }
        }
        value.end().map_err(|flaw| flawed(flaw, self.at))?;
        self.skip_blanks();
        match self.peek() {
            None | Some(',' | ';' | '+') => Ok(value),
            Some(_) => Err(flawed(NameFlaw::AfterQuote, self.at)),
        }
    }

    /// A text up to the next separator, without the blanks before that.
    fn unquoted(&mut self) -> Result<Value, Error> {
        let mut value = Value::default();
        while let Some(character) = self.peek().filter(|character| !matches!(character, ',' | ';' | '+')) {
            let start = self.at;
            self.next();
            match character {
                '\\' => self.escaped(&mut value, &[ESCAPABLE, " "].concat())?,
                '<' | '>' | '"' => return Err(flawed(NameFlaw::Unescaped, start)),
                ' ' => value.blank().map_err(|flaw| flawed(flaw, start))?,
                _ => value.push(character).map_err(|flaw| flawed(flaw, start))?,
            }
        }
        value.end().map_err(|flaw| flawed(flaw, self.at))?;
        Ok(value)
    }

    /// What stands after a backslash: one of `escapable`, or two hexadecimal digits.
    fn escaped(&mut self, value: &mut Value, escapable: &str) -> Result<(), Error> {
        let start = self.at;
        match self.next() {
            Some(character) if character.is_ascii_hexdigit() => {
                self.next();
                let digits = self.text.get(start..self.at).unwrap_or_default();
                let octet = octets(digits).ok_or_else(|| flawed(NameFlaw::Escape, start))?;
                value.push_octets(&octet);
                Ok(())
            }
            Some(character) if escapable.contains(character) => {
                value.push(character).map_err(|flaw| flawed(flaw, start))
            }
            _ => Err(flawed(NameFlaw::Escape, start)),
        }
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|character| matches!(character, ' ' | '\n')) {
            self.next();
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

impl Value {
    fn push(&mut self, character: char) -> Result<(), NameFlaw> {
        self.end()?;
        self.text.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.blanks)));
        self.text.push(character);
        Ok(())
    }

    fn push_octets(&mut self, octets: &[u8]) {
        self.text.extend(std::iter::repeat_n(' ', std::mem::take(&mut self.blanks)));
        self.octets.extend(octets);
        self.had_octets = true;
    }

    fn blank(&mut self) -> Result<(), NameFlaw> {
        self.end()?;
        self.blanks += 1;
        Ok(())
    }

    /// Takes the octets so far for UTF-8.
    fn end(&mut self) -> Result<(), NameFlaw> {
        let octets = std::mem::take(&mut self.octets);
        self.text.push_str(std::str::from_utf8(&octets).map_err(|_| NameFlaw::NotUtf8)?);
        Ok(())
    }

    /// Without the characters that Java's `String.trim` takes off.
    fn trim(&self) -> &str {
        self.text.trim_matches(|character| character <= ' ')
    }
}

/// The value in the string type that Java chooses.
fn string(oid: ObjectIdentifier, text: &str, value: &Value, start: usize) -> Result<Vec<u8>, Error> {
    if text.is_empty() && !value.had_octets {
        return Ok(asn1::directory_string(""));
    }
    if keyword::IA5_TYPES.contains(&oid) {
        if !text.is_ascii() {
            return Err(flawed(NameFlaw::NotAscii, start));
        }
        return Ok(asn1::tlv(asn1::IA5_STRING, text.as_bytes()));
    }
    Ok(if value.had_octets { asn1::tlv(asn1::UTF8_STRING, text.as_bytes()) } else { asn1::directory_string(text) })
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let octets = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    octets.collect::<Option<Vec<u8>>>().filter(|octets| !octets.is_empty())
}

fn flawed(flaw: NameFlaw, at: usize) -> Error {
    Error::at(ErrorKind::MalformedName { flaw }, Position::Byte(at))
}
