//! The folder of a quickstart run, with a list of the files that quickstart wrote.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::lab::Host;

/// The list of the files that quickstart wrote: on each line, a path relative to the folder.
const LIST: &str = "quickstart-files.txt";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Owner,
    Everybody,
    Editable,
}

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    own: BTreeSet<String>,
}

impl Folder {
    /// Uses `root`, which must be new, empty or the folder of an earlier run.
    ///
    /// The files of an earlier run are removed.
    pub(super) fn take(root: PathBuf) -> anyhow::Result<Self> {
        make(&root).with_context(|| format!("{} cannot be created", root.display()))?;
        is_ours(&root)?;
        let list = root.join(LIST);
        remove_file(&beside(&list))?;
        match fs::read_to_string(&list) {
            Ok(names) => remove(&root, &names)?,
            Err(error) if error.kind() == ErrorKind::NotFound => ensure!(
                fs::read_dir(&root)?.next().is_none(),
                "{} is not empty, and is not from an earlier run: name an empty or a new folder with --dir",
                root.display()
            ),
            Err(error) => bail!("{} cannot be read: {error}", list.display()),
        }
        Ok(Self { root, own: BTreeSet::new() })
    }

    pub(super) fn host(&self, name: &str) -> Host {
        Host::new(name, self.root.join(name))
    }

    /// The list is written first, so that a later run removes even a half-written file.
    pub(super) fn install(&mut self, host: &Host, path: &str, bytes: &[u8], access: Access) -> anyhow::Result<()> {
        let file = host.file(path);
        let name = file.strip_prefix(&self.root)?.to_string_lossy().into_owned();
        if !self.own.contains(&name) {
            ensure!(
                !file.exists(),
                "{} was not made by quickstart: move it away or name another --dir",
                file.display()
            );
            self.own.insert(name);
            install(&self.root.join(LIST), self.list().as_bytes(), Access::Editable)?;
        }
        install(&file, bytes, access).with_context(|| format!("{} cannot be written", file.display()))
    }

    fn list(&self) -> String {
        self.own.iter().flat_map(|name| [name.as_str(), "\n"]).collect()
    }
}

/// Writes a temporary file and renames it, so that `path` is never half written.
fn install(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    let beside = beside(path);
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(
        &mut options,
        match access {
            Access::Owner => 0o400,
            Access::Everybody => 0o444,
            Access::Editable => 0o600,
        },
    );
    options.write(true).create_new(true).open(&beside)?.write_all(bytes)?;
    fs::rename(&beside, path)
}

/// A run that is killed may leave a file with this name.
fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    beside.into()
}

/// On Unix, only the owner can access the new folders, because they will contain keys.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

#[cfg(unix)]
fn is_ours(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::metadata(folder)?;
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    let is_ours = owner == 0 || owner == rustix::process::geteuid().as_raw();
    ensure!(is_ours, "{} belongs to user {owner}: name a folder of your own with --dir", folder.display());
    ensure!(
        mode & 0o022 == 0,
        "{} may be changed by others (mode {mode:04o}): name a folder of your own with --dir",
        folder.display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn is_ours(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

fn remove(root: &Path, names: &str) -> anyhow::Result<()> {
    for name in names.lines().map(Path::new) {
        let inside = name.components().all(|component| matches!(component, Component::Normal(_)));
        ensure!(inside, "{LIST} names {}, which is not a path inside {}", name.display(), root.display());
        remove_file(&root.join(name))?;
        remove_file(&beside(&root.join(name)))?;
    }
    Ok(())
}

fn remove_file(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => bail!("{} cannot be removed: {error}", path.display()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine"), "x").unwrap();
        let error = Folder::take(folder.path().to_owned()).unwrap_err();
        assert!(error.to_string().contains("is not empty"), "{error}");
    }

    #[test]
    fn a_second_run_removes_what_the_first_made_and_overwrites_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::take(root.path().to_owned()).unwrap();
        let host = folder.host("node0");
        folder.install(&host, "/etc/own", b"first", Access::Owner).unwrap();
        folder.install(&host, "/etc/own", b"second", Access::Owner).unwrap();
        assert_eq!(host.read("/etc/own").unwrap(), b"second");
        fs::write(host.file("/etc/foreign"), "mine").unwrap();

        let mut folder = Folder::take(root.path().to_owned()).unwrap();
        assert!(!host.file("/etc/own").exists());
        let error = folder.install(&host, "/etc/foreign", b"x", Access::Owner).unwrap_err();
        assert!(error.to_string().contains("was not made by quickstart"), "{error}");
        assert_eq!(host.read("/etc/foreign").unwrap(), b"mine");
    }

    #[test]
    fn a_run_that_was_killed_while_it_wrote_a_file_does_not_stop_the_next() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::take(root.path().to_owned()).unwrap();
        let host = folder.host("node0");
        folder.install(&host, "/etc/own", b"first", Access::Owner).unwrap();
        for left in [host.file("/etc/own"), root.path().join(LIST)] {
            fs::write(beside(&left), "half").unwrap();
        }
        let mut folder = Folder::take(root.path().to_owned()).unwrap();
        folder.install(&host, "/etc/own", b"second", Access::Owner).unwrap();
        assert_eq!(host.read("/etc/own").unwrap(), b"second");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_made_is_for_its_owner_alone_and_what_others_may_change_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("a/nodes");
        let mut folder = Folder::take(root.clone()).unwrap();
        folder.install(&folder.host("node0"), "/etc/own", b"x", Access::Owner).unwrap();
        for made in ["a", "a/nodes", "a/nodes/node0", "a/nodes/node0/etc"] {
            assert_eq!(fs::metadata(place.path().join(made)).unwrap().permissions().mode() & 0o7777, 0o700, "{made}");
        }
        fs::set_permissions(&root, fs::Permissions::from_mode(0o770)).unwrap();
        let error = Folder::take(root).unwrap_err().to_string();
        assert!(error.contains("may be changed by others (mode 0770)"), "{error}");
    }

    #[test]
    fn a_list_that_names_files_elsewhere_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("precious"), "x").unwrap();
        fs::create_dir(root.path().join("nodes")).unwrap();
        fs::write(root.path().join("nodes").join(LIST), "../precious\n").unwrap();
        Folder::take(root.path().join("nodes")).unwrap_err();
        assert!(root.path().join("precious").exists());
    }
}
