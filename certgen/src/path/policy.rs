//! Certificate policies, with anyPolicy as the initial policy.
//!
//! The rules are those of `sun.security.provider.certpath.PolicyChecker` and RFC 5280, section 6.1.

use super::certificate::Certificate;

const ANY_POLICY: &[u8] = &[0x55, 0x1d, 32, 0];

/// The maximum number of nodes in a tree, which bounds memory and time.
const MAX_NODES: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// A policy is required, and the tree is empty.
    NoneLeft,
    /// A policy mapping names anyPolicy.
    MapsAny,
    /// The tree would have more than [`MAX_NODES`] nodes.
    TooMany,
}

/// The policy tree and the three counters of RFC 5280, section 6.1.2.
#[derive(Debug)]
pub(super) struct Policies {
    tree: Option<Tree>,
    explicit_policy: i32,
    policy_mapping: i32,
    inhibit_any: i32,
    /// The number of certificates on the path.
    length: usize,
    /// The position of the next certificate on the path, from 1.
    depth: usize,
}

#[derive(Debug)]
struct Tree {
    /// The nodes, the root first.
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    parent: usize,
    depth: usize,
    policy: Vec<u8>,
    expected: Vec<Vec<u8>>,
    /// The origin of the expected policies.
    origin: Origin,
    removed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Certificate,
    Mapping,
}

impl Policies {
    pub(super) fn new(length: usize) -> Self {
        let skip = i32::try_from(length).unwrap_or(i32::MAX).saturating_add(1);
        let root = Node {
            parent: 0,
            depth: 0,
            policy: ANY_POLICY.to_vec(),
            expected: vec![ANY_POLICY.to_vec()],
            origin: Origin::Certificate,
            removed: false,
        };
        Self {
            tree: Some(Tree { nodes: vec![root] }),
            explicit_policy: skip,
            policy_mapping: skip,
            inhibit_any: skip,
            length,
            depth: 1,
        }
    }

    /// Processes the next certificate, from the anchor down.
    pub(super) fn check(&mut self, certificate: &Certificate) -> Result<(), Violation> {
        self.process(certificate)?;
        if self.depth != self.length {
            self.count(certificate);
        }
        self.depth += 1;
        Ok(())
    }

    fn process(&mut self, certificate: &Certificate) -> Result<(), Violation> {
        let last = self.depth == self.length;
        let tree = self.tree.take();
        self.tree = match (tree, &certificate.extensions.policies) {
            (Some(mut tree), Some(policies)) => {
                tree.add(self.depth, policies)?;
                if self.inhibit_any > 0 || (!last && certificate.is_self_issued()) {
                    tree.add_any(self.depth, policies)?;
                }
                tree.pruned(self.depth)
            }
            _ => None,
        };
        if !last
            && let Some(mappings) = &certificate.extensions.policy_mappings
            && let Some(mut tree) = self.tree.take()
        {
            let removed = tree.map(self.depth, mappings, self.policy_mapping)?;
            self.tree = if removed { tree.pruned(self.depth) } else { Some(tree) };
        }
        let required = if last { self.explicit_at_end(certificate) } else { self.explicit_policy };
        if required == 0 && self.tree.is_none() { Err(Violation::NoneLeft) } else { Ok(()) }
    }

    /// The final value of `explicit_policy`.
    ///
    /// The last certificate may decrement the counter or set it to 0.
    fn explicit_at_end(&self, certificate: &Certificate) -> i32 {
        match certificate.extensions.require_explicit_policy {
            Some(0) => 0,
            _ => less(self.explicit_policy, certificate),
        }
    }

    fn count(&mut self, certificate: &Certificate) {
        let extensions = &certificate.extensions;
        let limited = |counter: i32, limit: Option<i32>| {
            let counter = less(counter, certificate);
            limit.map_or(counter, |limit| counter.min(limit))
        };
        self.explicit_policy = limited(self.explicit_policy, extensions.require_explicit_policy);
        self.policy_mapping = limited(self.policy_mapping, extensions.inhibit_policy_mapping);
        self.inhibit_any = limited(self.inhibit_any, extensions.inhibit_any_policy);
    }
}

fn less(counter: i32, certificate: &Certificate) -> i32 {
    if counter > 0 && !certificate.is_self_issued() { counter - 1 } else { counter }
}

impl Tree {
    fn at(&self, depth: usize) -> Vec<usize> {
        let alive = |(place, node): (usize, &Node)| (node.depth == depth && !node.removed).then_some(place);
        self.nodes.iter().enumerate().filter_map(alive).collect()
    }

    fn expecting(&self, depth: usize, policy: &[u8]) -> Vec<usize> {
        let expects = |place: &usize| {
            self.nodes.get(*place).is_some_and(|node| node.expected.iter().any(|expected| expected == policy))
        };
        self.at(depth).into_iter().filter(expects).collect()
    }

    fn push(&mut self, parent: usize, policy: &[u8], expected: &[u8], origin: Origin) -> Result<(), Violation> {
        if self.nodes.len() >= MAX_NODES {
            return Err(Violation::TooMany);
        }
        let depth = self.nodes.get(parent).map_or(0, |parent| parent.depth + 1);
        let (policy, expected) = (policy.to_vec(), vec![expected.to_vec()]);
        self.nodes.push(Node { parent, depth, policy, expected, origin, removed: false });
        Ok(())
    }

    /// Adds nodes for the policies other than anyPolicy (RFC 5280, section 6.1.3 (d) (1)).
    fn add(&mut self, depth: usize, policies: &[Vec<u8>]) -> Result<(), Violation> {
        self.nodes.iter_mut().for_each(|node| node.origin = Origin::Certificate);
        for policy in policies.iter().filter(|policy| *policy != ANY_POLICY) {
            let mut parents = self.expecting(depth - 1, policy);
            if parents.is_empty() {
                parents = self.expecting(depth - 1, ANY_POLICY);
            }
            for parent in parents {
                self.push(parent, policy, policy, Origin::Certificate)?;
            }
        }
        Ok(())
    }

    /// Adds the policies that anyPolicy allows (RFC 5280, section 6.1.3 (d) (2)).
    fn add_any(&mut self, depth: usize, policies: &[Vec<u8>]) -> Result<(), Violation> {
        if policies.iter().any(|policy| policy == ANY_POLICY) {
            for parent in self.at(depth - 1) {
                self.add_expected(parent)?;
            }
        }
        Ok(())
    }

    fn add_expected(&mut self, parent: usize) -> Result<(), Violation> {
        let expected = self.nodes.get(parent).map(|node| node.expected.clone()).unwrap_or_default();
        for policy in expected {
            let child = |node: &Node| node.parent == parent && node.depth > 0 && !node.removed && node.policy == policy;
            if !self.nodes.iter().any(child) {
                self.push(parent, &policy, &policy, Origin::Certificate)?;
            }
        }
        Ok(())
    }

    /// Applies policy mappings (RFC 5280, section 6.1.4 (a) and (b)).
    ///
    /// Returns whether a node was removed.
    fn map(&mut self, depth: usize, mappings: &[(Vec<u8>, Vec<u8>)], counter: i32) -> Result<bool, Violation> {
        let mut removed = false;
        for (issuer, subject) in mappings {
            if issuer == ANY_POLICY || subject == ANY_POLICY {
                return Err(Violation::MapsAny);
            }
            let valid = self.valid(depth, issuer);
            for place in &valid {
                let Some(node) = self.nodes.get_mut(*place) else { continue };
                if counter == 0 {
                    node.removed = true;
                    removed = true;
                } else {
                    if std::mem::replace(&mut node.origin, Origin::Mapping) == Origin::Certificate {
                        node.expected.clear();
                    }
                    node.expected.push(subject.clone());
                }
            }
            if valid.is_empty() && counter != 0 {
                for place in self.valid(depth, ANY_POLICY) {
                    let parent = self.nodes.get(place).map_or(0, |node| node.parent);
                    self.push(parent, issuer, subject, Origin::Mapping)?;
                }
            }
        }
        Ok(removed)
    }

    fn valid(&self, depth: usize, policy: &[u8]) -> Vec<usize> {
        let has = |place: &usize| self.nodes.get(*place).is_some_and(|node| node.policy == policy);
        self.at(depth).into_iter().filter(has).collect()
    }

    /// Removes the branches that do not reach `depth`; `None` if no branch is left.
    fn pruned(mut self, depth: usize) -> Option<Self> {
        for level in (0..depth).rev() {
            let mut parents = vec![false; self.nodes.len()];
            for place in self.at(level + 1) {
                let parent = self.nodes.get(place).map_or(0, |node| node.parent);
                if let Some(has_child) = parents.get_mut(parent) {
                    *has_child = true;
                }
            }
            for place in self.at(level) {
                if let Some(node) = self.nodes.get_mut(place).filter(|_| parents.get(place) == Some(&false)) {
                    node.removed = true;
                }
            }
        }
        self.nodes.first().is_some_and(|root| !root.removed).then_some(self)
    }
}
