//! What strangers write, through every subcommand and format, at a terminal: nothing of it is obeyed, hidden or a line of its own.
//!
//! The strangers are a certificate (subject and alternative names), an alias, a file's name, a path and a value in a node's
//! settings, a rack, and lines of nodetool and an inventory.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_collect,
    clippy::unused_self,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use cassandra_tls::bundle::STORES;
use cassandra_tls::settings::EDGE;
use cassandra_tls::shown::is_hidden;
use certgen::{KeyKind, KeyPair, NodeParams};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password};
use serde_json::Value;
use test_support::{Suite, Tool};

const PYTHON: Tool = Tool::Other("python3");

fn main() -> ExitCode {
    Suite::new()
        .test("files", &[PYTHON], files)
        .test("servers", &[PYTHON], servers)
        .test("clusters", &[PYTHON], clusters)
        .test("trees", &[PYTHON], trees)
        .test("runbooks_and_pictures", &[PYTHON], runbooks_and_pictures)
        .test("every_character_that_unicode_calls_a_control_or_a_format_is_hidden", &[PYTHON], all_of_unicode)
        .run()
}

/// Clears the screen, rings, begins a line, colours, turns text around, hides, begins a line again, and is markup.
const HOSTILE: &str = "\u{1b}[2J\u{7}\r\nFORGED\u{9b}\u{7f}\u{202e}\u{200b}\u{2028}<b>&\"`*";
/// In an alternative name, which is ASCII.
const HOSTILE_NAME: &str = "\u{1b}[2J\u{7}\r\nFORGED\u{7f}";

const PASSWORD: &str = "changeit";

static PLACE: LazyLock<Place> = LazyLock::new(Place::new);

struct Place {
    folder: tempfile::TempDir,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Place {
    fn new() -> Self {
        let key = KeyPair::generate(KeyKind::Rsa2048, &mut rand::rng()).unwrap();
        let place = Self { folder: tempfile::tempdir().unwrap(), certificate: certificate(&key), key };
        let mut store = KeyStore::new();
        let now = SystemTime::now().into();
        store.insert(Entry::new_trusted_certificate(HOSTILE, place.certificate.clone(), now)).unwrap();
        let store = keystore_core::jks::encode(&store, &Password::new(PASSWORD)).unwrap();
        fs::write(place.path(&place.file("jks")), store).unwrap();
        fs::write(place.path(&place.file("cer")), &place.certificate).unwrap();
        let setting = "conf_cassandra_server_encryption_";
        let properties = format!("{setting}keystore=/k/{}\n{setting}protocol={}\n", escaped(), escaped());
        fs::write(place.path(&place.file("properties")), properties).unwrap();
        fs::write(place.path("password"), PASSWORD).unwrap();
        place
    }

    /// A file's name cannot have `/` in it, and needs nothing else.
    fn file(&self, kind: &str) -> String {
        format!("{HOSTILE}.{kind}")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, program: &mut Command, arguments: &[&str]) -> Output {
        program.arg(env!("CARGO_BIN_EXE_cassandra-tls")).args(arguments).current_dir(self.folder.path());
        program.env_remove("STORE_PASSWORD").stdin(Stdio::null()).output().unwrap()
    }
}

/// For a .properties file.
fn escaped() -> String {
    HOSTILE.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Names of the same length are signed, and replaced: nobody verifies what is only shown.
fn certificate(key: &KeyPair) -> CertificateDer<'static> {
    let (subject, name) = ("s".repeat(HOSTILE.len()), "n".repeat(HOSTILE_NAME.len()));
    let params = NodeParams::for_subject(format!("CN={subject}").parse().unwrap()).dns_name(&name);
    let mut der = params.valid_from(SystemTime::now().into()).self_signed(key, &mut rand::rng()).unwrap().to_vec();
    for (from, to) in [(subject, HOSTILE), (name, HOSTILE_NAME)] {
        while let Some(at) = der.windows(from.len()).position(|window| window == from.as_bytes()) {
            der[at..at + from.len()].copy_from_slice(to.as_bytes());
        }
    }
    der.into()
}

/// What `pty.spawn` does: the program has a terminal for its output, its errors and its input.
const TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/// Runs the program at a terminal, as text and as JSON, and looks at all that it printed.
fn tame(status: i32, arguments: &[&str]) -> String {
    let text = at_terminal(status, arguments);
    is_tame(&text, arguments);
    let json = [arguments, &["--json"]].concat();
    let printed = at_terminal(status, &json);
    is_tame(&printed, &json);
    // Errors are printed beside it.
    let document =
        printed.find("{\n").and_then(|at| printed.get(at..)).unwrap_or_else(|| panic!("{json:?}: {printed}"));
    let end = document.find("\n}").map_or(document.len(), |end| end + 2);
    serde_json::from_str::<Value>(&document[..end]).unwrap_or_else(|error| panic!("{json:?}: {error}: {printed}"));
    text + &printed
}

fn at_terminal(status: i32, arguments: &[&str]) -> String {
    let mut python = PYTHON.command();
    python.args(["-c", TERMINAL]).env("TERM", "xterm-256color");
    let output = PLACE.command(&mut python, arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
    assert!(!text.trim().is_empty(), "{arguments:?}");
    // A terminal ends lines in two characters.
    text.replace("\r\n", "\n")
}

/// Lines and colours are ours, nothing else that is hidden is there, and no line is the stranger's.
fn is_tame(text: &str, arguments: &[&str]) {
    let mut rest = text.to_owned();
    for colour in ["0", "1", "31", "32", "33", "1m\u{1b}[31", "1m\u{1b}[32", "1m\u{1b}[33"] {
        rest = rest.replace(&format!("\u{1b}[{colour}m"), "");
    }
    let hidden = rest.chars().find(|char| *char != '\n' && is_hidden(*char));
    assert_eq!(hidden, None, "{arguments:?}: {rest:?}");
    let forged = rest.lines().find(|line| line.trim_start().to_uppercase().starts_with("FORGED"));
    assert_eq!(forged, None, "{arguments:?}: {rest:?}");
}

fn files() {
    let [store, certificate, properties] = ["jks", "cer", "properties"].map(|kind| PLACE.file(kind));
    let password = ["--password-file", "password"];
    let seen = tame(1, &["inspect", &certificate]);
    assert!(seen.contains("\\u{1b}[2J") && seen.contains("\\u{202e}") && seen.contains("\\u001b[2J"), "{seen}");
    let seen = tame(0, &[&["inspect", &store][..], &password].concat());
    assert!(seen.to_uppercase().contains("\\R\\NFORGED"), "{seen}");
    // The setting of the protocol names none, so that no node would start.
    tame(2, &["inspect", &properties]);
    tame(0, &[&["expiry", &store, &certificate][..], &password].concat());
    // Not there, not understood, and the wrong password.
    tame(3, &["inspect", HOSTILE]);
    tame(3, &["expiry", HOSTILE]);
    tame(3, &["inspect", &store, "--password-file", &certificate]);
    tame(3, &["prepare", "--cluster", &certificate]);
    tame(3, &["plan", "--state", &store, "disable"]);
    tame(3, &["preflight", "--bundles", HOSTILE, "--node", HOSTILE]);
    tame(3, &["probe", &format!("{HOSTILE}:1")]);
}

fn servers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || serve(&listener));
    let seen = tame(0, &["probe", &address]);
    assert!(seen.contains("\\u{1b}[2J") && seen.contains("\\r\\nFORGED"), "{seen}");
    tame(2, &["probe", "--expect", &"0".repeat(64), &address]);
    tame(0, &["expiry", &address]);
}

fn serve(listener: &TcpListener) {
    use rustls::pki_types::PrivateKeyDer;
    let key = PrivateKeyDer::Pkcs8(PLACE.key.secret_pkcs8().clone_key());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chosen = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let own = rustls::sign::CertifiedKey::new(vec![PLACE.certificate.clone()], chosen);
    let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(own));
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_cert_resolver(resolver));
    for stream in listener.incoming() {
        let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = stream.unwrap();
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    }
}

const NODE: &str = "cassandra = \"3.11\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n";

fn clusters() {
    let toml = HOSTILE.chars().map(|char| format!("\\U{:08x}", u32::from(char))).collect::<String>();
    for field in ["rack", "dc", "identity", "issued_by"] {
        PLACE.write("hostile.toml", &format!("{NODE}{field} = \"{toml}\"\n"));
        for command in [&["plan", "--cluster", "hostile.toml", "rotate"][..], &["prepare", "--cluster", "hostile.toml"]]
        {
            tame(3, command);
        }
    }
    PLACE.write("hostile.toml", &NODE.replace("node0", &toml));
    tame(3, &["observe", "playbook", "--cluster", "hostile.toml", "play"]);
    // As it is, which TOML forbids: its reader shows the line.
    PLACE.write("hostile.toml", &NODE.replace("node0", HOSTILE));
    tame(3, &["plan", "--cluster", "hostile.toml", "compare"]);
    let keyspace = format!("{NODE}[[keyspace]]\nname = \"{toml}\"\nsimple = 1\nconsistency = \"one\"\n");
    PLACE.write("hostile.toml", &keyspace);
    tame(3, &["plan", "--cluster", "hostile.toml", "rotate"]);
    let status = |dc: &str, rack: &str| format!("Datacenter: {dc}\nUN  192.0.2.11  1 MiB  16  100%  id  {rack}\n");
    let word = HOSTILE.replace(['\r', '\n', '\u{2028}'], "");
    for text in [status(&word, "ra1"), status("dc1", &word)] {
        PLACE.write("status.txt", &text);
        tame(3, &["plan", "--nodetool-status", "status.txt", "--cassandra", "3.11", "rotate"]);
    }
    for (host, rack) in [(HOSTILE, "ra1"), ("node0", HOSTILE)] {
        let list = serde_json::json!({
            "_meta": { "hostvars": { host: { "cassandra_rack": rack } } }, "cassandra": { "hosts": [host] }
        });
        PLACE.write("inventory.json", &list.to_string());
        tame(3, &["plan", "--inventory", "inventory.json", "--cassandra", "3.11", "rotate"]);
    }
    let list = serde_json::json!({ "_meta": {}, HOSTILE: { "hosts": ["node0"] } });
    PLACE.write("inventory.json", &list.to_string());
    tame(3, &["plan", "--inventory", "inventory.json", "--cassandra", "3.11", "rotate"]);
}

fn trees() {
    PLACE.write("cluster.toml", NODE);
    let setting = "conf_cassandra_server_encryption_";
    let settings = |keystore: &str, truststore: &str| {
        format!(
            "{setting}internode_encryption=all\n{setting}keystore={keystore}\n{setting}keystore_password={PASSWORD}\n\
             {setting}truststore={truststore}\n{setting}truststore_password={PASSWORD}\n"
        )
    };
    let hostile = format!("{STORES}/{}", escaped());
    let properties = format!("trees/node0{EDGE}");
    for (keystore, truststore) in [(hostile.as_str(), "/t"), ("/k", &hostile)] {
        PLACE.write(&properties, &settings(keystore, truststore));
        tame(2, &["preflight", "--root", "trees/node0"]);
        tame(3, &["observe", "trees", "--cluster", "cluster.toml", "trees"]);
    }
    PLACE.write(&properties, &settings("/k", "/t"));
    fs::copy(PLACE.path(&PLACE.file("jks")), PLACE.path("trees/node0/t")).unwrap();
    tame(2, &["preflight", "--root", "trees/node0"]);
    PLACE.write(&properties, &format!("{setting}internode_encryption={}\n", escaped()));
    tame(3, &["observe", "trees", "--cluster", "cluster.toml", "trees"]);
    PLACE
        .write("trees/node0/.observed.json", &serde_json::json!({ "process": HOSTILE, "marker": HOSTILE }).to_string());
    PLACE.write(&properties, "x=1\n");
    tame(0, &["observe", "trees", "--cluster", "cluster.toml", "trees"]);
}

/// Text that a library of ours passes on is markup nowhere.
fn runbooks_and_pictures() {
    use cassandra_tls::description::{Builds, StagingChoice};
    use cassandra_tls::plan::changes;
    use cassandra_tls::show::{Runbook, Sources, Words};
    use cassandra_tls::shown::{markdown, xml};
    use rotation_planner::{Cluster, Goal, Identity, Observed, Preference, Scope, Semantics, TlsConfig, Trust};
    let semantics = Semantics::cassandra(3, 11, 19, rotation_planner::ClientAuth::Off).unwrap();
    let mut cluster = Cluster::new(Scope::All, semantics);
    let own = [HOSTILE, "node1"].map(Identity::self_signed);
    let trust: Trust = own.iter().map(|identity| identity.anchor().clone()).collect();
    for identity in &own {
        let config = TlsConfig::tls(identity.clone(), trust.clone());
        cluster.add_node(identity.id().as_str(), HOSTILE, HOSTILE, Observed::settled(config)).unwrap();
    }
    let goal = Goal::rotate([(HOSTILE, Identity::self_signed("next"))]).dropping_unused();
    let plan = rotation_planner::plan(&cluster, &goal, &Preference::default()).unwrap();
    let build = "3.11.19".parse().unwrap();
    let builds = Builds::new(&build, std::iter::empty());
    let sources = Sources::default();
    let words = Words { builds: &builds, staging: StagingChoice::Documented, cluster: &cluster, sources };
    let nodes = changes(&cluster, Some(&plan), &std::collections::BTreeMap::new(), None);
    let (title, id, rests_on) = ("2 nodes", "0", &[]);
    let runbook = Runbook {
        title,
        id,
        goal: HOSTILE,
        cluster: &cluster,
        plan: &plan,
        refusal: Some(HOSTILE),
        rests_on,
        nodes: &nodes,
        words,
    }
    .text();
    is_tame(&runbook, &["runbook"]);
    assert!(runbook.contains(&markdown(HOSTILE)) && !runbook.contains("<b>"), "{runbook}");
    let picture = cassandra_tls::show::picture("2 nodes", "0", &plan);
    is_tame(&picture, &["picture"]);
    assert!(picture.contains(&xml(HOSTILE)) && !picture.contains("<b>"), "{picture}");
    let mut python = PYTHON.command();
    let parses = "import sys, xml.etree.ElementTree as tree; tree.fromstring(sys.argv[1])";
    let output = python.args(["-c", parses, &picture]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Python has the tables of Unicode; a later one may know more.
fn all_of_unicode() {
    let listed = "import sys, unicodedata\nfor code in range(sys.maxunicode + 1):\n    \
        if unicodedata.category(chr(code)) in ('Cc', 'Cf', 'Zl', 'Zp'): print(code)";
    let output = PYTHON.command().args(["-c", listed]).output().unwrap();
    let codes = String::from_utf8(output.stdout).unwrap();
    let codes: Vec<char> = codes.lines().map(|code| char::from_u32(code.parse().unwrap()).unwrap()).collect();
    assert!(codes.len() > 200, "{}", codes.len());
    let seen: Vec<&char> = codes.iter().filter(|char| !is_hidden(**char)).collect();
    assert!(seen.is_empty(), "{seen:?}");
}
