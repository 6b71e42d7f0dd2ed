//! A JVM that is asked whether it accepts peers (`Paths.java`).

use std::io::Write as _;
use std::process::Stdio;

use base64ct::{Base64, Encoding as _};
use certgen::path::{Engine, PeerRole, Protocol, TrustManager};
use certgen::rustls_pki_types::CertificateDer;
use certgen::{KeyKind, KeyPair, NodeParams, Time};
use test_support::{JavaProgram, Tool};

use crate::corpus;
use crate::workshop::rng;

/// One question; the certificates are DER, or what takes their place.
pub(crate) struct Question<'a> {
    pub(crate) peer: PeerRole,
    pub(crate) engine: Engine,
    pub(crate) protocol: Protocol,
    pub(crate) time: Time,
    pub(crate) host: Option<&'a str>,
    pub(crate) trusted: Vec<&'a [u8]>,
    pub(crate) served: Vec<&'a [u8]>,
    pub(crate) manager: TrustManager,
}

impl<'a> Question<'a> {
    /// A question about a row of the corpus, with these certificates: those that are trusted, and those that are served.
    pub(crate) fn of(
        asked: &corpus::Question<'a>,
        time: Time,
        certificates: [&'a [CertificateDer<'static>]; 2],
        manager: TrustManager,
    ) -> Self {
        let [trusted, served] = certificates.map(|list| list.iter().map(AsRef::as_ref).collect());
        let corpus::Question { engine, protocol, peer, host, .. } = *asked;
        Self { peer, engine, protocol, time, host, trusted, served, manager }
    }

    /// As the program reads it.
    pub(crate) fn line(&self) -> String {
        let texts = |list: &[&[u8]]| match list {
            [] => "-".to_owned(),
            _ => list.iter().map(|der| Base64::encode_string(der)).collect::<Vec<_>>().join(","),
        };
        let role = if self.peer == PeerRole::Server { "S" } else { "C" };
        let engine = if self.engine == Engine::Jdk { "J" } else { "N" };
        let protocol = if self.protocol == Protocol::Tls12 { "TLSv1.2" } else { "TLSv1.3" };
        let (time, host) = (self.time.unix_seconds(), self.host.unwrap_or("-"));
        let (trusted, served) = (texts(&self.trusted), texts(&self.served));
        format!("{role} {engine} {protocol} {time} {host} {trusted} {served} {:?}", self.manager)
    }
}

/// The answers: `ok`, or why not.
pub(crate) fn ask(java: Tool, questions: &[Question<'_>]) -> Vec<String> {
    let lines: Vec<String> = questions.iter().map(|question| question.line() + "\n").collect();
    let program = JavaProgram::compile_for(8, "Paths", include_str!("Paths.java"));
    let mut command = program.command_of(java);
    let mut child = command.args(identity()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // The program reads all before it writes.
    child.stdin.take().unwrap().write_all(lines.concat().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), lines.len());
    answers
}

/// A key and its certificate, for the handshake by which the program finds out what the JDK's engine supports.
fn identity() -> [String; 2] {
    let key = KeyPair::generate(KeyKind::EcP256, &mut rng(90)).unwrap();
    let node = NodeParams::for_ip([10, 0, 0, 1].into()).valid_from(Time::from_unix_seconds(1_700_000_000));
    let certificate = node.self_signed(&key, &mut rng(91)).unwrap();
    [Base64::encode_string(key.secret_pkcs8().secret_pkcs8_der()), Base64::encode_string(&certificate)]
}
