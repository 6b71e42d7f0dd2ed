//! The nodes that others may see as down before each wave and after the last.
//!
//! A gate that waited for these nodes might never pass.

use std::collections::{BTreeMap, BTreeSet};

use rotation_planner::{Checker, Cluster, Plan};
use serde::Serialize;

use crate::input::Name;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Cut {
    down: BTreeSet<Name>,
    /// For each node, the peers that it may see as down.
    pairs: BTreeMap<Name, BTreeSet<Name>>,
}

/// The cuts before each wave and after the last one.
///
/// If the plan is not safe, `breaks` says why, and no node is expected to be up after the first unsafe wave.
pub(super) struct Cuts {
    pub(super) before: Vec<Cut>,
    pub(super) breaks: Option<String>,
}

impl Cuts {
    pub(super) fn of(cluster: &Cluster, plan: &Plan) -> anyhow::Result<Self> {
        let (mut cluster, mut checker) = (cluster.clone(), Checker::never_worse(cluster)?);
        let mut cuts = Self { before: vec![Cut::now(&cluster, &checker)?], breaks: None };
        for wave in plan.waves() {
            for step in wave.steps() {
                cluster.apply(step)?;
                if cuts.breaks.is_none() {
                    cuts.breaks = checker.apply(step).err().map(|error| error.to_string());
                }
            }
            cuts.before.push(if cuts.breaks.is_none() { Cut::now(&cluster, &checker)? } else { Cut::all(&cluster)? });
        }
        Ok(cuts)
    }
}

impl Cut {
    fn now(cluster: &Cluster, checker: &Checker) -> anyhow::Result<Self> {
        let stopped = cluster.nodes().filter(|(_, node)| node.observed().loaded().is_none());
        let down = stopped.map(|(name, _)| Ok(name.as_str().parse()?)).collect::<anyhow::Result<_>>()?;
        let mut pairs: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        if checker.is_broken() {
            for (one, other) in checker.broken_pairs() {
                let (one, other): (Name, Name) = (one.as_str().parse()?, other.as_str().parse()?);
                pairs.entry(one.clone()).or_default().insert(other.clone());
                pairs.entry(other).or_default().insert(one);
            }
        }
        Ok(Self { down, pairs })
    }

    fn all(cluster: &Cluster) -> anyhow::Result<Self> {
        let down = cluster.nodes().map(|(name, _)| Ok(name.as_str().parse()?)).collect::<anyhow::Result<_>>()?;
        Ok(Self { down, pairs: BTreeMap::new() })
    }
}

#[cfg(test)]
mod tests {
    use rotation_planner::{
        ClientAuth, Goal, Identity, Observed, Preference, Scope, Semantics, Staging, TlsConfig, Trust, plan,
    };

    use super::*;

    fn identity(node: &str, age: &str) -> Identity {
        Identity::self_signed(&format!("{node}-{age}"))
    }

    /// `b` serves a new certificate that no node trusts yet; `c` is down.
    #[test]
    fn what_is_cut_or_down_is_known_of_each_wave() {
        let semantics = Semantics::cassandra(5, 0, 6, ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
        let mut cluster = Cluster::new(Scope::All, semantics);
        let trust: Trust = ["a", "b", "c"].map(|node| identity(node, "old").anchor().clone()).into_iter().collect();
        let setup = |node: &str, age: &str| TlsConfig::tls(identity(node, age), trust.clone());
        cluster.add_node("a", "dc1", "r1", Observed::settled(setup("a", "old"))).unwrap();
        cluster.add_node("b", "dc1", "r1", Observed::settled(setup("b", "new"))).unwrap();
        cluster.add_node("c", "dc1", "r1", Observed::stopped(setup("c", "old"))).unwrap();
        let goal = Goal::rotate(["a", "b", "c"].map(|node| (node, identity(node, "new")))).dropping_unused();
        let plan = plan(&cluster, &goal, &Preference::default()).unwrap();
        let cuts = Cuts::of(&cluster, &plan).unwrap();
        assert_eq!((cuts.before.len(), cuts.breaks), (plan.waves().len() + 1, None));
        let text = |cut: &Cut| serde_json::to_string(cut).unwrap();
        // No gate asks for the peers of a node that is down.
        let first = r#"{"down":["c"],"pairs":{"a":["b"],"b":["a"]}}"#;
        assert_eq!(text(cuts.before.first().unwrap()), first);
        assert_eq!(text(cuts.before.last().unwrap()), r#"{"down":[],"pairs":{}}"#);
    }
}
