//! New trust is granted by name: what a stranger puts into one node's keystore, or answers in its place, reaches no other
//! node's truststore.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::SystemTime;

use certgen::{AuthorityParams, KeyKind, KeyPair, Validity, pem};
use keystore_core::Password;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

const SETTINGS: &str = "opt/apigee/customer/application/cassandra.properties";
const STORES: &str = "opt/apigee/data/apigee-cassandra";
const NODES: [&str; 3] = ["node0", "node1", "node2"];

/// Three hosts that have the first of two generations.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        // Addresses of this machine, at which nothing listens until a test does.
        let node =
            |(number, name): (usize, &&str)| format!("[[node]]\nname = \"{name}\"\naddress = \"127.0.77.{number}\"\n");
        let nodes: String = (1..).zip(&NODES).map(node).collect();
        fs::write(place.path("cluster.toml"), format!("cassandra = \"4.0.17\"\n{nodes}")).unwrap();
        place.authority();
        place.runs(0, &["prepare", "--cluster", "cluster.toml"]);
        place.runs(0, &["prepare", "--cluster", "cluster.toml", "--previous", "bundles/g1"]);
        for node in NODES {
            fs::create_dir_all(place.store(node, "").parent().unwrap()).unwrap();
            fs::create_dir_all(place.host(node, SETTINGS).parent().unwrap()).unwrap();
            for kind in ["keystore", "truststore"] {
                fs::copy(place.path(&format!("bundles/g1/{node}/{kind}.{node}")), place.store(node, kind)).unwrap();
            }
            fs::copy(place.path(&format!("bundles/g1/{node}/{node}.properties")), place.host(node, SETTINGS)).unwrap();
        }
        place
    }

    /// The stranger's: `CN=Stranger`, which may issue certificates.
    fn authority(&self) {
        let mut rng = rand::rng();
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
        let secret = pem::encode_private_key(&key.secret_pkcs8());
        fs::write(self.path("stranger.key.pem"), secret.secret_text()).unwrap();
        let validity = Validity::days(SystemTime::now().into(), 3650).unwrap();
        let params = AuthorityParams::new("CN=Stranger".parse().unwrap(), validity);
        let authority = params.self_signed(key, &mut rng).unwrap();
        fs::write(self.path("stranger.pem"), pem::encode_certificate(authority.certificate())).unwrap();
    }

    fn sha256(&self) -> String {
        let der = CertificateDer::from_pem_file(self.path("stranger.pem")).unwrap();
        cassandra_tls::input::Digest::of(&der).to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn host(&self, node: &str, file: &str) -> PathBuf {
        self.path("hosts").join(node).join(file)
    }

    fn store(&self, node: &str, kind: &str) -> PathBuf {
        self.host(node, STORES).join(format!("{kind}.{node}"))
    }

    fn runs(&self, status: i32, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        let output = command.args(arguments).current_dir(self.0.path()).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        output
    }

    fn observe(&self, status: i32, more: &[&str]) -> Output {
        let arguments =
            ["observe", "trees", "--cluster", "cluster.toml", "--bundles", "bundles/g1", "--settled", "hosts"];
        self.runs(status, &[&arguments[..], more].concat())
    }

    fn plan(&self, status: i32, more: &[&str]) -> Output {
        let arguments = ["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g2", "--trees", "hosts"];
        self.runs(status, &[&arguments[..], &["--playbook", "play"], more].concat())
    }

    /// Another keystore on node0, signed by the stranger, under the password that its settings name.
    fn replace_keystore(&self) {
        let signed = ["--dir", "stranger", "--ca-cert", "stranger.pem", "--ca-key", "stranger.key.pem"];
        let password = ["--days", "365", "--password-file", "bundles/g1/node0/password"];
        self.runs(0, &[&["prepare", "--cluster", "cluster.toml"][..], &signed, &password].concat());
        fs::remove_file(self.store("node0", "keystore")).unwrap();
        fs::copy(self.path("stranger/g1/node0/keystore.node0"), self.store("node0", "keystore")).unwrap();
    }

    /// The SHA-256 of everything that a truststore for node1 or node2 in the playbook holds.
    fn trusted(&self) -> Vec<String> {
        let mut trusted = Vec::new();
        for node in ["node1", "node2"] {
            let password = fs::read_to_string(self.path(&format!("bundles/g1/{node}/password"))).unwrap();
            let files = self.path("play/files").join(node);
            let made = fs::read_dir(files).into_iter().flatten().map(|entry| entry.unwrap().path());
            for file in made.filter(|file| file.extension().is_some_and(|kind| kind == "truststore")) {
                let bytes = fs::read(file).unwrap();
                let store = keystore_core::decode(&bytes, &Password::new(password.trim())).unwrap();
                let view = store.view();
                let held = view.iter().flat_map(keystore_core::Entry::certificates);
                trusted.extend(held.map(|der| cassandra_tls::input::Digest::of(der).to_string()));
            }
        }
        trusted
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Answers every handshake with this certificate, as long as the test runs.
fn serve(listener: TcpListener, certificate: &Path, key: &Path) {
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), Ok(mut connection)) = (stream, rustls::ServerConnection::new(config.clone())) else {
                break;
            };
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
    });
}

#[test]
fn a_strangers_keystore_on_one_host_reaches_no_truststore_until_it_is_named() {
    let place = Place::new();
    place.replace_keystore();
    let sha256 = place.sha256();
    // No truststore leads to it, either.
    let seen = text(&place.observe(1, &[]).stdout);
    for said in
        ["CN=Stranger (CA: nodes that trust it trust all that it issues)", &sha256, "seen in: keystore of node0"]
    {
        assert!(seen.contains(said), "{said}: {seen}");
    }
    let report = json(&place.observe(1, &["--json"]));
    assert_eq!((&report["refused"][0]["node"], &report["refused"][0]["place"]), (&"node0".into(), &"keystore".into()));
    let foreign = report["foreign"].as_array().unwrap();
    let stranger = foreign.iter().find(|certificate| certificate["sha256"] == *sha256).unwrap();
    assert_eq!((&stranger["subject"], &stranger["ca"]), (&Value::from("CN=Stranger"), &Value::from(true)));
    assert_eq!(stranger["seen"], serde_json::json!([{ "place": "keystore", "node": "node0" }]));

    let refused = place.plan(2, &[]);
    let said = text(&refused.stderr);
    let expected = format!("node1 would have to trust the foreign anchor {}", sha256.get(..12).unwrap());
    for said_of in [&expected, "CN=Stranger", &format!("--trust {sha256}"), "seen in: keystore of node0"] {
        assert!(said.contains(said_of), "{said_of}: {said}");
    }
    assert!(!place.path("play").exists());
    let document = json(&place.plan(2, &["--json"]));
    assert_eq!(document["refusal"]["foreign"]["sha256"], *sha256);

    // Part of a digest names nothing, and no other certificate will do.
    place.plan(3, &["--trust", sha256.get(..12).unwrap()]);
    place.plan(3, &["--trust", &"0".repeat(64)]);
    let node0 = cassandra_tls::bundle::Manifest::read(&place.path("bundles/g1"))
        .unwrap()
        .bundle("node0")
        .unwrap()
        .identity
        .to_string();
    place.plan(2, &["--trust", &node0]);
    place.plan(0, &["--trust", &sha256.to_uppercase()]);
    assert!(place.trusted().contains(&sha256));
}

/// It is in a generation's truststore, too, when that was made after the trees: that does not vouch for it.
#[test]
fn what_a_generation_took_over_from_one_host_is_not_vouched_for() {
    let place = Place::new();
    place.replace_keystore();
    // The owner of node0's files trusts the stranger there.
    fs::remove_file(place.store("node0", "truststore")).unwrap();
    fs::copy(place.path("stranger/g1/node0/truststore.node0"), place.store("node0", "truststore")).unwrap();
    place.runs(0, &["prepare", "--cluster", "cluster.toml", "--trees", "hosts"]);
    place.observe(0, &["--bundles", "bundles/g3"]);
    let rotate = ["plan", "--state", "state.json", "rotate", "--bundles", "bundles/g3"];
    let said = text(&place.runs(2, &rotate).stderr);
    assert!(said.contains("node1 would have to trust the foreign anchor") && said.contains(&place.sha256()), "{said}");
}

#[test]
fn what_answers_in_a_nodes_place_is_an_error_and_writes_nothing() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.77.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    serve(listener, &place.path("stranger.pem"), &place.path("stranger.key.pem"));
    let sha256 = place.sha256();
    let output = place.observe(2, &["--probe", &port]);
    let said = text(&output.stderr);
    assert!(said.contains("node0: perhaps another server answers there") && said.contains("CN=Stranger"), "{said}");
    assert!(said.contains(&sha256) && !place.path("state.json").exists(), "{said}");
    let report = json(&place.observe(2, &["--probe", &port, "--json"]));
    assert_eq!((&report["written"], &report["strangers"][0]["node"]), (&Value::Null, &Value::from("node0")));
    assert_eq!(report["strangers"][0]["sha256"], *sha256);
    // Without asking, the trees are as they were: no foreign certificate, and a plan.
    let seen = text(&place.observe(0, &[]).stdout);
    assert!(!seen.contains("oreign"), "{seen}");
    place.plan(0, &[]);
    assert!(!place.trusted().contains(&sha256));
    // Whoever says that it is the node's gets it into the state.
    place.observe(1, &["--probe", &port, "--trust", &sha256]);
    assert!(fs::read_to_string(place.path("state.json")).unwrap().contains(&sha256));
}

#[test]
fn what_a_node_serves_from_its_disk_or_a_generation_is_no_stranger() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.77.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let own = |file: &str| place.path(&format!("bundles/g1/node0/node0.{file}.pem"));
    serve(listener, &own("cer"), &own("key"));
    place.observe(0, &["--probe", &port]);
    // The disk has the next one already, and the process still serves this.
    fs::remove_file(place.store("node0", "keystore")).unwrap();
    fs::copy(place.path("bundles/g2/node0/keystore.node0"), place.store("node0", "keystore")).unwrap();
    let warned = text(&place.observe(1, &["--probe", &port]).stderr);
    assert!(warned.contains("node0: no node accepts the certificate of its keystore"), "{warned}");
}
