//! Runs programs on hostile input, with limits on memory and time.

use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Runs a program in `folder` with `kib` KiB of address space, for a minute at most.
///
/// # Panics
/// If the program does not end within a minute, or if `sh` or a temporary file is not available.
#[expect(clippy::expect_used, clippy::panic, reason = "the failing test shows what went wrong")]
pub fn bounded(kib: u32, program: &str, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {kib}; exec \"$0\" \"$@\""), program]).args(arguments);
    // The output goes into files: a program that writes much would block on a pipe that is not read.
    let mut files = [(); 2].map(|()| tempfile::tempfile().expect("a temporary file can be made"));
    let [out, errors] = files.each_ref().map(|file| file.try_clone().expect("a file can be shared"));
    command.current_dir(folder).stdin(Stdio::null()).stdout(out).stderr(errors);
    let mut child = command.spawn().expect("a shell can be started");
    for _ in 0..1200 {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            let [stdout, stderr] = files.each_mut().map(|file| {
                let mut bytes = Vec::new();
                file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("a temporary file can be read");
                bytes
            });
            return Output { status, stdout, stderr };
        }
        sleep(Duration::from_millis(50));
    }
    child.kill().expect("a child can be ended");
    panic!("{arguments:?} did not end within a minute")
}
