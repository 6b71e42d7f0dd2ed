//! The marker of a node's last load, and the facts that are collected from its host.

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

/// The state that a process has loaded.
///
/// Certificates are named by SHA-256, because their labels may be different when the marker is read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// The internode mode.
    pub mode: InternodeMode,
    /// SHA-256 of the loaded certificate and of its first anchor; `None` without a keystore.
    pub identity: Option<(Digest, Digest)>,
    /// SHA-256 of the certificates that the process trusts.
    pub trusts: Vec<Digest>,
    /// The node's own `require_client_auth`, if it is given.
    pub client_auth: Option<ClientAuth>,
}

/// The facts that are collected from a host besides its settings and stores.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Facts {
    /// The output of the Ansible role's `rot_process`; empty if no process was found.
    ///
    /// The output consists of the process's id, the time in seconds since 1970, the seconds since the process started, and the
    /// fields of `/proc/PID/stat` from the process state on.
    #[serde(default)]
    pub process: String,
    /// The content of the marker; empty if there is none.
    #[serde(default)]
    pub marker: String,
    /// The `st_ctime` of the settings, the keystore and the truststore, in seconds since 1970.
    ///
    /// `None` for a file that does not exist.
    #[serde(default)]
    pub changed: Vec<Option<f64>>,
}

/// A margin in seconds, because a process's computed start is exact to a few seconds.
const MARGIN: f64 = 60.0;

impl Facts {
    /// The running process; `None` if the output of `rot_process` names none.
    pub fn process_id(&self) -> Option<ProcessId> {
        process_id(&self.process)
    }

    pub(super) fn marker(&self) -> Option<Marker> {
        serde_json::from_str(&self.marker).ok()
    }

    /// When the files were last changed, compared with the start of the process.
    ///
    /// A missing store counts as unchanged, because nothing shows when it was deleted. Unlike the modification time, `st_ctime`
    /// cannot be set.
    pub fn files(&self) -> FilesAge {
        let mut words = self.process.split_whitespace().skip(1).map(str::parse::<f64>);
        let (Some(Ok(now)), Some(Ok(running)), Some(Some(_))) = (words.next(), words.next(), self.changed.first())
        else {
            return FilesAge::Unknown;
        };
        let started = now - running;
        let older = |changed: &f64| changed + MARGIN < started;
        if self.changed.iter().flatten().all(older) { FilesAge::Older } else { FilesAge::Newer }
    }
}

/// The age of the settings and the stores that exist, compared with the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilesAge {
    /// Each file was last changed more than a minute before the process started.
    Older,
    /// A file was changed after the process started, or less than a minute before.
    Newer,
    /// The start of the process, or the time of the settings, was not collected.
    Unknown,
}

/// The process in the output of `rot_process`.
///
/// The start of the process, in clock ticks since boot, is field 22 of `/proc/PID/stat` (`man 5 proc_pid_stat`).
pub(crate) fn process_id(printed: &str) -> Option<ProcessId> {
    let mut words = printed.split_whitespace();
    let pid = words.next()?.parse().ok()?;
    // After the id: the time, the seconds, then the fields from the third on.
    let started = words.nth(2 + 22 - 3)?.parse().ok()?;
    Some(ProcessId { pid, started })
}

impl Marker {
    /// Records the anchor of the served certificate, if both are known and none is recorded.
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

    pub(super) fn process_id(&self) -> Option<ProcessId> {
        process_id(&self.process)
    }

    /// The marker as the planner's record.
    ///
    /// `None` if the process, a certificate or the anchors of the served certificate are unknown.
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

    const PRINTED: &str = "815 1000000 300 S 1 815 815 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 4711 1000 100";

    #[test]
    fn a_process_is_told_by_its_id_and_its_start() {
        let facts = Facts { process: PRINTED.to_owned(), ..Facts::default() };
        assert_eq!(facts.process_id(), Some(ProcessId { pid: 815, started: 4711 }));
        assert_eq!(Facts::default().process_id(), None);
    }

    #[test]
    fn files_are_older_only_if_every_one_is_and_by_more_than_a_minute() {
        let age = |changed: &[Option<f64>]| {
            Facts { process: PRINTED.to_owned(), marker: String::new(), changed: changed.to_vec() }.files()
        };
        assert_eq!(age(&[Some(1000.0), Some(999_639.0)]), FilesAge::Older);
        assert_eq!(age(&[Some(1000.0), Some(999_641.0)]), FilesAge::Newer);
        assert_eq!(age(&[Some(1000.0), None]), FilesAge::Older);
        assert_eq!(age(&[None, Some(1000.0)]), FilesAge::Unknown);
        assert_eq!(age(&[]), FilesAge::Unknown);
        let unknown = Facts { process: "815".to_owned(), marker: String::new(), changed: vec![Some(1000.0)] };
        assert_eq!(unknown.files(), FilesAge::Unknown);
    }
}
