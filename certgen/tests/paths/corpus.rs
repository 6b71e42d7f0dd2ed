//! The rows of the corpus, and the cells of a row.
#![allow(dead_code, reason = "two test targets share it, and neither needs all of it")]

use std::fs;

use base64ct::{Base64, Encoding as _};
use certgen::Time;
use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Protocol, Refusal, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use serde_json::Value;
use test_support::{Content, Corpus};

use crate::counts::Group;

/// What a row without a time is judged at: 2026-11-26T00:00:00Z.
const NOW: Time = Time::from_unix_seconds(1_795_651_200);

/// More rows than this take minutes in a debug build.
const MANY: usize = 500;

/// A truststore and a served chain.
pub(crate) struct Row {
    pub(crate) id: String,
    source: String,
    pub(crate) time: Time,
    host: Option<String>,
    pub(crate) trusted: Vec<CertificateDer<'static>>,
    pub(crate) served: Vec<CertificateDer<'static>>,
    anchors: Result<Anchors, Refusal>,
    chain: Result<Chain, Refusal>,
    java: Value,
}

/// One question about a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) jdk: Jdk,
    pub(crate) engine: Engine,
    pub(crate) protocol: Protocol,
    pub(crate) peer: PeerRole,
    pub(crate) host: Option<&'a str>,
}

/// A question, and what Java said.
pub(crate) struct Cell<'a> {
    pub(crate) question: Question<'a>,
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

/// All rows, or every sixteenth in a debug build that would take minutes.
pub(crate) fn affordable_rows() -> Vec<Row> {
    let rows = rows();
    if cfg!(debug_assertions) && rows.len() > MANY {
        println!("SKIPPED 15 of 16 rows: this is a debug build; with --release all are judged");
        return rows.into_iter().step_by(16).collect();
    }
    rows
}

impl Row {
    fn read(row: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut trusted = certificates(&row["anchors"]);
        trusted.extend(certificates(&row["key_entry_anchors"]));
        let served = certificates(&row["chain"]);
        let peer = &row["peer"];
        Self {
            id: text(&row["id"]).unwrap(),
            source: text(&row["source"]).unwrap(),
            time: text(&row["time"]).map_or(NOW, |time| parse_time(&time)),
            host: text(&peer["ip"]).or_else(|| text(&peer["dns"])),
            anchors: Anchors::read(&trusted),
            chain: Chain::read(&served),
            trusted,
            served,
            java: serde_json::json!({ "17": row["java17"], "25": row["java25"], "11": row["java11"] }),
        }
    }

    /// Every answer that the row has.
    pub(crate) fn cells(&self) -> Vec<Cell<'_>> {
        let questions = [Jdk::V17, Jdk::V25, Jdk::V11].into_iter().flat_map(|jdk| self.questions(jdk));
        questions.filter_map(|question| Some(Cell { question, expected: self.expected(&question)? })).collect()
    }

    /// Everything that a node with this JDK can be asked about the row.
    pub(crate) fn questions(&self, jdk: Jdk) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        for (engine, protocol) in [
            (Engine::Jdk, Protocol::Tls13),
            (Engine::Jdk, Protocol::Tls12),
            (Engine::NettyOpenSsl, Protocol::Tls13),
            (Engine::NettyOpenSsl, Protocol::Tls12),
        ] {
            let named = self.host.as_deref().map(Some);
            for host in std::iter::once(None).chain(named) {
                for peer in [PeerRole::Server, PeerRole::Client] {
                    questions.push(Question { jdk, engine, protocol, peer, host });
                }
            }
        }
        questions
    }

    /// What is not said of a JDK is as with 17; what is not said of an engine or of TLS 1.2 is as with TLS 1.3.
    fn expected(&self, question: &Question<'_>) -> Option<Answer<'_>> {
        let (base, own) = (&self.java["17"], &self.java[name_of(question.jdk)]);
        if own.is_null() {
            return None;
        }
        let key = match (question.peer, question.host) {
            (PeerRole::Server, None) => "server",
            (PeerRole::Client, None) => "client",
            (PeerRole::Server, Some(_)) => "server_named",
            (PeerRole::Client, Some(_)) => "client_named",
        };
        let variant = match (question.engine, question.protocol) {
            (Engine::NettyOpenSsl, _) => Some("openssl_engine"),
            (_, Protocol::Tls12) => Some("tls12"),
            _ => None,
        };
        let varied = variant.and_then(|variant| own[variant][key].as_str().or_else(|| base[variant][key].as_str()));
        varied.or_else(|| own[key].as_str()).or_else(|| base[key].as_str()).map(Answer::of)
    }

    pub(crate) fn judge(&self, question: &Question<'_>, judge: &Judge) -> Result<Verdict, Refusal> {
        let handshake = Handshake { peer: question.peer, time: self.time, host: question.host };
        let (anchors, chain) =
            (self.anchors.as_ref().map_err(Clone::clone)?, self.chain.as_ref().map_err(Clone::clone)?);
        Ok(judge.judge(anchors, chain, handshake))
    }
}

impl Question<'_> {
    /// The node that is asked.
    pub(crate) fn judge(&self) -> Judge {
        Judge::new(self.jdk).with_engine(self.engine).with_protocol(self.protocol)
    }

    /// Source, role, name check, TLS version, engine and JDK.
    pub(crate) fn group(&self, row: &Row) -> Group {
        [
            row.source.clone(),
            self.peer.to_string(),
            if self.host.is_some() { "name" } else { "no name" }.to_owned(),
            format!("{:?}", self.protocol),
            format!("{:?}", self.engine),
            format!("JDK {}", name_of(self.jdk)),
        ]
    }
}

impl<'a> Answer<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        match text {
            "ok" => Self::Accepted,
            text if text.starts_with("either:") => Self::Random,
            text => Self::Refused(text),
        }
    }

    /// Whether the verdict is the same; `NotChecked` never is.
    pub(crate) fn agrees(&self, verdict: &Result<Verdict, Refusal>) -> bool {
        matches!(
            (self, verdict),
            (Self::Accepted, Ok(Verdict::Accepted(_)))
                | (Self::Refused(_), Ok(Verdict::Refused(_)) | Err(_))
                | (Self::Random, Ok(Verdict::Varies(_)))
        )
    }
}

fn name_of(jdk: Jdk) -> &'static str {
    match jdk {
        Jdk::V8 => "8",
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
