//! Preferences among safe plans.

/// The caller's preferences among safe plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Preference {
    pub(crate) order: Order,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) batching: Batching,
}

/// The nodes that are restarted in one wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Batching {
    /// One node after the other.
    #[default]
    OneNode,
    /// As many nodes of one data centre as every keyspace can spare.
    Replicas,
    /// As many nodes of all data centres as every keyspace can spare.
    ReplicasOfAllDcs,
}

/// The events that share an activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Order {
    /// The fewest activations that the planner finds.
    #[default]
    FewestActivations,
    /// As in Apigee's procedure. Every node is restarted once for each event (2n restarts, or 3n with the clean-up).
    AsDocumented,
}

impl Preference {
    /// Follows Apigee's procedure: one restart for each node and event. The plan is checked like any other plan.
    pub fn as_documented() -> Self {
        Self { order: Order::AsDocumented, ..Self::default() }
    }

    /// Restarts nodes of one data centre together, so that a plan takes fewer waves.
    ///
    /// Nodes may be down together if every [`Keyspace`](crate::Keyspace) of the cluster can spare them. A whole rack
    /// counts as one replica if it holds at most one replica of each range. The cluster must have keyspaces
    /// ([`Cluster::add_keyspace`](crate::Cluster::add_keyspace)).
    #[must_use]
    pub fn racks_together(mut self) -> Self {
        self.batching = Batching::Replicas;
        self
    }

    /// Restarts nodes together as [`Preference::racks_together`] does, also across data centres.
    #[must_use]
    pub fn data_centres_together(mut self) -> Self {
        self.batching = Batching::ReplicasOfAllDcs;
        self
    }
}
