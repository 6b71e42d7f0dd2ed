//! Rows of the corpus with a byte or two changed in one certificate, judged by a JVM and by us: what can be read, and what it
//! says.
//!
//! A signature covers most bytes, so the changed certificate is mostly one whose signature is not checked: an anchor, or a leaf
//! that is in the truststore itself. `PATHS_MUTANTS` is how many, `PATHS_SEED` where to start.

use certgen::path::{Anchors, Chain, Handshake, Jdk, Refusal, TrustManager, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;
use test_support::Tool;

use crate::corpus::{self, Answer, Row};
use crate::java_judge::{self, Question};
use crate::paths::number;
use crate::workshop::rng;

/// A row, changed, and what is asked about it.
struct Mutant<'a> {
    row: &'a Row,
    question: corpus::Question<'a>,
    trusted: Vec<CertificateDer<'static>>,
    served: Vec<CertificateDer<'static>>,
}

pub(crate) fn are_judged_as_we_do(java: Tool, jdk: Jdk) {
    let (count, seed) = (number("PATHS_MUTANTS", 2_000), number("PATHS_SEED", u64::from(std::process::id())));
    println!("PATHS_SEED={seed} PATHS_MUTANTS={count}");
    let (rows, mut rng) = (corpus::rows(), rng(seed));
    let rows: Vec<Row> = rows.into_iter().filter(|row| !row.trusted.is_empty() && !row.served.is_empty()).collect();
    let mutants: Vec<Mutant<'_>> = (0..count).map(|_| mutant(&mut rng, &rows, jdk)).collect();
    let answers = java_judge::ask(java, &mutants.iter().map(question).collect::<Vec<_>>());
    let (mut accepted, mut open, mut wrong) = (0, 0, Vec::new());
    for (number, (mutant, java)) in mutants.iter().zip(&answers).enumerate() {
        accepted += usize::from(java == "ok");
        let verdict = judge(mutant);
        match &verdict {
            Ok(Verdict::NotChecked { .. } | Verdict::Varies(_)) => open += 1,
            verdict if Answer::of(java).agrees(verdict) => {}
            _ => {
                let line = question(mutant).line();
                wrong.push(format!("mutant {number} of {}: Java {java}, here {verdict:?}\n{line}", mutant.row.id));
            }
        }
    }
    println!("{count} mutants, {accepted} accepted by Java, {open} not decided here, {} differ", wrong.len());
    wrong.iter().take(20).for_each(|line| println!("{line}"));
    assert!(wrong.is_empty(), "{} of {count} differ, PATHS_SEED={seed}", wrong.len());
    assert!(accepted * 20 > answers.len(), "{accepted} of {count} accepted");
}

fn question<'a>(mutant: &'a Mutant<'_>) -> Question<'a> {
    let certificates = [mutant.trusted.as_slice(), &mutant.served];
    Question::of(&mutant.question, mutant.row.time, certificates, TrustManager::Pkix)
}

fn judge(mutant: &Mutant<'_>) -> Result<Verdict, Refusal> {
    let (anchors, chain) = (Anchors::read(&mutant.trusted)?, Chain::read(&mutant.served)?);
    let handshake = Handshake { peer: mutant.question.peer, time: mutant.row.time, host: mutant.question.host };
    Ok(mutant.question.judge().judge(&anchors, &chain, handshake))
}

fn mutant<'a>(rng: &mut ChaCha20Rng, rows: &'a [Row], jdk: Jdk) -> Mutant<'a> {
    let row = &rows[rng.random_range(0..rows.len())];
    let questions = row.questions(jdk);
    let question = questions[rng.random_range(0..questions.len())];
    let (mut trusted, mut served) = (row.trusted.clone(), row.served.clone());
    match rng.random_range(0..4) {
        0 => {
            let place = rng.random_range(0..served.len());
            served[place] = changed(rng, &served[place]);
        }
        1 => {
            let place = rng.random_range(0..trusted.len());
            trusted[place] = changed(rng, &trusted[place]);
        }
        _ => {
            served[0] = changed(rng, &served[0]);
            trusted.push(served[0].clone());
        }
    }
    Mutant { row, question, trusted, served }
}

/// One or two bytes changed to a neighbour, with a bit flipped, or to one that means something in DER.
fn changed(rng: &mut ChaCha20Rng, der: &[u8]) -> CertificateDer<'static> {
    const TAGS: [u8; 20] = [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x82, 0xa0,
        0xa3, 0xff,
    ];
    let mut der = der.to_vec();
    for _ in 0..rng.random_range(1..3) {
        let place = rng.random_range(0..der.len());
        der[place] = match rng.random_range(0..4) {
            0 => der[place].wrapping_add(1),
            1 => der[place].wrapping_sub(1),
            2 => der[place] ^ 1 << rng.random_range(0..8),
            _ => TAGS[rng.random_range(0..TAGS.len())],
        };
    }
    der.into()
}
