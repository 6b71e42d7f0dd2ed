# What goes wrong while a rotation runs. Each run stops there, nothing else is touched, and the same command goes on.
# shellcheck shell=bash disable=SC2034,SC2154

# In the order in which the plan comes to them.
accidents() {
    step "a rotation" rotate_in_peace
    next_generation g2
    see g2
    plan_to g3 rotate
    step "disk full on node2" disk_full
    agrees g3 3
    step "controller killed at node1" controller_killed
    agrees g3 3
    step "service of node2 does not start" service_broken
    step "ssh to node3 lost" ssh_lost
    agrees g3 1
    play last-run
    is_done g3
    changes_nothing last-run-again
    agrees g3 0
    for node in "${nodes[@]}"; do
        [ "$(starts "$node")" = 3 ] || fail "node$node was started $(starts "$node") times instead of 3"
    done
    (ansible prune.yml) >"$work/logs/prune.log" 2>&1 || fail "$(tail -n 30 "$work/logs/prune.log")"
    step "nothing is left behind" leaves_nothing
}

# The wave's files are put on all hosts at once, so node3 has its truststore; nothing is loaded, and no keystore is touched.
disk_full() {
    local before
    before=$(snapshot 2)
    on 2 bash -c "cat /dev/zero >$stores/fill" 2>/dev/null || true
    ! play disk-full || fail "the disk of node2 was full and the run passed"
    on 2 rm "$stores/fill"
    [ "$before" = "$(snapshot 2)" ] || fail "a full disk changed something on node2"
    has_keystores g2 g2 g2
    [ "$(starts 3)" = 2 ] || fail "node3 was restarted"
}

# Between the copy of node1's keystore and its restart.
controller_killed() {
    local before run process
    before=$(on 1 cat "$pid_file")
    hold_drain 1
    (apart=(setsid) && apply) >"$work/logs/controller-killed.log" 2>&1 &
    run=$!
    await_drain 1 "$run"
    kill -KILL -- "-$run"
    wait "$run" 2>/dev/null || true
    process=$(on 1 cat /run/draining)
    on 1 kill "$process"
    on 1 rm /run/hold-drain /run/draining
    has_keystores g3 g2 g2
    [ "$before" = "$(on 1 cat "$pid_file")" ] || fail "node1 was restarted"
}

service_broken() {
    local before
    { foreign many && encryption 2; } | put_settings 2
    before=$(snapshot 3)
    ! play service-broken || fail "the service of node2 did not start and the run passed"
    has_keystores g3 g3 g2
    [ "$before" = "$(snapshot 3)" ] || fail "node3 was touched"
    [ "$(starts 1)" = 3 ] || fail "node1 was not restarted for the keystore that the killed run had put there"
    on 2 "${service[@]}" status && fail "node2 runs"
    { foreign 4 && encryption 2; } | put_settings 2
}

# While node3 drains; the drain itself goes on without us.
ssh_lost() {
    local run status=0
    hold_drain 3
    (apart=(setsid) && apply) >"$work/logs/ssh-lost.log" 2>&1 &
    run=$!
    await_drain 3 "$run"
    on 3 touch /etc/nologin
    # The sessions, not the server, which is the host's first process.
    on 3 pkill -P 1 sshd
    wait "$run" || status=$?
    [ "$status" != 0 ] || fail "ssh to node3 was lost and the run passed"
    grep -q UNREACHABLE "$work/logs/ssh-lost.log" || fail "the run ended for another reason"
    on 3 rm /run/hold-drain /etc/nologin
    has_keystores g3 g3 g3
    [ "$(starts 2)" = 3 ] || fail "node2 was not started again"
    [ "$(starts 3)" = 2 ] || fail "node3 was restarted by nobody"
}

# Whoever runs nodetool may say that it waits.
hold_drain() { # node
    on "$1" install -m 0666 /dev/null /run/draining
    on "$1" touch /run/hold-drain
}

await_drain() { # node, process of the run
    until on "$1" test -s /run/draining; do
        kill -0 "$2" || fail "the run ended before it came to node$1"
        sleep 0.1
    done
}

# Which generation each node's keystore is of.
has_keystores() {
    local node
    for node in "${nodes[@]}"; do
        [ "$(digest "$node" keystore)" = "$(sha256sum "$work/bundles/$1/node$node/keystore.node$node" | cut -d' ' -f1)" ] ||
            fail "node$node does not have the keystore of $1"
        shift
    done
}

# No key and no password anywhere but where it belongs.
leaves_nothing() {
    local node keys password
    keys=$(sha256sum "$work"/bundles/*/node*/keystore.* | cut -d' ' -f1)
    for node in "${nodes[@]}"; do
        [ "$(on "$node" ls -A "$stores")" = "$(printf '%s\n' .rotation "keystore.node$node" "truststore.node$node")" ] ||
            fail "node$node has more than its stores: $(on "$node" ls -A "$stores")"
        ! on "$node" find /home /root /tmp /var/tmp -xdev -type f -size +0 -exec sha256sum {} + 2>/dev/null | grep -F "$keys" ||
            fail "a keystore was left on node$node"
        password=$(cat "$work/bundles/g1/node$node/password")
        # Copies of settings, collected and made, hold it; nothing else does.
        ! grep -rqF "$password" "$work/logs" "$work"/play/*.yml "$work/state.json" ||
            fail "the password of node$node was told"
    done
}
