//! The facts that a plan rests on: given, observed, assumed or unknown.
//!
//! The text of some facts also gives the plan's cost with another value, if that cost is lower.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bridge::settings::internode_encryption;
use cassandra_props::Release;
use page::{Basis, Known};
use rotation_planner::{
    Action, Cluster, Cost, Event, Identity, Known as Sure, Loaded, NodeName, Plan, Role, Scope, Step, Trust,
};

use super::authority;
use crate::description::{Build, Builds, Description, Encryption, Node, StagingChoice};
use crate::input::Name;
use crate::show::{counted, few, loads};
use crate::state::Certificates;

/// A cluster, and the sources of the facts about it.
pub(crate) struct Looked<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) builds: &'a Builds<'a>,
    /// The file from which the cluster was read.
    pub(crate) source: String,
    /// The operator's description, if nothing was observed.
    pub(crate) description: Option<&'a Description>,
    /// The operator's description, if certificates are known only by the labels in it.
    pub(crate) labels: Option<&'a Description>,
    /// The current identities of the nodes, and the identities that `enable` would give them.
    pub(crate) served: BTreeSet<&'a Identity>,
    pub(crate) serve_clients: Vec<&'a Name>,
    /// The number of nodes that are only assumed to have loaded the files on their disks.
    pub(crate) assumed_loaded: usize,
    /// The cost of the same change for another description; `None` if there is no plan.
    pub(crate) price: &'a dyn Fn(&Description) -> Option<Cost>,
    pub(crate) plan: Option<&'a Plan>,
    /// The certificates, if they are known.
    pub(crate) known: Option<&'a Certificates>,
}

impl Looked<'_> {
    pub(crate) fn bases(&self) -> Vec<Basis> {
        let mut bases = vec![self.nodes(), self.build(), self.client_auth(), self.scope(), self.stores(), self.timer()];
        bases.extend(self.upgrade());
        bases.extend(self.certificates());
        bases.extend(self.known.and_then(|known| authority::ends_first(known, &self.served)));
        if let (Some(plan), Some(known)) = (self.plan, self.known) {
            bases.extend(authority::changed(self.cluster, plan, known, &self.served));
        }
        bases.push(self.loaded());
        bases.extend(self.stopped());
        bases.extend(self.perhaps_loaded());
        bases.extend(self.clients());
        bases.extend(self.applications());
        bases.push(self.keyspaces());
        bases
    }

    fn nodes(&self) -> Basis {
        let mut dcs: BTreeMap<&str, usize> = BTreeMap::new();
        for node in self.nodes_alone() {
            *dcs.entry(node.dc()).or_default() += 1;
        }
        let places: Vec<String> = dcs.iter().map(|(dc, nodes)| format!("{nodes} in {dc}")).collect();
        let said = format!("{}, read from {}", places.join(", "), self.source);
        Basis { about: "nodes", known: self.described(), said }
    }

    fn build(&self) -> Basis {
        let mut nodes: Vec<(&Build, Vec<&str>)> = self.builds.different().map(|build| (build, Vec::new())).collect();
        for (node, build) in self.builds.others() {
            if let Some((_, names)) = nodes.iter_mut().find(|(other, _)| other == build) {
                names.push(node);
            }
        }
        let others = nodes.iter().filter(|(_, names)| !names.is_empty());
        let others: Vec<String> = others.map(|(build, names)| format!("{build} on {}", few(names))).collect();
        let usual = self.builds.usual();
        let mut said = match others.as_slice() {
            [] => format!("{usual} on every node"),
            others => format!("{}, and {usual} on the others", others.join(", ")),
        };
        if !self.builds.different().all(Build::is_documented) {
            said.push_str("; an Edge build may be patched, so that any store on disk or in memory may be in use");
            if let (Some(description), Ok(release)) = (self.description, usual.release()) {
                let unpatched = Description { cassandra: Build::Apache(release), ..description.clone() };
                said.push_str(&self.otherwise(&unpatched, &format!("if it is an unpatched {release}")));
            }
        }
        Basis { about: "Cassandra", known: Known::Given, said }
    }

    fn upgrade(&self) -> Option<Basis> {
        let said = "nodes before 4.0 dial newer nodes at ssl_storage_port, where newer nodes listen only with \
                    legacy_ssl_storage_port_enabled (4.0: enable_legacy_ssl_storage_port); this is not checked";
        self.builds.may_span(Release::V4_0).then(|| Basis {
            about: "upgrade",
            known: Known::Assumed,
            said: said.to_owned(),
        })
    }

    fn client_auth(&self) -> Basis {
        let about = "client authentication";
        let Some(description) = self.description else {
            return Basis { about, known: Known::Observed, said: self.client_auth_on_disk() };
        };
        if let Some(on) = description.client_auth {
            let mut said = format!("require_client_auth = {on}");
            for node in self.described_nodes() {
                if let Some(own) = node.client_auth {
                    _ = write!(said, ", {own} on {}", node.name);
                }
            }
            return Basis { about, known: Known::Given, said };
        }
        let off = Description { client_auth: Some(false), ..description.clone() };
        let price = self.otherwise(&off, "if it is off");
        let said = format!("planned as required (`client_auth`, --client-auth){price}");
        Basis { about, known: Known::Unknown, said }
    }

    fn client_auth_on_disk(&self) -> String {
        let set = |node: &rotation_planner::Node| node.observed().disk().client_auth();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for node in self.nodes_alone() {
            let value = match set(node) {
                Some(rotation_planner::ClientAuth::On) => "true",
                Some(rotation_planner::ClientAuth::Off) => "false",
                None => "not known",
            };
            *counts.entry(value).or_default() += 1;
        }
        let counts: Vec<String> = counts.iter().map(|(value, nodes)| format!("{value} on {nodes}")).collect();
        format!("require_client_auth is {}", counts.join(", "))
    }

    fn scope(&self) -> Basis {
        let about = "encrypted pairs";
        let usual = self.cluster.scope();
        let mut said = format!("internode_encryption = {}", internode_encryption(usual).as_str());
        for other in [Scope::All, Scope::Dc, Scope::Rack].into_iter().filter(|scope| *scope != usual) {
            let nodes = self.cluster.nodes().filter(|(_, node)| self.cluster.scope_of(node) == other);
            let names: Vec<&str> = nodes.map(|(name, _)| name.as_str()).collect();
            if !names.is_empty() {
                _ = write!(said, ", {} on {}", internode_encryption(other).as_str(), few(&names));
            }
        }
        match self.description {
            Some(description) if description.encryption.is_none() => {
                let dcs: BTreeSet<&str> = self.nodes_alone().map(rotation_planner::Node::dc).collect();
                let dc = Description { encryption: Some(Encryption::Dc), ..description.clone() };
                let price = if dcs.len() > 1 { self.otherwise(&dc, "if it is dc") } else { String::new() };
                Basis { about, known: Known::Unknown, said: format!("{said} (`encryption`){price}") }
            }
            _ => Basis { about, known: self.described(), said },
        }
    }

    fn stores(&self) -> Basis {
        let about = "new stores";
        // Observed stores are replaced in place.
        let chosen = self.description.map_or(StagingChoice::InPlace, Description::staging);
        let said = match chosen {
            StagingChoice::InPlace => "put in place of the old ones: same path, same password",
            StagingChoice::Documented => {
                "the truststore in place of the old one (same path, same password), the keystore under a new path"
            }
            StagingChoice::NewPaths => "both under new paths; the old files stay until the restart",
        };
        if self.description.is_some_and(|description| description.staging.is_some()) {
            return Basis { about, known: Known::Given, said: said.to_owned() };
        }
        let said = format!("{said}; the plan does not hold if they are put elsewhere (`staging`)");
        Basis { about, known: Known::Assumed, said }
    }

    fn timer(&self) -> Basis {
        let in_place = self.description.is_none_or(|description| description.staging() != StagingChoice::NewPaths);
        let (known, said) = match (self.builds.some_reload(), in_place) {
            (Some(false), _) => (Known::Given, "none before Cassandra 4.0"),
            (_, false) => (Known::Given, "stores under new paths are not loaded before a restart"),
            (Some(true), true) => {
                (Known::Given, "a node may load changed stores every ten minutes; the plan is safe if it does")
            }
            (None, true) => (Known::Unknown, "from Cassandra 4.0 on, a node may load changed stores every ten minutes"),
        };
        Basis { about: "reload by timer", known, said: said.to_owned() }
    }

    fn certificates(&self) -> Option<Basis> {
        let Some(description) = self.labels else { return self.several_anchors() };
        let authorities: BTreeSet<_> = description.nodes.iter().map(|node| node.issued_by.as_ref()).collect();
        if authorities.iter().any(Option::is_some) {
            let named: Vec<String> = authorities.into_iter().flatten().map(ToString::to_string).collect();
            let said = format!("issued by {}, now and after the plan", named.join(", "));
            let others = description.nodes.iter().filter(|node| node.issued_by.is_none());
            let others: Vec<&str> = others.map(|node| node.name.as_str()).collect();
            return Some(match others.as_slice() {
                [] => Basis { about: "certificates", known: Known::Given, said },
                others => {
                    let said = format!("{said}; on {}, signed by itself (`issued_by`)", few(others));
                    Basis { about: "certificates", known: Known::Assumed, said }
                }
            });
        }
        let mut issued = description.clone();
        for node in &mut issued.nodes {
            node.issued_by = "one-authority".parse().ok();
        }
        let price = self.otherwise(&issued, "if one authority issued them and will issue the next");
        let said = format!("each signed by itself (`issued_by`){price}");
        Some(Basis { about: "certificates", known: Known::Assumed, said })
    }

    fn several_anchors(&self) -> Option<Basis> {
        let several = |identity: &&&Identity| identity.anchors().nth(1).is_some();
        let count = self.served.iter().filter(several).count();
        let said = format!(
            "{} accepted through any of several trusted certificates, according to every Java that the nodes may run; one of them \
             is enough, so a truststore may keep an older or another certificate of the same authority",
            if count == 1 { "one is".to_owned() } else { format!("{count} are") }
        );
        (count > 0).then_some(Basis { about: "certificates", known: Known::Observed, said })
    }

    fn loaded(&self) -> Basis {
        let about = "running processes";
        if self.description.is_some() {
            let said = "each has loaded what is on its disk, and trusts what the others serve; `observe` checks that";
            return Basis { about, known: Known::Assumed, said: said.to_owned() };
        }
        let all = self.nodes_alone().count();
        let running: Vec<&Loaded> = self.nodes_alone().filter_map(|node| node.observed().loaded()).collect();
        let sure = running.iter().filter(|loaded| is_certain(loaded)).count();
        let certain = sure.saturating_sub(self.assumed_loaded);
        let stopped = all.saturating_sub(running.len());
        let are = if stopped == 1 { "is" } else { "are" };
        let (known, assumed) = match self.assumed_loaded {
            0 => (Known::Observed, String::new()),
            nodes => (Known::Assumed, format!("assumed on {nodes} (`observe trees --settled`), ")),
        };
        let said = format!(
            "what is loaded is certain on {certain} of {all}, {assumed}not certain on {}, and {stopped} {are} stopped; the mode \
             is what the settings on disk say",
            running.len().saturating_sub(sure),
        );
        Basis { about, known, said }
    }

    /// The nodes that are down before the plan; `None` if there are none.
    fn stopped(&self) -> Option<Basis> {
        let is_down = |node: &rotation_planner::Node| node.observed().loaded().is_none();
        let down = self.cluster.nodes().filter(|(_, node)| node.role() != Role::Client && is_down(node));
        let down: Vec<String> = down.map(|(name, _)| format!("{name}{}", self.until_started(name))).collect();
        let mut said = down.join(", ");
        if self.plan.is_some() {
            said.push_str(
                "; a node that is started at another time may be cut off, so keep it from starting when its host is booted",
            );
        }
        (!down.is_empty()).then_some(Basis { about: "stopped nodes", known: Known::Observed, said })
    }

    fn until_started(&self, name: &NodeName) -> String {
        let Some(plan) = self.plan else { return String::new() };
        let starts = |step: &Step| step.node() == name && *step.action() == Action::Start;
        match (1..).zip(plan.waves()).find(|(_, wave)| wave.steps().iter().any(starts)) {
            Some((number, _)) => format!(" (down until wave {number} starts it)"),
            None => " (not started by the plan)".to_owned(),
        }
    }

    /// The nodes that are activated only to drop anchors that may have been loaded from disk.
    ///
    /// `None` if there are no such nodes.
    fn perhaps_loaded(&self) -> Option<Basis> {
        let mut last: BTreeMap<&NodeName, &Trust> = BTreeMap::new();
        let (mut refusing, mut others) = (BTreeSet::new(), BTreeSet::new());
        for step in self.plan?.steps() {
            match step.action() {
                Action::StageTrust(trust) => _ = last.insert(step.node(), trust),
                Action::Activate(_) if step.purpose() == [Event::Refuse] => _ = refusing.insert(step.node()),
                Action::Activate(_) => _ = others.insert(step.node()),
                _ => {}
            }
        }
        let only_to_refuse = last.into_iter().filter(|(node, _)| refusing.contains(node) && !others.contains(node));
        let nodes = only_to_refuse.filter(|(node, trust)| self.drops_from_disk_alone(node, trust)).count();
        (nodes > 0).then(|| Basis {
            about: "dropped anchors",
            known: Known::Unknown,
            said: format!(
                "on {}, they are on disk, and not loaded as far as is known: each of these nodes is restarted or reloaded, because \
                 it may have started since the file changed",
                counted(nodes, "node")
            ),
        })
    }

    /// Whether `trust` drops anchors of the node's disk, but none that the node has loaded.
    ///
    /// False if the loaded truststore is not known.
    fn drops_from_disk_alone(&self, node: &NodeName, trust: &Trust) -> bool {
        let Some(observed) = self.cluster.get(node).map(rotation_planner::Node::observed) else { return false };
        let Some(Sure::Certain(loaded)) = observed.loaded().map(|loaded| &loaded.trust) else { return false };
        let is_whole = |before: &Trust| before.iter().all(|anchor| trust.contains(anchor));
        !is_whole(observed.disk().trust()) && is_whole(loaded)
    }

    fn clients(&self) -> Option<Basis> {
        let is_client = |node: &rotation_planner::Node| node.role() == Role::Client;
        let clients = self.cluster.nodes().filter(|(_, node)| is_client(node));
        let names: Vec<&str> = clients.map(|(name, _)| name.as_str()).collect();
        let said = format!("{} must continue to trust what the nodes serve; no plan changes clients", names.join(", "));
        (!names.is_empty()).then_some(Basis { about: "clients", known: Known::Given, said })
    }

    fn applications(&self) -> Option<Basis> {
        let first = self.serve_clients.first()?;
        let who = match self.serve_clients.len().saturating_sub(1) {
            0 => format!("{first} serves"),
            others => format!("{first} and {} serve", counted(others, "other node")),
        };
        let said = format!(
            "{who} applications from the internode stores (client_encryption_options); whether these applications trust the \
             new certificates is not judged: for that, plan with [[client]] from a description (`plan --cluster`)"
        );
        Some(Basis { about: "applications", known: Known::Observed, said })
    }

    fn nodes_alone(&self) -> impl Iterator<Item = &rotation_planner::Node> {
        self.cluster.nodes().map(|(_, node)| node).filter(|node| node.role() != Role::Client)
    }

    fn described_nodes(&self) -> impl Iterator<Item = &Node> {
        self.description.into_iter().flat_map(|description| &description.nodes)
    }

    fn keyspaces(&self) -> Basis {
        let about = "availability";
        let names: Vec<&str> = self.cluster.keyspaces().iter().map(rotation_planner::Keyspace::name).collect();
        if names.is_empty() {
            let said = "every keyspace must stay available while one node is down; no keyspace is given (`[[keyspace]]`), \
                        so this is not checked";
            return Basis { about, known: Known::Assumed, said: said.to_owned() };
        }
        Basis { about, known: Known::Given, said: format!("required for {}", names.join(", ")) }
    }

    fn described(&self) -> Known {
        if self.description.is_some() { Known::Given } else { Known::Observed }
    }

    /// The cost of the plan with another description, as text; empty unless that cost is lower.
    fn otherwise(&self, described: &Description, when: &str) -> String {
        let Some(cost) = self.plan.map(Plan::cost) else { return String::new() };
        let price = (self.price)(described).filter(|price| activations(*price) < activations(cost));
        price.map_or_else(String::new, |price| format!("; {} {when}", loads(price)))
    }
}

fn is_certain(loaded: &Loaded) -> bool {
    matches!((&loaded.identity, &loaded.trust), (Sure::Certain(_), Sure::Certain(_)))
}

fn activations(cost: Cost) -> (usize, usize) {
    (cost.restarts, cost.reloads)
}
