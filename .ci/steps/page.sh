# The plan as a page, in a browser.
# shellcheck shell=bash

# Chromium and two packages of npm, which not every machine can fetch.
page_in_browser() {
    local modules=target/page-modules pages
    if ! command -v chromium >/dev/null; then
        apt-get update -qq >/dev/null 2>&1 || true
        apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 || true
    fi
    if ! command -v npm >/dev/null; then
        apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1 || true
    fi
    if ! command -v chromium >/dev/null; then
        skipped "the page in a browser" "Chromium cannot be had here"
        return
    fi
    if ! npm install --silent --no-save --prefix "$modules" playwright-core@1 axe-core@4 >/dev/null 2>&1; then
        skipped "the page in a browser" "playwright-core and axe-core cannot be had here"
        return
    fi
    pages=$(mktemp -d)
    cargo build --quiet -p cassandra-tls
    cargo run --quiet -p page --example cases -- "$pages"
    CHROMIUM=$(command -v chromium) PAGE_MODULES=$modules node examples/page/tests/browser/page.mjs "$pages" target/debug/cassandra-tls
    passed "the page in a browser"
    rm -rf "$pages"
}
