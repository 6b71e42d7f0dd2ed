//! The data that is collected from a host besides its files.
//!
//! It contains the marker of the last load, and facts about the process.

use rotation_planner::{ClientAuth, InternodeMode, LoadRecord, ProcessId, TlsConfig};
use serde::{Deserialize, Serialize};

use super::Certificates;
use crate::input::Digest;

/// The marker that a playbook writes on a node after a load.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Marker {
    /// The id of the plan whose playbook wrote the marker.
    pub plan: String,
    /// The stage that the node had reached.
    pub stage: usize,
    /// The process that had loaded this stage, as in [`Facts::process`].
    #[serde(default)]
    pub process: String,
    /// The state that the process had loaded.
    pub loaded: Loaded,
}

/// The state that a process has loaded, with certificates by SHA-256.
///
/// Labels may differ when the marker is read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// The internode mode.
    pub mode: InternodeMode,
    /// SHA-256 of the certificate that the process serves, and of the certificate's anchor.
    pub identity: Option<(Digest, Digest)>,
    /// SHA-256 of the certificates that the process trusts.
    pub trusts: Vec<Digest>,
    /// Whether the process requires client certificates, if that is known.
    pub client_auth: Option<ClientAuth>,
}

/// The facts that are collected from a host besides its files.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Facts {
    /// The output of `rot_process`; empty if no process is running.
    ///
    /// It consists of the process's id, the time, the seconds since the process started, and the fields of `/proc/PID/stat`
    /// from the process state on.
    #[serde(default)]
    pub process: String,
    /// The content of the marker; empty if there is none.
    #[serde(default)]
    pub marker: String,
    /// The times at which the TLS files were last changed, in seconds since 1970 (`st_ctime`).
    ///
    /// The files are the settings, the keystore and the truststore.
    #[serde(default)]
    pub changed: Vec<Option<f64>>,
}

/// The margin, in seconds, between a file's last change and the start of the process.
///
/// Clocks of one machine agree, but a start takes time.
const MARGIN: f64 = 60.0;

impl Facts {
    /// The running process; `None` if there is none.
    pub fn process_id(&self) -> Option<ProcessId> {
        process_id(&self.process)
    }

    /// The marker; `None` if there is none, or it cannot be read.
    pub(super) fn marker(&self) -> Option<Marker> {
        serde_json::from_str(&self.marker).ok()
    }

    /// Whether each file was last changed more than a minute before the process started.
    ///
    /// False if this is unknown. Missing stores count as unchanged. `st_ctime` cannot be set, unlike the modification time.
    pub fn files_are_older(&self) -> bool {
        let mut words = self.process.split_whitespace().skip(1).map(str::parse::<f64>);
        let (Some(Ok(now)), Some(Ok(running))) = (words.next(), words.next()) else { return false };
        let started = now - running;
        let older = |changed: &f64| changed + MARGIN < started;
        matches!(self.changed.first(), Some(Some(_))) && self.changed.iter().flatten().all(older)
    }
}

/// The process in the output of `rot_process`.
///
/// Field 22 of `/proc/PID/stat` (`man 5 proc_pid_stat`) is the time at which the process started.
pub(crate) fn process_id(printed: &str) -> Option<ProcessId> {
    let mut words = printed.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    // After the id: the time, the seconds, then the fields from the third on.
    let started = words.nth(2 + 22 - 3)?.parse().ok()?;
    Some(ProcessId { pid, started })
}

impl Marker {
    /// Records the anchor of the served certificate, unless the certificate already has anchors.
    ///
    /// # Errors
    /// None, because unknown certificates are ignored.
    pub(super) fn judge(&self, certificates: &mut Certificates) -> anyhow::Result<()> {
        match self.loaded.identity {
            Some((served, anchor))
                if [served, anchor].into_iter().all(|digest| certificates.get(digest).is_some())
                    && !certificates.is_judged(served) =>
            {
                certificates.accept(served, vec![anchor])
            }
            _ => Ok(()),
        }
    }

    /// The process that had loaded this stage.
    pub(super) fn process_id(&self) -> Option<ProcessId> {
        process_id(&self.process)
    }

    /// The marker as the planner's record; `None` if its process or a certificate is unknown.
    pub fn record(&self, certificates: &Certificates) -> Option<LoadRecord> {
        Some(LoadRecord::new(self.process_id()?, self.loaded.config(certificates)?, 0))
    }
}

impl Loaded {
    fn config(&self, certificates: &Certificates) -> Option<TlsConfig> {
        let setup = match &self.identity {
            Some((own, _)) => TlsConfig::tls(certificates.identity(*own).ok()?, certificates.trust(&self.trusts).ok()?),
            None => TlsConfig::plaintext(),
        };
        let setup = setup.with_mode(self.mode);
        Some(match self.client_auth {
            Some(client_auth) => setup.with_client_auth(client_auth),
            None => setup,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output of `rot_process` on Linux for a process that started at tick 4711.
    const PRINTED: &str = "815 1000000 300 S 1 815 815 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 4711 1000 100";

    #[test]
    fn a_process_is_told_by_its_id_and_its_start() {
        let facts = Facts { process: PRINTED.to_owned(), ..Facts::default() };
        assert_eq!(facts.process_id(), Some(ProcessId { pid: 815, started: 4711 }));
        assert_eq!(Facts::default().process_id(), None);
    }

    #[test]
    fn files_are_older_only_if_every_one_is_and_by_more_than_a_minute() {
        let older = |changed: &[Option<f64>]| {
            Facts { process: PRINTED.to_owned(), marker: String::new(), changed: changed.to_vec() }.files_are_older()
        };
        assert!(older(&[Some(1000.0), Some(999_639.0)]));
        assert!(!older(&[Some(1000.0), Some(999_641.0)]));
        assert!(older(&[Some(1000.0), None]));
        assert!(!older(&[None, Some(1000.0)]));
        assert!(!older(&[]));
    }
}
