//! Checks that the library's use of memory is in proportion to the size of a file.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use std::alloc::System;

use cap::Cap;
use cassandra_props::{Family, InternodeTls, Properties, Release, RequireClientAuth, Store, TlsSettings};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const SIZE: usize = 20_000;

/// The only test in its process, so that the allocator counts nothing else.
#[test]
fn reading_and_editing_hold_what_the_file_warrants() {
    for (name, line) in [
        ("one line", "x"),
        ("blank lines", "\n"),
        ("shortest properties", "a\n"),
        ("comments", "#\n"),
        ("comments that continue", "#conf_cassandra_require_client_auth=\\\n"),
        ("continuations", "\\\n"),
        ("escapes", "\\u0041"),
        ("a setting, again and again", "conf_cassandra_keystore=/k\n"),
        ("real lines", "# See the guide\nconf_cassandra_seeds = 192.0.2.11,\\\n    192.0.2.12\n"),
    ] {
        stays_in_bounds(name, line.repeat(SIZE / line.len()).into_bytes());
    }
}

/// Sets limits on the allocator. Beyond a limit, the process aborts; the last line of output names the file.
fn stays_in_bounds(name: &str, bytes: Vec<u8>) {
    let size = bytes.len();
    println!("{name}: {size} bytes");
    let before = ALLOCATOR.allocated();
    // The index takes twelve bytes a property, and up to as much again while it grows.
    ALLOCATOR.set_limit(before + 12 * size + (1 << 16)).unwrap();
    let mut file = Properties::from_bytes(cassandra_props::Encoding::Latin1, bytes).unwrap();
    let parsed = ALLOCATOR.allocated();
    // An operation works on a copy of the file.
    ALLOCATOR.set_limit(parsed + 16 * size + (1 << 16)).unwrap();
    let store = Store::new("/k", "secret").unwrap();
    let settings = TlsSettings::new(store.clone(), store).client_auth(RequireClientAuth::Required);
    let tls = InternodeTls::new(Family::Legacy);
    let change = tls.enable(&settings).apply(&mut file).unwrap();
    assert!(!change.is_empty(), "{name}");
    let findings = tls.lint(&file, Release::V5_0);
    assert!(!findings.is_empty(), "{name}");
    drop((change, findings, file, settings));
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    assert!(ALLOCATOR.allocated() < before, "{name}: {} bytes are still held", ALLOCATOR.allocated());
}
