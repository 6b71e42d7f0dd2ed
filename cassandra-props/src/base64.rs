//! The digits of Base64 (RFC 4648, section 4). White space and padding are left to the caller.

use crate::wiped::Wiped;

pub(crate) fn value(digit: u8) -> Option<u32> {
    match digit {
        b'A'..=b'Z' => Some(u32::from(digit - b'A')),
        b'a'..=b'z' => Some(u32::from(digit - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(digit - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Decodes digits without padding.
///
/// Last bits that do not fill a byte are ignored.
pub(crate) fn decode(digits: &[u8]) -> Option<Wiped<Vec<u8>>> {
    let mut bytes = Wiped::new(Vec::with_capacity(digits.len()));
    for group in digits.chunks(4) {
        let bits = group.iter().try_fold(0, |bits, digit| Some(bits << 6 | value(*digit)?))?;
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend([first, second, third].iter().take(group.len() - 1));
    }
    Some(bytes)
}
