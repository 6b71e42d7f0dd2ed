//! What the caller prefers among safe plans.

/// What the caller prefers among safe plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Preference {
    pub(crate) order: Order,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) batching: Batching,
}

/// Which nodes are restarted in one wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Batching {
    /// One node after the other.
    #[default]
    OneNode,
    /// As many of one data centre as every keyspace can do without.
    Replicas,
    /// As many of all data centres as every keyspace can do without.
    ReplicasOfAllDcs,
}

/// Which events share an activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Order {
    /// The fewest activations: a node does two things in one activation wherever that is safe.
    #[default]
    FewestActivations,
    /// As Apigee's procedure does: every node is restarted once for each thing, 2n restarts, 3n with the clean-up.
    AsDocumented,
}

impl Preference {
    /// Everything done with one restart per node and thing, as Apigee's procedure says, for those who must follow it
    /// to the letter. The checker passes it like any other plan.
    pub fn as_documented() -> Self {
        Self { order: Order::AsDocumented, ..Self::default() }
    }

    /// Fewer waves: as many nodes of one data centre are restarted at once as every [`Keyspace`](crate::Keyspace) of the
    /// cluster can do without, whole racks where racks hold a replica each. The cluster must name its keyspaces.
    #[must_use]
    pub fn racks_together(mut self) -> Self {
        self.batching = Batching::Replicas;
        self
    }

    /// As [`Preference::racks_together`], and nodes of different data centres are restarted at once, too.
    #[must_use]
    pub fn data_centres_together(mut self) -> Self {
        self.batching = Batching::ReplicasOfAllDcs;
        self
    }
}
