//! `GeneralizedTime` (X.690, section 11.7).

use crate::Timestamp;

/// Reads a `GeneralizedTime` of the form `YYYYMMDDHHMMSS[.fraction]Z`.
///
/// Fractions of a millisecond are cut off. Returns `None` for any other form, and for dates and times that do not exist.
pub(crate) fn read_time(content: &[u8]) -> Option<Timestamp> {
    let (digits, rest) = content.split_at_checked(14)?;
    let field = |from: usize, to: usize| digits.get(from..to).and_then(number);
    let date = Timestamp::from_date(field(0, 4)?, field(4, 6)?, field(6, 8)?)?;
    let (hour, minute, second) = (field(8, 10)?, field(10, 12)?, field(12, 14)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let millis = match rest {
        [b'Z'] => 0,
        [b'.', fraction @ .., b'Z'] if !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit) => {
            number(&fraction.iter().copied().chain([b'0', b'0']).take(3).collect::<Vec<_>>())?
        }
        _ => return None,
    };
    let of_day = ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
    Some(Timestamp::from_millis(date.millis() + of_day))
}

/// Writes a `GeneralizedTime` in DER; `None` if the year does not have four digits.
pub(crate) fn write_time(timestamp: Timestamp) -> Option<String> {
    let text = timestamp.to_string();
    let text = text.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = seconds.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 14 || seconds.len() != 19 {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { format!("{digits}Z") } else { format!("{digits}.{fraction}Z") })
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_as_der_writes_them() {
        for (text, millis) in [
            ("19700101000000Z", 0),
            ("20231114221320Z", 1_700_000_000_000),
            ("20231114221320.123Z", 1_700_000_000_123),
            ("20231114221320.1Z", 1_700_000_000_100),
            ("20231114221320.12399Z", 1_700_000_000_123),
            ("20240229000000Z", 1_709_164_800_000),
            ("99991231235959.999Z", 253_402_300_799_999),
            ("19000101000000Z", -2_208_988_800_000),
        ] {
            assert_eq!(read_time(text.as_bytes()), Some(Timestamp::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "20231114221320",
            "202311142213Z",
            "20231114221320+0100",
            "20231114221320.Z",
            "20231314221320Z",
            "20230229000000Z",
            "20231114241320Z",
            "20231114226020Z",
            "20231114221360Z",
            "2023111422132 Z",
            "20231114221320.1",
            "2023-11-14T22:13Z",
            "20231114221320ZZ",
            "20230431000000Z",
            "20230400000000Z",
        ] {
            assert_eq!(read_time(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(millis in -62_135_596_800_000_i64..=253_402_300_799_999) {
            let timestamp = Timestamp::from_millis(millis);
            let text = write_time(timestamp).unwrap();
            prop_assert_eq!(read_time(text.as_bytes()), Some(timestamp));
        }
    }

    #[test]
    fn years_of_more_than_four_digits_have_no_form() {
        for millis in [253_402_300_800_000, -62_167_219_200_001, i64::MAX, i64::MIN] {
            assert_eq!(write_time(Timestamp::from_millis(millis)), None);
        }
    }
}
