//! Starts processes that end together with this one, unless they are to be kept.
//!
//! A later run ends the processes that an earlier run left behind (after `--keep`). The run recognises a process by its id
//! and start time, and does not end another process that only has the same id.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use rotation_planner::ProcessId;

/// The longest time for a process to end on request.
const TIMEOUT: Duration = Duration::from_secs(40);
const TICK: Duration = Duration::from_millis(50);
/// The extension of a record's file name.
pub(super) const RECORD: &str = "pid";

/// Whether a node's process ends with the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Afterwards {
    End,
    /// The process keeps running, so that it can be inspected.
    ///
    /// The next run with the same folder ends the process.
    Keep,
}

/// A process. Dropping this value ends the process, except with [`Afterwards::Keep`].
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    started: u64,
    record: PathBuf,
    afterwards: Afterwards,
}

impl Process {
    /// Starts `program`, appends its output to `output`, and records the process in `record`.
    ///
    /// Call this on the main thread: with [`Afterwards::End`], the kernel ends the process when the thread that started
    /// the process ends.
    pub(super) fn start(
        program: &Path,
        arguments: &[String],
        output: &Path,
        record: &Path,
        afterwards: Afterwards,
    ) -> anyhow::Result<Self> {
        let log = File::options().create(true).append(true).open(output)?;
        let child = command(program, afterwards)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        let mut process = Self { child, started: 0, record: record.to_owned(), afterwards };
        let id = process.child.id();
        process.started = start_time(process.pid()?).with_context(|| format!("process {id} ended immediately"))?;
        fs::write(record, format!("{id} {}\n", process.started))?;
        Ok(process)
    }

    pub(super) fn id(&self) -> ProcessId {
        ProcessId { pid: self.child.id(), started: self.started }
    }

    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        end(self.pid()?, Signal::TERM, || Ok(self.child.try_wait()?.is_some()))?;
        fs::remove_file(&self.record)?;
        Ok(())
    }

    fn pid(&self) -> anyhow::Result<Pid> {
        Pid::from_raw(i32::try_from(self.child.id())?).context("a process has the id 0")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.afterwards == Afterwards::End && !matches!(self.child.try_wait(), Ok(Some(_))) {
            // The node's data is not needed, so the process need not shut down cleanly.
            let _ = self.child.kill();
            let _ = self.child.wait();
            let _ = fs::remove_file(&self.record);
        }
    }
}

/// Ends every process with a record in a subfolder of `folder`.
///
/// Returns the ids of the processes that still ran.
pub(super) fn end_leftovers(folder: &Path) -> anyhow::Result<Vec<u32>> {
    let mut ended = Vec::new();
    for inner in fs::read_dir(folder)?.filter_map(Result::ok).filter(|inner| inner.path().is_dir()) {
        for file in fs::read_dir(inner.path())? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == RECORD) {
                ended.extend(end_leftover(&file)?);
            }
        }
    }
    Ok(ended)
}

fn end_leftover(record: &Path) -> anyhow::Result<Option<u32>> {
    let Ok(text) = fs::read_to_string(record) else { return Ok(None) };
    let ended = match parse(&text) {
        Some((pid, started)) if start_time(pid) == Some(started) => {
            end(pid, Signal::KILL, || Ok(start_time(pid) != Some(started)))?;
            Some(pid.as_raw_nonzero().get().cast_unsigned())
        }
        _ => None,
    };
    fs::remove_file(record)?;
    Ok(ended)
}

fn command(program: &Path, afterwards: Afterwards) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = match afterwards {
        // If this process is killed and cannot clean up, the kernel ends the child.
        Afterwards::End => {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "--"]).arg(program);
            command
        }
        Afterwards::Keep => Command::new(program),
    };
    // A process group of its own: Ctrl-C in a terminal goes to this process alone, which ends the others in order.
    command.process_group(0);
    command
}

fn end(pid: Pid, signal: Signal, mut gone: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut sent = None;
    while !gone()? {
        let wanted = if since.elapsed() < TIMEOUT { signal } else { Signal::KILL };
        if sent != Some(wanted) {
            // The process may have ended between the check and the signal.
            let _ = kill_process(pid, wanted);
            sent = Some(wanted);
        }
        thread::sleep(TICK);
    }
    Ok(())
}

fn parse(record: &str) -> Option<(Pid, u64)> {
    let (pid, started) = record.trim().split_once(' ')?;
    Some((Pid::from_raw(pid.parse().ok()?)?, started.parse().ok()?))
}

/// The start time of a process; `None` if the process has ended or is a zombie.
///
/// The unit is clock ticks since boot (`man 5 proc_pid_stat`, field 22).
fn start_time(pid: Pid) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The second field is the program's name, which may hold anything but ends with the last bracket.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path, afterwards: Afterwards) -> Process {
        let arguments = ["60".to_owned()];
        Process::start(Path::new("sleep"), &arguments, &folder.join("log"), &folder.join("pid"), afterwards).unwrap()
    }

    #[test]
    fn a_stopped_process_is_gone_and_leaves_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path(), Afterwards::End);
        let pid = process.pid().unwrap();
        process.stop().unwrap();
        assert_eq!(start_time(pid), None);
        assert!(!folder.path().join("pid").exists());
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path(), Afterwards::End);
        let pid = process.pid().unwrap();
        drop(process);
        assert_eq!(start_time(pid), None);
    }

    #[test]
    fn a_kept_process_goes_on_until_the_next_run_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path(), Afterwards::Keep);
        let (pid, id) = (process.pid().unwrap(), process.child.id());
        drop(process);
        assert!(start_time(pid).is_some());
        fs::create_dir(folder.path().join("5.0")).unwrap();
        fs::rename(folder.path().join("pid"), folder.path().join("5.0/node1.pid")).unwrap();
        assert_eq!(end_leftovers(folder.path()).unwrap(), [id]);
        assert_eq!(start_time(pid), None);
    }

    #[test]
    fn a_process_that_only_has_the_same_id_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("pid");
        fs::write(&record, format!("{} 1\n", std::process::id())).unwrap();
        assert_eq!(end_leftover(&record).unwrap(), None);
    }
}
