//! Random numbers that are the same on each run, and releases that a property test draws.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "each test uses its part, and expects by panicking"
)]

use proptest::prelude::*;
use rotation_planner::{ClientAuth, Semantics, Staging};

/// xorshift64 (G. Marsaglia, 2003), with its state.
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Releases that read their stores at different times.
pub fn semantics() -> impl Strategy<Value = Semantics> {
    let of = |(major, minor, patch), auth, staging| {
        Semantics::cassandra(major, minor, patch, auth).unwrap().with_staging(staging)
    };
    prop::sample::select(vec![
        of((2, 1, 22), ClientAuth::On, Staging::DOCUMENTED),
        of((3, 11, 19), ClientAuth::Off, Staging::DOCUMENTED),
        of((3, 11, 19), ClientAuth::On, Staging::DOCUMENTED),
        of((3, 11, 19), ClientAuth::On, Staging::IN_PLACE),
        of((4, 0, 17), ClientAuth::Off, Staging::IN_PLACE),
        of((5, 0, 6), ClientAuth::On, Staging::DOCUMENTED),
    ])
}
