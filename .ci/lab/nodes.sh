# The three nodes of the lab: how they are made, looked at, and loaded by a client.
# shellcheck shell=bash disable=SC2034,SC2154
nodes=(1 2 3)

# Where things are on the hosts.
apigee_layout() {
    stores=/opt/apigee/data/apigee-cassandra
    settings=/opt/apigee/customer/application/cassandra.properties
    nodetool=/opt/apigee/apigee-cassandra/bin/nodetool
    service=(/opt/apigee/apigee-service/bin/apigee-service apigee-cassandra)
    pid_file=/opt/apigee/var/run/apigee-cassandra/apigee-cassandra.pid
    server_data=/opt/apigee/data/db
    server_logs=/opt/apigee/var/log/apigee-cassandra
}

debian_layout() {
    stores=/etc/cassandra
    settings=/etc/cassandra/cassandra.yaml
    nodetool=/usr/local/sbin/nodetool
    pid_file=/run/cassandra.pid
    server_data=/var/lib/cassandra
    server_logs=/var/log/cassandra
}

on() { # node, command...
    .ci/lab/hosts exec "$@"
}

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    return 1
}

bring_up() {
    local node
    describe >"$work/cluster.toml"
    "$programs/cassandra-tls" prepare --cluster "$work/cluster.toml" --dir "$work/bundles" --store "$store" "${authority[@]}" "${first_passwords[@]}"
    .ci/lab/hosts up
    if [ "$store" = bcfks ]; then provide_bouncy_castle; fi
    for node in "${nodes[@]}"; do first_files "$node"; done
    # From files that are a minute older than its process follows what the process has loaded. Otherwise a plan has steps more to be certain.
    if [ "$begins" = settled ]; then sleep 61; fi
    for node in "${nodes[@]}"; do serve "$node" start & done
    wait
    for node in "${nodes[@]}"; do await_ring "$node"; done
    on 1 "$nodetool" status | grep '^UN'
}

serve() { # node, start|stop|restart
    case $LAYOUT in
        apigee) on "$1" "${service[@]}" "$2" ;;
        debian) on "$1" systemctl "$2" cassandra ;;
    esac >>"$work/logs/service.log" 2>&1
}

describe() {
    local node
    printf 'cassandra = "%s"\nstaging = "in_place"\n' "$release"
    for node in "${nodes[@]}"; do printf '[[node]]\nname = "node%s"\naddress = "10.77.0.1%s"\n' "$node" "$node"; done
    printf '[[keyspace]]\nname = "live"\nreplicas = { dc1 = 3 }\nconsistency = "quorum"\n'
}

# Where TLS is on from the start: generation 1, and settings that name it.
first_files() {
    local bundle=$work/bundles/g1/node$1 kind
    if [ "$LAYOUT" = debian ]; then
        stock_yaml "$1" | on "$1" install -m 0644 /dev/stdin "$settings"
    elif [ "$begins" != plaintext ]; then
        for kind in keystore truststore; do
            on "$1" install -o apigee -g apigee -m 0400 /dev/stdin "$stores/$kind.node$1" <"$bundle/$kind.node$1"
        done
        { foreign 4 && encryption "$1"; } | put_settings "$1"
    else
        foreign 4 | put_settings "$1"
    fi
}

put_settings() { on "$1" install -o apigee -g apigee -m 0600 /dev/stdin "$settings"; }

# What stands in the file beside TLS; not a byte of it may change.
foreign() { printf '# By hand, 2019\r\nconf_cassandra_num_tokens=%s\n\n! %s\n' "$1" "Z\\u00fcrich"; }

encryption() {
    local password trust_password bundle=$work/bundles/g1/node$1 prefix=conf_cassandra_server_encryption
    password=$(cat "$bundle/password")
    trust_password=$(cat "$bundle/truststore-password" 2>/dev/null) || trust_password=$password
    printf '%s\n' "${prefix}_internode_encryption=all" \
        "${prefix}_keystore=$stores/keystore.node$1" "${prefix}_keystore_password=$password" \
        "${prefix}_truststore=$stores/truststore.node$1" "${prefix}_truststore_password=$trust_password"
    if [ "$store" = bcfks ]; then echo "${prefix}_store_type=BCFKS"; fi
}

# What a JVM needs to open BCFKS: the jar among Cassandra's, and a provider more than it has.
provide_bouncy_castle() {
    local node last
    last=$(sed -n 's/^security\.provider\.\([0-9]*\)=.*/\1/p' "$JAVA/conf/security/java.security" | sort -n | tail -n 1)
    for node in "${nodes[@]}"; do
        echo "security.provider.$((last + 1))=org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider" |
            on "$node" install -o apigee -g apigee -m 0444 /dev/stdin /opt/apigee/apigee-cassandra/conf/bouncy-castle.security
    done
}

# Cassandra's jars with Bouncy Castle's beside them.
with_bouncy_castle() { # folder of jars
    mkdir -p "$work/lib"
    cp "$1"/*.jar "$work/lib"
    mvn --quiet --batch-mode dependency:copy -Dartifact=org.bouncycastle:bc-fips:2.1.2 -DoutputDirectory="$work/lib" >&2
    echo "$work/lib"
}

await_ring() {
    local waited=0
    until [ "$(on "$1" "$nodetool" status 2>/dev/null | grep -c '^UN')" = 3 ]; do
        if [ "$((waited += 1))" -gt 90 ]; then
            on "$1" tail -n 20 "$server_logs/output.log" >&2
            fail "node$1 does not see three nodes up"
        fi
        sleep 1
    done
}

# Everything of a node that a run could change: its stores with owners and modes, its settings, its process. Old files under
# a plan's name are links to what was there, and change nothing.
snapshot() {
    # shellcheck disable=SC2016
    on "$1" bash -c 'cd "$1" && find . -type f ! -name "*.before-*" -printf "%P %m %u:%g " -exec sha256sum {} \; | sort
        sha256sum "$2"; cat "$3"' - "$stores" "$settings" "$pid_file"
}

# The SHA-256 of a node's store. `moved` has the ending of a node's stores if that is not the node's name.
moved=()
digest() { # node, keystore|truststore
    on "$1" sha256sum "$stores/$2.${moved[$1]:-node$1}" | cut -d' ' -f1
}

starts() { on "$1" wc -l "$server_logs/starts.log" | cut -d' ' -f1; }

start_client() {
    rm -f "$work/done"
    .ci/lab/hosts control "$programs/load" --until "$work/done" 10.77.0.11 10.77.0.12 10.77.0.13 \
        >"$work/logs/client.json" 2>"$work/logs/client.log" &
    client=$!
    until grep -q '^reads and writes' "$work/logs/client.log"; do
        kill -0 "$client" || fail "$(cat "$work/logs/client.log")"
        sleep 0.5
    done
}

stop_client() { touch "$work/done"; }

# No operation may have failed, nothing that was acknowledged may be lost, and every node must have been asked.
end_client() {
    stop_client
    wait "$client" || fail "$(cat "$work/logs/client.json" "$work/logs/client.log")"
    said=$(python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
assert len(report["succeeded"]) == 3, report
print(sum(report["succeeded"].values()), "operations,", report["failed"], "failed,", report["read_back"], "values read back, longest pause", report["longest_pause_ms"], "ms")
' "$work/logs/client.json")
    echo "$said"
}
