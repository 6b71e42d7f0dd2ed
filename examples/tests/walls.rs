//! The walls of the workspace, read from `cargo metadata`: no library knows another, and every crate keeps the lints.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::process::Command;

use serde_json::Value;

const LIBRARIES: [&str; 4] = ["keystore-core", "certgen", "cassandra-props", "rotation-planner"];

#[test]
fn no_library_depends_on_another() {
    for package in packages().iter().filter(|package| LIBRARIES.contains(&text(package, "name"))) {
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = text(dependency, "name");
            assert!(!LIBRARIES.contains(&name), "{} depends on {name}", text(package, "name"));
        }
    }
}

#[test]
fn the_libraries_are_there() {
    let packages = packages();
    for library in LIBRARIES {
        assert!(packages.iter().any(|package| text(package, "name") == library), "{library} is missing");
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    for package in packages() {
        let manifest = fs::read_to_string(text(&package, "manifest_path")).unwrap();
        assert!(manifest.contains("\n[lints]\nworkspace = true\n"), "{} has lints of its own", text(&package, "name"));
    }
}

#[test]
fn nothing_that_only_later_programs_need_is_in_the_quickstart() {
    let tree = cargo(&["tree", "-p", "examples", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    for heavy in ["tokio", "scylla"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(&format!("{heavy} "))),
            "{heavy} is built for the quickstart"
        );
    }
}

fn packages() -> Vec<Value> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}
