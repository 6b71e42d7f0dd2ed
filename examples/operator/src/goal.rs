//! Translates the operator's goal into the planner's goal.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{bail, ensure};
use certgen::Time;
use clap::{Subcommand, ValueEnum};
use rotation_planner::{AnchorId, ClientAuth, Cluster, Goal, Identity, Mutability, NodeName, Plaintext, Trust};

use crate::bundle::Manifest;
use crate::description::Description;
use crate::show::counted;
use crate::state::{Certificates, FirstEnds, State};

/// The goal that an operator gives to `plan`.
#[derive(Clone, Debug, Subcommand)]
pub enum Wanted {
    /// Gives the nodes new certificates, and drops unneeded trust unless --keep-old is given.
    Rotate {
        /// Keep the trust in the old certificates.
        #[arg(long)]
        keep_old: bool,
    },
    /// Compares the costs of a rotation for Cassandra releases that read stores differently.
    Compare,
    /// Enables TLS.
    Enable,
    /// Disables TLS.
    Disable,
    /// Sets whether servers require client certificates.
    ClientAuth {
        /// On or off.
        switch: Switch,
    },
    /// Drops the trust in these certificates or authorities, and replaces certificates if needed.
    Distrust {
        /// The labels, for example that of a certificate whose key was stolen.
        #[arg(required = true)]
        labels: Vec<String>,
        /// Drop the trust immediately, while the affected nodes are down.
        #[arg(long)]
        at_once: bool,
    },
}

/// Whether an authority of the old certificates stays in use after a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldAuthority {
    /// None of these authorities issued a new certificate.
    Ends,
    /// At least one of these authorities issued a new certificate.
    ///
    /// Such an authority stays trusted, so the old certificates that it issued are still accepted.
    Stays(Accepted),
}

/// The time until which old certificates are accepted if their authorities stay.
///
/// The chains of the certificates include their anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// No certificate of their chains expires before the node's own.
    UntilTheyExpire,
    /// In at least one chain, a certificate expires before the node's own.
    ///
    /// The time is the earliest end of all certificates in the chains.
    AtLeastUntil(Time),
    /// At least one chain is not known.
    Unknown,
}

impl Accepted {
    fn of(served: &BTreeSet<&Identity>, certificates: &Certificates) -> Self {
        let firsts = FirstEnds::of(certificates);
        let ends = served.iter().map(|identity| {
            let digest = firsts.digest(identity)?;
            Some((firsts.first(digest)?.0, firsts.end(digest)?))
        });
        let Some(ends) = ends.collect::<Option<Vec<_>>>() else { return Self::Unknown };
        match ends.iter().map(|(first, _)| *first).min() {
            Some(first) if ends.iter().any(|(first, own)| first < own) => Self::AtLeastUntil(first),
            _ => Self::UntilTheyExpire,
        }
    }
}

/// Completes the sentence "the old certificates are accepted until".
impl fmt::Display for Accepted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UntilTheyExpire => formatter.write_str("they expire"),
            Self::AtLeastUntil(first) => {
                write!(formatter, "they or other certificates of their chains expire, at the earliest at {first}")
            }
            Self::Unknown => formatter.write_str("they or other certificates of their chains expire"),
        }
    }
}

impl Wanted {
    /// The goal in words.
    pub fn sentence(&self, old: OldAuthority) -> String {
        match self {
            Self::Rotate { keep_old: true } => {
                "Every node serves a new certificate; the old ones stay trusted.".to_owned()
            }
            Self::Rotate { keep_old: false } | Self::Compare => match old {
                OldAuthority::Stays(accepted) => format!(
                    "Every node serves a new certificate. The authority stays the same, so the old certificates are accepted \
                     until {accepted}."
                ),
                OldAuthority::Ends => {
                    "Every node serves a new certificate, and the old ones are no longer trusted.".to_owned()
                }
            },
            Self::Enable => "All connections between nodes use TLS, and plaintext is refused.".to_owned(),
            Self::Disable => "All connections between nodes are plaintext.".to_owned(),
            Self::ClientAuth { switch: Switch::On } => {
                "Every node requires a certificate from the nodes that connect to it.".to_owned()
            }
            Self::ClientAuth { switch: Switch::Off } => {
                "No node requires a certificate from the nodes that connect to it.".to_owned()
            }
            Self::Distrust { labels, at_once } => {
                let when = if *at_once { ", and their nodes are down until then" } else { "" };
                format!("No node trusts {}{when}.", labels.join(", "))
            }
        }
    }

    /// Checks that the description has the fields that the goal requires.
    ///
    /// # Errors
    /// If the goal is `client-auth` and `client_auth` is missing, or the goal is `enable` or `disable` and `speaks` is missing
    /// for a node.
    pub fn ask(&self, description: &Description) -> anyhow::Result<()> {
        match self {
            Self::ClientAuth { .. } if description.client_auth.is_none() => bail!(
                "`client_auth` is not given: set `client_auth = true` or `false` in the description, or pass \
                 --client-auth on|off"
            ),
            Self::Enable | Self::Disable => match description.nodes.iter().find(|node| node.speaks.is_none()) {
                Some(node) => bail!(
                    "`speaks` is not given for {}: set `speaks = \"plain\"` or `\"tls\"` for each node of the \
                     description, or pass --speaks plain|tls",
                    node.name
                ),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// A cluster, and the identities that its nodes could get.
#[derive(Debug)]
pub struct Subject {
    /// A title for the cluster.
    pub title: String,
    /// The cluster.
    pub cluster: Cluster,
    /// The identities after a rotation, without those of frozen nodes.
    next: Vec<(NodeName, Identity)>,
    /// The identities after `enable`.
    first: Vec<(NodeName, Identity)>,
}

impl Subject {
    /// The cluster of a description.
    ///
    /// A rotation gives a node the identity [`next`](crate::description::Node::next), and `enable` gives it the identity
    /// [`served`](crate::description::Node::served).
    ///
    /// # Errors
    /// The errors of [`Description::cluster`].
    pub fn of(description: &Description) -> anyhow::Result<Self> {
        let title = format!("{} on Cassandra {}", counted(description.nodes.len(), "node"), description.builds());
        let nodes = || description.nodes.iter();
        let next = nodes().filter(|node| !node.frozen).map(|node| (node.name.as_str().into(), node.next()));
        let first = nodes().map(|node| (node.name.as_str().into(), node.served())).collect();
        Ok(Self { title, cluster: description.cluster()?, next: next.collect(), first })
    }

    /// The cluster of a state, whose nodes get the identities of the bundles in `given`.
    ///
    /// # Errors
    /// The errors of [`State::targets`].
    pub fn of_state(state: &State, given: Option<&Manifest>) -> anyhow::Result<Self> {
        let title = format!("{} on Cassandra {}", counted(state.disks.len(), "node"), state.builds());
        let given = given.map_or(Ok(Vec::new()), |manifest| state.targets(manifest))?;
        let first: Vec<(NodeName, Identity)> = given.into_iter().map(|(node, target)| (node.into(), target)).collect();
        let frozen =
            |name: &NodeName| state.cluster.get(name).is_some_and(|node| node.mutability() == Mutability::Frozen);
        let next = first.iter().filter(|(name, _)| !frozen(name)).cloned().collect();
        Ok(Self { title, cluster: state.cluster.clone(), next, first })
    }

    /// The current identities of the nodes, and the identities that `enable` would give them.
    pub fn identities(&self) -> BTreeSet<&Identity> {
        self.serving_now().chain(self.first.iter().map(|(_, identity)| identity)).collect()
    }

    fn serving_now(&self) -> impl Iterator<Item = &Identity> {
        let nodes = self.cluster.nodes().map(|(_, node)| node.observed());
        nodes.filter_map(|observed| observed.serves().or_else(|| observed.disk().identity()))
    }

    /// Whether an authority of the old certificates also issued a new certificate.
    ///
    /// If so, the result says until when the old certificates are accepted.
    pub fn old_authority(&self, certificates: Option<&Certificates>) -> OldAuthority {
        let served: BTreeSet<&Identity> = self.serving_now().collect();
        let old: BTreeSet<&AnchorId> = served.iter().flat_map(|identity| identity.anchors()).collect();
        let stays = self.next.iter().flat_map(|(_, identity)| identity.anchors()).any(|anchor| old.contains(anchor));
        if !stays {
            return OldAuthority::Ends;
        }
        OldAuthority::Stays(certificates.map_or(Accepted::Unknown, |known| Accepted::of(&served, known)))
    }

    /// The planner's goal.
    ///
    /// # Errors
    /// If the goal needs new identities for nodes, but none are given.
    pub fn goal(&self, wanted: &Wanted) -> anyhow::Result<Goal> {
        let given = |targets: &[(NodeName, Identity)]| {
            ensure!(!targets.is_empty(), "give the new generation with --bundles");
            Ok(targets.to_vec())
        };
        Ok(match wanted {
            Wanted::Rotate { keep_old: true } => Goal::rotate(given(&self.next)?),
            Wanted::Rotate { keep_old: false } | Wanted::Compare => Goal::rotate(given(&self.next)?).dropping_unused(),
            Wanted::Enable => Goal::enable(given(&self.first)?, Plaintext::Refused),
            Wanted::Disable => Goal::disable(),
            Wanted::ClientAuth { switch: Switch::On } => Goal::client_auth(ClientAuth::On),
            Wanted::ClientAuth { switch: Switch::Off } => Goal::client_auth(ClientAuth::Off),
            Wanted::Distrust { labels, at_once } => {
                let bad = self.serving(labels);
                let targets = given(&self.next)?.into_iter().filter(|(name, _)| bad.contains(name));
                if *at_once {
                    return Ok(Goal::quarantine(targets));
                }
                let dropped: Trust = labels.iter().map(String::as_str).collect();
                Goal::rotate(targets).dropping(dropped)
            }
        })
    }

    /// The nodes that are known to serve a certificate with one of these labels.
    ///
    /// A certificate that is trusted only through these labels counts, too.
    fn serving(&self, labels: &[String]) -> Vec<NodeName> {
        let is_named = |label: &str| labels.iter().any(|named| named == label);
        let bad = |identity: &Identity| {
            is_named(identity.id().as_str()) || identity.anchors().all(|anchor| is_named(anchor.as_str()))
        };
        let nodes = self.cluster.nodes().filter(|(_, node)| node.observed().serves().is_some_and(bad));
        nodes.map(|(name, _)| name.clone()).collect()
    }
}
