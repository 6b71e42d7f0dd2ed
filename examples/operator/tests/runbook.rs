//! The commands of a runbook, carried out in the lab as a person carries them out on hosts: no handshake fails on the way, and the
//! goal is reached.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use cassandra_props::{
    Family, InternodeEncryption, InternodeTls, Properties, Release, RequireClientAuth, Store, TlsSettings,
};
use cassandra_tls::bundle::{Manifest, Order, PreviousState, STORES, StorePasswords, prepare};
use cassandra_tls::description::Description;
use cassandra_tls::input::Digest;
use examples::lab::{FAMILY, Host, Outcome, PROPERTIES, Process, read_stores};

const NODES: [&str; 3] = ["node0", "node1", "node2"];

/// Three nodes, and two generations of stores for them.
struct Lab {
    folder: tempfile::TempDir,
    release: Release,
    generations: Vec<PathBuf>,
    running: BTreeMap<String, Process>,
    /// The folder of the file that was named last.
    source: PathBuf,
    /// What could not connect, and which gates did not hold.
    wrong: Vec<String>,
}

/// What the nodes speak at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Plaintext,
    /// With the stores of the first generation.
    Tls,
}

impl Lab {
    fn new(release: &str, start: Start) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nodes = (0..3).map(|node| format!("[[node]]\nname = \"node{node}\"\naddress = \"192.0.2.1{node}\"\n"));
        let toml = format!("cassandra = \"{release}\"\nclient_auth = true\n{}", nodes.collect::<String>());
        fs::write(folder.path().join("cluster.toml"), &toml).unwrap();
        let description = Description::from_toml(&toml).unwrap();
        let bundles = folder.path().join("bundles");
        let (first, _) = prepare(&Order::new(&description, &bundles), &|_| {}).unwrap();
        let before = PreviousState::Generation(first.clone());
        let (second, _) = prepare(&Order { before, ..Order::new(&description, &bundles) }, &|_| {}).unwrap();
        let mut lab = Self {
            folder,
            release: release.parse().unwrap(),
            generations: vec![first, second],
            running: BTreeMap::new(),
            source: PathBuf::new(),
            wrong: Vec::new(),
        };
        for node in NODES {
            lab.write_settings(node, start);
            if start == Start::Tls {
                lab.put(node, &format!("keystore.{node}"), 0);
                lab.put(node, &format!("truststore.{node}"), 0);
                lab.keep_times(node);
            }
            lab.start(node);
        }
        lab
    }

    fn root(&self, node: &str) -> PathBuf {
        self.folder.path().join("trees").join(node)
    }

    fn host(&self, node: &str) -> Host {
        Host::new(node, self.root(node))
    }

    /// Settings that name both stores, whether they are there or not.
    fn write_settings(&self, node: &str, start: Start) {
        let password = StorePasswords::read(&self.generations[0], node).unwrap().keystore;
        let store = |kind: &str| Store::new(&format!("{STORES}/{kind}.{node}"), &password).unwrap();
        let mut file = Properties::parse(b"# by hand, 2019\r\nconf_cassandra_num_tokens = 16\r\n").unwrap();
        let settings =
            TlsSettings::new(store("keystore"), store("truststore")).client_auth(RequireClientAuth::Required);
        InternodeTls::new(Family::ServerEncryption).enable(&settings).apply(&mut file).unwrap();
        let path = self.host(node).file(PROPERTIES);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::create_dir_all(self.host(node).file(STORES)).unwrap();
        fs::write(path, file.as_bytes()).unwrap();
        if start == Start::Plaintext {
            Self::set(&self.host(node), "internode_encryption", "none");
        }
    }

    fn put(&self, node: &str, file: &str, generation: usize) {
        let kind = file.split_once('.').unwrap().0;
        let bytes = fs::read(self.generations[generation].join(node).join(file)).unwrap();
        fs::write(self.host(node).file(&format!("{STORES}/{kind}.{node}")), bytes).unwrap();
    }

    fn start(&mut self, node: &str) {
        let process = Process::start(&self.host(node), self.release).unwrap();
        self.running.insert(node.to_owned(), process);
    }

    fn program(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The runbook of a plan from what the nodes have to a generation.
    fn runbook(&self, goal: &str, generation: usize) -> String {
        let [first, given] = [0, generation].map(|number: usize| self.generations[number].to_str().unwrap());
        self.program(&["observe", "trees", "trees", "--cluster", "cluster.toml", "--bundles", first, "--settled"]);
        self.program(&["plan", "--state", "state.json", goal, "--bundles", given, "--markdown"])
    }

    /// Carries out every command in order. After each, all nodes that run connect to each other.
    fn follow(&mut self, runbook: &str) {
        let tasks = tasks(runbook);
        assert!(tasks.len() > 6, "{runbook}");
        for Task { node, commands } in tasks {
            for command in commands {
                match &node {
                    Some(node) => self.step(node, &command),
                    None => self.gate(&command),
                }
                self.connect_all(&command);
            }
        }
    }

    fn step(&mut self, node: &str, command: &str) {
        if let Some(source) = command.strip_prefix("# ") {
            let (file, _) = source.split_once(", SHA-256 ").unwrap_or_else(|| panic!("{command}"));
            Path::new(file).parent().unwrap().clone_into(&mut self.source);
            return;
        }
        let written = command.split("  # ").next().unwrap();
        match written.split(' ').collect::<Vec<_>>().as_slice() {
            ["nodetool", "drain"] => {}
            ["nodetool", "reloadssl"] => self.running.get_mut(node).unwrap().reload().unwrap(),
            ["/opt/apigee/apigee-service/bin/apigee-service", "apigee-cassandra", "restart"] => {
                self.running.remove(node).unwrap();
                self.connect_all(&format!("{command} (while it is down)"));
                self.start(node);
            }
            ["cp" | "install" | "chown" | "touch", ..] => self.shell(node, command, written),
            [setting, value] if setting.ends_with(':') => {
                Self::set(&self.host(node), setting.trim_end_matches(':'), value);
            }
            _ => panic!("the lab does not know {command}"),
        }
    }

    /// Runs a command below the root of a node.
    fn shell(&self, node: &str, command: &str, written: &str) {
        let mut written = written.to_owned();
        for kind in ["keystore", "truststore"] {
            if command.ends_with(&format!("PATH: the value of {kind}")) {
                written = written.replace("PATH", &format!("{STORES}/{kind}.{node}"));
                written = written.replace("USER:", "$(id -un):");
            }
        }
        let below = written.replace("/opt/", &format!("{}/opt/", self.root(node).display()));
        let mut shell = Command::new("sh");
        shell.args(["-euc", &below]);
        if self.source.is_dir() {
            shell.current_dir(&self.source);
        }
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        if !written.starts_with("touch") {
            self.keep_times(node);
        }
    }

    /// Every store gets one time, as if a tool had copied it that keeps times: `cp -p`, `rsync -t`, `tar`.
    fn keep_times(&self, node: &str) {
        for kind in ["keystore", "truststore"] {
            if let Ok(file) = File::open(self.host(node).file(&format!("{STORES}/{kind}.{node}"))) {
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
            }
        }
    }

    /// Writes a setting where the runbook says that settings are.
    fn set(host: &Host, setting: &str, value: &str) {
        let path = host.file(PROPERTIES);
        let key = format!("{}{setting}=", Family::ServerEncryption.prefix());
        let text = fs::read_to_string(&path).unwrap();
        let others: String = text.split_inclusive('\n').filter(|line| !line.starts_with(&key)).collect();
        fs::write(path, format!("{others}{key}{value}\n")).unwrap();
    }

    fn gate(&mut self, command: &str) {
        let (written, expected) = command.split_once("  # ").unwrap_or_else(|| panic!("{command}"));
        let holds = match written.split(' ').collect::<Vec<_>>().as_slice() {
            ["nodetool", "status"] => self.running.len() == NODES.len(),
            ["sha256sum", path] => {
                let (node, digest) = expected.strip_prefix("on ").unwrap().split_once(": ").unwrap();
                let either = ["keystore", "truststore"].map(|kind| format!("{STORES}/{kind}.{node}"));
                let paths = if *path == "PATH" { &either[..] } else { &[(*path).to_owned()] };
                let digests = paths.iter().filter_map(|path| self.host(node).read(path).ok());
                digests.map(|bytes| Digest::of(&bytes).to_string()).any(|found| found == digest)
            }
            ["cassandra-tls", "probe", "--expect", digest, server] => {
                let node = format!("node{}", server.strip_prefix("192.0.2.1").unwrap().split(':').next().unwrap());
                let other = self.running.iter().find(|(name, _)| **name != node).unwrap().1;
                let outcome = match other.dial(&self.running[&node]) {
                    // The other one still dials plaintext, and a probe does not.
                    Outcome::Plain => self.with_old_key().dial(&self.running[&node]),
                    outcome => outcome,
                };
                shows(&outcome, digest)
            }
            _ => panic!("the lab does not know {command}"),
        };
        if !holds {
            self.wrong.push(command.to_owned());
        }
    }

    fn connect_all(&mut self, after: &str) {
        for (client, from) in &self.running {
            for (server, to) in self.running.iter().filter(|(server, _)| *server != client) {
                if let Outcome::Cut(why) = from.dial(to) {
                    self.wrong.push(format!("{client} -> {server} after {after}: {why}"));
                }
            }
        }
    }

    /// What is left to do: empty if every node serves, accepts and has on its disk what the second generation ends with.
    fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        let manifest = Manifest::read(&self.generations[1]).unwrap();
        for (node, process) in &self.running {
            let bundle = &manifest.nodes[node.as_str()];
            let other = self.running.iter().find(|(name, _)| *name != node).unwrap().1;
            if !shows(&other.dial(process), &bundle.identity.to_string()) {
                left.push(format!("{node} does not serve its new certificate"));
            }
            let host = self.host(node);
            let stores = read_stores(&host, &host.settings(FAMILY).unwrap()).unwrap();
            let trusts: BTreeSet<String> = stores.trusted.iter().map(|held| Digest::of(held).to_string()).collect();
            let after = bundle.trusts_after.iter().flatten().map(Digest::to_string).collect::<BTreeSet<_>>();
            if trusts != after {
                left.push(format!("{node} has {trusts:?} on its disk"));
            }
            let stranger = self.with_old_key();
            for outcome in [stranger.dial(process), process.dial(&stranger)] {
                if !matches!(outcome, Outcome::Cut(_)) {
                    left.push(format!("{node} accepts an old certificate"));
                }
            }
        }
        left
    }

    /// A node that dials TLS with a key of the first generation, and trusts everything.
    fn with_old_key(&self) -> Process {
        let host = Host::new("stranger", self.folder.path().join("stranger"));
        for path in [PROPERTIES.to_owned(), STORES.to_owned()] {
            let parent = host.file(&path);
            fs::create_dir_all(if path == STORES { &parent } else { parent.parent().unwrap() }).unwrap();
        }
        fs::copy(self.host("node0").file(PROPERTIES), host.file(PROPERTIES)).unwrap();
        Self::set(&host, "internode_encryption", "all");
        for (file, generation) in [("keystore.node0", 0), ("truststore.node0", 1)] {
            let bytes = fs::read(self.generations[generation].join("node0").join(file)).unwrap();
            fs::write(host.file(&format!("{STORES}/{file}")), bytes).unwrap();
        }
        Process::start(&host, self.release).unwrap()
    }
}

/// Whether a handshake showed the certificate of this SHA-256.
fn shows(outcome: &Outcome, sha256: &str) -> bool {
    matches!(outcome, Outcome::Tls { served } if format!("{served:x}") == sha256)
}

/// One box of a runbook, to be ticked off.
struct Task {
    /// None: the gate before the next wave.
    node: Option<String>,
    commands: Vec<String>,
}

fn tasks(runbook: &str) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for line in runbook.lines() {
        if let Some(head) = line.strip_prefix("- [ ] ") {
            let node = head.strip_prefix("**").and_then(|rest| rest.split_once("**")).map(|(node, _)| node.to_owned());
            tasks.push(Task { node, commands: Vec::new() });
        } else if let (Some(command), Some(task)) = (line.strip_prefix("      "), tasks.last_mut()) {
            task.commands.push(command.to_owned());
        }
    }
    tasks
}

#[test]
fn the_commands_of_a_rotation_reach_the_goal_and_cut_no_pair() {
    for release in ["3.11", "4.0", "5.0"] {
        let mut lab = Lab::new(release, Start::Tls);
        assert!(!lab.left().is_empty());
        let runbook = lab.runbook("rotate", 1);
        lab.follow(&runbook);
        assert_eq!(lab.wrong, [""; 0], "{release}\n{runbook}");
        assert_eq!(lab.left(), [""; 0], "{release}\n{runbook}");
    }
}

#[test]
fn the_commands_of_enabling_reach_the_goal_and_cut_no_pair() {
    for release in ["4.0", "5.0"] {
        let mut lab = Lab::new(release, Start::Plaintext);
        let runbook = lab.runbook("enable", 0);
        lab.follow(&runbook);
        assert_eq!(lab.wrong, [""; 0], "{release}\n{runbook}");
        for node in NODES {
            let settings = lab.host(node).settings(FAMILY).unwrap();
            assert_eq!(settings.internode, InternodeEncryption::All, "{runbook}");
            for other in NODES.into_iter().filter(|other| *other != node) {
                let outcome = lab.running[node].dial(&lab.running[other]);
                assert!(matches!(outcome, Outcome::Tls { .. }), "{release}: {outcome:?}");
            }
        }
    }
}

/// The lab sees what goes wrong: without the first wave a key is served that is not trusted, and before 4.1.4 a reload takes no
/// store whose time a copy has kept.
#[test]
fn commands_that_are_left_out_are_missed() {
    for release in ["3.11", "4.0", "5.0"] {
        let mut lab = Lab::new(release, Start::Tls);
        let runbook = lab.runbook("rotate", 1);
        let (head, waves) = runbook.split_once("## Wave 1\n").unwrap();
        let (_, later) = waves.split_once("## Wave 2\n").unwrap();
        lab.follow(&format!("{head}## Wave 2\n{later}"));
        assert!(!lab.wrong.is_empty(), "{release}");
    }
    for (release, is_missed) in [("4.0", true), ("5.0", false)] {
        let mut lab = Lab::new(release, Start::Tls);
        let runbook = lab.runbook("rotate", 1);
        let untouched = runbook.split_inclusive('\n').filter(|line| !line.starts_with("      touch "));
        lab.follow(&untouched.collect::<String>());
        assert_eq!(!lab.left().is_empty(), is_missed, "{release}: {:?}", lab.left());
        assert_eq!(!lab.wrong.is_empty(), is_missed, "{release}: {:?}", lab.wrong);
    }
}
