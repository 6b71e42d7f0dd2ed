# The crates as packages: lints, documentation, interfaces, other targets, licences.
# shellcheck shell=bash disable=SC2154

# With every feature, and as somebody builds who names none.
clippy() {
    cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
    cargo clippy --all-targets --quiet -- -D warnings
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --quiet
}

# As docs.rs does: items say which feature they need.
docs_rs() {
    local library
    for library in "${libraries[@]}"; do
        RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="--cfg docsrs -D warnings" \
            cargo doc --quiet --no-deps --all-features -p "$library" --target-dir target/docs-rs
    done
    passed "docs.rs"
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

# What is new and what is gone since the commit that CHANGELOG's last heading names. What is gone must be explained there.
interface_changes() {
    local since heading library now before gone
    since=$(sed -n 's/^## .*since `\([0-9a-f]*\)`.*/\1/p' CHANGELOG.md | head -n 1)
    heading=$(sed '1,/^## /d; /^## /,$d' CHANGELOG.md)
    [ -n "$since" ]
    if ! git cat-file -e "$since^{commit}" 2>/dev/null; then
        skipped "interfaces since $since" "this clone does not have that commit"
        return
    fi
    now=$(mktemp) before=$(mktemp)
    for library in "${libraries[@]}"; do
        sort "$library/public-api.txt" >"$now"
        git show "$since:$library/public-api.txt" | sort >"$before"
        gone=$(comm -13 "$now" "$before")
        printf '%s since %s: %s new, %s gone\n' "$library" "$since" "$(comm -23 "$now" "$before" | wc -l)" "$(grep -c . <<<"$gone")"
        if [ -n "$gone" ] && ! grep -q "^- Interface of \`$library\`: " <<<"$heading"; then
            printf '%s\nCHANGELOG does not say why these are gone ("- Interface of `%s`: ...")\n' "$gone" "$library"
            return 1
        fi
    done
    rm "$now" "$before"
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
            cd "$outside/user" || exit
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
        for library in "${libraries[@]}" examples cassandra-tls; do
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

# The program as it is sent to hosts: one file that needs nothing of them.
static_program() {
    local target=x86_64-unknown-linux-musl command root
    if ! rustup target add "$target" >/dev/null 2>&1; then
        skipped "static program" "the target cannot be installed here"
        return
    fi
    # The command that docs/operate.md names.
    command=$(sed -n 's/^\$ \(CC_.* cargo build .*--target x86_64-unknown-linux-musl\)$/\1/p' docs/operate.md)
    [ -n "$command" ]
    echo "\$ $command"
    env $command
    root=$(mktemp -d)
    cp "target/$target/release/cassandra-tls" "$root/"
    printf 'cassandra = "5.0"\nclient_auth = false\n[[node]]\nname = "node0"\naddress = "192.0.2.11"\n' >"$root/cluster.toml"
    in_empty_root "$root" --version
    in_empty_root "$root" prepare --cluster /cluster.toml --dir /bundles --key ec:p256
    STORE_PASSWORD=$(cat "$root/bundles/g1/node0/password") in_empty_root "$root" inspect /bundles/g1/node0/keystore.node0
    rm -rf "$root"
    passed "the program in an empty root"
}

in_empty_root() { unshare --map-root-user chroot "$1" /cassandra-tls "${@:2}"; }

licences() {
    cargo deny --all-features --log-level error check bans licenses sources
    # What RustSec knows is in a database that not every machine can fetch.
    if cargo deny --all-features fetch db >/dev/null 2>&1; then
        cargo deny --all-features --log-level error check advisories
        passed "advisories"
    else
        skipped "advisories" "RustSec's database cannot be had here"
    fi
}
