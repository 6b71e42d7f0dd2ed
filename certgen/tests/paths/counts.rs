//! How many cells agree, by what they are about.

use std::collections::BTreeMap;

/// Source, role, name check, TLS version, engine and JDK.
pub(crate) type Group = [String; 6];

/// How a cell came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Agrees,
    /// It differs, as an exception says.
    Excepted,
    Differs,
}

/// Cells, agreements and exceptions of each group.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<Group, [usize; 3]>);

impl Counts {
    pub(crate) fn add(&mut self, group: Group, outcome: Outcome) {
        let count = self.0.entry(group).or_default();
        count[0] += 1;
        count[1] += usize::from(outcome == Outcome::Agrees);
        count[2] += usize::from(outcome == Outcome::Excepted);
    }

    /// A line of each group, and one of all.
    pub(crate) fn print(&self, rows: usize) {
        println!("{:80} {:>6} {:>6} {:>6}", "", "cells", "agree", "except");
        for (group, [cells, agree, except]) in &self.0 {
            println!("{:80} {cells:>6} {agree:>6} {except:>6}", group.join(", "));
        }
        let [cells, agree, except] = [0, 1, 2].map(|column| self.0.values().map(|count| count[column]).sum::<usize>());
        println!("{rows} rows: {cells} cells, {agree} agree, {except} exceptions");
    }
}
