//! Reads untrusted files, with a limit on their size and no path out of a copied tree.
//!
//! On Unix, only [`read_text`] may block on a pipe or a device. The content is wiped from memory when it is dropped.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use zeroize::Zeroizing;

/// The maximum size, in bytes, of a keystore, a document or a file that the operator names.
pub const MAX_BYTES: u64 = 256 << 20;

/// The maximum size, in bytes, of settings, PEM texts and other small files.
pub const MAX_SETTINGS: u64 = 4 << 20;

/// A file that was read.
#[derive(Debug)]
pub struct Found {
    /// The content.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The metadata, such as the owner and the mode.
    pub metadata: Metadata,
}

/// The root under which the paths of a host are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The root of this machine.
    Host,
    /// A copy of the host's tree, in this folder.
    ///
    /// No path or link leads out of the folder. With `openat2` of Linux, an absolute link is followed inside the folder.
    /// Without it, a link that leads out is refused, and a link that is replaced during the check is not noticed. On Unix, a
    /// file with several hard links is refused, because another name of the file may be outside.
    Copy(PathBuf),
    /// The bundles of a generation, in this folder.
    ///
    /// As in a copy, no path leads out, but a file may have several hard links, because equal truststores are one file.
    Bundles(PathBuf),
}

impl Root {
    /// The content of a regular file of at most `limit` bytes.
    ///
    /// # Errors
    /// If the file does not exist, cannot be read, is not a regular file or is longer. In a copy or in bundles, also if the
    /// path contains `..`; in a copy, also if the file has several hard links. The error names the file.
    pub fn read(&self, path: &Path, limit: u64) -> anyhow::Result<Found> {
        self.open(path).and_then(|file| self.regular(file, limit)).with_context(|| unreadable(&self.place(path)))
    }

    /// Reads a file as [`read`](Self::read) does; `None` if it does not exist.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), except for a file that does not exist.
    pub fn find(&self, path: &Path, limit: u64) -> anyhow::Result<Option<Found>> {
        match self.open(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            opened => opened
                .and_then(|file| self.regular(file, limit))
                .map(Some)
                .with_context(|| unreadable(&self.place(path))),
        }
    }

    /// The path that messages show for a file.
    pub fn place(&self, path: &Path) -> PathBuf {
        match self {
            Self::Host => path.to_owned(),
            Self::Copy(folder) | Self::Bundles(folder) => folder.join(path.strip_prefix("/").unwrap_or(path)),
        }
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        match self {
            Self::Host => open(path),
            Self::Copy(_) | Self::Bundles(_) if path.components().any(|part| part == Component::ParentDir) => {
                Err(io::Error::new(ErrorKind::InvalidInput, "its path contains .."))
            }
            Self::Copy(folder) | Self::Bundles(folder) => open_beneath(folder, path),
        }
    }

    fn regular(&self, file: File, limit: u64) -> io::Result<Found> {
        let refused = |why| Err(io::Error::new(ErrorKind::InvalidInput, why));
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return refused("it is not a regular file");
        }
        if matches!(self, Self::Copy(_)) && has_a_second_name(&metadata) {
            return refused("it has a second name, a hard link: copy the tree without hard links");
        }
        let bytes = take(file, metadata.len(), limit)?;
        Ok(Found { bytes, metadata })
    }
}

#[cfg(unix)]
fn has_a_second_name(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn has_a_second_name(_: &Metadata) -> bool {
    false
}

/// The content of a regular file of at most 256 MiB.
///
/// # Errors
/// If the file cannot be read, is not a regular file or is longer. The error names the file.
pub fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    Root::Host.read(path, MAX_BYTES).map(|found| found.bytes)
}

/// The text of a file that the operator names, which may be a pipe.
///
/// # Errors
/// If the file cannot be read, is longer than 256 MiB or is not UTF-8. The error names the file.
pub fn read_text(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let read = || {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut bytes = take(file, length, MAX_BYTES)?;
        std::str::from_utf8(&bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(io::Error::other)
    };
    read().with_context(|| unreadable(path))
}

fn unreadable(path: &Path) -> String {
    format!("{} cannot be read", path.display())
}

/// Reads a file of at most `limit` bytes.
///
/// If the file is longer than `expected`, the outgrown buffers are wiped.
fn take(mut file: impl Read, expected: u64, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let too_long = || io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {limit} bytes"));
    if expected > limit {
        return Err(too_long());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(expected).map_err(io::Error::other)?));
    let mut chunk = Zeroizing::new([0; 8192]);
    loop {
        let read = match file.read(&mut *chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(bytes);
        }
        let length = bytes.len().saturating_add(read);
        if u64::try_from(length).map_or(true, |length| length > limit) {
            return Err(too_long());
        }
        if length > bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.saturating_mul(2)));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        bytes.extend(chunk.iter().take(read));
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    Ok(rustix::fs::open(path, FLAGS, rustix::fs::Mode::empty())?.into())
}

/// Without `NONBLOCK`, opening a FIFO or a device could block.
#[cfg(unix)]
const FLAGS: rustix::fs::OFlags = rustix::fs::OFlags::RDONLY
    .union(rustix::fs::OFlags::NONBLOCK)
    .union(rustix::fs::OFlags::NOCTTY)
    .union(rustix::fs::OFlags::CLOEXEC);

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens a file as if `folder` were the root (`RESOLVE_IN_ROOT` in `man 2 openat2`).
#[cfg(target_os = "linux")]
fn open_beneath(folder: &Path, path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, ResolveFlags};
    use rustix::io::Errno;
    let root = rustix::fs::open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(&root, path, FLAGS, Mode::empty(), resolve) {
        // Before Linux 5.6, or under a filter that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => open_contained(folder, path),
        opened => Ok(opened?.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open_beneath(folder: &Path, path: &Path) -> io::Result<File> {
    open_contained(folder, path)
}

/// Opens a file in `folder`, but does not notice a link that is replaced after the check.
fn open_contained(folder: &Path, path: &Path) -> io::Result<File> {
    let found = folder.join(path.strip_prefix("/").unwrap_or(path)).canonicalize()?;
    if !found.starts_with(folder.canonicalize()?) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "a link leads out of the tree"));
    }
    open(&found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes = vec![7; 20_000];
        fs::write(&path, &bytes).unwrap();
        assert_eq!(*Root::Host.read(&path, 20_000).unwrap().bytes, bytes);
        let long = format!("{:#}", Root::Host.read(&path, 19_999).unwrap_err());
        assert_eq!(long, format!("{} cannot be read: it is longer than 19999 bytes", path.display()));
        assert!(Root::Host.find(&folder.path().join("nothing"), 1).unwrap().is_none());
    }

    /// The length of a pipe is not known in advance, and that of a growing file is soon wrong.
    #[test]
    fn what_grows_is_read_up_to_the_limit() {
        let bytes = vec![1; 30_000];
        for expected in [0, 10, 30_000] {
            assert_eq!(*take(&*bytes, expected, 30_000).unwrap(), bytes);
            assert_eq!(take(&*bytes, expected, 29_999).unwrap_err().kind(), ErrorKind::FileTooLarge);
        }
        assert_eq!(take(io::repeat(0), 0, 100_000).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_a_regular_file_is_refused_and_nothing_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for path in [&fifo, Path::new("/dev/zero"), Path::new("/dev/null"), folder.path()] {
            let said = format!("{:#}", read(path).unwrap_err());
            assert_eq!(said, format!("{} cannot be read: it is not a regular file", path.display()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_leads_out_of_a_tree() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let tree = place.path().join("tree");
        fs::create_dir_all(tree.join("data")).unwrap();
        fs::write(place.path().join("secret"), "outside").unwrap();
        fs::write(tree.join("data/store"), "inside").unwrap();
        let outside = place.path().join("secret");
        symlink(&outside, tree.join("absolute")).unwrap();
        symlink("../secret", tree.join("relative")).unwrap();
        symlink(place.path(), tree.join("folder")).unwrap();
        symlink("/dev/zero", tree.join("zero")).unwrap();
        symlink("/data/store", tree.join("as_on_the_host")).unwrap();
        symlink("data/store", tree.join("beside")).unwrap();
        let root = Root::Copy(tree.clone());

        for path in ["/data/store", "data/store", "/beside"] {
            assert_eq!(root.read(Path::new(path), 10).unwrap().bytes.as_slice(), b"inside", "{path}");
            take(open_contained(&tree, Path::new(path)).unwrap(), 0, 10).unwrap();
        }
        for path in ["/absolute", "/relative", "/folder/secret", "/zero"] {
            let path = Path::new(path);
            assert!(root.find(path, 10).unwrap().is_none(), "{path:?}: as if the tree were the root");
            let refused = open_contained(&tree, path).unwrap_err();
            assert_eq!(refused.to_string(), "a link leads out of the tree");
        }
        if cfg!(target_os = "linux") {
            assert_eq!(root.read(Path::new("/as_on_the_host"), 10).unwrap().bytes.as_slice(), b"inside");
        }
        for path in ["../secret", "/../secret", "/data/../../secret", "/data/../data/store"] {
            let said = format!("{:#}", root.read(Path::new(path), 10).unwrap_err());
            assert!(said.ends_with("cannot be read: its path contains .."), "{said}");
        }
    }
}
