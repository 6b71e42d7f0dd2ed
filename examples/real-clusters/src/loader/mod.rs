//! A client that reads and writes at QUORUM throughout a run.
//!
//! The client makes twenty operations a second, with each coordinator in turn and one session for each. With
//! [`CoordinatorGone::AsksTheNext`], an operation whose coordinator does not answer is sent to the next coordinator, as
//! any driver does. Other failed operations are not retried. Each read must return the last acknowledged value, or that
//! of a later write that failed ([`ledger`]).

mod ledger;
mod session;
mod tally;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use self::ledger::Ledger;
use self::session::Session;
pub(super) use self::tally::Interval;
use self::tally::Tally;
use super::console::Console;

const PERIOD: Duration = Duration::from_millis(50);
/// The longest wait for operations in flight.
///
/// The timeouts of the server and the driver are shorter.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest wait for a session. A node that has just opened its port is slow at first.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// The handling of an operation whose coordinator does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CoordinatorGone {
    /// The operation fails. The caller says in advance which node goes down.
    Fails,
    /// The next coordinator is tried.
    AsksTheNext,
}

/// The client. Its operations run until this value is dropped.
#[derive(Debug)]
pub(super) struct Loader {
    runtime: Arc<Runtime>,
    shared: Arc<Shared>,
    generator: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    coordinators: Mutex<BTreeMap<Ipv4Addr, Arc<Session>>>,
    ledger: Ledger,
    gone: CoordinatorGone,
    tally: Mutex<Tally>,
    paused: AtomicBool,
    in_flight: AtomicU64,
}

impl Loader {
    pub(super) fn start(
        runtime: &Arc<Runtime>,
        coordinators: &[Ipv4Addr],
        gone: CoordinatorGone,
        console: &Console,
    ) -> anyhow::Result<Self> {
        let first = coordinators.first().context("there is no coordinator")?;
        console.wait("the table", CONNECT_TIMEOUT, || Ok(runtime.block_on(Session::make_schema(*first)).ok()))?;
        let mut sessions = BTreeMap::new();
        for coordinator in coordinators {
            sessions.insert(*coordinator, Arc::new(connect(runtime, *coordinator, console)?));
        }
        let shared = Arc::new(Shared {
            coordinators: Mutex::new(sessions),
            ledger: Ledger::new(),
            gone,
            tally: Mutex::new(Tally::default()),
            paused: AtomicBool::new(false),
            in_flight: AtomicU64::new(0),
        });
        let generator = runtime.spawn(generate(Arc::clone(&shared)));
        Ok(Self { runtime: Arc::clone(runtime), shared, generator })
    }

    pub(super) fn leave_out(&self, coordinator: Ipv4Addr, console: &Console) -> anyhow::Result<()> {
        let Some(session) = lock(&self.shared.coordinators).remove(&coordinator) else { return Ok(()) };
        console.wait("the last answers of the coordinator", TIMEOUT, || Ok((session.in_flight() == 0).then_some(())))
    }

    pub(super) fn take_in(&self, coordinator: Ipv4Addr, console: &Console) -> anyhow::Result<()> {
        let session = connect(&self.runtime, coordinator, console)?;
        lock(&self.shared.coordinators).insert(coordinator, Arc::new(session));
        Ok(())
    }

    /// Opens a new session with every coordinator that did not answer and now does.
    pub(super) fn renew(&self) {
        let gone: Vec<_> = lock(&self.shared.coordinators).values().filter(|one| one.was_gone()).cloned().collect();
        for session in gone {
            let coordinator = session.coordinator();
            if let Ok(session) = self.runtime.block_on(Session::connect(coordinator)) {
                lock(&self.shared.coordinators).insert(coordinator, Arc::new(session));
            }
        }
    }

    /// Runs `work`, which cuts connections, while the client is paused.
    ///
    /// Operations in flight have two seconds to end first, so that the cut itself does not count as a loss.
    pub(super) fn hold_while<T>(&self, work: impl FnOnce() -> T) -> T {
        self.shared.paused.store(true, Ordering::SeqCst);
        let since = Instant::now();
        while self.shared.in_flight.load(Ordering::SeqCst) > 0 && since.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let done = work();
        self.shared.paused.store(false, Ordering::SeqCst);
        done
    }

    pub(super) fn take_interval(&self) -> Interval {
        lock(&self.shared.tally).take_interval()
    }

    pub(super) fn settle(&self, console: &Console) -> anyhow::Result<()> {
        self.shared.paused.store(true, Ordering::SeqCst);
        let settled = console.wait("the last operations to end", TIMEOUT, || {
            Ok((self.shared.in_flight.load(Ordering::SeqCst) == 0).then_some(()))
        });
        self.shared.paused.store(false, Ordering::SeqCst);
        settled
    }

    /// Ends the operations, then reads every key through every coordinator.
    ///
    /// Returns the number of reads.
    pub(super) fn finish(self, console: &Console) -> anyhow::Result<usize> {
        self.settle(console)?;
        self.generator.abort();
        let sessions: Vec<_> = lock(&self.shared.coordinators).values().cloned().collect();
        if sessions.is_empty() {
            bail!("no coordinator is left to read the values from");
        }
        let mut checked = 0;
        for session in sessions {
            console.check()?;
            checked += self
                .runtime
                .block_on(self.shared.ledger.check_all(&session))
                .with_context(|| format!("read through {}", session.coordinator()))?;
        }
        Ok(checked)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.generator.abort();
    }
}

/// Opens a session, with retries until [`CONNECT_TIMEOUT`].
///
/// The coordinator may need some time to learn of the table.
fn connect(runtime: &Runtime, coordinator: Ipv4Addr, console: &Console) -> anyhow::Result<Session> {
    let what = format!("a session with {coordinator}");
    console.wait(&what, CONNECT_TIMEOUT, || Ok(runtime.block_on(Session::connect(coordinator)).ok()))
}

async fn generate(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut turn = 0_usize;
    loop {
        ticks.tick().await;
        if shared.paused.load(Ordering::SeqCst) {
            continue;
        }
        let sessions = shared.coordinators_of(turn);
        let Some(session) = sessions.first().cloned() else { continue };
        turn = turn.wrapping_add(1);
        shared.in_flight.fetch_add(1, Ordering::SeqCst);
        session.begin();
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let outcome = shared.ledger.operate(turn, &sessions).await;
            session.end();
            if let Some(outcome) = outcome {
                lock(&shared.tally).add(outcome);
            }
            shared.in_flight.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

impl Shared {
    fn coordinators_of(&self, turn: usize) -> Vec<Arc<Session>> {
        let mut sessions: Vec<_> = lock(&self.coordinators).values().cloned().collect();
        if let Some(first) = coordinator_of(turn, sessions.len()) {
            sessions.rotate_left(first);
        }
        if self.gone == CoordinatorGone::Fails {
            sessions.truncate(1);
        }
        sessions
    }
}

/// The index of the first coordinator of an operation; `None` if there is no coordinator.
///
/// Writes and reads alternate, so an even number of coordinators is shifted by one after each round. Otherwise each
/// coordinator would get only writes or only reads.
fn coordinator_of(turn: usize, coordinators: usize) -> Option<usize> {
    let rounds = turn.checked_div(coordinators)?;
    let shift = if coordinators.is_multiple_of(2) { rounds } else { 0 };
    turn.wrapping_add(shift).checked_rem(coordinators)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_alternate_with_each_coordinator() {
        for coordinators in 1..=6 {
            let of = |turn| coordinator_of(turn, coordinators).unwrap();
            for coordinator in 0..coordinators {
                let turns: Vec<usize> = (0..coordinators * 12).filter(|turn| of(*turn) == coordinator).collect();
                assert_eq!(turns.len(), 12);
                assert!(turns.windows(2).all(|pair| pair[0] % 2 != pair[1] % 2), "{coordinators}: {turns:?}");
            }
        }
        assert_eq!(coordinator_of(3, 0), None);
    }
}
