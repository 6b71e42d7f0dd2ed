//! The files that quickstart wrote, made once for all tests.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cassandra_props::{Family, Release, Store};
use examples::lab::{DATA, Host};
use examples::quickstart::{Options, run};
use tempfile::TempDir;

/// The folder into which quickstart wrote.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let made = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("nodes");
        let options = Options { cassandra: Release::V5_0, client_auth: true, client: false, wrong_order: false, dir };
        assert!(run(&options, &mut |_| {}).unwrap().is_clean());
        folder
    });
    made.path()
}

/// The root of a node's tree.
pub(crate) fn root(node: &str) -> PathBuf {
    folder().join("nodes").join(node)
}

/// A file among a node's stores and certificates.
pub(crate) fn data(node: &str, file: &str) -> PathBuf {
    Host::new(node, root(node)).file(&format!("{DATA}/{file}"))
}

/// The keystore and the truststore that a node's properties name.
pub(crate) fn stores(node: &str) -> (Store, Store) {
    let settings = Host::new(node, root(node)).settings(Family::ServerEncryption).unwrap();
    (settings.keystore.unwrap(), settings.truststore.unwrap())
}
