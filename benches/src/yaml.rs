//! `cassandra.yaml`.

use std::fmt::Write as _;

use cassandra_props::{CassandraYaml, Section};
use memchr::memchr_iter;

use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(_: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("cassandra.yaml", filter) {
        return Vec::new();
    }
    vec![parse(), edit()]
}

/// As Cassandra's own: 150 kB, of which almost all is comments, with a hundred settings and both sections.
fn file() -> &'static [u8] {
    let mut text = String::from("# Cassandra storage config YAML\n\ncluster_name: 'Test Cluster'\n");
    for number in 0..100 {
        for line in 0..20 {
            let _ = writeln!(text, "# Line {line} of what setting {number} does, and when it should be changed");
        }
        let _ = writeln!(text, "# setting_{number}_in_ms: 10000\nsetting_{number}: {number}\n");
    }
    for (section, first) in [("server", "internode_encryption: none"), ("client", "enabled: false")] {
        let _ = writeln!(
            text,
            "{section}_encryption_options:\n    {first}\n    keystore: conf/.keystore\n    keystore_password: cassandra\n    \
             truststore: conf/.truststore\n    truststore_password: cassandra\n    # require_client_auth: false\n"
        );
    }
    text.into_bytes().leak()
}

/// Looks at every byte and copies it, which a scan for line ends does not.
fn parse() -> Operation {
    let bytes = file();
    Operation::new("cassandra.yaml parse, 150 kB", move || CassandraYaml::parse(bytes).unwrap())
        .limit(14.0, move || lines(bytes))
}

/// The edited file is parsed again before it is given away.
fn edit() -> Operation {
    let bytes = file();
    let edited = move || {
        let mut file = CassandraYaml::parse(bytes).unwrap();
        file.set(Section::Server, "keystore", "/keys/new").unwrap();
        file.into_bytes()
    };
    Operation::new("cassandra.yaml parse, set, write, 150 kB", edited).limit(28.0, move || lines(bytes))
}

fn lines(bytes: &[u8]) -> (usize, usize) {
    memchr_iter(b'\n', bytes).fold((0, 0), |(lines, sum), end| (lines + 1, sum ^ end))
}
