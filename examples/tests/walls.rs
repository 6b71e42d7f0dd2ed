//! The dependencies within the workspace, read from `cargo metadata`: no library depends on another, programs share code only
//! through `bridge`, and every crate inherits the lints.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

const LIBRARIES: [&str; 4] = ["keystore-core", "certgen", "cassandra-props", "rotation-planner"];
/// The crate that turns a plan into a page. Of the four libraries, it depends only on the planner.
const RENDERER: &str = "page";
const PROGRAMS: [&str; 3] = ["examples", "cassandra-tls", "real-clusters"];

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
fn the_rooms_are_there() {
    let packages = packages();
    for name in LIBRARIES.iter().chain(&PROGRAMS).chain(&["bridge", RENDERER, "benches"]) {
        assert!(packages.iter().any(|package| text(package, "name") == *name), "{name} is missing");
    }
}

#[test]
fn bridge_depends_on_the_four_libraries_alone() {
    let mut known = normal_dependencies("bridge");
    known.sort();
    let mut libraries = LIBRARIES.map(str::to_owned);
    libraries.sort();
    assert_eq!(known, libraries);
}

#[test]
fn the_page_knows_plans_alone() {
    let known = normal_dependencies(RENDERER);
    for ours in LIBRARIES.iter().chain(&PROGRAMS).chain(&["bridge"]).filter(|name| **name != "rotation-planner") {
        assert!(!known.iter().any(|name| name == ours), "{RENDERER} depends on {ours}");
    }
    assert!(known.iter().any(|name| name == "rotation-planner"));
    for program in ["examples", "cassandra-tls"] {
        assert!(normal_dependencies(program).iter().any(|name| name == RENDERER), "{program} draws pages of its own");
    }
}

#[test]
fn programs_meet_in_bridge_and_know_no_other_program() {
    for program in PROGRAMS {
        let known = normal_dependencies(program);
        assert!(known.iter().any(|name| name == "bridge"), "{program} does without bridge");
        for other in PROGRAMS {
            assert!(!known.iter().any(|name| name == other), "{program} depends on {other}");
        }
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
    let tree = cargo(&["tree", "-p", "examples", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    for heavy in ["tokio", "scylla", "toml", "indicatif", "rpassword", "crossterm", "rayon", "scrypt", "aes-gcm"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(&format!("{heavy} "))),
            "{heavy} is built for the quickstart"
        );
    }
}

/// A newcomer's first command compiles only this much.
#[test]
fn the_quickstart_is_built_of_at_most_120_crates() {
    let crates = crates("examples", &[]);
    assert!((60..=120).contains(&crates), "{crates} crates");
}

#[test]
fn the_readmes_count_the_crates_of_the_libraries() {
    for library in LIBRARIES {
        let said = format!("{} crates", crates(library, &[]));
        assert!(readme(library).contains(&said), "the README of {library} does not say \"{said}\"");
    }
    let said = format!("{} without default features", crates("keystore-core", &["--no-default-features"]));
    assert!(readme("keystore-core").contains(&said), "the README of keystore-core does not say \"{said}\"");
}

fn readme(library: &str) -> String {
    fs::read_to_string(format!("{}/../{library}/README.md", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The number of crates that a package is built from, itself included.
fn crates(package: &str, features: &[&str]) -> usize {
    let tree = ["tree", "-p", package, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
    let tree = cargo(&[&tree, features].concat());
    let names = tree.lines().map(|line| line.trim_end_matches(" (*)").trim_end_matches(" (proc-macro)"));
    names.filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().len()
}

/// The packages that a package is built from, without those for its tests.
fn normal_dependencies(package: &str) -> Vec<String> {
    let packages = packages();
    let package = packages.iter().find(|found| text(found, "name") == package).unwrap();
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies.filter(|found| found["kind"].is_null()).map(|found| text(found, "name").to_owned()).collect()
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
