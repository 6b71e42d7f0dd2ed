//! Folders of keys and playbooks under the widest umask, before another user of this machine, and after a kill.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return unix::main();
    #[cfg(not(unix))]
    test_support::Suite::new().run()
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitCode, Output};

    use test_support::{Suite, Tool};

    const SETPRIV: Tool = Tool::Other("setpriv");
    const STRACE: Tool = Tool::Other("strace");
    const CLUSTER: &str = "cassandra = \"4.0\"\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
        [[node]]\nname = \"node1\"\naddress = \"192.0.2.12\"\n";

    pub(super) fn main() -> ExitCode {
        Suite::new()
            .test("every_folder_is_its_owners_whatever_the_umask", &[], every_folder_is_its_owners)
            .test("what_another_user_owns_or_planted_is_refused", &[SETPRIV], what_another_user_owns)
            .test("what_others_put_beside_a_playbook_stays", &[], what_others_put_stays)
            .test("a_generation_that_was_killed_is_taken_by_nobody", &[STRACE], killed)
            .run()
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().unwrap());
            fs::write(place.path("cluster.toml"), CLUSTER).unwrap();
            place
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// Under a umask that takes nothing away.
        fn run(&self, arguments: &[&str]) -> Output {
            let mut command = Command::new("sh");
            command.args(["-c", "umask 000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_cassandra-tls")]);
            command.args(arguments).current_dir(self.0.path()).output().unwrap()
        }

        fn runs(&self, arguments: &[&str]) {
            let output = self.run(arguments);
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }

        fn refused(&self, arguments: &[&str]) -> String {
            let output = self.run(arguments);
            assert_eq!(output.status.code(), Some(3), "{arguments:?}");
            String::from_utf8(output.stderr).unwrap()
        }
    }

    const PREPARE: [&str; 3] = ["prepare", "--cluster", "cluster.toml"];
    const PLAYBOOK: [&str; 5] = ["observe", "playbook", "--cluster", "cluster.toml", "play"];
    const PLAN: [&str; 10] = [
        "plan",
        "--cluster",
        "cluster.toml",
        "rotate",
        "--previous",
        "bundles/g1",
        "--bundles",
        "bundles/g2",
        "--playbook",
        "play",
    ];

    fn every_folder_is_its_owners() {
        let place = Place::new();
        place.runs(&PREPARE);
        place.runs(&[&PREPARE[..], &["--previous", "bundles/g1"]].concat());
        place.runs(&PLAYBOOK);
        place.runs(&PLAN);
        let (mut folders, mut files) = (0, 0);
        for root in ["bundles", "play"] {
            walk(&place.path(root), &mut |path, mode| {
                if path.is_dir() {
                    folders += 1;
                    assert_eq!(mode, 0o700, "{}", path.display());
                } else {
                    files += 1;
                    assert!(matches!(mode, 0o400 | 0o444 | 0o600), "{} has {mode:04o}", path.display());
                }
            });
        }
        assert!(folders >= 8 && files >= 30, "{folders} folders, {files} files");
    }

    fn walk(path: &Path, look: &mut impl FnMut(&Path, u32)) {
        look(path, fs::metadata(path).unwrap().permissions().mode() & 0o7777);
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                walk(&entry.unwrap().path(), look);
            }
        }
    }

    fn what_another_user_owns() {
        const NOBODY: &str = "65534";
        let place = Place::new();
        if fs::metadata(place.0.path()).unwrap().uid() != 0 {
            assert!(std::env::var_os("CI").is_none(), "it takes root to be another user");
            eprintln!("SKIPPED what_another_user_owns_or_planted_is_refused: this user is not root");
            return;
        }
        fs::set_permissions(place.0.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let nobody = |script: &str| {
            let mut setpriv = SETPRIV.command();
            setpriv.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "sh", "-c", script]);
            setpriv.current_dir(place.0.path()).status().unwrap().success()
        };
        // A folder of the attacker's, with variables that name a program of his.
        assert!(nobody("mkdir -m 755 play && echo 'rot_nodetool: [/evil]' >play/site_vars.yml"));
        let said = place.refused(&PLAYBOOK);
        assert!(said.contains("play belongs to user 65534: use a folder that only you can change"), "{said}");
        assert!(nobody("mkdir -m 755 bundles"));
        assert!(place.refused(&PREPARE).contains("bundles belongs to user 65534"));
        assert!(nobody("rmdir bundles"));
        // One of ours that he may write in, as he may have before.
        place.runs(&PREPARE);
        assert!(!nobody("mv bundles/g1/node0 mine") && !nobody("ls bundles"));
        fs::set_permissions(place.path("bundles/g1"), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(
            place
                .refused(&[&PREPARE[..], &["--previous", "bundles/g1"]].concat())
                .contains("g1 may be changed by others")
        );
        fs::set_permissions(place.path("bundles/g1"), fs::Permissions::from_mode(0o700)).unwrap();
        place.runs(&[&PREPARE[..], &["--previous", "bundles/g1"]].concat());
        // Variables that are his, in a folder that is ours.
        fs::remove_dir_all(place.path("play")).unwrap();
        place.runs(&PLAYBOOK);
        std::os::unix::fs::chown(place.path("play/site_vars.yml"), Some(65534), None).unwrap();
        assert!(place.refused(&PLAN).contains("site_vars.yml belongs to user 65534"));
    }

    fn what_others_put_stays() {
        let place = Place::new();
        place.runs(&PREPARE);
        place.runs(&[&PREPARE[..], &["--previous", "bundles/g1"]].concat());
        fs::create_dir_all(place.path("play/files")).unwrap();
        for folder in ["play", "play/files"] {
            fs::set_permissions(place.path(folder), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(place.path("play/files/precious.cfg"), "mine").unwrap();
        place.runs(&PLAN);
        place.runs(&PLAN);
        assert_eq!(fs::read(place.path("play/files/precious.cfg")).unwrap(), b"mine");
        // A playbook of another project.
        fs::create_dir(place.path("project")).unwrap();
        fs::set_permissions(place.path("project"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(place.path("project/apply.yml"), "theirs").unwrap();
        let mut elsewhere = PLAN.to_vec();
        *elsewhere.last_mut().unwrap() = "project";
        assert!(place.refused(&elsewhere).contains("apply.yml was not made by this program"));
        assert_eq!(fs::read(place.path("project/apply.yml")).unwrap(), b"theirs");
        // Links that were planted are replaced, never followed.
        fs::write(place.path("precious"), "mine").unwrap();
        fs::remove_file(place.path("play/apply.yml")).unwrap();
        symlink(place.path("precious"), place.path("play/apply.yml")).unwrap();
        place.runs(&PLAN);
        assert_eq!(fs::read(place.path("precious")).unwrap(), b"mine");
    }

    /// Before each of some of its system calls, the last among them.
    fn killed() {
        for number in [1, 2, 5, 9, 14, 18] {
            let place = Place::new();
            let mut strace = STRACE.command();
            strace.args([
                "-f",
                "-o",
                "/dev/null",
                "-e",
                &format!("inject=rename,renameat,renameat2,fsync:signal=SIGKILL:when={number}"),
            ]);
            strace.arg(env!("CARGO_BIN_EXE_cassandra-tls")).args(PREPARE).current_dir(place.0.path());
            assert!(!strace.output().unwrap().status.success(), "{number}");
            assert!(place.path("bundles/g1").is_dir() && !place.path("bundles/g1/manifest.json").exists());
            let said = place.refused(&[&PREPARE[..], &["--previous", "bundles/g1"]].concat());
            assert!(said.contains("manifest.json cannot be read"), "{said}");
            place.runs(&PREPARE);
            assert!(place.path("bundles/g2/manifest.json").exists(), "the next one is another");
        }
    }
}
