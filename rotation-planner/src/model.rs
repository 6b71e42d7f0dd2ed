//! Numbers for the labels of nodes, identities and anchors.
//!
//! Nodes are numbered in the order of their names. Identities and anchors are numbered in the order in which they first appear.

use std::collections::BTreeSet;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use crate::anchor_set::AnchorSet;
use crate::bundle::{Bundle, Bundles};
use crate::cluster::{Cluster, Observed, Role};
use crate::error::{Error, ErrorKind};
use crate::label::{AnchorId, Identity, NodeName};
use crate::number_map::NumberMap;
use crate::numbering::Numbering;
use crate::places::Places;
use crate::transports::{self, Accepted};
use crate::trust::{self, Trust};

/// A vector that is indexed by the numbers of one kind of item, such as the nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table<T>(pub(crate) Vec<T>);

impl<T: Clone + Default> Table<T> {
    /// The row of `number`; missing rows up to that number are added.
    pub(crate) fn row(&mut self, number: usize) -> &mut T {
        if self.0.len() <= number {
            self.0.resize(number + 1, T::default());
        }
        &mut self[number]
    }
}

#[expect(clippy::indexing_slicing, reason = "the table has a row for each number of its numbering")]
impl<T> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, number: usize) -> &T {
        &self.0[number]
    }
}

#[expect(clippy::indexing_slicing, reason = "the table has a row for each number of its numbering")]
impl<T> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, number: usize) -> &mut T {
        &mut self.0[number]
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

/// The labels of one cluster and their numbers.
///
/// Identities and anchors that appear later are added.
#[derive(Clone)]
pub(crate) struct Model {
    /// Sorted, so that a name is found by a binary search.
    names: Table<NodeName>,
    pub(crate) places: Places,
    pub(crate) transports: Accepted,
    has_clients: bool,
    identities: Numbering<Identity>,
    /// The anchor or [`Way`] that a peer must trust to accept each identity.
    anchor_of: Table<usize>,
    /// Anchors, and ways under the label of the anchor that each way grants.
    ///
    /// A truststore's bundle contains a way if the truststore contains one of the way's anchors, so that intersections of
    /// truststores are exact.
    anchors: Numbering<AnchorId>,
    /// The first numbers of `anchors`, which are those of transports and of no anchor.
    reserved: usize,
    ways: NumberMap<usize, Way>,
    way_numbers: NumberMap<AnchorSet, usize>,
    foreign_labels: BTreeSet<AnchorId>,
    /// The numbers of the anchors in `foreign_labels`, as far as they have numbers.
    foreign: AnchorSet,
    pub(crate) bundles: Bundles,
    /// Known truststores, by the address of their shared set.
    ///
    /// Each entry keeps a clone, so that no other truststore can have the same address while the entry exists.
    met: NumberMap<usize, (Trust, Bundle)>,
    /// Known lists from which truststores are stored as differences, by address.
    bases: NumberMap<usize, (Arc<[AnchorId]>, AnchorSet)>,
    first_large: Option<(Trust, Bundle)>,
    shown: NumberMap<Bundle, Trust>,
}

/// Several anchors, of which a peer must trust at least one.
#[derive(Clone)]
struct Way {
    members: AnchorSet,
    /// The anchor that is added if a truststore has none of the members.
    granted: usize,
}

impl Model {
    pub(crate) fn new(cluster: &Cluster) -> Result<Self, Error> {
        let (places, mut bundles) = (Places::of(cluster), Bundles::new());
        let mut model = Self {
            names: cluster.nodes().map(|(name, _)| name.clone()).collect(),
            transports: Accepted::of(&places, cluster.nodes().count(), &mut bundles),
            places,
            has_clients: cluster.nodes().any(|(_, node)| node.role() == Role::Client),
            identities: Numbering::new(),
            anchor_of: Table(Vec::new()),
            anchors: Numbering::new(),
            reserved: 0,
            ways: NumberMap::default(),
            way_numbers: NumberMap::default(),
            foreign_labels: cluster.foreign.clone(),
            foreign: AnchorSet::default(),
            bundles,
            met: NumberMap::default(),
            bases: NumberMap::default(),
            first_large: None,
            shown: NumberMap::default(),
        };
        // Bundles contain anchors or transports. A way is added to each bundle with one of its anchors, so no number of an anchor
        // may be that of a transport inside a place.
        if model.places.is_mixed() {
            model.reserved = transports::count(&model.places);
            (0..model.reserved).for_each(|_| _ = model.anchors.add_unnamed("".into()));
        }
        model.number_truststores(cluster);
        for anchor in observed(cluster).flat_map(Observed::identities).flat_map(Identity::anchors) {
            model.anchor(anchor);
        }
        for identity in observed(cluster).flat_map(Observed::identities) {
            model.identity(identity)?;
        }
        Ok(model)
    }

    fn number_truststores(&mut self, cluster: &Cluster) {
        let truststores = || observed(cluster).flat_map(Observed::truststores);
        let is_one_of_several = |identity: &Identity| identity.anchors().nth(1).is_some();
        if !observed(cluster).flat_map(Observed::identities).any(is_one_of_several) {
            truststores().for_each(|trust| _ = self.bundle(trust));
            return;
        }
        // The bundles are made once the ways are known, because a new way changes each bundle that has one of its anchors.
        truststores().for_each(|trust| _ = self.anchors_of_trust(trust));
    }

    pub(crate) fn len(&self) -> usize {
        self.names.0.len()
    }

    pub(crate) fn node(&self, name: &NodeName) -> Result<usize, Error> {
        self.names.0.binary_search(name).map_err(|_| Error::new(ErrorKind::UnknownNode(name.clone())))
    }

    /// Like [`node`](Self::node), but fast for `near` and the nodes shortly after it.
    pub(crate) fn node_near(&self, near: usize, name: &NodeName) -> Result<usize, Error> {
        let near_names = || self.names.0.get(near..).into_iter().flatten().zip(near..);
        let shared = near_names().take(16).find(|(other, _)| other.is_shared(name));
        let found = shared.or_else(|| near_names().take(2).find(|(other, _)| *other == name));
        found.map_or_else(|| self.node(name), |(_, node)| Ok(node))
    }

    pub(crate) fn name(&self, node: usize) -> &NodeName {
        &self.names[node]
    }

    /// The own group of a node.
    ///
    /// Nodes with the same own group do not connect to each other over TLS.
    pub(crate) fn group(&self, node: usize) -> usize {
        *self.places.group(node)
    }

    pub(crate) fn has_clients(&self) -> bool {
        self.has_clients
    }

    pub(crate) fn several_nodes_in_a_group(&self) -> bool {
        self.places.count() < self.len()
    }

    /// Whether there are several groups besides that of the clients.
    pub(crate) fn several_groups(&self) -> bool {
        self.places.count() > 1 + usize::from(self.has_clients)
    }

    /// Whether the two nodes use TLS in at least one direction, once TLS is enabled.
    pub(crate) fn talk(&self, a: usize, b: usize) -> bool {
        self.places.is_tls(a, b) || self.places.is_tls(b, a)
    }

    pub(crate) fn anchor(&mut self, anchor: &AnchorId) -> usize {
        let found = self.anchors.find(anchor, |other| other == anchor);
        found.unwrap_or_else(|free| {
            let number = self.anchors.add(free, anchor.clone());
            if self.foreign_labels.contains(anchor) {
                self.foreign.insert(number);
            }
            number
        })
    }

    pub(crate) fn identity(&mut self, identity: &Identity) -> Result<usize, Error> {
        match self.identities.find(identity.id(), |other| other.is_labelled_as(identity)) {
            Ok(number) => self.same_anchors(number, identity),
            Err(free) => {
                let anchor = if identity.anchors().nth(1).is_none() {
                    self.anchor(identity.anchor())
                } else {
                    let members: Vec<usize> = identity.anchors().map(|anchor| self.anchor(anchor)).collect();
                    self.way(&members)
                };
                self.anchor_of.0.push(anchor);
                Ok(self.identities.add(free, identity.clone()))
            }
        }
    }

    fn same_anchors(&self, number: usize, identity: &Identity) -> Result<usize, Error> {
        let known = &self.identities[number];
        if known == identity {
            return Ok(number);
        }
        let (ours, theirs) = (known.anchors().collect(), identity.anchors().collect::<BTreeSet<_>>());
        let Some(anchor) = theirs.symmetric_difference(&ours).next() else { return Ok(number) };
        let anchor = (*anchor).clone();
        Err(Error::new(ErrorKind::TwoAnchors { identity: identity.id().clone(), anchor }))
    }

    pub(crate) fn identity_numbers(&self) -> std::ops::Range<usize> {
        0..self.identities.len()
    }

    pub(crate) fn known_anchor_of(&self, identity: &Identity) -> Option<usize> {
        self.identities
            .search(identity.id(), |other| other.id() == identity.id())
            .ok()
            .map(|number| self.anchor_of(number))
    }

    pub(crate) fn identity_label(&self, number: usize) -> &Identity {
        &self.identities[number]
    }

    pub(crate) fn anchor_label(&self, number: usize) -> &AnchorId {
        &self.anchors[number]
    }

    pub(crate) fn anchor_of(&self, identity: usize) -> usize {
        self.anchor_of[identity]
    }

    /// The number of the way with these members; a single anchor is its own way.
    ///
    /// A new way grants its first member that is not foreign, or its first member if all are foreign.
    pub(crate) fn way(&mut self, members: &[usize]) -> usize {
        let set: AnchorSet = members.iter().copied().collect();
        let vouched = members.iter().find(|member| !self.foreign.contains(**member));
        let granted = vouched.or(members.first()).copied().unwrap_or_default();
        if set.iter().nth(1).is_none() {
            return granted;
        }
        if let Some(number) = self.way_numbers.get(&set) {
            return *number;
        }
        let number = self.anchors.add_unnamed(self.anchors[granted].clone());
        self.bundles.add_where_met(number, &set);
        self.way_numbers.insert(set.clone(), number);
        self.ways.insert(number, Way { members: set, granted });
        number
    }

    /// The anchors of a way; a single anchor is its own way.
    pub(crate) fn members(&self, way: usize) -> AnchorSet {
        self.ways.get(&way).map_or_else(|| std::iter::once(way).collect(), |way| way.members.clone())
    }

    /// The same as [`members`](Self::members), as an iterator.
    pub(crate) fn anchors_of(&self, way: usize) -> impl Iterator<Item = usize> {
        let members = self.ways.get(&way).map(|way| way.members.iter());
        let itself = members.is_none().then_some(way);
        members.into_iter().flatten().chain(itself)
    }

    pub(crate) fn members_of_all(&self, ways: impl IntoIterator<Item = usize>) -> AnchorSet {
        let (ways, anchors): (Vec<usize>, Vec<usize>) = ways.into_iter().partition(|way| self.ways.contains_key(way));
        ways.into_iter().fold(anchors.into_iter().collect(), |all, way| all.or(&self.members(way)))
    }

    pub(crate) fn is_within(&self, way: usize, anchors: &AnchorSet) -> bool {
        self.anchors_of(way).all(|anchor| anchors.contains(anchor))
    }

    pub(crate) fn is_partly_within(&self, way: usize, anchors: &AnchorSet) -> bool {
        self.ways
            .get(&way)
            .is_some_and(|way| way.members.meets(anchors) && way.members.beyond(anchors).next().is_some())
    }

    /// A way without the `dropped` anchors; unchanged if no anchor would remain.
    ///
    /// A new way grants the same anchor as before if that anchor remains.
    pub(crate) fn way_without(&mut self, way: usize, dropped: &AnchorSet) -> usize {
        if !self.is_partly_within(way, dropped) {
            return way;
        }
        let left = self.members(way).without(dropped);
        let granted = self.granted(way);
        let mut left: Vec<usize> = left.iter().collect();
        left.sort_by_key(|member| *member != granted);
        self.way(&left)
    }

    fn granted(&self, way: usize) -> usize {
        self.ways.get(&way).map_or(way, |way| way.granted)
    }

    /// The truststore with the anchors that these ways grant.
    pub(crate) fn grants(&mut self, ways: Bundle) -> Bundle {
        if self.ways.is_empty() {
            return ways;
        }
        let anchors = self.bundles.set(ways).iter().map(|way| self.granted(way)).collect();
        self.truststore(anchors)
    }

    /// A truststore without these anchors.
    ///
    /// A way remains if one of its anchors remains.
    pub(crate) fn without(&mut self, truststore: Bundle, dropped: Bundle) -> Bundle {
        if self.ways.is_empty() {
            return self.bundles.subtract(truststore, dropped);
        }
        let left = self.anchors_in(truststore).without(self.bundles.set(dropped));
        self.truststore(left)
    }

    pub(crate) fn anchors_in(&self, truststore: Bundle) -> AnchorSet {
        let set = self.bundles.set(truststore);
        if self.ways.is_empty() {
            return set.clone();
        }
        set.iter().filter(|number| !self.ways.contains_key(number)).collect()
    }

    /// The bundle of a truststore with these anchors.
    pub(crate) fn truststore(&mut self, mut anchors: AnchorSet) -> Bundle {
        let met: Vec<usize> =
            self.ways.iter().filter(|(_, way)| way.members.meets(&anchors)).map(|(number, _)| *number).collect();
        for way in met {
            anchors.insert(way);
        }
        self.bundles.intern(anchors)
    }

    pub(crate) fn is_foreign(&self, way: usize) -> bool {
        self.is_within(way, &self.foreign)
    }

    pub(crate) fn foreign_in(&mut self, bundle: Bundle, known: Bundle) -> Bundle {
        if self.foreign == AnchorSet::default() {
            return Bundle::NOTHING;
        }
        let new = self.bundles.subtract(bundle, known);
        let new = self.bundles.set(new).and(&self.foreign);
        self.bundles.intern(new)
    }

    /// All known anchors and ways. If no number is reserved, 0 and 1 are always included.
    pub(crate) fn everything_met(&mut self) -> Bundle {
        self.bundles.range(self.reserved..self.anchors.len().max(2))
    }

    pub(crate) fn bundle(&mut self, trust: &Trust) -> Bundle {
        if trust.is_empty() {
            return Bundle::NOTHING;
        }
        if let Some((_, bundle)) = self.met.get(&trust.address()) {
            return *bundle;
        }
        let anchors = self.anchors_of_trust(trust);
        let bundle = self.truststore(anchors);
        self.know(trust.clone(), bundle);
        bundle
    }

    fn know(&mut self, trust: Trust, bundle: Bundle) {
        if self.first_large.is_none() && trust.is_large() {
            self.first_large = Some((trust.clone(), bundle));
        }
        self.met.insert(trust.address(), (trust, bundle));
    }

    /// The anchors of a truststore; those of a shared list are looked up only once.
    fn anchors_of_trust(&mut self, trust: &Trust) -> AnchorSet {
        let address = trust.base().as_ptr().addr();
        let known = self.bases.get(&address).map(|(_, anchors)| anchors.clone());
        let mut anchors = known.unwrap_or_else(|| {
            let anchors: AnchorSet = trust.base().iter().map(|anchor| self.anchor(anchor)).collect();
            self.bases.insert(address, (trust.base().clone(), anchors.clone()));
            anchors
        });
        let [without, with] = trust.changes();
        for anchor in without {
            anchors.remove(self.anchor(anchor));
        }
        for anchor in with {
            anchors.insert(self.anchor(anchor));
        }
        anchors
    }

    /// The labels of a bundle.
    ///
    /// The labels are stored as a difference from the first large truststore if that difference is small.
    pub(crate) fn labels_of(&self, bundle: Bundle) -> Trust {
        let labels = |anchors: &AnchorSet| anchors.iter().map(|anchor| self.anchor_label(anchor)).collect::<Vec<_>>();
        let anchors = self.anchors_in(bundle);
        if let Some((large, known)) = &self.first_large {
            let known = self.anchors_in(*known);
            let (without, with) = (known.without(&anchors), anchors.without(&known));
            if trust::is_near(without.len() + with.len(), anchors.len()) {
                return large.changed(labels(&without), labels(&with));
            }
        }
        labels(&anchors).into_iter().collect()
    }

    /// The labels of a bundle; every call for one bundle returns the same shared set.
    pub(crate) fn trust(&mut self, bundle: Bundle) -> Trust {
        if let Some(trust) = self.shown.get(&bundle) {
            return trust.clone();
        }
        let trust = self.labels_of(bundle);
        self.shown.insert(bundle, trust.clone());
        self.know(trust.clone(), bundle);
        trust
    }
}

fn observed(cluster: &Cluster) -> impl Iterator<Item = &Observed> {
    cluster.nodes().map(|(_, node)| node.observed())
}
