//! Quickstart enables and rotates on every release, and reports failures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::Path;

use cassandra_props::Release;
use examples::quickstart::{Options, run};
use serde_json::Value;

fn options(cassandra: Release, dir: &Path) -> Options {
    Options { cassandra, client_auth: false, client: false, wrong_order: false, dir: dir.to_owned() }
}

fn report(options: &Options) -> (bool, Value) {
    let report = run(options, &mut |_| {}).unwrap();
    (report.is_clean(), serde_json::from_str(&report.json().unwrap()).unwrap())
}

fn loads(report: &Value) -> [u64; 2] {
    ["restarts", "reloads"].map(|kind| report[kind].as_u64().unwrap())
}

/// Restarts and reloads of the rotation with the clean-up of old trust: n restarts on 3.11, 3n - 2 with client authentication; on
/// later releases no restart and 3n - 2 reloads.
#[test]
fn every_version_enables_and_rotates_with_no_pair_out_of_touch() {
    for (version, client_auth, expected) in [
        (Release::V3_11, false, [3, 0]),
        (Release::V3_11, true, [7, 0]),
        (Release::V4_0, false, [0, 7]),
        (Release::V5_0, true, [0, 7]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (clean, report) = report(&Options { client_auth, ..options(version, folder.path()) });
        assert!(clean, "{version}: {report:#}");
        assert_eq!(loads(&report), expected, "{version}, client authentication {client_auth}");
        assert_eq!(report["procedure"]["restarts"], 6);
        assert!(report["handshakes"].as_u64().unwrap() > 250);
    }
}

#[test]
fn enabling_on_3_11_is_refused_with_a_witness_and_done_with_every_node_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (_, report) = report(&options(Release::V3_11, folder.path()));
    let enabling = &report["parts"][0];
    assert!(enabling["refusal"].as_str().unwrap().contains("node0 cannot connect to node1"));
    let actions = enabling["rows"].as_array().unwrap().iter().map(|row| row["actions"][0].as_str().unwrap());
    assert_eq!(actions.clone().take(3).collect::<Vec<_>>(), ["stop"; 3]);
    assert_eq!(actions.skip(6).collect::<Vec<_>>(), ["start"; 3]);
}

#[test]
fn the_wrong_order_cuts_every_pair_and_the_checker_says_so_first() {
    for version in [Release::V3_11, Release::V5_0] {
        let folder = tempfile::tempdir().unwrap();
        let report = run(&Options { wrong_order: true, ..options(version, folder.path()) }, &mut |_| {}).unwrap();
        assert!(!report.is_clean());
        assert_eq!(report.cut_pairs().len(), 6, "{version}");
        assert!(report.ending().contains("cut: node0 -> node1"), "{}", report.ending());
        let json: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert!(json["parts"][1]["refusal"].as_str().unwrap().contains("node1 cannot connect to node0"));
    }
}

/// The client is restarted with trust in the new certificates before the nodes serve them.
#[test]
fn a_client_connects_after_every_step_of_a_plan_that_knows_it() {
    for version in [Release::V3_11, Release::V5_0] {
        let [alone, with_client] = [false, true].map(|client| {
            let folder = tempfile::tempdir().unwrap();
            let (clean, report) = report(&Options { client, ..options(version, folder.path()) });
            assert!(clean, "{version}: {report:#}");
            report
        });
        assert_eq!(with_client["nodes"], serde_json::json!(["node0", "node1", "node2", "web"]));
        let restarts = |report: &Value| loads(report)[0];
        assert!(restarts(&with_client) > restarts(&alone), "{version}");
        let of_client = rotation(&with_client).iter().filter(|row| row["node"] == "web");
        assert!(of_client.map(|row| row["restarts"].as_u64().unwrap()).sum::<u64>() > 0, "{version}");
        // After each step, 6 pairs connect, as they run and after a crash of each of 3 nodes; while one node is down, 2 do. A
        // client adds 3 connections to each of these rounds, 3 after its own crash, and 2 while a node is down.
        assert_eq!(handshakes(&alone), counted(&alone, 4 * 6, 2), "{version}");
        assert_eq!(handshakes(&with_client), counted(&with_client, 4 * 9 + 3, 4), "{version}");
    }
}

/// The number of handshakes of the rotation.
fn handshakes(report: &Value) -> u64 {
    rotation(report).iter().map(|row| row["handshakes"].as_u64().unwrap()).sum()
}

/// The expected number of handshakes, from the numbers after a step and while a node is down.
fn counted(report: &Value, after_step: u64, while_down: u64) -> u64 {
    let of = |row: &Value| {
        let steps = u64::try_from(row["actions"].as_array().unwrap().len()).unwrap();
        let restarts = if row["node"] == "web" { 0 } else { row["restarts"].as_u64().unwrap() };
        steps * after_step + restarts * while_down
    };
    rotation(report).iter().map(of).sum()
}

fn rotation(report: &Value) -> &[Value] {
    report["parts"][1]["rows"].as_array().unwrap()
}

#[test]
fn a_plan_that_does_not_know_the_client_is_refused_and_cuts_it_off() {
    for version in [Release::V3_11, Release::V4_0] {
        let folder = tempfile::tempdir().unwrap();
        let wrong = Options { client: true, wrong_order: true, ..options(version, folder.path()) };
        let report = run(&wrong, &mut |_| {}).unwrap();
        let cut: Vec<String> = report.cut_pairs().into_iter().collect();
        assert_eq!(cut, ["web -> node0", "web -> node1", "web -> node2"], "{version}");
        let json: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        let refusal = json["parts"][1]["refusal"].as_str().unwrap();
        assert!(refusal.starts_with("web cannot connect to node"), "{refusal}");
        assert!(!report.is_clean());
    }
}

#[test]
fn a_second_run_replaces_the_first_and_leaves_no_file_of_it() {
    let folder = tempfile::tempdir().unwrap();
    report(&options(Release::V3_11, folder.path()));
    let new_path = folder.path().join("node0/opt/apigee/data/apigee-cassandra/keystore.node0-2");
    assert!(new_path.exists());
    let (clean, _) = report(&options(Release::V4_0, folder.path()));
    assert!(clean);
    assert!(!new_path.exists());
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "x").unwrap();
    let error = run(&options(Release::V5_0, folder.path()), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// `docs/schema/quickstart-1.json` names every field that a report has, and requires none that it lacks.
#[test]
fn a_report_follows_its_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema/quickstart-1.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_, report) = report(&Options { wrong_order: true, ..options(Release::V3_11, folder.path()) });
    assert_eq!(report["schema"], schema["properties"]["schema"]["const"]);
    assert!(report["refused"].as_u64().unwrap() > 0);
    follows(&report, &schema, "report");
}

fn follows(value: &Value, schema: &Value, place: &str) {
    if let Some(fields) = value.as_object() {
        let known = schema["properties"].as_object().unwrap_or_else(|| panic!("{place} is not an object"));
        for (name, field) in fields {
            let place = format!("{place}.{name}");
            follows(field, known.get(name).unwrap_or_else(|| panic!("{place} is not in the schema")), &place);
        }
        for name in schema["required"].as_array().unwrap() {
            assert!(fields.contains_key(name.as_str().unwrap()), "{place} lacks {name}");
        }
    }
    for item in value.as_array().into_iter().flatten() {
        follows(item, &schema["items"], place);
    }
}

/// The page has each step that was taken. Without a plan, there is no page.
#[test]
fn the_rotation_is_written_as_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(&options(Release::V3_11, folder.path()), &mut |_| {}).unwrap();
    let html = done.page().unwrap();
    let (_, data) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    let report: Value = serde_json::from_str(&done.json().unwrap()).unwrap();
    let rows = report["parts"][1]["rows"].as_array().unwrap();
    let taken: usize = rows.iter().map(|row| row["actions"].as_array().unwrap().len()).sum();
    assert_eq!((data["moments"].as_array().unwrap().len(), taken), (13, 12));
    assert!(html.contains(&format!("{} handshakes, after every step", report["handshakes"])), "{html}");
    let wrong = Options { wrong_order: true, ..options(Release::V3_11, folder.path()) };
    assert!(run(&wrong, &mut |_| {}).unwrap().page().is_err());
}
