//! A node's settings, in Edge's `cassandra.properties` or in a `cassandra.yaml`.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bridge::NodeSettings;
use cassandra_props::{AnyFile, Family, Release};

use crate::reading::{Found, MAX_SETTINGS, Root};

/// The path of a node's settings on an Apigee host.
pub const EDGE: &str = "/opt/apigee/customer/application/cassandra.properties";

/// The paths of settings: Edge's, and those of Cassandra's packages for Debian and Red Hat.
pub const PLACES: [&str; 3] = [EDGE, "/etc/cassandra/cassandra.yaml", "/etc/cassandra/conf/cassandra.yaml"];

/// The settings file of a node, and the settings in it.
#[derive(Debug)]
pub struct OnNode {
    /// The path of the settings on the node.
    pub path: PathBuf,
    /// The content and the metadata of the file.
    pub found: Found,
    /// The TLS settings in the file.
    pub settings: NodeSettings,
}

/// Reads the settings of a node: the named file, or the one of [`PLACES`] that exists.
///
/// # Errors
/// If there is no such file or it cannot be read, or if no file is named and different files of [`PLACES`] exist; and the
/// errors of [`NodeSettings::parse`].
pub fn read(
    root: &Root,
    named: Option<&Path>,
    family: Option<Family>,
    release: Option<Release>,
) -> anyhow::Result<OnNode> {
    let (path, found) = match named {
        Some(path) => (path.to_owned(), root.read(path, MAX_SETTINGS)?),
        None => find(root)?,
    };
    let settings = NodeSettings::parse(&found.bytes, family, release);
    let settings = settings.with_context(|| root.place(&path).display().to_string())?;
    Ok(OnNode { path, found, settings })
}

/// Reads settings as [`read`] does, and checks that a plan can represent them.
///
/// # Errors
/// Those of [`read`] and of [`NodeSettings::is_plannable`].
pub fn read_plannable(
    root: &Root,
    named: Option<&Path>,
    family: Option<Family>,
    release: Option<Release>,
) -> anyhow::Result<OnNode> {
    let on_node = read(root, named, family, release)?;
    on_node.settings.is_plannable().with_context(|| root.place(&on_node.path).display().to_string())?;
    Ok(on_node)
}

/// The releases that are assumed if none is given.
///
/// For a `cassandra.properties`, they are those of the versions of Edge that read this family of names; for a
/// `cassandra.yaml`, the newest release line.
pub fn assumed_releases(file: &AnyFile, family: Family) -> BTreeSet<Release> {
    let of_edge = Release::EDGE.iter().map(|(_, release)| *release);
    match file {
        AnyFile::Yaml(_) => Release::LINES.iter().copied().max().into_iter().collect(),
        AnyFile::Properties(_) => of_edge.filter(|release| Family::of_release(*release) == family).collect(),
    }
}

/// The newest of the [`assumed_releases`].
pub fn newest_release(file: &AnyFile, family: Family) -> Release {
    assumed_releases(file, family).into_iter().fold(Release::V2_1, Release::max)
}

fn find(root: &Root) -> anyhow::Result<(PathBuf, Found)> {
    if let Root::Copy(folder) = root {
        ensure!(folder.is_dir(), "no settings: {} is not a folder with a copy of a node's tree", folder.display());
    }
    let mut there: Vec<(PathBuf, Found)> = Vec::new();
    for place in PLACES.map(Path::new) {
        let Some(found) = root.find(place, MAX_SETTINGS)? else { continue };
        if !there.iter().any(|(_, other)| is_same_file(&other.metadata, &found.metadata)) {
            there.push((place.to_owned(), found));
        }
    }
    let names = |places: Vec<&Path>| {
        places.into_iter().map(|place| root.place(place).display().to_string()).collect::<Vec<_>>().join(", ")
    };
    ensure!(
        there.len() <= 1,
        "{} all exist: with --settings, name the one that Cassandra reads",
        names(there.iter().map(|(path, _)| path.as_path()).collect())
    );
    there.pop().with_context(|| {
        let places = names(PLACES.map(Path::new).to_vec());
        format!("no settings: none of {places} exists; name the file with --settings")
    })
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let root = Root::Copy(folder.path().to_owned());
        (folder, root)
    }

    const YAML: &str = "cluster_name: x\nserver_encryption_options:\n  internode_encryption: none\n";

    #[test]
    fn settings_are_found_where_packages_and_edge_have_them() {
        for (place, text) in PLACES.into_iter().zip(["conf_cassandra_keystore=/k\n", YAML, YAML]) {
            let (_folder, root) = tree(&[(place, text)]);
            let read = read(&root, None, None, Some(Release::V4_1)).unwrap();
            assert_eq!(read.path, Path::new(place));
            assert_eq!(read.settings.file().as_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn a_file_that_is_not_there_or_one_of_two_is_asked_for() {
        let said = |root: &Root| format!("{:#}", read(root, None, None, None).unwrap_err());
        let (_folder, root) = tree(&[]);
        assert!(said(&root).ends_with("cassandra.yaml exists; name the file with --settings"), "{}", said(&root));
        let (folder, _) = tree(&[("/etc", "")]);
        let told = said(&Root::Copy(folder.path().to_owned()));
        assert!(PLACES.iter().all(|place| told.contains(place)), "{told}");
        let told = said(&Root::Copy(folder.path().join("etc")));
        assert!(told.ends_with("etc is not a folder with a copy of a node's tree"), "{told}");
        let (folder, root) = tree(&[(PLACES[1], YAML), (PLACES[2], YAML)]);
        assert!(
            said(&root).ends_with("all exist: with --settings, name the one that Cassandra reads"),
            "{}",
            said(&root)
        );
        let named = read(&root, Some(Path::new(PLACES[2])), None, None).unwrap();
        assert_eq!(named.path, Path::new(PLACES[2]));
        // A link to the folder is not a second file.
        #[cfg(unix)]
        {
            fs::remove_dir_all(folder.path().join("etc/cassandra/conf")).unwrap();
            std::os::unix::fs::symlink("/etc/cassandra", folder.path().join("etc/cassandra/conf")).unwrap();
            assert_eq!(read(&root, None, None, None).unwrap().path, Path::new(PLACES[1]));
        }
    }

    #[test]
    fn the_newest_release_is_the_last_of_those_that_read_the_names() {
        let properties = AnyFile::parse(b"conf_cassandra_keystore=/k\n").unwrap();
        let yaml = AnyFile::parse(YAML.as_bytes()).unwrap();
        for (file, family, oldest, newest) in [
            (&properties, Family::Legacy, "2.1.22", "2.1.22"),
            (&properties, Family::ServerEncryption, "3.11.16", "5.0.8"),
            (&yaml, Family::ServerEncryption, "5.0", "5.0"),
        ] {
            let assumed = assumed_releases(file, family);
            assert_eq!(assumed.first().unwrap().to_string(), oldest, "{family:?}");
            assert_eq!(newest_release(file, family).to_string(), newest, "{family:?}");
            assert_eq!(assumed.last(), Some(&newest_release(file, family)));
        }
        let known: BTreeSet<Release> =
            Family::ALL.iter().flat_map(|family| assumed_releases(&properties, *family)).collect();
        assert!(Release::EDGE.iter().all(|(_, release)| known.contains(release)), "{known:?}");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_file() {
        let (_folder, root) = tree(&[(PLACES[1], "cluster_name: 'x\n")]);
        let said = format!("{:#}", read(&root, None, None, None).unwrap_err());
        assert!(said.contains("etc/cassandra/cassandra.yaml: "), "{said}");
    }
}
