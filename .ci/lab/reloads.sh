# Reloads that load nothing, although `nodetool reloadssl` ends with 0. Each run stops at that node; a fresh look and a new plan go on.
# shellcheck shell=bash disable=SC2034,SC2154

# From 4.1.4 on: node2 was given stores under another password, and settings that say so. Its process has the old password.
stale_process() {
    step "node2's stores get another password, and it is not restarted" change_password
    step "its reload fails in its log alone" stops_at_failed_reload
    step "it is restarted by hand; a fresh look and a new plan go on" goes_on_after_restart g2
}

change_password() {
    local kind file old new=another-by-hand
    old=$(cat "$work/bundles/g1/node2/password")
    for kind in keystore truststore; do
        file=$work/$kind.by-hand
        cp "$work/bundles/g1/node2/$kind.node2" "$file"
        if [ "$kind" = keystore ]; then
            OLD=$old NEW=$new keytool -keypasswd -keystore "$file" -alias "$(alias_in "$file" "$old")" -storepass:env OLD -keypass:env OLD -new:env NEW
        fi
        OLD=$old NEW=$new keytool -storepasswd -keystore "$file" -storepass:env OLD -new:env NEW
        on 2 install -o apigee -g apigee -m 0400 /dev/stdin "$stores/$kind.node2" <"$file"
    done 2>>"$work/logs/keytool.log"
    on 2 sed -i "s/_password=.*/_password=$new/" "$settings"
    on 2 chown apigee:apigee "$settings"
}

alias_in() { # keystore, password
    OLD=$2 LC_ALL=C keytool -list -keystore "$1" -storepass:env OLD | sed -n 's/, .*PrivateKeyEntry.*//p'
}

stops_at_failed_reload() {
    see stale
    prepare --trees "$work/play/collected"
    plan_to g2 rotate
    ! play stale || fail "node2 cannot have loaded its stores and the run passed"
    grep 'node2: the reload failed, the old stores stay in use' "$work/logs/stale.log" || fail "the run ended for another reason"
    # shellcheck disable=SC2016
    on 2 sh -c 'grep -c "Failed to hot reload" "$1/system.log"' - "$server_logs" >/dev/null || fail "the log of node2 does not say so"
    tail -n 1 "$work/logs/stale.log"
    for node in "${nodes[@]}"; do
        serves "$node" g1 || fail "node$node does not serve its certificate of g1"
        await_ring "$node"
    done
}

goes_on_after_restart() { # generation
    on 2 "$nodetool" drain
    serve 2 restart
    await_ring 2
    see restarted | grep '^│'
    plan_to "$1" rotate
    play after-restart
    is_done "$1"
    agrees "$1" 0
}

# Before 4.1.4 a reload loads nothing if no file's modification time is another than when it was looked at last. An authority signs here,
# so that a rotation is one wave of reloads.
modification_times() {
    next_generation g1
    see g1
    plan_to g2 rotate
    step "node1's new keystore keeps the time of the old one: reloadssl loads nothing" keep_time
    step "the time of node3's is spent by the timer, which could not read it: reloadssl loads nothing" spend_time
    step "the run loads both" loads_both
    step "node2's process reads other paths than its settings name: the run stops there" stops_at_other_paths
    step "node2 is restarted by hand; a fresh look and a new plan go on" goes_on_after_restart g3
}

keep_time() {
    put_keystore 1 0400
    # shellcheck disable=SC2016
    on 1 sh -c 'touch -r "$1" "$2" && mv "$2" "$1"' - "$stores/keystore.node1" "$stores/new"
    reloads_nothing 1
}

# The timer looks every ten minutes: it notes the time first, and then fails to read the file.
spend_time() {
    local since=$SECONDS
    put_keystore 3 0000
    on 3 mv "$stores/new" "$stores/keystore.node3"
    until on 3 grep -q 'Failed to hot reload' "$server_logs/system.log"; do
        [ "$((SECONDS - since))" -lt 660 ] || fail "the timer of node3 has not looked"
        sleep 2
    done
    on 3 grep -B 1 -m 1 'Failed to hot reload' "$server_logs/system.log"
    on 3 chmod 0400 "$stores/keystore.node3"
    reloads_nothing 3
}

put_keystore() { # node, mode
    on "$1" install -o apigee -g apigee -m "$2" /dev/stdin "$stores/new" <"$work/bundles/g2/node$1/keystore.node$1"
}

reloads_nothing() { # node
    on "$1" "$nodetool" reloadssl || fail "reloadssl failed on node$1"
    serves "$1" g1 || fail "node$1 has loaded its new keystore: there is nothing to show"
    echo "node$1: reloadssl ended with 0, and the old certificate is served"
}

loads_both() {
    play times
    is_done g2
    agrees g2 0
}

stops_at_other_paths() {
    local kind
    for kind in keystore truststore; do on 2 cp -p "$stores/$kind.node2" "$stores/$kind.moved"; done
    on 2 sed -i 's/\(store=.*\)\.node2/\1.moved/' "$settings"
    on 2 chown apigee:apigee "$settings"
    moved[2]=moved
    next_generation g2
    see other-paths
    plan_to g3 rotate
    ! play other-paths || fail "node2 cannot have loaded its stores and the run passed"
    # If the node's timer has just reloaded the other files, its log says that something was reloaded. The handshake shows that it was not these.
    grep -E 'node2: nodetool reloadssl ended with 0, but .* does not say that anything was reloaded|NOT THE ONE EXPECTED' \
        "$work/logs/other-paths.log" || fail "the run ended for another reason"
    tail -n 1 "$work/logs/other-paths.log"
    serves 2 g2 || fail "node2 does not serve its certificate of g2"
}
