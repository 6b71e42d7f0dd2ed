//! Connects every pair, and compares the results with the expected ones.

use std::collections::BTreeMap;
use std::fmt;

use certgen::Fingerprint;
use rotation_planner::{NodeName, Transport};

use crate::lab::{Client, Outcome, Process};

#[derive(Debug)]
pub(super) struct Running<'a> {
    pub(super) process: &'a Process,
    pub(super) expected: Expected,
}

#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) shows: Option<Fingerprint>,
    pub(super) dials: Transport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Between,
    WhileDown(NodeName),
    /// This node or client was started again with the files on its disk.
    AfterCrash(NodeName),
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Between => Ok(()),
            Self::WhileDown(node) => write!(formatter, " while {node} is down"),
            Self::AfterCrash(node) => write!(formatter, " after a crash of {node}"),
        }
    }
}

/// A connection that failed, or did not have the expected transport or certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) client: NodeName,
    pub(super) server: NodeName,
    pub(super) moment: Moment,
    pub(super) why: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// The number of TLS connections, including those that failed.
    pub(super) handshakes: usize,
    /// The number of connections without TLS, including those that failed.
    pub(super) plain: usize,
    pub(super) cut: Vec<Cut>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.handshakes += other.handshakes;
        self.plain += other.plain;
        self.cut.extend(other.cut);
    }

    fn note(&mut self, (client, server): (&NodeName, &NodeName), moment: &Moment, judged: Result<(), String>) {
        if let Err(why) = judged {
            let (client, server, moment) = (client.clone(), server.clone(), moment.clone());
            self.cut.push(Cut { client, server, moment, why });
        }
    }
}

pub(super) fn every_pair(
    nodes: &BTreeMap<NodeName, Running<'_>>,
    clients: &BTreeMap<NodeName, Client>,
    moment: &Moment,
) -> Tally {
    let mut tally = Tally::default();
    for (client, from) in nodes {
        for (server, to) in nodes.iter().filter(|(server, _)| *server != client) {
            match from.expected.dials {
                Transport::Tls => tally.handshakes += 1,
                Transport::Plaintext => tally.plain += 1,
            }
            let judged = judge(from.process.dial(to.process), from.expected.dials, to);
            tally.note((client, server), moment, judged);
        }
    }
    for (client, from) in clients {
        tally.add(every_node((client, from), nodes, moment));
    }
    tally
}

pub(super) fn every_node(
    (client, from): (&NodeName, &Client),
    nodes: &BTreeMap<NodeName, Running<'_>>,
    moment: &Moment,
) -> Tally {
    let mut tally = Tally::default();
    for (server, to) in nodes {
        tally.handshakes += 1;
        tally.note((client, server), moment, judge(from.dial(to.process), Transport::Tls, to));
    }
    tally
}

fn judge(outcome: Outcome, dials: Transport, to: &Running<'_>) -> Result<(), String> {
    match outcome {
        Outcome::Cut(why) => Err(why),
        Outcome::Plain if dials == Transport::Plaintext => Ok(()),
        Outcome::Plain => Err("dialled plaintext instead of TLS".to_owned()),
        Outcome::Tls { .. } if dials == Transport::Plaintext => Err("dialled TLS instead of plaintext".into()),
        Outcome::Tls { served } if Some(served) == to.expected.shows => Ok(()),
        Outcome::Tls { served } => {
            Err(format!("the server showed the certificate {served:x} instead of the expected one"))
        }
    }
}
