//! Requests to an external authority, and its answers.

use std::path::Path;

use anyhow::Context as _;
use certgen::{CertificateInfo, pem};

use crate::bundle::{Answer, Answers, Order, Other, State, answered, request};
use crate::document::{Form, Schema};
use crate::reading::read_text;
use crate::shown;
use crate::status::Status;

/// Makes the requests.
pub(super) fn ask(order: &Order<'_>, form: Form) -> anyhow::Result<Status> {
    let (batch, answers) = request(order)?;
    form.print(Schema::REQUESTS, &answers, || {
        let requests = answers.nodes.len();
        let folder = shown::path(batch.folder());
        format!(
            "{}{requests} requests for the authority are in {folder}; their private keys are in {folder}/keys: do not send these.\n\
             When answers come: prepare --replies FOLDER",
            rows(&answers)
        )
    })?;
    Ok(Status::Fine)
}

/// Takes the answers.
pub(super) fn answer(order: &Order<'_>, replies: &Path, above: Option<&Path>, form: Form) -> anyhow::Result<Status> {
    let read = |file: &Path| {
        let place = || file.display().to_string();
        let certificates = pem::decode_certificates(read_text(file)?.as_bytes()).with_context(place)?;
        for certificate in &certificates {
            CertificateInfo::read(certificate).with_context(place)?;
        }
        anyhow::Ok(certificates)
    };
    let above = above.map(read).transpose()?.unwrap_or_default();
    let (answers, made) = answered(order, replies, &above)?;
    form.print(Schema::REQUESTS, &answers, || {
        let end = match (&made, &answers.generation) {
            (Some((folder, _)), _) => format!("{} is complete.", shown::path(folder)),
            (None, Some(generation)) => format!("{generation} has already been made from them."),
            (None, None) => answers.refused.clone().unwrap_or_else(|| missing(&answers)),
        };
        format!("{}{}{end}", rows(&answers), others(&answers))
    })?;
    let lacks = answers.nodes.values().any(|answer| !answer.findings.is_empty());
    Ok(match (&answers.generation, lacks) {
        (None, _) => Status::No,
        (Some(_), true) => Status::Warnings,
        (Some(_), false) => Status::Fine,
    })
}

fn rows(answers: &Answers) -> String {
    let row = |(node, answer): (_, &Answer)| {
        let key = answer.key.as_ref().map_or_else(String::new, |key| format!(" ({key})"));
        let state = match answer.state {
            State::NotAsked => "has no request: prepare --requests makes it",
            State::Waiting => "waits for its certificate",
            State::Unusable => "has an answer that cannot be used",
            State::Answered => "is answered",
        };
        let findings: String = answer.findings.iter().flat_map(|finding| ["  ", finding, "\n"]).collect();
        format!("{node}{key} {state}\n{findings}")
    };
    answers.nodes.iter().map(row).collect()
}

fn others(answers: &Answers) -> String {
    let row = |other: &Other| ["not an answer: ", &shown::shown(&other.file), ": ", &other.reason, "\n"].concat();
    answers.others.iter().map(row).collect()
}

fn missing(answers: &Answers) -> String {
    let missing = answers.nodes.values().filter(|answer| answer.state != State::Answered).count();
    format!("{missing} of {} nodes have no certificate that can be used: nothing was made.", answers.nodes.len())
}
