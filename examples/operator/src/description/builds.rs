//! The builds that the nodes of a cluster run: one, except during an upgrade.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cassandra_props::Release;

use super::Build;

/// The builds that the nodes of a cluster run.
#[derive(Clone, Debug)]
pub struct Builds<'a> {
    usual: &'a Build,
    others: BTreeMap<&'a str, &'a Build>,
}

impl<'a> Builds<'a> {
    /// The builds of these nodes, in a cluster of the build `given`.
    ///
    /// If no node runs the build `given`, the first node's build takes its place.
    pub fn new(given: &'a Build, nodes: impl Iterator<Item = (&'a str, &'a Build)> + Clone) -> Self {
        let is_run = nodes.clone().any(|(_, build)| build == given);
        let usual = nodes.clone().next().filter(|_| !is_run).map_or(given, |(_, build)| build);
        Self { usual, others: nodes.filter(|(_, build)| *build != usual).collect() }
    }

    /// The build of all nodes that are not among the [`others`](Self::others).
    pub fn usual(&self) -> &'a Build {
        self.usual
    }

    /// The builds of the other nodes, by name.
    pub fn others(&self) -> &BTreeMap<&'a str, &'a Build> {
        &self.others
    }

    /// The build that a node runs.
    pub fn of(&self, node: &str) -> &'a Build {
        self.others.get(node).copied().unwrap_or(self.usual)
    }

    /// The different builds, the usual one first.
    pub fn different(&self) -> impl Iterator<Item = &'a Build> {
        let mut met = BTreeSet::new();
        std::iter::once(self.usual)
            .chain(self.others.values().copied())
            .filter(move |build| met.insert(build.to_string()))
    }

    /// Whether some node can reload its stores (from 4.0 on).
    ///
    /// `None` if the release of some node is unknown, and no node with a known release can reload its stores.
    pub fn some_reload(&self) -> Option<bool> {
        let reload: Vec<Option<bool>> = self.different().map(Build::reloads).collect();
        match (reload.contains(&Some(true)), reload.contains(&None)) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }

    /// Whether some nodes may run a release before this line, and others this line or later.
    ///
    /// Nodes of the same build are assumed to run the same release.
    pub fn may_span(&self, line: Release) -> bool {
        let different: Vec<BTreeSet<Release>> = self.different().map(Build::releases).collect();
        let is_before = |releases: &BTreeSet<Release>| releases.first().is_some_and(|first| !first.is_at_least(line));
        let is_after = |releases: &BTreeSet<Release>| releases.last().is_some_and(|last| last.is_at_least(line));
        let mut earlier = different.iter().enumerate().filter(|(_, releases)| is_before(releases));
        earlier.any(|(one, _)| different.iter().enumerate().any(|(other, releases)| other != one && is_after(releases)))
    }
}

impl fmt::Display for Builds<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let builds: Vec<String> = self.different().map(Build::to_string).collect();
        formatter.write_str(&builds.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nodes_run_is_told_apart_and_each_build_is_named_once() {
        let build = |text: &str| text.parse::<Build>().unwrap();
        let (usual, newer, edge) = (build("3.11.19"), build("4.0.19"), build("edge"));
        let same = Builds::new(&usual, [("a", &usual)].into_iter());
        assert_eq!((same.to_string().as_str(), same.some_reload()), ("3.11.19", Some(false)));
        let mixed = Builds::new(&usual, [("a", &newer), ("b", &newer), ("c", &usual)].into_iter());
        assert_eq!((mixed.to_string().as_str(), mixed.some_reload()), ("3.11.19 and 4.0.19", Some(true)));
        assert_eq!((mixed.of("b"), mixed.of("c")), (&newer, &usual));
        let unknown = Builds::new(&usual, [("a", &edge), ("b", &usual)].into_iter());
        assert_eq!(unknown.some_reload(), None);
    }

    #[test]
    fn a_build_that_no_node_runs_does_not_count() {
        let [given, older, newer] = ["4.0.19", "3.11.19", "4.1.10"].map(|text| text.parse::<Build>().unwrap());
        let all_older = Builds::new(&given, [("a", &older), ("b", &older)].into_iter());
        assert_eq!((all_older.to_string().as_str(), all_older.some_reload()), ("3.11.19", Some(false)));
        assert!(!all_older.may_span(Release::V4_0));
        let mixed = Builds::new(&given, [("a", &older), ("b", &newer)].into_iter());
        assert_eq!((mixed.to_string().as_str(), mixed.of("b")), ("3.11.19 and 4.1.10", &newer));
    }

    #[test]
    fn an_edge_of_unknown_version_may_be_on_either_side_of_a_line() {
        for (usual, other, spans) in [
            ("3.11.19", "4.0.19", true),
            ("4.0.19", "3.11.19", true),
            ("3.11.19", "edge", true),
            ("edge", "4.1.10", true),
            ("edge", "edge-4.53", true),
            ("4.0.19", "5.0.8", false),
            ("2.1.22", "edge-4.52.02", false),
            ("edge", "edge", false),
        ] {
            let [usual, other] = [usual, other].map(|text| text.parse::<Build>().unwrap());
            let builds = Builds::new(&usual, [("a", &other), ("b", &usual)].into_iter());
            assert_eq!(builds.may_span(Release::V4_0), spans, "{builds}");
        }
    }
}
