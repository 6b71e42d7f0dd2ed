# The steps of .ci/run, one function each.
# shellcheck shell=bash

# Runs tests and keeps what they print for the totals.
tested() { "$@" 2>&1 | tee -a "$log"; }

skipped() { printf 'SKIPPED %s: %s\n' "$1" "$2" | tee -a "$log"; }

install_tools() {
    if ! { command -v keytool && command -v javac && command -v openssl && command -v cc && command -v strace; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless openssl gcc libc6-dev strace >/dev/null
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

install_cargo_tool() {
    command -v "$1" >/dev/null || cargo install --quiet --locked "$1"
}

# The command that README.md names for testing, so that it cannot rot.
readme_test() {
    local command
    command=$(sed -n 's/^\(cargo test[^#]*\).*/\1/p' README.md | head -n 1)
    [ -n "$command" ]
    echo "\$ $command"
    # shellcheck disable=SC2086
    tested $command
}

# What the README's command leaves out: optional features, and the rivals' differential tests.
feature_tests() {
    cargo clippy --quiet --all-targets -- -D warnings
    tested cargo test --quiet -p certgen --all-features
    tested cargo test --quiet -p rotation-planner --all-features --lib --test minima
    tested cargo test --quiet -p benches
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --quiet
}

# The public interface of each library is a committed listing, and names no foreign crate but the two of the vocabulary.
public_interfaces() {
    local library listing
    for library in "${libraries[@]}"; do
        listing=$(mktemp)
        public_interface "$library" >"$listing"
        diff -u "$library/public-api.txt" "$listing"
        if grep -nE '(^|[^:a-z_0-9])(der|rsa|rcgen|x509_parser|sha1|sha2|time|memchr|rayon|pkcs8|zeroize|thiserror)::' "$listing"; then
            echo "$library: a foreign crate in a public signature"
            return 1
        fi
        printf '%s: %s public items\n' "$library" "$(wc -l <"$listing")"
    done
}

public_interface() {
    RUSTC_BOOTSTRAP=1 cargo public-api -p "$1" --all-features \
        --omit blanket-impls,auto-trait-impls,auto-derived-impls 2>/dev/null
}

# Each library builds by itself, without its features, and as the package that a stranger gets.
each_alone() {
    local library outside
    for library in "${libraries[@]}"; do
        cargo check --quiet -p "$library" --no-default-features
        cargo package --quiet --allow-dirty --no-verify -p "$library"
    done
    outside=$(mktemp -d)
    for library in "${libraries[@]}"; do
        rm -rf "$outside/user"
        tar -xzf "target/package/$library-0.1.0.crate" -C "$outside"
        cargo new --quiet --lib --vcs none --name user "$outside/user"
        printf '//! A stranger.\npub use %s::*;\n' "${library//-/_}" >"$outside/user/src/lib.rs"
        (
            cd "$outside/user"
            cargo add --quiet --path "../$library-0.1.0"
            CARGO_TARGET_DIR=$outside/target cargo check --quiet
        )
        echo "$library: builds outside the workspace"
    done
    rm -rf "$outside"
}

other_targets() {
    local oldest library
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if rustup toolchain install "$oldest" --profile minimal >/dev/null 2>&1; then
        for library in "${libraries[@]}" examples; do
            cargo "+$oldest" check --quiet -p "$library" --target-dir target/oldest
        done
        echo "libraries and programs build with Rust $oldest"
    else
        skipped "oldest Rust" "Rust $oldest cannot be installed here"
    fi
    if rustup target add wasm32-unknown-unknown >/dev/null 2>&1; then
        for library in "${libraries[@]}"; do
            cargo check --quiet -p "$library" --target wasm32-unknown-unknown
        done
        echo "the libraries build for wasm32"
    else
        skipped "wasm32" "the target cannot be installed here"
    fi
}

licences() {
    cargo deny --all-features --log-level error check bans licenses sources
}

proofs() {
    if [ -n "$CORPUS_DIR" ]; then
        tested cargo test --quiet --release -p keystore-core --test corpus -- --nocapture
        tested cargo test --quiet --release -p cassandra-props --test corpus -- --nocapture
    else
        skipped "corpora" "CORPUS_DIR is not set and none lie beside the repository"
    fi
    tested cargo test --quiet --release -p rotation-planner --test exhaustive -- --nocapture
}

# Every version enables and rotates, with and without client auth; and the wrong order is caught.
quickstart() {
    local version folder
    cargo build --quiet --release -p examples --bin quickstart
    folder=$(mktemp -d)
    for version in 3.11 4.0 5.0; do
        target/release/quickstart --cassandra "$version" --dir "$folder/$version"
        target/release/quickstart --cassandra "$version" --dir "$folder/$version" --client-auth | tail -n 1
        if target/release/quickstart --cassandra "$version" --dir "$folder/wrong-$version" --wrong-order >"$folder/wrong.txt"; then
            echo "the wrong order passed on $version"
            return 1
        fi
        tail -n 3 "$folder/wrong.txt"
    done
    rm -rf "$folder"
}

# Three real nodes under load. Java 17 runs 5.0; Java 11, for 4.0, is fetched where it can be had.
live() {
    if ! { command -v mvn && command -v ss && command -v setpriv; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends maven iproute2 util-linux >/dev/null
    fi
    cargo build --quiet --release -p examples --features live --bin live
    real_cluster --cassandra 5.0 --scenario rotate --staging new-path
    local status=0
    real_cluster --cassandra 5.0 --scenario wrong-order || status=$?
    if [ "$status" != 1 ]; then
        echo "the wrong order ended with $status on 5.0, not with failed operations"
        return 1
    fi
    if .ci/get-jdks; then
        real_cluster --cassandra 4.0 --scenario rotate
    else
        skipped "Cassandra 4.0 and 3.11" "their Java versions cannot be had here"
    fi
}

# Three hosts, a real Cassandra on each, and Ansible: 5.0 is enabled and rotated, 3.11 rotated in peace and with accidents.
hosts() {
    local status=0
    if ! { command -v /usr/sbin/sshd && command -v sudo && command -v ip && command -v pgrep; } >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends openssh-server openssh-client sudo iproute2 procps >/dev/null
    fi
    .ci/hosts || status=$?
    if [ "$status" = 3 ]; then
        skipped "hosts" "what they need is not to be had here"
        status=0
    fi
    return "$status"
}

real_cluster() { target/release/live "$@" | tail -n 4; }

compare() {
    cargo bench --quiet -p benches --no-run
    cargo run --quiet --release -p benches --bin compare
}

# Two at a time, since each takes one core.
fuzz() {
    local folder target
    for folder in */fuzz; do
        (cd "$folder" && RUSTC_BOOTSTRAP=1 CARGO_TERM_QUIET=true cargo fuzz build --sanitizer none)
        for target in $(cd "$folder" && cargo fuzz list); do printf '%s %s\n' "$folder" "$target"; done
    done | xargs -P 2 -L 1 bash -c 'source .ci/steps.sh; fuzz_one "$@"' _
}

fuzz_one() { # folder, target
    local said
    said=$(mktemp)
    if ! (
        cd "$1"
        RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none "$2" -- \
            -max_total_time=8 -max_len=65536 -timeout=30 -verbosity=0
    ) >"$said" 2>&1; then
        cat "$said"
        echo "$1: $2 found something"
        return 255 # xargs begins nothing more
    fi
    rm "$said"
    echo "$1: $2 ran without a finding"
}

# One closing line over all test targets, and what was skipped.
totals() {
    grep '^SKIPPED' "$log" || true
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
         END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }' "$log"
}
