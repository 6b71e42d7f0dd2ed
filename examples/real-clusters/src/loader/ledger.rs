//! Records what was written, so that reads can be checked.
//!
//! Each key is used by one operation at a time, and its values count up. After an acknowledged write, every read must
//! return that value or a later one. A failed write may or may not have happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use tokio::sync::Mutex;

use super::session::{self, Session};
use super::tally::Outcome;

/// The number of keys.
///
/// More keys than operations in flight, but so few that each key is written many times.
const KEYS: usize = 250;

/// The values of all keys, and the timestamp of the last write.
#[derive(Debug)]
pub(super) struct Ledger {
    entries: Vec<Mutex<Entry>>,
    clock: AtomicI64,
}

/// The last values of one key; 0 if the key was never written.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    acknowledged: i64,
    attempted: i64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { entries: (0..KEYS).map(|_| Mutex::default()).collect(), clock: AtomicI64::new(0) }
    }

    /// Writes or reads a key, depending on `turn`; `None` if the key is in use.
    ///
    /// Tries the next coordinator only if the previous coordinator does not answer.
    pub(super) async fn operate(&self, turn: usize, coordinators: &[Arc<Session>]) -> Option<Outcome> {
        // An even turn writes a key, and the next turn reads the same key.
        let (key, writes) = ((turn / 2) % KEYS, turn.is_multiple_of(2));
        let mut entry = self.entries.get(key)?.try_lock().ok()?;
        let mut gone = None;
        for session in coordinators {
            let result =
                if writes { self.write(key, &mut entry, session).await } else { read(key, *entry, session).await };
            match result {
                Ok(()) => return Some(Outcome::Success { coordinator: session.coordinator() }),
                Err(error) if session::is_gone(&error) => {
                    session.note_gone();
                    gone = Some(Outcome::Failure { coordinator: session.coordinator(), reason: brief(&error) });
                }
                Err(error) => {
                    return Some(Outcome::Failure { coordinator: session.coordinator(), reason: brief(&error) });
                }
            }
        }
        gone
    }

    pub(super) async fn check_all(&self, session: &Session) -> anyhow::Result<usize> {
        for (key, entry) in self.entries.iter().enumerate() {
            read(key, *entry.lock().await, session).await?;
        }
        Ok(self.entries.len())
    }

    async fn write(&self, key: usize, entry: &mut Entry, session: &Session) -> anyhow::Result<()> {
        entry.attempted += 1;
        session.write(i32::try_from(key)?, entry.attempted, self.timestamp()).await?;
        entry.acknowledged = entry.attempted;
        Ok(())
    }

    /// A timestamp in microseconds that is higher than the previous one.
    ///
    /// The later of two writes wins, even if the writes have different coordinators.
    fn timestamp(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros());
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let last = self.clock.fetch_max(now, Ordering::SeqCst);
        if last < now { now } else { self.clock.fetch_add(1, Ordering::SeqCst) + 1 }
    }
}

async fn read(key: usize, entry: Entry, session: &Session) -> anyhow::Result<()> {
    let value = session.read(i32::try_from(key)?).await?.unwrap_or(0);
    judge(entry, value).with_context(|| format!("key {key}"))
}

fn judge(entry: Entry, value: i64) -> anyhow::Result<()> {
    if value < entry.acknowledged {
        bail!("lost or stale: {value} was read, {} was acknowledged", entry.acknowledged);
    }
    if value > entry.attempted {
        bail!("{value} was read, but was never written");
    }
    Ok(())
}

/// The first line of an error, at most 200 characters.
///
/// Failures with equal lines are counted together.
fn brief(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledged_value_must_be_seen_and_a_failed_write_may_be() {
        let entry = Entry { acknowledged: 3, attempted: 5 };
        assert!(judge(entry, 3).is_ok());
        assert!(judge(entry, 5).is_ok());
        let said = |value| judge(entry, value).unwrap_err().to_string();
        assert_eq!(said(2), "lost or stale: 2 was read, 3 was acknowledged");
        assert_eq!(said(6), "6 was read, but was never written");
    }

    #[test]
    fn timestamps_only_go_up() {
        let ledger = Ledger::new();
        let stamps: Vec<i64> = (0..1000).map(|_| ledger.timestamp()).collect();
        assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
