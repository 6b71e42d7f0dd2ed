# Real Cassandra: three nodes of this machine, and three hosts.
# shellcheck shell=bash

# Three real nodes under load: what the gate has time for, which is enabling here and rotating on hosts. Java 17 runs 5.0.
one_cluster() {
    build_live
    tested cargo test --quiet --release -p real-clusters --features live --lib
    real_cluster --cassandra 5.0 --scenario enable
}

# Every scenario of a release. Java 8 and 11, for 3.11 and 4.0, are fetched where they can be had.
every_scenario() { # release
    build_live
    if [ "$1" != 5.0 ] && ! .ci/get-jdks; then
        skipped "Cassandra $1" "its Java cannot be had here"
        return
    fi
    real_cluster --cassandra "$1" --scenario all
    if [ "$1" = 3.11 ]; then real_cluster --cassandra 2.1 --scenario rotate; fi
}

build_live() {
    if ! { command -v mvn && command -v ss && command -v setpriv; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends maven iproute2 util-linux >/dev/null
    fi
    cargo build --quiet --release -p real-clusters --features live --bin live
}

real_cluster() { # arguments of live...
    target/release/live "$@"
    passed "live $*"
}

one_release_of_hosts() { hosts --rotate 5.0; }

# Three hosts, a real Cassandra on each, and Ansible: TLS is enabled and certificates are rotated, on 3.11 with accidents.
hosts() { # arguments of .ci/hosts...
    local status=0
    if ! { command -v /usr/sbin/sshd && command -v sudo && command -v setfacl && command -v ip && command -v pgrep; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends openssh-server openssh-client sudo acl iproute2 procps >/dev/null
    fi
    .ci/hosts "$@" || status=$?
    case $status in
        0) passed "hosts with $*" ;;
        3) skipped "hosts" "what they need is not to be had here" ;;
        *) return "$status" ;;
    esac
}
