//! Measures the operations of [`Effort::Quick`] with criterion: `cargo bench -p benches`. A filter selects some of them:
//! `cargo bench -p benches -- "jks decode"`.

use std::time::Duration;

use benches::{Contestant, Effort, operations};
use criterion::{BenchmarkId, Criterion};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500))
        .configure_from_args();
    for mut operation in operations("", Effort::Quick) {
        let mut group = criterion.benchmark_group(operation.name.clone());
        for run in &mut operation.runs {
            let name = match run.contestant {
                Contestant::Ours => "ours",
                Contestant::Limit => "limit",
                Contestant::Rival(name) => name,
            };
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| run.once()));
        }
        group.finish();
    }
    criterion.final_summary();
}
