//! The lines that an edit may change.

use std::collections::BTreeSet;

use serde_json::Value;

/// Numbers of lines that may change or vanish, and after which lines may be added, from 1; 0 is before the first line.
struct May {
    change: BTreeSet<usize>,
    insert_after: BTreeSet<usize>,
}

/// Checks that only the allowed lines change, and that lines are added only at the allowed places.
pub(crate) fn check(before: &[u8], after: &[u8], may: &Value) -> Result<(), String> {
    let mut change = numbers(&may["lines"]);
    change.extend(may["commented_lines"].as_array().into_iter().flatten().map(number));
    let may = May { change, insert_after: numbers(&may["insert_after"]) };
    let (before, after) = (split(before), split(after));
    let prefix = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let most = before.len().min(after.len()) - prefix;
    let suffix = before.iter().rev().zip(after.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    // Equal lines at both ends stay. A new line that equals its neighbour may have been counted among them.
    let start = prefix.saturating_sub(4);
    let (gone, come) = (&before[start..before.len() - suffix], &after[start..after.len() - suffix]);
    if aligns(gone, come, start, before.len(), &may) {
        return Ok(());
    }
    let shown = |lines: &[&[u8]]| lines.join(&b"\n"[..]).escape_ascii().to_string();
    Err(format!("other lines change from {}: {}\n  becomes {}", start + 1, shown(gone), shown(come)))
}

fn split(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|byte| *byte == b'\n').collect()
}

/// Whether `come` is `gone` after allowed changes.
///
/// The table says, for each number of lines of both, whether they agree so far.
fn aligns(gone: &[&[u8]], come: &[&[u8]], start: usize, all: usize, may: &May) -> bool {
    let mut agree = vec![vec![false; come.len() + 1]; gone.len() + 1];
    agree[0][0] = true;
    for passed in 0..=gone.len() {
        for new in 0..=come.len() {
            if !agree[passed][new] {
                continue;
            }
            let line = start + passed;
            let changes = |line| may.change.contains(&line);
            if passed < gone.len() {
                let is_last = line + 1 == all;
                let same = new < come.len()
                    && (gone[passed] == come[new] || is_last && Some(gone[passed]) == come[new].strip_suffix(b"\r"));
                if same {
                    agree[passed + 1][new + 1] = true;
                }
                if changes(line + 1) {
                    agree[passed + 1][new] = true;
                }
            }
            if new < come.len() && (may.insert_after.contains(&line) || changes(line) || changes(line + 1)) {
                agree[passed][new + 1] = true;
            }
        }
    }
    agree[gone.len()][come.len()]
}

fn numbers(ranges: &Value) -> BTreeSet<usize> {
    let ranges = ranges.as_array().into_iter().flatten();
    ranges.flat_map(|range| number(&range[0])..=number(&range[1])).collect()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}
