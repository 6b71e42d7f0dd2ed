//! A property and its position in the file.

use std::borrow::Cow;

use crate::encoding::Encoding;
use crate::error::{Error, ErrorKind, Position};
use crate::escape::{self, Defect};
use crate::line::naturals;
use crate::logical::{Parts, ends_key};

/// A property in a [`Properties`](crate::Properties): its bytes, its key and its value.
///
/// `Debug` shows no content: the value may be a password.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) start: usize,
    pub(crate) line: usize,
    pub(crate) index: usize,
    pub(crate) encoding: Encoding,
}

impl<'a> Entry<'a> {
    /// The key.
    ///
    /// The key is borrowed if its bytes have no backslash, and are ASCII or, with [`Encoding::Utf8`], valid UTF-8.
    ///
    /// # Errors
    /// [`MalformedUnicodeEscape`](crate::ErrorKind::MalformedUnicodeEscape);
    /// [`LoneSurrogate`](crate::ErrorKind::LoneSurrogate) for a key that only [`key_utf16`](Self::key_utf16) can return.
    pub fn key(&self) -> Result<Cow<'a, str>, Error> {
        escape::text(self.bytes, self.parts().key, self.encoding).map_err(|defect| self.error(defect))
    }

    /// The value. It is borrowed under the same conditions as the [`key`](Self::key).
    ///
    /// # Errors
    /// As for [`key`](Self::key).
    pub fn value(&self) -> Result<Cow<'a, str>, Error> {
        escape::text(self.bytes, self.parts().value, self.encoding).map_err(|defect| self.error(defect))
    }

    /// Returns the key and the value, faster than two calls.
    ///
    /// # Errors
    /// As for [`key`](Self::key).
    pub fn pair(&self) -> Result<(Cow<'a, str>, Cow<'a, str>), Error> {
        let Parts { key, value, .. } = self.parts();
        let text = |range| escape::text(self.bytes, range, self.encoding).map_err(|defect| self.error(defect));
        Ok((text(key)?, text(value)?))
    }

    /// The key as the UTF-16 code units of its Java string, which may hold lone surrogates.
    ///
    /// # Errors
    /// [`MalformedUnicodeEscape`](crate::ErrorKind::MalformedUnicodeEscape).
    pub fn key_utf16(&self) -> Result<Vec<u16>, Error> {
        escape::utf16(self.bytes, self.parts().key, self.encoding).map_err(|defect| self.error(defect))
    }

    /// The value as UTF-16 code units.
    ///
    /// # Errors
    /// As for [`key_utf16`](Self::key_utf16).
    pub fn value_utf16(&self) -> Result<Vec<u16>, Error> {
        escape::utf16(self.bytes, self.parts().value, self.encoding).map_err(|defect| self.error(defect))
    }

    /// The number, from 1, of the natural line on which the property starts.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The property's bytes in the file, with continuation lines and line endings.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The property's index among all properties of the file, from 0.
    ///
    /// [`set_value_at`](crate::Properties::set_value_at) and [`remove_at`](crate::Properties::remove_at) take this index.
    pub fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn parts(&self) -> Parts {
        Parts::of(self.bytes)
    }

    /// Whether Java reads the key as `key`; false for a malformed key.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        match self.begins_plainly_with(key) {
            Some(same) => same,
            None => self.key().is_ok_and(|own| own == key),
        }
    }

    /// Whether the property's key is `key`; `None` if that cannot be decided without decoding.
    pub(crate) fn begins_plainly_with(&self, key: &str) -> Option<bool> {
        if !key.is_ascii() || key.bytes().any(|byte| matches!(byte, b'\\' | b'\r' | b'\n') || ends_key(byte)) {
            return None;
        }
        let own = self.bytes.trim_ascii_start();
        let same = own.iter().zip(key.as_bytes()).take_while(|(own, key)| own == key).count();
        match own.get(same) {
            Some(b'\\') => None,
            next => Some(same == key.len() && next.is_none_or(|&byte| ends_key(byte) || matches!(byte, b'\r' | b'\n'))),
        }
    }

    pub(crate) fn error_at_value(&self, kind: ErrorKind) -> Error {
        self.error((kind, self.parts().value.start))
    }

    fn error(&self, (kind, at): Defect) -> Error {
        Error::at(kind, self.position(at))
    }

    fn position(&self, at: usize) -> Position {
        let (mut line, mut before) = (self.line, 0);
        for natural in naturals(self.bytes) {
            if natural.ending.is_empty() || before + natural.len() > at {
                break;
            }
            before += natural.len();
            line += 1;
        }
        Position { offset: self.start + at, line, column: at - before + 1 }
    }
}

impl std::fmt::Debug for Entry<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Entry").field("line", &self.line).field("index", &self.index).finish_non_exhaustive()
    }
}
