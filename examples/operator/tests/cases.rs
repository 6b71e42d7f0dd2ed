//! The pages in docs/cases, carried out in their order: files are written, commands are run by Bash, and what they print is what
//! the page says. In an expected line `...` matches any text, as a line of its own any lines. A block that needs real hosts is
//! marked `on-hosts`, and named as skipped.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests say what they expect by panicking"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use test_support::{Suite, Tool};

const BASH: Tool = Tool::Other("bash");
const STOCK: &str = include_str!("fixtures/cassandra-4.1.yaml");
/// A process that has been running for an hour, and files that were changed long before.
const FACTS: &str = "{\"process\": \"815 1000000 3600 S 1 815 815 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 4711 1000 100\", \
    \"marker\": \"\", \"changed\": [990000, 1000, 1000]}";

fn main() -> ExitCode {
    Suite::new()
        .test("edge_page", &[BASH], || Page::read("edge-page.md").holds(&edge()))
        .test("yaml_company_authority", &[BASH, Tool::OpenSsl], || {
            Page::read("yaml-company-authority.md").holds(&company());
        })
        .test("a_page_that_promises_too_much_fails", &[], a_page_that_promises_too_much_fails)
        .run()
}

/// Where a page is carried out, and what is there before.
struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    fn copy(&self, from: &str, to: &str) {
        self.write(to, fs::read(self.path(from)).unwrap());
    }

    fn bash(&self, command: &str) -> (Option<i32>, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_cassandra-tls")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let command = format!("exec 2>&1\nset -o pipefail\n{command}");
        let mut bash = BASH.command();
        let ran = bash.current_dir(self.0.path()).env("PATH", path).args(["-c", &command]).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stdout).unwrap())
    }

    #[track_caller]
    fn runs(&self, command: &str) {
        let (code, printed) = self.bash(command);
        assert_eq!(code, Some(0), "{command}\n{printed}");
    }
}

/// The hosts of the first page: stores as keytool would have made them, which this program makes to the byte, with two passwords.
fn edge() -> Place {
    const STORES: &str = "opt/apigee/data/apigee-cassandra";
    let place = Place(tempfile::tempdir().unwrap());
    let mut cluster = "cassandra = \"3.11.13\"\n".to_owned();
    let nodes: Vec<String> = (1..=12).map(|node| format!("cass{node:02}")).collect();
    for (node, name) in (0..).zip(&nodes) {
        let _ = write!(cluster, "[[node]]\nname = \"{name}\"\naddress = \"10.{}.0.{}\"\n", 1 + node / 6, 11 + node % 6);
    }
    place.write("made.toml", cluster);
    place.write("keypass", "keypass\n");
    place.write("trustpass", "trustpass\n");
    place.runs(
        "cassandra-tls prepare --cluster made.toml --dir made --days 20 --password-file keypass \
         --truststore-password-file trustpass",
    );
    for node in &nodes {
        let tree = format!("play/collected/{node}");
        for kind in ["keystore", "truststore"] {
            place.copy(&format!("made/g1/{node}/{kind}.{node}"), &format!("{tree}/{STORES}/{kind}.{node}"));
        }
        let prefix = "conf_cassandra_server_encryption_";
        let settings = format!(
            "{prefix}internode_encryption=all\n{prefix}keystore=/{STORES}/keystore.{node}\n\
             {prefix}keystore_password=keypass\n{prefix}truststore=/{STORES}/truststore.{node}\n\
             {prefix}truststore_password=trustpass\n{prefix}require_client_auth=false\n"
        );
        place.write(&format!("{tree}/opt/apigee/customer/application/cassandra.properties"), settings);
        place.write(&format!("{tree}/.observed.json"), FACTS);
    }
    place.copy("made/g1/cass01/cass01.cer", "node0.cer");
    close(&place);
    place
}

/// The hosts of the second page, and the company: a root, an issuing authority, and what that has signed.
fn company() -> Place {
    let place = Place(tempfile::tempdir().unwrap());
    place.write("ca.ext", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n");
    place.runs(
        "openssl req -x509 -newkey rsa:2048 -nodes -subj '/O=Example/CN=Example Root' -days 4000 -keyout root.key -out root.pem \
         -addext keyUsage=critical,keyCertSign,cRLSign\n\
         openssl req -newkey rsa:2048 -nodes -subj '/O=Example/CN=Example Issuing CA' -keyout issuing.key -out issuing.csr\n\
         openssl x509 -req -in issuing.csr -CA root.pem -CAkey root.key -days 2000 -extfile ca.ext -out issuing.pem\n\
         cat issuing.pem root.pem > company.pem",
    );
    let nodes: Vec<(u8, u8)> = (1..=2).flat_map(|dc| (1..=30).map(move |node| (dc, node))).collect();
    let mut cluster = "cassandra = \"4.1.8\"\nclient_auth = true\n".to_owned();
    for (dc, node) in &nodes {
        let name = name(*dc, *node);
        let _ = write!(cluster, "[[node]]\nname = \"{name}\"\naddress = \"10.{dc}.0.{node}\"\n");
    }
    place.write("made.toml", cluster);
    place.write("keystore-password", "0123456789\n");
    place.runs(
        "cassandra-tls prepare --cluster made.toml --dir made --days 30 --ca-cert company.pem --ca-key issuing.key --store pkcs12 \
         --key ec:p256 --password-file keystore-password",
    );
    for (dc, node) in nodes {
        let node = name(dc, node);
        let tree = format!("play/collected/{node}");
        for kind in ["keystore", "truststore"] {
            place.copy(&format!("made/g1/{node}/{kind}.{node}"), &format!("{tree}/etc/cassandra/tls/{kind}.p12"));
        }
        place.write(&format!("{tree}/etc/cassandra/cassandra.yaml"), with_mutual_tls(STOCK));
        place.write(&format!("{tree}/.observed.json"), FACTS);
    }
    close(&place);
    place
}

fn name(dc: u8, node: u8) -> String {
    format!("cdb-{}-{node:02}", if dc == 1 { "eu" } else { "us" })
}

/// Cassandra's own file, as its operator has changed it.
fn with_mutual_tls(stock: &str) -> String {
    let (before, after) = stock.split_once("\nserver_encryption_options:").unwrap();
    let (section, after) = after.split_once("\nclient_encryption_options:").unwrap();
    let mut section = section.to_owned();
    for (old, new) in [
        ("internode_encryption: none", "internode_encryption: all"),
        ("keystore: conf/.keystore", "keystore: /etc/cassandra/tls/keystore.p12"),
        ("truststore: conf/.truststore", "truststore: /etc/cassandra/tls/truststore.p12"),
        ("store_password: cassandra", "store_password: '0123456789'"),
        ("require_client_auth: false", "require_client_auth: true"),
        ("# store_type: JKS", "store_type: PKCS12"),
    ] {
        assert!(section.contains(old), "{old}");
        section = section.replace(old, new);
    }
    format!("{before}\nserver_encryption_options:{section}\nclient_encryption_options:{after}")
}

/// The folders are as `observe` and `prepare` make them: for their owner alone.
fn close(place: &Place) {
    place.runs("chmod -R go= play");
}

/// A page: what is done with each of its blocks.
struct Page {
    name: &'static str,
    blocks: Vec<Block>,
}

struct Block {
    line: usize,
    /// What follows the fence.
    kind: String,
    text: String,
}

impl Page {
    fn read(name: &'static str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cases").join(name);
        Self { name, blocks: blocks(&fs::read_to_string(file).unwrap()) }
    }

    fn holds(&self, place: &Place) {
        self.carry_out(place).unwrap_or_else(|why| panic!("{}:{why}", self.name));
    }

    /// Does what the page says, up to the first line that does not hold.
    fn carry_out(&self, place: &Place) -> Result<(), String> {
        for block in &self.blocks {
            match block.kind.split_once(' ') {
                None if block.kind == "console" => run(block, place)?,
                Some(("console", "on-hosts")) => self.skip(block),
                Some(("toml", file)) => place.write(file, &block.text),
                _ => return Err(format!("{}: a block of the kind {:?}", block.line, block.kind)),
            }
        }
        Ok(())
    }

    fn skip(&self, block: &Block) {
        for (command, _) in commands(&block.text) {
            let _ = writeln!(std::io::stderr(), "SKIPPED {}:{}: {command}: it needs real hosts", self.name, block.line);
        }
    }
}

fn run(block: &Block, place: &Place) -> Result<(), String> {
    for (command, expected) in commands(&block.text) {
        let (code, printed) = place.bash(&command);
        let lines: Vec<&str> = printed.lines().collect();
        if code != Some(0) || !is_as_expected(&expected, &lines) {
            let expected = expected.join("\n");
            return Err(format!(
                "{}: {command}\nexpected:\n{expected}\nprinted, status {code:?}:\n{printed}",
                block.line
            ));
        }
    }
    Ok(())
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (line, text) in (1..).zip(page.lines()) {
        if let Some(kind) = text.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                blocks.push(Block { line, kind: kind.to_owned(), text: String::new() });
            }
        } else if let Some(block) = blocks.last_mut().filter(|_| is_open) {
            let _ = writeln!(block.text, "{text}");
        }
    }
    blocks
}

/// Each command of a block, with the lines that it is to print.
fn commands(block: &str) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), commands.last_mut()) {
            (Some(command), ..) => commands.push((command.to_owned(), Vec::new())),
            (None, Some(more), Some((command, expected))) if expected.is_empty() => {
                let _ = write!(command, "\n{more}");
            }
            (None, _, Some((_, expected))) => expected.push(line),
            (None, _, None) => panic!("output without a command: {line}"),
        }
    }
    commands
}

/// Whether these lines are those expected.
fn is_as_expected(expected: &[&str], printed: &[&str]) -> bool {
    match (expected, printed) {
        ([], printed) => printed.is_empty(),
        (["...", rest @ ..], printed) => (0..=printed.len()).any(|at| is_as_expected(rest, &printed[at..])),
        ([line, rest @ ..], [first, others @ ..]) => fits(line, first) && is_as_expected(rest, others),
        (_, []) => false,
    }
}

/// Whether a line is the one expected, however many blanks are between words.
fn fits(expected: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    text_fits(&words(expected), &words(line))
}

fn text_fits(expected: &str, text: &str) -> bool {
    let Some((start, rest)) = expected.split_once("...") else { return expected == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| text_fits(rest, &text[at..]))
}

fn a_page_that_promises_too_much_fails() {
    for (expected, printed, fits) in [
        (&["a"][..], &["a"][..], true),
        (&["a"], &["a", "b"], false),
        (&["a", "..."], &["a", "b", "c"], true),
        (&["...", "c"], &["a", "b", "c"], true),
        (&["...", "d"], &["a", "b", "c"], false),
        (&["x ... z"], &["x y z"], true),
        (&["x ... z"], &["x y"], false),
        (&["a  b"], &["a b"], true),
        (&["a b"], &["ab"], false),
        (&[], &["a"], false),
        (&["a"], &[], false),
    ] {
        assert_eq!(is_as_expected(expected, printed), fits, "{expected:?} {printed:?}");
    }
    let page = blocks("text\n```console\n$ false\n```\n```toml a.toml\nx = 1\n```\n");
    assert_eq!((page.len(), page[1].kind.as_str(), page[1].line), (2, "toml a.toml", 5));
    let place = Place(tempfile::tempdir().unwrap());
    let why = Page { name: "page", blocks: page }.carry_out(&place).unwrap_err();
    assert!(why.starts_with("2: false\n"), "{why}");
}
