//! The connections between nodes, as the kernel reports them.

use std::net::SocketAddrV4;
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

use super::distribution::PLAIN_PORT;

/// A connection from one node to another, identified by its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Socket {
    pub(super) client: SocketAddrV4,
    pub(super) server: SocketAddrV4,
    /// The client's process; `None` if the process belongs to another user.
    ///
    /// Only the process identifies the node, because not every release connects from the node's own address.
    pub(super) process: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The number of connections that were cut.
    Gone(usize),
    /// The privilege or the kernel option is missing.
    NotAllowed,
}

/// The established connections to the internode ports, seen from the clients' ends.
pub(super) fn established() -> anyhow::Result<Vec<Socket>> {
    let filter = format!("( dport = :{PLAIN_PORT} or dport = :7001 )");
    let output = ss(&["-tnpH", "state", "established", &filter])?;
    let mut sockets: Vec<Socket> = String::from_utf8_lossy(&output.stdout).lines().filter_map(socket).collect();
    sockets.sort();
    Ok(sockets)
}

pub(super) fn cut() -> anyhow::Result<Cut> {
    let before = established()?;
    let filter = format!("( sport = :{PLAIN_PORT} or dport = :{PLAIN_PORT} or sport = :7001 or dport = :7001 )");
    ss(&["-K", "-tnH", "state", "established", &filter])?;
    let after = established()?;
    let left = before.iter().filter(|socket| after.contains(socket)).count();
    Ok(if left > 0 { Cut::NotAllowed } else { Cut::Gone(before.len()) })
}

fn ss(arguments: &[&str]) -> anyhow::Result<Output> {
    let output = Command::new("ss")
        .args(arguments)
        .output()
        .context("ss (iproute2), which shows and cuts connections, could not be run")?;
    if !output.status.success() && !arguments.contains(&"-K") {
        bail!("ss failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output)
}

/// Parses a line of `ss`.
///
/// Parses a line of `ss`: `0 0 127.0.0.1:45726 127.0.0.2:7000 users:(("java",pid=4711,fd=123))`.
fn socket(line: &str) -> Option<Socket> {
    let mut fields = line.split_ascii_whitespace().skip(2);
    let mut end = || fields.next()?.replace("[::ffff:", "").replace(']', "").parse().ok();
    let (client, server) = (end()?, end()?);
    let process = line.split_once("pid=").and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
    Some(Socket { client, server, process })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_ss_is_read_whatever_the_family_of_the_socket() {
        let expected = Socket {
            client: "127.0.0.1:45726".parse().unwrap(),
            server: "127.0.0.2:7000".parse().unwrap(),
            process: Some(4711),
        };
        let users = r#"users:(("java",pid=4711,fd=123))"#;
        let of_others = Socket { process: None, ..expected };
        assert_eq!(socket(&format!("0      0      127.0.0.1:45726      127.0.0.2:7000 {users} ")), Some(expected));
        assert_eq!(socket(&format!("0 0 [::ffff:127.0.0.1]:45726 [::ffff:127.0.0.2]:7000 {users}")), Some(expected));
        assert_eq!(socket("0 0 127.0.0.1:45726 127.0.0.2:7000"), Some(of_others));
        assert_eq!(socket(""), None);
    }
}
