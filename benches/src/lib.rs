//! Benchmarks of the four libraries beside their rivals.
