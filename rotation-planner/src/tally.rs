//! Counts that answer "is everything shown still accepted?" without looking at every pair: work per change grows
//! with the number of different truststores in use, not with the number of nodes.

use std::collections::HashMap;

use crate::anchor_set::{Bundle, Bundles};

/// Which nodes show what, and which accept with which bundle, for one relation.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    shown: HashMap<usize, Showing>,
    accepting: HashMap<Bundle, Accepting>,
}

/// Which nodes show one anchor.
#[derive(Clone, Default)]
struct Showing {
    /// How many nodes of each group show it; no zeros.
    by_group: HashMap<usize, usize>,
}

/// Which nodes accept with one bundle, and what that bundle misses of what is shown.
#[derive(Clone, Default)]
struct Accepting {
    nodes: usize,
    by_group: HashMap<usize, usize>,
    /// Anchors shown by any node that are not in the bundle.
    missing: usize,
    /// Those among them that are shown inside one group alone, by group.
    missing_within: HashMap<usize, usize>,
}

impl Showing {
    /// Some anchor that two groups show.
    fn of_two_groups() -> Self {
        Self { by_group: HashMap::from([(0, 1), (1, 1)]) }
    }

    /// The group that alone shows the anchor, if it is one alone.
    fn alone(&self) -> Option<usize> {
        let mut groups = self.by_group.keys();
        groups.next().copied().filter(|_| groups.next().is_none())
    }
}

impl Accepting {
    fn count_missing(&mut self, showing: &Showing) {
        if !showing.by_group.is_empty() {
            self.missing += 1;
            if let Some(group) = showing.alone() {
                *self.missing_within.entry(group).or_default() += 1;
            }
        }
    }

    fn uncount_missing(&mut self, showing: &Showing) {
        if !showing.by_group.is_empty() {
            self.missing -= 1;
            if let Some(group) = showing.alone() {
                drop_one(&mut self.missing_within, group);
            }
        }
    }
}

impl Tally {
    /// Whether some node outside `group` accepts with a bundle that `what` is not in.
    pub(crate) fn refused_outside(&self, bundles: &Bundles, what: usize, group: usize) -> bool {
        self.accepting.iter().any(|(bundle, accepting)| {
            let inside = accepting.by_group.get(&group).copied().unwrap_or(0);
            accepting.nodes > inside && !bundles.contains(*bundle, what)
        })
    }

    /// Whether `bundle` holds everything that is shown outside `group`.
    pub(crate) fn accepts_outside(&self, bundles: &Bundles, bundle: Bundle, group: usize) -> bool {
        let within =
            |accepting: &Accepting| accepting.missing == accepting.missing_within.get(&group).copied().unwrap_or(0);
        self.accepting.get(&bundle).map_or_else(|| within(&missed_by(&self.shown, bundles, bundle)), within)
    }

    /// Whether `what` is shown outside `group`.
    pub(crate) fn shown_outside(&self, what: usize, group: usize) -> bool {
        self.shown.get(&what).is_some_and(|showing| showing.by_group.keys().any(|other| *other != group))
    }

    pub(crate) fn show(&mut self, bundles: &Bundles, what: usize, group: usize) {
        self.change(bundles, what, |showing| *showing.by_group.entry(group).or_default() += 1);
    }

    pub(crate) fn hide(&mut self, bundles: &Bundles, what: usize, group: usize) {
        self.change(bundles, what, |showing| drop_one(&mut showing.by_group, group));
    }

    pub(crate) fn accept(&mut self, bundles: &Bundles, bundle: Bundle, group: usize) {
        let accepting = self.accepting_with(bundles, bundle);
        accepting.nodes += 1;
        *accepting.by_group.entry(group).or_default() += 1;
    }

    pub(crate) fn cease(&mut self, bundles: &Bundles, bundle: Bundle, group: usize) {
        let accepting = self.accepting_with(bundles, bundle);
        accepting.nodes -= 1;
        drop_one(&mut accepting.by_group, group);
    }

    fn change(&mut self, bundles: &Bundles, what: usize, change: impl FnOnce(&mut Showing)) {
        let showing = self.shown.entry(what).or_default();
        let groups_before = showing.by_group.len();
        let before = if groups_before < 2 { Some(showing.clone()) } else { None };
        change(showing);
        let groups_after = showing.by_group.len();
        if groups_before == groups_after {
            return;
        }
        // Any state with two groups counts the same.
        let before = before.unwrap_or_else(Showing::of_two_groups);
        for (bundle, accepting) in &mut self.accepting {
            if !bundles.contains(*bundle, what) {
                accepting.uncount_missing(&before);
                accepting.count_missing(showing);
            }
        }
    }

    fn accepting_with(&mut self, bundles: &Bundles, bundle: Bundle) -> &mut Accepting {
        self.accepting.entry(bundle).or_insert_with(|| missed_by(&self.shown, bundles, bundle))
    }
}

/// What `bundle`, with which no node is counted yet, misses of what is shown.
fn missed_by(shown: &HashMap<usize, Showing>, bundles: &Bundles, bundle: Bundle) -> Accepting {
    let mut accepting = Accepting::default();
    let missing = shown.iter().filter(|(what, _)| !bundles.contains(bundle, **what));
    missing.for_each(|(_, showing)| accepting.count_missing(showing));
    accepting
}

fn drop_one(counts: &mut HashMap<usize, usize>, key: usize) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}
