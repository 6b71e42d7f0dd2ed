//! Measures the contestants of an operation in turn.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use crate::operation::{Contestant, Operation, Run};

/// The intended length of a sample.
///
/// Reading the clock takes far less time.
const SAMPLE: Duration = Duration::from_millis(4);

const FEWEST_ROUNDS: usize = 5;
const MOST_ROUNDS: usize = 31;

/// The kind of time that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Elapsed time.
    Wall,
    /// The processor time of all threads of this process. Use this clock on a busy machine.
    Processor,
}

impl Clock {
    fn now(self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::Wall => START.elapsed(),
            Self::Processor => ProcessTime::now().as_duration(),
        }
    }
}

/// The measured times of an operation.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The median time of each contestant for one run, divided by the operation's `times`.
    pub nanoseconds: Vec<(Contestant, f64)>,
    /// The first and the third quartile of our times, in nanoseconds.
    pub quartiles: [f64; 2],
    /// Our time divided by that of each other contestant.
    ///
    /// Each value is the median of the ratios within the rounds, or the ratio of the medians if every round does different work.
    pub ratios: Vec<(Contestant, f64)>,
}

/// Runs the contestants in turn, round by round, so that other load affects all of them.
///
/// Makes 5 to 31 rounds; after the fifth, none begins once `budget` is used up. If `operation.drawn` is set, it is the number of
/// rounds.
pub fn measure(operation: &mut Operation, budget: Duration, clock: Clock) -> Measured {
    let repeats: Vec<u32> = match operation.drawn {
        Some(_) => vec![1; operation.runs.len()],
        None => operation.runs.iter_mut().map(|run| repeats_of(run, clock)).collect(),
    };
    let since = Instant::now();
    let wanted = |done: usize| match operation.drawn {
        Some(count) => done < count,
        None => done < FEWEST_ROUNDS || (done < MOST_ROUNDS && since.elapsed() < budget),
    };
    let mut rounds: Vec<Vec<f64>> = Vec::new();
    while wanted(rounds.len()) {
        let times = f64::from(operation.times);
        let sample = |(run, repeats): (&mut Run, &u32)| timed(run, *repeats, clock) / times;
        rounds.push(operation.runs.iter_mut().zip(&repeats).map(sample).collect());
    }
    let column = |place: usize| rounds.iter().map(|round| round[place]).collect();
    let ratio = |place: usize| match operation.drawn {
        Some(_) => median(column(0)) / median(column(place)),
        None => median(rounds.iter().map(|round| round[0] / round[place]).collect()),
    };
    let contestants = operation.runs.iter().map(|run| run.contestant).enumerate();
    Measured {
        quartiles: [0.25, 0.75].map(|part| quantile(column(0), part)),
        nanoseconds: contestants.clone().map(|(place, who)| (who, median(column(place)))).collect(),
        ratios: contestants.skip(1).map(|(place, who)| (who, ratio(place))).collect(),
    }
}

fn repeats_of(run: &mut Run, clock: Clock) -> u32 {
    // The first run warms caches and branch predictors. Only the second run is timed.
    run.once();
    let once = timed(run, 1, clock).max(1.0);
    (SAMPLE.as_nanos() as f64 / once).clamp(1.0, 100_000.0).round() as u32
}

fn timed(run: &mut Run, repeats: u32, clock: Clock) -> f64 {
    let since = clock.now();
    for _ in 0..repeats {
        run.once();
    }
    clock.now().saturating_sub(since).as_nanos() as f64 / f64::from(repeats)
}

fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() as f64 * part) as usize]
}

#[test]
fn the_median_is_the_one_in_the_middle() {
    assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < f64::EPSILON);
}
