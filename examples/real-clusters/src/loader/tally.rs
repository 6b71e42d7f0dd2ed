//! The results of the operations.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// A write succeeded, or a read returned the expected value.
    Success { coordinator: Ipv4Addr },
    /// The operation failed, or a read returned an unexpected value.
    Failure { coordinator: Ipv4Addr, reason: String },
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Interval {
    /// The number of successful operations, by coordinator.
    pub(crate) by_coordinator: BTreeMap<Ipv4Addr, u64>,
    pub(crate) failed: u64,
    /// The longest time without a successful operation, since the first success.
    pub(crate) longest_pause: Duration,
    pub(crate) reasons: BTreeMap<String, u64>,
}

impl Interval {
    pub(crate) fn succeeded(&self) -> u64 {
        self.by_coordinator.values().sum()
    }
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    interval: Interval,
    last_success: Option<Instant>,
}

impl Tally {
    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success { coordinator } => {
                *self.interval.by_coordinator.entry(coordinator).or_default() += 1;
                self.note_pause();
                self.last_success = Some(Instant::now());
            }
            Outcome::Failure { coordinator, reason } => {
                self.interval.failed += 1;
                *self.interval.reasons.entry(format!("{coordinator}: {reason}")).or_default() += 1;
            }
        }
    }

    /// The results since the last call.
    ///
    /// A pause that has not ended counts in this interval and in the next.
    pub(super) fn take_interval(&mut self) -> Interval {
        self.note_pause();
        std::mem::take(&mut self.interval)
    }

    fn note_pause(&mut self) {
        let pause = self.last_success.map_or(Duration::ZERO, |last| last.elapsed());
        self.interval.longest_pause = self.interval.longest_pause.max(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_what_came_since_the_last_one() {
        let mut tally = Tally::default();
        let failure = || Outcome::Failure { coordinator: Ipv4Addr::LOCALHOST, reason: "timeout".to_owned() };
        tally.add(Outcome::Success { coordinator: Ipv4Addr::LOCALHOST });
        tally.add(failure());
        tally.add(failure());
        let interval = tally.take_interval();
        assert_eq!((interval.succeeded(), interval.failed), (1, 2));
        assert_eq!(interval.reasons.get("127.0.0.1: timeout"), Some(&2));
        let next = tally.take_interval();
        assert_eq!((next.succeeded(), next.failed), (0, 0));
        assert!(next.longest_pause >= interval.longest_pause, "a pause lasts until an operation succeeds");
    }
}
