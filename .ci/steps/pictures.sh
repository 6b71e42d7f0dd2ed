# The pictures and charts of the documents, recorded and measured again.
# shellcheck shell=bash

# In these nothing is random and nothing depends on the machine: the same text must come again.
steady=(docs/pictures/{quickstart,plan,waves,compare,refusal}.svg)

pictures() {
    if ! command -v pngquant >/dev/null; then
        apt-get update -qq >/dev/null 2>&1 || true
        apt-get install -y -qq --no-install-recommends pngquant chromium >/dev/null 2>&1 || true
    fi
    docs/pictures/make
    git diff --exit-code -- "${steady[@]}"
    passed "pictures"
}

charts() {
    docs/pictures/charts
    passed "charts"
}
