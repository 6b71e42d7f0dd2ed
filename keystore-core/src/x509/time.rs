//! Checks dates as `DerValue.getUTCTime` and `getGeneralizedTime` do.

use super::Result;
use super::der::{Element, tag};
use crate::error::CertificateDefect;

/// Checks a validity period (`sun.security.x509.CertificateValidity`).
///
/// `Validity ::= SEQUENCE { notBefore Time, notAfter Time }`
pub(super) fn check_validity(validity: &Element<'_>) -> Result<()> {
    let mut fields = validity.expect(tag::SEQUENCE)?;
    for _ in 0..2 {
        let time = fields.any()?;
        let year = match time.tag {
            tag::UTC_TIME => 2,
            tag::GENERALIZED_TIME => GENERALIZED_YEAR,
            _ => return Err(CertificateDefect::Structure),
        };
        check_time(time.content, year).ok_or(CertificateDefect::Structure)?;
    }
    fields.finish()
}

/// Checks the content of a `GeneralizedTime`.
pub(super) fn check_generalized(text: &[u8]) -> Result<()> {
    check_time(text, GENERALIZED_YEAR).ok_or(CertificateDefect::Structure)
}

/// The number of digits of the year in a `GeneralizedTime`.
const GENERALIZED_YEAR: usize = 4;

/// Checks a time whose year has this many digits.
///
/// The month, the day, the hour and the minute follow, then optional seconds, an optional fraction (only in a
/// `GeneralizedTime`), and the offset.
fn check_time(text: &[u8], year: usize) -> Option<()> {
    let (_, rest) = digits(text, year)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, rest) = if rest.first()?.is_ascii_digit() { digits(rest, 2)? } else { (0, rest) };
    let rest = match rest {
        [b'.' | b',', fraction @ ..] if year == GENERALIZED_YEAR => {
            let end = fraction.iter().position(|byte| !byte.is_ascii_digit()).filter(|end| *end > 0)?;
            fraction.get(end..)?
        }
        rest => rest,
    };
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
    let offset = match rest {
        [b'Z'] => true,
        [b'+' | b'-', offset @ ..] if offset.len() == 4 => {
            let (hours, minutes) = digits(offset, 2)?;
            hours < 24 && digits(minutes, 2)?.0 < 60
        }
        _ => false,
    };
    (valid && offset).then_some(())
}

fn digits(text: &[u8], count: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let value = digits.iter().try_fold(0, |value, byte| Some(value * 10 + char::from(*byte).to_digit(10)?))?;
    Some((value, rest))
}
