//! Properties of every `cassandra.yaml` and of every operation on it.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use cassandra_props::{
    CassandraYaml, ErrorKind, Family, InternodeTls, OptionalTls, Release, RequireClientAuth, Section, Store,
    TlsSettings,
};
use proptest::prelude::*;

/// Arbitrary bytes, or sequences of texts with a meaning in YAML.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "server_encryption_options:",
        "keystore:",
        "optional:",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "#",
        ": ",
        "- ",
        "? ",
        "|",
        ">",
        "'",
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "<<: ",
        "---",
        "...",
        "%",
        "@",
        "\r",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "a",
        "é",
        "0123",
    ]);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

/// Files as people write them.
fn written() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "cluster_name: 'x'",
        "",
        "# a comment",
        "server_encryption_options:",
        "    internode_encryption: none",
        "    keystore: conf/.keystore # the old one",
        "    keystore_password: 'a b'",
        "    #keystore: conf/.keystore",
        "    # require_client_auth: false",
        "    optional: yes",
        "    protocol: >-\n        TLS",
        "client_encryption_options:",
        "    enabled: false",
        "#    truststore: x",
        "num_tokens: 16",
    ]);
    (prop::collection::vec(line, 0..14), prop::sample::select(vec!["\n", "\r\n"]))
        .prop_map(|(lines, end)| lines.join(end))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(any::<char>(), 0..8)
            .prop_map(|chars| chars.into_iter().filter(|char| *char != '\0').collect()),
        prop::sample::select(vec!["yes", "0123", "~", "a #b", "a: b", "- x", "it's", " ", "\n", "/a/b"])
            .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn a_file_is_kept_to_the_byte_or_refused(bytes in hostile()) {
        if let Ok(file) = CassandraYaml::parse(&bytes) {
            prop_assert_eq!(file.as_bytes(), &bytes[..]);
            prop_assert_eq!(file.clone().into_bytes(), bytes);
        }
    }

    #[test]
    fn reading_and_linting_end_for_every_file(bytes in hostile()) {
        if let Ok(file) = CassandraYaml::parse(&bytes) {
            for release in Release::LINES {
                let _ = file.options(Section::Server, *release);
                let _ = InternodeTls::new(Family::Legacy).lint(&file, *release);
            }
        }
    }

    #[test]
    fn an_edit_is_read_and_done_twice_changes_nothing(
        file in prop_oneof![written().prop_map(String::into_bytes), hostile()], value in text()
    ) {
        let Ok(before) = CassandraYaml::parse(&file) else { return Ok(()) };
        let mut after = before.clone();
        match after.set(Section::Server, "keystore_password", &value) {
            Ok(()) => {
                let read = after.value(Section::Server, "keystore_password");
                prop_assert_eq!(read.as_deref(), Some(value.as_str()));
                drop(read);
                let mut again = CassandraYaml::parse(after.as_bytes()).unwrap();
                again.set(Section::Server, "keystore_password", &value).unwrap();
                prop_assert_eq!(&again, &after);
                again.remove(Section::Server, "keystore_password").ok();
                prop_assert!(CassandraYaml::parse(again.as_bytes()).is_ok());
            }
            Err(error) => {
                let is_refusal = matches!(error.kind(), ErrorKind::Refused { .. });
                prop_assert!(is_refusal);
                prop_assert_eq!(after, before);
            }
        }
    }

    #[test]
    fn edits_of_different_settings_commute(file in written(), first in text(), second in text()) {
        let Ok(file) = CassandraYaml::parse(file.as_bytes()) else { return Ok(()) };
        let done = |edits: [(&str, &str); 2]| {
            let mut file = file.clone();
            edits.iter().all(|(name, value)| file.set(Section::Server, name, value).is_ok()).then_some(file)
        };
        let edits = [("keystore", first.as_str()), ("truststore_password", second.as_str())];
        let (there, back) = (done(edits), done([edits[1], edits[0]]));
        prop_assert_eq!(there.is_some(), back.is_some());
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert_eq!(sorted(&there), sorted(&back));
            for (name, value) in edits {
                let read = there.value(Section::Server, name);
                prop_assert_eq!(read.as_deref(), Some(value));
            }
        }
    }

    #[test]
    fn an_operation_done_twice_changes_nothing_the_second_time(file in written()) {
        let Ok(mut file) = CassandraYaml::parse(file.as_bytes()) else { return Ok(()) };
        let tls = InternodeTls::new(Family::ServerEncryption);
        let (keys, trust) = (Store::new("/k", "0123").unwrap(), Store::new("/t", "a #b").unwrap());
        let settings = TlsSettings::new(keys.clone(), trust.clone()).client_auth(RequireClientAuth::Required);
        for operation in [
            tls.enable(&settings.optional(OptionalTls::Accepted)),
            tls.switch_keystore(&keys),
            tls.switch_truststore(&trust),
            tls.set_client_auth(RequireClientAuth::NotRequired),
            tls.set_optional(OptionalTls::Unset),
            tls.disable(),
            tls.migrate(),
        ] {
            let before = file.clone();
            if let Ok(change) = operation.apply(&mut file) {
                prop_assert_eq!(change.is_empty(), file == before);
                prop_assert!(!change.redacted_diff().contains("0123"));
                prop_assert!(operation.preview(&file).unwrap().is_empty());
            } else {
                prop_assert_eq!(&file, &before);
            }
        }
    }
}

/// Found by the test above: the last character before a new line may have several bytes.
#[test]
fn a_line_after_a_line_separator_of_unicode_is_added() {
    for end in ["\u{85}", "\u{2028}", "# \u{e9}"] {
        let file = format!("server_encryption_options: {end}");
        let mut file = CassandraYaml::parse(file.as_bytes()).unwrap();
        file.set(Section::Server, "keystore_password", "x").unwrap();
        assert_eq!(file.value(Section::Server, "keystore_password").as_deref(), Some("x"));
    }
}

/// The sorted lines of a file. Where a new line has no sibling, its place depends on the order of the edits.
fn sorted(file: &CassandraYaml) -> Vec<&[u8]> {
    let mut lines: Vec<_> =
        file.as_bytes().split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines
}
