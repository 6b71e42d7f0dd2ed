//! Replaces a file that a running node reads.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces the file at `path` atomically, and creates its folders.
///
/// A node that reads the file at that moment gets the old or the new content. Only the owner may read the file.
pub(crate) fn install(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(bytes)?;
    beside.persist(path)?;
    Ok(())
}
