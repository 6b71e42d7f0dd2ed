# A Cassandra from packages: cassandra.yaml in /etc/cassandra, which is root's, a user of its own, and a service that systemctl drives.
# shellcheck shell=bash disable=SC2154

debian() {
    step "TLS is enabled by cassandra.yaml" enable
    step "a rotation" rotate_in_peace
}

# Cassandra's own file, of 4.1, as it is after an upgrade to 5.0, with what a cluster needs.
stock=examples/operator/tests/fixtures/cassandra-4.1.yaml
stock_yaml() { # node
    sed -e 's/^num_tokens:.*/num_tokens: 4/' -e 's/^allocate_tokens_for_local_replication_factor:/# &/' \
        -e 's/- seeds: .*/- seeds: "10.77.0.11,10.77.0.12,10.77.0.13"/' \
        -e "s/^\(listen\|rpc\)_address:.*/\1_address: 10.77.0.1$1/" \
        -e 's/^endpoint_snitch:.*/endpoint_snitch: GossipingPropertyFileSnitch/' "$stock"
}

# Of cassandra.yaml only lines about TLS between nodes were changed, and it has owner and mode as before.
has_stock_yaml() { # node
    local name=internode_encryption\|optional\|keystore\|keystore_password\|truststore\|truststore_password\|require_client_auth
    [ "$(on "$1" stat -c '%U:%G %a' "$settings")" = 'root:root 644' ] || return 1
    ! diff <(stock_yaml "$1") <(on "$1" cat "$settings") | grep '^[<>]' | grep -vE "^[<>] +#? ?($name):"
}
