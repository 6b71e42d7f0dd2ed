//! A cluster as its operator describes it.

mod build;
mod builds;
mod check;
mod client;
mod explained;
mod inventory;
mod keyspace;
mod node;
mod nodetool;
mod subject;

use std::collections::BTreeMap;
use std::net::IpAddr;

use anyhow::bail;
use bridge::settings::internode_encryption;
use cassandra_props::InternodeEncryption;
use rotation_planner::{
    ClientAuth, Cluster, Identity, Mutability, Observed, Role, Scope, Semantics, Staging, TlsConfig, Trust,
};
use serde::{Deserialize, Serialize};

use crate::input::{Line, Name};
use crate::status::Several;

pub use build::Build;
pub use builds::Builds;
pub use client::Client;
pub use explained::EXPLAINED;
pub use keyspace::{ConsistencyLevel, Described};
pub(crate) use node::NAMELESS;
pub use node::{Node, Protocol};

/// A cluster: its settings, keyspaces, nodes and clients.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The build of Cassandra, such as 4.0.17, 4.0 or edge-4.53.
    pub cassandra: Build,
    /// `internode_encryption`, if it is given.
    #[serde(default)]
    pub encryption: Option<Encryption>,
    /// `require_client_auth`, if it is given.
    #[serde(default)]
    pub client_auth: Option<bool>,
    /// The paths of new stores, if they are given.
    #[serde(default)]
    pub staging: Option<StagingChoice>,
    /// The subject of the nodes' certificates, if it is given; see [`subject_of`](Self::subject_of).
    #[serde(default)]
    pub subject: Option<Line>,
    /// The keyspaces that must stay readable and writable.
    #[serde(default, rename = "keyspace")]
    pub keyspaces: Vec<Described>,
    /// The nodes.
    #[serde(rename = "node")]
    pub nodes: Vec<Node>,
    /// The applications that connect to every node over TLS.
    #[serde(default, rename = "client")]
    pub clients: Vec<Client>,
}

/// The pairs of nodes that use TLS (`internode_encryption`).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// The pairs of nodes, in the planner's terms.
    pub fn scope(self) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Dc => Scope::Dc,
            Self::Rack => Scope::Rack,
        }
    }

    /// The pairs that a value of `internode_encryption` encrypts; `None` if it encrypts none.
    pub fn of_setting(setting: InternodeEncryption) -> Option<Self> {
        [Self::All, Self::Dc, Self::Rack].into_iter().find(|encryption| encryption.setting() == setting)
    }

    /// The value of `internode_encryption`.
    pub fn setting(self) -> InternodeEncryption {
        internode_encryption(self.scope())
    }
}

/// The paths of new stores.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StagingChoice {
    /// The paths of the old stores, with the same passwords.
    InPlace,
    /// The path of the old truststore and a new path for the keystore, as in Apigee's procedure.
    Documented,
    /// New paths for both stores.
    NewPaths,
}

impl StagingChoice {
    /// The paths of new stores, in the planner's terms.
    pub fn staging(self) -> Staging {
        match self {
            Self::InPlace => Staging::IN_PLACE,
            Self::Documented => Staging::DOCUMENTED,
            Self::NewPaths => Staging::NEW_PATHS,
        }
    }
}

impl Description {
    /// Reads a description in TOML.
    ///
    /// # Errors
    /// If the text is not a valid description.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        toml::from_str::<Self>(text)?.checked()
    }

    fn listed(cassandra: Build, nodes: Vec<Node>) -> anyhow::Result<Self> {
        let (encryption, client_auth, staging, subject) = (None, None, None, None);
        let (keyspaces, clients) = (Vec::new(), Vec::new());
        Self { cassandra, encryption, client_auth, staging, subject, keyspaces, nodes, clients }.checked()
    }

    /// The cluster for the planner, in which every node has loaded the files on its disk.
    ///
    /// # Errors
    /// If the planner does not know a release, a name is given twice, or a keyspace is invalid.
    pub fn cluster(&self) -> anyhow::Result<Cluster> {
        let all: Trust = self.nodes.iter().map(|node| node.served().anchor().clone()).collect();
        let mut cluster = self.cluster_of(|node| {
            let config = match node.speaks.unwrap_or_default() {
                Protocol::Plain => TlsConfig::plaintext(),
                Protocol::Tls => TlsConfig::tls(node.served(), trusted(node.trusts.as_deref(), &all)),
            };
            Ok(Observed::settled(match node.client_auth(None) {
                Some(client_auth) => config.with_client_auth(client_auth),
                None => config,
            }))
        })?;
        let changed = self.nodes.iter().filter(|node| !node.frozen);
        let new: Trust = changed.map(|node| node.next().anchor().clone()).collect();
        for client in &self.clients {
            let (name, place) = (client.name.as_str(), "clients");
            cluster.add_node(name, place, place, Observed::settled(client.config(&all, &new)))?;
            cluster.set_role(name, Role::Client)?.set_mutability(name, Mutability::Frozen)?;
        }
        Ok(cluster)
    }

    /// The cluster for the planner, with the observed state of each node.
    ///
    /// # Errors
    /// The errors of `observed` and of [`cluster`](Self::cluster).
    pub fn cluster_of(&self, mut observed: impl FnMut(&Node) -> anyhow::Result<Observed>) -> anyhow::Result<Cluster> {
        let mut cluster =
            Cluster::new(self.encryption.unwrap_or_default().scope(), self.semantics(self.builds().usual())?);
        for keyspace in &self.keyspaces {
            cluster.add_keyspace(keyspace.keyspace()?);
        }
        for node in &self.nodes {
            cluster.add_node(node.name.as_str(), node.dc(), node.rack(), observed(node)?)?;
            if let Some(build) = &node.cassandra {
                cluster.set_semantics(node.name.as_str(), self.semantics(build)?)?;
            }
            if let Some(encryption) = node.encryption {
                cluster.set_scope(node.name.as_str(), encryption.scope())?;
            }
            if node.seed {
                cluster.set_role(node.name.as_str(), Role::Seed)?;
            }
            if node.frozen {
                cluster.set_mutability(node.name.as_str(), Mutability::Frozen)?;
            }
        }
        Ok(cluster)
    }

    /// Refuses clients, which only a plan from a description supports.
    ///
    /// # Errors
    /// If a client is described.
    pub fn refuse_what_files_do_not_show(&self) -> anyhow::Result<()> {
        if let Some(client) = self.clients.first() {
            bail!(
                "{} is a client, and the files of the nodes do not show what clients trust: plan from the description (`plan \
                 --cluster`)",
                client.name
            );
        }
        Ok(())
    }

    /// Calls `read` for each node, and returns the results in order.
    ///
    /// # Errors
    /// If `read` fails for a node. The error contains the errors of all nodes, with the nodes' names.
    pub fn each<'a, T>(&'a self, mut read: impl FnMut(&'a Node) -> anyhow::Result<T>) -> anyhow::Result<Vec<T>> {
        let (mut values, mut errors) = (Vec::new(), Vec::new());
        for node in &self.nodes {
            match read(node) {
                Ok(value) => values.push(value),
                Err(error) => errors.push((&node.name, error)),
            }
        }
        Several::of(errors).map_or(Ok(values), Err)
    }

    /// The pairs that a node encrypts if it uses TLS; by default, every pair.
    pub fn encryption_of(&self, node: &Node) -> Encryption {
        node.encryption.or(self.encryption).unwrap_or_default()
    }

    /// The builds of all nodes.
    pub fn builds(&self) -> Builds<'_> {
        Builds::new(&self.cassandra, self.nodes.iter().map(|node| (node.name.as_str(), self.build_of(node))))
    }

    /// The build that a node runs.
    pub fn build_of<'a>(&'a self, node: &'a Node) -> &'a Build {
        node.cassandra.as_ref().unwrap_or(&self.cassandra)
    }

    /// The `address` of each node that has one, by the node's name.
    pub fn addresses(&self) -> BTreeMap<String, IpAddr> {
        self.nodes.iter().filter_map(|node| Some((node.name.to_string(), node.address?))).collect()
    }

    /// The paths of new stores.
    ///
    /// Defaults to [`InPlace`](StagingChoice::InPlace) if the [usual](Builds::usual) build is known to reload stores, otherwise to
    /// [`Documented`](StagingChoice::Documented).
    pub fn staging(&self) -> StagingChoice {
        let reloads = self.builds().usual().reloads() == Some(true);
        let usual = if reloads { StagingChoice::InPlace } else { StagingChoice::Documented };
        self.staging.unwrap_or(usual)
    }

    fn semantics(&self, build: &Build) -> anyhow::Result<Semantics> {
        // If `client_auth` is not given, nodes are assumed to require client certificates: a plan that is safe in that case is
        // also safe if they do not.
        let client_auth = if self.client_auth == Some(false) { ClientAuth::Off } else { ClientAuth::On };
        Ok(build.semantics(client_auth)?.with_staging(self.staging().staging()))
    }
}

fn trusted(labels: Option<&[Name]>, served: &Trust) -> Trust {
    labels.map_or_else(|| served.clone(), |labels| labels.iter().map(Name::as_str).collect())
}

fn labelled(label: &str, issued_by: Option<&Name>) -> Identity {
    match issued_by {
        Some(authority) => Identity::new(label, authority.as_str()),
        None => Identity::self_signed(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("name = \"n\"\nrack = \"a\\u001b[2J\"", "has invisible characters"),
            ("name = \"n\"\ndc = \"a\\u202eb\"", "has invisible characters"),
        ] {
            let error = Description::from_toml(&format!("cassandra = \"3.11\"\n[[node]]\n{written}\n")).unwrap_err();
            let said = error.to_string();
            assert!(said.contains("line ") && said.contains(why), "{said}");
        }
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

    fn planned(toml: &str) -> Result<rotation_planner::Plan, rotation_planner::Refusal> {
        let description = Description::from_toml(toml).unwrap();
        let next = description.nodes.iter().map(|node| (node.name.as_str(), node.next()));
        let goal = rotation_planner::Goal::rotate(next);
        rotation_planner::plan(&description.cluster().unwrap(), &goal, &rotation_planner::Preference::default())
    }

    fn three(own: &str, more: &str) -> String {
        let nodes = format!("[[node]]\nname = \"a\"\n{own}[[node]]\nname = \"b\"\n[[node]]\nname = \"c\"\n");
        format!("cassandra = \"3.11\"\nclient_auth = false\nstaging = \"in_place\"\n{nodes}{more}")
    }

    #[test]
    fn a_node_in_the_middle_of_an_upgrade_is_planned_as_what_it_runs() {
        let cost = |own: &str| planned(&three(own, "")).unwrap().cost();
        assert_eq!((cost("").restarts, cost("").reloads), (3, 0));
        let upgraded = cost("cassandra = \"4.0.17\"\n");
        assert_eq!((upgraded.restarts, upgraded.reloads), (2, 1));
        // Node a requires certificates. Its restart must precede those of the others, and can also load its new certificate.
        assert_eq!(cost("client_auth = true\n").restarts, 3);
    }

    #[test]
    fn what_a_client_does_not_trust_is_not_served() {
        let refusal = planned(&three("", "[[client]]\nname = \"app\"\n")).unwrap_err();
        assert_eq!(refusal.witness().map(|witness| witness.client.as_str()), Some("app"), "{refusal}");
        let of = |client: &str| format!("[[client]]\nname = \"app\"\n{client}");
        let mut by_authority = three("", &of("trusts = [\"ca\"]\n"));
        for node in ["a", "b", "c"] {
            let name = format!("name = \"{node}\"\n");
            by_authority = by_authority.replace(&name, &format!("{name}issued_by = \"ca\"\n"));
        }
        let plan = planned(&by_authority).unwrap();
        assert!(plan.steps().all(|step| step.node().as_str() != "app"), "{plan}");
        let twice = Description::from_toml(&three("", "[[client]]\nname = \"a\"\n")).unwrap_err().to_string();
        assert_eq!(twice, "a is the name of a client and of another client or node");
    }

    #[test]
    fn a_build_of_edges_is_planned_as_if_any_store_could_be_in_use() {
        let of = |cassandra: &str| {
            let toml = format!("cassandra = \"{cassandra}\"\nclient_auth = true\n[[node]]\nname = \"n\"\n");
            Description::from_toml(&toml).unwrap().cluster().unwrap().semantics()
        };
        for edge in ["edge", "edge-4.52.02"] {
            assert_eq!(of(edge), Semantics::conservative(ClientAuth::On));
        }
        assert_eq!(of("edge-4.53"), Semantics::conservative(ClientAuth::On).with_staging(Staging::IN_PLACE));
    }
}
