//! `cassandra-tls`: TLS between the nodes of a Cassandra cluster, for its operators.

use std::process::ExitCode;

fn main() -> ExitCode {
    cassandra_tls::cli::main()
}
