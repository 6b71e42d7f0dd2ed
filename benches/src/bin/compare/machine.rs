//! The name of the machine.

use std::{env, fs, thread};

pub(crate) fn name() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let plural = if cores == 1 { "" } else { "s" };
    let processor = processor().map_or_else(String::new, |name| format!("{name}, "));
    format!("{processor}{cores} core{plural}, {} {}", env::consts::OS, env::consts::ARCH)
}

fn processor() -> Option<String> {
    let told = fs::read_to_string("/proc/cpuinfo").ok()?;
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'))?.1;
    Some(name.split_whitespace().collect::<Vec<_>>().join(" "))
}
