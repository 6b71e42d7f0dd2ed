//! Properties of every `.properties` file and of every operation on it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use cassandra_props::{
    Encoding, ErrorKind, Family, InternodeTls, Operation, OptionalTls, Properties, Release, RequireClientAuth, Setting,
    Store, TlsSettings, lines,
};
use proptest::prelude::*;

/// Arbitrary bytes, or sequences of bytes with a meaning in properties files.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "\\", "\\", "\n", "\r", " ", "#", "=", ":", "a", "b", "\\u0041", "\\uD83D", "\\u0g", "\\\n",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

/// Lines as people write them, with TLS settings among them.
fn settings_file() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "# comment",
        "",
        "conf_cassandra_num_tokens = 16",
        "conf_cassandra_internode_encryption=all",
        "#conf_cassandra_require_client_auth=true",
        "conf_cassandra_keystore=/a",
        "conf_cassandra_keystore : /b\\",
        "  conf_cassandra_keystore_password=x",
        "conf_cassandra_server_encryption_keystore=/c",
        "conf_cassandra_server_encryption_optional=true",
        "# conf_cassandra_server_encryption_internode_encryption=none",
        "k=\\u00zz",
        "v=a\\",
    ]);
    (prop::collection::vec(line, 0..12), prop::sample::select(vec!["\n", "\r\n", "\r"]))
        .prop_map(|(lines, end)| lines.join(end))
}

fn operations(tls: InternodeTls) -> Vec<Operation> {
    let (keys, trust) = (Store::new("/keys/new", "new1").unwrap(), Store::new("/trust/new", "new2").unwrap());
    let settings = TlsSettings::new(keys.clone(), trust.clone())
        .client_auth(RequireClientAuth::Required)
        .optional(OptionalTls::Required);
    vec![
        tls.enable(&settings),
        tls.switch_keystore(&keys),
        tls.switch_truststore(&trust),
        tls.set_client_auth(RequireClientAuth::Required),
        tls.set_client_auth(RequireClientAuth::NotRequired),
        tls.set_optional(OptionalTls::Accepted),
        tls.set_optional(OptionalTls::Unset),
        tls.disable(),
        tls.migrate(),
    ]
}

proptest! {
    #[test]
    fn parsing_is_the_identity(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Latin1, Encoding::Utf8] {
            let file = Properties::parse_as(encoding, &bytes).unwrap();
            prop_assert_eq!(file.as_bytes(), &bytes[..]);
            let joined: Vec<u8> = lines(&bytes).flat_map(|line| line.bytes().to_vec()).collect();
            prop_assert_eq!(&joined, &bytes);
        }
    }

    #[test]
    fn a_new_property_can_be_removed_again(bytes in hostile(), value in ".{0,20}") {
        let mut file = Properties::parse(&bytes).unwrap();
        prop_assume!(file.entry("a.key").is_none());
        file.set("a.key", &value).unwrap();
        prop_assert_eq!(file.get("a.key").unwrap().unwrap(), value.as_str());
        prop_assert_eq!(file.remove("a.key"), 1);
        // Only line endings that the last line lacked may be left.
        let left = file.as_bytes().strip_prefix(&bytes[..]);
        prop_assert!(left.is_some_and(|left| left.len() <= 4 && left.iter().all(|byte| b"\r\n".contains(byte))), "{:?}", left);
    }

    #[test]
    fn what_is_set_is_read_and_every_other_property_stays(bytes in hostile(), value in ".{0,20}", place in any::<usize>()) {
        let mut file = Properties::parse(&bytes).unwrap();
        let keys: Vec<String> = file.entries().filter_map(|entry| entry.key().ok().map(String::from)).collect();
        let key = if keys.is_empty() { "a.key" } else { keys[place % keys.len()].as_str() };
        let others = |file: &Properties| {
            let entries = file.entries().filter(|entry| entry.key().ok().as_deref() != Some(key));
            let units = entries.map(|entry| (entry.key_utf16().ok(), entry.value_utf16().ok()));
            units.collect::<Vec<_>>()
        };
        let before = others(&file);
        file.set(key, &value).unwrap();
        prop_assert_eq!(file.get(key).unwrap().unwrap(), value.as_str());
        prop_assert_eq!(others(&file), before);
    }

    #[test]
    fn bytes_go_in_and_out_without_a_change(bytes in hostile()) {
        let file = Properties::from_bytes(Encoding::Utf8, bytes.clone()).unwrap();
        prop_assert_eq!(&file, &Properties::parse_as(Encoding::Utf8, &bytes).unwrap());
        prop_assert_eq!(file.into_bytes(), bytes);
    }

    /// Tests any text after a setting's name, and any end of the file.
    #[test]
    fn every_finding_is_on_a_line_of_the_file(
        setting in prop::sample::select(Setting::ALL),
        after in "[ =:\\\\u0a\r\n\t\u{e9}#]{0,8}",
        before in "(x=1|#y|\\\\|)[\r\n]?",
    ) {
        let tls = InternodeTls::new(Family::Legacy);
        let text = format!("{before}{}{after}", tls.family().key(setting));
        let file = Properties::parse(text.as_bytes()).unwrap();
        let last = text.replace("\r\n", "\n").split(['\r', '\n']).count();
        for finding in tls.lint(&file, Release::V5_0) {
            prop_assert!(finding.line().is_none_or(|line| (1..=last).contains(&line)), "{finding:?} of {text:?}");
        }
        for error in [tls.read(&file).optional().err(), tls.read(&file).internode_encryption().err()].into_iter().flatten() {
            let place = error.position().unwrap();
            prop_assert!(place.offset() <= text.len() && (1..=last).contains(&place.line()), "{error} of {text:?}");
        }
    }

    #[test]
    fn done_twice_an_operation_changes_nothing(text in settings_file(), legacy in any::<bool>()) {
        let family = if legacy { Family::Legacy } else { Family::ServerEncryption };
        for operation in operations(InternodeTls::new(family)) {
            let mut file = Properties::parse(text.as_bytes()).unwrap();
            let previewed = operation.preview(&file).unwrap();
            prop_assert_eq!(operation.apply(&mut file).unwrap(), previewed);
            let once = file.clone();
            prop_assert!(operation.apply(&mut file).unwrap().is_empty(), "{:?} twice on {:?}", operation, text);
            prop_assert_eq!(file, once);
        }
    }

    #[test]
    fn nothing_shows_a_password(text in settings_file()) {
        let mut file = Properties::parse(format!("{text}\nconf_cassandra_keystore_password=geheim1\n").as_bytes()).unwrap();
        let tls = InternodeTls::new(Family::Legacy);
        let store = Store::new("/k", "geheim2").unwrap();
        let change = tls.switch_keystore(&store).apply(&mut file).unwrap();
        let shown = format!("{} {change:?} {file:?} {store:?} {:?} {:?}", change.redacted_diff(), tls.read(&file), tls.lint(&file, Release::V2_1));
        prop_assert!(!shown.contains("geheim"), "{}", shown);
    }
}

#[test]
fn migration_moves_every_setting_and_comes_back() {
    let legacy = "a=1\nconf_cassandra_internode_encryption = all\r\n  conf_cassandra_keystore: /k\\\n  ey\nb\n";
    let mut file = Properties::parse(legacy.as_bytes()).unwrap();
    InternodeTls::new(Family::ServerEncryption).migrate().apply(&mut file).unwrap();
    assert_eq!(
        file.as_bytes(),
        b"a=1\nconf_cassandra_server_encryption_internode_encryption = all\r\n  conf_cassandra_server_encryption_keystore: /k\\\n  ey\nb\n"
    );
    assert_eq!(Family::of_file(&file), Some(Family::ServerEncryption));
    InternodeTls::new(Family::Legacy).migrate().apply(&mut file).unwrap();
    assert_eq!(file.as_bytes(), legacy.as_bytes());
}

#[test]
fn a_setting_under_both_families_is_commented_out_under_the_old_one() {
    let mut file =
        Properties::parse(b"conf_cassandra_keystore=/old\nconf_cassandra_server_encryption_keystore=/new\n").unwrap();
    InternodeTls::new(Family::ServerEncryption).migrate().apply(&mut file).unwrap();
    assert_eq!(file.as_bytes(), b"#conf_cassandra_keystore=/old\nconf_cassandra_server_encryption_keystore=/new\n");
}

#[test]
fn files_of_no_byte_of_one_byte_and_of_a_hundred_megabytes_in_one_line() {
    for byte in 0..=u8::MAX {
        let mut file = Properties::parse(&[byte]).unwrap();
        file.set("k", "v").unwrap();
        assert_eq!(file.get("k").unwrap().as_deref(), Some("v"), "{byte}");
    }
    let mut file = Properties::parse(b"").unwrap();
    assert_eq!((file.entries().count(), file.remove("k")), (0, 0));
    file.set("k", "v").unwrap();
    assert_eq!(file.as_bytes(), b"k=v\n");

    let size = 100_000_000;
    let long = [b"k=".as_slice(), &vec![b'x'; size]].concat();
    let mut file = Properties::parse(&long).unwrap();
    assert_eq!(file.get("k").unwrap().map(|value| value.len()), Some(size));
    file.set("k", "short").unwrap();
    assert_eq!(file.as_bytes(), b"k=short");
}

#[test]
fn a_key_that_ends_in_a_line_feed_is_not_that_of_the_line_before_it() {
    let mut file = Properties::parse(b"a\n").unwrap();
    assert_eq!(file.get("a\n").unwrap(), None);
    file.set("a\n", "v").unwrap();
    assert_eq!(file.as_bytes(), b"a\na\\n=v\n");
}

#[test]
fn a_malformed_escape_is_reported_with_its_place_and_the_rest_stays_usable() {
    let mut file = Properties::parse(b"a=1\n  b = x\\u12g4\nc=3\n").unwrap();
    let error = file.check().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::MalformedUnicodeEscape);
    let position = error.position().unwrap();
    assert_eq!((position.offset(), position.line(), position.column()), (11, 2, 8));
    assert_eq!(file.get("b").unwrap_err(), error);
    file.set("c", "4").unwrap();
    file.set("b", "repaired").unwrap();
    assert_eq!(file.as_bytes(), b"a=1\n  b = repaired\nc=4\n");
    file.check().unwrap();
}
