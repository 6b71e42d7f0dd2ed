//! One node of a description.

use std::net::IpAddr;

use rotation_planner::{ClientAuth, Identity};
use serde::{Deserialize, Serialize};

use super::{Build, Encryption, labelled};
use crate::input::{Line, Name};

/// The protocol that a node speaks to its peers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Plaintext, without stores.
    Plain,
    /// TLS.
    #[default]
    Tls,
}

pub(crate) const NAMELESS: &str = "has neither an address nor a host name: give it `address` or `hostnames` (in an inventory \
    `ansible_host`, as an IP address, or `cassandra_hostnames`)";

/// One node.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// The name, as in the Ansible inventory.
    pub name: Name,
    /// The address, if it is known.
    #[serde(default)]
    pub address: Option<IpAddr>,
    /// Other addresses at which peers dial the node.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// Host names at which peers dial the node.
    #[serde(default)]
    pub hostnames: Vec<Line>,
    /// A URI for the node's certificate, such as a SPIFFE ID.
    #[serde(default)]
    pub uri: Option<Line>,
    /// The subject of the node's certificate, if it differs from the cluster's.
    #[serde(default)]
    pub subject: Option<Line>,
    /// The data centre, if it is known.
    #[serde(default)]
    pub dc: Option<Line>,
    /// The rack, if it is known.
    #[serde(default)]
    pub rack: Option<Line>,
    /// The build, if it differs from the cluster's.
    #[serde(default)]
    pub cassandra: Option<Build>,
    /// `internode_encryption`, if it differs from the cluster's.
    #[serde(default)]
    pub encryption: Option<Encryption>,
    /// `require_client_auth`, if it differs from the cluster's.
    #[serde(default)]
    pub client_auth: Option<bool>,
    /// Whether the other nodes list this node among their seeds.
    #[serde(default)]
    pub seed: bool,
    /// Whether the node must not be changed or restarted.
    #[serde(default)]
    pub frozen: bool,
    /// The protocol that the node speaks now.
    ///
    /// Defaults to TLS. For `enable` and `disable`, a plan from the description alone requires a value.
    #[serde(default)]
    pub speaks: Option<Protocol>,
    /// The label of the node's certificate. Defaults to the node's name.
    #[serde(default)]
    pub identity: Option<Name>,
    /// The label of the issuing authority; `None` if the certificate is self-signed.
    #[serde(default)]
    pub issued_by: Option<Name>,
    /// The labels of the certificates and authorities that the node trusts.
    ///
    /// Defaults to the anchors of all nodes.
    #[serde(default)]
    pub trusts: Option<Vec<Name>>,
}

impl Node {
    /// A node with a name and no other fields.
    pub fn named(name: Name) -> Self {
        Self {
            name,
            address: None,
            addresses: Vec::new(),
            hostnames: Vec::new(),
            uri: None,
            subject: None,
            dc: None,
            rack: None,
            cassandra: None,
            encryption: None,
            client_auth: None,
            seed: false,
            frozen: false,
            speaks: None,
            identity: None,
            issued_by: None,
            trusts: None,
        }
    }

    /// The first host name without a wildcard, at which the node can be dialled.
    pub(crate) fn hostname(&self) -> Option<&str> {
        self.hostnames.iter().map(Line::as_str).find(|host| !host.starts_with('*'))
    }

    /// The data centre, by default `dc1`.
    pub fn dc(&self) -> &str {
        self.dc.as_ref().map_or("dc1", Line::as_str)
    }

    /// The rack, by default `ra1`.
    pub fn rack(&self) -> &str {
        self.rack.as_ref().map_or("ra1", Line::as_str)
    }

    /// The identity that the node serves if it speaks TLS.
    pub fn served(&self) -> Identity {
        labelled(self.identity.as_ref().unwrap_or(&self.name).as_str(), self.issued_by.as_ref())
    }

    /// The identity that the node serves after a rotation.
    ///
    /// The label after `node0` is `node0, new`, which no description can contain. An authority that issued the old
    /// certificate also issues the new one.
    pub fn next(&self) -> Identity {
        labelled(&format!("{}, new", self.served().id()), self.issued_by.as_ref())
    }

    /// Whether the node requires client certificates: its own value, otherwise `of_all`.
    ///
    /// Returns `None` if neither is given.
    pub fn client_auth(&self, of_all: Option<bool>) -> Option<ClientAuth> {
        self.client_auth.or(of_all).map(|on| if on { ClientAuth::On } else { ClientAuth::Off })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Description;

    #[test]
    fn the_next_label_is_the_one_before_and_that_it_is_new() {
        let of = |toml: &str| {
            let description =
                Description::from_toml(&format!("cassandra = \"5.0\"\n[[node]]\nname = \"n\"\n{toml}")).unwrap();
            description.nodes[0].next()
        };
        assert_eq!(of("").id().as_str(), "n, new");
        assert_eq!(of("identity = \"n-2\"").id().as_str(), "n-2, new");
        let issued = of("issued_by = \"ca\"");
        assert_eq!((issued.id().as_str(), issued.anchor().as_str()), ("n, new", "ca"));
    }
}
