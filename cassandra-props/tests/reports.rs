//! Problems that users reported publicly, and similar ones. Some of the files are in `tests/fixtures/reports`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use cassandra_props::{
    AnyFile, CassandraYaml, Code, ErrorKind, Family, Finding, InternodeEncryption, InternodeTls, OptionValue, PemText,
    Refusal, Release, RequireClientAuth, Section, Setting, Severity, Store, StoreContent,
};

const TLS: InternodeTls = InternodeTls::new(Family::ServerEncryption);

fn file(name: &str) -> AnyFile {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reports").join(name);
    AnyFile::parse(&std::fs::read(path).unwrap()).unwrap()
}

fn shown(finding: &Finding) -> (Code, Option<Setting>, Option<usize>) {
    (finding.code(), finding.setting(), finding.line())
}

fn found(file: &AnyFile, release: &str) -> Vec<(Code, Option<Setting>, Option<usize>)> {
    TLS.lint(file, release.parse().unwrap()).iter().map(shown).collect()
}

#[test]
fn clusters_13_a_misspelt_setting_is_found_and_that_nothing_is_encrypted() {
    assert_eq!(
        found(&file("clusters-13-typo.properties"), "4.0.17"),
        [
            (Code::NearName, Some(Setting::InternodeEncryption), Some(1)),
            (Code::NothingEncrypted, Some(Setting::Keystore), Some(2)),
        ]
    );
    assert_eq!(
        found(&file("clusters-13-client-auth.properties"), "4.0.17"),
        [(Code::NearName, Some(Setting::RequireClientAuth), Some(6))]
    );
}

#[test]
fn clusters_13_a_byte_order_mark_takes_the_first_setting_away() {
    let file = file("clusters-13-bom.properties");
    assert_eq!(TLS.read(&file).internode_encryption(), Ok(InternodeEncryption::None));
    assert_eq!(
        found(&file, "4.0.17"),
        [(Code::ByteOrderMark, None, Some(1)), (Code::NothingEncrypted, Some(Setting::Keystore), Some(2))]
    );
}

#[test]
fn clusters_15_optional_is_unknown_to_3_11() {
    let file = file("clusters-15-optional.properties");
    assert_eq!(found(&file, "3.11.19"), [(Code::UnknownSetting, Some(Setting::Optional), Some(8))]);
    assert_eq!(found(&file, "4.0.17"), [(Code::OptionalMayBeIgnored, Some(Setting::Optional), Some(8))]);
}

#[test]
fn clusters_16_settings_that_were_passed_over_are_read_and_judged() {
    let file = file("clusters-16-cipher-suites.properties");
    let suites = TLS.read(&file).value(Setting::CipherSuites).unwrap();
    assert_eq!(suites.as_deref(), Some("[TLS_RSA_WITH_AES_128_CBC_SHA]"));
    let disabled = (Code::DisabledCipherSuite, Some(Setting::CipherSuites), Some(9));
    let both = (Code::BothFamilies, Some(Setting::CipherSuites), Some(7));
    assert_eq!(found(&file, "5.0.8"), [both, disabled]);
    let outbound = (Code::UnknownSetting, Some(Setting::OutboundKeystore), Some(8));
    assert_eq!(found(&file, "4.0.19"), [outbound, both, disabled]);
}

#[test]
fn clusters_18b_client_certificates_are_bypassable_with_dc() {
    for (bytes, line) in [
        (&b"conf_cassandra_server_encryption_internode_encryption=dc\nconf_cassandra_server_encryption_require_client_auth=true\n"[..], 2),
        (b"server_encryption_options:\n  internode_encryption: rack\n  require_client_auth: yes\n", 3),
    ] {
        let file = AnyFile::parse(bytes).unwrap();
        let bypassed = (Code::ClientAuthBypassed, Some(Setting::RequireClientAuth), Some(line));
        assert!(found(&file, "4.0.17").contains(&bypassed));
    }
}

#[test]
fn clusters_26_a_comment_behind_a_value_is_part_of_it() {
    let commented = (Code::CommentInValue, Some(Setting::Keystore), Some(2));
    assert_eq!(found(&file("clusters-26-comment.properties"), "4.0.17"), [commented]);
}

#[test]
fn what_java_reads_otherwise_than_it_looks_is_found() {
    let properties = |line: &str| AnyFile::parse(line.as_bytes()).unwrap();
    let prefix = "conf_cassandra_server_encryption_";
    let blank = (Code::TrailingBlank, Some(Setting::Keystore), Some(1));
    let backslash = (Code::Backslash, Some(Setting::Keystore), Some(1));
    assert_eq!(found(&properties(&format!("{prefix}keystore=/k \n")), "4.0.17"), [blank]);
    assert_eq!(found(&properties(&format!("{prefix}keystore=/k\\keys\n")), "4.0.17"), [backslash]);
    let yaml = b"server_encryption_options:\n  truststore_password: 'a ' # quoted\n";
    let blank = (Code::TrailingBlank, Some(Setting::TruststorePassword), Some(2));
    assert_eq!(found(&AnyFile::parse(yaml).unwrap(), "4.0.17"), [blank]);
}

#[test]
fn clusters_27_stores_that_clients_see_too_are_named() {
    let shared = |setting, line| (Code::SharedFile, Some(setting), Some(line));
    assert_eq!(
        found(&file("clusters-27-client-encryption.properties"), "4.0.17"),
        [shared(Setting::Keystore, 2), shared(Setting::Truststore, 4)]
    );
    let yaml = b"server_encryption_options:\n  keystore: /k\n  truststore: /t\n  internode_encryption: all\n  keystore_password: a\n\
                 \x20 truststore_password: b\nclient_encryption_options:\n  enabled: true\n  keystore: /k\n";
    assert_eq!(found(&AnyFile::parse(yaml).unwrap(), "4.0.17"), [shared(Setting::Keystore, 2)]);
    let defaults =
        b"server_encryption_options:\n  internode_encryption: all\nclient_encryption_options:\n  enabled: true\n";
    let names = |code, setting| (code, Some(setting), None);
    let found = found(&AnyFile::parse(defaults).unwrap(), "4.0.17");
    assert!(found.contains(&names(Code::SharedFile, Setting::Keystore)), "both read conf/.keystore: {found:?}");
    assert!(found.contains(&names(Code::SharedFile, Setting::Truststore)));
}

/// From 4.0 on, `enabled: false` does not turn TLS off if `optional` is true, or not set while the keystore exists.
#[test]
fn stores_are_shared_with_clients_that_tls_is_not_enabled_for() {
    for (client, release, is_shared) in [
        ("  enabled: false\n", "3.11.19", false),
        ("  enabled: false\n  optional: true\n", "3.11.19", false),
        ("  enabled: true\n  optional: true\n", "3.11.19", true),
        ("  enabled: false\n", "4.0.19", true),
        ("  enabled: false\n  optional: true\n", "4.1.10", true),
        ("  enabled: false\n  optional: false\n", "5.0.8", false),
        ("", "5.0.8", true),
        ("  ssl_context_factory: {class_name: DisableSslContextFactory}\n", "5.0.8", false),
    ] {
        let text = format!("{SECTION}client_encryption_options:\n  keystore: /k\n  protocol: SSLv3\n{client}");
        let found = found(&AnyFile::parse(text.as_bytes()).unwrap(), release);
        assert_eq!(
            found.contains(&(Code::SharedFile, Some(Setting::Keystore), Some(3))),
            is_shared,
            "{release} {client}"
        );
        let disabled = (Code::DisabledProtocol, Some(Setting::Protocol), Some(9));
        assert_eq!(found.contains(&disabled), is_shared, "{release} {client}");
    }
}

#[test]
fn a_value_that_is_written_in_two_ways_does_not_conflict_with_itself() {
    for (values, conflicts) in [
        (["store_type: JKS", "store_type: \"JKS\""], false),
        (["keystore_password: a", "keystore_password: 'a'"], false),
        (["keystore_password: a", "keystore_password: [a]"], false),
        (["require_client_auth: yes", "require_client_auth: true"], false),
        (["cipher_suites: [a]", "cipher_suites:\n  - a"], false),
        (["keystore_password: ~", "keystore_password: '~'"], true),
        (["keystore_password: a", "keystore_password: a "], false),
        (["keystore_password: a", "keystore_password: 'a '"], true),
        (["cipher_suites: [a]", "cipher_suites: [b]"], true),
    ] {
        let text = format!("server_encryption_options:\n  {}\n  {}\n", values[0], values[1]);
        let found = found(&AnyFile::parse(text.as_bytes()).unwrap(), "5.0.8");
        let has = |wanted| found.iter().any(|(code, ..)| *code == wanted);
        assert!(has(Code::DuplicateKey), "{text}");
        assert_eq!(has(Code::ConflictingDuplicate), conflicts, "{text}");
    }
}

/// Two edits lost a comment without a word.
#[test]
fn a_comment_within_a_value_is_kept_or_the_edit_is_refused() {
    let set = |lines: &str, name: &str, value: &str| {
        let mut file = CassandraYaml::parse(lines.as_bytes()).unwrap();
        let result = file.set(Section::Server, name, value);
        (result.map_err(|error| error.kind().clone()), String::from_utf8(file.into_bytes()).unwrap())
    };
    for (before, name, value, after) in [
        (
            "server_encryption_options: # c\n  ~\n",
            "internode_encryption",
            "all",
            "server_encryption_options: # c\n    internode_encryption: all\n",
        ),
        (
            "server_encryption_options: # c\n  # d\n  null # e\nx: y\n",
            "internode_encryption",
            "all",
            "server_encryption_options: # c\n    internode_encryption: all\n  # d\n # e\nx: y\n",
        ),
        (
            "server_encryption_options:\n  keystore: |-  # note\n    /k\n  optional: true\n",
            "keystore",
            "/l",
            "server_encryption_options:\n  keystore: /l  # note\n  optional: true\n",
        ),
        (
            "server_encryption_options:\n  keystore: !!str >-  # note\n    /k\n",
            "keystore",
            "a b",
            "server_encryption_options:\n  keystore: 'a b'  # note\n",
        ),
        (
            "server_encryption_options:\n  keystore: |-  \n    /k # no comment\n",
            "keystore",
            "/l",
            "server_encryption_options:\n  keystore: /l\n",
        ),
    ] {
        assert_eq!(set(before, name, value), (Ok(()), after.to_owned()), "{before}");
    }
    for (lines, name, value) in [
        ("  keystore: !!str # c\n    /k\n", "keystore", "/l"),
        ("  cipher_suites: [a, # c\n    b]\n", "cipher_suites", "c"),
        ("  cipher_suites:\n  - a # c\n  - b\n", "cipher_suites", "c"),
    ] {
        let before = format!("server_encryption_options:\n{lines}");
        let refused = Err(ErrorKind::Refused { why: Refusal::Unclear });
        assert_eq!(set(&before, name, value), (refused, before.clone()));
    }
}

#[test]
fn clusters_37_cassandra_yaml_is_recognised_and_read_with_its_pem_files() {
    let file = file("clusters-37-cassandra.yaml");
    assert_eq!(TLS.read(&file).internode_encryption(), Ok(InternodeEncryption::All));
    assert_eq!(TLS.read(&file).client_auth(), Ok(RequireClientAuth::Required));
    assert_eq!(found(&file, "5.0.8"), []);
    let AnyFile::Yaml(yaml) = &file else { panic!("it is cassandra.yaml") };
    let options = yaml.options(Section::Server, Release::V5_0).unwrap();
    let pem = OptionValue::Class {
        name: "org.apache.cassandra.security.PEMBasedSslContextFactory".into(),
        parameters: Vec::new(),
    };
    assert_eq!(options.value("ssl_context_factory"), Some(&pem));
    assert_eq!(
        yaml.options(Section::Server, Release::V4_0).unwrap_err().to_string(),
        "\"ssl_context_factory\" is not a setting that Cassandra knows in server_encryption_options (line 6, column 5)"
    );
}

#[test]
fn clusters_39_settings_are_edited_where_they_stand_to_a_new_path() {
    let new = Store::new("/opt/apigee/data/apigee-cassandra/keystore.node0-2", "newpass").unwrap();
    let mut properties = file("clusters-27-client-encryption.properties");
    let change = TLS.switch_keystore(&new).apply(&mut properties).unwrap();
    assert_eq!(
        change.redacted_diff(),
        "-   2 conf_cassandra_server_encryption_keystore=/opt/apigee/data/apigee-cassandra/keystore.node0\n\
         -   3 conf_cassandra_server_encryption_keystore_password=********\n\
         +   2 conf_cassandra_server_encryption_keystore=/opt/apigee/data/apigee-cassandra/keystore.node0-2\n\
         +   3 conf_cassandra_server_encryption_keystore_password=********\n"
    );
    let mut yaml = file("clusters-37-cassandra.yaml");
    let change = TLS.switch_keystore(&new).apply(&mut yaml).unwrap();
    assert_eq!(
        change.redacted_diff(),
        "-   8     keystore: /etc/cassandra/node.pem\n\
         +   8     keystore: /opt/apigee/data/apigee-cassandra/keystore.node0-2\n\
         +   9     keystore_password: ********\n"
    );
    assert!(TLS.switch_keystore(&new).preview(&yaml).unwrap().is_empty());
}

const SECTION: &str = "server_encryption_options:\n  internode_encryption: all\n  keystore: /k\n  keystore_password: a\n  truststore: /t\n  \
                       truststore_password: b\n";

/// Findings in the PEM within the settings.
fn found_in_pem(file: &AnyFile, java: u32) -> Vec<(Code, Option<Setting>, Option<usize>)> {
    TLS.lint_pem(file, java, |_| None).iter().map(shown).collect()
}

fn assert_found(more: &str, release: &str, code: Code, line: usize) {
    let file = AnyFile::parse(format!("{SECTION}{more}").as_bytes()).unwrap();
    let found = [found(&file, release), found_in_pem(&file, 17)].concat();
    assert!(found.iter().any(|(own, _, at)| (*own, *at) == (code, Some(line))), "{more}: {found:?}");
}

#[test]
fn findings_of_pem_stand_at_the_factory() {
    for (more, release, code, line) in [
        (
            "  ssl_context_factory:\n    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory\n    parameters:\n      \
             private_key: x\n",
            "4.1.10",
            Code::InlinePem,
            7,
        ),
        (
            "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters:\n      private_key: x\n",
            "4.1.10",
            Code::InlineBesideFile,
            3,
        ),
        (
            "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters:\n      trusted_certificates: x\n",
            "4.1.10",
            Code::PemCertificates,
            7,
        ),
        (
            "  ssl_context_factory:\n    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory\n    parameters:\n      \
             outbound_private_key: x\n",
            "5.0.8",
            Code::UnusedOutboundKey,
            7,
        ),
        (
            "  ssl_context_factory:\n    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory\n    parameters:\n      \
             private_key: x\n",
            "4.1.10",
            Code::PemKey,
            7,
        ),
        (
            "  ssl_context_factory:\n    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory\n    parameters:\n      \
             private_key_password: x\n      private_key: |\n        -----BEGIN ENCRYPTED PRIVATE KEY-----\n        \
             MCowHgYJKoZIhvcNAQUNMBEwADANBglghkgBZQMEASoEAAQIAAAAAAAAAAA=\n        -----END ENCRYPTED PRIVATE KEY-----\n",
            "5.0.8",
            Code::PemKeyNeedsJava25,
            7,
        ),
        (
            "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters: {private_key_password: x}\n",
            "4.1.10",
            Code::KeyPasswordsDiffer,
            4,
        ),
    ] {
        assert_found(more, release, code, line);
    }
}

/// `PEMBasedSslContextFactory` uses `keystore_password` for an inline key without a password of its own.
#[test]
fn an_inline_key_is_opened_with_the_password_of_the_keystore() {
    let key = "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters:\n      private_key: |\n        \
               -----BEGIN ENCRYPTED PRIVATE KEY-----\n        MB4wGAYKKoZIhvcNAQwBAzAKBAgAAAAAAAAAAAQCAAA=\n        \
               -----END ENCRYPTED PRIVATE KEY-----\n";
    let codes = |password: &str| {
        let text = format!("server_encryption_options:\n  internode_encryption: all\n{password}{key}");
        let found = found_in_pem(&AnyFile::parse(text.as_bytes()).unwrap(), 17);
        found.into_iter().any(|(code, ..)| code == Code::PemKey)
    };
    assert!(codes("") && !codes("  keystore_password: a\n"));
}

/// Java 25 opens keys that Java 17 does not, wherever the PEM is.
#[test]
fn an_inline_key_is_judged_for_the_given_java() {
    let key = "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters:\n      private_key_password: x\n      \
               private_key: |\n        -----BEGIN ENCRYPTED PRIVATE KEY-----\n        \
               MCowHgYJKoZIhvcNAQUNMBEwADANBglghkgBZQMEASoEAAQIAAAAAAAAAAA=\n        -----END ENCRYPTED PRIVATE KEY-----\n        \
               -----BEGIN CERTIFICATE-----\n        MAA=\n        -----END CERTIFICATE-----\n";
    let file = AnyFile::parse(format!("server_encryption_options:\n{key}").as_bytes()).unwrap();
    let needs = (Code::PemKeyNeedsJava25, Some(Setting::SslContextFactory), Some(2));
    assert_eq!(found_in_pem(&file, 17), [needs]);
    assert_eq!(found_in_pem(&file, 25), []);
    let found = found(&file, "5.0.8");
    assert_eq!(
        found,
        [(Code::InlinePem, Some(Setting::SslContextFactory), Some(2))],
        "`lint` does not know which Java it is"
    );
}

#[test]
fn an_outbound_keystore_in_pem_is_opened_with_its_own_password() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let sealed = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMB4wGAYKKoZIhvcNAQwBAzAKBAgAAAAAAAAAAAQCAAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let sealed = [sealed, certificate].concat();
    let codes = |outbound: &str, passwords: &str| {
        let text = format!(
            "server_encryption_options:\n  outbound_keystore: /o\n  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n{passwords}"
        );
        let file = CassandraYaml::parse(text.as_bytes()).unwrap();
        let read = |setting| (setting == Setting::OutboundKeystore).then(|| PemText::read(outbound));
        let found = TLS.lint_pem(&file, 17, read);
        found.iter().map(|finding| (finding.code(), finding.setting(), finding.line())).collect::<Vec<_>>()
    };
    let (outbound, line) = (Some(Setting::OutboundKeystore), Some(2));
    let (key, certificates) = ((Code::PemKey, outbound, line), (Code::PemCertificates, outbound, line));
    assert_eq!(codes("", ""), [key, certificates]);
    assert_eq!(codes(&sealed, ""), [key]);
    for password in [
        "  outbound_keystore_password: a\n",
        "  keystore_password: a\n",
        "    parameters: {outbound_private_key_password: a}\n",
        "    parameters: {private_key_password: a}\n",
    ] {
        assert_eq!(codes(&sealed, password), [], "{password}");
    }
    // An empty password is a password to `StringUtils.defaultString`, and none to `PEMReader`.
    assert_eq!(codes(&sealed, "  outbound_keystore_password: ''\n  keystore_password: a\n"), [key]);
    // Cassandra dials with the inline key, and does not start if the file exists.
    let inline = "    parameters: {private_key: x}\n";
    assert!(codes("", inline).iter().all(|(_, setting, _)| *setting == Some(Setting::SslContextFactory)));
    let file = AnyFile::parse(format!("server_encryption_options:\n  outbound_keystore: /o\n  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n{inline}").as_bytes()).unwrap();
    assert!(found(&file, "5.0.8").contains(&(Code::InlineBesideFile, outbound, line)));
}

/// The caller provides the content of the files, as with other stores.
#[test]
fn pem_in_the_files_that_the_settings_name_is_judged() {
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMCowHgYJKoZIhvcNAQUNMBEwADANBglghkgBZQMEASoEAAQIAAAAAAAAAAA=\n\
                     -----END ENCRYPTED PRIVATE KEY-----\n";
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let yaml = |lines: &str| {
        let text = format!("server_encryption_options:\n  keystore: /k\n  truststore: /t\n{lines}");
        CassandraYaml::parse(text.as_bytes()).unwrap()
    };
    let (key, trust) = ([encrypted, certificate].concat(), PemText::read(certificate));
    let factory = "  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n";
    let with_password = [factory, "  keystore_password: a\n"].concat();
    let own = "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters: {private_key: x}\n";
    let key_password = "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n    parameters: {private_key_password: x}\n";
    let nothing = PemText::read("");
    for (lines, key, trust, java, expected) in [
        ("", "", &nothing, 17, vec![]),
        (factory, key.as_str(), &trust, 25, vec![(Code::PemKey, Some(2))]),
        (&with_password, &key, &trust, 17, vec![(Code::PemKeyNeedsJava25, Some(2))]),
        (&with_password, &key, &trust, 25, vec![]),
        (
            &with_password,
            encrypted,
            &nothing,
            25,
            vec![(Code::PemCertificates, Some(2)), (Code::PemCertificates, Some(3))],
        ),
        (own, "", &trust, 17, vec![(Code::PemKey, Some(4)), (Code::PemCertificates, Some(4))]),
        (key_password, &key, &trust, 25, vec![]),
    ] {
        let read = |setting| match setting {
            Setting::Keystore => Some(PemText::read(key)),
            _ => Some(trust.clone()),
        };
        let found = TLS.lint_pem(&yaml(lines), java, read);
        let found: Vec<_> = found.iter().map(|finding| (finding.code(), finding.line())).collect();
        assert_eq!(found, expected, "{lines}");
    }
}

#[test]
fn findings_of_cassandra_yaml_stand_at_their_lines() {
    for (more, release, code, line) in [
        ("  requireclientauth: true\n", "5.0.8", Code::NearName, 7),
        ("  obsolete_thing: true\n", "5.0.8", Code::UnknownName, 7),
        ("  enable_legacy_ssl_storage_port: true\n", "4.1.10", Code::OldName, 7),
        (
            "  enable_legacy_ssl_storage_port: true\n  legacy_ssl_storage_port_enabled: true\n",
            "5.0.8",
            Code::BothNames,
            7,
        ),
        ("  legacy_ssl_storage_port_enabled: true\n", "5.0.8", Code::LegacyPortLeft, 7),
        ("  legacy_ssl_storage_port_enabled: true\n", "4.0.19", Code::UnknownSetting, 7),
        ("  keystore: /k\n", "5.0.8", Code::DuplicateKey, 7),
        ("  store_type: BCFKS\n", "4.0.19", Code::StoreTypeNeedsProvider, 7),
        ("  algorithm: X.509\n", "4.0.19", Code::UnknownAlgorithm, 7),
        ("  protocol: TLSv1.1\n", "4.0.19", Code::DisabledProtocol, 7),
        ("  accepted_protocols: [TLSv1, TLSv1.1]\n", "4.0.19", Code::DisabledProtocol, 7),
        ("  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n", "4.0.19", Code::DisabledCipherSuite, 7),
        ("  ssl_context_factory:\n    class_name: com.example.Keys\n", "4.1.10", Code::ForeignFactory, 7),
        (
            "internode_authenticator:\n  class_name: org.apache.cassandra.auth.MutualTlsInternodeAuthenticator\n",
            "5.0.8",
            Code::IdentitiesNeedTls,
            7,
        ),
        (
            "  require_client_auth: true\ninternode_authenticator:\n  class_name: \
             org.apache.cassandra.auth.MutualTlsInternodeAuthenticator\n",
            "5.0.8",
            Code::IdentitiesReadAtStart,
            8,
        ),
        ("client_encryption_options:\n  outbound_keystore: /o\n", "5.0.8", Code::UnknownName, 8),
        ("client_encryption_options:\n  ssl_context_factory: x\n", "4.0.19", Code::UnknownSetting, 8),
        ("client_encryption_option:\n  enabled: true\n", "5.0.8", Code::UnknownName, 7),
        ("encryption_options:\n  keystore: /k\n", "4.0.19", Code::UnknownSetting, 7),
        ("client_encryption_options:\n  enabled: true\n  protocol: SSLv3\n", "5.0.8", Code::DisabledProtocol, 9),
        (
            "client_encryption_options:\n  enabled: true\n  store_type: BCFKS\n",
            "5.0.8",
            Code::StoreTypeNeedsProvider,
            9,
        ),
    ] {
        assert_found(more, release, code, line);
    }
    let good = AnyFile::parse(SECTION.as_bytes()).unwrap();
    assert_eq!(found(&good, "5.0.8"), []);
}

#[test]
fn an_upgrade_from_3_11_with_tls_needs_the_old_port() {
    let mut file = CassandraYaml::parse(SECTION.as_bytes()).unwrap();
    let (from, to) = (Release::V3_11, Release::V4_0);
    let codes = |file: &CassandraYaml| TLS.lint_upgrade(file, from, to).iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes(&file), [Code::LegacyPortMissing]);
    file.set(Section::Server, "enable_legacy_ssl_storage_port", "true").unwrap();
    assert_eq!(codes(&file), []);
    file.set(Section::Server, "internode_encryption", "none").unwrap();
    assert!(codes(&file).contains(&Code::LegacyPortWithoutTls));
}

#[test]
fn dc_with_a_snitch_that_knows_one_data_centre_encrypts_nothing() {
    let file = b"endpoint_snitch: SimpleSnitch\nserver_encryption_options:\n  internode_encryption: dc\n";
    let found = found(&AnyFile::parse(file).unwrap(), "4.0.17");
    assert!(found.contains(&(Code::OneDataCentre, Some(Setting::InternodeEncryption), Some(3))));
}

#[test]
fn a_password_that_is_not_set_has_no_default_from_4_1_on() {
    let file = b"server_encryption_options:\n  internode_encryption: all\n  keystore: /k\n  truststore: /t\n";
    let file = AnyFile::parse(file).unwrap();
    let both = |code| [(code, Some(Setting::KeystorePassword), None), (code, Some(Setting::TruststorePassword), None)];
    assert_eq!(found(&file, "4.0.17"), both(Code::MissingStore));
    assert_eq!(found(&file, "4.1.10"), both(Code::PasswordDefaultGone));
}

/// Cassandra looks for a class without a package in its own package.
#[test]
fn a_class_of_cassandras_own_may_stand_without_its_package() {
    let codes = |lines: &str| {
        let text = format!("server_encryption_options:\n  internode_encryption: all\n{lines}");
        let file = CassandraYaml::parse(text.as_bytes()).unwrap();
        let tls = InternodeTls::new(Family::ServerEncryption);
        tls.lint(&file, Release::V5_0).iter().map(Finding::code).collect::<Vec<_>>()
    };
    let pem = codes(
        "  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n  keystore: /k.pem\n  truststore: /t.pem\n",
    );
    assert_eq!(pem, []);
    let listed = codes(
        "  ssl_context_factory:\n    - class_name: PEMBasedSslContextFactory\n      parameters:\n        - private_key: x\n  truststore: /t.pem\n",
    );
    assert_eq!(listed, [Code::InlinePem], "the form of `seed_provider`");
    let own =
        codes("  ssl_context_factory: {class_name: DefaultSslContextFactory}\n  keystore: /k\n  truststore: /t\n");
    assert_eq!(own, [Code::PasswordDefaultGone; 2]);
    for foreign in ["com.example.Own", "com.example.DefaultSslContextFactory"] {
        assert_eq!(codes(&format!("  ssl_context_factory: {{class_name: {foreign}}}\n")), [Code::ForeignFactory]);
    }
}

/// The settings said BCFKS, the files were JKS, and there was no finding.
#[test]
fn a_store_of_another_type_than_the_settings_say_is_found() {
    let yaml = |lines: &str| {
        CassandraYaml::parse(format!("server_encryption_options:\n  keystore: /k\n{lines}").as_bytes()).unwrap()
    };
    let tls = InternodeTls::new(Family::ServerEncryption);
    let pem = "  ssl_context_factory: {class_name: PEMBasedSslContextFactory}\n";
    for (lines, content, java, line) in [
        ("  store_type: BCFKS\n", StoreContent::Jks, 17, Some(Some(3))),
        ("  store_type: bcfks\n", StoreContent::Bcfks, 17, None),
        ("", StoreContent::Pkcs12, 8, None),
        ("", StoreContent::Pem, 17, Some(None)),
        ("  store_type: PKCS12\n", StoreContent::Jks, 8, Some(Some(3))),
        ("  store_type: PKCS12\n", StoreContent::Jks, 11, None),
        ("  store_type: HSM\n", StoreContent::Jks, 17, None),
        (pem, StoreContent::Pem, 17, None),
        (pem, StoreContent::Pkcs12, 17, Some(Some(3))),
        ("  ssl_context_factory: {class_name: com.example.Own}\n", StoreContent::Pem, 17, None),
        ("  ssl_context_factory: {class_name: com.example.DefaultSslContextFactory}\n", StoreContent::Pem, 17, None),
    ] {
        let found = tls.lint_store_type(&yaml(lines), content, java);
        assert_eq!(found.as_ref().map(Finding::line), line, "{lines} {content:?} {java}");
        assert!(found.is_none_or(|found| found.code() == Code::StoreTypeMismatch));
    }
}

/// The library said of `ssl_context_factory` that Cassandra does not know it.
#[test]
fn a_mapping_is_not_set_and_not_called_unknown() {
    let text = "server_encryption_options:\n  keystore: /k\n  ssl_context_factory: {class_name: x}\n";
    let why = "not edited: the value of this setting is a mapping, or may be one: edit it by hand";
    for (section, name, place) in [
        (Section::Server, "ssl_context_factory", " (line 3, column 24)"),
        (Section::TopLevel, "server_encryption_options", " (line 2, column 3)"),
        (Section::TopLevel, "authenticator", ""),
    ] {
        let mut file = CassandraYaml::parse(text.as_bytes()).unwrap();
        let error = file.set(section, name, "x").unwrap_err();
        assert_eq!(error.to_string(), format!("{why}{place}"), "{name}");
        assert_eq!(file.as_bytes(), text.as_bytes());
    }
}

#[test]
fn both_names_of_a_setting_are_a_warning_and_the_last_counts() {
    let [old, new] = ["enable_legacy_ssl_storage_port", "legacy_ssl_storage_port_enabled"];
    for (first, second, is_open) in [
        ((old, "true"), (new, "false"), false),
        ((new, "false"), (old, "true"), true),
        ((new, "true"), (old, "false"), false),
    ] {
        let more = format!("  {}: {}\n  {}: {}\n", first.0, first.1, second.0, second.1);
        let file = AnyFile::parse(format!("{SECTION}{more}").as_bytes()).unwrap();
        for release in ["4.1.10", "5.0.8"] {
            let findings = TLS.lint(&file, release.parse().unwrap());
            let both = findings.iter().find(|finding| finding.code() == Code::BothNames).unwrap();
            assert_eq!(both.severity(), Severity::Warning);
            assert_eq!(findings.iter().any(|finding| finding.code() == Code::LegacyPortLeft), is_open, "{more}");
        }
    }
}

/// Run with `SSLFactory.validateSslContext` of 4.0.19, 4.1.10 and 5.0.8, and with `SSLContext` and `SSLEngine` of Java 8, 17, 25.
#[test]
fn protocols_are_judged_together_and_by_release() {
    let (protocol, accepted) = (Setting::Protocol, Setting::AcceptedProtocols);
    for (lines, on_3_11, later) in [
        ("  protocol: SSL\n", vec![], vec![(Code::UnknownProtocol, protocol)]),
        ("  protocol: ssl\n", vec![], vec![(Code::UnknownProtocol, protocol)]),
        ("  protocol: tls\n", vec![], vec![]),
        ("  protocol: tlsv1.2\n", vec![], vec![(Code::UnknownProtocol, protocol)]),
        ("  protocol: tlsv1\n", vec![(Code::DisabledProtocol, protocol)], vec![(Code::UnknownProtocol, protocol)]),
        ("  protocol: TLSv1\n", vec![(Code::DisabledProtocol, protocol)], vec![(Code::DisabledProtocol, protocol)]),
        ("  protocol: foo\n", vec![(Code::UnknownProtocol, protocol)], vec![(Code::UnknownProtocol, protocol)]),
    ] {
        for (release, expected) in [("3.11.19", &on_3_11), ("4.0.19", &later), ("5.0.8", &later)] {
            assert_eq!(&protocols(lines, release), expected, "{release}: {lines}");
        }
    }
    for (lines, expected) in [
        ("  protocol: TLSv1.2\n  accepted_protocols: [TLSv1]\n", vec![]),
        ("  protocol: TLSv1\n  accepted_protocols: [TLSv1.2]\n", vec![]),
        ("  accepted_protocols: [SSLv2Hello, TLSv1.2]\n", vec![]),
        ("  protocol: TLS\n  accepted_protocols: [TLSv1]\n", vec![(Code::DisabledProtocol, accepted)]),
        (
            "  protocol: TLSv1\n  accepted_protocols: [TLSv1.1]\n",
            vec![(Code::DisabledProtocol, protocol), (Code::DisabledProtocol, accepted)],
        ),
        ("  protocol: SSL\n  accepted_protocols: [TLSv1.2]\n", vec![(Code::UnknownProtocol, protocol)]),
        ("  protocol: TLSv1.2\n  accepted_protocols: [TLS]\n", vec![(Code::UnknownProtocol, accepted)]),
    ] {
        for release in ["4.0.19", "5.0.8"] {
            assert_eq!(protocols(lines, release), expected, "{release}: {lines}");
        }
    }
}

fn protocols(lines: &str, release: &str) -> Vec<(Code, Setting)> {
    let file = AnyFile::parse(format!("{SECTION}{lines}").as_bytes()).unwrap();
    let found = TLS.lint(&file, release.parse().unwrap()).into_iter();
    let found = found.filter(|finding| matches!(finding.code(), Code::DisabledProtocol | Code::UnknownProtocol));
    found.map(|finding| (finding.code(), finding.setting().unwrap())).collect()
}

/// 4.1.10 and 5.0.8 refuse the first, 4.0.19 accepts the second.
#[test]
fn a_setting_without_a_value_is_judged_by_release() {
    let read = |name: &str, release| {
        let file = format!("server_encryption_options:\n  {name}:\n");
        let file = CassandraYaml::parse(file.as_bytes()).unwrap();
        file.options(Section::Server, release).map(|options| options.value(name) == Some(&OptionValue::Unset))
    };
    for name in ["keystore", "truststore", "store_type", "ssl_context_factory"] {
        for release in [Release::V4_1, Release::V5_0] {
            let error = read(name, release).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the value of {name} is not valid (line 2, column {})", name.len() + 4)
            );
        }
    }
    for name in ["cipher_suites", "algorithm"] {
        assert_eq!(read(name, Release::V4_0), Ok(true));
        assert!(read(name, Release::V3_11).is_err());
    }
}

/// The library refused every file with a section, as if the section were the name of a class.
#[test]
fn the_top_level_is_read_beside_its_sections() {
    let text =
        "server_encryption_options:\n  keystore: /k\nssl_storage_port: 7011\nauthenticator: AllowAllAuthenticator\n";
    let more = "internode_error_reporting_exclusions:\n  subnets: [127.0.0.1]\n";
    for (text, release) in [(text.to_owned(), Release::V3_11), (format!("{text}{more}"), Release::V5_0)] {
        let file = CassandraYaml::parse(text.as_bytes()).unwrap();
        let options = file.options(Section::TopLevel, release).unwrap();
        assert_eq!(options.value("ssl_storage_port"), Some(&OptionValue::Text("7011".into())));
        assert!(matches!(options.value("authenticator"), Some(OptionValue::Class { .. })));
        assert_eq!(options.value("server_encryption_options"), None);
    }
    let file = CassandraYaml::parse(b"client_encryption_options: x\n").unwrap();
    let error = file.options(Section::TopLevel, Release::V5_0).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::UnknownValue { setting: "client_encryption_options" });
}

#[test]
fn a_setting_that_is_not_about_tls_is_called_that() {
    let mut file = CassandraYaml::parse(b"num_tokens: 16\n").unwrap();
    let error = file.set(Section::TopLevel, "num_tokens", "32").unwrap_err();
    let edited = "outside of the sections only ssl_storage_port and native_transport_port_ssl are edited";
    assert_eq!(error.to_string(), format!("\"num_tokens\" is not a TLS setting; {edited}"));
    file.set(Section::TopLevel, "ssl_storage_port", "7011").unwrap();
}
