//! Serial numbers.

use std::fmt;

use rand_core::CryptoRng;

use crate::error::{Error, ErrorKind};

/// A certificate's serial number (RFC 5280, section 4.1.2.2).
///
/// It is shown as keytool shows it: in hexadecimal, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber {
    /// The content octets of the DER INTEGER.
    octets: Vec<u8>,
}

impl SerialNumber {
    /// The positive number whose big-endian octets these are.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSerialNumber`] where it is zero or would take more than 20 octets in a certificate.
    pub fn from_unsigned_bytes(octets: &[u8]) -> Result<Self, Error> {
        let mut significant: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
        if significant.first().is_some_and(|octet| octet & 0x80 != 0) {
            significant.insert(0, 0);
        }
        if significant.is_empty() || significant.len() > 20 {
            return Err(ErrorKind::InvalidSerialNumber { octets: octets.len() }.into());
        }
        Ok(Self { octets: significant })
    }

    /// 64 random bits and not zero, as keytool has drawn them since JDK 11.
    pub fn random_64(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::random::<8>(rng)
    }

    /// 128 random bits and not zero: what an `Authority` gives.
    pub fn random_128(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::random::<16>(rng)
    }

    /// What a certificate holds, good or bad.
    pub(crate) fn as_read(octets: &[u8]) -> Self {
        Self { octets: octets.to_vec() }
    }

    /// The content octets of the DER INTEGER: big-endian, a leading 00 where the first bit would be set.
    pub fn as_der_content(&self) -> &[u8] {
        &self.octets
    }

    fn random<const OCTETS: usize>(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        loop {
            let mut octets = [0; OCTETS];
            rng.fill_bytes(&mut octets);
            if let Ok(serial) = Self::from_unsigned_bytes(&octets) {
                return serial;
            }
        }
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let negative = self.octets.first().is_some_and(|octet| octet & 0x80 != 0);
        let magnitude = if negative { negated(&self.octets) } else { self.octets.clone() };
        formatter.write_str(if negative { "-" } else { "" })?;
        let mut significant = magnitude.iter().skip_while(|octet| **octet == 0);
        write!(formatter, "{:x}", significant.next().unwrap_or(&0))?;
        significant.try_for_each(|octet| write!(formatter, "{octet:02x}"))
    }
}

/// The two's complement negation of big-endian octets.
fn negated(octets: &[u8]) -> Vec<u8> {
    let mut carry = true;
    let mut result: Vec<u8> = octets
        .iter()
        .rev()
        .map(|octet| {
            let (sum, overflow) = (!octet).overflowing_add(u8::from(carry));
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
    fn shown_as_keytool_shows_it() {
        for (octets, shown) in [
            (&[0x00, 0x9a, 0x01][..], "9a01"),
            (&[0x01], "1"),
            (&[0x00], "0"),
            (&[], "0"),
            (&[0xff], "-1"),
            (&[0x80, 0x00], "-8000"),
        ] {
            assert_eq!(SerialNumber::as_read(octets).to_string(), shown);
        }
    }

    #[test]
    fn a_first_bit_that_is_set_gets_a_leading_zero() {
        assert_eq!(SerialNumber::from_unsigned_bytes(&[0, 0, 0x80]).unwrap().as_der_content(), [0, 0x80]);
    }

    #[test]
    fn zero_and_too_long_are_refused() {
        for octets in [&[][..], &[0, 0], &[1; 21], &[0xff; 20]] {
            let error = SerialNumber::from_unsigned_bytes(octets).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::InvalidSerialNumber { octets: octets.len() });
        }
        SerialNumber::from_unsigned_bytes(&[0x7f; 20]).unwrap();
    }
}
