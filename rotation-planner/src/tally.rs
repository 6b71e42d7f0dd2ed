//! Counts from which a step is judged without a visit to every pair of nodes.

use std::collections::BTreeSet;

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Bundles};
use crate::few::FewCounts;
use crate::model::Table;

/// Counts of nodes for one relation: by what they may show, and by the bundle they accept.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    /// The number of nodes that may show each anchor or transport.
    showing: Census,
    shown: AnchorSet,
    /// The number of nodes that accept with each bundle, by the bundle's number.
    accepting: Census,
    in_use: BTreeSet<Bundle>,
    /// The anchors or transports for which `lacking` has counts.
    counted: AnchorSet,
    /// The number of bundles in use that lack each anchor or transport.
    lacking: Table<usize>,
}

/// The number of nodes for each anchor, transport or bundle, in total and by group.
///
/// A node can be counted in several groups.
///
/// `by_group` has a row for each group, not for each number. Plans and checks visit the nodes in order, and so they access
/// memory in order.
#[derive(Clone, Default)]
pub(crate) struct Census {
    all: Table<usize>,
    by_group: Table<FewCounts>,
}

impl Census {
    /// Counts one node more for `number`, and returns the new total.
    pub(crate) fn add(&mut self, number: usize, groups: &[usize]) -> usize {
        for group in groups {
            self.by_group.row(*group).add(number);
        }
        let all = self.all.row(number);
        *all += 1;
        *all
    }

    /// Counts one node less for `number`, and returns the new total.
    ///
    /// The total stays the same if one of the groups has no count of `number`.
    fn drop_one(&mut self, number: usize, groups: &[usize]) -> usize {
        let was_counted = groups.iter().fold(true, |was, group| was & self.by_group.row(*group).drop_one(number));
        let all = self.all.row(number);
        *all = all.saturating_sub(usize::from(was_counted));
        *all
    }

    fn all(&self, number: usize) -> usize {
        self.all.0.get(number).copied().unwrap_or(0)
    }

    /// The number of nodes outside of these groups that are counted for `number`.
    ///
    /// No node may be counted in two of these groups.
    pub(crate) fn outside(&self, number: usize, groups: &[usize]) -> usize {
        let count = |group: &usize| self.by_group.0.get(*group).map_or(0, |counts| counts.count(number));
        self.all(number) - groups.iter().map(count).sum::<usize>()
    }

    /// For each of these groups, its numbers with their counts.
    fn inside(&self, groups: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        groups.iter().filter_map(|group| self.by_group.0.get(*group)).flat_map(FewCounts::iter)
    }
}

impl Tally {
    pub(crate) fn new(anchors: AnchorSet) -> Self {
        Self { counted: anchors, ..Self::default() }
    }

    /// Whether some node outside of these groups accepts with a bundle that lacks `what`.
    pub(crate) fn refused_outside(&self, bundles: &Bundles, what: usize, groups: &[usize]) -> bool {
        let is_lacked = !self.counted.contains(what) || self.lacking.0.get(what).is_some_and(|count| *count > 0);
        is_lacked && self.refusing(bundles, what).any(|bundle| self.accepting.outside(bundle, groups) > 0)
    }

    /// The number of nodes outside of these groups that accept with a bundle that lacks `what`.
    pub(crate) fn refusing_outside(&self, bundles: &Bundles, what: usize, groups: &[usize]) -> usize {
        self.refusing(bundles, what).map(|bundle| self.accepting.outside(bundle, groups)).sum()
    }

    fn refusing(&self, bundles: &Bundles, what: usize) -> impl Iterator<Item = usize> {
        self.in_use.iter().filter(move |bundle| !bundles.contains(**bundle, what)).map(|bundle| bundle.number())
    }

    /// Whether `bundle` contains everything that nodes outside of these groups may show.
    pub(crate) fn accepts_outside(&self, bundles: &Bundles, bundle: Bundle, groups: &[usize]) -> bool {
        bundle == Bundle::EVERYTHING
            || self.shown.is_within(bundles.set(bundle))
            || self.shown.beyond(bundles.set(bundle)).all(|what| !self.shown_outside(what, groups))
    }

    pub(crate) fn shown_outside(&self, what: usize, groups: &[usize]) -> bool {
        self.showing_outside(what, groups) > 0
    }

    pub(crate) fn showing(&self, what: usize) -> usize {
        self.showing.all(what)
    }

    pub(crate) fn showing_outside(&self, what: usize, groups: &[usize]) -> usize {
        self.showing.outside(what, groups)
    }

    pub(crate) fn shown(&self) -> &AnchorSet {
        &self.shown
    }

    pub(crate) fn shown_inside(&self, groups: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        self.showing.inside(groups)
    }

    pub(crate) fn show(&mut self, what: usize, groups: &[usize]) {
        if self.showing.add(what, groups) == 1 {
            self.shown.insert(what);
        }
    }

    pub(crate) fn hide(&mut self, what: usize, groups: &[usize]) {
        if self.showing.drop_one(what, groups) == 0 {
            self.shown.remove(what);
        }
    }

    pub(crate) fn accept(&mut self, bundles: &Bundles, bundle: Bundle, groups: &[usize]) {
        if self.accepting.add(bundle.number(), groups) > 1 {
            return;
        }
        self.in_use.insert(bundle);
        if bundle != Bundle::EVERYTHING {
            for what in self.counted.beyond(bundles.set(bundle)) {
                *self.lacking.row(what) += 1;
            }
        }
    }

    pub(crate) fn cease(&mut self, bundles: &Bundles, bundle: Bundle, groups: &[usize]) {
        if self.accepting.drop_one(bundle.number(), groups) > 0 || !self.in_use.remove(&bundle) {
            return;
        }
        if bundle != Bundle::EVERYTHING {
            for what in self.counted.beyond(bundles.set(bundle)) {
                *self.lacking.row(what) -= 1;
            }
        }
    }
}
