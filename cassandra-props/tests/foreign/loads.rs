//! Compares this crate with `YamlConfigurationLoader` and `EncryptionOptions` of four releases.

use std::collections::BTreeMap;
use std::fs;

use cassandra_props::{
    AnyFile, CassandraYaml, ClientEncryption, Code, Definition, Family, InternodeTls, Kind, OptionValue, Release,
    Section,
};
use tempfile::TempDir;
use test_support::{JavaProgram, Tool, cassandra_jars, output};

use crate::cassandra::VERSIONS;
use crate::values::{PAIRS, SECTIONS, TYPES, VALUES};

const PORT: &str = "legacy_ssl_storage_port_enabled";
const TLS: InternodeTls = InternodeTls::new(Family::ServerEncryption);

/// The settings of the top level that `options` reads.
const TOP: [&str; 4] = ["authenticator", "internode_authenticator", "ssl_storage_port", "native_transport_port_ssl"];

pub(crate) fn each_release_refuses_the_nulls_that_we_refuse() {
    let files = nulls();
    for (version, answers) in loaded(&files.iter().map(|(_, _, file)| file).collect::<Vec<_>>()) {
        let release: Release = version.parse().unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for ((section, name, text), answer) in files.iter().zip(answers) {
            let answer = if answer.is_none() { "!" } else { "" };
            // `options` does not refuse unknown names at the top level.
            if !section.definition(name).unwrap().is_known_to(release) {
                assert_eq!(answer, "!", "{version}: {text}");
                continue;
            }
            let file = CassandraYaml::parse(text.as_bytes()).unwrap();
            let ours = file.options(*section, release);
            assert_eq!(ours.is_err(), answer == "!", "{version}, {ours:?}: {text}");
            let found = TLS.lint(&AnyFile::parse(text.as_bytes()).unwrap(), release);
            let is_found = found.iter().any(|finding| finding.code() == Code::UnknownValue);
            assert!(*section == Section::TopLevel || is_found == (answer == "!"), "{version}, {found:?}: {text}");
            if answer == "!" { refused += 1 } else { accepted += 1 }
        }
        println!("{accepted} nulls accepted and {refused} refused, as {version} does");
        assert!(accepted > 0 && refused > accepted);
    }
}

/// Each setting without a value, in the ways in which YAML writes that.
fn nulls() -> Vec<(Section, &'static str, String)> {
    let mut files = Vec::new();
    for section in Section::ALL {
        for definition in section.definitions() {
            for null in ["", " ~", " null", " # none"] {
                let name = definition.name();
                let text = match section.name() {
                    Some(section) => format!("cluster_name: x\n{section}:\n  {name}:{null}\n"),
                    None => format!("cluster_name: x\n{name}:{null}\n"),
                };
                files.push((section, name, text));
            }
        }
    }
    files
}

pub(crate) fn the_last_of_both_names_of_a_setting_counts() {
    let [old, new] = ["enable_legacy_ssl_storage_port", PORT];
    let mut files = Vec::new();
    for [first, second] in [[old, new], [new, old]] {
        for [own, other] in [["true", "false"], ["false", "true"]] {
            for section in [
                format!("{{{first}: {own}, {second}: {other}}}"),
                format!("{{{first}: {own}, {second}: {other}, {first}: {own}}}"),
                format!("{{<<: {{{first}: {own}}}, {second}: {other}}}"),
                format!("{{{first}: {own}, <<: {{{second}: {other}}}}}"),
                format!("{{<<: {{{first}: {other}}}, {second}: {other}, {first}: {own}}}"),
                format!("{{<<: [{{{first}: {own}}}, {{{second}: {other}}}]}}"),
                format!("{{{first}: {own}}}"),
            ] {
                files.push(format!("cluster_name: x\nserver_encryption_options: {section}\n"));
            }
        }
    }
    for (version, answers) in loaded(&files.iter().collect::<Vec<_>>()) {
        let release: Release = version.parse().unwrap();
        for (text, answer) in files.iter().zip(&answers) {
            let answer = answer.as_ref().map_or("!", |read| {
                let read = [PORT, old].map(|name| read.get(&format!("server.{name}")));
                read.into_iter()
                    .flatten()
                    .next()
                    .map_or("-", |text| if *text == shown_text("true") { "true" } else { "false" })
            });
            let file = CassandraYaml::parse(text.as_bytes()).unwrap();
            let ours = match file.options(Section::Server, release) {
                Ok(options) => options.value(PORT).or(options.value(old)).cloned(),
                Err(_) => None,
            };
            let expected = answer.parse().ok().map(OptionValue::Truth);
            assert_eq!(ours, expected, "{version}, {answer}: {text}");
            let found = TLS.lint(&AnyFile::parse(text.as_bytes()).unwrap(), release);
            let is_open = found.iter().any(|finding| finding.code() == Code::LegacyPortWithoutTls);
            assert!(answer == "!" || is_open == (answer == "true"), "{version}, {answer}, {found:?}: {text}");
        }
        println!("{} files with the names of the old port are read as {version} reads them", answers.len());
    }
}

pub(crate) fn each_value_is_read_as_each_release_reads_it() {
    let mut files = Vec::new();
    for (section, name) in TYPES {
        for value in VALUES {
            let value = value.replace('\n', "\n  ");
            let text = match section.name() {
                Some(section) => format!("cluster_name: x\n{section}:\n  {name}: {value}\n"),
                None => format!("cluster_name: x\n{name}: {value}\n"),
            };
            files.push((section.definition(name), text));
        }
    }
    are_read_alike(&files);
}

pub(crate) fn merges_and_aliases_are_read_as_each_release_reads_them() {
    let (server, client) = ("server_encryption_options:", "client_encryption_options:");
    let mut files: Vec<String> = SECTIONS.iter().map(|section| format!("{server} {section}\n")).collect();
    for (own, other) in PAIRS {
        files.push(format!("{server} {own}\n{client} {other}\n"));
        files.push(format!("{client} {own}\n{server} {other}\n"));
    }
    files.push(format!("seed_provider: &a {{keystore: /k}}\n{server} *a\n"));
    files.push(format!("{server} {{keystore: &k '7001'}}\nssl_storage_port: *k\n"));
    files.push(format!("authenticator: &k X\n{client} {{keystore: *k}}\n"));
    are_read_alike(&files.into_iter().map(|file| (None, format!("cluster_name: x\n{file}"))).collect::<Vec<_>>());
}

/// Clients are served alike with every value of `enabled` and `optional`, with and without a keystore, by each class.
pub(crate) fn clients_are_served_as_each_release_serves_them() {
    let folder = TempDir::new().unwrap();
    let keystore = folder.path().join("keystore");
    fs::write(&keystore, "").unwrap();
    let (there, missing) = (format!("  keystore: {}\n", keystore.display()), "  keystore: /does/not/exist\n");
    let factory = |class: &str| format!("  ssl_context_factory:\n    class_name: {class}\n");
    let inline = format!("{}    parameters: {{private_key: x}}\n", factory("PEMBasedSslContextFactory"));
    let factories = [String::new(), factory("DefaultSslContextFactory"), factory("PEMBasedSslContextFactory"), inline];
    let mut files = Vec::new();
    for factory in factories.into_iter().chain([factory("DisableSslContextFactory")]) {
        for (keystore, exists) in [("", false), (there.as_str(), true), (missing, false)] {
            for enabled in ["", "  enabled: true\n", "  enabled: no\n"] {
                for optional in ["", "  optional: true\n", "  optional: no\n"] {
                    let section = format!("  require_client_auth: false\n{enabled}{optional}{keystore}{factory}");
                    files.push((exists, format!("cluster_name: x\nclient_encryption_options:\n{section}")));
                }
            }
        }
    }
    files.push((false, "cluster_name: x\n".to_owned()));
    for (version, answers) in loaded(&files.iter().map(|(_, file)| file).collect::<Vec<_>>()) {
        let mut compared = 0;
        for ((exists, text), answer) in files.iter().zip(answers) {
            let Some(policy) = answer.map(|mut read| read.remove("policy").unwrap()).filter(|policy| policy != "!")
            else {
                continue;
            };
            let file = CassandraYaml::parse(text.as_bytes()).unwrap();
            let ours = match file.client_encryption(version.parse().unwrap()).unwrap() {
                ClientEncryption::OptionalWithKeystore if *exists => "OPTIONAL",
                ClientEncryption::OptionalWithKeystore | ClientEncryption::Off => "UNENCRYPTED",
                ClientEncryption::Optional => "OPTIONAL",
                ClientEncryption::Required => "ENCRYPTED",
            };
            assert_eq!(ours, policy, "{version}: {text}");
            compared += 1;
        }
        println!("clients are served as {version} serves them with {compared} of {} files", files.len());
        assert!(compared > 27);
    }
}

/// Compares all values; files with a setting that the release does not know are skipped.
fn are_read_alike(files: &[(Option<&Definition>, String)]) {
    for (version, answers) in loaded(&files.iter().map(|(_, file)| file).collect::<Vec<_>>()) {
        let release: Release = version.parse().unwrap();
        let (mut read, mut refused, mut deviations) = (0, 0, Vec::new());
        for ((definition, text), theirs) in files.iter().zip(answers) {
            if definition.is_some_and(|definition| !definition.is_known_to(release)) {
                continue;
            }
            let ours = CassandraYaml::parse(text.as_bytes()).ok().and_then(|file| shown(&file, release));
            let theirs = theirs.filter(starts);
            match (&ours, &theirs) {
                (Some(ours), Some(theirs)) if ours.iter().all(|(name, value)| theirs.get(name) == Some(value)) => {
                    read += 1;
                }
                (None, None) => refused += 1,
                (None, Some(_)) => deviations.push(format!("only {version} reads {text}")),
                (Some(_), None) => deviations.push(format!("{version} refuses {text}")),
                (Some(ours), Some(theirs)) => {
                    let differs = ours.iter().filter(|(name, value)| theirs.get(*name) != Some(*value));
                    let differs: Vec<_> = differs.map(|(name, value)| (name, value, theirs.get(name))).collect();
                    deviations.push(format!("{version} reads otherwise {differs:?} {text}"));
                }
            }
        }
        println!("{read} files read and {refused} refused, as {version} does");
        assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
        assert!(read > 0 && refused > 0);
    }
}

/// Whether Cassandra can use what it has loaded: only texts in a list, and no class without a name.
fn starts(read: &BTreeMap<String, String>) -> bool {
    read.values().all(|value| !value.contains(['#', '?']) && (value == "~" || !value.contains('~')))
}

/// All settings, as `Loads` shows them; `None` if we refuse the file.
fn shown(file: &CassandraYaml, release: Release) -> Option<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (section, word) in [(Section::Server, "server"), (Section::Client, "client"), (Section::TopLevel, "top")] {
        for (name, value) in file.options(section, release).ok()?.iter() {
            let is_read = section != Section::TopLevel || TOP.contains(&name);
            // Numbers are shown as they are written.
            let is_number = section.definition(name).is_some_and(|definition| definition.kind() == Kind::Number);
            if is_read && !is_number && *value != OptionValue::Jvm {
                all.insert(format!("{word}.{name}"), shown_value(value));
            }
        }
    }
    Some(all)
}

fn shown_value(value: &OptionValue<'_>) -> String {
    let joined = |items: Vec<String>| items.join(",");
    match value {
        OptionValue::Text(text) => shown_text(text),
        OptionValue::Truth(truth) => shown_text(&truth.to_string()),
        OptionValue::List(items) => format!("[{}]", joined(items.iter().map(|item| shown_text(item)).collect())),
        OptionValue::Class { name, parameters } if parameters.is_empty() => shown_text(name),
        OptionValue::Class { name, parameters } => {
            let sorted: BTreeMap<_, _> = parameters.iter().cloned().collect();
            let shown = sorted.iter().map(|(key, value)| format!("{}:{}", shown_text(key), shown_text(value)));
            format!("{}{{{}}}", shown_text(name), joined(shown.collect()))
        }
        _ => "~".to_owned(),
    }
}

fn shown_text(text: &str) -> String {
    format!("'{}", hex::encode(text))
}

/// The values that a release reads in a file, by section and name, as `Loads` shows them.
type Read = BTreeMap<String, String>;

/// What each release reads in these files, by section and name; `None` for a file that it refuses.
fn loaded(files: &[&String]) -> Vec<(&'static str, Vec<Option<Read>>)> {
    let folder = TempDir::new().unwrap();
    let request = folder.path().join("request");
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut bytes = length(files.len()).to_vec();
    for file in files {
        bytes.extend(length(file.len()));
        bytes.extend(file.as_bytes());
    }
    fs::write(&request, bytes).unwrap();
    let mut answered = Vec::new();
    for version in VERSIONS {
        match cassandra_jars(version) {
            Ok(jars) => {
                let program = JavaProgram::compile_with("Loads", include_str!("Loads.java"), &jars);
                let answers = output(program.command_of(Tool::Java).arg(&request).args(TOP));
                let pair =
                    |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
                let read = |line: &str| (line != "!").then(|| line.split(' ').map(pair).collect());
                let answers: Vec<_> = answers.lines().map(read).collect();
                assert_eq!(answers.len(), files.len());
                answered.push((version, answers));
            }
            Err(why) => eprintln!("SKIPPED the loader of Cassandra {version}: {why}"),
        }
    }
    answered
}
