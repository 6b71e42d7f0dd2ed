# Clusters that are not as a plan would have them: cut by a wrong rotation, with two passwords on each node, with a node that joins.
# shellcheck shell=bash disable=SC2154

# Every node was restarted with a keystore that the others do not trust. What fails then is not counted.
cut_cluster() {
    step "the client ends" end_client
    step "a rotation by hand cuts off every node" cut_off
    step "the cut cluster is looked at, planned for and mended by its playbook" mend
    step "the client begins again" start_client
    agrees g2 0
}

cut_off() {
    local node
    next_generation g1
    for node in "${nodes[@]}"; do
        on "$node" install -o apigee -g apigee -m 0400 /dev/stdin "$stores/keystore.node$node" \
            <"$work/bundles/g2/node$node/keystore.node$node"
    done
    for node in "${nodes[@]}"; do serve "$node" restart; done
    for node in "${nodes[@]}"; do sees_itself_alone "$node"; done
    on 1 "$nodetool" status | grep '^[UD]N'
}

sees_itself_alone() {
    local waited=0
    until [ "$(on "$1" "$nodetool" status 2>/dev/null | grep -c '^UN')" = 1 ]; do
        [ "$((waited += 1))" -le 90 ] || fail "node$1 is not cut off"
        sleep 1
    done
}

mend() {
    # 1: no node accepts the certificates.
    { see cut || [ "$?" = 1 ]; } | grep '^│'
    plan_to g2 rotate
    cat "$work/logs/plan-rotate-g2.txt"
    play mending
    is_done g2
}

# Keystore and truststore of each node have passwords of their own: see `begin` in .ci/hosts.
two_passwords() {
    local node
    for node in "${nodes[@]}"; do
        [ "$(on "$node" grep '_password=' "$settings" | cut -d= -f2 | sort -u | wc -l)" = 2 ] || fail "node$node has one password"
    done
    step "a rotation" rotate_in_peace
}

# node3 has its stores and its settings, and nothing else: it was removed from the ring, and its data is gone. An authority signs, so that
# the rotation is one of keystores alone.
joining() {
    step "node3 leaves the ring, and its data is removed" leave
    step "it joins in a rotation" join
}

leave() {
    local id waited=0
    id=$(on 1 "$nodetool" status | awk '$2 == "10.77.0.13" { print $(NF - 1) }')
    on 3 "$nodetool" drain
    serve 3 stop
    # shellcheck disable=SC2016
    on 3 sh -c 'rm -rf "$1"/*' - "$server_data"
    until on 1 "$nodetool" status | grep -q '^DN *10.77.0.13 '; do
        [ "$((waited += 1))" -le 60 ] || fail "node1 does not see that node3 is down"
        sleep 1
    done
    on 1 "$nodetool" removenode "$id"
    on 1 "$nodetool" status | grep '^[UD]'
}

join() {
    next_generation g1
    see left | grep '^│'
    plan_to g2 rotate
    cat "$work/logs/plan-rotate-g2.txt"
    play joining
    is_done g2
    agrees g2 0
}
