//! `cassandra-tls`: TLS between the nodes of a Cassandra cluster, for its operators.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes heap memory when it is freed.
///
/// Crates that do arithmetic with keys leave copies of the keys in freed memory.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    cassandra_tls::cli::main()
}
