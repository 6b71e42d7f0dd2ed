//! Checks a description for contradictions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};

use super::{Described, Description, Encryption, Node};

impl Description {
    pub(crate) fn checked(self) -> anyhow::Result<Self> {
        ensure!(!self.nodes.is_empty(), "no [[node]] is described");
        self.names_are_different()?;
        self.places_are_whole()?;
        self.labels_are_different()?;
        self.keyspaces.iter().try_for_each(|keyspace| self.has_nodes_for(keyspace))?;
        self.nodes.iter().try_for_each(|node| self.subject_of(node).map(drop))?;
        Ok(self)
    }

    fn names_are_different(&self) -> anyhow::Result<()> {
        let mut met = BTreeSet::new();
        for node in &self.nodes {
            ensure!(met.insert(&node.name), "two nodes are called {}", node.name);
        }
        for client in &self.clients {
            ensure!(met.insert(&client.name), "{} is the name of a client and of another client or node", client.name);
        }
        Ok(())
    }

    /// Checks that `dc`, `rack` and `encryption` fit together.
    ///
    /// If only some nodes have a `dc` or a `rack`, the others would silently get the default.
    fn places_are_whole(&self) -> anyhow::Result<()> {
        self.all_or_none("dc", |node| node.dc.is_some())?;
        self.all_or_none("rack", |node| node.rack.is_some())?;
        let dcs: BTreeSet<&str> = self.nodes.iter().map(Node::dc).collect();
        let racks: BTreeSet<_> = self.nodes.iter().map(|node| (node.dc(), node.rack())).collect();
        match self.encryption {
            Some(Encryption::Dc) if dcs.len() < 2 => bail!(
                "encryption = \"dc\" encrypts nothing if every node is in one data centre: give each node its `dc`"
            ),
            Some(Encryption::Rack) if racks.len() < 2 => {
                bail!("encryption = \"rack\" encrypts nothing if every node is in one rack: give each node its `rack`")
            }
            _ => Ok(()),
        }
    }

    fn all_or_none(&self, field: &str, has: impl Fn(&Node) -> bool) -> anyhow::Result<()> {
        let with = self.nodes.iter().find(|node| has(node));
        let without = self.nodes.iter().find(|node| !has(node));
        if let (Some(with), Some(without)) = (with, without) {
            bail!(
                "{} has a `{field}`, but {} has none: set it for every node or for none (`cassandra_{field}` in an inventory)",
                with.name,
                without.name
            );
        }
        Ok(())
    }

    fn labels_are_different(&self) -> anyhow::Result<()> {
        let by_default: BTreeSet<_> =
            self.nodes.iter().filter(|node| node.identity.is_none()).map(|node| &node.name).collect();
        let served: BTreeMap<_, _> = self
            .nodes
            .iter()
            .filter(|node| node.issued_by.is_none())
            .map(|node| (node.identity.as_ref().unwrap_or(&node.name), node))
            .collect();
        for node in &self.nodes {
            if let Some(label) = node.identity.as_ref().filter(|label| **label != node.name) {
                ensure!(
                    !by_default.contains(label),
                    "{} has the identity {label}, which is also the label of {label}'s certificate: give one of these \
                     nodes another `identity`",
                    node.name
                );
            }
            if let Some((authority, other)) = node.issued_by.as_ref().and_then(|label| served.get_key_value(label)) {
                bail!(
                    "{} is issued by {authority}, which is also the label of {}'s self-signed certificate: give the \
                     authority or the certificate another label",
                    node.name,
                    other.name
                );
            }
        }
        Ok(())
    }

    fn has_nodes_for(&self, keyspace: &Described) -> anyhow::Result<()> {
        let dcs: BTreeSet<&str> = self.nodes.iter().map(Node::dc).collect();
        let Some(dc) = keyspace.replicas.keys().find(|dc| !dcs.contains(dc.as_str())) else { return Ok(()) };
        let given = if self.nodes.iter().any(|node| node.dc.is_some()) { "" } else { " (no node has a `dc`)" };
        let dcs: Vec<&str> = dcs.into_iter().collect();
        bail!(
            "keyspace {} has replicas in the data centre {dc}, which has no nodes: the nodes are in {}{given}",
            keyspace.name,
            dcs.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(toml: &str) -> String {
        Description::from_toml(&format!("cassandra = \"3.11\"\n{toml}")).unwrap_err().to_string()
    }

    #[test]
    fn a_keyspace_in_a_data_centre_without_nodes_is_an_error() {
        let keyspace = "[[keyspace]]\nname = \"kms\"\nreplicas = { dc1 = 3 }\nconsistency = \"local_quorum\"\n";
        let said = refused(&format!("[[node]]\nname = \"a\"\ndc = \"dc-1\"\n{keyspace}"));
        assert_eq!(said, "keyspace kms has replicas in the data centre dc1, which has no nodes: the nodes are in dc-1");
        let said = refused(&format!("[[node]]\nname = \"a\"\n{}", keyspace.replace("dc1", "dc-1")));
        assert!(said.ends_with("the nodes are in dc1 (no node has a `dc`)"), "{said}");
    }

    #[test]
    fn a_place_is_given_for_each_node_or_for_none_and_the_scope_has_pairs() {
        for (toml, said) in [
            ("[[node]]\nname = \"a\"\ndc = \"x\"\n[[node]]\nname = \"b\"\n", "a has a `dc`, but b has none"),
            ("[[node]]\nname = \"a\"\n[[node]]\nname = \"b\"\nrack = \"x\"\n", "b has a `rack`, but a has none"),
            ("encryption = \"dc\"\n[[node]]\nname = \"a\"\n", "give each node its `dc`"),
            ("encryption = \"rack\"\n[[node]]\nname = \"a\"\n", "give each node its `rack`"),
            ("[[node]]\nname = \"a\"\n[[node]]\nname = \"a\"\n", "two nodes are called a"),
        ] {
            assert!(refused(toml).contains(said), "{}", refused(toml));
        }
    }

    #[test]
    fn a_label_is_one_certificate() {
        let said = refused("[[node]]\nname = \"db-1\"\nidentity = \"db-2\"\n[[node]]\nname = \"db-2\"\n");
        assert!(
            said.starts_with("db-1 has the identity db-2, which is also the label of db-2's certificate"),
            "{said}"
        );
        let said = refused("[[node]]\nname = \"a\"\nissued_by = \"b\"\n[[node]]\nname = \"b\"\n");
        assert!(said.starts_with("a is issued by b, which is also the label of b's self-signed certificate"), "{said}");
        // Nodes may share one certificate.
        let shared = "[[node]]\nname = \"a\"\nidentity = \"wild\"\n[[node]]\nname = \"b\"\nidentity = \"wild\"\n";
        Description::from_toml(&format!("cassandra = \"3.11\"\n{shared}")).unwrap();
    }
}
