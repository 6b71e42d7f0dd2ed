//! Checks that every pair of nodes can talk, and sees the expected certificate.

use std::collections::BTreeMap;
use std::fmt;

use certgen::Fingerprint;
use rotation_planner::{NodeName, Transport};

use crate::lab::{Outcome, Process};

/// A running node, and what its peers must see.
#[derive(Debug)]
pub(super) struct Running<'a> {
    pub(super) process: &'a Process,
    pub(super) expected: Expected,
}

/// What a client must see.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// SHA-256 of the certificate that the node shows over TLS, if it has one.
    pub(super) shows: Option<Fingerprint>,
    /// What the node dials.
    pub(super) dials: Transport,
}

/// The moment of a run at which a pair was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Between two steps.
    Between,
    /// While this node is down.
    WhileDown(NodeName),
    /// As if this node crashed now and started again with what is on its disk.
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

/// A pair of nodes that could not connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) client: NodeName,
    pub(super) server: NodeName,
    pub(super) moment: Moment,
    pub(super) why: String,
}

/// The results of some connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// TLS handshakes tried.
    pub(super) handshakes: usize,
    /// Attempted connections without TLS.
    pub(super) plain: usize,
    pub(super) cut: Vec<Cut>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.handshakes += other.handshakes;
        self.plain += other.plain;
        self.cut.extend(other.cut);
    }
}

/// Makes every ordered pair of nodes connect.
pub(super) fn every_pair(nodes: &BTreeMap<NodeName, Running<'_>>, moment: &Moment) -> Tally {
    let mut tally = Tally::default();
    for (client, from) in nodes {
        for (server, to) in nodes.iter().filter(|(server, _)| *server != client) {
            match from.expected.dials {
                Transport::Tls => tally.handshakes += 1,
                Transport::Plaintext => tally.plain += 1,
            }
            if let Err(why) = judge(from.process.dial(to.process), from, to) {
                let (client, server, moment) = (client.clone(), server.clone(), moment.clone());
                tally.cut.push(Cut { client, server, moment, why });
            }
        }
    }
    tally
}

fn judge(outcome: Outcome, from: &Running<'_>, to: &Running<'_>) -> Result<(), String> {
    match outcome {
        Outcome::Cut(why) => Err(why),
        Outcome::Plain if from.expected.dials == Transport::Plaintext => Ok(()),
        Outcome::Plain => Err("dialled plaintext instead of TLS".to_owned()),
        Outcome::Tls { .. } if from.expected.dials == Transport::Plaintext => {
            Err("dialled TLS instead of plaintext".into())
        }
        Outcome::Tls { served } if Some(served) == to.expected.shows => Ok(()),
        Outcome::Tls { served } => Err(format!("was shown the certificate {served:x}, not the expected one")),
    }
}
