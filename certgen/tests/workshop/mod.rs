//! What every test here needs: a folder, a generator, a clock, a key.
#![allow(dead_code, reason = "two test targets share it, and neither needs all of it")]

pub(crate) mod corpus;

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use certgen::{KeyKind, KeyPair, Time};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tempfile::TempDir;

/// A folder that goes away with it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }
}

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn now() -> Time {
    Time::from(std::time::SystemTime::now())
}

/// One key for all tests that do not care which.
pub(crate) fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeyKind::Rsa2048, &mut rng(1)).unwrap())
}

/// Two keys for authorities.
pub(crate) fn keys() -> &'static [KeyPair; 2] {
    static KEYS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [10, 11].map(|seed| KeyPair::generate(KeyKind::Rsa2048, &mut rng(seed)).unwrap()))
}

/// A key is not cloned; this reads it from what it wrote.
pub(crate) fn copy(key: &KeyPair) -> KeyPair {
    KeyPair::from_pkcs8(&key.secret_pkcs8()).unwrap()
}
