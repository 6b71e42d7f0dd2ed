//! No file makes the decoder use much more memory than the size of the file.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say what they expect by panicking")]

use cap::Cap;
use keystore_core::{Jks, Limits, MissingMac, Password, decode_unverified_within, decode_within};
use std::alloc::System;
use test_support::{Content, Corpus, Pinned};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// The memory that decoding a file of this size may use.
const fn budget(bytes: usize) -> usize {
    bytes * 8 + (1 << 20)
}

/// There is only one test in this process, so that the allocator counts nothing else.
#[test]
fn decoding_holds_what_the_file_warrants() {
    a_large_store_is_held_once();
    for bytes in hostile() {
        stays_in_bounds(&bytes, "", "bytes of our own");
    }
    every_file_of(Content::Keystores, Pinned { whole: 688, subset: 111 });
    every_file_of(Content::Bcfks, Pinned { whole: 386, subset: 60 });
}

fn every_file_of(content: Content, pinned: Pinned) {
    let corpus = Corpus::find(content);
    let mut files = 0;
    for row in corpus.rows() {
        let (file, password) = (row["file"].as_str().unwrap(), row["password"].as_str().unwrap_or_default());
        stays_in_bounds(&std::fs::read(corpus.folder().join(file)).unwrap(), password, file);
        files += 1;
    }
    corpus.assert_count("files decoded", files, pinned);
}

/// A borrowed JKS of 7 MB needs memory only for positions in the input; an owned one also for one copy of it.
fn a_large_store_is_held_once() {
    let bytes = large_store();
    let before = ALLOCATOR.allocated();
    let borrowed = Jks::decode_unverified(&bytes).unwrap();
    let index = ALLOCATOR.allocated() - before;
    assert!(index < bytes.len() / 8, "{index} bytes for places in {}", bytes.len());
    let owned = borrowed.clone().into_owned();
    let copied = ALLOCATOR.allocated() - before - index;
    assert!(copied < bytes.len() + 2 * index, "{copied} bytes for a copy of {}", bytes.len());
    drop(owned);
}

fn large_store() -> Vec<u8> {
    let certificate = [0x30; 900];
    let entry = |number: u32| {
        let mut bytes = vec![0, 0, 0, 2, 0, 4];
        bytes.extend(format!("{number:04}").bytes());
        bytes.extend([0; 8]);
        bytes.extend(u32::try_from(certificate.len()).unwrap().to_be_bytes());
        bytes.extend(certificate);
        bytes
    };
    let header = [0xfeed_feed, 1, 7_500].map(u32::to_be_bytes).concat();
    [header, (0..7_500).flat_map(entry).collect(), vec![0; 20]].concat()
}

fn stays_in_bounds(bytes: &[u8], password: &str, name: &str) {
    let password = Password::new(password);
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    // A costly derivation takes time, not memory.
    limits.iterations = 20_000;
    // scrypt uses memory on purpose.
    limits.memory = 1 << 19;
    let before = ALLOCATOR.allocated();
    // Beyond this the allocator refuses, and the process aborts.
    ALLOCATOR.set_limit(before + budget(bytes.len())).unwrap();
    let verified = decode_within(bytes, &password, &limits).map(drop);
    let unverified = decode_unverified_within(bytes, &limits).map(drop);
    ALLOCATOR.set_limit(usize::MAX).unwrap();
    assert!(ALLOCATOR.allocated() <= before + budget(0), "{name}: {verified:?}, {unverified:?}");
}

/// Counts and lengths that are far larger than the remaining input.
fn hostile() -> Vec<Vec<u8>> {
    let header = |magic: u32, count: u32| [magic, 2, count].map(u32::to_be_bytes).concat();
    let key = |length: u32, chain: u32| {
        let mut bytes = header(0xfeed_feed, 1);
        bytes.extend(1u32.to_be_bytes());
        bytes.extend([0, 1, b'a']);
        bytes.extend([0; 8]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(chain.to_be_bytes());
        bytes
    };
    vec![
        header(0xfeed_feed, 1_000_000),
        header(0xcece_cece, 1_000_000),
        key(0x7fff_ffff, 0),
        key(0, 1_000),
        [header(0xfeed_feed, 100_000), [0, 0, 0, 2].repeat(100_000)].concat(),
        smallest_entries(100_000),
        [0x30, 0x84, 0x7f, 0xff, 0xff, 0xff].to_vec(),
        [0x30, 0x80].repeat(100_000),
        [0x30, 0x80, 0x24, 0x80, 0x04, 0x84, 0x7f, 0xff, 0xff, 0xff].to_vec(),
    ]
}

/// A store of version 1 whose entries have empty aliases and empty certificates.
fn smallest_entries(count: u32) -> Vec<u8> {
    let entry = [&[0, 0, 0, 2][..], &[0; 2 + 8 + 4]].concat();
    let header = [0xfeed_feed, 1, count].map(u32::to_be_bytes).concat();
    [header, entry.repeat(usize::try_from(count).unwrap()), vec![0; 20]].concat()
}
