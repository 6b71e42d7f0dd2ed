//! The origins of anchors. No plan makes a node newly trust a foreign anchor.

use crate::cluster::Cluster;
use crate::label::AnchorId;

/// The origin of an anchor: whether a plan may make a node newly trust the anchor.
///
/// A node may keep its trust: an anchor in its truststore (on disk, or certainly loaded) may stay there and may be staged
/// again, whatever the anchor's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Origin {
    /// The caller knows the anchor.
    ///
    /// For example, the caller made the stores, or an operator vouched for the anchor by name.
    Vouched,
    /// The anchor was only seen, in a node's files or in a handshake.
    ///
    /// An attacker who can write a file on one host, or answer in that host's place, can show any certificate. So no plan makes
    /// a node newly trust the anchor.
    Foreign,
}

impl Cluster {
    /// Sets the origin of `anchor`, which is [`Origin::Vouched`] by default.
    ///
    /// Mark each anchor that was only seen on a host, and that is in no store that you made, as [`Origin::Foreign`].
    ///
    /// ```
    /// use rotation_planner::{
    ///     ClientAuth, Cluster, Goal, Identity, Observed, Origin, Preference, Scope, Semantics, TlsConfig, Trust, plan,
    /// };
    ///
    /// let mut cluster = Cluster::new(Scope::All, Semantics::cassandra(4, 0, 17, ClientAuth::Off)?);
    /// let trust: Trust = ["node0", "node1"].into_iter().collect();
    /// // A stranger's keystore was put on node1.
    /// let observed = |id| Observed::settled(TlsConfig::tls(Identity::self_signed(id), trust.clone()));
    /// cluster.add_node("node0", "dc1", "r1", observed("node0"))?.add_node("node1", "dc1", "r1", observed("stranger"))?;
    /// cluster.set_origin("stranger", Origin::Foreign);
    ///
    /// let goal = Goal::rotate([("node0", Identity::self_signed("node0-2"))]);
    /// let refusal = plan(&cluster, &goal, &Preference::default()).unwrap_err();
    /// assert_eq!(
    ///     refusal.to_string(),
    ///     "no safe plan: node0 would have to trust the foreign anchor stranger, which it does not trust now: find out where \
    ///      it comes from, and vouch for it by name if it is yours"
    /// );
    /// # Ok::<(), rotation_planner::Error>(())
    /// ```
    pub fn set_origin(&mut self, anchor: impl Into<AnchorId>, origin: Origin) -> &mut Self {
        let anchor = anchor.into();
        match origin {
            Origin::Vouched => self.foreign.remove(&anchor),
            Origin::Foreign => self.foreign.insert(anchor),
        };
        self
    }

    /// The origin of `anchor`.
    pub fn origin(&self, anchor: &AnchorId) -> Origin {
        if self.foreign.contains(anchor) { Origin::Foreign } else { Origin::Vouched }
    }
}
