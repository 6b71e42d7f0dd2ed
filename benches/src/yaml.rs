//! Operations on `cassandra.yaml`.

use std::fmt::Write as _;
use std::str::FromStr as _;

use cassandra_props::{CassandraYaml, Section};
use yaml_edit::YamlFile;

use crate::lines::line_scan;
use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(_: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("cassandra.yaml", filter) {
        return Vec::new();
    }
    vec![parse(), edit()]
}

/// A file like the `cassandra.yaml` that Cassandra ships: nearly all in comments.
pub(crate) fn file() -> &'static str {
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
    text.leak()
}

fn parse() -> Operation {
    let text = file();
    Operation::new("cassandra.yaml parse, 150 kB", move || CassandraYaml::parse(text.as_bytes()).unwrap())
        .limit(4.0, move || line_scan(text.as_bytes()))
        .rival("yaml-edit", move || YamlFile::from_str(text).unwrap())
        .in_java("SnakeYAML")
}

fn edit() -> Operation {
    let text = file();
    let edited = move || {
        let mut file = CassandraYaml::parse(text.as_bytes()).unwrap();
        file.set(Section::Server, "keystore", "/keys/new").unwrap();
        file.into_bytes()
    };
    let rivals = move || {
        let file = YamlFile::from_str(text).unwrap();
        let root = file.document().unwrap().as_mapping().unwrap();
        root.get_mapping("server_encryption_options").unwrap().set("keystore", "/keys/new");
        file.to_string()
    };
    assert_eq!(String::from_utf8(edited()).unwrap(), rivals(), "our edit and the rival's have the same result");
    Operation::new("cassandra.yaml parse, set, write, 150 kB", edited)
        .limit(4.0, move || line_scan(text.as_bytes()))
        .rival("yaml-edit", rivals)
        .in_java("SnakeYAML")
}
