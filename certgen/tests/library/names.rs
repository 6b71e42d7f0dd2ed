//! Names from text.

use certgen::{DistinguishedName, ErrorKind, NameFlaw, Position};
use proptest::prelude::*;

#[test]
fn a_malformed_name_is_refused_where_it_goes_wrong() {
    for (text, flaw, at) in [
        ("", NameFlaw::Empty, 0),
        ("CN=a,", NameFlaw::Empty, 5),
        ("CN=a, O", NameFlaw::MissingEquals, 5),
        ("CN=a, X=b", NameFlaw::UnknownKeyword, 5),
        ("CN=a, 3.4=b", NameFlaw::UnknownKeyword, 5),
        ("CN=a\\", NameFlaw::Escape, 5),
        ("CN=a\\x", NameFlaw::Escape, 5),
        ("CN=a\\4", NameFlaw::Escape, 5),
        ("CN=a\\4g", NameFlaw::Escape, 5),
        ("CN=a<b", NameFlaw::Unescaped, 4),
        ("CN=\"a", NameFlaw::OpenQuote, 3),
        ("CN=\"a\" b", NameFlaw::AfterQuote, 7),
        ("CN=#", NameFlaw::Hexadecimal, 3),
        ("CN=#0c0", NameFlaw::Hexadecimal, 3),
        ("CN=#0c02", NameFlaw::Hexadecimal, 3),
        ("CN=#0c0g", NameFlaw::Hexadecimal, 3),
        ("CN=\\C3", NameFlaw::NotUtf8, 6),
        ("DC=\u{e9}", NameFlaw::NotAscii, 3),
    ] {
        let error = text.parse::<DistinguishedName>().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::MalformedName { flaw }, "{text:?}");
        assert_eq!(error.position(), Some(Position::Byte(at)), "{text:?}");
    }
}

#[test]
fn two_units_are_both_kept() {
    let name: DistinguishedName = "CN=a, OU=one, OU=two".parse().unwrap();
    assert_eq!(name.to_string(), "CN=a, OU=one, OU=two");
}

#[test]
fn the_common_name_is_the_most_specific_one() {
    let common_name = |text: &str| text.parse::<DistinguishedName>().unwrap().common_name();
    assert_eq!(common_name("CN=a, CN=b").as_deref(), Some("a"));
    assert_eq!(common_name("O=a"), None);
}

proptest! {
    /// What is shown is read back as the same name, whatever stands in it, but for blanks at the ends of a value: Java
    /// shows them between quotation marks and does not read them back.
    #[test]
    fn a_name_survives_being_shown(values in proptest::collection::vec(any::<String>(), 1..5)) {
        let escaped = |value: &String| {
            let digits = hex::encode(value.trim_matches(|character| character <= ' '));
            digits.as_bytes().chunks(2).flat_map(|pair| [b"\\", pair].concat()).map(char::from).collect::<String>()
        };
        let text = values.iter().map(|value| format!("O={}", escaped(value))).collect::<Vec<_>>().join(",");
        let name: DistinguishedName = text.parse().unwrap();
        let shown = name.to_string();
        let again: DistinguishedName = shown.parse().unwrap();
        prop_assert_eq!(again.to_string(), shown);
    }

    #[test]
    fn any_text_is_a_name_or_an_error(text in any::<String>()) {
        let _ = text.parse::<DistinguishedName>();
    }

    #[test]
    fn any_text_of_special_characters_is_a_name_or_an_error(text in "[CNO=,;+\"\\\\#<> 0-9a-f\n\u{e9}]{0,40}") {
        let _ = text.parse::<DistinguishedName>();
    }
}
