//! Requests to Java's own keystores, many of them to one virtual machine.

use std::io::Write;
use std::process::Stdio;
use std::sync::OnceLock;
use test_support::{JavaProgram, Tool};

/// What Java shows of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) alias: String,
    /// "trusted", "private", "secret ALGORITHM", "locked" (the key does not open), "other" (out of reach).
    pub(crate) kind: String,
    pub(crate) created_ms: Option<i64>,
    /// SHA-256 of each certificate.
    pub(crate) certificates: Vec<String>,
    /// SHA-256 of the key, if it opens.
    pub(crate) key: String,
}

/// Sends all requests to Java, and returns the lines of each answer, or the exception.
pub(crate) fn ask(requests: &[String]) -> Vec<Result<Vec<String>, String>> {
    ask_on(Tool::Java, requests)
}

/// Sends the requests to another `java`.
pub(crate) fn ask_on(java: Tool, requests: &[String]) -> Vec<Result<Vec<String>, String>> {
    static PROGRAM: OnceLock<JavaProgram> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| JavaProgram::compile_for(8, "Stores", include_str!("Stores.java")));
    let mut child =
        program.command_of(java).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Java can be started");
    let mut stdin = child.stdin.take().expect("Java has an input");
    let text = requests.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("Java ends");
    writer.join().expect("no panic").expect("Java reads its requests");
    assert!(output.status.success(), "Java ended with {}", output.status);
    let answers = String::from_utf8(output.stdout).expect("Java answers in UTF-8");
    let answers: Vec<_> = answers.split_terminator("end\n").map(answer).collect();
    assert_eq!(answers.len(), requests.len(), "as many answers as requests");
    answers
}

/// Sends one request.
pub(crate) fn ask_one(fields: &[&str]) -> Vec<String> {
    ask(&[fields.join("\t")]).remove(0).expect("Java answers without an exception")
}

/// The anchors that Java's trust manager finds in a store.
pub(crate) fn anchors(file: &str, store_type: &str, password: &str) -> Vec<String> {
    let lines = ask_one(&["managers", file, store_type, password]);
    lines.iter().filter_map(|line| line.strip_prefix("anchor\t")).map(str::to_owned).collect()
}

/// What Java shows of a store.
pub(crate) fn list(file: &str, store_type: &str, password: &str, key_password: &str) -> Vec<Shown> {
    let lines = ask_one(&["list", file, store_type, password, key_password]);
    lines.iter().map(|line| shown(line)).collect()
}

/// Reads a line of the answer to "list".
pub(crate) fn shown(line: &str) -> Shown {
    let [alias, kind, created, certificates, key] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("five fields expected: {line}")
    };
    Shown {
        alias: String::from_utf8(hex::decode(alias).expect("hexadecimal")).expect("UTF-8"),
        kind: kind.to_owned(),
        created_ms: created.parse().ok(),
        certificates: certificates.split_terminator(',').map(str::to_owned).collect(),
        key: key.to_owned(),
    }
}

fn answer(lines: &str) -> Result<Vec<String>, String> {
    match lines.strip_prefix("error\t").or_else(|| lines.split_once("\nerror\t").map(|(_, error)| error)) {
        Some(error) => Err(error.trim_end().to_owned()),
        None => Ok(lines.lines().map(str::to_owned).collect()),
    }
}
