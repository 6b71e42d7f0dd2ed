//! What `plan` says of clusters as operators describe them: nothing is assumed in silence.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use cassandra_tls::bundle::Manifest;
use cassandra_tls::description::Description;
use cassandra_tls::goal::{Subject, Wanted};
use cassandra_tls::state::State;
use rand::{RngExt as _, SeedableRng as _};
use rotation_planner::{Checker, ClientAuth, Plan, Preference, plan};
use serde_json::Value;

fn report(name: &str) -> String {
    format!("{}/tests/fixtures/reports/{name}", env!("CARGO_MANIFEST_DIR"))
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).arg("plan").args(arguments).output().unwrap()
}

/// Standard output and standard error together, and the exit status.
fn says(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn cost(document: &Value) -> [u64; 4] {
    ["restarts", "reloads", "files", "waves"].map(|what| document["plan"]["cost"][what].as_u64().unwrap())
}

fn basis<'a>(document: &'a Value, about: &str) -> &'a Value {
    let bases = document["rests_on"].as_array().unwrap();
    bases.iter().find(|basis| basis["about"] == about).unwrap_or_else(|| panic!("{about}: {bases:?}"))
}

/// clusters.md 1: `cassandra = "4.0.17"` is 4.0, as operators write it.
#[test]
fn clusters_01_a_full_release_is_planned_like_its_line() {
    let document = json(&["--cluster", &report("clusters-01-enable-4.0.17.toml"), "enable"]);
    assert_eq!(cost(&document)[..2], [7, 0]);
    let status = report("clusters-38-nodetool-status.txt");
    for (release, restarts, reloads) in
        [("4.0.17", 0, 7), ("4.0", 0, 7), ("v5.0.8", 0, 7), ("3.11.19", 3, 0), ("edge-4.53.01", 7, 0), ("edge", 7, 0)]
    {
        let document = json(&["--nodetool-status", &status, "--cassandra", release, "--client-auth", "off", "rotate"]);
        assert_eq!(cost(&document)[..2], [restarts, reloads], "{release}");
    }
    let (code, said) = says(&["--nodetool-status", &status, "--cassandra", "foo", "rotate"]);
    assert!(code == 3 && said.contains("2.1, 2.2, 3.0, 3.11, 4.0, 4.1, 5.0; a build of Edge is edge"), "{said}");
}

#[test]
fn a_plan_in_the_middle_of_an_upgrade_says_what_each_node_runs_and_what_old_ones_need_of_new_ones() {
    let place = Place::new();
    let planned = |usual: &str, other: &str| {
        let nodes = ["a", "b", "c"].map(|node| format!("[[node]]\nname = \"{node}\"\n"));
        let toml = format!("cassandra = \"{usual}\"\nclient_auth = true\n{}cassandra = \"{other}\"\n", nodes.concat());
        json(&["--cluster", &place.file("cluster.toml", &toml), "rotate"])
    };
    let document = planned("3.11.19", "4.0.19");
    assert_eq!(document["cluster"], "3 nodes on Cassandra 3.11.19 and 4.0.19");
    assert_eq!(basis(&document, "Cassandra")["said"], "4.0.19 on c, and 3.11.19 on the others");
    let upgrade = basis(&document, "upgrade");
    assert_eq!(upgrade["known"], "assumed");
    assert!(upgrade["said"].as_str().unwrap().contains("legacy_ssl_storage_port_enabled"), "{upgrade}");
    let two_scopes = "cassandra = \"4.0\"\nencryption = \"dc\"\nclient_auth = true\n[[node]]\nname = \"a\"\ndc = \"x\"\n\
        [[node]]\nname = \"b\"\ndc = \"x\"\n[[node]]\nname = \"c\"\ndc = \"y\"\nencryption = \"all\"\n";
    let document = json(&["--cluster", &place.file("scopes.toml", two_scopes), "rotate"]);
    assert_eq!(basis(&document, "encrypted pairs")["said"], "internode_encryption = dc, all on c");
    for (usual, other) in [("4.0.19", "4.1.10"), ("edge", "edge")] {
        let document = planned(usual, other);
        assert!(document["rests_on"].as_array().unwrap().iter().all(|basis| basis["about"] != "upgrade"), "{document}");
    }
    // The version of Edge is not known, so its Cassandra may be earlier or later than 4.0.
    for other in ["3.11.19", "4.1.10"] {
        assert_eq!(basis(&planned("edge", other), "upgrade")["known"], "assumed", "{other}");
    }
}

/// clusters.md 10: a line with a host's name is a node, and one that is down is one, too.
#[test]
fn clusters_10_each_line_of_nodetool_status_is_a_node() {
    let rotate = |name: &str| says(&["--nodetool-status", &report(name), "--cassandra", "4.0", "rotate"]);
    let (code, said) = rotate("clusters-10-nodetool-status-resolved.txt");
    assert!(code == 0 && said.contains("nodes: 3 in dc1, read from ") && said.contains("node0.acme.example"), "{said}");
    let (code, said) = rotate("clusters-10-nodetool-status-down-resolved.txt");
    assert_eq!(code, 3);
    assert!(said.contains("line 8: node node2.acme.example is down (DN, not UN): repair it first"), "{said}");
    let place = Place::new();
    let joining =
        fs::read_to_string(report("clusters-10-nodetool-status-resolved.txt")).unwrap().replacen("UN ", "UJ ", 1);
    let (code, said) =
        says(&["--nodetool-status", &place.file("status.txt", &joining), "--cassandra", "4.0", "rotate"]);
    assert!(code == 3 && said.contains("is joining (UJ, not UN): wait until it has joined"), "{said}");
}

#[test]
fn what_is_not_a_description_is_named_with_the_option_that_takes_it() {
    let place = Place::new();
    let status = fs::read_to_string(report("clusters-38-nodetool-status.txt")).unwrap();
    for (text, hint) in [
        (status.as_str(), "this is the output of `nodetool status`: give it to `plan` with --nodetool-status"),
        ("{ \"_meta\": {} }", "this is JSON: give an inventory with --inventory, or a state to `plan` with --state"),
        (
            "[cassandra]\ndb-1 ansible_host=192.0.2.1\n",
            "`ansible-inventory -i INVENTORY --list > inventory.json` writes",
        ),
        (
            "cluster_name: x\nserver_encryption_options:\n",
            "these are a node's settings; a cluster is described in TOML",
        ),
        ("conf_cassandra_keystore=/k\n", "these are a node's settings"),
        ("anything: else\n", "not TOML; `plan --explain-input` shows how a cluster is described"),
    ] {
        let (code, said) = says(&["--cluster", &place.file("cluster.toml", text), "rotate"]);
        assert!(code == 3 && said.contains(hint), "{hint}: {said}");
    }
    // TOML with a mistake has the line of it, and nothing else is suggested.
    let (code, said) = says(&["--cluster", &place.file("cluster.toml", "cassandra = \"4.1\"\nnodes = 3\n"), "rotate"]);
    assert!(code == 3 && said.contains("line 2") && !said.contains("explain-input"), "{said}");
    let inventory = ["--cassandra", "4.1", "--inventory", &place.file("hosts", "[cassandra]\ndb-1\n"), "rotate"];
    let (code, said) = says(&inventory);
    assert!(code == 3 && said.contains("write the file with `ansible-inventory -i INVENTORY --list"), "{said}");
}

/// clusters.md 18a.
#[test]
fn clusters_18_a_scope_without_pairs_is_an_error() {
    let place = Place::new();
    let toml = "cassandra = \"4.0\"\nencryption = \"dc\"\n[[node]]\nname = \"a\"\nspeaks = \"plain\"\n";
    let (code, said) = says(&["--cluster", &place.file("dc.toml", toml), "enable"]);
    assert!(code == 3 && said.contains("give each node its `dc`"), "{said}");
}

/// clusters.md 38: without a word about client authentication a plan is safe for both, and says what that costs.
#[test]
fn clusters_38_client_authentication_is_not_taken_as_off() {
    let list = ["--nodetool-status", &report("clusters-38-nodetool-status.txt"), "--cassandra", "3.11"];
    let document = json(&[&list[..], &["rotate"]].concat());
    assert_eq!(cost(&document)[0], 7);
    let basis = basis(&document, "client authentication");
    assert_eq!(basis["known"], "unknown");
    assert_eq!(basis["said"], "planned as required (`client_auth`, --client-auth); 3 restarts if it is off");
    let off = json(&[&list[..], &["--client-auth", "off", "rotate"]].concat());
    assert_eq!(cost(&off)[0], 3);
    let (code, said) = says(&[&list[..], &["client-auth", "on"]].concat());
    assert!(code == 3 && said.contains("`client_auth = true` or `false`") && said.contains("--client-auth"), "{said}");
}

/// An authority that is given for some nodes says nothing of the others.
#[test]
fn certificates_whose_issuer_is_not_given_are_assumed_to_be_their_own() {
    let place = Place::new();
    let cluster = |issuer: &str| {
        let nodes = format!("[[node]]\nname = \"a\"\nissued_by = \"ca\"\n[[node]]\nname = \"b\"\n{issuer}");
        place.file("cluster.toml", &format!("cassandra = \"5.0\"\nclient_auth = false\n{nodes}"))
    };
    let mixed = json(&["--cluster", &cluster(""), "rotate"]);
    let given = json(&["--cluster", &cluster("issued_by = \"ca\"\n"), "rotate"]);
    let of = |document: &Value| {
        let basis = basis(document, "certificates");
        [&basis["known"], &basis["said"]].map(|value| value.as_str().unwrap().to_owned())
    };
    let said = "issued by ca, now and after the plan; on b, signed by itself (`issued_by`)";
    assert_eq!(of(&mixed), ["assumed", said]);
    assert_eq!(of(&given), ["given", "issued by ca, now and after the plan"]);
}

/// clusters.md 39: settings, paths, passwords and commands are named.
#[test]
fn clusters_39_a_runbook_has_commands_in_the_words_of_the_settings_file() {
    let place = Place::new();
    let toml = |cassandra: &str, more: &str| {
        format!(
            "cassandra = \"{cassandra}\"\nclient_auth = false\n{more}[[node]]\nname = \"n0\"\nspeaks = \"SPEAKS\"\n[[node]]\nname = \"n1\"\nspeaks = \"SPEAKS\"\n"
        )
    };
    let runbook = |toml: &str, speaks: &str, goal: &str| {
        says(&["--cluster", &place.file("c.toml", &toml.replace("SPEAKS", speaks)), goal, "--markdown"]).1
    };
    let in_place = runbook(&toml("4.0.17", ""), "tls", "rotate");
    for words in
        ["nodetool reloadssl", "same path, same password", "truststore_password", "cassandra.yaml", "install -m 0400"]
    {
        assert!(in_place.contains(words), "{words}: {in_place}");
    }
    let new_paths = runbook(&toml("4.0.17", "staging = \"new_paths\"\n"), "tls", "rotate");
    for words in ["keystore.n0 NEW_PATH", "keystore: NEW_PATH", "systemctl restart cassandra", "the old file stays"] {
        assert!(new_paths.contains(words), "{words}: {new_paths}");
    }
    let enabled = runbook(&toml("4.0.17", ""), "plain", "enable");
    for words in ["internode_encryption: none", "internode_encryption: all", "optional: true", "optional: false"] {
        assert!(enabled.contains(words), "{words}: {enabled}");
    }
    assert!(!enabled.contains("fallback"), "{enabled}");
    let plaintext = place.file("c.toml", &toml("3.11.19", "").replace("SPEAKS", "plain"));
    let (code, fallback) = says(&["--cluster", &plaintext, "enable", "--fallback", "--markdown"]);
    assert!(code == 1 && fallback.contains("**This plan is a fallback: no safe plan"), "{fallback}");
    let edge = runbook(&toml("edge-4.52.02", ""), "tls", "rotate");
    assert!(edge.contains("conf_cassandra_server_encryption_") && edge.contains("apigee-cassandra restart"), "{edge}");
}

#[test]
fn edge_without_a_version_is_not_taken_for_one_release() {
    let place = Place::new();
    let nodes = "client_auth = true\n[[node]]\nname = \"n0\"\n[[node]]\nname = \"n1\"\n";
    let cluster = |cassandra: &str| place.file("c.toml", &format!("cassandra = \"{cassandra}\"\n{nodes}"));
    let edge = cluster("edge");
    let timer = basis(&json(&["--cluster", &edge, "rotate"]), "reload by timer").clone();
    assert_eq!(timer["known"], "unknown");
    assert!(timer["said"].as_str().unwrap().starts_with("from Cassandra 4.0 on, a node may load"), "{timer}");
    let (_, said) = says(&["--cluster", &edge, "rotate", "--markdown"]);
    assert!(said.contains("begins with `conf_cassandra_` or `conf_cassandra_server_encryption_`."), "{said}");
    for (build, timer) in [
        ("edge-4.53", "a node may load changed stores every ten minutes"),
        ("edge-4.52.02", "none before Cassandra 4.0"),
    ] {
        let said = says(&["--cluster", &cluster(build), "rotate", "--markdown"]).1;
        assert!(said.contains(timer) && said.contains("with `conf_cassandra_server_encryption_`."), "{said}");
    }
}

#[test]
fn where_new_stores_are_put_is_assumed_unless_it_is_described() {
    let place = Place::new();
    let known = |more: &str| {
        let toml = format!("cassandra = \"4.0\"\n{more}[[node]]\nname = \"n0\"\n[[node]]\nname = \"n1\"\n");
        basis(&json(&["--cluster", &place.file("c.toml", &toml), "rotate"]), "new stores")["known"].clone()
    };
    assert_eq!(known(""), "assumed");
    assert_eq!(known("staging = \"in_place\"\n"), "given");
}

/// In the settings that are made for it, and in a plan from its generation.
#[test]
fn a_node_demands_certificates_as_is_said_of_it() {
    let place = Place::new();
    let toml = "cassandra = \"4.0.17\"\nclient_auth = false\n[[node]]\nname = \"n0\"\naddress = \"192.0.2.1\"\n\
                [[node]]\nname = \"n1\"\naddress = \"192.0.2.2\"\nclient_auth = true\n";
    let cluster = place.file("cluster.toml", toml);
    let dir = place.0.path().join("bundles");
    let arguments = ["prepare", "--cluster", &cluster, "--dir", dir.to_str().unwrap(), "--key", "ec:p256"];
    let output = Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let state = State::of_generation(&Description::from_toml(toml).unwrap(), &dir.join("g1")).unwrap();
    for (node, demands) in [("n0", ClientAuth::Off), ("n1", ClientAuth::On)] {
        let settings = fs::read_to_string(dir.join(format!("g1/{node}/{node}.properties"))).unwrap();
        assert_eq!(settings.contains("require_client_auth=true"), demands == ClientAuth::On, "{settings}");
        let seen = state.cluster.get(&node.into()).unwrap();
        assert_eq!(seen.observed().disk().client_auth(), Some(demands), "{node}");
    }
}

/// The goal of the way there is not what the way back is for.
#[test]
fn a_rollback_that_still_holds_is_verified() {
    let place = Place::new();
    let toml = "cassandra = \"4.0.17\"\nclient_auth = false\n[[node]]\nname = \"n0\"\naddress = \"192.0.2.1\"\n\
                [[node]]\nname = \"n1\"\naddress = \"192.0.2.2\"\n";
    let cluster = place.file("cluster.toml", toml);
    let dir = place.0.path().join("bundles");
    let [old, new] = ["g1", "g2"].map(|generation| dir.join(generation));
    let prepare = |more: &[&str]| {
        let arguments = ["prepare", "--cluster", &cluster, "--dir", dir.to_str().unwrap()];
        let output = Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).args(arguments).args(more).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    prepare(&[]);
    prepare(&["--previous", old.to_str().unwrap()]);
    let mut state = State::of_generation(&Description::from_toml(toml).unwrap(), &old).unwrap();
    let before = place.file("before.json", &state.json().unwrap());
    let rotate = ["--state", &before, "rotate", "--bundles", new.to_str().unwrap()];
    let there: Plan = serde_json::from_value(json(&rotate)["plan"].clone()).unwrap();
    let back = json(&[&rotate[..], &["--back-from", &there.waves().len().to_string()]].concat());
    assert!(back["goal"].is_null() && !back["plan"].is_null(), "{back}");
    let back = place.file("back.json", &back.to_string());
    state.add_generation(&new, &Manifest::read(&new).unwrap()).unwrap();
    for step in there.steps() {
        state.cluster.apply(step).unwrap();
    }
    let now = place.file("now.json", &state.json().unwrap());
    let (code, said) = says(&["--verify", &back, "--state", &now]);
    assert!(code == 0 && said.contains(": safe from here.\n"), "{said}");
    assert_eq!(json(&["--verify", &back, "--state", &now])["reaches_its_goal"], true);
}

/// After the first wave, only files have changed. The way back still restarts each node, and says why.
#[test]
fn a_rollback_says_why_it_restarts_nodes_that_loaded_nothing() {
    let place = Place::new();
    let toml = "cassandra = \"3.11.19\"\nclient_auth = true\n[[node]]\nname = \"n0\"\naddress = \"192.0.2.1\"\n\
                [[node]]\nname = \"n1\"\naddress = \"192.0.2.2\"\n";
    let cluster = place.file("cluster.toml", toml);
    let rotate = ["--cluster", &cluster, "rotate"];
    let why = |document: &Value| {
        let rests_on = document["rests_on"].as_array().unwrap();
        let basis = rests_on.iter().find(|basis| basis["about"] == "dropped anchors")?;
        Some(basis["said"].as_str().unwrap().to_owned())
    };
    let there = json(&rotate);
    let waves = there["plan"]["waves"].as_array().unwrap().len();
    assert_eq!(why(&there), None);
    for (wave, nodes) in [(1, Some("on 2 nodes, ")), (waves, None)] {
        let back = json(&[&rotate[..], &["--back-from", &wave.to_string()]].concat());
        assert!(cost(&back)[0] >= 2, "{back}");
        assert_eq!(why(&back).map(|said| said.starts_with(nodes.unwrap())), nodes.map(|_| true), "{back}");
    }
}

/// journeys.md B 8: nodes whose names end in numbers got each other's certificates.
#[test]
fn journeys_nodes_that_end_in_numbers_keep_their_own_certificates() {
    let document = json(&["--cluster", &report("journeys-tiny.toml"), "rotate"]);
    assert_eq!(cost(&document)[2], 9, "{document}");
    let to: Vec<&str> =
        document["nodes"].as_array().unwrap().iter().map(|node| node["to"]["label"].as_str().unwrap()).collect();
    assert_eq!(to, ["db-1, new", "db-2, new", "db-3, new"]);
}

/// journeys.md A: a data centre that no node is in let all twelve nodes restart at once.
#[test]
fn journeys_a_keyspace_without_nodes_is_an_error() {
    let (code, said) = says(&["--cluster", &report("journeys-typo.toml"), "rotate", "--racks-together"]);
    assert_eq!(code, 3);
    assert!(
        said.contains(
            "keyspace kms has replicas in the data centre dc1, which has no nodes: the nodes are in dc-1, dc-2"
        ),
        "{said}"
    );
    // Spelled as the nodes have it: the racks of one data centre go together, never those of both.
    let place = Place::new();
    let right = fs::read_to_string(report("journeys-typo.toml")).unwrap().replace("dc1 = 3", "dc-1 = 3, dc-2 = 3");
    let cluster = place.file("right.toml", &right);
    let document = json(&["--cluster", &cluster, "rotate", "--racks-together"]);
    let dc = |node: &Value| node.as_str().unwrap().get(4..).unwrap().parse::<u32>().unwrap() > 6;
    for wave in document["plan"]["waves"].as_array().unwrap() {
        let steps = wave["steps"].as_array().unwrap();
        let restarted =
            steps.iter().filter(|step| step["action"]["activate"] == "restart" || step["action"] == "start");
        let dcs: BTreeSet<bool> = restarted.map(|step| dc(&step["node"])).collect();
        assert!(dcs.len() < 2, "{wave}");
    }
}

#[test]
fn bundles_are_never_ignored() {
    let (code, said) = says(&["--cluster", &report("journeys-tiny.toml"), "rotate", "--bundles", "bundles/g1"]);
    assert!(code == 3 && said.contains("--bundles needs --state, or --previous"), "{said}");
}

#[test]
fn no_option_is_ignored() {
    let place = Place::new();
    let (cluster, state) = (report("journeys-tiny.toml"), place.file("state.json", "{}"));
    let rotate = ["--cluster", &cluster, "rotate"];
    for (arguments, said) in [
        (&["--stores", "/etc/cassandra"][..], "--trees, --names and --stores need --playbook"),
        (&["--playbook", "p", "--previous", "g1", "--trees", "hosts"], "--trees needs --state"),
        (&["--back-from", "1", "--fallback"], "cannot be used with"),
    ] {
        let (code, printed) = says(&[&rotate[..], arguments].concat());
        assert!(code == 3 && printed.contains(said), "{printed}");
    }
    let compare = ["--cluster", &cluster, "compare"];
    let verify = ["--verify", "plan.json", "--state", &state];
    for (arguments, what) in [(&compare[..], "compare"), (&verify, "--verify")] {
        for (option, value) in [("--svg", Some("p.svg")), ("--fallback", None), ("--markdown", None)] {
            let (code, printed) = says(&[arguments, &[option], value.as_slice()].concat());
            let said = format!("{what} makes no plan, and does not use {option}");
            assert!(code == 3 && printed.contains(&said), "{printed}");
        }
    }
}

/// A generation does not show whether the nodes require certificates, so the goal would be assumed to be reached.
#[test]
fn client_authentication_is_asked_for_although_a_generation_is_given() {
    let place = Place::new();
    let nodes = "[[node]]\nname = \"n0\"\naddress = \"192.0.2.1\"\n[[node]]\nname = \"n1\"\naddress = \"192.0.2.2\"\n";
    let [unknown, off] = [("unknown", ""), ("off", "client_auth = false\n")]
        .map(|(name, given)| place.file(&format!("{name}.toml"), &format!("cassandra = \"4.0.17\"\n{given}{nodes}")));
    let dir = place.0.path().join("bundles");
    let arguments = ["prepare", "--cluster", &unknown, "--key", "ec:p256", "--dir", dir.to_str().unwrap()];
    let output = Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let generation = dir.join("g1");
    let on =
        |cluster: &str| says(&["--cluster", cluster, "--previous", generation.to_str().unwrap(), "client-auth", "on"]);
    let (code, said) = on(&unknown);
    assert!(code == 3 && said.contains("`client_auth` is not given"), "{said}");
    let (code, said) = on(&off);
    assert!(code == 0 && said.contains("2 restarts"), "{said}");
    // Nor is the goal reached of nodes that are said to speak plaintext.
    let plain = nodes.replace("address", "speaks = \"plain\"\naddress");
    let plain = place.file("plain.toml", &format!("cassandra = \"4.0.17\"\nclient_auth = true\n{plain}"));
    let (code, said) = says(&["--cluster", &plain, "--previous", generation.to_str().unwrap(), "enable"]);
    assert!(code == 3 && said.contains("n0 speaks plaintext (`speaks`)"), "{said}");
}

fn labelled(place: &Place, nodes: &[(&str, &str)]) -> String {
    let nodes = nodes.iter().map(|(name, more)| format!("[[node]]\nname = \"{name}\"\n{more}"));
    let nodes: String = nodes.collect();
    place.file("cluster.toml", &format!("cassandra = \"4.0.17\"\nclient_auth = true\n{nodes}"))
}

#[test]
fn a_label_that_no_node_serves_is_distrusted_at_once_too() {
    let place = Place::new();
    let trusts = "trusts = [\"a\", \"b\", \"old\"]\n";
    let cluster = labelled(&place, &[("a", trusts), ("b", trusts)]);
    for at_once in [&[][..], &["--at-once"]] {
        let distrust = |label| [&["--cluster", &cluster, "distrust", label][..], at_once].concat();
        let (code, said) = says(&distrust("old"));
        assert!(code == 0 && said.contains("0 restarts, 2 reloads"), "{said}");
        let (code, said) = says(&[&distrust("old")[..], &["--markdown"]].concat());
        assert!(code == 0 && said.contains("No node trusts old."), "{said}");
        let (code, said) = says(&distrust("odl"));
        assert!(code == 3, "{said}");
        assert!(said.contains("no certificate or authority has the label odl: there are a, b, old"), "{said}");
    }
    let both = ["--cluster", &cluster, "distrust", "a", "old", "--at-once", "--fallback"];
    let document = json(&both);
    assert_eq!(document["plan"]["truststores"], serde_json::json!([["a, new", "b"], ["b"]]), "{document}");
    let frozen = labelled(&place, &[("a", ""), ("b", "frozen = true\n")]);
    for at_once in [&[][..], &["--at-once"]] {
        let (code, said) = says(&[&["--cluster", &frozen, "distrust", "b"][..], at_once].concat());
        assert!(code == 2 && said.contains("anchor b cannot be dropped"), "{said}");
    }
}

/// The rollback of a plan that is refused is not the plan's fallback.
#[test]
fn a_refused_plan_has_no_rollback() {
    let place = Place::new();
    let cluster = labelled(&place, &[("a", ""), ("b", "")]);
    let document = json(&["--cluster", &cluster, "distrust", "a", "--at-once", "--back-from", "1"]);
    assert!(document["plan"].is_null() && !document["refusal"].is_null(), "{document}");
}

#[test]
fn the_goal_in_words_names_what_stays() {
    let place = Place::new();
    let (ca, frozen) = ("issued_by = \"ca\"\n", "issued_by = \"ca\"\nfrozen = true\n");
    let until = "are accepted until they or other certificates of their chains expire.";
    for (nodes, goal, words) in [
        (
            &[("a", ""), ("b", "")][..],
            "rotate",
            "Every node serves a new certificate, and the old ones are no longer trusted.",
        ),
        (
            &[("a", ca), ("b", ca)],
            "rotate",
            &format!(
                "Every node serves a new certificate. The authority stays the same, so the old certificates {until}"
            ),
        ),
        (
            &[("a", ca), ("b", frozen)],
            "rotate",
            &format!(
                "Every node except b (frozen) serves a new certificate. An authority stays trusted, so the old certificates of a \
                 {until}"
            ),
        ),
        (
            &[("a", ca), ("b", "")],
            "rotate",
            &format!(
                "Every node serves a new certificate. An authority stays trusted, so the old certificates of a {until} The other \
                 replaced ones are no longer trusted."
            ),
        ),
        (
            &[("a", ca), ("b", frozen)],
            "rotate --keep-old",
            "Every node except b (frozen) serves a new certificate; the old ones stay trusted.",
        ),
    ] {
        let cluster = labelled(&place, nodes);
        let goal: Vec<&str> = goal.split(' ').collect();
        let (code, said) = says(&[&["--cluster", &cluster, "--markdown"][..], &goal].concat());
        assert!(code == 0 && said.contains(words), "{said}");
    }
    let frozen = labelled(&place, &[("a", frozen), ("b", frozen)]);
    let (code, said) = says(&["--cluster", &frozen, "rotate"]);
    assert!(code == 3 && said.contains("every node is frozen, so none can get a new certificate"), "{said}");
}

#[test]
fn a_client_that_trusts_the_new_certificates_allows_a_rotation() {
    let place = Place::new();
    let client = |more: &str| {
        let nodes = format!("[[client]]\nname = \"app\"\n{more}");
        labelled(&place, &[("a", ""), ("b", &nodes)])
    };
    let (code, said) = says(&["--cluster", &client(""), "rotate"]);
    assert!(code == 2 && said.contains("set `trusts_new = true` in its [[client]]"), "{said}");
    let (code, said) = says(&["--cluster", &client("trusts_new = true\n"), "rotate"]);
    assert!(code == 0 && said.contains("a, new"), "{said}");
}

#[test]
fn a_build_that_no_node_runs_is_not_shown() {
    let place = Place::new();
    let older = "cassandra = \"3.11.19\"\n";
    let document = json(&["--cluster", &labelled(&place, &[("a", older), ("b", older)]), "rotate"]);
    assert_eq!(document["cluster"], "2 nodes on Cassandra 3.11.19");
    assert_eq!(basis(&document, "Cassandra")["said"], "3.11.19 on every node");
    assert_eq!(basis(&document, "reload by timer")["said"], "none before Cassandra 4.0");
}

#[test]
fn a_plan_shows_where_nodes_are_in_natural_order_and_has_an_id() {
    let place = Place::new();
    let nodes: Vec<String> = (0..12)
        .map(|n| format!("[[node]]\nname = \"n{n}\"\naddress = \"192.0.2.{n}\"\ndc = \"east\"\nrack = \"r1\"\n"))
        .collect();
    let nodes = nodes.concat();
    let cluster = place.file("c.toml", &format!("cassandra = \"3.11\"\nclient_auth = false\n{nodes}"));
    let document = json(&["--cluster", &cluster, "rotate"]);
    let (code, said) = says(&["--cluster", &cluster, "rotate"]);
    assert_eq!(code, 0);
    let id = document["id"].as_str().unwrap();
    assert!(said.starts_with(&format!("Plan {id}: 12 restarts, 0 reloads")), "{said}");
    assert!(said.contains("192.0.2.7, east, r1") && said.contains("n7 (192.0.2.7, east, r1): n7 -> n7, new"), "{said}");
    let restarted: Vec<&str> = document["plan"]["waves"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|wave| wave["steps"].as_array().unwrap())
        .filter(|step| step["action"]["activate"] == "restart")
        .map(|step| step["node"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (0..12).map(|n| format!("n{n}")).collect();
    assert_eq!(restarted, expected);
    for about in [
        "nodes",
        "Cassandra",
        "client authentication",
        "encrypted pairs",
        "new stores",
        "reload by timer",
        "certificates",
        "running processes",
        "availability",
    ] {
        basis(&document, about);
        assert!(said.contains(&format!("  {about}: ")), "{about}");
    }
}

#[test]
fn an_input_is_explained_field_by_field() {
    let (code, said) = says(&["--explain-input"]);
    assert_eq!((code, said.trim_end()), (0, cassandra_tls::description::EXPLAINED.trim_end()));
}

/// A description of a cluster of mutual TLS in two data centres, whose certificates are self-signed.
const FULL: &str = r#"cassandra = "RELEASE"
encryption = "all"
client_auth = true
staging = "in_place"
subject = "CN={name}, O=Acme"
[[node]]
name = "a"
address = "192.0.2.11"
subject = "CN={hostname}, O=Acme"
addresses = ["198.51.100.11"]
hostnames = ["a.example.com"]
uri = "spiffe://example.com/a"
dc = "dc1"
rack = "r1"
cassandra = "RELEASE"
encryption = "all"
client_auth = true
seed = true
frozen = false
speaks = "SPEAKS"
identity = "a"
trusts = ["a", "b", "c"]
[[node]]
name = "b"
dc = "dc1"
rack = "r2"
speaks = "SPEAKS"
identity = "b"
trusts = ["a", "b", "c"]
[[node]]
name = "c"
dc = "dc2"
rack = "r1"
speaks = "SPEAKS"
identity = "c"
trusts = ["a", "b", "c"]
[[keyspace]]
name = "orders"
replicas = { dc1 = 2 }
consistency = "one"
"#;

/// The same with one authority, and with a client that trusts it.
fn with_authority(full: &str) -> String {
    let issued = full.replace("trusts = [\"a\", \"b\", \"c\"]", "issued_by = \"ca\"\ntrusts = [\"ca\"]");
    format!(
        "{issued}[[client]]\nname = \"app\"\ntrusts = [\"ca\"]\nidentity = \"app-cert\"\nissued_by = \"ca\"\ntrusts_new = true\n"
    )
}

/// A field of a description: of the whole, or of each node, keyspace or client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fact {
    list: Option<&'static str>,
    field: String,
}

impl std::fmt::Display for Fact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = self.list.map_or_else(String::new, |list| format!("{list}."));
        write!(formatter, "{list}{}", self.field)
    }
}

const LISTS: [&str; 3] = ["node", "keyspace", "client"];

/// Every fact that a description gives.
fn facts(text: &str) -> BTreeSet<Fact> {
    let table: toml::Table = text.parse().unwrap();
    let of_all = table.keys().map(|field| Fact { list: None, field: field.clone() });
    let of_each = LISTS.iter().flat_map(|list| {
        let rows = table.get(*list).and_then(toml::Value::as_array).into_iter().flatten();
        let fields = rows.flat_map(|row| row.as_table().unwrap().keys().cloned());
        fields.map(|field| Fact { list: Some(*list), field }).collect::<Vec<_>>()
    });
    of_all.chain(of_each).collect()
}

/// Every field that a description can have, `list.field`: as serde writes one.
fn fields(description: &Description) -> BTreeSet<String> {
    let written = serde_json::to_value(description).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let of_each =
        LISTS.iter().flat_map(|list| names(&written[list][0]).into_iter().map(move |field| format!("{list}.{field}")));
    names(&written).into_iter().chain(of_each).collect()
}

/// The description without a fact. What is said of all is then not said of a node either.
fn without(text: &str, fact: &Fact) -> String {
    let mut table: toml::Table = text.parse().unwrap();
    if fact.list.is_none() {
        table.remove(&fact.field);
    }
    let lists = LISTS.into_iter().filter(|list| fact.list == Some(*list) || fact.list.is_none() && *list == "node");
    for list in lists {
        for row in table.get_mut(list).and_then(toml::Value::as_array_mut).into_iter().flatten() {
            row.as_table_mut().unwrap().remove(&fact.field);
        }
    }
    table.to_string()
}

/// What a fact can be: the same description with other values.
fn values(text: &str, fact: &Fact) -> Vec<String> {
    let with = |from: &str, to: &str| text.replace(from, to);
    let same = text.to_owned();
    match fact.to_string().as_str() {
        "encryption" => ["all", "dc", "rack"]
            .map(|value| with("encryption = \"all\"", &format!("encryption = \"{value}\"")))
            .to_vec(),
        "node.encryption" => ["all", "dc", "rack"].map(|value| set_in_first_node(text, "encryption", value)).to_vec(),
        "client_auth" => {
            ["true", "false"].map(|value| with("client_auth = true", &format!("client_auth = {value}"))).to_vec()
        }
        // The first is the node's own.
        "node.client_auth" => vec![same, text.replacen("true\nseed", "false\nseed", 1)],
        "staging" => {
            ["in_place", "documented", "new_paths"].map(|value| with("\"in_place\"", &format!("\"{value}\""))).to_vec()
        }
        "node.dc" => vec![same, with("dc = \"dc1\"", "dc = \"x\"").replace("dc1 = 2", "x = 2")],
        "node.rack" => vec![same, with("rack = \"r1\"", "rack = \"r2\"")],
        "node.speaks" => ["tls", "plain"]
            .map(|value| {
                let now = if text.contains("speaks = \"tls\"") { "tls" } else { "plain" };
                with(&format!("speaks = \"{now}\""), &format!("speaks = \"{value}\""))
            })
            .to_vec(),
        "node.trusts" => {
            vec![same, with("\"c\"]", "\"c\", \"stale\"]"), with("trusts = [\"ca\"]", "trusts = [\"ca\", \"stale\"]")]
        }
        "client.trusts" => vec![same, with("[\"ca\"]\nidentity", "[\"ca\", \"stale\"]\nidentity")],
        "client.trusts_new" => vec![same, with("trusts_new = true", "trusts_new = false")],
        "node.seed" => vec![same, with("seed = true", "seed = false")],
        "node.frozen" => vec![same, with("frozen = false", "frozen = true")],
        "node.cassandra" => ["3.11", "4.0.17", "5.0"].map(|value| set_in_first_node(text, "cassandra", value)).to_vec(),
        "client" => {
            vec![same, with("trusts = [\"ca\"]\nidentity = \"app-cert\"\nissued_by = \"ca\"", "trusts = [\"ca\"]")]
        }
        // Other values contradict the rest of the description, are of no account for a plan, or are asked for.
        "cassandra"
        | "node"
        | "keyspace"
        | "node.name"
        | "node.address"
        | "node.addresses"
        | "node.hostnames"
        | "node.uri"
        | "subject"
        | "node.subject"
        | "node.identity"
        | "node.issued_by"
        | "keyspace.name"
        | "keyspace.replicas"
        | "keyspace.consistency"
        | "client.name"
        | "client.identity"
        | "client.issued_by" => vec![same],
        new => panic!("what values can {new} have?"),
    }
}

fn set_in_first_node(text: &str, field: &str, value: &str) -> String {
    let mut table: toml::Table = text.parse().unwrap();
    table["node"][0].as_table_mut().unwrap().insert(field.to_owned(), value.into());
    table.to_string()
}

/// Facts that a plan takes for granted where they are not given, as `--explain-input` says, and that it does not hold without.
const TAKEN_FOR_GRANTED: &[(&str, &str)] = &[
    ("staging", "where stores are put is up to the reader of the plan, which says where"),
    ("node.cassandra", "what is said of all nodes holds for each"),
    ("node.encryption", "the same"),
    ("node.issued_by", "the plan says that each certificate is signed by itself"),
    ("client.issued_by", "the same"),
];

/// A fact that is taken for granted, and availability that is not checked, are not called safe for each value.
#[test]
fn what_a_plan_takes_for_granted_is_said_to_be_assumed() {
    let place = Place::new();
    let nodes = ["a", "b", "c"].map(|node| format!("[[node]]\nname = \"{node}\"\n")).concat();
    for release in ["3.11.19", "4.0.19", "edge"] {
        let cluster = place.file("cluster.toml", &format!("cassandra = \"{release}\"\n{nodes}"));
        let rotate = ["--cluster", &cluster, "rotate"];
        let document = json(&rotate);
        for about in ["availability", "certificates", "new stores", "running processes"] {
            assert_eq!(basis(&document, about)["known"], "assumed", "{release}: {about}");
        }
        let bases = document["rests_on"].as_array().unwrap().iter();
        let safe: Vec<&str> =
            bases.filter(|basis| basis["known"] == "unknown").map(|basis| basis["said"].as_str().unwrap()).collect();
        assert!(safe.iter().any(|said| said.contains("`client_auth`")), "{safe:?}");
        for (field, _) in TAKEN_FOR_GRANTED.iter().filter(|(field, _)| *field != "node.encryption") {
            let field = format!("`{}`", field.rsplit('.').next().unwrap());
            assert!(safe.iter().all(|said| !said.contains(&field)), "{release}: {field}: {safe:?}");
        }
        for form in [&[][..], &["--markdown"]] {
            let (code, said) = says(&[&rotate[..], form].concat());
            let line = said.lines().find(|line| line.contains("availability: ")).unwrap();
            assert!(code == 0 && line.contains("every keyspace must stay available while one node is down"), "{line}");
            assert!(line.ends_with("so this is not checked (not given, assumed)"), "{line}");
        }
    }
}

fn wanted(name: &str) -> Wanted {
    match name {
        "rotate" => Wanted::Rotate { keep_old: false },
        "enable" => Wanted::Enable,
        "disable" => Wanted::Disable,
        _ => Wanted::ClientAuth { switch: cassandra_tls::goal::Switch::Off },
    }
}

/// The plan from a description, or what is asked for.
fn planned(text: &str, wanted: &Wanted) -> Result<Plan, String> {
    let description = Description::from_toml(text).map_err(|error| format!("{error:#}"))?;
    wanted.ask(&description).map_err(|error| error.to_string())?;
    let subject = Subject::of(&description).map_err(|error| error.to_string())?;
    plan(&subject.cluster, &subject.goal(wanted).unwrap(), &Preference::default())
        .map_err(|refusal| refusal.to_string())
}

/// Each fact is deleted in turn: the outcome is an error that names it, or a plan that the checker passes under every value of it.
#[test]
fn without_a_fact_there_is_an_error_that_names_it_or_a_plan_that_is_safe_for_all_its_values() {
    let whole =
        [FULL.to_owned(), with_authority(FULL)].map(|text| text.replace("RELEASE", "5.0").replace("SPEAKS", "tls"));
    let given: BTreeSet<String> = whole.iter().flat_map(|text| facts(text)).map(|fact| fact.to_string()).collect();
    let all = fields(&Description::from_toml(&whole[1]).unwrap());
    let other_strategy: BTreeSet<String> = ["keyspace.simple".to_owned()].into();
    assert_eq!(&all - &given, other_strategy);

    let (mut asked, mut safe, mut granted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for release in ["3.11", "4.0.17", "5.0", "edge-4.53"] {
        for goal in ["rotate", "enable", "disable", "client-auth"] {
            let speaks = if goal == "enable" { "plain" } else { "tls" };
            for base in [FULL.to_owned(), with_authority(FULL)] {
                let full = base.replace("RELEASE", release).replace("SPEAKS", speaks);
                for fact in facts(&full) {
                    let place = format!("{release} {goal} without {fact}");
                    match outcome(&full, &fact, &wanted(goal)) {
                        Outcome::Asked => asked.insert(format!("{goal} {fact}")),
                        Outcome::Safe => safe.insert(format!("{goal} {fact}")),
                        Outcome::Refused => true,
                        Outcome::Unsafe(why) => {
                            let known = TAKEN_FOR_GRANTED.iter().any(|(known, _)| *known == fact.to_string());
                            assert!(known, "{place}: {why}");
                            granted.insert(fact.to_string())
                        }
                    };
                }
            }
        }
    }
    let expected = TAKEN_FOR_GRANTED.iter().map(|(fact, _)| (*fact).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(granted, expected, "each exception is needed");
    let met: BTreeSet<&str> = asked.iter().chain(&safe).map(|met| met.split_once(' ').unwrap().1).collect();
    let never: Vec<&String> =
        given.iter().filter(|fact| !met.contains(fact.as_str()) && !expected.contains(*fact)).collect();
    assert_eq!(never, [""; 0], "facts that every case refuses");
    for expected in [
        "rotate cassandra",
        "enable node.speaks",
        "disable node.speaks",
        "client-auth client_auth",
        "rotate keyspace.replicas",
    ] {
        assert!(asked.contains(expected), "{expected}: {asked:?}");
    }
    for expected in ["client_auth", "encryption", "node.rack", "node.dc", "node.speaks", "node.trusts", "client.trusts"]
    {
        assert!(safe.contains(&format!("rotate {expected}")), "{expected}: {safe:?}");
    }
    println!("asked for: {}; safe for all values: {}; taken for granted: {granted:?}", asked.len(), safe.len());
}

/// What came of a description without a fact.
enum Outcome {
    /// An error that names the fact.
    Asked,
    /// A plan that is safe for each value.
    Safe,
    /// A refusal, as with the fact.
    Refused,
    /// A plan that is not safe for some value, or a refusal where the fact would have given a plan.
    Unsafe(String),
}

fn outcome(full: &str, fact: &Fact, wanted: &Wanted) -> Outcome {
    let plan = match planned(&without(full, fact), wanted) {
        Ok(plan) => plan,
        Err(error) if error.starts_with("no safe plan") => {
            return if planned(full, wanted).is_err() { Outcome::Refused } else { Outcome::Unsafe(error) };
        }
        Err(error) => {
            let named = [format!("`{}`", fact.field), format!("`{} = ", fact.field)];
            return if named.iter().any(|name| error.contains(name)) { Outcome::Asked } else { Outcome::Unsafe(error) };
        }
    };
    for value in values(full, fact) {
        let cluster = Description::from_toml(&value).unwrap().cluster().unwrap();
        // Where some pair is cut from the beginning, none may be cut besides.
        let mut checker = Checker::safe(&cluster).or_else(|_| Checker::never_worse(&cluster)).unwrap();
        for step in plan.steps() {
            if let Err(error) = checker.apply(step) {
                return Outcome::Unsafe(format!("{error}\n{value}"));
            }
        }
    }
    Outcome::Safe
}

/// Names as people give them: no label is ever another node's.
#[test]
fn no_name_makes_a_label_that_is_another_nodes() {
    let mut rng = rand::rngs::StdRng::seed_from_u64(17);
    let mut pool: Vec<String> = Vec::new();
    for base in ["db", "db-1", "cassandra", "ip-10-0-0", "10.0.0", "node", "n1.example.com", "cdb-eu", "db-1-2"] {
        pool.push(base.to_owned());
        pool.extend((1..=12).map(|number| format!("{base}-{number}")));
        pool.extend((1..=3).map(|number| format!("{base}{number}")));
        pool.extend((1..=3).map(|number| format!("{base}.{number}")));
    }
    for _ in 0..300 {
        let names: BTreeSet<&String> = (0..6).map(|_| &pool[rng.random_range(0..pool.len())]).collect();
        let nodes: Vec<String> = names.iter().map(|name| format!("[[node]]\nname = \"{name}\"\n")).collect();
        let nodes = nodes.concat();
        let description =
            Description::from_toml(&format!("cassandra = \"3.11\"\nclient_auth = false\n{nodes}")).unwrap();
        let labels: BTreeSet<String> = description
            .nodes
            .iter()
            .flat_map(|node| [node.served(), node.next()])
            .map(|identity| identity.id().to_string())
            .collect();
        assert_eq!(labels.len(), 2 * names.len(), "{names:?}");
        let subject = Subject::of(&description).unwrap();
        let plan = plan(&subject.cluster, &subject.goal(&wanted("rotate")).unwrap(), &Preference::default()).unwrap();
        // As for names without numbers: each node once, and each gets both truststores and a keystore.
        assert_eq!((plan.cost().restarts, plan.cost().files), (names.len(), 3 * names.len()), "{names:?}");
    }
}

/// The page is about the plan that is printed, and shows what it rests on.
#[test]
fn a_plan_is_written_as_a_page() {
    let place = Place::new();
    let file = place.0.path().join("plan.html");
    let cluster = report("clusters-01-enable-4.0.17.toml");
    let document = json(&["--cluster", &cluster, "enable", "--html", file.to_str().unwrap()]);
    let html = fs::read_to_string(&file).unwrap();
    let id = document["id"].as_str().unwrap();
    assert!(html.contains(&format!("<code id=\"plan-id\">{id}</code>")), "{id}");
    for basis in document["rests_on"].as_array().unwrap() {
        assert!(html.contains(&page::xml(basis["said"].as_str().unwrap())), "{basis}");
    }
    let (code, said) = says(&["--cluster", &cluster, "enable", "--back-from", "1", "--html", file.to_str().unwrap()]);
    assert!(code == 3 && said.contains("cannot be used with"), "{said}");
}
