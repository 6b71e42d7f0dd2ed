//! Where the files that other programs made are.

use std::io::Write;
use std::path::PathBuf;

/// The folder that `CORPUS_DIR` names. Where there is none, that is said past the harness's capture, with what is not
/// done for it, and fails in CI, unless `CORPUS_ABSENT` says that it is known.
pub(crate) fn folder(undone: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CORPUS_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if folder.is_none() {
        let may_be_absent = std::env::var_os("CI").is_none() || std::env::var_os("CORPUS_ABSENT").is_some();
        assert!(may_be_absent, "CORPUS_DIR is not set");
        let said = format!("\nSKIPPED: CORPUS_DIR is not set, so {undone}\n\n");
        // Nobody could be told that nobody can be told.
        let _ = std::io::stderr().write_all(said.as_bytes());
    }
    folder
}
