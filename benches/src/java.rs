//! Measures operations in Java, in one virtual machine.

use std::collections::BTreeMap;
use std::fs;

use keystore_core::{Profile, Protection, jks, pkcs12};
use tempfile::TempDir;
use test_support::{JavaProgram, Tool, output};

use crate::fixture::{keystore, password, path, rng, truststore};
use crate::operation::Effort;
use crate::{bcfks, properties, yaml};

const BOUNCY_CASTLE: Tool = Tool::Jar("org.bouncycastle:bcprov-jdk18on:1.86");
const SNAKE_YAML: Tool = Tool::Jar("org.yaml:snakeyaml:2.1");

/// The rivals that cannot be measured on this machine or in this build, with the reasons.
pub fn missing_rivals() -> Vec<String> {
    let tools = [
        ("Java: no JDK was found", Tool::Javac),
        ("keytool: no JDK was found", Tool::Keytool),
        ("Bouncy Castle: its library is not available here", BOUNCY_CASTLE),
        ("SnakeYAML: its library is not available here", SNAKE_YAML),
    ];
    let features = [
        ("OpenSSL: built without the feature openssl", cfg!(feature = "openssl")),
        ("aws-lc-rs: built without the feature aws-lc", cfg!(feature = "aws-lc")),
    ];
    let tools = tools.into_iter().filter(|(_, tool)| tool.find().is_none()).map(|(name, _)| name);
    let features = features.into_iter().filter(|(_, is_on)| !is_on).map(|(name, _)| name);
    tools.chain(features).map(str::to_owned).collect()
}

/// Java's median times in nanoseconds, by the beginning of the operation's name.
///
/// Returns `None` if there is no JDK.
///
/// Java measures itself, not in turn with the other contestants. Every operation except the generation of keys is warmed up
/// first.
pub fn java_rows(effort: Effort) -> Option<BTreeMap<String, f64>> {
    if [Tool::Java, Tool::Javac].iter().any(|tool| tool.find().is_none()) {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let profile = Profile::JAVA_17;
    let files = [
        ("trust.jks", jks::encode(&truststore(1_000), &password()).unwrap()),
        ("trust.p12", pkcs12::encode(&truststore(1_000), &password(), &profile, &mut rng()).unwrap()),
        ("key.p12", pkcs12::encode(&keystore(Protection::Pkcs12(profile)), &password(), &profile, &mut rng()).unwrap()),
        ("large.properties", properties::file(10_000_000).to_vec()),
        ("small.properties", properties::file(100_000).to_vec()),
        ("leaf.der", path()[0].to_vec()),
        ("intermediate.der", path()[1].to_vec()),
        ("root.der", path()[2].to_vec()),
    ];
    let program = JavaProgram::compile("Bench", include_str!("Bench.java"));
    let mut command = program.optimised_command();
    for (name, bytes) in files {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        command.arg(file);
    }
    // The libraries and the files that they read, if they are available.
    if let Some(jar) = BOUNCY_CASTLE.find() {
        let file = |count: usize| {
            let file = folder.path().join(format!("{count}.bcfks"));
            fs::write(&file, bcfks::file(count)).unwrap();
            file
        };
        command.env("BENCH_BCFKS", std::env::join_paths([jar, file(1), file(1_000)]).unwrap());
    }
    if let Some(jar) = SNAKE_YAML.find() {
        let file = folder.path().join("cassandra.yaml");
        fs::write(&file, yaml::file()).unwrap();
        command.env("BENCH_YAML", std::env::join_paths([jar, file]).unwrap());
    }
    if effort == Effort::Full {
        command.arg("full");
    }
    let row = |line: &str| {
        let (name, nanoseconds) = line.split_once('\t').unwrap();
        (name.to_owned(), nanoseconds.parse().unwrap())
    };
    Some(output(&mut command).lines().map(row).collect())
}
