//! Each rule of the judge turned off in turn: a row of the corpus notices.

use crate::corpus;

/// The rules by their codes, then what Java takes a shortcut by.
///
/// Not among them are `disabled-algorithm` and `disabled-in-tls`: what a JDK disables by itself is caught by both or is not offered
/// in TLS either, so that only a node's own `java.security` tells them apart (`tests/library/judge.rs`). `other-anchor` is what is left
/// where no anchor fits, by the shortcut `key identifier`.
const MUTANTS: [&str; 32] = [
    "anchor-not-an-authority",
    "anchor-may-not-sign",
    "disabled-anchor-key",
    "not-offered",
    "unknown-algorithm",
    "signature",
    "not-an-authority",
    "path-length",
    "may-not-sign",
    "name-constraints",
    "unsupported-name-constraints",
    "policy",
    "not-yet-valid",
    "expired",
    "critical-extension",
    "key-usage",
    "extended-key-usage",
    "unreadable-extended-key-usage",
    "netscape-type",
    "other-host",
    "illegal-host",
    "unreadable-alt-names",
    "shortcut: pinned leaf",
    "shortcut: served anchor",
    "shortcut: same name and key",
    "shortcut: ordered chain",
    "shortcut: key identifier",
    "shortcut: old anchor",
    "shortcut: dated anchor",
    "shortcut: most authorities",
    "shortcut: Netty's depth",
    "shortcut: common name",
];

#[test]
#[ignore = "asks some hundred thousand questions; run in release by `.ci/full proofs`"]
fn each_rule_that_is_turned_off_makes_a_row_fail() {
    let mut survivors = MUTANTS.to_vec();
    let mut rows = corpus::rows();
    // Those that were drawn around the rules notice most, and what is noticed is not asked again.
    rows.sort_by_key(|row| !row.id.starts_with("drawn/"));
    for row in rows {
        for cell in row.cells() {
            let (question, judge) = (&cell.question, cell.question.judge());
            if !cell.expected.agrees(&row.judge(question, &judge)) {
                continue;
            }
            survivors.retain(|mutant| {
                let unnoticed = cell.expected.agrees(&row.judge(question, &judge.clone().without(mutant)));
                if !unnoticed {
                    println!("{mutant}: {}", row.id);
                }
                unnoticed
            });
        }
        if survivors.is_empty() {
            break;
        }
    }
    println!("{} rules turned off, {} not noticed", MUTANTS.len(), survivors.len());
    assert!(survivors.is_empty(), "no row notices that these are off: {survivors:?}");
}
