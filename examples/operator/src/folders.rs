//! Folders for keys and playbooks, made for their owner alone.
//!
//! A folder that other users may write to is refused.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::files::{self, Access};
use crate::reading::read_text;
use crate::shown;

/// Makes a folder and its missing parents, for the owner alone (mode 0700).
///
/// An existing folder is left as it is.
///
/// # Errors
/// The errors of the file system.
pub fn make(folder: &Path) -> io::Result<()> {
    for_owner().recursive(true).create(folder)
}

/// Makes a new folder, for the owner alone.
///
/// # Errors
/// The errors of the file system; [`AlreadyExists`](ErrorKind::AlreadyExists) if the folder exists.
pub fn make_new(folder: &Path) -> io::Result<()> {
    for_owner().create(folder)
}

fn for_owner() -> fs::DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes a folder if it does not exist, and checks it as [`is_ours`] does.
///
/// # Errors
/// If the folder cannot be made; and the errors of [`is_ours`].
pub fn private(folder: &Path) -> anyhow::Result<()> {
    make(folder).with_context(|| format!("{} cannot be made", shown::path(folder)))?;
    is_ours(folder)
}

/// Checks the owner and the mode of a folder, and the modes of the folders above.
///
/// This user or root must own the folder, and no other user may have write permission. A folder above may be writable by
/// everybody only if its sticky bit is set, like that of `/tmp`.
///
/// # Errors
/// If the check fails, or a folder cannot be examined.
#[cfg(unix)]
pub fn is_ours(folder: &Path) -> anyhow::Result<()> {
    let unreadable = || format!("{} cannot be examined", shown::path(folder));
    let found = fs::metadata(folder).with_context(unreadable)?;
    let better = "use a folder that only you can change";
    is_of_nobody_else(folder, &found, better)?;
    for above in fs::canonicalize(folder).with_context(unreadable)?.ancestors().skip(1) {
        let mode = mode(&fs::metadata(above).with_context(unreadable)?);
        ensure!(
            mode & 0o1002 != 0o002,
            "{} may be changed by everybody (mode {mode:04o}): {better}",
            shown::path(above)
        );
    }
    Ok(())
}

/// Checks that this user or root owns a file, and that no other user has write permission.
///
/// # Errors
/// If the check fails, or the file cannot be examined.
#[cfg(unix)]
pub fn file_is_ours(file: &Path) -> anyhow::Result<()> {
    let found = fs::metadata(file).with_context(|| format!("{} cannot be examined", shown::path(file)))?;
    is_of_nobody_else(file, &found, "check its content, and take ownership of it")
}

#[cfg(unix)]
fn is_of_nobody_else(path: &Path, found: &fs::Metadata, better: &str) -> anyhow::Result<()> {
    let (owner, us) = (std::os::unix::fs::MetadataExt::uid(found), rustix::process::geteuid().as_raw());
    ensure!(owner == us || owner == 0, "{} belongs to user {owner}: {better}", shown::path(path));
    let mode = mode(found);
    ensure!(mode & 0o022 == 0, "{} may be changed by others (mode {mode:04o}): {better}", shown::path(path));
    Ok(())
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(found) & 0o7777
}

/// Does nothing: only Unix has the owners and modes that are checked.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn is_ours(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// Does nothing: only Unix has the owners and modes that are checked.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn file_is_ours(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// The name of the file that lists this program's files in a folder, one name per line.
pub const LIST: &str = "cassandra-tls-files.txt";

/// A folder that may also contain the operator's files.
///
/// Only the list ([`LIST`]) and the files on it are replaced or removed.
#[derive(Debug)]
pub struct SharedFolder {
    root: PathBuf,
    own: BTreeSet<String>,
}

impl SharedFolder {
    /// Opens a folder, or makes it if it does not exist.
    ///
    /// # Errors
    /// The errors of [`private`]; also if the list cannot be read or names a file outside the folder.
    pub fn take(root: &Path) -> anyhow::Result<Self> {
        private(root)?;
        let list = root.join(LIST);
        let own: BTreeSet<String> = match fs::symlink_metadata(&list) {
            Ok(_) => read_text(&list)?.lines().map(str::to_owned).collect(),
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => bail!("{} cannot be read: {error}", shown::path(&list)),
        };
        let outside = own.iter().find(|name| !is_within(name));
        ensure!(outside.is_none(), "{} names a file outside its folder", shown::path(&list));
        Ok(Self { root: root.to_owned(), own })
    }

    /// Removes the listed files below `folder`, and those of their folders that are then empty.
    ///
    /// # Errors
    /// If a file cannot be removed, or a folder in its name is a symbolic link.
    pub fn remove_below(&mut self, folder: &str) -> anyhow::Result<()> {
        for name in self.own.iter().filter(|name| Path::new(name).starts_with(folder)) {
            let file = self.file(name)?;
            match fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    bail!("{} cannot be removed: {error}", shown::path(&file))
                }
                _ => {}
            }
            // Folders that contain other files stay.
            let above = Path::new(name).ancestors().skip(1).take_while(|above| above.starts_with(folder));
            for above in above {
                let _ = fs::remove_dir(self.root.join(above));
            }
        }
        // A file that appears under one of these names later is not this program's.
        self.own.retain(|name| !Path::new(name).starts_with(folder));
        Ok(())
    }

    /// Adds files to the list.
    ///
    /// If files are claimed before they are written, the list is complete even after a crash.
    ///
    /// # Errors
    /// If a file exists but is not on the list, if its name leads out of the folder or through a symbolic link, or if the list
    /// cannot be written.
    pub fn claim(&mut self, names: &[&str]) -> anyhow::Result<()> {
        for name in names.iter().copied() {
            ensure!(is_within(name), "{} is not in the folder", shown::shown(name));
            let file = self.file(name)?;
            ensure!(
                self.own.contains(name) || fs::symlink_metadata(&file).is_err(),
                "{} was not made by this program: move it away or name another folder",
                shown::path(&file)
            );
            self.own.insert(name.to_owned());
        }
        let list: String = self.own.iter().flat_map(|name| [name.as_str(), "\n"]).collect();
        let file = self.root.join(LIST);
        files::install(&file, list.as_bytes(), Access::Editable).with_context(|| unwritable(&file))
    }

    /// Writes a file that was claimed.
    ///
    /// # Errors
    /// If the file cannot be written, its folder fails the check of [`is_ours`], or a folder in its name is a symbolic link.
    pub fn install(&self, name: &str, bytes: &[u8], access: Access) -> anyhow::Result<()> {
        let file = self.file(name)?;
        if let Some(folder) = file.parent() {
            private(folder)?;
        }
        files::install(&file, bytes, access).with_context(|| unwritable(&file))
    }

    fn file(&self, name: &str) -> anyhow::Result<PathBuf> {
        // The target of a symbolic link may be outside the folder.
        for above in Path::new(name).ancestors().skip(1) {
            let folder = self.root.join(above);
            let is_link = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_symlink());
            ensure!(above.as_os_str().is_empty() || !is_link, "{} is a link", shown::path(&folder));
        }
        Ok(self.root.join(name))
    }
}

fn is_within(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|component| matches!(component, Component::Normal(_)))
}

fn unwritable(file: &Path) -> String {
    format!("{} cannot be written", shown::path(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(result: anyhow::Result<impl std::fmt::Debug>) -> String {
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn what_is_not_on_the_list_is_neither_replaced_nor_removed() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("play");
        let names = ["apply.yml", "files/node0/1.truststore", "files/node1/1.truststore"];
        let mut folder = SharedFolder::take(&root).unwrap();
        folder.claim(&names).unwrap();
        for name in names {
            folder.install(name, b"first", Access::Owner).unwrap();
        }
        fs::write(root.join("files/precious.cfg"), "mine").unwrap();
        fs::write(root.join("files/node1/precious.cfg"), "mine").unwrap();
        let mut folder = SharedFolder::take(&root).unwrap();
        folder.remove_below("files").unwrap();
        assert!(!root.join("files/node0").exists() && !root.join("files/node1/1.truststore").exists());
        assert!(root.join("files/precious.cfg").exists() && root.join("files/node1/precious.cfg").exists());
        folder.claim(&["apply.yml"]).unwrap();
        folder.install("apply.yml", b"second", Access::Editable).unwrap();
        assert_eq!(fs::read(root.join("apply.yml")).unwrap(), b"second");
        let refused = said(folder.claim(&["files/precious.cfg"]));
        assert!(refused.ends_with("was not made by this program: move it away or name another folder"), "{refused}");
        // The operator's file has a name that was ours in an earlier plan.
        fs::create_dir_all(root.join("files/node0")).unwrap();
        fs::write(root.join(names[1]), "mine").unwrap();
        let mut folder = SharedFolder::take(&root).unwrap();
        folder.remove_below("files").unwrap();
        assert_eq!(fs::read(root.join(names[1])).unwrap(), b"mine");
        said(folder.claim(&[names[1]]));
    }

    #[test]
    fn a_list_that_names_files_elsewhere_is_refused() {
        let place = tempfile::tempdir().unwrap();
        for name in ["../precious", "/etc/passwd", "a/../../b", ""] {
            fs::write(place.path().join(LIST), format!("apply.yml\n{name}\n")).unwrap();
            assert!(said(SharedFolder::take(place.path())).ends_with("names a file outside its folder"), "{name}");
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        use super::*;

        fn set_mode(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn a_folder_that_others_may_change_is_refused() {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("open/bundles");
            private(&folder).unwrap();
            for part in ["open", "open/bundles"] {
                assert_eq!(mode(&fs::metadata(place.path().join(part)).unwrap()), 0o700);
            }
            for (wide, what) in
                [(0o770, "others (mode 0770)"), (0o722, "others (mode 0722)"), (0o1777, "others (mode 1777)")]
            {
                set_mode(&folder, wide);
                assert!(said(private(&folder)).contains(&format!("open/bundles may be changed by {what}")));
            }
            set_mode(&folder, 0o755);
            private(&folder).unwrap();
            // A folder that everybody could replace is not private either.
            set_mode(&place.path().join("open"), 0o777);
            assert!(said(private(&folder)).contains("open may be changed by everybody (mode 0777)"));
            set_mode(&place.path().join("open"), 0o1777);
            private(&folder).unwrap();
        }

        #[test]
        fn a_folder_behind_a_link_is_not_in_the_folder() {
            let place = tempfile::tempdir().unwrap();
            let (root, elsewhere) = (place.path().join("play"), place.path().join("elsewhere"));
            private(&elsewhere).unwrap();
            let mut folder = SharedFolder::take(&root).unwrap();
            folder.claim(&["files/1", "apply.yml"]).unwrap();
            symlink(&elsewhere, root.join("files")).unwrap();
            assert!(said(folder.install("files/1", b"x", Access::Owner)).ends_with("files is a link"));
            fs::write(elsewhere.join("1"), "precious").unwrap();
            assert!(said(folder.remove_below("files")).ends_with("files is a link"));
            assert_eq!(fs::read(elsewhere.join("1")).unwrap(), b"precious");
            // A link in the place of a file is replaced, and its target stays.
            symlink(elsewhere.join("1"), root.join("apply.yml")).unwrap();
            folder.install("apply.yml", b"ours", Access::Editable).unwrap();
            assert_eq!(fs::read(elsewhere.join("1")).unwrap(), b"precious");
            assert!(!fs::symlink_metadata(root.join("apply.yml")).unwrap().is_symlink());
        }
    }
}
