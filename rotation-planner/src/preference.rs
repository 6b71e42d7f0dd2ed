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
    #[default]
    OneNode,
    /// Nodes of one data centre that every keyspace can spare together.
    Replicas,
    /// Nodes of all data centres that every keyspace can spare together.
    ReplicasOfAllDcs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Order {
    #[default]
    FewestActivations,
    AsDocumented,
}

impl Preference {
    /// Rotates as in Apigee's procedure: each node is restarted once for each of its events.
    ///
    /// The plan is checked like any other plan.
    pub fn as_documented() -> Self {
        Self { order: Order::AsDocumented, ..Self::default() }
    }

    /// Allows nodes of one data centre to be restarted together.
    ///
    /// A plan can then take fewer waves. Nodes may be down together if every [`Keyspace`](crate::Keyspace) of the cluster can
    /// spare them. A whole rack counts as one replica if it holds at most one replica of each range. The cluster must have
    /// keyspaces ([`Cluster::add_keyspace`](crate::Cluster::add_keyspace)).
    #[must_use]
    pub fn racks_together(mut self) -> Self {
        self.batching = Batching::Replicas;
        self
    }

    /// Like [`Preference::racks_together`], but also for nodes of different data centres.
    #[must_use]
    pub fn data_centres_together(mut self) -> Self {
        self.batching = Batching::ReplicasOfAllDcs;
        self
    }
}
