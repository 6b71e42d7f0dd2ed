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

# Each release starts from the stock file of its line that the library edited (3.11 from that of 2.2, which it reads), with keystores; 4.1 and 5.0
# with PEM, too.
stock_files() {
    local cache=${LIVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cassandra-live} files=${CORPUS_DIR:?}/../corpora-yaml/files
    local version java file stores
    # It fetches the jars.
    cargo test --quiet --release -p cassandra-props --test foreign the_table
    cargo build --quiet -p cassandra-props --example set
    while read -r version java file stores; do
        if .ci/lab/settings "$version" "$java" "$files/$file" "$stores"; then
            passed "Cassandra $version from its edited stock file with $stores"
        else
            printf 'FAILED Cassandra %s from its edited stock file with %s\n' "$version" "$stores" | tee -a "$log"
        fi
    done <<EOF
3.11.19 $cache/jdk-8 r004_apache-cassandra_cassandra.yaml jks
4.0.19 $cache/jdk-11 r015_apache-cassandra_cassandra.yaml jks
4.1.10 $cache/jdk-11 r013_apache-cassandra_cassandra.yaml jks
4.1.10 $cache/jdk-11 r013_apache-cassandra_cassandra.yaml pem
5.0.8 $(java_17) r019_apache-cassandra_cassandra.yaml jks
5.0.8 $(java_17) r019_apache-cassandra_cassandra.yaml pem
EOF
}

java_17() { dirname "$(dirname "$(readlink -f "$(command -v java)")")"; }
