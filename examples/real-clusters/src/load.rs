//! Runs only the client, against a cluster that another program runs and changes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::runtime::Builder;

use super::console::Console;
use super::loader::{CoordinatorGone, Loader};

/// The time between two checks for the file.
///
/// After each check, the client tries again to connect to the coordinators that did not answer.
const TICK: Duration = Duration::from_secs(1);

/// The options of the client.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// The nodes that are queried in turn, on port 9042.
    #[arg(required = true)]
    pub coordinators: Vec<Ipv4Addr>,
    /// The client ends when this file exists.
    #[arg(long, value_name = "FILE")]
    pub until: PathBuf,
}

/// The results of the client.
#[derive(Clone, Debug, Serialize)]
pub struct LoadReport {
    /// The number of successful operations, by coordinator.
    pub succeeded: BTreeMap<Ipv4Addr, u64>,
    /// The number of failed operations.
    pub failed: u64,
    /// The reasons for failures, with the number of failures for each.
    pub reasons: BTreeMap<String, u64>,
    /// The longest time without a successful operation, since the first success.
    pub longest_pause_ms: u128,
    /// The number of reads at the end: every value through every coordinator.
    pub read_back: usize,
}

/// Reads and writes until the file exists, then reads everything back.
///
/// # Errors
/// If the client cannot start, if operations do not end, if a value is lost or cannot be read, or if the user asks to
/// stop.
pub fn load(options: &Load) -> anyhow::Result<LoadReport> {
    let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let console = Console::open(&runtime)?;
    let loader = Loader::start(&runtime, &options.coordinators, CoordinatorGone::AsksTheNext, &console)?;
    console.say("reads and writes");
    while !options.until.exists() {
        console.pause("the end", TICK)?;
        loader.renew();
    }
    loader.settle(&console)?;
    loader.renew();
    let interval = loader.take_interval();
    let read_back = loader.finish(&console)?;
    console.close();
    Ok(LoadReport {
        succeeded: interval.by_coordinator,
        failed: interval.failed,
        reasons: interval.reasons,
        longest_pause_ms: interval.longest_pause.as_millis(),
        read_back,
    })
}
