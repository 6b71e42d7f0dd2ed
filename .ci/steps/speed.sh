# Benchmarks, and fuzz targets.
# shellcheck shell=bash

# With the large inputs, and beside aws-lc-rs where that can be built.
compare_in_full() {
    local features=()
    if command -v cmake >/dev/null; then features=(--features aws-lc); fi
    cargo run --quiet --release -p benches "${features[@]}" --bin compare -- --full
}

benchmarks() {
    cargo bench --quiet -p benches
}

# Two at a time, since each takes one core. One folder for what is built, so that what they share is compiled once.
fuzz() { # seconds of each target
    local folder target
    export CARGO_TARGET_DIR=$PWD/target/fuzzing
    for folder in "${libraries[@]/%//fuzz}" examples/operator/fuzz; do
        (cd "$folder" && RUSTC_BOOTSTRAP=1 CARGO_TERM_QUIET=true cargo fuzz build --sanitizer none)
        for target in $(cd "$folder" && cargo fuzz list); do printf '%s %s %s\n' "$1" "$folder" "$target"; done
    done | tested xargs -P 2 -L 1 bash -c 'source .ci/steps.sh; fuzz_one "$@"' _
}

fuzz_one() { # seconds, folder, target
    local said
    said=$(mktemp)
    if ! (
        cd "$2"
        RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none "$3" -- \
            -max_total_time="$1" -max_len=65536 -timeout=30 -verbosity=0
    ) >"$said" 2>&1; then
        cat "$said"
        echo "FAILED fuzz target $3 of $2: it found something"
        return 255 # xargs begins nothing more
    fi
    rm "$said"
    echo "PASSED fuzz target $3 of $2"
}
