//! Operations: the pieces of work that are measured.

use std::hint::black_box;

use crate::{bcfks, certificates, jks, keys, pkcs12, planner, properties, yaml};

/// An implementation that does the work of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contestant {
    /// This project.
    Ours,
    /// The part of the work that cannot be avoided.
    ///
    /// For the growth of plans, the limit is the plan for a smaller cluster.
    Limit,
    /// Another library or program.
    Rival(&'static str),
}

/// The extent of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Smaller inputs, and fewer keys for each median.
    Quick,
    /// Larger inputs too, and more keys for each median.
    Full,
}

/// The work of one contestant for an operation.
pub struct Run {
    /// The contestant.
    pub contestant: Contestant,
    /// The maximum multiple of the limit, or the minimum speedup over the rival.
    pub target: Option<f64>,
    work: Box<dyn FnMut()>,
}

impl Run {
    /// Does the work once.
    pub fn once(&mut self) {
        (self.work)();
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Run").field("contestant", &self.contestant).finish_non_exhaustive()
    }
}

/// A piece of work, with its contestants.
#[derive(Debug)]
pub struct Operation {
    /// The name, such as `jks decode, 1000 certificates`.
    pub name: String,
    /// The number of items that one run processes. The time of the run is divided by this number.
    pub times: u32,
    /// The contestants, ours first.
    pub runs: Vec<Run>,
    /// The minimum speedup over Java, if there is such a target.
    pub java_target: Option<f64>,
    /// The name of the rival in Java: `Java`, or the name of a library.
    pub java_name: &'static str,
    /// The number of rounds, each with one run per contestant, if every run does different work.
    pub drawn: Option<usize>,
}

impl Operation {
    pub(crate) fn new<T>(name: impl Into<String>, mut ours: impl FnMut() -> T + 'static) -> Self {
        let work = Box::new(move || drop(black_box(ours())));
        let runs = vec![Run { contestant: Contestant::Ours, target: None, work }];
        Self { name: name.into(), times: 1, runs, java_target: None, java_name: "Java", drawn: None }
    }

    /// Adds the limit.
    ///
    /// Our time should be at most `target` times that of the limit.
    pub(crate) fn limit<T>(self, target: f64, limit: impl FnMut() -> T + 'static) -> Self {
        self.with(Contestant::Limit, Some(target), limit)
    }

    pub(crate) fn rival<T>(self, name: &'static str, rival: impl FnMut() -> T + 'static) -> Self {
        self.with(Contestant::Rival(name), None, rival)
    }

    /// Adds a rival.
    ///
    /// The rival's time should be at least `times` times ours.
    pub(crate) fn slower_rival<T>(self, name: &'static str, times: f64, rival: impl FnMut() -> T + 'static) -> Self {
        self.with(Contestant::Rival(name), Some(times), rival)
    }

    pub(crate) fn slower_java(mut self, times: f64) -> Self {
        self.java_target = Some(times);
        self
    }

    pub(crate) fn in_java(mut self, library: &'static str) -> Self {
        self.java_name = library;
        self
    }

    /// Marks an operation whose runs do different work, such as a search for primes.
    ///
    /// Each contestant runs `count` times, and the medians are compared.
    pub(crate) fn drawn(mut self, count: usize) -> Self {
        self.drawn = Some(count);
        self
    }

    pub(crate) fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn with<T>(mut self, contestant: Contestant, target: Option<f64>, mut run: impl FnMut() -> T + 'static) -> Self {
        self.runs.push(Run { contestant, target, work: Box::new(move || drop(black_box(run()))) });
        self
    }
}

/// The operations whose names contain `filter`.
///
/// If `filter` begins with a subject such as `jks`, operations of other subjects are omitted.
pub fn operations(filter: &str, effort: Effort) -> Vec<Operation> {
    let makers = [
        jks::operations,
        pkcs12::operations,
        bcfks::operations,
        properties::operations,
        yaml::operations,
        certificates::operations,
        keys::operations,
        planner::operations,
    ];
    let made = makers.into_iter().flat_map(|make| make(effort, filter));
    made.filter(|operation| operation.name.contains(filter)).collect()
}

/// Whether `filter` begins with `subject` or with no subject.
///
/// If not, the costly inputs of `subject` are not made.
pub(crate) fn concerns(subject: &str, filter: &str) -> bool {
    let subjects = ["jks", "pkcs12", "bcfks", "properties", "cassandra.yaml", "certificate", "plan"];
    filter.starts_with(subject) || !subjects.iter().any(|other| filter.starts_with(other))
}
