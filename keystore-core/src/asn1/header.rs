//! The identifier and the length of an element (X.690, sections 8.1.2 and 8.1.3).

use crate::error::{Defect, ErrorKind};

/// The first byte of an element's identifier, including the constructed bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(pub(crate) u8);

impl Tag {
    pub(crate) const INTEGER: Self = Self(0x02);
    pub(crate) const BIT_STRING: Self = Self(0x03);
    pub(crate) const OCTET_STRING: Self = Self(0x04);
    pub(crate) const SEGMENTED_OCTET_STRING: Self = Self(0x24);
    pub(crate) const NULL: Self = Self(0x05);
    pub(crate) const OBJECT_IDENTIFIER: Self = Self(0x06);
    pub(crate) const UTF8_STRING: Self = Self(0x0c);
    pub(crate) const GENERALIZED_TIME: Self = Self(0x18);
    pub(crate) const BMP_STRING: Self = Self(0x1e);
    pub(crate) const SEQUENCE: Self = Self(0x30);
    pub(crate) const SET: Self = Self(0x31);
    pub(crate) const CONTEXT_0: Self = Self(0xa0);
    pub(crate) const CONTEXT_1: Self = Self(0xa1);
    pub(crate) const CONTEXT_0_PRIMITIVE: Self = Self(0x80);

    pub(super) const CONSTRUCTED: u8 = 0x20;
    pub(super) const END_OF_CONTENTS: Self = Self(0);

    /// Whether the identifier continues in further bytes.
    pub(super) const fn is_long(self) -> bool {
        self.0 & 0x1f == 0x1f
    }

    pub(crate) const fn is_constructed(self) -> bool {
        self.0 & Self::CONSTRUCTED != 0
    }
}

pub(super) struct Header {
    pub(super) tag: Tag,
    /// The number of bytes of the header itself.
    pub(super) len: usize,
    /// The length of the content; `None` for the indefinite form.
    pub(super) length: Option<usize>,
}

impl Header {
    pub(super) fn parse(input: &[u8]) -> Result<Self, ErrorKind> {
        let truncated = |needed| ErrorKind::Truncated { needed, available: input.len() };
        let [tag, ..] = input else { return Err(truncated(2)) };
        let identifier = identifier_len(input).ok_or_else(|| truncated(input.len() + 1))?;
        let Some((first, rest)) = input.get(identifier..).and_then(<[u8]>::split_first) else {
            return Err(truncated(identifier + 1));
        };
        let tag = Tag(*tag);
        match *first {
            0x80 if tag.is_constructed() => Ok(Self { tag, len: identifier + 1, length: None }),
            0x80 | 0xff => Err(ErrorKind::Malformed(Defect::Length)),
            short @ 0..0x80 => Ok(Self { tag, len: identifier + 1, length: Some(usize::from(short)) }),
            long => {
                let digits = usize::from(long & 0x7f);
                let length = rest.get(..digits).ok_or_else(|| truncated(identifier + 1 + digits))?;
                Ok(Self { tag, len: identifier + 1 + digits, length: Some(long_length(length)?) })
            }
        }
    }
}

/// The length of the identifier in bytes; `None` if the input is too short.
///
/// For a tag over 30, further bytes follow the first, and the high bit is set in all of them except the last. No keystore
/// format uses such tags, but an attribute may.
pub(super) fn identifier_len(input: &[u8]) -> Option<usize> {
    let (first, rest) = input.split_first()?;
    if first & 0x1f != 0x1f {
        return Some(1);
    }
    rest.iter().position(|byte| byte & 0x80 == 0).map(|last| last + 2)
}

/// The number of bytes in the shortest form of a length.
pub(super) fn length_len(length: usize) -> usize {
    if length < 0x80 { 1 } else { 1 + length.to_be_bytes().iter().skip_while(|byte| **byte == 0).count() }
}

fn long_length(digits: &[u8]) -> Result<usize, ErrorKind> {
    digits.iter().try_fold(0_usize, |length, digit| {
        length
            .checked_mul(256)
            .and_then(|high| high.checked_add(usize::from(*digit)))
            .ok_or(ErrorKind::Malformed(Defect::Length))
    })
}
