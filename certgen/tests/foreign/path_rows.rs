//! The rows of the corpus, judged by a JVM on this machine: one that the corpus has no answers of.

use certgen::path::{Jdk, TrustManager, Verdict};
use test_support::Tool;

use crate::corpus::{self, Answer};
use crate::counts::{Counts, Outcome};
use crate::java_judge::{self, Question};

/// Where Java itself varies, either of its answers agrees with "varies".
pub(crate) fn are_judged_as_we_do(java: Tool, jdk: Jdk, manager: TrustManager) {
    let rows = corpus::affordable_rows();
    let asked: Vec<_> = rows.iter().flat_map(|row| row.questions(jdk).into_iter().map(move |one| (row, one))).collect();
    let questions =
        asked.iter().map(|(row, question)| Question::of(question, row.time, [&row.trusted, &row.served], manager));
    let answers = java_judge::ask(java, &questions.collect::<Vec<_>>());
    let (mut counts, mut wrong) = (Counts::default(), Vec::new());
    for ((row, question), java) in asked.iter().zip(&answers) {
        let verdict = row.judge(question, &question.judge().with_trust_manager(manager));
        let outcome = match &verdict {
            Ok(Verdict::NotChecked { .. }) => Outcome::Excepted,
            Ok(Verdict::Varies(_)) => Outcome::Agrees,
            verdict if Answer::of(java).agrees(verdict) => Outcome::Agrees,
            _ => Outcome::Differs,
        };
        counts.add(question.group(row), outcome);
        if outcome == Outcome::Differs {
            wrong.push(format!("{} {question:?}: Java {java}, here {verdict:?}", row.id));
        }
    }
    counts.print(rows.len());
    wrong.iter().take(20).for_each(|line| println!("{line}"));
    assert!(wrong.is_empty(), "{} cells differ", wrong.len());
}
