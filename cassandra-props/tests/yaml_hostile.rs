//! Hostile and unusual `cassandra.yaml` files.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use cassandra_props::{AnyFile, CassandraYaml, ErrorKind, Family, InternodeTls, Release, Section};

const TLS: InternodeTls = InternodeTls::new(Family::ServerEncryption);

fn server(entries: &str) -> Vec<u8> {
    format!("server_encryption_options:\n{entries}").into_bytes()
}

#[test]
fn a_list_that_holds_itself_is_no_text() {
    for setting in ["keystore: &a [*a]", "cipher_suites: &a [*a]", "keystore: &a [&b [*a]]"] {
        let file = CassandraYaml::parse(&server(&format!("  {setting}\n"))).unwrap();
        let error = file.options(Section::Server, Release::V4_0).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnknownValue { .. }), "{setting}: {error}");
    }
}

/// If each merge were followed every time, ten levels of ten merges would be followed 10^10 times.
#[test]
fn mappings_that_merge_each_other_many_times_are_followed_once() {
    let level = |level: usize| {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("a{level}: &a{level} {{<<: [{below}]}}\n")
    };
    let text = "a0: &a0 {keystore: /k}\n".to_owned() + &(1..40).map(level).collect::<String>();
    for merged in ["*a10", "*a39"] {
        let file = format!("{text}server_encryption_options: {{<<: {merged}}}\n");
        let found = CassandraYaml::parse(file.as_bytes()).unwrap();
        let keystore = found.value(Section::Server, "keystore");
        assert_eq!(keystore.as_deref(), (merged == "*a10").then_some("/k"), "16 merges are followed");
        TLS.lint(&AnyFile::parse(file.as_bytes()).unwrap(), Release::V5_0);
    }
    let own = "server_encryption_options: &a {<<: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]}\n";
    TLS.lint(&AnyFile::parse(own.as_bytes()).unwrap(), Release::V5_0);
}

#[test]
fn a_list_with_what_is_no_item_is_not_taken_for_the_one_that_is_wanted() {
    for list in ["[A, [B]]", "[!!binary QQ==]"] {
        let mut file = CassandraYaml::parse(&server(&format!("  cipher_suites: {list}\n"))).unwrap();
        let before = file.as_bytes().to_vec();
        let set = file.set(Section::Server, "cipher_suites", "A");
        assert!(set.is_err() || file.as_bytes() != before, "{list}: said to be done, and nothing was");
    }
}

#[test]
fn what_is_set_and_is_no_word_is_not_taken_for_a_default() {
    for entries in ["  internode_encryption:\n", "  internode_encryption: {a: b}\n"] {
        let file = AnyFile::parse(&server(entries)).unwrap();
        let error = TLS.read(&file).internode_encryption().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::UnknownValue { setting: "internode_encryption" });
    }
    let file = AnyFile::parse(&server("  require_client_auth: {}\n")).unwrap();
    assert_eq!(
        TLS.read(&file).client_auth().unwrap_err().kind(),
        &ErrorKind::UnknownValue { setting: "require_client_auth" }
    );
}
