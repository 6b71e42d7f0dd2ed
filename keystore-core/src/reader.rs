//! A reader over bytes, whose errors have a position.

use crate::error::{Defect, Error, ErrorKind};
use crate::invariant::slice;

#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { rest: input, position: 0 }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let Some((head, tail)) = self.rest.split_at_checked(count) else {
            return Err(self.error(ErrorKind::Truncated { needed: count, available: self.rest.len() }));
        };
        self.rest = tail;
        self.position += count;
        Ok(head)
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The bytes between this reader's position and that of a later reader over the same input.
    pub(crate) fn until(&self, later: &Self) -> &'a [u8] {
        slice(self.rest, 0..later.position - self.position)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let Some((head, tail)) = self.rest.split_first_chunk() else {
            return Err(self.error(ErrorKind::Truncated { needed: N, available: self.rest.len() }));
        };
        self.rest = tail;
        self.position += N;
        Ok(head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(|bytes| u8::from_be_bytes(*bytes))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(|bytes| u16::from_be_bytes(*bytes))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    pub(crate) fn i64(&mut self) -> Result<i64, Error> {
        self.array().map(|bytes| i64::from_be_bytes(*bytes))
    }

    /// A count or length as Java writes it: a signed 32-bit number that must not be negative.
    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        let start = *self;
        let count = self.array().map(|bytes| i32::from_be_bytes(*bytes))?;
        usize::try_from(count).map_err(|_| start.malformed(Defect::NegativeCount(count)))
    }

    pub(crate) fn long_bytes(&mut self) -> Result<&'a [u8], Error> {
        let count = self.count()?;
        self.bytes(count)
    }

    pub(crate) fn short_bytes(&mut self) -> Result<&'a [u8], Error> {
        let count = self.u16()?;
        self.bytes(count.into())
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind).at(self.position)
    }

    pub(crate) fn malformed(&self, defect: Defect) -> Error {
        self.error(ErrorKind::Malformed(defect))
    }
}
