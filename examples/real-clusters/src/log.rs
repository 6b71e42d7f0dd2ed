//! A node's log, read from a mark to the end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};

/// A node's `debug.log`.
#[derive(Clone, Debug)]
pub(super) struct Log {
    path: PathBuf,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark(u64);

impl Mark {
    pub(super) fn at(position: u64) -> Self {
        Self(position)
    }

    pub(super) fn position(self) -> u64 {
        self.0
    }
}

impl Log {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.path.metadata().map_or(0, |about| about.len()))
    }

    pub(super) fn since(&self, mark: Mark) -> io::Result<Vec<String>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        file.seek(SeekFrom::Start(mark.0))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
    }

    pub(super) fn last_errors(&self, mark: Mark) -> String {
        let lines = self.since(mark).unwrap_or_default();
        let told =
            |line: &String| line.starts_with("ERROR") || line.starts_with("Caused by") || line.contains("Exception:");
        let errors: Vec<String> = lines.into_iter().filter(told).collect();
        errors.iter().rev().take(6).rev().cloned().collect::<Vec<_>>().join("\n")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogEvent {
    /// `nodetool reloadssl` (or the ten-minute timer) has renewed the TLS context.
    Reloaded,
    /// A reload failed, and the old context stays in use.
    ///
    /// 5.0 reports the failure only in its log.
    ReloadFailed,
    /// A handshake failed, or a plain connection was refused.
    Refused,
    Connected,
}

/// The texts by which a line is recognised, grouped by the releases that write them.
const TEXTS: [(&str, LogEvent); 8] = [
    // 4.0 and 5.0.
    ("SSL certificates have been updated", LogEvent::Reloaded),
    ("Failed to hot reload the SSL Certificates", LogEvent::ReloadFailed),
    ("Failed to handshake with peer", LogEvent::Refused),
    ("Failed to properly handshake with peer", LogEvent::Refused),
    ("attempted to establish an unencrypted connection", LogEvent::Refused),
    ("successfully connected, version =", LogEvent::Connected),
    // 2.1 and 3.11.
    ("SSL handshake error for outbound connection", LogEvent::Refused),
    ("SSL handshake error for inbound connection", LogEvent::Refused),
];

pub(super) fn event_in(line: &str) -> Option<LogEvent> {
    TEXTS.iter().find(|(text, _)| line.contains(text)).map(|(_, told)| *told)
}

/// A connection that its client's log reports (4.0 and later).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    /// The client's end, whose address need not be the node's own.
    pub(super) from: SocketAddrV4,
    /// The other end.
    pub(super) server: SocketAddrV4,
    pub(super) protection: Protection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    Tls,
    Plain,
}

/// The connection that a line reports.
///
/// Such a line contains, for example,
/// `/127.0.0.2:7000(/127.0.0.1:45726)->/127.0.0.3:7000-URGENT_MESSAGES-094f32ae successfully connected, version =`.
pub(super) fn connection(line: &str) -> Option<Connection> {
    let (before, after) = line.split_once(" successfully connected, version =")?;
    let (_, way) = before.rsplit_once(' ').unwrap_or(("", before));
    let (client, server) = way.split_once("->")?;
    let (_, from) = client.split_once('(')?;
    let encrypted = after.contains("encryption = encrypted(");
    Some(Connection {
        from: socket(from.trim_end_matches(')'))?,
        server: socket(server.split('-').next()?)?,
        protection: if encrypted { Protection::Tls } else { Protection::Plain },
    })
}

/// Parses an address in Java's form `host/127.0.0.1:7000`, where the host may be empty.
fn socket(text: &str) -> Option<SocketAddrV4> {
    text.rsplit_once('/')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that Cassandra 5.0.6 wrote.
    const CONNECTED: &str = "INFO  [Messaging-EventLoop-3-2] 2025-11-24 10:00:00,000 OutboundConnection.java:1153 - \
        /127.0.0.2:7000(/127.0.0.1:45726)->/127.0.0.3:7000-URGENT_MESSAGES-094f32ae successfully connected, version = 12, \
        framing = CRC, encryption = encrypted(factory=openssl;protocol=TLSv1.3;cipher=TLS_AES_128_GCM_SHA256)";

    #[test]
    fn a_connection_is_told_with_its_way_and_its_protection() {
        let seen = connection(CONNECTED).unwrap();
        assert_eq!(seen.from, "127.0.0.1:45726".parse().unwrap());
        assert_eq!(seen.server, "127.0.0.3:7000".parse().unwrap());
        assert_eq!(seen.protection, Protection::Tls);
        let plain = CONNECTED.replace("encrypted(factory", "unencrypted(");
        assert_eq!(connection(&plain).unwrap().protection, Protection::Plain);
        assert_eq!(connection("INFO nothing of the kind"), None);
    }

    #[test]
    fn refusals_of_every_release_are_known() {
        for line in [
            "ERROR OutboundConnectionInitiator.java:390 - Failed to handshake with peer /127.0.0.3:7000(/127.0.0.3:7000)",
            "ERROR InboundConnectionInitiator.java:391 - Failed to properly handshake with peer /127.0.0.1:36882. Closing the channel.",
            "WARN InboundConnectionInitiator.java:322 - peer /127.0.0.1:33020 attempted to establish an unencrypted connection (broadcast address /127.0.0.3:7000)",
            "ERROR OutboundTcpConnection.java:538 - SSL handshake error for outbound connection to Socket[addr=/127.0.0.3,port=7001,localport=36910]",
            "ERROR MessagingService.java:1337 - SSL handshake error for inbound connection from Socket[addr=/127.0.0.1,port=36910,localport=7001]",
        ] {
            assert_eq!(event_in(line), Some(LogEvent::Refused), "{line}");
        }
    }

    #[test]
    fn a_cut_connection_is_no_refusal() {
        assert_eq!(
            event_in("ERROR unexpected exception caught while processing inbound messages; terminating connection"),
            None
        );
    }

    #[test]
    fn only_what_comes_after_the_mark_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::at(folder.path().join("debug.log"));
        assert!(log.since(log.mark()).unwrap().is_empty());
        std::fs::write(log.path(), "before\n").unwrap();
        let mark = log.mark();
        std::fs::write(log.path(), "before\nERROR after\n").unwrap();
        assert_eq!(log.since(mark).unwrap(), ["ERROR after"]);
        assert_eq!(log.last_errors(mark), "ERROR after");
    }
}
