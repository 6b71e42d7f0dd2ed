//! Requests to an external authority, and its answers.

use std::path::Path;

use anyhow::Context as _;
use certgen::{CertificateInfo, pem};

use crate::bundle::{Answer, Answers, Order, Other, State, Subjects, answered, refused_in_fips_mode, request};
use crate::document::{Form, Schema};
use crate::reading::read_text;
use crate::status::Status;
use crate::{show, shown};

pub(super) fn ask(order: &Order<'_>, form: Form) -> anyhow::Result<Status> {
    let (batch, answers) = request(order)?;
    form.print(Schema::REQUESTS, &answers, || {
        let count = answers.nodes.len();
        let requests = show::counted(count, "request");
        let [are, keys_are, these] =
            if count == 1 { ["is", "its private key is", "it"] } else { ["are", "their private keys are", "these"] };
        let folder = shown::path(batch.folder());
        let subject = answers.nodes.values().find_map(|answer| answer.subject.as_deref()).unwrap_or_default();
        let others = match order.subjects {
            Subjects::Described => " (`subject` in the description gives others)",
            Subjects::Kept => "",
        };
        format!(
            "{}{requests} for the authority {are} in {folder}; {keys_are} in {folder}/keys: do not send {these}.\n\
             Subjects are like {}{others}.\n\
             When answers arrive, run prepare --replies FOLDER",
            rows(&answers),
            shown::shown(subject)
        )
    })?;
    Ok(Status::Fine)
}

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
    let (mut answers, made) = answered(order, replies, &above)?;
    if let Some((folder, manifest)) = &made {
        answers.warnings.extend(refused_in_fips_mode(folder, manifest)?);
    }
    form.print(Schema::REQUESTS, &answers, || {
        let end = match (&made, &answers.generation) {
            (Some((folder, _)), _) => format!("{} is complete.", shown::path(folder)),
            (None, Some(generation)) => format!(
                "{generation} has already been made from these requests. To make it again, as long as no node has it: remove {}, and run the \
                 command again.",
                shown::path(&order.dir.join(generation.as_str()))
            ),
            (None, None) => answers.refused.clone().unwrap_or_else(|| missing(&answers)),
        };
        let warnings = line_each("warning: ", &answers.warnings);
        format!("{}{}{warnings}{end}", rows(&answers), others(&answers))
    })?;
    let lacks = answers.nodes.values().any(|answer| !answer.findings.is_empty()) || !answers.warnings.is_empty();
    Ok(match (&answers.generation, lacks) {
        (None, _) => Status::No,
        (Some(_), true) => Status::Warnings,
        (Some(_), false) => Status::Fine,
    })
}

fn rows(answers: &Answers) -> String {
    let row = |(node, answer): (_, &Answer)| {
        let key = answer.key.as_ref().map_or_else(String::new, |key| format!(" ({key})"));
        let file = shown::shown(answer.file.as_deref().unwrap_or_default());
        let state = match answer.state {
            State::NotAsked => "has no request: prepare --requests makes it".to_owned(),
            State::Waiting => "waits for its certificate".to_owned(),
            State::Unusable => format!("has an answer that cannot be used: {file}"),
            State::Answered => format!("is answered by {file}"),
        };
        let findings = line_each("  ", &answer.findings);
        format!("{node}{key} {state}\n{findings}")
    };
    show::in_order(&answers.nodes).into_iter().map(row).collect()
}

fn line_each(before: &str, texts: &[String]) -> String {
    texts.iter().map(|text| [before, &shown::shown(text), "\n"].concat()).collect()
}

fn others(answers: &Answers) -> String {
    let row =
        |other: &Other| ["not used: ", &shown::shown(&other.file), ": ", &shown::shown(&other.reason), "\n"].concat();
    answers.others.iter().map(row).collect()
}

fn missing(answers: &Answers) -> String {
    let missing = answers.nodes.values().filter(|answer| answer.state != State::Answered).count();
    format!("no certificate can be used for {missing} of {} nodes: nothing was made.", answers.nodes.len())
}
