//! Compares the answers of an external authority with the requests: what is answered, what is missing, and what cannot
//! be used.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use certgen::{CertificateInfo, ErrorKind, reply};
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::batch::{Asked, Batch, answers};
use super::{Material, Order};
use crate::input::{Digest, Name};
use crate::reading::{MAX_SETTINGS, Root};

/// The status of a batch of requests.
#[derive(Clone, Debug, Serialize)]
pub struct Answers {
    /// The batch.
    pub batch: Name,
    /// The generation that was made from it; `None`: it is not complete.
    pub generation: Option<Name>,
    /// Why no generation was made, although all answers are there.
    pub refused: Option<String>,
    /// By node.
    pub nodes: BTreeMap<Name, Answer>,
    /// Files among the answers that are not answers.
    pub others: Vec<Other>,
}

/// The status of a node's request.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Its stage.
    pub state: State,
    /// The kind of key; `None`: there is none yet.
    pub key: Option<String>,
    /// SHA-256 of the certificate that answers it.
    pub certificate: Option<Digest>,
    /// What was requested and is not in the certificate, or why the certificate cannot be used.
    pub findings: Vec<String>,
}

/// The stages of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is no request: the node is new in the cluster.
    NotAsked,
    /// No certificate is for its key.
    Waiting,
    /// There is a certificate, but it cannot be used.
    Unusable,
    /// One is.
    Answered,
}

/// A file that is not an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// The file's name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// All given certificates, and the files without any.
#[derive(Default)]
struct Pool {
    certificates: Vec<CertificateDer<'static>>,
    others: Vec<Other>,
}

impl Answers {
    /// A batch without answers.
    pub(super) fn new(batch: &Batch) -> Self {
        Self {
            batch: batch.name().clone(),
            generation: None,
            refused: None,
            nodes: BTreeMap::new(),
            others: Vec::new(),
        }
    }

    /// Whether every node of the cluster has its certificate.
    pub fn is_complete(&self) -> bool {
        self.nodes.values().all(|answer| answer.state == State::Answered)
    }
}

impl Answer {
    pub(super) fn waiting(asked: &Asked) -> Self {
        let key = Some(asked.key.public_key().algorithm().to_string());
        Self { state: State::Waiting, key, certificate: None, findings: Vec::new() }
    }

    fn unusable(self, why: &str) -> Self {
        Self { state: State::Unusable, findings: vec![why.to_owned()], ..self }
    }
}

/// What the files of `folder` answer, and the available keys with their chains, in the order of the nodes.
///
/// # Errors
/// If the folder, the batch or a certificate `above` cannot be read.
pub(super) fn held(
    order: &Order<'_>,
    batch: &Batch,
    folder: &Path,
    above: &[CertificateDer<'static>],
) -> anyhow::Result<(Answers, Vec<Material>)> {
    let pool = Pool::read(folder, above)?;
    let (mut answers, mut materials) = (Answers::new(batch), Vec::new());
    for node in &order.description.nodes {
        let (answer, material) = match batch.asked(node.name.as_str())? {
            Some(asked) => pool.answer(asked)?,
            None => (Answer { state: State::NotAsked, key: None, certificate: None, findings: Vec::new() }, None),
        };
        answers.nodes.insert(node.name.clone(), answer);
        materials.extend(material);
    }
    answers.others = pool.others;
    Ok((answers, materials))
}

impl Pool {
    fn read(folder: &Path, above: &[CertificateDer<'static>]) -> anyhow::Result<Self> {
        let mut pool = Self::default();
        for path in answers(folder)? {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match certificates(&path) {
                Ok(certificates) => pool.certificates.extend(certificates),
                Err(error) => pool.others.push(Other { file, reason: format!("{error:#}") }),
            }
        }
        pool.certificates.extend(above.iter().cloned());
        Ok(pool)
    }

    /// The chain for a key, if it can be used.
    ///
    /// # Errors
    /// If a certificate of the pool cannot be read.
    fn answer(&self, asked: Asked) -> anyhow::Result<(Answer, Option<Material>)> {
        let waiting = Answer::waiting(&asked);
        let chain = match reply::chain_for(asked.key.public_key(), &self.certificates) {
            Ok(chain) => chain,
            Err(error) if matches!(error.kind(), ErrorKind::NotInReply { .. }) => return Ok((waiting, None)),
            Err(error) => return Err(error.into()),
        };
        let answer = Answer { certificate: chain.first().map(|der| Digest::of(der)), ..waiting };
        if let [only] = chain.as_slice()
            && !signs_itself(only)?
        {
            let why = "the certificate of its issuer is not among the answers: put it there, or name it with --ca-cert";
            return Ok((answer.unusable(why), None));
        }
        Ok(match asked.request.check_reply(&chain) {
            Ok(findings) => {
                let findings = findings.iter().map(ToString::to_string).collect();
                let answer = Answer { state: State::Answered, findings, ..answer };
                (answer, Some(Material { key: asked.key, chain }))
            }
            Err(error) => (answer.unusable(&error.to_string()), None),
        })
    }
}

fn signs_itself(certificate: &CertificateDer<'_>) -> anyhow::Result<bool> {
    let info = CertificateInfo::read(certificate)?;
    Ok(info.subject() == info.issuer())
}

/// The certificates of a file, each of which can be read.
fn certificates(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let bytes = Root::Host.read(path, MAX_SETTINGS)?.bytes;
    let certificates = reply::read(&bytes)?;
    for (place, certificate) in certificates.iter().enumerate() {
        CertificateInfo::read(certificate).with_context(|| format!("certificate {place}"))?;
    }
    Ok(certificates)
}
