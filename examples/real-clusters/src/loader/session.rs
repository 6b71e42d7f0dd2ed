//! A session with one coordinator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session as Driver;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};
use scylla::policies::host_filter::AllowListHostFilter;
use scylla::policies::retry::FallthroughRetryPolicy;
use scylla::statement::Consistency;
use scylla::statement::prepared::PreparedStatement;

use crate::distribution::CQL_PORT;

/// Longer than the timeouts of the server, so that the server reports the error.
const TIMEOUT: Duration = Duration::from_secs(12);

/// A connection to one coordinator: no other node is contacted, and no operation is retried.
#[derive(Debug)]
pub(super) struct Session {
    coordinator: Ipv4Addr,
    driver: Driver,
    write: PreparedStatement,
    read: PreparedStatement,
    in_flight: AtomicU64,
    gone: AtomicBool,
}

impl Session {
    pub(super) async fn make_schema(coordinator: Ipv4Addr) -> anyhow::Result<()> {
        let driver = open(coordinator).await?;
        let keyspace = "CREATE KEYSPACE IF NOT EXISTS live \
                        WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}";
        driver.query_unpaged(keyspace, ()).await?;
        driver.query_unpaged("CREATE TABLE IF NOT EXISTS live.counts (key int PRIMARY KEY, value bigint)", ()).await?;
        driver.await_schema_agreement().await?;
        Ok(())
    }

    pub(super) async fn connect(coordinator: Ipv4Addr) -> anyhow::Result<Self> {
        let driver = open(coordinator).await?;
        let write = driver.prepare("INSERT INTO live.counts (key, value) VALUES (?, ?)").await?;
        let read = driver.prepare("SELECT value FROM live.counts WHERE key = ?").await?;
        Ok(Self { coordinator, driver, write, read, in_flight: AtomicU64::new(0), gone: AtomicBool::new(false) })
    }

    pub(super) fn coordinator(&self) -> Ipv4Addr {
        self.coordinator
    }

    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    pub(super) fn note_gone(&self) {
        self.gone.store(true, Ordering::SeqCst);
    }

    pub(super) fn was_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    pub(super) async fn write(&self, key: i32, value: i64, timestamp: i64) -> anyhow::Result<()> {
        let mut statement = self.write.clone();
        statement.set_timestamp(Some(timestamp));
        self.driver.execute_unpaged(&statement, (key, value)).await?;
        Ok(())
    }

    pub(super) async fn read(&self, key: i32) -> anyhow::Result<Option<i64>> {
        let answer = self.driver.execute_unpaged(&self.read, (key,)).await?.into_rows_result()?;
        Ok(answer.maybe_first_row::<(i64,)>()?.map(|(value,)| value))
    }
}

/// Whether no connection to the coordinator can be used, or the coordinator shuts down.
///
/// The operation can then be sent to another coordinator. Cassandra 5.0 reports a shutdown as "overloaded".
pub(super) fn is_gone(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<ExecutionError>() {
        Some(ExecutionError::ConnectionPoolError(_) | ExecutionError::EmptyPlan) => true,
        Some(ExecutionError::LastAttemptError(attempt)) => match attempt {
            RequestAttemptError::BrokenConnectionError(_) | RequestAttemptError::UnableToAllocStreamId => true,
            RequestAttemptError::DbError(DbError::Overloaded, said) => said.contains("shutting down"),
            _ => false,
        },
        _ => false,
    }
}

async fn open(coordinator: Ipv4Addr) -> anyhow::Result<Driver> {
    let address = SocketAddr::from((coordinator, CQL_PORT));
    let profile = ExecutionProfile::builder()
        .consistency(Consistency::Quorum)
        .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
        .request_timeout(Some(TIMEOUT))
        .build();
    let driver = SessionBuilder::new()
        .known_node_addr(address)
        .host_filter(Arc::new(AllowListHostFilter::new([address])?))
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(TIMEOUT)
        .build()
        .await?;
    Ok(driver)
}
