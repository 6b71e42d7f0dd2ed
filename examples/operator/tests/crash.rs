//! A secret file is replaced while everything goes wrong: the process is killed before each of its system calls, or each of
//! them fails. The old file or the new one is there whole, its mode never wider, and the next run leaves nothing beside it.
//!
//! The program under test is this one: told by an environment variable, it does a single replacement.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    return linux::main();
    #[cfg(not(target_os = "linux"))]
    test_support::Suite::new().run()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::env;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Command, ExitCode};

    use cassandra_tls::files::{Access, install};
    use test_support::{Suite, Tool};

    const STRACE: Tool = Tool::Other("strace");
    const CHILD: &str = "INSTALL_INTO";
    const OLD: &[u8] = b"the old keystore";

    /// More than one write takes.
    fn new() -> Vec<u8> {
        vec![b'n'; 3 << 20]
    }

    pub(super) fn main() -> ExitCode {
        if let Some(path) = env::var_os(CHILD) {
            return if install(Path::new(&path), &new(), Access::Owner).is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(9)
            };
        }
        Suite::new()
            .test("killed_before_every_system_call", &[STRACE], killed_before_every_system_call)
            .test("every_system_call_fails", &[STRACE], every_system_call_fails)
            .run()
    }

    /// Does the replacement under strace with the arguments given.
    fn replace(path: &Path, arguments: &[&str]) -> std::process::Output {
        let mut strace = STRACE.command();
        strace.args(["-f", "-o", path.with_extension("trace").to_str().unwrap()]).args(arguments);
        strace.arg(env::current_exe().unwrap()).env(CHILD, path).output().unwrap()
    }

    fn old_file(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("keystore");
        install(&path, OLD, Access::Owner).unwrap();
        path
    }

    /// How often each system call is made in one replacement.
    fn calls() -> BTreeMap<String, usize> {
        let folder = tempfile::tempdir().unwrap();
        let path = old_file(folder.path());
        assert!(replace(&path, &[]).status.success(), "strace cannot trace here");
        let mut calls = BTreeMap::new();
        for line in fs::read_to_string(path.with_extension("trace")).unwrap().lines() {
            let call = line.split_whitespace().nth(1).and_then(|rest| rest.split_once('(')).map(|(name, _)| name);
            *calls.entry(call.unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
        calls.retain(|name, _| !name.is_empty() && name != "execve" && name != "exit_group" && !name.contains("..."));
        calls
    }

    /// The old file or the new one, whole, and whatever else is there is for its owner alone.
    fn look(path: &Path) -> &'static str {
        let bytes = fs::read(path).unwrap();
        for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let is_trace = entry.path().extension().is_some_and(|extension| extension == "trace");
            assert!(is_trace || mode == 0o400 || mode == 0o600, "{} has mode {mode:o}", entry.path().display());
        }
        if bytes == OLD {
            return "old";
        }
        assert!(bytes == new(), "{} bytes that are neither the old file nor the new one", bytes.len());
        "new"
    }

    /// Another run, and nothing but the new file is left.
    fn converges(path: &Path) {
        assert!(Command::new(env::current_exe().unwrap()).env(CHILD, path).status().unwrap().success());
        assert_eq!(look(path), "new");
        let _ = fs::remove_file(path.with_extension("trace"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something is left beside the file");
    }

    fn killed_before_every_system_call() {
        let mut seen = BTreeMap::new();
        for (call, times) in calls() {
            for number in 1..=times {
                let folder = tempfile::tempdir().unwrap();
                let path = old_file(folder.path());
                let fault = format!("inject={call}:signal=SIGKILL:when={number}");
                replace(&path, &["-e", &fault]);
                *seen.entry(look(&path)).or_insert(0_usize) += 1;
                converges(&path);
            }
        }
        println!("killed before each system call: {seen:?}");
        assert!(seen.contains_key("old") && seen.contains_key("new"), "{seen:?}");
    }

    fn every_system_call_fails() {
        let mut seen = BTreeMap::new();
        for (call, times) in calls() {
            let error = match call.as_str() {
                "write" => "ENOSPC",
                "openat" | "open" | "mkdir" => "EACCES",
                "fsync" | "rename" | "renameat" | "renameat2" | "fchmod" | "read" | "lseek" | "statx" => "EIO",
                // What a process needs to start at all, and calls that cannot fail.
                _ => continue,
            };
            for number in 1..=times {
                let folder = tempfile::tempdir().unwrap();
                let path = old_file(folder.path());
                let fault = format!("inject={call}:error={error}:when={number}");
                let status = replace(&path, &["-e", &fault]).status;
                let found = look(&path);
                // Success is said of the new file alone.
                assert!(!status.success() || found == "new", "{fault}: success, and the old file is there");
                *seen.entry((found, status.code())).or_insert(0_usize) += 1;
                converges(&path);
            }
        }
        println!("each system call fails: {seen:?}");
        assert!(seen.contains_key(&("old", Some(9))), "{seen:?}");
    }
}
