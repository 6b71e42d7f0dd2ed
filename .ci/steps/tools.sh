# What the steps need on a fresh machine.
# shellcheck shell=bash

install_tools() {
    if ! { command -v keytool && command -v javac && command -v openssl && command -v cc && command -v strace && command -v gdb && command -v mvn; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless openssl gcc libc6-dev strace gdb maven >/dev/null
    fi
    # It judges what cassandra-tls prints by docs/schema.
    if ! python3 -c 'import jsonschema' 2>/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends python3-jsonschema >/dev/null
    fi
    if [ -z "${JAVA_25_HOME:-}" ]; then
        for home in /usr/lib/jvm/*25*; do
            if [ -x "$home/bin/keytool" ]; then export JAVA_25_HOME=$home; fi
        done
    fi
    install_cargo_tool cargo-public-api
    install_cargo_tool cargo-deny
    install_cargo_tool cargo-fuzz
    rustc --version
    openssl version
}

# What Cassandra 3.11 and 4.0 run with. Not every machine can fetch it.
install_java_8() {
    local cache=${LIVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cassandra-live}
    if .ci/get-jdks && [ -x "$cache/jdk-8/bin/java" ]; then
        export JAVA_8_HOME=$cache/jdk-8 JAVA_11_HOME=$cache/jdk-11
    else
        skipped "Java 8" "it cannot be had here: its rules are not tested"
    fi
}

# What the playbooks are run and judged by. Not every machine can fetch it.
install_ansible() {
    if ! command -v ansible-playbook >/dev/null || ! command -v ansible-lint >/dev/null; then
        if python3 -m venv target/ansible >/dev/null 2>&1 &&
            target/ansible/bin/pip install --quiet ansible-core ansible-lint >/dev/null 2>&1; then
            PATH=$PWD/target/ansible/bin:$PATH
        else
            skipped "Ansible" "ansible-core and ansible-lint cannot be had here: the playbooks are not run"
            return
        fi
    fi
    ansible-playbook --version | sed -n 1p
}

# It judges the metrics of expiry and the alert rules of docs/expiry.md. The package's server is not started.
install_promtool() {
    if ! command -v promtool >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus >/dev/null 2>&1 ||
            skipped "promtool" "it cannot be had here: metrics and alert rules are not judged by Prometheus"
    fi
}

install_cargo_tool() {
    command -v "$1" >/dev/null || cargo install --quiet --locked "$1"
}
