//! What scripts rely on: exit statuses, JSON that follows the schemas in docs/schema, passwords that are not arguments.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::LazyLock;
use std::time::SystemTime;

use certgen::{AuthorityParams, KeyKind, KeyPair, Validity, pem};
use serde_json::Value;
use test_support::{Suite, Tool};

fn main() -> ExitCode {
    Suite::new()
        .test("zero_is_fine", &[], zero_is_fine)
        .test("one_is_warnings_only", &[], one_is_warnings_only)
        .test("two_is_a_no", &[], two_is_a_no)
        .test("expiry_looks_at_the_whole_chain_of_a_key", &[], expiry_looks_at_the_whole_chain_of_a_key)
        .test("expiry_says_that_a_store_is_encrypted", &[], expiry_says_that_a_store_is_encrypted)
        .test("the_password_of_a_store_in_settings_can_be_given", &[], the_password_of_a_store_in_settings_can_be_given)
        .test("a_key_that_tls_does_not_take_is_refused", &[], a_key_that_tls_does_not_take_is_refused)
        .test("an_expired_anchor_is_still_accepted_whatever_its_key", &[], an_expired_anchor_is_still_accepted)
        .test("three_could_not_look", &[], three_could_not_look)
        .test("what_settled_assumes_is_not_called_observed", &[], what_settled_assumes_is_not_called_observed)
        .test("a_node_that_is_down_is_named_with_its_wave", &[], a_node_that_is_down_is_named_with_its_wave)
        .test("an_error_is_a_document_where_json_was_asked_for", &[], an_error_is_a_document)
        .test("each_schema_has_a_document_and_names_its_fields", &[], each_schema_has_a_document)
        .test("a_bad_listener_does_not_hold_the_others", &[], a_bad_listener_does_not_hold_the_others)
        .test("expiry_says_if_certificates_could_not_be_read", &[], expiry_says_if_certificates_could_not_be_read)
        .test("no_issuer_is_called_missing_behind_one_that_is_not_read", &[], no_issuer_is_called_missing)
        .test("a_root_that_is_given_is_no_open_end", &[], a_root_that_is_given_is_no_open_end)
        .test("an_inventory_names_nodes_in_place_of_a_description", &[], an_inventory_names_nodes)
        .test("a_weak_authority_is_refused", &[Tool::OpenSsl], a_weak_authority_is_refused)
        .test("what_fips_mode_refuses_is_a_warning", &[Tool::OpenSsl], what_fips_mode_refuses_is_a_warning)
        .test("a_bcfks_under_another_store_type_stops_a_node", &[], a_bcfks_under_another_store_type_stops_a_node)
        .test("colours_are_as_asked", &[], colours_are_as_asked)
        .test("passwords_come_from_files_for_one_or_all_and_the_environment", &[], passwords_come_from_files)
        .test("a_file_of_another_schema_is_not_read", &[], a_file_of_another_schema_is_not_read)
        .test("playbooks_call_the_program_as_it_is_called", &[], playbooks_call_the_program_as_it_is_called)
        .test("completions_know_every_subcommand", &[], completions_know_every_subcommand)
        .test("man_pages_describe_every_subcommand", &[], man_pages_describe_every_subcommand)
        .test_where_found("documents_follow_their_schemas", &[Tool::Other("python3")], documents_follow_their_schemas)
        .run()
}

const CLUSTER: &str = "cassandra = \"3.11.19\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
    [[node]]\nname = \"node1\"\naddress = \"192.0.2.12\"\n";

const SETTINGS: &str = "opt/apigee/customer/application/cassandra.properties";
const STORES: &str = "opt/apigee/data/apigee-cassandra";

/// Two generations, and trees of hosts that have the first.
static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("cluster.toml", CLUSTER);
        place.write("plaintext.toml", &CLUSTER.replace("address", "speaks = \"plain\"\naddress"));
        place.runs(&["prepare", "--cluster", "cluster.toml"]);
        place.runs(&["prepare", "--cluster", "cluster.toml", "--previous", "bundles/g1"]);
        place.authority();
        // The authority was made a moment earlier, and so ends a moment earlier than the longest validity.
        let signed = ["--dir", "signed", "--days", "365", "--ca-cert", "ca.pem", "--ca-key", "ca.key.pem"];
        place.runs(&[&["prepare", "--cluster", "cluster.toml"][..], &signed].concat());
        place.trees("hosts", "bundles/g1");
        place.runs(&["observe", "trees", "--cluster", "cluster.toml", "--bundles", "bundles/g1", "--settled", "hosts"]);
        place
    }

    /// Trees of hosts that have a generation.
    fn trees(&self, hosts: &str, generation: &str) {
        for node in ["node0", "node1"] {
            let stores = self.path(hosts).join(node).join(STORES);
            fs::create_dir_all(&stores).unwrap();
            for kind in ["keystore", "truststore"] {
                let store = format!("{kind}.{node}");
                fs::copy(self.path(generation).join(node).join(&store), stores.join(&store)).unwrap();
            }
            let settings = fs::read_to_string(self.path(generation).join(node).join(format!("{node}.properties")));
            self.write(&format!("{hosts}/{node}/{SETTINGS}"), &settings.unwrap());
        }
    }

    fn authority(&self) {
        let mut rng = rand::rng();
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
        self.write("ca.key.pem", pem::encode_private_key(&key.secret_pkcs8()).secret_text());
        let validity = Validity::days(SystemTime::now().into(), Validity::DEFAULT_DAYS).unwrap();
        let authority =
            AuthorityParams::new("CN=CA 2026".parse().unwrap(), validity).self_signed(key, &mut rng).unwrap();
        self.write("ca.pem", &pem::encode_certificate(authority.certificate()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        command.args(arguments).current_dir(self.0.path()).env_remove("STORE_PASSWORD");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn runs(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn has_status(&self, status: i32, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
        output
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `tcpmux`, which has no server here.
const NO_SERVER: &str = "127.0.0.1:1";
const PREFLIGHT: [&str; 7] = ["preflight", "--root", "hosts/node0", "--bundles", "bundles/g1", "--node", "node0"];
const INSPECT: [&str; 4] =
    ["inspect", "--password-file", "bundles/g1/node0/password", "bundles/g1/node0/keystore.node0"];
const CONVERT: [&str; 7] = [
    "convert",
    "--password-file",
    "bundles/g1/node0/password",
    "bundles/g1/node0/keystore.node0",
    "converted.p12",
    "--store",
    "pkcs12",
];
const ROTATE: [&str; 6] = ["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g2"];
const ENABLE: [&str; 4] = ["plan", "--cluster", "plaintext.toml", "enable"];

/// `PLACE` was observed with `--settled`. A state from before this was recorded is read as it was.
fn what_settled_assumes_is_not_called_observed() {
    let expected = "what is loaded is certain on 0 of 2, assumed on 2 (`observe trees --settled`), not certain on 0";
    let rotate = |state: &str, options: &[&str]| {
        let plan = ["plan", "--state", state, "rotate", "--bundles", "bundles/g2"];
        PLACE.runs(&[&plan[..], options].concat())
    };
    rotate("state.json", &["--html", "assumed.html"]);
    let page = fs::read_to_string(PLACE.path("assumed.html")).unwrap();
    assert!(page.contains(&format!("<span>{expected}")), "{page}");
    for form in [&[][..], &["--markdown"]] {
        let said = rotate("state.json", form).replace('\\', "");
        let line = said.lines().find(|line| line.contains(expected)).unwrap_or_else(|| panic!("{said}"));
        assert!(line.ends_with("(not given, assumed)"), "{line}");
    }
    let known = |state: &str| {
        let document: Value = serde_json::from_str(&rotate(state, &["--json"])).unwrap();
        let bases = document["rests_on"].as_array().unwrap();
        bases.iter().find(|basis| basis["about"] == "running processes").unwrap()["known"].clone()
    };
    assert_eq!(known("state.json"), "assumed");
    let mut older: Value = serde_json::from_str(&fs::read_to_string(PLACE.path("state.json")).unwrap()).unwrap();
    for disk in older["disks"].as_object_mut().unwrap().values_mut() {
        assert_eq!(disk.as_object_mut().unwrap().remove("assumed_loaded"), Some(true.into()));
    }
    PLACE.write("older.json", &older.to_string());
    assert_eq!(known("older.json"), "observed");
}

fn zero_is_fine() {
    for arguments in [&PREFLIGHT[..], &INSPECT, &ROTATE, &["--help"], &["plan", "--help"], &["probe", "--version"]] {
        PLACE.has_status(0, arguments);
    }
    PLACE.has_status(0, &["expiry", "bundles/g1/node0/node0.cer"]);
    for peers in ["hosts", "bundles/g1"] {
        let output = PLACE.has_status(0, &[&PREFLIGHT[..], &["--cassandra", "3.11.19", "--peers", peers]].concat());
        let said = text(&output.stdout);
        assert!(said.contains("ok     node0 accepts node1 as a server"), "{said}");
    }
    PLACE.has_status(0, &["plan", "--cluster", "cluster.toml", "compare"]);
    let version = text(&PLACE.run(&["--version"]).stdout);
    assert_eq!(version.trim(), format!("cassandra-tls {}", env!("CARGO_PKG_VERSION")));
}

fn one_is_warnings_only() {
    PLACE.has_status(1, &["expiry", "--warning", "99999", "bundles/g1/node0/node0.cer"]);
    let twice = fs::read_to_string(PLACE.path(&format!("hosts/node0/{SETTINGS}"))).unwrap();
    let twice = format!("conf_cassandra_server_encryption_keystore = /old/keystore\n{twice}");
    PLACE.write("twice/cassandra.properties", &twice);
    PLACE.has_status(1, &["inspect", "twice/cassandra.properties"]);
    // A plan that is not safe was asked for, and is there.
    for option in ["--fallback", "--least-bad"] {
        let output = PLACE.has_status(1, &[&ENABLE[..], &[option]].concat());
        assert!(!output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

/// Nothing else says that it must not start earlier.
fn a_node_that_is_down_is_named_with_its_wave() {
    PLACE.trees("down", "bundles/g1");
    PLACE.write("down/node1/.observed.json", "{\"process\": \"\", \"marker\": \"\", \"changed\": []}");
    let observe = ["observe", "trees", "--cluster", "cluster.toml", "--bundles", "bundles/g1", "--settled"];
    PLACE.runs(&[&observe[..], &["--state", "down.json", "down"]].concat());
    let plan = ["plan", "--state", "down.json", "rotate", "--bundles", "bundles/g2"];
    let said = text(&PLACE.has_status(0, &plan).stdout);
    let down =
        "stopped nodes: node1 (down until wave 3 starts it); a node that is started at another time may be cut off";
    assert!(said.contains(down) && said.contains(", and 1 is stopped; "), "{said}");
    let runbook = text(&PLACE.has_status(0, &[&plan[..], &["--markdown"]].concat()).stdout);
    assert!(runbook.contains("every node is UN, unless the plan stopped it or has not started it yet"), "{runbook}");
    let all_up =
        text(&PLACE.has_status(0, &["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g2"]).stdout);
    assert!(!all_up.contains("stopped nodes"), "{all_up}");
}

fn two_is_a_no() {
    PLACE.has_status(2, &ENABLE);
    let strict = "[[keyspace]]\nname = \"k\"\nreplicas = { dc1 = 2 }\nconsistency = \"all\"\n";
    PLACE.write("strict.toml", &format!("{CLUSTER}{strict}"));
    PLACE.has_status(2, &["plan", "--cluster", "strict.toml", "compare"]);
    PLACE.has_status(2, &["expiry", "--error", "99999", "signed/g1/node0/node0.cer"]);
    PLACE.has_status(2, &["preflight", "--root", "hosts/node0", "--bundles", "bundles/g2", "--node", "node0"]);
    PLACE.has_status(2, &["preflight", "--root", "hosts/nowhere"]);
    PLACE.has_status(2, &[&PREFLIGHT[..], &["--peers", "signed/g1"]].concat());
    PLACE.write("off/cassandra.properties", "conf_cassandra_server_encryption_internode_encryption = sometimes\n");
    PLACE.has_status(2, &["inspect", "off/cassandra.properties"]);
}

fn report(name: &str) -> String {
    format!("{}/tests/fixtures/reports/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn an_expired_anchor_is_still_accepted() {
    PLACE.write("changeit", "changeit");
    for name in ["keystores-05-expired-ec.p12", "keystores-05-expired-ed25519.p12"] {
        let output = PLACE.has_status(1, &["expiry", "--json", "--password-file", "changeit", &report(name)]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["rows"][0]["consequence"], "still-accepted", "{document}");
    }
}

/// The intermediate expired on 2026-11-06: Java refuses the node, whose own certificate was good for another year.
fn expiry_looks_at_the_whole_chain_of_a_key() {
    PLACE.write("changeit", "changeit");
    let store = report("keystores-11-expired-intermediate.p12");
    let output = PLACE.has_status(2, &["expiry", "--json", "--password-file", "changeit", &store]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let worst = &document["rows"][0];
    assert!(worst["name"].as_str().unwrap().ends_with(", certificate 2 of 3"), "{document}");
    assert_eq!((worst["subject"].as_str(), worst["consequence"].as_str()), (Some("CN=I6"), Some("outage")));
}

/// Of `node0.p12`, the key bag can be read without the password, and the certificates cannot.
fn expiry_says_that_a_store_is_encrypted() {
    for store in [&report("clusters-02-openssl-nokeys.p12"), "bundles/g1/node0/node0.p12"] {
        let said = text(&PLACE.has_status(3, &["expiry", "--no-password", store]).stderr);
        let why = "no certificate in the store can be read without the password: give it with --password-file or --password-for";
        assert!(said.contains(why), "{said}");
    }
}

/// The name is that in the settings. The password that is given is used, and not that of the settings.
fn the_password_of_a_store_in_settings_can_be_given() {
    let store = PLACE.path("bundles/g1/node0/keystore.node0").display().to_string();
    let own = format!("{store}=bundles/g1/node0/password");
    let yaml = |password: &str| {
        let options = format!("internode_encryption: all\n  keystore: {store}\n{password}");
        PLACE.write("one/cassandra.yaml", &format!("cluster_name: x\nserver_encryption_options:\n  {options}"));
    };
    for password in ["", "  keystore_password: wrong\n"] {
        yaml(password);
        PLACE.has_status(0, &["expiry", "one/cassandra.yaml", "--password-for", &own]);
        PLACE.has_status(3, &["expiry", "one/cassandra.yaml", "--no-password", "--password-file", "cluster.toml"]);
    }
    let other = "/nowhere=bundles/g1/node0/password";
    let said = text(&PLACE.has_status(3, &["expiry", "one/cassandra.yaml", "--password-for", other]).stderr);
    assert!(said.contains("--password-for /nowhere: no such store is given"), "{said}");
}

/// 4.0 runs with Java 8 or 11, whose TLS has no Ed25519, and prefers Netty's OpenSSL, which has none either. Java's trust managers
/// do not look at the key of a certificate that is itself trusted.
fn a_key_that_tls_does_not_take_is_refused() {
    let ed25519 = ["prepare", "--cluster", "cluster.toml", "--dir", "ed25519", "--key", "ed25519"];
    PLACE.write("newer.toml", &CLUSTER.replace("3.11.19", "4.0.17"));
    let newer = ["prepare", "--cluster", "newer.toml", "--dir", "ed25519", "--key", "ed25519"];
    for (arguments, java) in [
        (&ed25519[..], "(Java 8, its own TLS)"),
        (&newer, "(Java 8, its own TLS)"),
        (&[&newer[..], &["--java", "17"]].concat(), "(Java 17, Netty's OpenSSL)"),
    ] {
        let said = text(&PLACE.has_status(2, arguments).stderr);
        assert!(said.contains("has a key (Ed25519) that the node's TLS engine does not accept"), "{said}");
        assert!(said.contains(java), "{said}");
        assert!(!PLACE.path("ed25519/g1").exists());
    }
    PLACE.runs(&[&ed25519[..], &["--java", "17"]].concat());
    PLACE.trees("ed25519-hosts", "ed25519/g1");
    let preflight = ["preflight", "--root", "ed25519-hosts/node0"];
    for peers in [&[][..], &["--peers", "ed25519-hosts"], &["--peers", "ed25519/g1"]] {
        let status = |status: i32, options: &[&str]| {
            text(&PLACE.has_status(status, &[&preflight[..], peers, options].concat()).stdout)
        };
        status(0, &["--cassandra", "3.11.19", "--java", "17"]);
        for options in [&["--cassandra", "3.11.19"][..], &["--cassandra", "4.0.17"]] {
            let said = status(2, options);
            assert!(said.contains("has a key (Ed25519)"), "{said}");
        }
    }
}

fn three_could_not_look() {
    for arguments in [
        &["plan"][..],
        &["plan", "--cluster", "cluster.toml", "rotate", "--colour", "never"],
        &["plan", "--cluster", "cluster.toml", "rotate", "--bundles", "bundles/g2", "--back-from", "many"],
        &["plan", "--cluster", "cluster.toml", "rotate", "--back-from", "99"],
        &["inspect", "nowhere"],
        &["inspect", "cluster.toml", "--password-file", "cluster.toml"],
        &["inspect", "bundles/g1/node0/keystore.node0", "--password-file", "nowhere"],
        &["prepare", "--cluster", "nowhere.toml"],
        &["observe", "trees", "--cluster", "cluster.toml", "nowhere"],
        &["preflight", "--bundles", "nowhere", "--node", "node0"],
        &["expiry", "nowhere"],
        &["expiry", NO_SERVER],
        &["probe", NO_SERVER],
        &["apply", "nowhere"],
        &["plan", "--nodetool-status", "cluster.toml", "--cassandra", "6.0", "rotate"],
    ] {
        let output = PLACE.has_status(3, arguments);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

fn an_inventory_names_nodes() {
    let inventory = r#"{
        "_meta": { "hostvars": { "node0": { "ansible_host": "192.0.2.11", "cassandra_addresses": ["198.51.100.11"],
            "cassandra_hostnames": ["node0.example.com"], "cassandra_uri": "spiffe://example.com/node0" } } },
        "cassandra": { "hosts": ["node0"] }
    }"#;
    PLACE.write("inventory.json", inventory);
    PLACE.runs(&["prepare", "--inventory", "inventory.json", "--cassandra", "3.11.19", "--dir", "listed"]);
    let said = PLACE.runs(&["inspect", "listed/g1/node0/node0.cer.pem"]);
    for name in ["192.0.2.11", "198.51.100.11", "node0.example.com", "spiffe://example.com/node0"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    let play = ["observe", "playbook", "--inventory", "inventory.json", "--cassandra", "3.11.19", "listed/play"];
    PLACE.runs(&play);
    assert!(PLACE.path("listed/play/observe.yml").is_file());
    for (arguments, why) in [
        (&["prepare"][..], "no cluster is given: use --cluster, or --inventory with --cassandra"),
        (&["prepare", "--inventory", "inventory.json"], "--cassandra <RELEASE>"),
        (&["plan", "--state", "state.json", "--cassandra", "4.0", "rotate"], "cannot be used with"),
        (
            &["observe", "trees", "--inventory", "inventory.json", "--cluster", "cluster.toml", "hosts"],
            "cannot be used",
        ),
    ] {
        let said = text(&PLACE.has_status(3, arguments).stderr);
        assert!(said.contains(why), "{why}: {said}");
    }
}

fn an_error_is_a_document() {
    for (arguments, command, said) in [
        (&["preflight", "--json", "--bundles", "nowhere", "--node", "node0"][..], Some("preflight"), "nowhere"),
        (&["--json", "prepare", "--cluster", "nowhere.toml"], Some("prepare"), "nowhere.toml cannot be read"),
        (&["plan", "--json", "--cluster", "cluster.toml"], Some("plan"), "no goal is given: use rotate,"),
        (&["plan", "--json", "rotate"], Some("plan"), "no cluster is given: use --cluster, --state,"),
        (&["plan", "--json", "--cluster"], None, "a value is required"),
        (
            &["plan", "--json", "--cluster", "cluster.toml", "rotate", "--markdown"],
            Some("plan"),
            "either --json or --markdown",
        ),
    ] {
        let output = PLACE.has_status(3, arguments);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["schema"], "cassandra-tls/error/1");
        assert_eq!(document["command"].as_str(), command);
        assert!(document["error"].as_str().unwrap().contains(said), "{document}");
        assert!(text(&output.stderr).contains(said));
    }
}

/// One node answers with empty records, the other one serves node0's certificate.
/// When a rotation must begin is said only of what was read.
fn expiry_says_if_certificates_could_not_be_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    // No server listens at node1.
    let addresses = CLUSTER.replace("192.0.2.11", "127.0.0.1").replace("192.0.2.12", "127.0.0.3");
    PLACE.write("half.toml", &addresses);
    let expiry = ["expiry", "--cluster", "half.toml", "--port", &port];
    let server = served(listener);
    let seen = text(&PLACE.has_status(3, &expiry).stdout);
    server.join().unwrap();
    let partly = "; no certificate is refused after its end, as far as certificates could be read\n";
    assert!(seen.contains(partly), "{seen}");
    let seen = text(&PLACE.has_status(3, &expiry).stdout);
    assert!(seen.contains("; no certificate was read, so it is unknown when to begin\n"), "{seen}");
}

fn a_bad_listener_does_not_hold_the_others() {
    let bad = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = bad.local_addr().unwrap().port();
    std::thread::spawn(move || {
        bad.incoming().for_each(|stream| while stream.as_ref().unwrap().write_all(&[22, 3, 3, 0, 0]).is_ok() {});
    });
    let good = || served(TcpListener::bind(("127.0.0.1", port)).unwrap());
    let [bad_target, good_target] = [format!("127.0.0.2:{port}"), format!("127.0.0.1:{port}")];

    for command in ["probe", "expiry"] {
        let server = good();
        let output = PLACE.has_status(3, &[command, &bad_target, &good_target]);
        server.join().unwrap();
        let (seen, failed) = (text(&output.stdout), text(&output.stderr));
        assert!(seen.contains(&good_target) && !seen.contains(&bad_target), "{seen}");
        assert_eq!(failed.lines().count(), 1, "{failed}");
        assert!(failed.starts_with(&bad_target) && failed.contains("the server sends an empty record"), "{failed}");
    }
    let server = good();
    let output = PLACE.has_status(3, &["expiry", "--json", "nowhere", &bad_target, &good_target, &bad_target]);
    server.join().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |field: &str| -> Vec<String> {
        document[field].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("rows"), [good_target]);
    assert_eq!(names("failures"), ["nowhere", &bad_target, &bad_target]);

    let addresses = CLUSTER.replace("192.0.2.11", "127.0.0.1").replace("192.0.2.12", "127.0.0.2");
    PLACE.write("local.toml", &addresses);
    let server = good();
    let output = PLACE.has_status(
        0,
        &[
            "observe",
            "trees",
            "--cluster",
            "local.toml",
            "--state",
            "local.json",
            "--probe",
            &port.to_string(),
            "hosts",
        ],
    );
    server.join().unwrap();
    let failed = text(&output.stderr);
    assert!(failed.lines().count() == 1 && failed.starts_with("node1 at 127.0.0.2:"), "{failed}");
}

/// What signed an unreadable certificate is not known. A long chain is shown whole.
fn no_issuer_is_called_missing() {
    let probed = |rest: &[Vec<u8>], options: &[&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = served_with(listener, "signed/g1", rest);
        let output = PLACE.has_status(0, &[&["probe", &address][..], options].concat());
        server.join().unwrap();
        text(&output.stdout)
    };
    let missing = "peers that trust neither this issuer nor a certificate of the chain refuse the chain";
    assert!(probed(&[], &[]).contains(missing));
    let said = probed(&[vec![1, 2, 3]], &[]);
    assert!(said.contains("with a certificate that cannot be read") && !said.contains(missing), "{said}");
    let own = fs::read(PLACE.path("signed/g1/node0/node0.cer")).unwrap();
    let document: Value = serde_json::from_str(&probed(&vec![own; 12], &["--json"])).unwrap();
    assert_eq!(document["servers"][0]["issuers"].as_array().unwrap().len(), 12, "{document}");
}

/// A server need not show the root: its dates are known if its file is among the arguments.
fn a_root_that_is_given_is_no_open_end() {
    let open_ends = |files: &[&str]| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = served_with(listener, "signed/g1", &[]);
        let output = PLACE.has_status(0, &[&["expiry", "--json", &address][..], files].concat());
        server.join().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["open_ends"].as_array().unwrap().len()
    };
    assert_eq!((open_ends(&[]), open_ends(&["bundles/g1/node0/node0.cer"]), open_ends(&["ca.pem"])), (1, 1, 0));
}

/// Of 1024 bits, signed by means of MD5 or SHA-1; itself or the one above it.
fn a_weak_authority_is_refused() {
    let make = |name: &str, options: &[&str]| {
        let mut request = Tool::OpenSsl.command();
        request.args(["req", "-x509", "-nodes", "-days", "3650", "-subj", &format!("/CN={name}")]).args(options);
        request.args(["-keyout", &format!("{name}.key.pem"), "-out", &format!("{name}.pem")]);
        test_support::output(request.current_dir(PLACE.0.path()));
    };
    make("short", &["-newkey", "rsa:1024"]);
    make("md5", &["-newkey", "rsa:2048", "-md5"]);
    make("sha1", &["-newkey", "rsa:2048", "-sha1"]);
    make("strong", &["-newkey", "rsa:2048"]);
    make("below", &["-newkey", "rsa:2048", "-sha1", "-CA", "strong.pem", "-CAkey", "strong.key.pem", "-days", "3000"]);
    let chain = ["below.pem", "strong.pem"].map(|file| fs::read_to_string(PLACE.path(file)).unwrap());
    PLACE.write("below.pem", &chain.concat());
    for (name, said) in [
        ("short", "short.pem: CN=short: its RSA key has only 1024 bits (NIST SP 800-131A"),
        ("below", "below.pem: CN=below: it is signed with SHA1withRSA, which can be forged (RFC 9155"),
    ] {
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key.pem"));
        let prepare = ["prepare", "--cluster", "cluster.toml", "--dir", name, "--days", "365"];
        let signed = [&prepare[..], &["--ca-cert", &certificate, "--ca-key", &key]].concat();
        let output = PLACE.has_status(3, &signed);
        let refused = text(&output.stderr);
        assert!(
            refused.contains(said) && refused.contains("--allow-weak-authority accepts this authority"),
            "{refused}"
        );
        assert!(!PLACE.path(name).exists());
        let output = PLACE.has_status(1, &[&signed[..], &["--allow-weak-authority"]].concat());
        assert!(text(&output.stderr).contains(said) && PLACE.path(name).join("g1/manifest.json").exists());
    }
    // Java does not check the signature of a root.
    for name in ["strong", "md5", "sha1"] {
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key.pem"));
        let signed = ["--dir", name, "--days", "365", "--ca-cert", &certificate, "--ca-key", &key];
        PLACE.has_status(0, &[&["prepare", "--cluster", "cluster.toml"][..], &signed].concat());
    }
}

fn what_fips_mode_refuses_is_a_warning() {
    PLACE.write("fips-short.txt", "changeit\n");
    PLACE.write("fips-long.txt", "fourteen-chars\n");
    let prepare = |status: i32, dir: &str, options: &[&str]| {
        let arguments = ["prepare", "--cluster", "cluster.toml", "--dir", dir];
        text(&PLACE.has_status(status, &[&arguments[..], options].concat()).stderr)
    };
    let said = prepare(1, "fips-short", &["--store", "bcfks", "--password-file", "fips-short.txt"]);
    for kind in ["keystore", "truststore"] {
        let warning =
            format!("the {kind} of node0, node1: the password has fewer than 14 bytes in UTF-8: in approved mode");
        assert!(said.contains(&warning), "{said}");
    }
    assert!(PLACE.path("fips-short/g1/manifest.json").exists());
    prepare(0, "fips-long", &["--store", "bcfks", "--password-file", "fips-long.txt"]);
    prepare(0, "fips-none", &["--password-file", "fips-short.txt"]);

    // Keys that others made, and that stay.
    for node in ["node0", "node1"] {
        let (host, renewed) = (format!("hosts/{node}/{STORES}"), format!("renewed/{node}/{STORES}"));
        PLACE.write(
            &format!("renewed/{node}/{SETTINGS}"),
            &fs::read_to_string(PLACE.path(&format!("hosts/{node}/{SETTINGS}"))).unwrap(),
        );
        fs::create_dir_all(PLACE.path(&renewed)).unwrap();
        let [truststore, keystore] = ["truststore", "keystore"].map(|kind| format!("{renewed}/{kind}.{node}"));
        fs::copy(PLACE.path(&format!("{host}/truststore.{node}")), PLACE.path(&truststore)).unwrap();
        let run = |arguments: &[&str]| {
            test_support::output(Tool::OpenSsl.command().args(arguments).current_dir(PLACE.0.path()));
        };
        run(&[
            "req", "-x509", "-nodes", "-newkey", "rsa:1024", "-subj", "/CN=old", "-keyout", "1024.key", "-out",
            "1024.pem",
        ]);
        let password = format!("file:bundles/g1/{node}/password");
        run(&["pkcs12", "-export", "-inkey", "1024.key", "-in", "1024.pem", "-passout", &password, "-out", &keystore]);
    }
    let said = prepare(1, "fips-renewed", &["--store", "bcfks", "--trees", "renewed", "--renew"]);
    assert!(
        said.contains("the keystore of node0, node1: the key has fewer than 2048 bits: in approved mode"),
        "{said}"
    );
}

fn a_bcfks_under_another_store_type_stops_a_node() {
    let (own, store) = ("bundles/g1/node0/password", ["--store", "bcfks"]);
    let arguments = ["prepare", "--cluster", "cluster.toml", "--dir", "bcfks", "--password-file", own];
    PLACE.has_status(0, &[&arguments[..], &store].concat());
    let settings = fs::read_to_string(PLACE.path(&format!("hosts/node0/{SETTINGS}"))).unwrap();
    PLACE.write(&format!("typed/node0/{SETTINGS}"), &settings);
    fs::create_dir_all(PLACE.path(&format!("typed/node0/{STORES}"))).unwrap();
    for kind in ["truststore", "keystore"] {
        let [from, to] =
            ["bcfks/g1/node0", &format!("typed/node0/{STORES}")].map(|place| format!("{place}/{kind}.node0"));
        fs::copy(PLACE.path(&from), PLACE.path(&to)).unwrap();
    }
    let said = text(&PLACE.has_status(2, &["preflight", "--root", "typed/node0", "--cassandra", "4.0.17"]).stdout);
    assert_eq!(said.matches("store_type is JKS, but the file is").count(), 2, "{said}");
    assert!(said.contains("typed/node0") && !said.contains("is loaded by Java"), "{said}");
}

fn colours_are_as_asked() {
    let coloured = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = PLACE.command(&[&PREFLIGHT[..], arguments].concat());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").envs(variable);
        text(&command.output().unwrap().stdout).contains('\u{1b}')
    };
    assert!(!coloured(&[], None), "not at a terminal");
    assert!(coloured(&["--color", "always"], None));
    assert!(coloured(&[], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!coloured(&["--color", "never"], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!coloured(&[], Some(("NO_COLOR", "1"))));
}

fn passwords_come_from_files() {
    let password = |node: &str| format!("bundles/g1/{node}/password");
    let stores = ["bundles/g1/node0/keystore.node0", "bundles/g1/node1/keystore.node1"];
    let own = format!("{}={}", stores[1], password("node1"));
    for command in ["inspect", "expiry"] {
        let all = ["--password-file", &password("node0")];
        PLACE.has_status(0, &[&[command, stores[0], stores[1], "--password-for", &own][..], &all].concat());
        // One password does not open both.
        PLACE.has_status(3, &[&[command, stores[0], stores[1]][..], &all].concat());
        PLACE.has_status(3, &[&[command, stores[0], "--password-for", &own][..], &all].concat());
        let secret = fs::read_to_string(PLACE.path(&password("node0"))).unwrap();
        let output = PLACE.command(&[command, stores[0]]).env("STORE_PASSWORD", secret.trim()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(!text(&output.stdout).contains(secret.trim()));
    }
}

fn a_file_of_another_schema_is_not_read() {
    let manifest = PLACE.path("bundles/g1/manifest.json");
    let output = PLACE.has_status(3, &["plan", "--state", manifest.to_str().unwrap(), "disable"]);
    let said = text(&output.stderr);
    assert!(
        said.contains("has the schema cassandra-tls/manifest/2; this program reads cassandra-tls/state/4"),
        "{said}"
    );
    PLACE.write("old.json", "{\"version\": 1}");
    let output = PLACE.has_status(3, &["plan", "--state", "old.json", "disable"]);
    assert!(text(&output.stderr).contains("names no schema; this program reads cassandra-tls/state/4"));
}

/// As the role calls it: `rot_program` of `site_vars.yml`, with what its tasks append.
fn playbooks_call_the_program_as_it_is_called() {
    PLACE.runs(&["observe", "playbook", "--cluster", "cluster.toml", "site"]);
    let variables = fs::read_to_string(PLACE.path("site/site_vars.yml")).unwrap();
    let program =
        variables.lines().find_map(|line| line.strip_prefix("rot_program: !unsafe ")).unwrap().replace('"', "");
    let role = PLACE.path("site/collections/ansible_collections/cassandra_tls/internode/roles/rot");
    let defaults = fs::read_to_string(role.join("defaults/main.yml")).unwrap();
    let status = |subcommand: &str, arguments: &[&str]| {
        assert!(defaults.contains(&format!("rot_program | quote }}}} {subcommand}\"")), "{subcommand}");
        let mut command = Command::new(&program);
        let output = command.arg(subcommand).args(arguments).current_dir(PLACE.0.path()).output().unwrap();
        (output.status.code(), text(&output.stdout))
    };
    let identity = "0".repeat(64);
    let settings = format!("/{SETTINGS}");
    let asked = ["--settings", &settings, "--identity", &identity, "--root", "hosts/node0"];
    let (code, said) = status("preflight", &asked);
    assert!(code == Some(2) && said.contains("it holds"), "{code:?} {said}");
    let (code, _) = status("probe", &["--expect", &identity, NO_SERVER]);
    assert_eq!(code, Some(3));
}

/// A playbook, and what `apply` says of it where Ansible fails.
fn carried_out() -> [(&'static str, Value); 2] {
    let stores = ["--previous", "bundles/g1", "--bundles", "bundles/g2", "--playbook", "applied"];
    PLACE.runs(&[&["plan", "--cluster", "cluster.toml", "rotate"][..], &stores].concat());
    PLACE.write("bin/ansible-playbook", "#!/bin/sh\nexit 2\n");
    let mut executable = Command::new("chmod");
    assert!(executable.arg("755").arg(PLACE.path("bin/ansible-playbook")).status().unwrap().success());
    let path = format!("{}:{}", PLACE.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = PLACE.command(&["apply", "applied", "--json", "--", "-i", "inventory"]);
    let output = command.env("PATH", path).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let applied: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((applied["failed"].as_str(), &applied["next"]), (Some("preflight.yml"), &Value::Null));
    let playbook = serde_json::from_slice(&fs::read(PLACE.path("applied/playbook.json")).unwrap()).unwrap();
    [("apply", applied), ("playbook", playbook)]
}

fn completions_know_every_subcommand() {
    for shell in ["bash", "zsh", "fish"] {
        let script = PLACE.runs(&["completions", shell]);
        for command in
            ["prepare", "observe", "plan", "preflight", "inspect", "probe", "expiry", "convert", "completions", "man"]
        {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

fn man_pages_describe_every_subcommand() {
    PLACE.runs(&["man", "man1"]);
    for command in cassandra_tls::cli::command().get_subcommands() {
        let page = fs::read_to_string(PLACE.path(&format!("man1/cassandra-tls-{}.1", command.get_name()))).unwrap();
        let about = command.get_about().unwrap().to_string();
        assert!(page.contains(".SH SYNOPSIS") && page.contains("Examples:"), "{page}");
        let plain = page.replace("\\-", "-").replace("\\*(Aq", "'");
        assert!(plain.contains(&about), "{about}: {page}");
    }
    let whole = fs::read_to_string(PLACE.path("man1/cassandra-tls.1")).unwrap();
    assert!(whole.contains("Exit status: 0 fine"), "{whole}");
}

/// What a command prints with `--json`.
fn json(arguments: &[&str]) -> Value {
    let output = PLACE.run(&[arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// What `probe` prints of a listener that serves, and of one that does not.
fn probed() -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = served(listener);
    let probed = json(&["probe", "--expect", &"0".repeat(64), &address, NO_SERVER]);
    server.join().unwrap();
    probed
}

const EXPIRY: [&str; 8] = [
    "expiry",
    "--warning",
    "99999",
    "--cluster",
    "cluster.toml",
    "bundles/g1/node0/node0.cer",
    "signed/g1/node1/node1.cer",
    NO_SERVER,
];

/// A real document of every schema, and more than one where there are kinds; by the name of its file.
fn documents() -> BTreeMap<&'static str, Value> {
    let file = |name: &str| serde_json::from_slice(&fs::read(PLACE.path(name)).unwrap()).unwrap();
    let mut documents = BTreeMap::from([
        ("comparison", json(&["plan", "--cluster", "cluster.toml", "compare"])),
        ("convert", json(&CONVERT)),
        ("requests", json(&["prepare", "--cluster", "cluster.toml", "--dir", "asked", "--requests"])),
        ("requests-waiting", {
            fs::create_dir_all(PLACE.path("answers")).unwrap();
            PLACE.write("answers/other", "no certificate");
            json(&["prepare", "--cluster", "cluster.toml", "--dir", "asked", "--replies", "answers"])
        }),
        ("error", json(&["prepare", "--cluster", "nowhere.toml"])),
        ("error-usage", json(&["plan"])),
        ("expiry", json(&EXPIRY)),
        ("inspect-properties", json(&["inspect", &format!("hosts/node0/{SETTINGS}")])),
        ("inspect-store", json(&INSPECT)),
        ("inspect-hidden", json(&["inspect", &report("keystores-10-hidden-certificates.p12")])),
        (
            "inspect-unread",
            json(&["inspect", "--no-password", &report("keystores-01b-unreadable-first.jks"), "nowhere"]),
        ),
        ("inspect-certificate", json(&["inspect", "bundles/g1/node0/node0.cer.pem"])),
        ("manifest-g1", file("bundles/g1/manifest.json")),
        ("manifest-g2", file("bundles/g2/manifest.json")),
        ("manifest-printed", json(&["prepare", "--cluster", "cluster.toml", "--dir", "printed"])),
        ("observe", json(&["observe", "trees", "--cluster", "cluster.toml", "hosts", "--state", "again.json"])),
        ("observe-stores", json(&["observe", "stores", &format!("hosts/node0/{SETTINGS}")])),
        ("observe-stores-none", {
            PLACE.write("never/cassandra.properties", "conf_cassandra_cluster_name=Apigee\n");
            let stores = json(&["observe", "stores", "never/cassandra.properties"]);
            assert!(stores["keystore"].is_null() && stores["truststore"].is_null(), "{stores}");
            stores
        }),
        ("observe-playbook", json(&["observe", "playbook", "--cluster", "cluster.toml", "play"])),
        ("plan", json(&ROTATE)),
        ("plan-nothing", json(&["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g1"])),
        ("verification", {
            PLACE.write("plan.json", &text(&PLACE.run(&[&ROTATE[..], &["--json"]].concat()).stdout));
            json(&["plan", "--verify", "plan.json", "--state", "state.json"])
        }),
        ("plan-refused", json(&ENABLE)),
        ("plan-fallback", json(&[&ENABLE[..], &["--fallback"]].concat())),
        ("plan-enable", {
            PLACE.write(
                "enable.toml",
                &fs::read_to_string(PLACE.path("plaintext.toml")).unwrap().replace("3.11.19", "5.0"),
            );
            json(&["plan", "--cluster", "enable.toml", "enable"])
        }),
        ("preflight", json(&PREFLIGHT)),
        ("preflight-wrong", json(&["preflight", "--root", "hosts/nowhere"])),
        ("preflight-peers", json(&[&PREFLIGHT[..], &["--peers", "bundles/g1", "--peers", NO_SERVER]].concat())),
        ("probe", probed()),
        ("state", file("state.json")),
        ("state-unknown", file("again.json")),
    ]);
    documents.extend(carried_out());
    documents
}

/// A TLS server with node0's certificate, for the handshakes of one probe.
fn served(listener: TcpListener) -> std::thread::JoinHandle<()> {
    served_with(listener, "bundles/g1", &[])
}

/// The same with node0's certificate of a generation, and what is shown after it.
fn served_with(listener: TcpListener, generation: &str, rest: &[Vec<u8>]) -> std::thread::JoinHandle<()> {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let file = |end: &str| PLACE.path(&format!("{generation}/node0/node0.{end}"));
    let mut chain = vec![CertificateDer::from_pem_file(file("cer.pem")).unwrap()];
    chain.extend(rest.iter().cloned().map(CertificateDer::from));
    let key = PrivateKeyDer::from_pem_file(file("key.pem")).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = std::sync::Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = rustls::ServerConnection::new(config).unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    })
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema")
}

fn file_of(document: &Value) -> String {
    let schema = document["schema"].as_str().unwrap();
    schema.strip_prefix("cassandra-tls/").unwrap().replace('/', "-") + ".json"
}

/// Without any other program: the schema is there, and the names of fields are the schema's.
fn each_schema_has_a_document() {
    let mut met = BTreeSet::new();
    for (name, document) in documents() {
        let file = file_of(&document);
        let schema: Value = serde_json::from_slice(&fs::read(schemas().join(&file)).unwrap()).unwrap();
        assert_eq!(schema["properties"]["schema"]["const"], document["schema"], "{name}");
        let known = schema["properties"].as_object().unwrap();
        let fields = document.as_object().unwrap();
        assert!(fields.keys().all(|field| known.contains_key(field)), "{name} has a field that {file} does not know");
        for field in schema["required"].as_array().unwrap() {
            assert!(fields.contains_key(field.as_str().unwrap()), "{name} lacks {field}");
        }
        met.insert(file);
    }
    // Those of other programs lie there, too.
    let ours = |file: &String| fs::read_to_string(schemas().join(file)).unwrap().contains("\"cassandra-tls/");
    let there = fs::read_dir(schemas()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(met, there.filter(ours).collect::<BTreeSet<_>>());
}

/// The schemas are judged, too: each document without one of its fields, or with another one, does not follow it.
const JUDGE: &str = r#"
import copy, json, pathlib, sys
from jsonschema import Draft202012Validator
schemas, documents = map(pathlib.Path, sys.argv[1:])
judged = 0
for path in sorted(documents.iterdir()):
    document = json.loads(path.read_text())
    file = document["schema"].removeprefix("cassandra-tls/").replace("/", "-") + ".json"
    schema = json.loads((schemas / file).read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for error in validator.iter_errors(document):
        sys.exit(f"{path.name}: {error.json_path}: {error.message}")
    for field in document:
        less = copy.deepcopy(document)
        del less[field]
        if validator.is_valid(less) and field in schema["required"]:
            sys.exit(f"{path.name} follows its schema without {field}")
    if validator.is_valid(document | {"surplus": 1}):
        sys.exit(f"{path.name} follows its schema with a field too many")
    judged += 1
print(judged)
"#;

fn documents_follow_their_schemas() {
    let mut python = Tool::Other("python3").command();
    if !python.args(["-c", "import jsonschema"]).output().unwrap().status.success() {
        assert!(std::env::var_os("CI").is_none(), "Python's jsonschema is not installed");
        eprintln!("SKIPPED documents_follow_their_schemas: Python's jsonschema not found on this machine");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let documents = documents();
    for (name, document) in &documents {
        fs::write(folder.path().join(format!("{name}.json")), document.to_string()).unwrap();
    }
    let mut python = Tool::Other("python3").command();
    let output = python.args(["-c", JUDGE]).arg(schemas()).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), documents.len().to_string());
}
