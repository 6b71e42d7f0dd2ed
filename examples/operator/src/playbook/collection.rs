//! The playbooks, the role and the variables of sites in `examples/operator/ansible`.

/// The name of a file in a playbook's folder, and its content.
pub(super) type File = (&'static str, &'static str);

macro_rules! files {
    ($($folder:literal: $($name:literal),+;)+) => {
        &[$($((
            concat!("collections/ansible_collections/cassandra_tls/internode/", $folder, $name),
            include_str!(concat!("../../ansible/", $folder, $name)),
        )),+),+]
    };
}

macro_rules! playbooks {
    ($($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../ansible/playbooks/", $name)))),+]
    };
}

pub(super) const OBSERVER: &[File] = playbooks!["observe.yml"];

pub(super) const EXECUTOR: &[File] = playbooks!["preflight.yml", "apply.yml", "prune.yml"];

/// The collection, which Ansible finds in the folder `collections` beside a playbook.
pub(super) const COLLECTION: &[File] = files![
    "": "README.md", "CHANGELOG.md", "galaxy.yml";
    "meta/": "runtime.yml";
    "roles/rot/": "README.md";
    "roles/rot/defaults/": "main.yml";
    "roles/rot/files/": "look.sh";
    "roles/rot/meta/": "main.yml", "argument_specs.yml";
    "roles/rot/vars/": "main.yml";
    "roles/rot/tasks/": "activate.yml", "gates.yml", "load.yml", "look.yml", "mark.yml", "mark_log.yml", "note.yml", "observe.yml", "preflight.yml",
        "process.yml", "prove_encryption.yml", "prove_no_plaintext.yml", "prove_reload.yml", "prove_restart.yml", "prove_trust.yml",
        "prune.yml", "read_log.yml", "put.yml", "reload.yml", "restart.yml", "ring.yml", "seen.yml", "stage.yml",
        "standing.yml", "stop.yml";
];

pub(super) const APIGEE: &str = include_str!("../../ansible/sites/apigee.yml");
pub(super) const SYSTEMD: &str = include_str!("../../ansible/sites/systemd.yml");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn names(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names(&path, found);
            } else {
                found.insert(path.to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn no_file_of_the_role_is_left_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible");
        let mut found = BTreeSet::new();
        for folder in ["roles", "playbooks"] {
            names(&root.join(folder), &mut found);
        }
        // The collection has four files of its own.
        assert_eq!(found.len() + 4, COLLECTION.len() + OBSERVER.len() + EXECUTOR.len(), "{found:?}");
    }
}
