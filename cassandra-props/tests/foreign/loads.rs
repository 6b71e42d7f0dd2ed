//! Compares this crate with `YamlConfigurationLoader` of four releases: settings without a value, and both names of one setting.

use std::fs;

use cassandra_props::{AnyFile, CassandraYaml, Code, Family, InternodeTls, OptionValue, Release, Section};
use tempfile::TempDir;
use test_support::{JavaProgram, Tool, cassandra_jars, output};

use crate::cassandra::VERSIONS;

const PORT: &str = "legacy_ssl_storage_port_enabled";
const TLS: InternodeTls = InternodeTls::new(Family::ServerEncryption);

pub(crate) fn each_release_refuses_the_nulls_that_we_refuse() {
    let files = nulls();
    for (version, answers) in loaded(&files.iter().map(|(_, _, file)| file).collect::<Vec<_>>()) {
        let release: Release = version.parse().unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for ((section, name, text), answer) in files.iter().zip(answers) {
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

/// What each release answers to these files.
fn loaded(files: &[&String]) -> Vec<(&'static str, Vec<String>)> {
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
                let answers = output(program.command_of(Tool::Java).arg(&request));
                let answers: Vec<String> = answers.lines().map(str::to_owned).collect();
                assert_eq!(answers.len(), files.len());
                answered.push((version, answers));
            }
            Err(why) => eprintln!("SKIPPED the loader of Cassandra {version}: {why}"),
        }
    }
    answered
}
