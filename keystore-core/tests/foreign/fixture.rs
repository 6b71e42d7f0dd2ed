//! Keys, certificates and stores that the tests use.

use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Entry, KeyStore, Password, Protection, SealedKey, Timestamp};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) const KEY: &[u8] = include_bytes!("../data/node0.pkcs8");
pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../data/node0.cer");
pub(crate) const CREATED: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A file in the fixtures' folder.
pub(crate) fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

/// A folder that is removed with the value, and a path in it.
pub(crate) fn scratch(name: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let path = folder.path().join(name);
    (folder, path)
}

/// Writes a file into a new folder.
pub(crate) fn written(name: &str, bytes: &[u8]) -> (TempDir, String) {
    let (folder, path) = scratch(name);
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    (folder, path.display().to_string())
}

pub(crate) fn certificate() -> CertificateDer<'static> {
    CertificateDer::from(CERTIFICATE)
}

pub(crate) fn sealed(password: &str, protection: Protection) -> SealedKey<'static> {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &Password::new(password), protection, &mut rng).expect("a key")
}

/// A key under "Node0" and a trusted certificate under "peer".
pub(crate) fn key_and_peer(password: &str, protection: Protection) -> KeyStore<'static> {
    let mut keystore = KeyStore::new();
    let key = Entry::new_private_key("Node0", sealed(password, protection), vec![certificate()], CREATED);
    keystore.insert(key).expect("no clash");
    keystore.insert(Entry::new_trusted_certificate("peer", certificate(), CREATED)).expect("no clash");
    keystore
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
