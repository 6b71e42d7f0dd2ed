//! What lies in a program's memory when it ends: no private key and no password. A debugger stops each program at its last
//! system call, writes its memory into a file, and that is searched.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use certgen::pem;
use test_support::{Suite, Tool, output};

const GDB: Tool = Tool::Other("gdb");

fn main() -> ExitCode {
    Suite::new()
        .test("what_a_program_holds_is_found", &[GDB, Tool::OpenSsl], what_a_program_holds_is_found)
        .test("preflight_leaves_no_secret", &[GDB], preflight_leaves_no_secret)
        .test("observe_leaves_no_secret", &[GDB], observe_leaves_no_secret)
        .test("inspect_leaves_no_secret", &[GDB], inspect_leaves_no_secret)
        .test("expiry_leaves_no_secret", &[GDB], expiry_leaves_no_secret)
        .test("plan_leaves_no_secret", &[GDB], plan_leaves_no_secret)
        .test("prepare_leaves_no_secret", &[GDB, Tool::OpenSsl], prepare_leaves_no_secret)
        .test("a_crash_leaves_no_dump", &[Tool::Other("mkfifo")], a_crash_leaves_no_dump)
        .run()
}

const SETTINGS: &str = "opt/apigee/customer/application/cassandra.properties";
const STORES: &str = "opt/apigee/data/apigee-cassandra";
const PASSWORD: [&str; 2] = ["--password-file", "bundles/g1/node0/password"];

/// Two generations of one node, and a copy of a tree that has the first.
static PLACE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap();
    let cluster = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n";
    fs::write(place.path().join("cluster.toml"), cluster).unwrap();
    let run = |arguments: &[&str]| output(program().args(arguments).current_dir(place.path()));
    run(&["prepare", "--cluster", "cluster.toml"]);
    run(&["prepare", "--cluster", "cluster.toml", "--previous", "bundles/g1"]);
    let (bundle, tree) = (place.path().join("bundles/g1/node0"), place.path().join("hosts/node0"));
    fs::create_dir_all(tree.join(STORES)).unwrap();
    fs::create_dir_all(tree.join(SETTINGS).parent().unwrap()).unwrap();
    fs::copy(bundle.join("node0.properties"), tree.join(SETTINGS)).unwrap();
    for store in ["keystore.node0", "truststore.node0"] {
        fs::copy(bundle.join(store), tree.join(STORES).join(store)).unwrap();
    }
    run(&["observe", "trees", "--cluster", "cluster.toml", "--bundles", "bundles/g1", "--settled", "hosts"]);
    place
});

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cassandra-tls"))
}

fn path(name: &str) -> PathBuf {
    PLACE.path().join(name)
}

fn preflight_leaves_no_secret() {
    let memory = Memory::of(&["preflight", "--root", "hosts/node0"]);
    memory.has_no_secret_of(&Key::read(&path("bundles/g1/node0/node0.key.pem")));
    memory.has_no_password_of("bundles/g1/node0");
}

fn observe_leaves_no_secret() {
    let state = path("again.json");
    let memory = Memory::of(&[
        "observe",
        "trees",
        "--cluster",
        "cluster.toml",
        "--bundles",
        "bundles/g1",
        "--settled",
        "--state",
        state.to_str().unwrap(),
        "hosts",
    ]);
    memory.has_no_secret_of(&Key::read(&path("bundles/g1/node0/node0.key.pem")));
    memory.has_no_password_of("bundles/g1/node0");
}

fn inspect_leaves_no_secret() {
    let files = ["keystore.node0", "truststore.node0", "node0.p12", "node0.properties"];
    let files = files.map(|file| format!("bundles/g1/node0/{file}"));
    let memory = Memory::of(&[&["inspect"][..], &PASSWORD, &files.each_ref().map(String::as_str)].concat());
    memory.has_no_secret_of(&Key::read(&path("bundles/g1/node0/node0.key.pem")));
    memory.has_no_password_of("bundles/g1/node0");
}

fn expiry_leaves_no_secret() {
    let memory = Memory::of(&[&["expiry"][..], &PASSWORD, &["bundles/g1/node0/keystore.node0"]].concat());
    memory.has_no_secret_of(&Key::read(&path("bundles/g1/node0/node0.key.pem")));
    memory.has_no_password_of("bundles/g1/node0");
}

fn plan_leaves_no_secret() {
    let rotate =
        ["rotate", "--bundles", "bundles/g2", "--previous", "bundles/g1", "--trees", "hosts", "--playbook", "play"];
    let memory = Memory::of(&[&["plan", "--state", "state.json"][..], &rotate].concat());
    memory.has_no_secret_of(&Key::read(&path("bundles/g1/node0/node0.key.pem")));
    memory.has_no_password_of("bundles/g1/node0");
}

/// It computes with the numbers of the authority's key, and makes a key.
fn prepare_leaves_no_secret() {
    let memory = Memory::of(&prepare("signed"));
    memory.has_no_secret_of(&Key::read(&AUTHORITY));
    for bundle in ["bundles/g1/node0", "signed/g1/node0"] {
        memory.has_no_password_of(bundle);
        memory.has_no_secret_of(&Key::read(&path(bundle).join("node0.key.pem")));
    }
}

/// The search is no formality: when the first file is written, the authority's key is there.
fn what_a_program_holds_is_found() {
    let memory = Memory::when("fchmod", &prepare("half"), "kill").0;
    let key = Key::read(&AUTHORITY);
    assert!(key.numbers.iter().all(|number| memory.count(number) + memory.count(&reversed(number)) > 0));
}

/// An authority's key, beside `ca.pem`.
static AUTHORITY: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut request = Tool::OpenSsl.command();
    request.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CA", "-days", "3650"]);
    output(request.args(["-keyout", "ca.key.pem", "-out", "ca.pem"]).current_dir(PLACE.path()));
    path("ca.key.pem")
});

/// What makes a generation in this folder, signed by the authority.
fn prepare(dir: &str) -> Vec<&str> {
    LazyLock::force(&AUTHORITY);
    let signs = ["--ca-cert", "ca.pem", "--ca-key", "ca.key.pem", "--days", "90"];
    [&["prepare", "--cluster", "cluster.toml", "--trees", "hosts", "--dir", dir][..], &signs].concat()
}

/// A process that waits for a password is asked, and killed by a signal that dumps.
fn a_crash_leaves_no_dump() {
    use std::os::unix::process::ExitStatusExt as _;
    assert!(Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_cassandra-tls")]);
    shell.args(["inspect", "--password-file", "fifo", "bundles/g1/node0/keystore.node0"]).current_dir(PLACE.path());
    let mut child = shell.spawn().unwrap();
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    if cfg!(target_os = "linux") {
        let waits = || fs::read_to_string(process.join("limits")).is_ok_and(|limits| has_no_core(&limits));
        assert!((0..600).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            waits()
        }));
    }
    let _ = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(6), "{status}");
    assert!(!status.core_dumped());
}

/// Soft and hard limit.
fn has_no_core(limits: &str) -> bool {
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    line.split_whitespace().skip(4).take(2).eq(["0", "0"])
}

/// What a program had in its memory when it ended.
struct Memory(Vec<u8>);

impl Memory {
    /// At the end, which must be a good one.
    fn of(arguments: &[&str]) -> Self {
        let (memory, said) = Self::when("exit_group", arguments, "continue");
        assert!(said.contains("exited normally"), "{said}");
        memory
    }

    /// At the first such system call, after which the debugger does something else; and what it said.
    fn when(call: &str, arguments: &[&str], then: &str) -> (Self, String) {
        let core = tempfile::NamedTempFile::new().unwrap();
        let (catch, generate) =
            (format!("catch syscall {call}"), format!("generate-core-file {}", core.path().display()));
        let mut debugger = GDB.command();
        debugger.args(["-nx", "-batch"]);
        for command in ["set pagination off", &catch, "run", &generate, "delete", then] {
            debugger.args(["-ex", command]);
        }
        debugger.args(["--args", env!("CARGO_BIN_EXE_cassandra-tls")]).args(arguments).current_dir(PLACE.path());
        let said = output(&mut debugger);
        (Self(fs::read(core.path()).unwrap()), said)
    }

    fn has_no_secret_of(&self, key: &Key) {
        self.has_none_of(&key.numbers);
        self.has_none_of(&key.lines);
    }

    fn has_no_password_of(&self, bundle: &str) {
        let password = fs::read_to_string(path(bundle).join("password")).unwrap();
        let utf16: Vec<u8> = password.trim().encode_utf16().flat_map(u16::to_be_bytes).collect();
        self.has_none_of(&[password.trim().as_bytes().to_vec(), utf16]);
    }

    /// Of each, also as a processor stores a number: the last byte first.
    fn has_none_of(&self, secrets: &[Vec<u8>]) {
        for (index, secret) in secrets.iter().enumerate() {
            assert_eq!(
                (self.count(secret), self.count(&reversed(secret))),
                (0, 0),
                "secret {index} of {}",
                secrets.len()
            );
        }
    }

    fn count(&self, needle: &[u8]) -> usize {
        memchr::memmem::find_iter(&self.0, needle).count()
    }
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// What to search for: of each number 32 bytes from its middle.
struct Key {
    /// d, p, q, d mod p-1, d mod q-1, and the coefficient (RFC 8017, section A.1.2).
    numbers: Vec<Vec<u8>>,
    /// Of the file in PEM.
    lines: Vec<Vec<u8>>,
}

impl Key {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('-') && line.len() == 64);
        let key = pem::decode_private_key(text.as_bytes()).unwrap();
        let pkcs8 = key.secret_pkcs8();
        let key = elements(elements(pkcs8.secret_pkcs8_der())[0])[2].to_vec();
        let numbers: Vec<Vec<u8>> = elements(elements(&key)[0]).into_iter().map(middle).collect();
        Self { numbers: numbers[3..9].to_vec(), lines: lines.map(|line| line.as_bytes().to_vec()).collect() }
    }
}

fn middle(number: &[u8]) -> Vec<u8> {
    let start = (number.len() / 2).saturating_sub(16);
    number.iter().skip(start).take(32).copied().collect()
}

/// The contents of the elements of a DER structure.
fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut contents = Vec::new();
    while let [_, length, rest @ ..] = der {
        let (length, rest) = match length {
            0x81 => (usize::from(rest[0]), &rest[1..]),
            0x82 => (usize::from(rest[0]) << 8 | usize::from(rest[1]), &rest[2..]),
            short => (usize::from(*short), rest),
        };
        let (content, after) = rest.split_at(length);
        contents.push(content);
        der = after;
    }
    contents
}
