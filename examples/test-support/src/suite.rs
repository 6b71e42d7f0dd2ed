//! A list of tests, each with the programs that it needs.

use std::env;
use std::io::Write;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::tool::Tool;

/// The tests of one target. [`run`](Self::run) understands the arguments of `cargo test`.
#[derive(Debug, Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// A suite without tests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a test that needs `tools`. If a tool is missing, the test fails in CI and is ignored elsewhere.
    #[must_use]
    pub fn test(self, name: &str, tools: &[Tool], test: fn()) -> Self {
        self.add(name, tools, WhenMissing::here(), test)
    }

    /// Adds a test that needs `tools` that even CI may lack, such as a second JDK. If a tool is missing, the test is ignored.
    #[must_use]
    pub fn test_where_found(self, name: &str, tools: &[Tool], test: fn()) -> Self {
        self.add(name, tools, WhenMissing::Ignore, test)
    }

    /// Runs the tests that the command line selects, and returns the exit status of the target.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }

    fn add(mut self, name: &str, tools: &[Tool], policy: WhenMissing, test: fn()) -> Self {
        let missing: Vec<String> = tools.iter().filter(|tool| tool.find().is_none()).map(ToString::to_string).collect();
        let trial = if missing.is_empty() {
            Trial::test(name, move || {
                test();
                Ok(())
            })
        } else {
            unavailable(name, &missing.join(", "), policy)
        };
        self.trials.push(trial);
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenMissing {
    Fail,
    Ignore,
}

impl WhenMissing {
    /// The policy on this machine: fail in CI (`CI` is set and not empty), ignore elsewhere.
    pub(crate) fn here() -> Self {
        if env::var_os("CI").is_some_and(|value| !value.is_empty()) { Self::Fail } else { Self::Ignore }
    }
}

fn unavailable(name: &str, missing: &str, policy: WhenMissing) -> Trial {
    let reason = format!("{missing} not found on this machine");
    if policy == WhenMissing::Ignore {
        // Written straight to the terminal, because a test harness captures other output.
        let _ = writeln!(std::io::stderr(), "SKIPPED {name}: {reason}");
    }
    Trial::test(name, move || Err(Failed::from(reason))).with_ignored_flag(policy == WhenMissing::Ignore)
}
