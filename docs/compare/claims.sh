# What the scripts in this folder share. Each checks rows of COMPARE.md by running the tools, and ends with how many claims hold.
# shellcheck shell=bash

set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
held=0 failed=0

# What is asserted, and a command that exits with 0 if it is so.
claim() { # text, command...
    local text=$1
    shift
    if "$@" >output 2>&1; then
        held=$((held + 1))
        printf 'holds  %s\n' "$text"
    else
        failed=$((failed + 1))
        printf 'FALSE  %s\n' "$text"
        sed 's/^/       /' output
    fi
}

# A command that must fail.
fails() { if "$@"; then return 1; fi; }

# A command whose output must hold this text, whatever its exit status.
says() { # text, command...
    local text=$1
    shift
    { "$@" || true; } 2>&1 | grep -F -e "$text"
}

# A command that must succeed, and whose output must not hold this text.
never_says() { # text, command...
    local text=$1 said
    shift
    said=$("$@" 2>&1) || { printf '%s\n' "$said" && return 1; }
    fails grep -F -e "$text" <<<"$said"
}

# The tools must be there; a missing one skips the script.
needs() {
    local tool
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null; then
            printf 'SKIPPED %s: there is no %s here\n' "$(basename "$0")" "$tool"
            exit 0
        fi
    done
}

ends() {
    printf '%s: %s claims hold, %s do not\n' "$(basename "$0")" "$held" "$failed"
    [ "$failed" = 0 ]
}
