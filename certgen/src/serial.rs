//! Serial numbers.

use std::fmt;

use rand_core::CryptoRng;

use crate::error::{Error, ErrorKind};

/// A certificate's serial number (RFC 5280, section 4.1.2.2).
///
/// `Display` prints it as keytool does: in hexadecimal, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber {
    /// The content bytes of the DER INTEGER.
    bytes: Vec<u8>,
}

/// The length of the serial numbers that an authority draws for its certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SerialPolicy {
    /// 64 random bits, as in keytool 17 and 25.
    ///
    /// The CA/Browser Forum requires at least 64 random bits from public authorities.
    Random64,
    /// 128 random bits.
    #[default]
    Random128,
    /// 159 random bits, as in `openssl x509`.
    ///
    /// A positive number of 20 bytes, the maximum of RFC 5280, section 4.1.2.2, has no more bits.
    Random159,
}

impl SerialPolicy {
    pub(crate) fn draw(self, rng: &mut (impl CryptoRng + ?Sized)) -> SerialNumber {
        match self {
            Self::Random64 => SerialNumber::random::<8>(rng, u8::MAX),
            Self::Random128 => SerialNumber::random::<16>(rng, u8::MAX),
            Self::Random159 => SerialNumber::random::<20>(rng, 0x7f),
        }
    }
}

impl SerialNumber {
    /// The positive number with these big-endian bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSerialNumber`] if the number is zero or needs more than 20 bytes in a certificate.
    pub fn from_unsigned_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if significant.first().is_some_and(|byte| byte & 0x80 != 0) {
            significant.insert(0, 0);
        }
        if significant.is_empty() || significant.len() > 20 {
            return Err(Error::new(ErrorKind::InvalidSerialNumber { bytes: bytes.len() }));
        }
        Ok(Self { bytes: significant })
    }

    pub(crate) fn as_read(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec() }
    }

    pub(crate) fn as_der_content(&self) -> &[u8] {
        &self.bytes
    }

    fn random<const LENGTH: usize>(rng: &mut (impl CryptoRng + ?Sized), first: u8) -> Self {
        loop {
            let mut bytes = [0; LENGTH];
            rng.fill_bytes(&mut bytes);
            if let Some(byte) = bytes.first_mut() {
                *byte &= first;
            }
            if let Ok(serial) = Self::from_unsigned_bytes(&bytes) {
                return serial;
            }
        }
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negative = self.bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let magnitude = if negative { negated(&self.bytes) } else { self.bytes.clone() };
        formatter.write_str(if negative { "-" } else { "" })?;
        let mut significant = magnitude.iter().skip_while(|byte| **byte == 0);
        write!(formatter, "{:x}", significant.next().unwrap_or(&0))?;
        significant.try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The two's complement negation of big-endian bytes.
fn negated(bytes: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut result: Vec<u8> = bytes
        .iter()
        .rev()
        .map(|byte| {
            let (sum, overflow) = (!byte).overflowing_add(u8::from(carry));
            carry = overflow;
            sum
        })
        .collect();
    result.reverse();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_displayed_as_by_keytool() {
        for (bytes, text) in [
            (&[0x00, 0x9a, 0x01][..], "9a01"),
            (&[0x01], "1"),
            (&[0x00], "0"),
            (&[], "0"),
            (&[0xff], "-1"),
            (&[0x80, 0x00], "-8000"),
        ] {
            assert_eq!(SerialNumber::as_read(bytes).to_string(), text);
        }
    }

    #[test]
    fn a_first_bit_that_is_set_gets_a_leading_zero() {
        assert_eq!(SerialNumber::from_unsigned_bytes(&[0, 0, 0x80]).unwrap().as_der_content(), [0, 0x80]);
    }

    #[test]
    fn zero_and_too_long_are_refused() {
        for bytes in [&[][..], &[0, 0], &[1; 21], &[0xff; 20]] {
            let error = SerialNumber::from_unsigned_bytes(bytes).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::InvalidSerialNumber { bytes: bytes.len() });
        }
        SerialNumber::from_unsigned_bytes(&[0x7f; 20]).unwrap();
    }
}
