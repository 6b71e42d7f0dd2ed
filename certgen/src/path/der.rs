//! DER as Java 17 and later read it (`DerValue`): lengths need not be in the shortest form.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

pub(super) type Read<T> = Result<T, Unreadable>;

pub(super) use crate::asn1::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, IA5_STRING, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING,
    PRINTABLE_STRING, SEQUENCE, SET, UTC_TIME, UTF8_STRING,
};

// Tags that are read, not written.
pub(super) const T61_STRING: u8 = 0x14;
pub(super) const GENERAL_STRING: u8 = 0x1b;
pub(super) const UNIVERSAL_STRING: u8 = 0x1c;
pub(super) const BMP_STRING: u8 = 0x1e;

/// The longest object identifier that Java reads, in bytes (`ObjectIdentifier`).
const MAX_OID: usize = 4096;

#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn next(&mut self) -> Read<Value<'a>> {
        let (tag, rest) = self.rest.split_first().ok_or(Unreadable("an element is missing"))?;
        if tag & 0x1f == 0x1f {
            return Err(Unreadable("a tag number is over 30"));
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length).ok_or(Unreadable("an element is cut short"))?;
        self.rest = rest;
        Ok(Value { tag: *tag, content })
    }

    pub(super) fn all(mut self) -> Read<Vec<Value<'a>>> {
        let mut values = Vec::new();
        while !self.is_empty() {
            values.push(self.next()?);
        }
        Ok(values)
    }
}

fn length(bytes: &[u8]) -> Read<(usize, &[u8])> {
    let (first, rest) = bytes.split_first().ok_or(Unreadable("a length is missing"))?;
    match first {
        0..=0x7f => Ok((usize::from(*first), rest)),
        0x80 => Err(Unreadable("a length is indefinite")),
        0x81..=0x84 => {
            let (bytes, rest) =
                rest.split_at_checked(usize::from(first & 0x7f)).ok_or(Unreadable("a length is cut short"))?;
            let length = bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            // Java reads a length as an `int`.
            let length = i32::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
            Ok((length.ok_or(Unreadable("a length is too long"))?, rest))
        }
        _ => Err(Unreadable("a length is too long")),
    }
}

/// Whether an element and the elements in it have lengths in the shortest form.
///
/// Java before 17 reads only such elements (`DerInputStream.getLength`). The contents of primitive elements, such as the
/// values of extensions and the bits of keys, are examined by a call of their own.
pub(super) fn has_shortest_lengths(element: &[u8]) -> bool {
    let mut pending = vec![element];
    while let Some(bytes) = pending.pop() {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let before = reader.len();
            // Whether the element can be read is checked where its content is used.
            let Ok(value) = reader.next() else { break };
            let header = before - reader.len() - value.content.len();
            if header != shortest_header(value.content.len()) {
                return false;
            }
            pending.extend(value.is_constructed().then_some(value.content));
        }
    }
    true
}

/// The size of a tag and a length in bytes, if the length is in the shortest form.
fn shortest_header(content: usize) -> usize {
    match content {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        0x1_0000..=0xff_ffff => 5,
        _ => 6,
    }
}

impl<'a> Value<'a> {
    pub(super) fn only(bytes: &'a [u8]) -> Read<Self> {
        let mut reader = Reader::new(bytes);
        let value = reader.next()?;
        if reader.is_empty() { Ok(value) } else { Err(Unreadable("there is extra data at the end")) }
    }

    pub(super) fn reader(self) -> Reader<'a> {
        Reader::new(self.content)
    }

    pub(super) fn sequence(self, what: &'static str) -> Read<Reader<'a>> {
        if self.tag == SEQUENCE { Ok(self.reader()) } else { Err(Unreadable(what)) }
    }

    /// The element with its length in the shortest form, as Java re-encodes it.
    pub(super) fn to_der(self) -> Vec<u8> {
        crate::asn1::tlv(self.tag, self.content)
    }

    pub(super) fn is_constructed(self) -> bool {
        self.tag & 0x20 != 0
    }

    pub(super) fn is_context(self, number: u8) -> bool {
        self.tag & 0xc0 == 0x80 && self.tag & 0x1f == number
    }

    /// Whether the tag is `[number] IMPLICIT` of a primitive type.
    pub(super) fn is_implicit(self, number: u8) -> bool {
        self.is_context(number) && !self.is_constructed()
    }

    pub(super) fn with_tag(self, tag: u8) -> Self {
        Self { tag, ..self }
    }

    pub(super) fn boolean(self) -> Read<bool> {
        match (self.tag, self.content) {
            (BOOLEAN, [byte]) => Ok(*byte != 0),
            _ => Err(Unreadable("a value is not a valid BOOLEAN")),
        }
    }

    pub(super) fn oid(self) -> Read<&'a [u8]> {
        let ends = self.content.last().is_some_and(|last| last & 0x80 == 0);
        let starts = std::iter::once(&0).chain(self.content).zip(self.content);
        let padded = starts.into_iter().any(|(before, byte)| *byte == 0x80 && before & 0x80 == 0);
        if self.tag != OBJECT_IDENTIFIER || !ends || padded || self.content.len() > MAX_OID {
            return Err(Unreadable("a value is not a valid OBJECT IDENTIFIER"));
        }
        Ok(self.content)
    }

    /// The bytes of an OCTET STRING, which may be constructed, up to eight levels deep.
    pub(super) fn octets(self) -> Read<Vec<u8>> {
        self.pieces(8)
    }

    fn pieces(self, depth: u8) -> Read<Vec<u8>> {
        match self.tag {
            OCTET_STRING => Ok(self.content.to_vec()),
            0x24 if depth > 0 => {
                let pieces = self.reader().all()?;
                let pieces = pieces.into_iter().map(|piece| piece.pieces(depth - 1)).collect::<Read<Vec<_>>>()?;
                Ok(pieces.concat())
            }
            _ => Err(Unreadable("a value is not an OCTET STRING")),
        }
    }

    /// The content of an INTEGER, without bytes that only repeat the sign.
    pub(super) fn integer(self) -> Read<&'a [u8]> {
        if self.tag != INTEGER || self.content.is_empty() {
            return Err(Unreadable("a value is not a valid INTEGER"));
        }
        let redundant = self.content.windows(2).take_while(|pair| matches!(pair, [0, 0..=0x7f] | [0xff, 0x80..=0xff]));
        Ok(self.content.get(redundant.count()..).unwrap_or_default())
    }

    pub(super) fn int(self) -> Read<i32> {
        let bytes = self.integer()?;
        let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1_i64 } else { 0 };
        if bytes.len() > 4 {
            return Err(Unreadable("an INTEGER is too large"));
        }
        let value = bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte));
        i32::try_from(value).map_err(|_| Unreadable("an INTEGER is too large"))
    }

    /// The bytes of a BIT STRING, with unused bits cleared, and the number of bits.
    pub(super) fn bits(self) -> Read<(Vec<u8>, usize)> {
        if self.tag != BIT_STRING {
            return Err(Unreadable("a value is not a BIT STRING"));
        }
        let (unused, bytes) = self.content.split_first().ok_or(Unreadable("a BIT STRING is empty"))?;
        let count = (bytes.len() * 8).checked_sub(usize::from(*unused)).filter(|_| *unused <= 7);
        let count = count.ok_or(Unreadable("the padding of a BIT STRING is wrong"))?;
        let mut bytes = bytes.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last &= 0xff << unused;
        }
        Ok((bytes, count))
    }

    /// The text of a string type, as `getAsString` reads it; `None` for any other type.
    pub(super) fn text(self) -> Option<String> {
        Some(match self.tag {
            UTF8_STRING => String::from_utf8_lossy(self.content).into_owned(),
            PRINTABLE_STRING | IA5_STRING | GENERAL_STRING => ascii(self.content),
            T61_STRING => self.content.iter().copied().map(char::from).collect(),
            BMP_STRING => {
                let (pairs, _) = self.content.as_chunks();
                let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            UNIVERSAL_STRING => {
                let (units, _) = self.content.as_chunks();
                let units = units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
                units.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            _ => return None,
        })
    }
}

pub(super) fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER }).collect()
}

pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<String> = Vec::new();
    let mut arc = 0_u128;
    for byte in oid {
        arc = arc.checked_mul(128).map_or(u128::MAX, |arc| arc | u128::from(byte & 0x7f));
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first.to_string());
                arc -= first * 40;
            }
            arcs.push(arc.to_string());
            arc = 0;
        }
    }
    arcs.join(".")
}

/// Reads a `UTCTime` or `GeneralizedTime`, in milliseconds since 1970.
///
/// Like Java, accepts day 31 in every month, a time without seconds, and an offset from UTC. A `GeneralizedTime` may
/// also have fractions of a second.
pub(super) fn time(value: Value<'_>) -> Read<i64> {
    const WRONG: Unreadable = Unreadable("a date is malformed");
    let generalized = match value.tag {
        UTC_TIME if (11..=17).contains(&value.content.len()) => false,
        GENERALIZED_TIME if value.content.len() >= 13 => true,
        _ => return Err(Unreadable("a value is not a date")),
    };
    let mut digits = Digits { rest: value.content };
    let year = if generalized {
        digits.pair()? * 100 + digits.pair()?
    } else {
        let year = digits.pair()?;
        if year < 50 { year + 2000 } else { year + 1900 }
    };
    let (month, day, hour, minute) = (digits.pair()?, digits.pair()?, digits.pair()?, digits.pair()?);
    let second = if digits.rest.len() > 2 { digits.pair()? } else { 0 };
    let millis = if generalized { digits.fraction()? } else { 0 };
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
    if !sound {
        return Err(WRONG);
    }
    let offset = match digits.rest {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 4 => {
            let mut digits = Digits { rest };
            let (hours, minutes) = (digits.pair()?, digits.pair()?);
            if hours >= 24 || minutes >= 60 {
                return Err(WRONG);
            }
            if *sign == b'+' { hours * 60 + minutes } else { -(hours * 60 + minutes) }
        }
        _ => return Err(WRONG),
    };
    let days = crate::time::days_from_civil(year, month, day);
    Ok((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + millis)
}

struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    fn pair(&mut self) -> Read<i64> {
        match self.rest {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Ok(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
            }
            _ => Err(Unreadable("a date has characters other than digits")),
        }
    }

    fn fraction(&mut self) -> Read<i64> {
        let [b'.' | b',', rest @ ..] = self.rest else { return Ok(0) };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(Unreadable("a date has an empty fraction"));
        }
        let weights = [100, 10, 1];
        let millis = rest.iter().take(count).zip(weights).map(|(digit, weight)| i64::from(digit - b'0') * weight).sum();
        self.rest = rest.get(count..).unwrap_or_default();
        Ok(millis)
    }
}
