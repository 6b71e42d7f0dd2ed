# Real Cassandra: three nodes of this machine, and three hosts.
# shellcheck shell=bash

# Every scenario of a release. Java 8 and 11, for 3.11 and 4.0, are fetched where they can be had.
every_scenario() { # release
    build_live
    if [ "$1" != 5.0 ] && ! .ci/get-jdks; then
        skipped "Cassandra $1" "its Java cannot be had here"
        return
    fi
    tested cargo test --quiet --release -p real-clusters --features live --lib
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

one_release_of_hosts() { hosts --only rotation 5.0; }

# A hundred hosts that are folders, some of which answer wrongly; and the first wave of a thousand, looked at.
many_hosts() {
    cargo build --quiet --release -p cassandra-tls
    .ci/playbook-scale 100 1000
    passed "many hosts"
}

# What ansible-test finds in the collection, at both ends of what is supported. No file of it is Python's, so that one Python is enough.
collection() {
    local folder skipped_tests=()
    folder=$(mktemp -d)/ansible_collections/cassandra_tls
    mkdir -p "$folder"
    cp -r examples/operator/ansible "$folder/internode"
    git -C "$folder/internode" init --quiet
    git -C "$folder/internode" add --all
    # Their requirements are not to be had everywhere.
    if ! curl --silent --head --max-time 10 https://ci-files.testing.ansible.com >/dev/null; then
        skipped_tests=(--skip-test runtime-metadata --skip-test yamllint)
        skipped "ansible-test's runtime-metadata and yamllint" "their requirements cannot be had here"
    fi
    (cd "$folder/internode" && ansible-test sanity --python "$(python_of_ansible)" "${skipped_tests[@]}")
    passed "ansible-test sanity"
    python3 -m venv target/oldest-ansible
    target/oldest-ansible/bin/pip install --quiet 'ansible-core==2.16.*'
    rotated_with "$PWD/target/oldest-ansible/bin" 3.6
    rotated_with "$(dirname "$(command -v ansible-playbook)")" 3.13
}

# A rotation on stand-in hosts with this Python, by this ansible-core. Each Python is looked for where pyenv puts it, too.
rotated_with() { # folder of ansible-playbook, Python of the hosts
    local python
    # pyenv's own command of that name runs only where the version was chosen.
    python=$(compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$2.*/bin/python3" | head -n 1) || python=$(command -v "python$2") || true
    if [ -z "$python" ]; then
        skipped "hosts with Python $2" "it is not installed"
        return
    fi
    "$1/ansible-playbook" --version | sed -n 1p
    tested env PATH="$1:$PATH" PLAYBOOK_PYTHON="$python" \
        cargo test --quiet -p cassandra-tls --test playbook -- a_rotation_runs
}

python_of_ansible() { ansible-playbook --version | sed -n 's/.*python version = \([0-9]*\.[0-9]*\)\..*/\1/p'; }

# Three hosts, a real Cassandra on each, and Ansible: .ci/hosts says what is shown on which release.
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

# Each release starts from the stock file of its line that the library edited (that of 3.11 has CRLF line endings), with keystores; 4.1 and
# 5.0 with PEM, too.
stock_files() {
    local cache=${LIVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cassandra-live} files=${CORPUS_DIR:?}/../corpora-yaml/files
    local version java file stores
    fetch_jars
    cargo build --quiet -p cassandra-props --example set
    while read -r version java file stores; do
        if .ci/lab/settings "$version" "$java" "$files/$file" "$stores"; then
            passed "Cassandra $version from its edited stock file with $stores"
        else
            failed "Cassandra $version from its edited stock file with $stores"
        fi
    done <<EOF
3.11.19 $cache/jdk-8 v293_stock-3119-crlf.yaml jks
4.0.19 $cache/jdk-11 r015_apache-cassandra_cassandra.yaml jks
4.1.10 $cache/jdk-11 r013_apache-cassandra_cassandra.yaml jks
4.1.10 $cache/jdk-11 r013_apache-cassandra_cassandra.yaml pem
5.0.8 $(java_17) r019_apache-cassandra_cassandra.yaml jks
5.0.8 $(java_17) r019_apache-cassandra_cassandra.yaml pem
EOF
}

# The test that starts from them fetches them.
fetch_jars() { cargo test --quiet --release -p cassandra-props --test foreign the_table; }

# Requests of cassandra-tls, signed by OpenSSL as the company, and two nodes that run with the answers.
company_authority() {
    local version java
    fetch_jars
    cargo build --quiet -p cassandra-tls
    while read -r version java; do
        if .ci/lab/company "$version" "$java"; then
            passed "Cassandra $version with certificates of a company's authority"
        else
            failed "Cassandra $version with certificates of a company's authority"
        fi
    done <<EOF
4.1.10 ${LIVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cassandra-live}/jdk-11
5.0.8 $(java_17)
EOF
}

java_17() { dirname "$(dirname "$(readlink -f "$(command -v java)")")"; }
