//! The output of `plan --explain-input`.

/// Each field of a cluster's description: its meaning, its default, and what it changes.
pub const EXPLAINED: &str = r#"# cluster.toml: a cluster as its operator describes it. Fields without "required" may be left out.

# Required. What the nodes run: "4.0.17", "v5.0.8" or "ReleaseVersion: 4.0.17" (as `nodetool version` prints it), a line such
# as "4.1", or Edge's build: "edge", "edge-4.53.01". An Edge build may be patched, so it is planned as if every change needed
# a restart. If you know that yours is unpatched, give the release.
cassandra = "4.0.17"

# internode_encryption: "all", "dc" or "rack". For `enable`, the value to set. Without it: `observe` takes that of the nodes'
# settings, and a plan from this file takes "all", which is also safe for the other values, but may take more steps.
encryption = "all"

# require_client_auth in the running processes. Without it: plans are safe for both values, and say what they would cost
# without client authentication. `client-auth` needs it.
client_auth = true

# Where new stores are put: "in_place" (same path, same password), "documented" (the truststore in place, the keystore under a
# new path) or "new_paths". Without it: "in_place" from 4.0 on, otherwise "documented". The plan holds only if the stores are
# put there.
staging = "in_place"

# The subject of the nodes' certificates, and of requests for them, written as for keytool's -dname. {name}, {address} and {hostname}
# (the first of `hostnames`) are the node's. Without it: CN=ADDRESS in requests, and CN=ADDRESS, OU=None, O=None, L=None, C=None
# in certificates that are signed here.
subject = "CN={name}.example.com, OU=Orders, O=Acme"

# One for each node; at least one is required.
[[node]]
# Required. The name in the Ansible inventory: letters, digits, ".", "_" and "-".
name = "node0"
# The IP address. `prepare` and `observe --probe` need it; plans show it.
address = "10.0.0.11"

# Other addresses at which peers dial it, its host names, and a URI such as a SPIFFE ID: `prepare` puts them into its certificate.
addresses = ["192.0.2.11"]
hostnames = ["node0.example.com"]
uri = "spiffe://example.com/cassandra/node0"
# The subject of its certificate, if it differs from the one above.
subject = "CN={hostname}, OU=Orders, O=Acme"
# The data centre and the rack, as `nodetool status` shows them: for every node or for none. Without them: one data centre
# "dc1", one rack "ra1".
dc = "dc1"
rack = "ra1"
# Its release, its internode_encryption and its require_client_auth, if they differ from those above, for example during an upgrade.
# `staging` applies to every node.
cassandra = "4.0.17"
encryption = "all"
client_auth = true
# Whether the others list it as a seed: it is restarted last if the order is free. Without it: false.
seed = true
# Whether it must not be changed or restarted. Without it: false.
frozen = false
# What it speaks now: "tls" or "plain" (no stores). `enable` and `disable` need it; without it: "tls".
speaks = "tls"
# The label of its certificate. Without it: the node's name. Nodes with the same identity share one certificate.
identity = "node0"
# The authority that issued its certificate and will issue the next. Without it: self-signed, so that every node must come to
# trust every new certificate. With one authority for all a rotation takes far fewer steps.
#issued_by = "company-ca"
# What it trusts: identities and authorities. Without it: what every node serves, as in a cluster that works.
trusts = ["node0"]

# An application that connects to every node over TLS, if the nodes serve it from the same stores as their peers
# (client_encryption_options with the same keystore): a plan changes what it sees. No plan changes the client. If it does not
# trust what the nodes will serve, the plan is refused, and the refusal names the client. Give it the new certificates first, then
# list them here.
[[client]]
# Required.
name = "app"
# What it trusts: identities and authorities. Without it: what every node serves.
trusts = ["node0"]
# The label of its client certificate, for nodes that require one. Without it: it shows none.
identity = "app-cert"
# The authority that issued its client certificate. Without it: the certificate is self-signed.
#issued_by = "company-ca"

# What must stay readable and writable while nodes are restarted. Without any: one node is restarted at a time, and whether the
# data stays available is not checked.
[[keyspace]]
name = "orders"
# NetworkTopologyStrategy: replicas for each data centre, which must have nodes. Or `simple = 3` for SimpleStrategy.
replicas = { dc1 = 1 }
# "one", "local_quorum", "quorum" or "all".
consistency = "one"
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
