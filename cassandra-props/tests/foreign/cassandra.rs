//! Compares the table of settings with the classes of four releases of Cassandra.

use std::collections::BTreeSet;

use cassandra_props::{Definition, Release, Section};
use test_support::{JavaProgram, cassandra_jars, output};

/// The last release of each line that is still in use.
pub(crate) const VERSIONS: [&str; 4] = ["3.11.19", "4.0.19", "4.1.10", "5.0.8"];

/// Parts of the names of fields of `Config` that concern TLS.
const WORDS: [&str; 5] = ["ssl", "tls", "encryption", "authenticator", "error_reporting"];

/// Fields of `EncryptionOptions` that are not settings: a logger and computed values.
const INTERNAL: [&str; 3] = ["logger", "isEnabled", "isOptional"];

/// A failure shows the names that the table lacks, or that no class has.
pub(crate) fn the_table_has_the_fields_of_every_release() {
    let mut folders = Vec::new();
    for version in VERSIONS {
        match cassandra_jars(version) {
            Ok(folder) => folders.push((version, folder)),
            Err(why) => eprintln!("SKIPPED the settings of Cassandra {version}: {why}"),
        }
    }
    let program = JavaProgram::compile("Fields", include_str!("Fields.java"));
    let read = output(program.command().args(folders.iter().map(|(_, folder)| folder)));
    for (version, folder) in &folders {
        let release: Release = version.parse().unwrap();
        for (section, word) in [(Section::Server, "server"), (Section::Client, "client"), (Section::TopLevel, "top")] {
            let prefix = format!("{} {word} ", folder.display());
            let fields =
                read.lines().filter_map(|line| line.strip_prefix(&prefix)).filter(|name| counts(section, name));
            let fields: BTreeSet<&str> = fields.collect();
            let known = section.definitions().iter().filter(|definition| definition.is_known_to(release));
            // 4.1 and 5.0 still read the old name of a renamed setting, for which there is no field.
            let known =
                known.filter(|definition| definition.renamed_to().is_none_or(|_| !is_renamed(definition, release)));
            let known: BTreeSet<&str> = known.map(Definition::name).collect();
            assert_eq!(known, fields, "{section} of {version}");
            println!("{section} of {version}: {} settings, as its classes have them", fields.len());
        }
    }
}

fn counts(section: Section, name: &str) -> bool {
    match section {
        Section::TopLevel => WORDS.iter().any(|word| name.contains(word)),
        _ => !INTERNAL.contains(&name),
    }
}

/// Whether the release has the newer name of the setting.
fn is_renamed(definition: &Definition, release: Release) -> bool {
    let newer = definition.renamed_to().and_then(|name| Section::Server.definition(name));
    newer.is_some_and(|newer| newer.is_known_to(release))
}
