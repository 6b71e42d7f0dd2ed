//! A reader of BER (X.690) over borrowed bytes.
//!
//! The reader accepts indefinite lengths, lengths that are not in the shortest form, and octet strings in segments. It
//! does not recurse, and allocates no memory for a length that exceeds the input.
//!
//! Some programs, such as Bouncy Castle, write PKCS#12 in BER. Most programs write DER, which is a subset of BER.

use super::header::{Header, Tag, identifier_len, length_len};
use crate::error::{Defect, Error, ErrorKind, Limit, Part};
use crate::invariant::slice;
use std::borrow::Cow;
use std::ops::Range;

/// The maximum depth of indefinite lengths, segments, and elements converted to DER.
///
/// The default of [`Limits::depth`](crate::Limits) is the same.
pub(super) const MAX_DEPTH: usize = 32;

/// The maximum number of enclosing elements to which [`Reader::check`] has to return.
///
/// Bags nested as deep as the default of [`Limits::depth`](crate::Limits) allows have about 100 levels.
const MAX_OPEN: usize = 1_000;

/// One element.
///
/// If the length is indefinite, `encoded` includes the end-of-contents bytes, and `content` does not. The spans are
/// positions in the outermost reader's input, plus the offset of [`Reader::from_offset`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    pub(crate) content: &'a [u8],
    pub(crate) encoded: &'a [u8],
    offset: usize,
    /// The number of bytes of the identifier and the length.
    header: usize,
    origin: Option<usize>,
}

impl<'a> Element<'a> {
    pub(crate) fn children(&self) -> Reader<'a> {
        Reader { rest: self.content, offset: self.offset + self.header, origin: self.origin }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        self.offset..self.offset + self.encoded.len()
    }

    pub(crate) fn content_span(&self) -> Range<usize> {
        let start = self.offset + self.header;
        start..start + self.content.len()
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        located(kind, self.origin, self.offset)
    }

    pub(crate) fn malformed(&self, defect: Defect) -> Error {
        self.error(ErrorKind::Malformed(defect))
    }

    /// The element's position in the file; `None` if the position is not known.
    pub(crate) fn origin(&self) -> Option<usize> {
        self.origin.map(|origin| origin + self.offset)
    }

    pub(crate) fn is_octet_string(&self) -> bool {
        matches!(self.tag, Tag::OCTET_STRING | Tag::SEGMENTED_OCTET_STRING)
    }

    /// The value of an `OCTET STRING`: borrowed, or concatenated from its segments.
    pub(crate) fn bytes(&self) -> Result<Cow<'a, [u8]>, Error> {
        if self.tag.is_constructed() { self.joined_segments().map(Cow::Owned) } else { Ok(Cow::Borrowed(self.content)) }
    }

    /// The position of an `OCTET STRING`'s value in the file.
    ///
    /// Returns `None` if the position is not known, or if the value is in segments.
    pub(crate) fn bytes_origin(&self) -> Option<usize> {
        if self.tag.is_constructed() { None } else { self.origin.map(|origin| origin + self.offset + self.header) }
    }

    /// Whether the length is indefinite, so that end-of-contents bytes follow the content.
    pub(crate) fn is_indefinite(&self) -> bool {
        self.encoded.len() > self.header + self.content.len()
    }

    /// Whether the length is definite and in the shortest form.
    pub(crate) fn has_shortest_length(&self) -> bool {
        let length = identifier_len(self.encoded).map(|identifier| self.header - identifier);
        !self.is_indefinite() && length == Some(length_len(self.content.len()))
    }

    pub(super) fn check_depth(&self, depth: usize) -> Result<(), Error> {
        if depth < MAX_DEPTH { Ok(()) } else { Err(self.error(too_deep(MAX_DEPTH))) }
    }

    /// The value of a non-negative `INTEGER` of at most 32 bits.
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

#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    /// The position in the file from which `offset` counts; `None` if the position is not known.
    origin: Option<usize>,
}

impl<'a> Reader<'a> {
    /// A reader over bytes that start at `origin` in the file, so that errors have positions.
    ///
    /// `origin` is `None` if the position in the file is not known, for example because the bytes were decrypted.
    pub(crate) const fn new(bytes: &'a [u8], origin: Option<usize>) -> Self {
        Self { rest: bytes, offset: 0, origin }
    }

    /// A reader whose errors have no positions. The span of the first element starts at `offset`.
    pub(crate) const fn from_offset(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset, origin: None }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        located(kind, self.origin, self.offset)
    }

    pub(crate) fn malformed(&self, defect: Defect) -> Error {
        self.error(ErrorKind::Malformed(defect))
    }

    pub(crate) fn any(&mut self) -> Result<Element<'a>, Error> {
        let header = self.header()?;
        let content = match header.length {
            Some(length) => self.available(header.len, length)?,
            None => self.indefinite(header.len)?,
        };
        let trailer = if header.length.is_none() { 2 } else { 0 };
        self.take(header.tag, header.len, content, trailer)
    }

    pub(crate) fn expect(&mut self, tag: Tag, part: Part) -> Result<Element<'a>, Error> {
        self.optional(tag)?.ok_or_else(|| self.malformed(Defect::Structure(part)))
    }

    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Error> {
        if self.rest.first() == Some(&tag.0) { self.any().map(Some) } else { Ok(None) }
    }

    /// The next element, which must be an `OBJECT IDENTIFIER` with well-formed content.
    ///
    /// Each arc must end with a byte below 0x80, and must not begin with 0x80.
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

    pub(crate) fn octet_string(&mut self, part: Part) -> Result<Element<'a>, Error> {
        match self.optional(Tag::SEGMENTED_OCTET_STRING)? {
            Some(segmented) => Ok(segmented),
            None => self.expect(Tag::OCTET_STRING, part),
        }
    }

    /// Checks that all following elements, and the elements inside them, are well-formed.
    ///
    /// The content of primitive elements is not checked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut reader = self.clone();
        // The bytes that follow each enclosing element.
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

    pub(crate) fn finish(&self, part: Part) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(self.malformed(Defect::Structure(part))) }
    }

    fn header(&self) -> Result<Header, Error> {
        Header::parse(self.rest).map_err(|kind| self.error(kind))
    }

    fn available(&self, header: usize, length: usize) -> Result<usize, Error> {
        let available = self.rest.len().saturating_sub(header);
        if length > available {
            return Err(self.error(ErrorKind::Truncated { needed: length, available }));
        }
        Ok(length)
    }

    /// The length of the content up to the matching end-of-contents bytes.
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
