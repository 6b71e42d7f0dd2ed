# What .ci/run and .ci/full share: how a step is run, counted and summed up. The steps stand in .ci/steps, by subject.
# shellcheck shell=bash disable=SC2034

libraries=(keystore-core certgen cassandra-props rotation-planner)

for subject in tools crates tests clusters speed page pictures; do
    # shellcheck source=/dev/null
    source ".ci/steps/$subject.sh"
done
unset subject

# To be called once, before the first step.
begin() {
    export CI=true CARGO_TERM_COLOR=never
    log=$(mktemp)
    started=$SECONDS
    # The corpora lie beside the repository; `CORPUS_DIR` names another place. Without them the tests that read them fail.
    if [ -z "${CORPUS_DIR:-}" ] && [ -f ../shared/corpora/manifest.json ]; then
        CORPUS_DIR=$(cd ../shared/corpora && pwd)
        export CORPUS_DIR
    fi
}

step() { # title, command...
    local title=$1 since=$SECONDS
    shift
    printf '\n== %s\n' "$title"
    "$@"
    printf -- '-- %s: %s s\n' "$title" "$((SECONDS - since))"
}

# As a step, but a failure is counted and the next one begins. In a shell of its own, which the first command that fails
# ends: Bash forgets `set -e` where a function's status is asked for.
attempt() { # title, command...
    if ! log=$log bash -euo pipefail -c 'source .ci/steps.sh; step "$@"' _ "$@"; then
        failed "$1"
    fi
}

# Runs tests of cargo, and keeps what they print for the totals.
tested() { "$@" 2>&1 | tee -a "$log"; }

# Counts something that is not a test of cargo.
passed() { printf 'PASSED %s\n' "$1" | tee -a "$log"; }

failed() { printf 'FAILED %s\n' "$1" | tee -a "$log"; }

skipped() { # what, why
    printf 'SKIPPED %s: %s\n' "$1" "$2" | tee -a "$log"
    echo 'skipped step' >>"$log"
}

# One closing line over everything that was counted, and what was skipped.
totals() {
    printf '\n== totals (%s s)\n' "$((SECONDS - started))"
    grep '^SKIPPED' "$log" || true
    awk '/^test result:/ { passed += $4; failed += $6; skipped += $8 }
         /^PASSED / { passed++ }
         /^FAILED / { failed++ }
         /^skipped step$/ { skipped++ }
         END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }' "$log"
}
