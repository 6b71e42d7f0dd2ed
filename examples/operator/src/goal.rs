//! Translates the operator's goal into the planner's goal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{bail, ensure};
use certgen::Time;
use clap::{Subcommand, ValueEnum};
use rotation_planner::{AnchorId, ClientAuth, Cluster, Goal, Identity, Mutability, NodeName, Plaintext, Role, Trust};

use crate::bundle::Manifest;
use crate::description::{Description, Node};
use crate::show::{counted, few};
use crate::state::{Certificates, FirstEnds, State, labels};

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

/// A sentence about the nodes' certificates after a rotation.
struct Rotated<'a> {
    /// The frozen nodes, which keep their certificates and their trust.
    kept: Vec<&'a str>,
    /// The nodes whose old certificates stay accepted.
    ///
    /// Each of these certificates shares an anchor with a certificate that is served after the rotation.
    accepted: Vec<&'a str>,
    until: Accepted,
    /// Whether old certificates of other nodes are no longer trusted.
    drops: bool,
}

impl Rotated<'_> {
    fn head(&self) -> String {
        match self.kept.as_slice() {
            [] => "Every node serves a new certificate".to_owned(),
            kept => format!("Every node except {} (frozen) serves a new certificate", few(kept)),
        }
    }
}

impl fmt::Display for Rotated<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, accepted, until, drops } = self;
        formatter.write_str(&self.head())?;
        let by = if kept.is_empty() { "" } else { " by the nodes that can be changed" };
        match (accepted.as_slice(), drops) {
            ([], _) if kept.is_empty() => formatter.write_str(", and the old ones are no longer trusted."),
            ([], _) => write!(formatter, ". The replaced ones are no longer trusted{by}."),
            (_, false) if kept.is_empty() => {
                write!(formatter, ". The authority stays the same, so the old certificates are accepted until {until}.")
            }
            (accepted, drops) => {
                let of = few(accepted);
                write!(
                    formatter,
                    ". An authority stays trusted, so the old certificates of {of} are accepted until {until}."
                )?;
                if *drops { write!(formatter, " The other replaced ones are no longer trusted{by}.") } else { Ok(()) }
            }
        }
    }
}

/// The time until which old certificates are accepted if their authorities stay.
///
/// The chains of the certificates include their anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepted {
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
    /// The goal for `subject` in words; `certificates` are those of its state.
    pub fn sentence(&self, subject: &Subject, certificates: Option<&Certificates>) -> String {
        match self {
            Self::Rotate { keep_old: true } => {
                format!("{}; the old ones stay trusted.", subject.rotated(certificates).head())
            }
            Self::Rotate { keep_old: false } | Self::Compare => subject.rotated(certificates).to_string(),
            Self::Enable => "All connections between nodes use TLS, and plaintext is refused.".to_owned(),
            Self::Disable => "All connections between nodes are plaintext.".to_owned(),
            Self::ClientAuth { switch: Switch::On } => {
                "Every node requires a certificate from the nodes that connect to it.".to_owned()
            }
            Self::ClientAuth { switch: Switch::Off } => {
                "No node requires a certificate from the nodes that connect to it.".to_owned()
            }
            Self::Distrust { labels, at_once } => {
                let stops = *at_once && !subject.serving(labels).is_empty();
                let when = if stops { ", and their nodes are down until then" } else { "" };
                format!("No node trusts {}{when}.", labels.join(", "))
            }
        }
    }

    /// Checks that the description has the fields that the goal requires.
    ///
    /// If a generation shows what the nodes have, [`ask_client_auth`](Self::ask_client_auth) suffices.
    ///
    /// # Errors
    /// As [`ask_client_auth`](Self::ask_client_auth); and if the goal is `enable` or `disable` and `speaks` is missing for a
    /// node.
    pub fn ask(&self, description: &Description) -> anyhow::Result<()> {
        self.ask_client_auth(description)?;
        let silent = description.nodes.iter().find(|node| node.speaks.is_none());
        match (self, silent) {
            (Self::Enable | Self::Disable, Some(node)) => bail!(
                "`speaks` is not given for {}: set `speaks = \"plain\"` or `\"tls\"` for each node of the description, or \
                 pass --speaks plain|tls",
                node.name
            ),
            _ => Ok(()),
        }
    }

    /// Checks that the description has `client_auth` if the goal requires it.
    ///
    /// # Errors
    /// If the goal is `client-auth` and `client_auth` is missing for a node.
    pub fn ask_client_auth(&self, description: &Description) -> anyhow::Result<()> {
        let is_unknown = |node: &Node| node.client_auth(description.client_auth).is_none();
        if matches!(self, Self::ClientAuth { .. }) && description.nodes.iter().any(is_unknown) {
            bail!(
                "`client_auth` is not given: set `client_auth = true` or `false` in the description, or pass \
                 --client-auth on|off"
            );
        }
        Ok(())
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
    /// The labels of all known certificates and authorities.
    labels: BTreeSet<String>,
}

/// The maximum number of labels in an error.
const MAX_NAMED: usize = 20;

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
        let (cluster, next) = (description.cluster()?, next.collect());
        let labels = cluster.nodes().flat_map(|(_, node)| labels(node.observed())).map(str::to_owned).collect();
        Ok(Self { title, cluster, next, first, labels })
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
        let labels = state.certificates.labels().map(ToString::to_string).collect();
        Ok(Self { title, cluster: state.cluster.clone(), next, first, labels })
    }

    /// The current identities of the nodes, and the identities that `enable` would give them.
    pub fn identities(&self) -> BTreeSet<&Identity> {
        self.serving_now().chain(self.first.iter().map(|(_, identity)| identity)).collect()
    }

    fn serving_now(&self) -> impl Iterator<Item = &Identity> {
        self.cluster.nodes().filter_map(|(_, node)| present(node))
    }

    fn rotated(&self, certificates: Option<&Certificates>) -> Rotated<'_> {
        let next: BTreeMap<&NodeName, &Identity> = self.next.iter().map(|(name, next)| (name, next)).collect();
        let (changed, kept): (Vec<_>, Vec<_>) = self.cluster.nodes().partition(|(name, _)| next.contains_key(name));
        let kept_anchors = kept.iter().filter_map(|(_, node)| present(node)).flat_map(Identity::anchors);
        let anchors: BTreeSet<&AnchorId> =
            next.values().flat_map(|identity| identity.anchors()).chain(kept_anchors).collect();
        let replaced = changed.into_iter().filter_map(|(name, node)| Some((name.as_str(), present(node)?)));
        let (accepted, dropped): (Vec<_>, Vec<_>) =
            replaced.partition(|(_, old)| old.anchors().any(|anchor| anchors.contains(anchor)));
        let served = accepted.iter().map(|(_, old)| *old).collect();
        Rotated {
            kept: kept.iter().filter(|(_, node)| node.role() != Role::Client).map(|(name, _)| name.as_str()).collect(),
            accepted: accepted.into_iter().map(|(name, _)| name).collect(),
            until: certificates.map_or(Accepted::Unknown, |known| Accepted::of(&served, known)),
            drops: !dropped.is_empty(),
        }
    }

    /// The planner's goal.
    ///
    /// # Errors
    /// If the goal needs new identities for nodes, but none are given or every node is frozen; or if a label to distrust is
    /// unknown.
    pub fn goal(&self, wanted: &Wanted) -> anyhow::Result<Goal> {
        Ok(match wanted {
            Wanted::Rotate { keep_old: true } => Goal::rotate(self.next()?.to_vec()),
            Wanted::Rotate { keep_old: false } | Wanted::Compare => {
                Goal::rotate(self.next()?.to_vec()).dropping_unused()
            }
            Wanted::Enable => Goal::enable(self.first()?.to_vec(), Plaintext::Refused),
            Wanted::Disable => Goal::disable(),
            Wanted::ClientAuth { switch: Switch::On } => Goal::client_auth(ClientAuth::On),
            Wanted::ClientAuth { switch: Switch::Off } => Goal::client_auth(ClientAuth::Off),
            Wanted::Distrust { labels, at_once } => {
                self.knows(labels)?;
                let bad = self.serving(labels);
                let targets: Vec<_> = self.next()?.iter().filter(|(name, _)| bad.contains(name)).cloned().collect();
                let dropped: Trust = labels.iter().map(String::as_str).collect();
                // A quarantine without nodes changes nothing.
                let is_quarantine = *at_once && !targets.is_empty();
                let goal = if is_quarantine { Goal::quarantine(targets) } else { Goal::rotate(targets) };
                goal.dropping(dropped)
            }
        })
    }

    fn first(&self) -> anyhow::Result<&[(NodeName, Identity)]> {
        ensure!(!self.first.is_empty(), "give the new generation with --bundles");
        Ok(&self.first)
    }

    fn next(&self) -> anyhow::Result<&[(NodeName, Identity)]> {
        self.first()?;
        ensure!(!self.next.is_empty(), "every node is frozen, so none can get a new certificate");
        Ok(&self.next)
    }

    fn knows(&self, labels: &[String]) -> anyhow::Result<()> {
        let Some(unknown) = labels.iter().find(|label| !self.labels.contains(label.as_str())) else { return Ok(()) };
        ensure!(
            !self.labels.is_empty(),
            "no certificate or authority has the label {unknown}: no node has a certificate"
        );
        let mut known: Vec<NodeName> = self.labels.iter().map(|label| label.as_str().into()).collect();
        known.sort_unstable();
        let more = known.len().saturating_sub(MAX_NAMED);
        let named: Vec<&str> = known.iter().take(MAX_NAMED).map(NodeName::as_str).collect();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        bail!("no certificate or authority has the label {unknown}: there are {}{more}", named.join(", "))
    }

    /// The nodes that are known to serve a certificate with one of these labels.
    ///
    /// A certificate also counts if all its anchors have these labels.
    fn serving(&self, labels: &[String]) -> Vec<NodeName> {
        let is_named = |label: &str| labels.iter().any(|named| named == label);
        let bad = |identity: &Identity| {
            is_named(identity.id().as_str()) || identity.anchors().all(|anchor| is_named(anchor.as_str()))
        };
        let nodes = self.cluster.nodes().filter(|(_, node)| node.observed().serves().is_some_and(bad));
        nodes.map(|(name, _)| name.clone()).collect()
    }
}

/// The certificate that a node serves if this is known, otherwise the one on its disk.
fn present(node: &rotation_planner::Node) -> Option<&Identity> {
    let observed = node.observed();
    observed.serves().or_else(|| observed.disk().identity())
}
