//! Reads a cluster from the output of `ansible-inventory --list`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use anyhow::{Context as _, bail, ensure};
use rotation_planner::NodeName;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::input::{Line, Name};

use super::{Build, Description, Node};

#[derive(Deserialize)]
struct Inventory {
    #[serde(rename = "_meta")]
    meta: Meta,
    #[serde(flatten)]
    groups: BTreeMap<String, Group>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    hostvars: BTreeMap<String, Map<String, Value>>,
}

#[derive(Default, Deserialize)]
struct Group {
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    children: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Variables {
    ansible_host: Option<String>,
    #[serde(default)]
    cassandra_addresses: Vec<IpAddr>,
    #[serde(default)]
    cassandra_hostnames: Vec<Line>,
    cassandra_uri: Option<Line>,
    cassandra_subject: Option<Line>,
    cassandra_issued_by: Option<String>,
    #[serde(alias = "dc")]
    cassandra_dc: Option<String>,
    #[serde(alias = "rack")]
    cassandra_rack: Option<String>,
    #[serde(default)]
    cassandra_seed: bool,
}

const NOT_AN_INVENTORY: &str = "cannot be read as the output of `ansible-inventory --list`; write the file with \
    `ansible-inventory -i INVENTORY --list > inventory.json`";

impl Description {
    /// Reads the hosts of a group from the output of `ansible-inventory --list`.
    ///
    /// The hosts of all groups below `group` are included. A host becomes a node with the same name. The node's address is
    /// `ansible_host` (by default the name) if that is an IP address. Other variables, such as `cassandra_rack`, give other
    /// fields of [`Node`]; [`EXPLAINED`](super::EXPLAINED) lists all variables. Nodes are in the natural order of their names.
    ///
    /// # Errors
    /// If the text cannot be read as that output, if a group does not exist or `group` has no hosts, if a host's name is not a
    /// valid [`Name`], or if the variables are invalid or contradict each other.
    pub fn from_inventory(text: &str, group: &str, cassandra: Build) -> anyhow::Result<Self> {
        let inventory: Inventory = serde_json::from_str(text).context(NOT_AN_INVENTORY)?;
        let hosts = inventory.hosts(group)?;
        ensure!(!hosts.is_empty(), "the group {group} has no hosts");
        let nodes = hosts.into_iter().map(|host| {
            let known = inventory.meta.hostvars.get(host.as_str());
            let known = known.map_or_else(|| Ok(Variables::default()), |known| Variables::of(host.as_str(), known))?;
            let mut node = Node::named(host.as_str().parse::<Name>()?);
            node.address = known.ansible_host.as_deref().unwrap_or(host.as_str()).parse().ok();
            (node.addresses, node.hostnames) = (known.cassandra_addresses, known.cassandra_hostnames);
            (node.uri, node.subject) = (known.cassandra_uri, known.cassandra_subject);
            node.dc = known.cassandra_dc.map(Line::try_from).transpose()?;
            node.rack = known.cassandra_rack.map(Line::try_from).transpose()?;
            node.seed = known.cassandra_seed;
            let issuer = known.cassandra_issued_by.as_deref().map(str::parse).transpose();
            node.issued_by = issuer.with_context(|| format!("cassandra_issued_by of {host}"))?;
            Ok(node)
        });
        Self::listed(cassandra, nodes.collect::<anyhow::Result<_>>()?)
    }
}

impl Variables {
    /// Reads the variables of a host.
    ///
    /// An error names the first variable that cannot be read.
    fn of(host: &str, known: &Map<String, Value>) -> anyhow::Result<Self> {
        Self::deserialize(known).or_else(|error| {
            for (name, value) in known {
                let alone = Map::from_iter([(name.clone(), value.clone())]);
                Self::deserialize(&alone).with_context(|| format!("{name} of {host}"))?;
            }
            Err(error).with_context(|| format!("the variables of {host}"))
        })
    }
}

impl Inventory {
    fn hosts(&self, group: &str) -> anyhow::Result<BTreeSet<NodeName>> {
        let (mut hosts, mut met, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![group]);
        while let Some(name) = open.pop() {
            if !met.insert(name) {
                continue;
            }
            let Some(found) = self.groups.get(name) else {
                let known: Vec<_> = self.groups.keys().map(String::as_str).collect();
                bail!("there is no group {name}: there are {}", known.join(", "));
            };
            hosts.extend(found.hosts.iter().map(|host| NodeName::from(host.as_str())));
            open.extend(found.children.iter().map(String::as_str));
        }
        Ok(hosts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of `ansible-inventory -i hosts.yml --list` of ansible-core 2.19.
    const LIST: &str = r#"{
        "_meta": {
            "hostvars": {
                "cass1": { "ansible_host": "192.0.2.11", "cassandra_rack": "ra1", "cassandra_seed": true },
                "cass2": { "ansible_host": "192.0.2.12", "cassandra_rack": "ra2" },
                "192.0.2.13": { "cassandra_rack": "ra3" },
                "web1": { "ansible_host": "192.0.2.99" }
            },
            "profile": "inventory_legacy"
        },
        "all": { "children": ["ungrouped", "cassandra", "web"] },
        "cassandra": { "children": ["ring"] },
        "ring": { "hosts": ["cass2", "cass1", "192.0.2.13"] },
        "web": { "hosts": ["web1"] }
    }"#;

    fn release() -> Build {
        "4.0".parse().unwrap()
    }

    #[test]
    fn the_hosts_of_a_group_are_the_nodes() {
        let description = Description::from_inventory(LIST, "cassandra", release()).unwrap();
        let seen: Vec<_> = description.nodes.iter().map(|node| (node.name.as_str(), node.rack(), node.seed)).collect();
        assert_eq!(seen, [("192.0.2.13", "ra3", false), ("cass1", "ra1", true), ("cass2", "ra2", false)]);
        assert_eq!(description.nodes[0].address, "192.0.2.13".parse().ok());
        assert_eq!(description.nodes[1].address, "192.0.2.11".parse().ok());
        description.cluster().unwrap();
        let list = LIST.replace("\"cassandra_rack\": \"ra2\"", "\"cassandra_rack2\": \"ra2\"");
        let error = Description::from_inventory(&list, "cassandra", release()).unwrap_err().to_string();
        assert!(error.contains("cass2 has none") && error.contains("`cassandra_rack` in an inventory"), "{error}");
    }

    /// A deserializer whose error is the list of a struct's fields.
    struct Fields;

    impl<'de> serde::Deserializer<'de> for Fields {
        type Error = serde::de::value::Error;

        fn deserialize_struct<V: serde::de::Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom(fields.join(" ")))
        }

        fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("not a struct"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    #[test]
    fn every_variable_that_is_read_is_explained_and_every_explained_one_is_read() {
        let fields = Variables::deserialize(Fields).err().unwrap().to_string();
        let read: BTreeSet<&str> = fields.split(' ').collect();
        let (_, listed) = crate::description::EXPLAINED.split_once("These variables of a host are read").unwrap();
        let mut explained = BTreeSet::new();
        for line in listed.lines().filter_map(|line| line.strip_prefix("#   ")) {
            explained.extend(line.split_whitespace().next());
            explained.extend(line.split_once("under the name ").map(|(_, other)| other.trim_end_matches(')')));
        }
        assert_eq!(explained, read);
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate.md");
        let page = std::fs::read_to_string(page).unwrap();
        let absent: Vec<_> = read.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
        assert!(absent.is_empty(), "docs/operate.md does not name {absent:?}");
    }

    #[test]
    fn every_variable_sets_its_field() {
        let list = r#"{ "_meta": { "hostvars": { "db-1": {
            "ansible_host": "192.0.2.1", "cassandra_dc": "dc9", "cassandra_rack": "ra9", "cassandra_seed": true,
            "cassandra_addresses": ["192.0.2.9"], "cassandra_hostnames": ["db-1.example.com"], "cassandra_uri": "spiffe://a/b",
            "cassandra_subject": "CN={name}", "cassandra_issued_by": "company-ca" } } }, "cassandra": { "hosts": ["db-1"] } }"#;
        let description = Description::from_inventory(list, "cassandra", release()).unwrap();
        let toml = "name = \"db-1\"\naddress = \"192.0.2.1\"\ndc = \"dc9\"\nrack = \"ra9\"\nseed = true\n\
            addresses = [\"192.0.2.9\"]\nhostnames = [\"db-1.example.com\"]\nuri = \"spiffe://a/b\"\n\
            subject = \"CN={name}\"\nissued_by = \"company-ca\"\n";
        let described = Description::from_toml(&format!("cassandra = \"4.0\"\n[[node]]\n{toml}")).unwrap();
        let (of_list, of_toml) = (&description.nodes, &described.nodes);
        assert_eq!(serde_json::to_value(of_list).unwrap(), serde_json::to_value(of_toml).unwrap());
        let other = list.replace("cassandra_dc", "dc").replace("cassandra_rack", "rack");
        let other = Description::from_inventory(&other, "cassandra", release()).unwrap();
        assert_eq!(serde_json::to_value(&other.nodes).unwrap(), serde_json::to_value(of_toml).unwrap());
        let error = Description::from_inventory(&list.replace("company-ca", "a*"), "cassandra", release()).unwrap_err();
        assert_eq!(error.to_string(), "cassandra_issued_by of db-1");
    }

    #[test]
    fn a_variable_that_cannot_be_read_is_named_with_its_host() {
        for (variables, said) in [
            (r#"{ "cassandra_rack": 1 }"#, "cassandra_rack of cass1: invalid type: integer `1`, expected a string"),
            (
                r#"{ "cassandra_seed": "yes", "x": 1 }"#,
                "cassandra_seed of cass1: invalid type: string \"yes\", expected a boolean",
            ),
            (r#"{ "dc": "a", "cassandra_dc": "b" }"#, "the variables of cass1: duplicate field `cassandra_dc`"),
        ] {
            let list = format!(
                r#"{{ "_meta": {{ "hostvars": {{ "cass1": {variables}, "web1": {{ "cassandra_rack": 1 }} }} }},
                    "cassandra": {{ "hosts": ["cass1"] }} }}"#
            );
            let error = Description::from_inventory(&list, "cassandra", release()).unwrap_err();
            assert_eq!(format!("{error:#}"), said);
        }
    }

    /// Ansible would read these names as a template, a pattern and a group.
    #[test]
    fn a_host_that_is_more_than_a_name_is_refused() {
        for (host, why) in [
            ("{{ lookup('pipe', 'id') }}", "is not made of letters, digits, `.`, `_` and `-`"),
            ("cass2:!cass1", "is not made of letters, digits, `.`, `_` and `-`"),
            ("all", "is a group to Ansible"),
        ] {
            let list = LIST.replace("cass2", host);
            let error = Description::from_inventory(&list, "cassandra", release()).unwrap_err();
            assert_eq!(error.to_string(), format!("the name \"{host}\" {why}"));
            // The host is not in the group.
            Description::from_inventory(&LIST.replace("web1", host), "cassandra", release()).unwrap();
        }
        let list = LIST.replace("\"ra2\"", "\"ra2\\u2028\"");
        let error = Description::from_inventory(&list, "cassandra", release()).unwrap_err();
        assert_eq!(error.to_string(), "the name \"ra2\\u{2028}\" has invisible characters");
    }

    #[test]
    fn nodes_are_in_natural_order_and_have_the_subject_of_their_variables() {
        let list = r#"{ "_meta": { "hostvars": {
            "db-2": { "ansible_host": "192.0.2.2", "cassandra_subject": "CN={name}, O=Acme" },
            "db-10": { "ansible_host": "192.0.2.10" } } }, "cassandra": { "hosts": ["db-10", "db-2"] } }"#;
        let description = Description::from_inventory(list, "cassandra", release()).unwrap();
        let names: Vec<_> = description.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["db-2", "db-10"]);
        let subject = |node: usize| description.subject_of(&description.nodes[node]).unwrap();
        assert_eq!(subject(0).map(|subject| subject.to_string()).as_deref(), Some("CN=db-2, O=Acme"));
        assert_eq!(subject(1), None);
    }

    #[test]
    fn a_group_that_is_not_there_is_named_with_those_that_are() {
        let error = Description::from_inventory(LIST, "cassandras", release()).unwrap_err();
        assert_eq!(error.to_string(), "there is no group cassandras: there are all, cassandra, ring, web");
        for (text, said) in [
            ("[cassandra]\ndb-1 ansible_host=192.0.2.1\n", NOT_AN_INVENTORY),
            (r#"{"_meta":{},"all":{}}"#, "the group all has no hosts"),
        ] {
            let error = Description::from_inventory(text, "all", release()).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
    }
}
