//! What a node has loaded, worked out from what can be seen of it.
//!
//! A process does not tell what it has loaded, and files do not either: they may have been changed since, and their
//! times can be copied. What can be seen is what lies on disk, what a handshake shows, and a [`Mark`] that whoever
//! loads a node leaves: what it had loaded, which process it was, and how far its log had got.

use crate::cluster::{Known, Loaded, Observed, Setup};
use crate::label::Identity;

/// A process, told from any other that ever had its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProcessId {
    /// The process id.
    pub pid: u32,
    /// When it started, in clock ticks since the machine did (Linux: `man 5 proc_pid_stat`, field 22).
    pub started: u64,
}

/// What is left beside the stores after a load that was confirmed by handshakes, or right after a start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mark {
    /// Whose load it was. After another start the mark says nothing.
    pub process: ProcessId,
    /// What was loaded.
    pub loaded: Setup,
    /// How long the node's log was.
    pub log_length: u64,
}

/// What the log has to say since the mark was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinceMark {
    /// No reload: the log goes on from the mark and tells of none.
    NoReload,
    /// A reload, by hand or by the ten-minute timer; or the log is not the one of the mark.
    PerhapsReloaded,
}

/// What was seen of a node.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The running process, if there is one.
    pub process: Option<ProcessId>,
    /// What its listener served in a handshake.
    pub served: Option<Identity>,
    /// What its settings and stores on disk hold.
    pub disk: Setup,
    /// The last mark.
    pub mark: Option<Mark>,
    /// What happened since.
    pub since_mark: SinceMark,
}

impl Evidence {
    /// What follows from it. What does not is given as unknown, and a plan is then safe whatever it is.
    pub fn observed(self) -> Observed {
        let Some(process) = self.process else { return Observed::stopped(self.disk) };
        let mark = self.mark.clone().filter(|mark| mark.process == process);
        let loaded = match mark {
            Some(mark) if self.since_mark == SinceMark::NoReload && self.agrees_with(&mark) => mark.loaded.into(),
            Some(mark) => self.one_of_two(&mark.loaded),
            None => self.unmarked(),
        };
        Observed::running(loaded, self.disk)
    }

    /// A mark that a handshake contradicts was overtaken, whatever the log says.
    fn agrees_with(&self, mark: &Mark) -> bool {
        self.served.is_none() || self.served.as_ref() == mark.loaded.identity()
    }

    /// What was loaded last, or what lies on disk now; the settings of a process do not change.
    fn one_of_two(&self, marked: &Setup) -> Loaded {
        let identities = Known::OneOf(vec![marked.identity().cloned(), self.disk.identity().cloned()]);
        Loaded {
            mode: marked.mode(),
            identity: self.served.clone().map_or(identities, |served| Known::Surely(Some(served))),
            trust: Known::OneOf(vec![marked.trust().clone(), self.disk.trust().clone()]),
            client_auth: marked.client_auth(),
        }
    }

    /// Nobody knows with what it was started.
    fn unmarked(&self) -> Loaded {
        Loaded {
            mode: self.disk.mode(),
            identity: self.served.clone().map_or(Known::Unknown, |served| Known::Surely(Some(served))),
            trust: Known::Unknown,
            client_auth: self.disk.client_auth(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Trust;

    const PROCESS: ProcessId = ProcessId { pid: 7, started: 1000 };

    fn setup(number: u32) -> Setup {
        let label = format!("node1-{number}");
        Setup::tls(Identity::self_signed(&label), [label.as_str()].into_iter().collect())
    }

    fn evidence() -> Evidence {
        Evidence {
            process: Some(PROCESS),
            served: setup(1).identity().cloned(),
            disk: setup(2),
            mark: Some(Mark { process: PROCESS, loaded: setup(1), log_length: 0 }),
            since_mark: SinceMark::NoReload,
        }
    }

    fn trust(evidence: Evidence) -> Known<Trust> {
        evidence.observed().loaded().unwrap().trust.clone()
    }

    #[test]
    fn a_mark_of_this_process_is_what_is_loaded() {
        assert_eq!(evidence().observed(), Observed::running(setup(1), setup(2)));
    }

    #[test]
    fn after_a_reload_it_is_one_of_two() {
        let evidence = Evidence { since_mark: SinceMark::PerhapsReloaded, ..evidence() };
        let two = [setup(1), setup(2)].map(|setup| setup.trust().clone());
        assert_eq!(trust(evidence), Known::OneOf(two.into()));
    }

    #[test]
    fn a_handshake_that_contradicts_the_mark_is_believed() {
        let evidence = Evidence { served: setup(2).identity().cloned(), ..evidence() };
        let observed = evidence.observed();
        let loaded = observed.loaded().unwrap();
        assert_eq!(loaded.identity, Known::Surely(setup(2).identity().cloned()));
        assert!(matches!(loaded.trust, Known::OneOf(_)));
    }

    #[test]
    fn the_mark_of_another_process_says_nothing() {
        let other = ProcessId { started: 2000, ..PROCESS };
        let evidence = Evidence { process: Some(other), ..evidence() };
        assert_eq!(trust(evidence), Known::Unknown);
    }

    #[test]
    fn without_a_process_there_is_only_the_disk() {
        let evidence = Evidence { process: None, ..evidence() };
        assert_eq!(evidence.observed(), Observed::stopped(setup(2)));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_mark_survives_being_written_down() {
        let mark = evidence().mark.unwrap();
        let text = serde_json::to_string(&mark).unwrap();
        assert_eq!(serde_json::from_str::<Mark>(&text).unwrap(), mark);
    }
}
