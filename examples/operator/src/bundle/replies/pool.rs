//! Finds the answers to requests among all given certificates.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::FileType;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use certgen::{BasicConstraints, CertificateInfo, CertificateRequest, Time, reply};
use keystore_core::rustls_pki_types::CertificateDer;

use super::super::Order;
use super::super::acceptance::Acceptance;
use super::super::batch::{self, Asked, Batch};
use super::{Answer, Other, State};
use crate::description::Node;
use crate::input::{Digest, Name};
use crate::reading::{MAX_SETTINGS, Root};

/// The option for certificates outside the folder of answers, shown in place of a file name.
const ABOVE: &str = "--ca-cert";

type Chain = Vec<CertificateDer<'static>>;

/// The given certificates that can be read, and the results for `Answers::others`.
pub(super) struct Pool {
    /// Each certificate once.
    ///
    /// Certificates that end later come first, so that a chain uses each issuer's certificate with the latest end.
    given: Vec<Given>,
    /// The positions in `given` of the certificates in the candidates' chains.
    used: BTreeSet<usize>,
    others: Vec<Other>,
}

struct Given {
    file: String,
    der: CertificateDer<'static>,
    info: CertificateInfo,
}

/// A certificate for the key of a request, with its chain.
struct Candidate {
    place: usize,
    chain: Chain,
    /// The reason why the certificate cannot be used.
    refusal: Option<String>,
    /// The requested parts that the certificate lacks.
    lacks: Vec<String>,
    end: Time,
}

impl Candidate {
    /// The candidate with the greatest rank is the best answer to the request.
    fn rank(&self) -> (bool, Reverse<usize>, Time, Reverse<usize>) {
        (self.refusal.is_none(), Reverse(self.lacks.len()), self.end, Reverse(self.place))
    }

    fn findings(&self) -> Vec<String> {
        self.refusal.iter().chain(&self.lacks).cloned().collect()
    }
}

impl Pool {
    /// Reads the certificates in the files of a folder, and adds the certificates in `above`.
    ///
    /// A file that cannot be read is noted in `others`, and so is an entry that is not a regular file.
    pub(super) fn read(folder: &Path, above: &[CertificateDer<'static>]) -> anyhow::Result<Self> {
        let mut pool = Self { given: Vec::new(), used: BTreeSet::new(), others: Vec::new() };
        for (path, kind) in batch::entries(folder)? {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let read = if kind.is_file() { certificates(&path) } else { Err(anyhow!(not_read(kind))) };
            match read {
                Ok(certificates) => certificates.into_iter().for_each(|(der, info)| pool.add(&file, der, info)),
                Err(error) => pool.others.push(Other { file, reason: format!("{error:#}") }),
            }
        }
        for der in above {
            pool.add(ABOVE, der.clone(), CertificateInfo::read(der)?);
        }
        pool.given.sort_by_key(|given| Reverse(given.info.validity().not_after()));
        Ok(pool)
    }

    fn add(&mut self, file: &str, der: CertificateDer<'static>, info: CertificateInfo) {
        if !self.given.iter().any(|given| given.der == der) {
            self.given.push(Given { file: file.to_owned(), der, info });
        }
    }

    /// The best answer to a request, and its chain if the answer can be used.
    ///
    /// The other answers to the request are noted in `others`.
    pub(super) fn answer(
        &mut self,
        node: &Node,
        asked: &Asked,
        acceptance: &Acceptance,
    ) -> anyhow::Result<(Answer, Option<Chain>)> {
        let mut candidates = self.candidates(node, asked, acceptance)?;
        candidates.sort_by_key(Candidate::rank);
        let Some(best) = candidates.pop() else { return Ok((Answer::waiting(asked), None)) };
        let file = self.file(best.place);
        for other in &candidates {
            let reason = format!("it is another answer for {}, and {}", node.name, passed_over(other, &best, &file));
            self.others.push(Other { file: self.file(other.place), reason });
        }
        let answer = Answer {
            state: if best.refusal.is_none() { State::Answered } else { State::Unusable },
            file: Some(file),
            certificate: best.chain.first().map(|der| Digest::of(der)),
            findings: best.findings(),
            ..Answer::waiting(asked)
        };
        Ok((answer, best.refusal.is_none().then_some(best.chain)))
    }

    fn candidates(&mut self, node: &Node, asked: &Asked, acceptance: &Acceptance) -> anyhow::Result<Vec<Candidate>> {
        let key = asked.key.public_key();
        let (own, above): (Vec<_>, Vec<_>) =
            self.given.iter().enumerate().partition(|(_, given)| given.info.public_key() == key);
        let above: Chain = above.into_iter().map(|(_, given)| given.der.clone()).collect();
        let candidate = |(place, given): (usize, &Given)| {
            let pool: Chain = std::iter::once(&given.der).chain(&above).cloned().collect();
            let chain = reply::chain_for(key, &pool)?;
            let (refusal, lacks) = match checked(&asked.request, given, &chain) {
                Ok(lacks) => (acceptance.refusal(node, &chain), lacks),
                Err(why) => (Some(why), Vec::new()),
            };
            Ok(Candidate { place, chain, refusal, lacks, end: given.info.validity().not_after() })
        };
        let candidates: Vec<Candidate> = own.into_iter().map(candidate).collect::<anyhow::Result<_>>()?;
        let is_used = |given: &Given| candidates.iter().any(|candidate| candidate.chain.contains(&given.der));
        let places: Vec<usize> = (0..).zip(&self.given).filter(|(_, given)| is_used(given)).map(|(at, _)| at).collect();
        self.used.extend(places);
        Ok(candidates)
    }

    /// Adds the nodes' certificates that answer none of the requests in `asked` to `others`.
    pub(super) fn name_strays(
        &mut self,
        order: &Order<'_>,
        batch: &Batch,
        asked: &[(&Name, CertificateRequest)],
    ) -> anyhow::Result<()> {
        let strays: Vec<&Given> = (0..)
            .zip(&self.given)
            .filter(|(at, given)| !self.used.contains(at) && self.is_of_a_node(given))
            .map(|(_, given)| given)
            .collect();
        if strays.is_empty() {
            return Ok(());
        }
        let known = Batch::requests(&order.dir)?;
        for given in strays {
            let key = given.info.public_key();
            let of_key = known.iter().find(|(_, _, request)| request.public_key() == key);
            let why = match of_key {
                Some((of, node, _)) if of == batch.name() => {
                    format!("its key is that of the request for {node}, which is not in the cluster")
                }
                Some((of, node, _)) => format!("its key is that of the request for {node} in {of}"),
                None => match of_same_names(&given.info, asked).as_slice() {
                    [] => "no request has its key, and no open request has its names".to_owned(),
                    nodes => format!("it has the names of {}, but no request has its key", nodes.join(", ")),
                },
            };
            let reason = format!("the certificate for {} answers no open request: {why}", given.info.subject());
            self.others.push(Other { file: given.file.clone(), reason });
        }
        Ok(())
    }

    /// Whether a certificate counts as a node's.
    ///
    /// Its basic constraints are not an authority's, and its subject issued no other given certificate.
    fn is_of_a_node(&self, given: &Given) -> bool {
        let issues = |other: &Given| other.der != given.der && other.info.issuer() == given.info.subject();
        !matches!(given.info.basic_constraints(), Some(BasicConstraints::Authority { .. }))
            && !self.given.iter().any(issues)
    }

    /// A warning for each of `anchors` that is not a root.
    pub(super) fn warnings(&self, anchors: &[&CertificateDer<'static>]) -> Vec<String> {
        let is_anchor = |given: &&Given| anchors.contains(&&given.der) && given.info.subject() != given.info.issuer();
        let warning = |given: &Given| {
            let (trusted, above) = (given.info.subject(), given.info.issuer());
            format!(
                "the truststores would trust {trusted} directly, because the certificate of {above}, which issued it, is not among \
                 the answers: when {trusted} is renewed, no node will trust the new one, although {above} signs it. Put the certificate \
                 of {above} there, or name it with --ca-cert"
            )
        };
        self.given.iter().filter(is_anchor).map(warning).collect()
    }

    pub(super) fn into_others(mut self) -> Vec<Other> {
        self.others.sort_by(|one, other| one.file.cmp(&other.file));
        self.others
    }

    fn file(&self, place: usize) -> String {
        self.given.get(place).map_or_else(String::new, |given| given.file.clone())
    }
}

/// The requested parts that the certificate lacks, or the reason why it cannot be used.
fn checked(
    request: &CertificateRequest,
    given: &Given,
    chain: &[CertificateDer<'static>],
) -> Result<Vec<String>, String> {
    if chain.len() == 1 && given.info.subject() != given.info.issuer() {
        return Err("the certificate of its issuer is not among the answers: put it there, or name it with --ca-cert"
            .to_owned());
    }
    let lacks = request.check_reply(chain).map_err(|error| error.to_string())?;
    Ok(lacks.iter().map(ToString::to_string).collect())
}

fn passed_over(other: &Candidate, best: &Candidate, file: &str) -> String {
    match &other.refusal {
        Some(why) => format!("cannot be used: {why}"),
        None if other.lacks.len() > best.lacks.len() => {
            format!("{file} is used: in this answer, {}", other.lacks.join("; "))
        }
        None => format!("{file} is used: it ends at {}, and this answer at {}", best.end, other.end),
    }
}

/// The nodes whose requests share the most alternative names with a certificate.
///
/// If no request shares an alternative name, these are the nodes whose requests have the certificate's subject.
fn of_same_names(info: &CertificateInfo, asked: &[(&Name, CertificateRequest)]) -> Vec<String> {
    let shared = |request: &CertificateRequest| {
        request.subject_alt_names().iter().filter(|name| info.subject_alt_names().contains(name)).count()
    };
    let most = asked.iter().map(|(_, request)| shared(request)).max().unwrap_or(0);
    let is_same = |request: &CertificateRequest| match most {
        0 => request.subject() == info.subject(),
        most => shared(request) == most,
    };
    asked.iter().filter(|(_, request)| is_same(request)).map(|(node, _)| node.to_string()).collect()
}

/// The reason why an entry that is not a regular file is not read.
///
/// Those who can write the folder must not choose which other files are read.
fn not_read(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "a symbolic link is not followed: copy the file"
    } else if kind.is_dir() {
        "the files of a folder in the folder are not read"
    } else {
        "it is not a regular file"
    }
}

fn certificates(path: &Path) -> anyhow::Result<Vec<(CertificateDer<'static>, CertificateInfo)>> {
    let bytes = Root::Host.read(path, MAX_SETTINGS)?.bytes;
    let read = |(place, der): (usize, CertificateDer<'static>)| {
        let info = CertificateInfo::read(&der).with_context(|| format!("certificate {place}"))?;
        Ok((der, info))
    };
    reply::read(&bytes)?.into_iter().enumerate().map(read).collect()
}
