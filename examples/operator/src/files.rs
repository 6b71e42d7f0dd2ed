//! Installs files atomically: a reader sees the whole old file or the whole new file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::folders;

/// The mode of an installed file. Only Unix has modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only the owner may read the file (0400).
    Owner,
    /// Every user may read the file (0444).
    Everyone,
    /// Only the owner may read and write the file (0600).
    Editable,
}

/// Writes `bytes` to `path`, in place of an existing file, and makes missing folders.
///
/// The bytes are written to a new file beside `path`. The new file gets its final mode before any content, is synced and read
/// back, and is then renamed to `path`. Then the folder is synced. A crash leaves the whole old file or the whole new file, and
/// perhaps a file `.NAME.*.part`, which the next call for the same path removes.
///
/// # Errors
/// The errors of the file system; also if `path` has no file name, or the bytes that are read back differ. After an error, the
/// old file is unchanged, unless only the sync of the folder failed.
pub fn install(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folders::make(folder)?;
    let mut first = OsString::from(".");
    first.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    first.push(".");
    remove_leftovers(folder, &first)?;
    // `tempfile_in` creates a new file with mode 0600. The open file stays writable after its mode forbids writing.
    let mut beside = Builder::new().prefix(&first).suffix(PART).tempfile_in(folder)?;
    set_mode(beside.as_file(), access)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    read_back(&mut beside, bytes)?;
    beside.persist(path)?;
    sync_folder(folder)
}

/// Makes a hard link to `file` at `path`, which must not exist, and syncs the folder.
///
/// # Errors
/// The errors of the file system, which may not support hard links.
pub fn link(file: &Path, path: &Path) -> io::Result<()> {
    fs::hard_link(file, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

const PART: &str = ".part";

fn remove_leftovers(folder: &Path, first: &OsString) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let (name_bytes, first) = (name.as_encoded_bytes(), first.as_encoded_bytes());
        if name_bytes.starts_with(first) && name_bytes.ends_with(PART.as_bytes()) {
            fs::remove_file(folder.join(&name))?;
        }
    }
    Ok(())
}

fn read_back(beside: &mut NamedTempFile, bytes: &[u8]) -> io::Result<()> {
    let mut read = zeroize::Zeroizing::new(Vec::with_capacity(bytes.len()));
    beside.as_file_mut().rewind()?;
    beside.as_file_mut().read_to_end(&mut read)?;
    if read.as_slice() == bytes {
        Ok(())
    } else {
        Err(io::Error::other("the file does not read back as it was written"))
    }
}

#[cfg(unix)]
fn set_mode(file: &File, access: Access) -> io::Result<()> {
    let mode = match access {
        Access::Owner => 0o400,
        Access::Everyone => 0o444,
        Access::Editable => 0o600,
    };
    rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(mode)).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Access) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/keystore");
        install(&path, b"old", Access::Owner).unwrap();
        install(&path, b"new", Access::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_is_as_asked() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for (access, mode) in [(Access::Owner, 0o400), (Access::Everyone, 0o444), (Access::Editable, 0o600)] {
            let path = folder.path().join("file");
            install(&path, b"x", access).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"x").unwrap();
        install(&path, b"new", Access::Owner).unwrap_err();
        assert!(path.join("inside").is_file());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
