//! The rows of the corpus, and the cells of a row.

use std::fs;

use base64ct::{Base64, Encoding as _};
use certgen::Time;
use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Protocol, Refusal, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use serde_json::Value;
use test_support::{Content, Corpus};

/// What a row without a time is judged at: 2026-11-26T00:00:00Z.
const NOW: Time = Time::from_unix_seconds(1_795_651_200);

/// More rows than this take minutes in a debug build.
pub(crate) const MANY: usize = 500;

/// A truststore and a served chain.
pub(crate) struct Row {
    pub(crate) id: String,
    source: String,
    time: Time,
    host: Option<String>,
    anchors: Result<Anchors, Refusal>,
    chain: Result<Chain, Refusal>,
    java: Value,
}

/// One question about a row, and Java's answer.
pub(crate) struct Cell<'a> {
    pub(crate) jdk: Jdk,
    pub(crate) engine: Engine,
    pub(crate) protocol: Protocol,
    peer: PeerRole,
    host: Option<&'a str>,
    pub(crate) expected: Answer<'a>,
}

/// What Java said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer<'a> {
    Accepted,
    Refused(&'a str),
    Random,
}

/// All rows of all files.
pub(crate) fn rows() -> Vec<Row> {
    let corpus = Corpus::find(Content::Paths);
    let mut files: Vec<_> = fs::read_dir(corpus.folder()).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts
        .flat_map(|text| text.lines().map(|line| Row::read(&serde_json::from_str(line).unwrap())).collect::<Vec<_>>())
        .collect()
}

impl Row {
    fn read(row: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut anchors = certificates(&row["anchors"]);
        anchors.extend(certificates(&row["key_entry_anchors"]));
        let peer = &row["peer"];
        Self {
            id: text(&row["id"]).unwrap(),
            source: text(&row["source"]).unwrap(),
            time: text(&row["time"]).map_or(NOW, |time| parse_time(&time)),
            host: text(&peer["ip"]).or_else(|| text(&peer["dns"])),
            anchors: Anchors::read(&anchors),
            chain: Chain::read(&certificates(&row["chain"])),
            java: serde_json::json!({ "17": row["java17"], "25": row["java25"], "11": row["java11"] }),
        }
    }

    /// Every answer that the row has.
    pub(crate) fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = Vec::new();
        for jdk in [Jdk::V17, Jdk::V25, Jdk::V11] {
            for (engine, protocol) in [
                (Engine::Jdk, Protocol::Tls13),
                (Engine::Jdk, Protocol::Tls12),
                (Engine::NettyOpenSsl, Protocol::Tls13),
                (Engine::NettyOpenSsl, Protocol::Tls12),
            ] {
                for (key, peer, named) in [
                    ("server", PeerRole::Server, false),
                    ("client", PeerRole::Client, false),
                    ("server_named", PeerRole::Server, true),
                    ("client_named", PeerRole::Client, true),
                ] {
                    let Some(expected) = self.expected(jdk, engine, protocol, key) else { continue };
                    let host = self.host.as_deref().filter(|_| named);
                    cells.push(Cell { jdk, engine, protocol, peer, host, expected });
                }
            }
        }
        cells
    }

    /// What is not said of a JDK is as with 17; what is not said of an engine or of TLS 1.2 is as with TLS 1.3.
    fn expected(&self, jdk: Jdk, engine: Engine, protocol: Protocol, key: &str) -> Option<Answer<'_>> {
        let (base, own) = (&self.java["17"], &self.java[corpus_name(jdk)]);
        if own.is_null() {
            return None;
        }
        let variant = match (engine, protocol) {
            (Engine::NettyOpenSsl, _) => Some("openssl_engine"),
            (_, Protocol::Tls12) => Some("tls12"),
            _ => None,
        };
        let varied = variant.and_then(|variant| own[variant][key].as_str().or_else(|| base[variant][key].as_str()));
        let answer = varied.or_else(|| own[key].as_str()).or_else(|| base[key].as_str())?;
        Some(match answer {
            "ok" => Answer::Accepted,
            answer if answer.starts_with("either:") => Answer::Random,
            answer => Answer::Refused(answer),
        })
    }

    pub(crate) fn judge(&self, cell: &Cell<'_>, judge: &Judge) -> Result<Verdict, Refusal> {
        let handshake = Handshake { peer: cell.peer, time: self.time, host: cell.host };
        let (anchors, chain) =
            (self.anchors.as_ref().map_err(Clone::clone)?, self.chain.as_ref().map_err(Clone::clone)?);
        Ok(judge.judge(anchors, chain, handshake))
    }
}

impl Cell<'_> {
    /// Source, role, name check, TLS version, engine and JDK.
    pub(crate) fn group(&self, row: &Row) -> [String; 7] {
        [
            row.source.clone(),
            self.peer.to_string(),
            if self.host.is_some() { "name".to_owned() } else { "no name".to_owned() },
            format!("{:?}", self.protocol),
            format!("{:?}", self.engine),
            "JDK".to_owned(),
            corpus_name(self.jdk).to_owned(),
        ]
    }

    pub(crate) fn name(&self) -> String {
        format!("{:?} {:?} {:?} {} {:?}", self.jdk, self.engine, self.protocol, self.peer, self.host)
    }
}

fn corpus_name(jdk: Jdk) -> &'static str {
    match jdk {
        Jdk::V11 => "11",
        Jdk::V17 => "17",
        _ => "25",
    }
}

fn certificates(list: &Value) -> Vec<CertificateDer<'static>> {
    let texts = list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap());
    texts.map(|text| CertificateDer::from(Base64::decode_vec(text).unwrap())).collect()
}

/// RFC 3339 in UTC, whole seconds.
fn parse_time(text: &str) -> Time {
    let format = time::format_description::well_known::Rfc3339;
    Time::from_unix_seconds(time::OffsetDateTime::parse(text, &format).unwrap().unix_timestamp())
}
