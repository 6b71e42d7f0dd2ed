# Tests, proofs, and the first program that a reader runs.
# shellcheck shell=bash disable=SC2154

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
    tested cargo test --quiet -p certgen --all-features
    tested cargo test --quiet -p rotation-planner --all-features --lib --test minima
    tested cargo test --quiet -p benches
}

keytool_tests() {
    CERTGEN_KEYTOOL_CASES=500 tested cargo test --quiet --release -p certgen --all-features --test foreign keytool -- --nocapture
}

corpora() {
    tested cargo test --quiet --release -p keystore-core --test corpus --test memory -- --nocapture
    tested cargo test --quiet --release -p cassandra-props --test corpus --test yaml_corpus --test pem_reader -- --nocapture
    # 20,000 edits of the server section, 5,000 of the client's and of top-level keys, beside SnakeYAML.
    tested env YAML_DRAWN=20000 cargo test --quiet --release -p cassandra-props --test foreign -- --nocapture
    tested cargo test --quiet --release -p certgen --all-features --test paths -- --nocapture --include-ignored
    tested env PATHS_DRAWS=10000 cargo test --quiet --release -p certgen --all-features --test foreign -- judges_paths --nocapture
}

# Stores drawn at random, both ways with Bouncy Castle, and mutants under Java 8 (where install_java_8 found it), 17 and 25.
keystores() {
    tested env BCFKS_STORES=2000 KEYSTORE_MUTANTS=2000 \
        cargo test --quiet --release -p keystore-core --test foreign -- --nocapture
}

metrics() { tested cargo test --quiet -p cassandra-tls --all-features --test metrics; }

cases() { tested cargo test --quiet -p cassandra-tls --all-features --test cases; }

# What COMPARE.md says of keytool and OpenSSL, said by them.
comparisons() {
    cargo build --quiet -p cassandra-tls --all-features
    PATH=${CARGO_TARGET_DIR:-$PWD/target}/debug:$PATH docs/compare/run
    passed "COMPARE.md"
}

exhaustive() {
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
