//! A reader of BER (X.690) over borrowed bytes: definite and indefinite lengths, constructed strings, lengths that are
//! longer than need be. It never recurses and never allocates by a length that the input states.
//!
//! Old NSS, Netscape and Bouncy Castle write PKCS#12 in BER; all others write its subset DER.

use super::header::{Header, Tag, identifier_len, length_len};
use crate::error::{Defect, Error, ErrorKind, Limit, Part};
use crate::invariant::slice;
use std::borrow::Cow;
use std::ops::Range;

/// Levels of indefinite lengths or constructed strings inside one element: as many as [`Limits::depth`](crate::Limits)
/// allows by default. Writers stay under 5.
pub(super) const MAX_DEPTH: usize = 32;

/// Elements with others inside and after them that are checked at one time. Bags nested as deep as
/// [`Limits::depth`](crate::Limits) allows by default have 4 levels each, 128 in all.
const MAX_OPEN: usize = 1_000;

/// One element: its tag, its content, and all of its bytes as they stand in the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    pub(crate) content: &'a [u8],
    pub(crate) encoded: &'a [u8],
    /// Offset of the first byte in what the reader was made over.
    offset: usize,
    /// Bytes of tag and length.
    header: usize,
    origin: Option<usize>,
}

impl<'a> Element<'a> {
    /// Reads the elements inside this one.
    pub(crate) fn children(&self) -> Reader<'a> {
        Reader { rest: self.content, offset: self.offset + self.header, origin: self.origin }
    }

    /// Where the whole element stands in what the reader was made over.
    pub(crate) fn span(&self) -> Range<usize> {
        self.offset..self.offset + self.encoded.len()
    }

    /// Where the content stands in what the reader was made over.
    pub(crate) fn content_span(&self) -> Range<usize> {
        let start = self.offset + self.header;
        start..start + self.content.len()
    }

    /// An error of this kind at this element.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        located(kind, self.origin, self.offset)
    }

    pub(crate) fn malformed(&self, defect: Defect) -> Error {
        self.error(ErrorKind::Malformed(defect))
    }

    /// Where in the file it stands, if it stands there as it is.
    pub(crate) fn origin(&self) -> Option<usize> {
        self.origin.map(|origin| origin + self.offset)
    }

    /// Whether this is an `OCTET STRING`, in one piece or in segments.
    pub(crate) fn is_octet_string(&self) -> bool {
        matches!(self.tag, Tag::OCTET_STRING | Tag::SEGMENTED_OCTET_STRING)
    }

    /// The value of an `OCTET STRING`: borrowed, or put together if it comes in segments.
    pub(crate) fn bytes(&self) -> Result<Cow<'a, [u8]>, Error> {
        if self.tag.is_constructed() { self.joined_segments().map(Cow::Owned) } else { Ok(Cow::Borrowed(self.content)) }
    }

    /// Where in the file the value of an `OCTET STRING` stands, if it does in one piece.
    pub(crate) fn bytes_origin(&self) -> Option<usize> {
        if self.tag.is_constructed() { None } else { self.origin.map(|origin| origin + self.offset + self.header) }
    }

    /// Whether the length is definite and takes no more bytes than it must.
    pub(super) fn has_shortest_length(&self) -> bool {
        let length = identifier_len(self.encoded).map(|identifier| self.header - identifier);
        self.encoded.len() == self.header + self.content.len() && length == Some(length_len(self.content.len()))
    }

    /// Refuses an element that is inside so many others.
    pub(super) fn check_depth(&self, depth: usize) -> Result<(), Error> {
        if depth < MAX_DEPTH { Ok(()) } else { Err(self.error(too_deep(MAX_DEPTH))) }
    }

    /// The value of an `INTEGER` that is no more than 32 bits and not negative.
    pub(crate) fn unsigned(&self) -> Result<u32, Error> {
        let [0..0x80, ..] = self.content else { return Err(self.malformed(Defect::Integer)) };
        let mut digits = self.content.iter().skip_while(|byte| **byte == 0);
        let value = digits.by_ref().take(4).fold(0, |value, digit| value << 8 | u32::from(*digit));
        if digits.next().is_some() { Err(self.malformed(Defect::Integer)) } else { Ok(value) }
    }

    fn joined_segments(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(self.content.len());
        let mut levels = vec![self.children()];
        while let Some(level) = levels.last_mut() {
            if level.is_empty() {
                levels.pop();
                continue;
            }
            let segment = level.any()?;
            match segment.tag {
                Tag::OCTET_STRING => bytes.extend_from_slice(segment.content),
                Tag::SEGMENTED_OCTET_STRING if levels.len() < MAX_DEPTH => levels.push(segment.children()),
                Tag::SEGMENTED_OCTET_STRING => return Err(segment.error(too_deep(MAX_DEPTH))),
                _ => return Err(segment.malformed(Defect::Structure(Part::OctetString))),
            }
        }
        Ok(bytes)
    }
}

/// Reads one element after the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    /// Where in the file that stands which the reader was made over.
    origin: Option<usize>,
}

impl<'a> Reader<'a> {
    /// Over bytes that stand in the file at `origin`, so that errors name offsets; `None` for bytes that do not stand
    /// there as they are: decrypted, or put together.
    pub(crate) const fn new(bytes: &'a [u8], origin: Option<usize>) -> Self {
        Self { rest: bytes, offset: 0, origin }
    }

    /// Over bytes that do not stand in the file, and whose places are to be counted from `offset` on.
    pub(crate) const fn from_offset(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset, origin: None }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error of this kind where the reader stands.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        located(kind, self.origin, self.offset)
    }

    pub(crate) fn malformed(&self, defect: Defect) -> Error {
        self.error(ErrorKind::Malformed(defect))
    }

    /// The next element, of whatever type.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Error> {
        let header = self.header()?;
        let content = match header.length {
            Some(length) => self.available(header.len, length)?,
            None => self.indefinite(header.len)?,
        };
        let trailer = if header.length.is_none() { 2 } else { 0 };
        self.take(header.tag, header.len, content, trailer)
    }

    /// The next element if it has this tag.
    ///
    /// # Errors
    /// `Defect::Structure` of the part that is being read, if it has another tag or there is none.
    pub(crate) fn expect(&mut self, tag: Tag, part: Part) -> Result<Element<'a>, Error> {
        self.optional(tag)?.ok_or_else(|| self.malformed(Defect::Structure(part)))
    }

    /// The next element if there is one and it has this tag; else nothing is read.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Error> {
        if self.rest.first() == Some(&tag.0) { self.any().map(Some) } else { Ok(None) }
    }

    /// An `OBJECT IDENTIFIER`, whose content is well formed: arcs of seven bits a byte, without leading zeros.
    pub(crate) fn object_identifier(&mut self, part: Part) -> Result<Element<'a>, Error> {
        let element = self.expect(Tag::OBJECT_IDENTIFIER, part)?;
        let ends = |byte: &u8| *byte < 0x80;
        let mut arcs = element.content.split_inclusive(ends);
        let is_complete = element.content.last().is_some_and(ends);
        if is_complete && arcs.all(|arc| arc.first() != Some(&0x80)) {
            Ok(element)
        } else {
            Err(element.malformed(Defect::Structure(part)))
        }
    }

    /// An `OCTET STRING`, in one piece or in segments.
    pub(crate) fn octet_string(&mut self, part: Part) -> Result<Element<'a>, Error> {
        match self.optional(Tag::SEGMENTED_OCTET_STRING)? {
            Some(segmented) => Ok(segmented),
            None => self.expect(Tag::OCTET_STRING, part),
        }
    }

    /// That all elements that follow are well-formed to any depth, those that are skipped, too; what is in an
    /// `OCTET STRING` in one piece is not looked at.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut reader = self.clone();
        // What follows the elements that the reader is inside of.
        let mut later: Vec<(usize, &[u8])> = Vec::new();
        loop {
            if reader.is_empty() {
                let Some((offset, rest)) = later.pop() else { return Ok(()) };
                reader = Self { rest, offset, ..reader };
                continue;
            }
            let element = reader.any()?;
            if element.tag.is_constructed() {
                if later.len() == MAX_OPEN {
                    return Err(element.error(too_deep(MAX_OPEN)));
                }
                if !reader.is_empty() {
                    later.push((reader.offset, reader.rest));
                }
                reader = element.children();
            }
        }
    }

    /// That nothing is left.
    pub(crate) fn finish(&self, part: Part) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(self.malformed(Defect::Structure(part))) }
    }

    fn header(&self) -> Result<Header, Error> {
        Header::parse(self.rest).map_err(|kind| self.error(kind))
    }

    /// That so much content follows the header.
    fn available(&self, header: usize, length: usize) -> Result<usize, Error> {
        let available = self.rest.len().saturating_sub(header);
        if length > available {
            return Err(self.error(ErrorKind::Truncated { needed: length, available }));
        }
        Ok(length)
    }

    /// Length of the content up to the end-of-contents bytes that belong to this header.
    fn indefinite(&self, header: usize) -> Result<usize, Error> {
        let mut ahead = Self::new(slice(self.rest, header..self.rest.len()), None);
        let whole = ahead.rest.len();
        let mut open = 1_usize;
        loop {
            let next = Header::parse(ahead.rest).map_err(|kind| self.error(kind))?;
            let here = whole - ahead.rest.len();
            if next.tag == Tag::END_OF_CONTENTS {
                if next.length != Some(0) {
                    return Err(self.malformed(Defect::Length));
                }
                open -= 1;
                if open == 0 {
                    return Ok(here);
                }
            } else if next.length.is_none() {
                open += 1;
                if open > MAX_DEPTH {
                    return Err(self.error(too_deep(MAX_DEPTH)));
                }
            }
            let length = ahead.available(next.len, next.length.unwrap_or(0));
            let length = length.map_err(|error| self.error(error.into_kind()))?;
            ahead.take(next.tag, next.len, length, 0)?;
        }
    }

    fn take(&mut self, tag: Tag, header: usize, content: usize, trailer: usize) -> Result<Element<'a>, Error> {
        let whole = header + content + trailer;
        let Some((encoded, rest)) = self.rest.split_at_checked(whole) else {
            return Err(self.error(ErrorKind::Truncated { needed: whole, available: self.rest.len() }));
        };
        let content = slice(encoded, header..header + content);
        let element = Element { tag, content, encoded, offset: self.offset, header, origin: self.origin };
        self.rest = rest;
        self.offset += whole;
        Ok(element)
    }
}

fn too_deep(levels: usize) -> ErrorKind {
    let levels = u64::try_from(levels).unwrap_or(u64::MAX);
    ErrorKind::LimitExceeded { limit: Limit::Depth, found: levels.saturating_add(1), allowed: levels }
}

fn located(kind: ErrorKind, origin: Option<usize>, offset: usize) -> Error {
    let error = Error::new(kind);
    match origin {
        Some(origin) => error.at(origin + offset),
        None => error,
    }
}

#[cfg(test)]
mod tests;
