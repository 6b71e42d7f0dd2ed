//! Names from text.

use certgen::{DistinguishedName, ErrorKind, NameDefect, Position};
use proptest::prelude::*;

#[test]
fn a_malformed_name_is_refused_where_it_goes_wrong() {
    for (text, defect, at) in [
        (" ", NameDefect::Empty, 0),
        ("CN=a,", NameDefect::Empty, 5),
        ("CN=a, O", NameDefect::MissingEquals, 5),
        ("CN=a, X=b", NameDefect::UnknownKeyword, 5),
        ("CN=a, 3.4=b", NameDefect::UnknownKeyword, 5),
        ("CN=a\\", NameDefect::Escape, 5),
        ("CN=a\\x", NameDefect::Escape, 5),
        ("CN=a\\4", NameDefect::Escape, 5),
        ("CN=a\\4g", NameDefect::Escape, 5),
        ("CN=a<b", NameDefect::Unescaped, 4),
        ("CN=\"a", NameDefect::OpenQuote, 3),
        ("CN=\"a\" b", NameDefect::AfterQuote, 7),
        ("CN=#", NameDefect::Hexadecimal, 3),
        ("CN=#0c0", NameDefect::Hexadecimal, 3),
        ("CN=#0c02", NameDefect::Hexadecimal, 3),
        ("CN=#0c0g", NameDefect::Hexadecimal, 3),
        ("CN=\\C3", NameDefect::NotUtf8, 6),
        ("DC=\u{e9}", NameDefect::NotAscii, 3),
    ] {
        let error = text.parse::<DistinguishedName>().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::MalformedName { defect }, "{text:?}");
        assert_eq!(error.position(), Some(Position::Byte(at)), "{text:?}");
    }
}

/// Whatever the types are: `BMPString`, `T61String`, `UniversalString`, `NumericString` and `BIT STRING`.
#[test]
fn a_name_in_der_is_kept_byte_for_byte_and_displayed_as_java_17_does() {
    let values: [(&[u8], &str); 5] = [
        (&[0x1e, 2, 0, 0x41], "CN=A"),
        (&[0x14, 2, 0xe4, 0x41], "CN=\u{e4}A"),
        (&[0x1c, 4, 0, 0, 0, 0x41], "CN=A"),
        (&[0x12, 1, 0x31], "CN=#120131"),
        (&[3, 2, 0, 0xaf], "CN=#030200af"),
    ];
    for (value, displayed) in values {
        let attribute = [&[6, 3, 0x55, 4, 3], value].concat();
        let wrap = |tag, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let der = wrap(0x30, &wrap(0x31, &wrap(0x30, &attribute)));
        let name = DistinguishedName::from_der(&der).unwrap();
        assert_eq!((name.as_der(), name.to_string().as_str()), (&der[..], displayed));
        for broken in [[&der[..], &[0]].concat(), der[..der.len() - 1].to_vec(), vec![5, 0], Vec::new()] {
            let error = DistinguishedName::from_der(&broken).unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::MalformedName { defect: NameDefect::Der });
        }
    }
}

#[test]
fn the_empty_text_is_the_empty_name() {
    let name: DistinguishedName = "".parse().unwrap();
    assert_eq!(name.as_der(), [0x30, 0]);
    assert_eq!((name.is_empty(), name.to_string().as_str()), (true, ""));
    assert_eq!(DistinguishedName::from_der(&[0x30, 0]).unwrap(), DistinguishedName::empty());
}

#[test]
fn two_units_are_both_kept() {
    let name: DistinguishedName = "CN=a, OU=one, OU=two".parse().unwrap();
    assert_eq!(name.to_string(), "CN=a, OU=one, OU=two");
}

proptest! {
    /// A displayed name is read back as the same name, whatever is in it, except blanks at the ends of a value: Java
    /// prints them between quotation marks and does not read them back.
    #[test]
    fn a_name_survives_being_displayed(values in proptest::collection::vec(any::<String>(), 1..5)) {
        let escaped = |value: &String| {
            let digits = hex::encode(value.trim_matches(|character| character <= ' '));
            digits.as_bytes().chunks(2).flat_map(|pair| [b"\\", pair].concat()).map(char::from).collect::<String>()
        };
        let text = values.iter().map(|value| format!("O={}", escaped(value))).collect::<Vec<_>>().join(",");
        let name: DistinguishedName = text.parse().unwrap();
        let displayed = name.to_string();
        let again: DistinguishedName = displayed.parse().unwrap();
        prop_assert_eq!(again.to_string(), displayed);
    }

    #[test]
    fn any_text_is_a_name_or_an_error(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_text_of_special_characters_is_a_name_or_an_error(text in "[CNO=,;+\"\\\\#<> 0-9a-f\n\u{e9}]{0,40}") {
        check(&text);
    }
}

/// A name begins with a SEQUENCE; an error is one of names, at a place of the text.
fn check(text: &str) {
    match text.parse::<DistinguishedName>() {
        Ok(name) => assert_eq!(name.as_der()[0], 0x30),
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::MalformedName { .. }), "{error}");
            let Some(Position::Byte(at)) = error.position() else { panic!("{error}") };
            assert!(at <= text.len() && text.is_char_boundary(at), "{text:?}: {error}");
        }
    }
}
