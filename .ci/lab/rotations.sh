# Rotations of the lab by `cassandra-tls apply`, in peace and with accidents.
# shellcheck shell=bash disable=SC2154

# The folder of playbooks, and an inventory. What differs here from an Apigee host is edited, as an operator would.
prepare_playbooks() {
    "$programs/cassandra-tls" observe playbook --cluster "$work/cluster.toml" "$work/play"
    if [ "$LAYOUT" = debian ]; then cp "$work/play/site_vars.systemd.yml" "$work/play/site_vars.yml"; fi
    sed -i 's/^rot_delay:.*/rot_delay: 2/' "$work/play/site_vars.yml"
    {
        echo '[cassandra]'
        printf 'node%s ansible_host=10.77.0.1%s\n' 1 1 2 2 3 3
        printf '%s\n' '[all:vars]' ansible_user=ops \
            "ansible_python_interpreter=$(PATH=/usr/bin:/usr/local/bin command -v python3)"
    } >"$work/inventory"
}

next_generation() { # of the one before
    prepare --previous "$work/bundles/$1"
}

prepare() {
    "$programs/cassandra-tls" prepare --cluster "$work/cluster.toml" --dir "$work/bundles" --store "$store" "${authority[@]}" "$@" >/dev/null
}

# Looks at every host, and says what follows.
see() { # name
    local bundles=() folder
    for folder in "$work"/bundles/*; do bundles+=(--bundles "$folder"); done
    (ansible observe.yml) >"$work/logs/observe-$1.log" 2>&1 || fail "$(tail -n 30 "$work/logs/observe-$1.log")"
    .ci/lab/hosts control "$programs/cassandra-tls" observe trees --cluster "$work/cluster.toml" "${bundles[@]}" \
        --probe "$(tls_port)" --state "$work/state.json" "$work/play/collected" 2>"$work/logs/see-$1.log"
}

# Plans from what was seen, and writes the plan for Ansible.
plan_to() { # generation, goal, arguments of plan...
    "$programs/cassandra-tls" plan --state "$work/state.json" "$2" --bundles "$work/bundles/$1" --trees "$work/play/collected" \
        --playbook "$work/play" "${@:3}" >"$work/logs/plan-$2-$1.txt"
    head -n 1 "$work/logs/plan-$2-$1.txt"
}

# A fresh look, and a plan from it that says so.
agrees() { # generation, restarts
    local said
    see "$1-$2" | grep '^│'
    said=$("$programs/cassandra-tls" plan --state "$work/state.json" rotate --bundles "$work/bundles/$1")
    echo "${said%%$'\n'*}"
    case $2 in
        0) [[ ${said%%$'\n'*} =~ ^Plan\ [0-9a-f]+:\ Nothing\ needs\ to\ be\ done\.$ ]] || fail "a fresh look finds more to do" ;;
        *) [[ $said =~ ^Plan\ [0-9a-f]+:\ $2\ restarts?,\ 0\ reloads ]] || fail "the plan from a fresh look is not $2 restarts" ;;
    esac
}

play() { # name of the log, arguments of ansible-playbook...
    local name=$1 since=$SECONDS status=0
    shift
    (apply "$@") >"$work/logs/$name.log" 2>&1 || status=$?
    printf '%s: apply ended with %s after %s s\n' "$name" "$status" "$((SECONDS - since))"
    grep '^Plan ' "$work/logs/$name.log" || true
    return "$status"
}

# Both are to be called in a shell of its own, which they become; `apart` may put it into a group of processes that can be killed, and
# `apply_options` are for `apply` itself.
apart=()
apply_options=()
apply() { controlled "$programs/cassandra-tls" apply "${apply_options[@]}" "$work/play" -- -i "$work/inventory" "$@"; }
ansible() { controlled ansible-playbook -i "$work/inventory" "$work/play/$1" "${@:2}"; }

controlled() {
    ANSIBLE_NOCOLOR=1 ANSIBLE_PIPELINING=True ANSIBLE_PRIVATE_KEY_FILE=$LAB/key ANSIBLE_HOME=$work/ansible \
        ANSIBLE_SSH_ARGS="-o ControlMaster=auto -o ControlPersist=30s -o UserKnownHostsFile=$LAB/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes" \
        ANSIBLE_SSH_CONTROL_PATH_DIR=$work/ansible/cp \
        exec "${apart[@]}" .ci/lab/hosts control "$@"
}

# Every node has the stores of the generation, serves its certificate, and sees all the others.
is_done() { # generation
    local node kind file
    for node in "${nodes[@]}"; do
        for kind in keystore truststore; do
            file=$work/bundles/$1/node$node/$kind.node$node
            # What is dropped at last is dropped.
            if [ "$kind" = truststore ] && [ "$1" != g1 ]; then file=$work/bundles/$1/node$node/truststore-after.node$node; fi
            # Trust in an authority stays.
            if [ "$kind" = truststore ] && [ "${#authority[@]}" != 0 ]; then file=$work/bundles/g1/node$node/truststore.node$node; fi
            [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$(digest "$node" "$kind")" ] ||
                fail "node$node does not have the $kind of $1"
        done
        serves "$node" "$1" || fail "node$node does not serve its certificate of $1"
        await_ring "$node"
    done
}

# Whether the node serves its certificate of this generation.
serves() { # node, generation
    local identity
    identity=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["nodes"][sys.argv[2]]["identity"])' \
        "$work/bundles/$2/manifest.json" "node$1")
    .ci/lab/hosts control "$programs/cassandra-tls" probe --expect "$identity" "10.77.0.1$1:$(tls_port)" >/dev/null
}

tls_port() { if [ "$release" = 3.11 ]; then echo 7001; else echo 7000; fi; }

# The same command once more finds nothing to do.
changes_nothing() {
    local before after
    before=$(snapshots)
    play "$1"
    after=$(snapshots)
    [ "$before$(grep -c 'changed=0 .*failed=0' "$work/logs/$1.log")" = "${after}3" ] ||
        fail "a run that had nothing to do did something"
}

snapshots() { for node in "${nodes[@]}"; do snapshot "$node"; done; }

dry_run() {
    local before
    before=$(snapshots)
    play dry-run --check --diff
    [ "$before" = "$(snapshots)" ] || fail "a dry run changed something"
}

# From plaintext to TLS alone, and a rotation afterwards.
enabling() {
    step "TLS is enabled" enable
    step "a rotation" rotate_in_peace
}

rotation() { step "a rotation" rotate_in_peace; }

enable() {
    see before | grep '^│'
    plan_to g1 enable
    if [ "$subject" = enabling ]; then dry_run; fi
    play enabling
    is_done g1
    for node in "${nodes[@]}"; do has_foreign_settings "$node" || fail "something else was changed in the settings of node$node"; done
}

has_foreign_settings() {
    case $LAYOUT in
        apigee) on "$1" cat "$settings" | head -c "$(foreign 4 | wc -c)" | cmp - <(foreign 4) ;;
        debian) has_stock_yaml "$1" ;;
    esac
}

rotate_in_peace() {
    next_generation g1
    see g1
    plan_to g2 rotate
    play rotation
    is_done g2
    if [ "$release" != 3.11 ]; then changes_nothing rotation-again; fi
    agrees g2 0
}
