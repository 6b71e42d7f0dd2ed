//! Carries out plans on processes and disks, with every possible crash.
//!
//! A node has every process that a crash after any step could have started.

use std::collections::BTreeSet;

use rotation_planner::{Action, Activation, AnchorId, Cluster, Identity, Plan, Step, Trust};

use crate::orders::moves;

/// How processes read their stores.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// Whether outbound connections use the truststore on disk, not the loaded one.
    pub dials_trust_disk: bool,
    /// Whether outbound connections offer the identity on disk.
    pub dials_offer_disk: bool,
    /// Whether listeners demand a certificate.
    pub demands: bool,
    pub reloads_trust: bool,
    pub reloads_identity: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stores {
    identity: Identity,
    trust: Trust,
}

/// One node: the stores on its disk, and those of each process that may run.
#[derive(Clone)]
struct Node {
    group: String,
    disk: Stores,
    processes: Vec<Stores>,
}

#[derive(Clone)]
pub struct World {
    reads: Reads,
    nodes: Vec<(String, Node)>,
}

impl World {
    pub fn of(cluster: &Cluster, reads: Reads) -> Self {
        let node = |(name, node): (&rotation_planner::NodeName, &rotation_planner::Node)| {
            let disk = node.observed().disk();
            let disk = Stores { identity: disk.identity().unwrap().clone(), trust: disk.trust().clone() };
            let loaded = node.observed().loaded().unwrap();
            let identity = loaded.identity.candidates()[0].clone().unwrap();
            let running = Stores { identity, trust: loaded.trust.candidates()[0].clone() };
            let mut processes = vec![running];
            add(&mut processes, disk.clone());
            (name.as_str().to_owned(), Node { group: node.dc().to_owned(), disk, processes })
        };
        Self { reads, nodes: cluster.nodes().map(node).collect() }
    }

    /// Whether `plan` reaches the goal, and no step cuts a pair that could talk before.
    ///
    /// Every pair must be able to talk in the end. `crash`: a node crashes before this step, which may repair pairs,
    /// and the plan continues unchanged.
    pub fn never_worsens(
        mut self,
        plan: &Plan,
        crash: Option<(usize, usize)>,
        wanted: impl Fn(&str) -> Identity,
        dropped: &[AnchorId],
    ) -> bool {
        let mut cut = self.cut();
        for (number, step) in plan.steps().enumerate() {
            if let Some((_, node)) = crash.filter(|(before, _)| *before == number) {
                let node = &mut self.nodes[node].1;
                node.processes = vec![node.disk.clone()];
                cut = self.cut();
            }
            self.take(step);
            let now = self.cut();
            if !now.is_subset(&cut) {
                return false;
            }
            cut = now;
        }
        cut.is_empty() && self.has_reached(wanted, dropped)
    }

    /// The clients and servers that cannot connect, with the identity of the server.
    fn cut(&self) -> BTreeSet<(usize, usize, String)> {
        let mut cut = BTreeSet::new();
        for (a, (_, client)) in self.nodes.iter().enumerate() {
            for (b, (_, server)) in self.nodes.iter().enumerate().filter(|(_, (_, b))| b.group != client.group) {
                for serving in &server.processes {
                    let is_trusted = |dialling: &Stores| dialling.trust.contains(serving.identity.anchor());
                    if !client.processes.iter().all(is_trusted) {
                        cut.insert((a, b, serving.identity.to_string()));
                    }
                }
            }
        }
        cut
    }

    /// Whether no step cuts a pair that could talk before, in every order within a wave, whatever crashes happen.
    pub fn never_worsens_in_any_order(mut self, plan: &Plan) -> bool {
        for wave in plan.waves() {
            for (before, after) in moves(&self, wave, Self::take) {
                if !after.cut().is_subset(&before.cut()) {
                    return false;
                }
                self = after;
            }
        }
        true
    }

    /// Whether every pair can talk, whatever crashes happen, now and after every step of `plan`, in every order within a
    /// wave. In the end, only the wanted identities are served, and no dropped anchor may be trusted.
    pub fn survives(mut self, plan: &Plan, wanted: impl Fn(&str) -> Identity, dropped: &[AnchorId]) -> bool {
        if !self.all_talk() {
            return false;
        }
        for wave in plan.waves() {
            for (_, after) in moves(&self, wave, Self::take) {
                if !after.all_talk() {
                    return false;
                }
                self = after;
            }
        }
        self.has_reached(wanted, dropped)
    }

    fn has_reached(&self, wanted: impl Fn(&str) -> Identity, dropped: &[AnchorId]) -> bool {
        self.nodes.iter().all(|(name, node)| {
            let trusts = |stores: &Stores| dropped.iter().any(|anchor| stores.trust.contains(anchor));
            let unused_truststore = self.reads.dials_trust_disk && !self.reads.demands;
            let serves = node.processes.iter().all(|process| process.identity == wanted(name));
            serves && !trusts(&node.disk) && (unused_truststore || !node.processes.iter().any(trusts))
        })
    }

    fn take(&mut self, step: &Step) {
        let reads = self.reads;
        let node = &mut self.nodes.iter_mut().find(|(name, _)| name == step.node().as_str()).unwrap().1;
        match step.action() {
            Action::StageTrust(trust) => node.disk.trust = trust.clone(),
            Action::StageIdentity(identity) => node.disk.identity = identity.clone(),
            Action::Activate(Activation::Restart) => node.processes.clear(),
            Action::Activate(Activation::Reload) => node.reload(reads),
            other => panic!("a rotation does not {other}"),
        }
        let disk = node.disk.clone();
        add(&mut node.processes, disk);
    }

    fn all_talk(&self) -> bool {
        let nodes = || self.nodes.iter().map(|(_, node)| node);
        nodes().all(|a| nodes().filter(|b| a.group != b.group).all(|b| self.talks(a, b)))
    }

    fn talks(&self, client: &Node, server: &Node) -> bool {
        client.processes.iter().all(|dialling| {
            let trust = if self.reads.dials_trust_disk { &client.disk.trust } else { &dialling.trust };
            let offered = if self.reads.dials_offer_disk { &client.disk.identity } else { &dialling.identity };
            server.processes.iter().all(|serving| {
                trust.contains(serving.identity.anchor())
                    && (!self.reads.demands || serving.trust.contains(offered.anchor()))
            })
        })
    }
}

impl Node {
    fn reload(&mut self, reads: Reads) {
        let disk = self.disk.clone();
        for process in &mut self.processes {
            if reads.reloads_trust {
                process.trust = disk.trust.clone();
            }
            if reads.reloads_identity {
                process.identity = disk.identity.clone();
            }
        }
        self.processes.dedup();
    }
}

fn add(processes: &mut Vec<Stores>, stores: Stores) {
    if !processes.contains(&stores) {
        processes.push(stores);
    }
}
