//! Shows on the terminal what a run is waiting for and how long the run has taken. Ctrl-C ends every wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// The interval between two checks of a condition, and between two updates of the bar.
const TICK: Duration = Duration::from_millis(200);

/// The terminal, and the user's request to stop.
///
/// Progress is written to standard error; standard output is for the result.
#[derive(Clone, Debug)]
pub(super) struct Console {
    bar: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

impl Console {
    /// Shows progress, and listens for SIGINT, SIGTERM and SIGHUP on `runtime`.
    ///
    /// The progress bar is shown only if standard error is a terminal.
    pub(super) fn open(runtime: &Runtime) -> anyhow::Result<Self> {
        let bar = ProgressBar::no_length();
        bar.set_style(ProgressStyle::with_template("{spinner} [{elapsed_precise}] {prefix} {wide_msg}")?);
        bar.enable_steady_tick(TICK);
        let interrupted = Arc::new(AtomicBool::new(false));
        let _inside = runtime.enter();
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            let (mut signals, interrupted) = (signal(kind)?, Arc::clone(&interrupted));
            runtime.spawn(async move {
                while signals.recv().await.is_some() {
                    interrupted.store(true, Ordering::SeqCst);
                }
            });
        }
        Ok(Self { bar, interrupted })
    }

    pub(super) fn expect_steps(&self, steps: usize) -> anyhow::Result<()> {
        let template = "{spinner} [{elapsed_precise}] {bar:20} {pos}/{len} {prefix} {wide_msg}";
        self.bar.set_style(ProgressStyle::with_template(template)?);
        self.bar.set_length(u64::try_from(steps)?);
        self.bar.set_position(0);
        Ok(())
    }

    pub(super) fn step_done(&self) {
        self.bar.inc(1);
    }

    pub(super) fn begin(&self, work: &str) {
        self.say(&format!("-- {work}"));
        self.bar.set_prefix(work.to_owned());
    }

    pub(super) fn say(&self, line: &str) {
        if self.bar.is_hidden() {
            anstream::eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }

    pub(super) fn close(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.interrupted.load(Ordering::SeqCst) {
            bail!("interrupted");
        }
        Ok(())
    }

    /// Calls `look` until a call returns a value.
    ///
    /// # Errors
    /// If `look` fails, if `patience` runs out (the error names `what`), or if the user asked to stop.
    pub(super) fn wait<T>(
        &self,
        what: &str,
        patience: Duration,
        mut look: impl FnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let since = Instant::now();
        self.bar.set_message(format!("waiting for {what}"));
        loop {
            self.check()?;
            if let Some(seen) = look()? {
                self.bar.set_message("");
                return Ok(seen);
            }
            if since.elapsed() > patience {
                bail!("gave up waiting for {what} after {} s", patience.as_secs());
            }
            thread::sleep(TICK);
        }
    }

    pub(super) fn pause(&self, why: &str, time: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + time;
        self.wait(why, time + TICK * 2, || Ok((Instant::now() >= until).then_some(())))
    }
}
