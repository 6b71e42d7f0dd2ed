//! Matches the answers of an external authority to the requests.

mod pool;

use std::collections::BTreeMap;
use std::path::Path;

use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::acceptance::Acceptance;
use super::batch::{Asked, Batch};
use super::before::PreviousFiles;
use super::{Material, Order};
use crate::input::{Digest, Name};
use pool::Pool;

/// The status of a batch of requests.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    /// The name of the batch.
    pub batch: Name,
    /// The generation that was made from the batch; `None` if there is none yet.
    pub generation: Option<Name>,
    /// The reason why no generation was made although every node has a usable certificate.
    pub refused: Option<String>,
    /// The status of each node's request.
    pub nodes: BTreeMap<Name, Answer>,
    /// The files that cannot be read, and the nodes' certificates that are not used.
    pub others: Vec<Other>,
    /// Warnings, for example about trusted certificates that are not roots.
    pub warnings: Vec<String>,
}

/// The status of a node's request.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The stage of the request.
    pub state: State,
    /// The kind of the key; `None` if nothing is requested.
    pub key: Option<String>,
    /// The requested subject; `None` if nothing is requested.
    pub subject: Option<String>,
    /// The name of the file with the certificate for the request.
    ///
    /// The name is `--ca-cert` if that option gave the certificate.
    pub file: Option<String>,
    /// SHA-256 of that certificate.
    pub certificate: Option<Digest>,
    /// The requested parts that the certificate lacks, and the reason if it cannot be used.
    pub findings: Vec<String>,
}

/// The stages of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The batch has no request for the node.
    NotAsked,
    /// No certificate for the request's key was given.
    Waiting,
    /// There is a certificate, but it cannot be used.
    Unusable,
    /// There is a certificate that can be used.
    Answered,
}

/// A file that cannot be read, or a node's certificate that is not used.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// The name of the file, or `--ca-cert` if that option gave the certificate.
    pub file: String,
    /// The reason why the file or certificate is not used.
    pub reason: String,
}

impl Answers {
    pub(super) fn new(batch: &Batch) -> Self {
        Self {
            batch: batch.name().clone(),
            generation: None,
            refused: None,
            nodes: BTreeMap::new(),
            others: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether every node has a usable certificate.
    pub fn is_complete(&self) -> bool {
        self.nodes.values().all(|answer| answer.state == State::Answered)
    }
}

impl Answer {
    pub(super) fn waiting(asked: &Asked) -> Self {
        Self {
            state: State::Waiting,
            key: Some(asked.key.public_key().algorithm().to_string()),
            subject: Some(asked.request.subject().to_string()),
            ..Self::not_asked()
        }
    }

    fn not_asked() -> Self {
        Self { state: State::NotAsked, key: None, subject: None, file: None, certificate: None, findings: Vec::new() }
    }
}

/// Matches the certificates in `folder` and `above` to the requests.
///
/// Returns the status of the batch, and the key and chain of each node that has a usable certificate, in the order of the
/// description.
pub(super) fn held(
    order: &Order<'_>,
    batch: &Batch,
    had: &[PreviousFiles],
    folder: &Path,
    above: &[CertificateDer<'static>],
) -> anyhow::Result<(Answers, Vec<Material>)> {
    let mut pool = Pool::read(folder, above)?;
    let acceptance = Acceptance::of(order, had)?;
    let (mut answers, mut materials, mut asked) = (Answers::new(batch), Vec::new(), Vec::new());
    for node in &order.description.nodes {
        let Some(of_node) = batch.asked(node.name.as_str())? else {
            answers.nodes.insert(node.name.clone(), Answer::not_asked());
            continue;
        };
        let (answer, chain) = pool.answer(node, &of_node, &acceptance)?;
        answers.nodes.insert(node.name.clone(), answer);
        asked.push((&node.name, of_node.request));
        materials.extend(chain.map(|chain| Material { key: of_node.key, chain }));
    }
    pool.name_strays(order, batch, &asked)?;
    let anchors: Vec<_> = materials.iter().filter_map(|material| material.chain.last()).collect();
    answers.warnings = pool.warnings(&anchors);
    answers.others = pool.into_others();
    Ok((answers, materials))
}
