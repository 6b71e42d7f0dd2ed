//! Derives from observations what a node has loaded.
//!
//! A process does not report what it has loaded. Files are no proof either: they may have been changed since the process
//! read them, and their times can be copied. So [`Evidence`] also contains the identity that a handshake showed, the
//! [`LoadRecord`] of the last restart or reload, and whether the log shows a reload since.

use crate::cluster::{Known, Loaded, Observed, TlsConfig};
use crate::label::Identity;

/// A process, distinguished by its start time from earlier processes with the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProcessId {
    /// The process id.
    pub pid: u32,
    /// The start time, in clock ticks since boot (Linux: `man 5 proc_pid_stat`, field 22).
    pub started: u64,
}

/// A record of what a process has loaded.
///
/// The caller makes the record, for example after a restart or reload that handshakes confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LoadRecord {
    /// The process that loaded the stores. The record is stale once that process has restarted.
    pub process: ProcessId,
    /// What was loaded.
    pub loaded: TlsConfig,
    /// The length of the node's log when the record was made, in bytes.
    pub log_length: u64,
}

impl LoadRecord {
    /// Creates the record of a process.
    ///
    /// `log_length` is the length of the node's log in bytes, once the process has loaded `loaded`.
    pub fn new(process: ProcessId, loaded: TlsConfig, log_length: u64) -> Self {
        Self { process, loaded, log_length }
    }
}

/// Whether the log shows a reload since the [`LoadRecord`] was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinceLoad {
    /// No reload: the log continues from the record and mentions none.
    NoReload,
    /// Perhaps a reload, by hand or by Cassandra's ten-minute timer.
    ///
    /// The value also applies if the log is not the one with which the record was written.
    PerhapsReloaded,
}

/// The observations of a node, from which [`Evidence::observed`] derives its state.
///
/// ```
/// use rotation_planner::{Evidence, Identity, Known, ProcessId, TlsConfig};
///
/// let disk = TlsConfig::tls(Identity::self_signed("node0"), ["node0", "node1"].into_iter().collect());
/// let mut evidence = Evidence::new(disk);
/// evidence.process = Some(ProcessId { pid: 4711, started: 1_000 });
/// evidence.served = Some(Identity::self_signed("node0"));
/// // Without a record of what was last loaded, what the process trusts is unknown.
/// assert_eq!(evidence.observed().loaded().map(|loaded| loaded.trust.clone()), Some(Known::Unknown));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evidence {
    /// The running process, if there is one.
    pub process: Option<ProcessId>,
    /// The identity that the process served in a handshake, if there was one.
    pub served: Option<Identity>,
    /// The settings and stores on the node's disk.
    pub disk: TlsConfig,
    /// The record of the last restart or reload, if there is one.
    pub record: Option<LoadRecord>,
    /// Whether the log shows a reload since the record was written.
    pub since_load: SinceLoad,
}

impl Evidence {
    /// Evidence of the files on disk only: no process, handshake or record, and perhaps a reload.
    pub fn new(disk: TlsConfig) -> Self {
        Self { process: None, served: None, disk, record: None, since_load: SinceLoad::PerhapsReloaded }
    }

    /// Derives what the node has loaded. A node without a process is stopped.
    ///
    /// Facts that cannot be derived are marked unknown, and a plan is safe for every possibility. Only the identity that a
    /// node serves over TLS must be known
    /// ([`ErrorKind::UnknownServedIdentity`](crate::ErrorKind::UnknownServedIdentity)).
    pub fn observed(self) -> Observed {
        let Some(process) = self.process else { return Observed::stopped(self.disk) };
        let record = self.record.clone().filter(|record| record.process == process);
        let loaded = match record {
            Some(record) if self.since_load == SinceLoad::NoReload && self.agrees_with(&record) => record.loaded.into(),
            Some(record) => self.reloaded_since(&record.loaded),
            None => self.unrecorded(),
        };
        Observed::running(loaded, self.disk)
    }

    /// Whether the served certificate, if one was seen, agrees with `record`.
    ///
    /// If it does not, the process has read its keystore again since, whatever the log says.
    fn agrees_with(&self, record: &LoadRecord) -> bool {
        self.served.is_none() || self.served.as_ref() == record.loaded.identity()
    }

    /// The loaded stores and settings if a reload may have followed the record.
    ///
    /// The truststore may be any that was on disk since the record, not only the current one. The settings of a process do
    /// not change.
    fn reloaded_since(&self, recorded: &TlsConfig) -> Loaded {
        Loaded {
            mode: recorded.mode(),
            identity: self.served(),
            trust: Known::Unknown,
            client_auth: Known::Certain(recorded.client_auth()),
        }
    }

    fn served(&self) -> Known<Option<Identity>> {
        self.served.clone().map_or(Known::Unknown, |served| Known::Certain(Some(served)))
    }

    /// The loaded stores and settings if there is no record of the running process.
    ///
    /// Only the transport is taken from the settings on disk, although they may have changed since the process started.
    fn unrecorded(&self) -> Loaded {
        Loaded { mode: self.disk.mode(), identity: self.served(), trust: Known::Unknown, client_auth: Known::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Trust;

    const PROCESS: ProcessId = ProcessId { pid: 7, started: 1000 };

    fn config(number: u32) -> TlsConfig {
        let label = format!("node1-{number}");
        TlsConfig::tls(Identity::self_signed(&label), [label.as_str()].into_iter().collect())
    }

    fn evidence() -> Evidence {
        Evidence {
            process: Some(PROCESS),
            served: config(1).identity().cloned(),
            disk: config(2),
            record: Some(LoadRecord::new(PROCESS, config(1), 0)),
            since_load: SinceLoad::NoReload,
        }
    }

    fn trust(evidence: Evidence) -> Known<Trust> {
        evidence.observed().loaded().unwrap().trust.clone()
    }

    #[test]
    fn the_record_of_this_process_is_what_is_loaded() {
        assert_eq!(evidence().observed(), Observed::running(config(1), config(2)));
    }

    /// Another truststore may have been on disk at the time of the reload.
    #[test]
    fn after_a_reload_it_can_be_anything_that_was_on_disk_since() {
        let evidence = Evidence { since_load: SinceLoad::PerhapsReloaded, ..evidence() };
        assert_eq!(trust(evidence), Known::Unknown);
    }

    #[test]
    fn a_handshake_that_contradicts_the_record_is_believed() {
        let evidence = Evidence { served: config(2).identity().cloned(), ..evidence() };
        let observed = evidence.observed();
        let loaded = observed.loaded().unwrap();
        assert_eq!(loaded.identity, Known::Certain(config(2).identity().cloned()));
        assert_eq!(loaded.trust, Known::Unknown);
    }

    #[test]
    fn the_record_of_another_process_is_stale() {
        let other = ProcessId { started: 2000, ..PROCESS };
        let evidence = Evidence { process: Some(other), ..evidence() };
        assert_eq!(trust(evidence), Known::Unknown);
    }

    #[test]
    fn without_a_process_there_is_only_the_disk() {
        let evidence = Evidence { process: None, ..evidence() };
        assert_eq!(evidence.observed(), Observed::stopped(config(2)));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_record_survives_being_written_down() {
        let record = evidence().record.unwrap();
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<LoadRecord>(&text).unwrap(), record);
    }
}
