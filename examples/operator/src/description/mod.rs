//! A cluster as its operator describes it.

mod inventory;
mod keyspace;
pub(crate) mod release;

use std::net::IpAddr;

use anyhow::{Context as _, ensure};
use bridge::next_label;
use bridge::settings::internode_encryption;
use cassandra_props::{InternodeEncryption, Release};
use rotation_planner::{
    ClientAuth, Cluster, Identity, Mutability, Observed, Role, Scope, Semantics, Staging, TlsConfig, Trust,
};
use serde::{Deserialize, Serialize};

use crate::input::{Line, Name};

pub use keyspace::{ConsistencyLevel, Described};

/// A cluster: what every node has in common, and the nodes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The release of Cassandra, such as 4.0.17, or its line, such as 4.0.
    #[serde(with = "release")]
    pub cassandra: Release,
    /// Which pairs of nodes are encrypted.
    #[serde(default)]
    pub encryption: Encryption,
    /// `require_client_auth`.
    #[serde(default)]
    pub client_auth: bool,
    /// Where new stores are put.
    #[serde(default)]
    pub staging: Option<StagingChoice>,
    /// The keyspaces that must stay readable and writable.
    #[serde(default, rename = "keyspace")]
    pub keyspaces: Vec<Described>,
    /// The nodes.
    #[serde(rename = "node")]
    pub nodes: Vec<Node>,
}

/// `internode_encryption`, as it is or is to be.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Every pair.
    #[default]
    All,
    /// Pairs in different data centres.
    Dc,
    /// Pairs in different racks.
    Rack,
}

impl Encryption {
    /// The pairs of nodes, as the planner calls them.
    pub fn scope(self) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Dc => Scope::Dc,
            Self::Rack => Scope::Rack,
        }
    }

    /// The setting's value.
    pub fn setting(self) -> InternodeEncryption {
        internode_encryption(self.scope())
    }
}

/// Where new stores are put.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StagingChoice {
    /// In place of the old ones, under the same passwords.
    InPlace,
    /// The truststore in place, the keystore under a new path: what the procedure does.
    Documented,
    /// Both under new paths.
    NewPaths,
}

/// What a node speaks to others.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Plaintext, and it has no stores.
    Plain,
    /// TLS.
    #[default]
    Tls,
}

/// One node.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name, as in the Ansible inventory.
    pub name: Name,
    /// Its address, where it is known.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// Its data centre.
    #[serde(default = "dc1")]
    pub dc: Line,
    /// Its rack.
    #[serde(default = "ra1")]
    pub rack: Line,
    /// Whether the others have it among their seeds.
    #[serde(default)]
    pub seed: bool,
    /// Whether it must be left as it is.
    #[serde(default)]
    pub frozen: bool,
    /// What it speaks.
    #[serde(default)]
    pub speaks: Protocol,
    /// The label of the certificate that it serves; its name, if nothing is said.
    #[serde(default)]
    pub identity: Option<Name>,
    /// The label of the authority that issued it; none, if it is self-signed.
    #[serde(default)]
    pub issued_by: Option<Name>,
    /// The labels of what it trusts; every node's own, if nothing is said.
    #[serde(default)]
    pub trusts: Option<Vec<Name>>,
}

/// As Edge's installer calls it.
#[expect(clippy::expect_used, reason = "every character of it is seen")]
fn dc1() -> Line {
    "dc1".parse().expect("a name")
}

/// Likewise.
#[expect(clippy::expect_used, reason = "every character of it is seen")]
fn ra1() -> Line {
    "ra1".parse().expect("a name")
}

impl Description {
    /// Reads TOML.
    ///
    /// # Errors
    /// With the line and what is wrong with it.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        let description: Self = toml::from_str(text)?;
        ensure!(!description.nodes.is_empty(), "no [[node]] is described");
        Ok(description)
    }

    /// Reads what `nodetool status` prints. It does not say which version runs, nor who is a seed.
    ///
    /// # Errors
    /// If no node is in it, or one is not up: a cluster that is not whole is looked after first.
    pub fn from_nodetool_status(text: &str, cassandra: Release, speaks: Protocol) -> anyhow::Result<Self> {
        let mut dc = dc1();
        let mut nodes: Vec<Node> = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("Datacenter:") {
                dc = name.trim().parse()?;
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let (Some(state), Some(Ok(address))) = (words.first(), words.get(1).map(|word| word.parse())) else {
                continue;
            };
            ensure!(*state == "UN", "node {address} is {state}, not UN: look after it first");
            let rack = words.last().context("a node without a rack")?;
            let name = format!("node{}", nodes.len()).parse()?;
            let (address, dc, rack) = (Some(address), dc.clone(), rack.parse()?);
            let (seed, frozen) = (false, false);
            nodes.push(Node {
                name,
                address,
                dc,
                rack,
                seed,
                frozen,
                speaks,
                identity: None,
                issued_by: None,
                trusts: None,
            });
        }
        ensure!(!nodes.is_empty(), "no node is in it: is it what `nodetool status` prints?");
        let (encryption, client_auth, staging) = (Encryption::All, false, None);
        Ok(Self { cassandra, encryption, client_auth, staging, keyspaces: Vec::new(), nodes })
    }

    /// The cluster as the planner wants it: every node runs with what lies on its disk.
    ///
    /// # Errors
    /// If the planner finds it contradictory.
    pub fn cluster(&self) -> anyhow::Result<Cluster> {
        let all: Trust = self.nodes.iter().map(|node| node.served().anchor().clone()).collect();
        self.cluster_of(|node| {
            let trust =
                node.trusts.as_ref().map_or_else(|| all.clone(), |labels| labels.iter().map(Name::as_str).collect());
            Ok(Observed::settled(match node.speaks {
                Protocol::Plain => TlsConfig::plaintext(),
                Protocol::Tls => TlsConfig::tls(node.served(), trust),
            }))
        })
    }

    /// The same, with what was seen of each node.
    ///
    /// # Errors
    /// Those of `observed`, or if the planner finds it contradictory.
    pub fn cluster_of(&self, mut observed: impl FnMut(&Node) -> anyhow::Result<Observed>) -> anyhow::Result<Cluster> {
        let mut cluster = Cluster::new(self.encryption.scope(), self.semantics()?);
        for keyspace in &self.keyspaces {
            cluster.add_keyspace(keyspace.keyspace()?);
        }
        for node in &self.nodes {
            cluster.add_node(node.name.as_str(), node.dc.as_str(), node.rack.as_str(), observed(node)?)?;
            if node.seed {
                cluster.set_role(node.name.as_str(), Role::Seed)?;
            }
            if node.frozen {
                cluster.set_mutability(node.name.as_str(), Mutability::Frozen)?;
            }
        }
        Ok(cluster)
    }

    fn semantics(&self) -> anyhow::Result<Semantics> {
        let release = self.cassandra;
        let client_auth = if self.client_auth { ClientAuth::On } else { ClientAuth::Off };
        let semantics = bridge::settings::semantics(release, client_auth)?;
        Ok(semantics.with_staging(match self.staging {
            Some(StagingChoice::InPlace) => Staging::IN_PLACE,
            Some(StagingChoice::NewPaths) => Staging::NEW_PATHS,
            None if release.is_at_least(Release::V4_0) => Staging::IN_PLACE,
            Some(StagingChoice::Documented) | None => Staging::DOCUMENTED,
        }))
    }
}

impl Node {
    /// The identity that it serves.
    pub fn served(&self) -> Identity {
        self.labelled(self.identity.as_ref().unwrap_or(&self.name).as_str())
    }

    /// The one that it is to serve after a rotation, under the same authority if there is one: `node0` is followed by
    /// `node0-2`, that by `node0-3`.
    ///
    /// # Errors
    /// If the label ends in a number that has no successor.
    pub fn next(&self) -> anyhow::Result<Identity> {
        let served = self.served();
        Ok(self.labelled(&next_label(served.id().as_str())?))
    }

    fn labelled(&self, label: &str) -> Identity {
        match &self.issued_by {
            Some(authority) => Identity::new(label, authority.as_str()),
            None => Identity::self_signed(label),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nodetool_prints_is_a_description() {
        let text = "Datacenter: dc-1\n================\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n\
            --  Address     Load       Tokens  Owns   Host ID                               Rack\n\
            UN  192.0.2.11  1.2 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000001  ra1\n\
            UN  192.0.2.12  1.1 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000002  ra2\n\n\
            Datacenter: dc-2\n================\n\
            UN  2001:db8::1  1.1 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000003  ra1\n";
        let description = Description::from_nodetool_status(text, Release::V3_11, Protocol::Tls).unwrap();
        let seen: Vec<_> =
            description.nodes.iter().map(|node| (node.name.as_str(), node.dc.as_str(), node.rack.as_str())).collect();
        assert_eq!(seen, [("node0", "dc-1", "ra1"), ("node1", "dc-1", "ra2"), ("node2", "dc-2", "ra1")]);
        assert_eq!(description.nodes[2].address, "2001:db8::1".parse().ok());
        description.cluster().unwrap();
        let down = text.replace("UN  192.0.2.12", "DN  192.0.2.12");
        let error = Description::from_nodetool_status(&down, Release::V3_11, Protocol::Tls).unwrap_err();
        assert_eq!(error.to_string(), "node 192.0.2.12 is DN, not UN: look after it first");
        let error = Description::from_nodetool_status("", Release::V3_11, Protocol::Tls).unwrap_err();
        assert_eq!(error.to_string(), "no node is in it: is it what `nodetool status` prints?");
    }

    #[test]
    fn a_mistake_in_the_description_is_named_with_its_line() {
        let error = Description::from_toml("cassandra = \"3.11\"\n[[node]]\nname = \"a\"\nsead = true\n").unwrap_err();
        let said = error.to_string();
        assert!(said.contains("line 4") && said.contains("sead"), "{said}");
    }

    #[test]
    fn a_name_that_is_more_than_a_name_is_refused_with_its_line() {
        for (written, why) in [
            ("name = \"../../../evil\"", "is not made of letters"),
            ("name = \"{{ lookup('pipe', 'id') }}\"", "is not made of letters"),
            ("name = \"a:!b\"", "is not made of letters"),
            ("name = \"all\"", "is a group to Ansible"),
            ("name = \"-i\"", "begins with `.` or `-`"),
            ("name = \"n\"\nidentity = \"n\\n## Wave 0\"", "is not made of letters"),
            ("name = \"n\"\nissued_by = \"*\"", "is not made of letters"),
            ("name = \"n\"\ntrusts = [\"n\", \"<b>\"]", "is not made of letters"),
            ("name = \"n\"\nrack = \"a\\u001b[2J\"", "has characters that are not seen"),
            ("name = \"n\"\ndc = \"a\\u202eb\"", "has characters that are not seen"),
        ] {
            let error = Description::from_toml(&format!("cassandra = \"3.11\"\n[[node]]\n{written}\n")).unwrap_err();
            let said = error.to_string();
            assert!(said.contains("line ") && said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_rack_that_nodetool_prints_is_seen_whole() {
        let text = "UN  192.0.2.11  1.2 MiB  16  100.0%  6f1a3c3e-0000-0000-0000-000000000001  ra\u{1b}[2J\n";
        let error = Description::from_nodetool_status(text, Release::V3_11, Protocol::Tls).unwrap_err();
        assert_eq!(error.to_string(), "the name \"ra\\u{1b}[2J\" has characters that are not seen");
    }

    #[test]
    fn a_release_is_given_as_people_write_it_and_an_unknown_one_is_an_error_that_lists_the_known() {
        let of =
            |cassandra: &str| Description::from_toml(&format!("cassandra = \"{cassandra}\"\n[[node]]\nname = \"n\"\n"));
        let (line, release) = (of("4.0").unwrap(), of("4.0.17").unwrap());
        assert_eq!(release.cassandra.to_string(), "4.0.17");
        assert_eq!(release.cluster().unwrap(), line.cluster().unwrap());
        let error = of("6.0").unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("2.1, 2.2, 3.0, 3.11, 4.0, 4.1, 5.0"), "{error}");
    }

    #[test]
    fn generations_of_a_label_count_up() {
        let of = |toml: &str| {
            let description =
                Description::from_toml(&format!("cassandra = \"5.0\"\n[[node]]\nname = \"n\"\n{toml}")).unwrap();
            description.nodes[0].next().unwrap()
        };
        assert_eq!(of("").id().as_str(), "n-2");
        assert_eq!(of("identity = \"n-2\"").id().as_str(), "n-3");
        let issued = of("issued_by = \"ca\"");
        assert_eq!((issued.id().as_str(), issued.anchor().as_str()), ("n-2", "ca"));
    }
}
