//! The output of `plan --explain-input`.

/// The meaning and the default of each field of a cluster's description.
pub const EXPLAINED: &str = r#"# cluster.toml: a cluster as its operator describes it. Fields without "required" may be left out.

# Required. The build of the nodes: "4.0.17", "v5.0.8" or "ReleaseVersion: 4.0.17" (as `nodetool version` prints it), a line such
# as "4.1", or Edge's build: "edge", "edge-4.53.01". An Edge build may be patched, so plans for it rely on restarts only. If you
# know that your build is not patched, give the release.
cassandra = "4.0.17"

# internode_encryption: "all", "dc" or "rack". `enable` sets this value. Without it: `observe` uses the nodes' settings, and a
# plan from this file assumes "all". That plan is also safe for the other values, but may have more steps.
encryption = "all"

# require_client_auth in the running processes. Without it: plans are safe for both values, and give the cost without client
# authentication if that is lower. `client-auth` needs it.
client_auth = true

# The paths of new stores: "in_place" (same path, same password), "documented" (the truststore in place, the keystore under a
# new path) or "new_paths". Without it: "in_place" from 4.0 on, otherwise "documented". The plan holds only if the stores are
# at these paths.
staging = "in_place"

# The subject of the nodes' certificates, and of requests for them, written as for keytool's -dname. {name}, {address} and
# {hostname} (the first of `hostnames`) are the node's. Without it: CN=HOST in requests, and CN=HOST, OU=None, O=None, L=None,
# C=None in certificates that `prepare` signs, where HOST is the node's first address, otherwise its first host name. With
# --renew or --keep-subject, the node keeps its subject instead.
subject = "CN={name}.example.com, OU=Orders, O=Acme"

# One table for each node; at least one is required.
[[node]]
# Required. The name in the Ansible inventory: letters, digits, ".", "_" and "-".
name = "node0"
# The IP address. `observe --probe` and `expiry --port` need it or a host name. `prepare` without a `subject` needs an address
# or a host name. Plans show the IP address.
address = "10.0.0.11"

# Other addresses and the host names at which peers dial the node, and a URI such as a SPIFFE ID: `prepare` puts them into the
# node's certificate.
addresses = ["192.0.2.11"]
hostnames = ["node0.example.com"]
uri = "spiffe://example.com/cassandra/node0"
# The subject of the node's certificate, if it differs from the one above.
subject = "CN={hostname}, OU=Orders, O=Acme"
# The data centre and the rack, as `nodetool status` shows them: for every node or for none. Without them: one data centre
# "dc1", one rack "ra1".
dc = "dc1"
rack = "ra1"
# The node's build, its internode_encryption and its require_client_auth, if they differ from those above, for example during an
# upgrade. `staging` applies to every node.
cassandra = "4.0.17"
encryption = "all"
client_auth = true
# Whether the other nodes list this node as a seed. Seeds are restarted last if the order is free. Without it: false.
seed = true
# Whether the node must not be changed or restarted. Without it: false.
frozen = false
# The protocol that the node speaks now: "tls" or "plain" (no stores). `enable` and `disable` need it. Other goals
# assume "tls" without it.
speaks = "tls"
# The label of the node's certificate. Without it: the node's name. Nodes with the same identity share one certificate.
identity = "node0"
# The authority that issued the node's certificate and will issue the next. Without it: self-signed, so that every node must first
# trust every new certificate. With one authority for all nodes, a rotation has far fewer steps.
#issued_by = "company-ca"
# The identities and authorities that the node trusts. Without it: those of all nodes, as in a cluster that works.
trusts = ["node0"]

# An application that connects to every node over TLS. List it if the nodes serve it from the same stores as their peers
# (client_encryption_options with the same keystore), because a plan then changes the certificates that the application sees. No
# plan changes the client. If the client does not trust the nodes' new certificates, the plan is refused, and the refusal names
# the client. Then let the client trust the new certificates or their authority first, and set `trusts_new`.
[[client]]
# Required.
name = "app"
# The identities and authorities that the client trusts. Without it: those of all nodes.
trusts = ["node0"]
# Whether the client also trusts the certificates that a rotation gives to the nodes. Without it: false.
trusts_new = true
# The label of the client certificate, for nodes that require one. Without it: the client shows none.
identity = "app-cert"
# The authority that issued the client certificate. Without it: the client certificate is self-signed.
#issued_by = "company-ca"

# A keyspace that must stay readable and writable while nodes are restarted. Without any keyspace: one node is restarted at a
# time, and availability is not checked.
[[keyspace]]
# Required.
name = "orders"
# Required for NetworkTopologyStrategy: replicas for each data centre, which must have nodes. For SimpleStrategy, give
# `simple = 3` instead.
replicas = { dc1 = 1 }
# Required: "one", "local_quorum", "quorum" or "all".
consistency = "one"

# Instead of cluster.toml, --inventory reads the output of `ansible-inventory --list`, and --cassandra gives the release. The
# hosts of the group `cassandra` (--group) are the nodes. These variables of a host are read, and no others:
#   ansible_host          `address`, if it is an IP address. Without it: the name of the host, if that is an IP address.
#   cassandra_dc          `dc` (also read under the name dc)
#   cassandra_rack        `rack` (also read under the name rack)
#   cassandra_seed        `seed`
#   cassandra_addresses   `addresses`
#   cassandra_hostnames   `hostnames`
#   cassandra_uri         `uri`
#   cassandra_subject     `subject`
#   cassandra_issued_by   `issued_by`
# Other fields, clients and keyspaces can only be given in cluster.toml. `plan` also has --client-auth and --speaks.
"#;

#[cfg(test)]
mod tests {
    use super::super::Description;
    use super::*;

    #[test]
    fn what_is_explained_is_a_description_with_every_field() {
        let whole = EXPLAINED.replace("#issued_by = \"company-ca\"", "issued_by = \"company-ca\"");
        let description = Description::from_toml(&whole).unwrap();
        Description::from_toml(EXPLAINED).unwrap().cluster().unwrap();
        let fields = serde_json::to_value(&description).unwrap();
        let missing = |fields: &serde_json::Value| -> Vec<String> {
            let fields = fields.as_object().unwrap().iter();
            fields.filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(missing(&fields), Vec::<String>::new());
        assert_eq!(missing(&fields["node"][0]), Vec::<String>::new());
        assert_eq!(missing(&fields["client"][0]), Vec::<String>::new());
        assert_eq!(missing(&fields["keyspace"][0]), ["simple"]);
        assert!(EXPLAINED.contains("`simple = 3`"));
    }
}
