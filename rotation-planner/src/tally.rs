//! Counts that answer "is everything shown still accepted?" without examining every pair. The work per change grows
//! with the number of different truststores in use, not with the number of nodes.

use std::collections::HashMap;

use crate::anchor_set::{AnchorSet, Bundle, Bundles};

/// For one relation, which nodes show what, and which nodes accept with which bundle.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    /// The nodes that show each thing. What no node shows has no entry.
    showing: HashMap<usize, Nodes>,
    /// What some node shows.
    shown: AnchorSet,
    /// The nodes that accept with each bundle. A bundle that no node uses has no entry.
    accepting: HashMap<Bundle, Nodes>,
    /// The anchors whose bundles are counted below.
    counted: AnchorSet,
    /// How many of the bundles in use lack each anchor.
    lacking: HashMap<usize, usize>,
}

/// The number of nodes, and the number of each group, without zeros.
#[derive(Clone, Default)]
pub(crate) struct Nodes {
    all: usize,
    by_group: HashMap<usize, usize>,
}

impl Nodes {
    pub(crate) fn add(&mut self, group: usize) {
        self.all += 1;
        *self.by_group.entry(group).or_default() += 1;
    }

    fn drop_one(&mut self, group: usize) {
        self.all -= 1;
        drop_one(&mut self.by_group, group);
    }

    /// The number of nodes in another group.
    pub(crate) fn outside(&self, group: usize) -> usize {
        self.all - self.by_group.get(&group).copied().unwrap_or(0)
    }

    /// The group, if all of them are in one.
    fn only_group(&self) -> Option<usize> {
        let mut groups = self.by_group.keys();
        groups.next().copied().filter(|_| groups.next().is_none())
    }
}

impl Tally {
    /// An empty tally. `anchors`: the known anchors, for which the bundles that lack them are counted.
    pub(crate) fn new(anchors: AnchorSet) -> Self {
        Self { counted: anchors, ..Self::default() }
    }

    /// Whether some node outside `group` accepts with a bundle that lacks `what`.
    pub(crate) fn refused_outside(&self, bundles: &Bundles, what: usize, group: usize) -> bool {
        let is_lacked = !self.counted.contains(what) || self.lacking.contains_key(&what);
        is_lacked && self.refusing(bundles, what).any(|nodes| nodes.outside(group) > 0)
    }

    /// How many nodes outside `group` accept with a bundle that lacks `what`.
    pub(crate) fn refusing_outside(&self, bundles: &Bundles, what: usize, group: usize) -> usize {
        self.refusing(bundles, what).map(|nodes| nodes.outside(group)).sum()
    }

    fn refusing<'a>(&'a self, bundles: &'a Bundles, what: usize) -> impl Iterator<Item = &'a Nodes> {
        self.accepting.iter().filter(move |(bundle, _)| !bundles.contains(**bundle, what)).map(|(_, nodes)| nodes)
    }

    /// Whether `bundle` holds everything that is shown outside `group`.
    pub(crate) fn accepts_outside(&self, bundles: &Bundles, bundle: Bundle, group: usize) -> bool {
        bundle == Bundle::EVERYTHING
            || self.shown.beyond(bundles.set(bundle)).all(|what| !self.shown_outside(what, group))
    }

    /// Whether `what` is shown outside `group`.
    pub(crate) fn shown_outside(&self, what: usize, group: usize) -> bool {
        self.showing_outside(what, group) > 0
    }

    /// How many nodes show `what`.
    pub(crate) fn showing(&self, what: usize) -> usize {
        self.showing.get(&what).map_or(0, |nodes| nodes.all)
    }

    /// How many nodes outside `group` show `what`.
    pub(crate) fn showing_outside(&self, what: usize, group: usize) -> usize {
        self.showing.get(&what).map_or(0, |nodes| nodes.outside(group))
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> &AnchorSet {
        &self.shown
    }

    /// What only one group shows, by group.
    pub(crate) fn shown_by_one_group(&self) -> HashMap<usize, AnchorSet> {
        let mut by_group: HashMap<usize, AnchorSet> = HashMap::new();
        for (what, nodes) in &self.showing {
            if let Some(group) = nodes.only_group() {
                by_group.entry(group).or_default().insert(*what);
            }
        }
        by_group
    }

    pub(crate) fn show(&mut self, what: usize, group: usize) {
        self.showing.entry(what).or_default().add(group);
        self.shown.insert(what);
    }

    pub(crate) fn hide(&mut self, what: usize, group: usize) {
        let Some(nodes) = self.showing.get_mut(&what) else { return };
        nodes.drop_one(group);
        if nodes.all == 0 {
            self.showing.remove(&what);
            self.shown.remove(what);
        }
    }

    pub(crate) fn accept(&mut self, bundles: &Bundles, bundle: Bundle, group: usize) {
        let nodes = self.accepting.entry(bundle).or_default();
        nodes.add(group);
        if nodes.all == 1 && bundle != Bundle::EVERYTHING {
            for what in self.counted.beyond(bundles.set(bundle)) {
                *self.lacking.entry(what).or_default() += 1;
            }
        }
    }

    pub(crate) fn cease(&mut self, bundles: &Bundles, bundle: Bundle, group: usize) {
        let Some(nodes) = self.accepting.get_mut(&bundle) else { return };
        nodes.drop_one(group);
        if nodes.all > 0 {
            return;
        }
        self.accepting.remove(&bundle);
        if bundle != Bundle::EVERYTHING {
            for what in self.counted.beyond(bundles.set(bundle)) {
                drop_one(&mut self.lacking, what);
            }
        }
    }
}

fn drop_one(counts: &mut HashMap<usize, usize>, key: usize) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}
