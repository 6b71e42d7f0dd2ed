//! Reads a cluster from the output of `nodetool status`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use anyhow::{Context as _, bail, ensure};

use super::{Build, Description, Node};
use crate::input::{Line, Name};
use crate::shown::shown;

#[derive(Clone, Copy)]
enum Columns {
    /// `Load Tokens Owns Host-ID Rack`, with virtual nodes.
    HostIdLast,
    /// `Load Owns Host-ID Token Rack`, with one token for each node.
    TokenLast,
}

struct Row<'a> {
    state: &'a str,
    host: &'a str,
    rack: &'a str,
}

impl Description {
    /// Reads the output of `nodetool status`, also with `-r` (host names) and `-pp` (ports).
    ///
    /// A node's name is its host without the port. In an IPv6 address, leading colons are removed and `-` replaces the
    /// others. The output does not contain releases, settings or seeds.
    ///
    /// # Errors
    /// If a line is not understood, if a node appears twice or is not up and normal, or if no node is listed. The error
    /// gives the number of the line, unless no node is listed.
    pub fn from_nodetool_status(text: &str, cassandra: Build) -> anyhow::Result<Self> {
        let mut dc: Option<Line> = None;
        let mut columns = Columns::HostIdLast;
        let mut nodes: Vec<Node> = Vec::new();
        let mut met = BTreeSet::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let at = || format!("line {number}");
            if let Some(name) = line.strip_prefix("Datacenter:") {
                dc = Some(name.trim().parse().with_context(at)?);
            } else if line.starts_with("--") {
                columns = header(line).with_context(at)?;
            } else if !is_frame(line) {
                let row = Row::read(line, columns).with_context(at)?;
                row.ensure_up().with_context(at)?;
                let dc = dc.clone().context("a node before the first `Datacenter:`").with_context(at)?;
                let node = row.node(dc).with_context(at)?;
                ensure!(met.insert(node.name.clone()), "{}: {} appears twice", at(), node.name);
                nodes.push(node);
            }
        }
        ensure!(!nodes.is_empty(), "it lists no node: is it the output of `nodetool status`?");
        Self::listed(cassandra, nodes)
    }
}

fn is_frame(line: &str) -> bool {
    let line = line.trim_end();
    line.is_empty()
        || line.chars().all(|char| char == '=')
        || line == "Status=Up/Down"
        || line.starts_with("|/ State=")
        || line.starts_with("Note:")
}

fn header(line: &str) -> anyhow::Result<Columns> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [_, "Address", .., "Host", "ID", "Rack"] => Ok(Columns::HostIdLast),
        [_, "Address", .., "Host", "ID", "Token", "Rack"] => Ok(Columns::TokenLast),
        _ => bail!("\"{}\" is not a known header", shown(line)),
    }
}

impl<'a> Row<'a> {
    /// Reads a line such as `UN 10.0.0.11 1.2 MiB 16 100.0% HOST-ID rack`.
    ///
    /// A rack's name may contain spaces, so it is everything after the host's ID or the token.
    fn read(line: &'a str, columns: Columns) -> anyhow::Result<Self> {
        let not_understood = || format!("\"{}\" is not understood", shown(line));
        let (state, rest) = word(line).with_context(not_understood)?;
        let is_state = matches!(state.as_bytes(), [b'U' | b'D' | b'?', b'N' | b'L' | b'J' | b'M']);
        ensure!(is_state && line.starts_with(state), not_understood());
        let (host, mut rest) = word(rest).with_context(not_understood)?;
        loop {
            let (next, after) = word(rest).with_context(not_understood)?;
            rest = after;
            if is_host_id(next) {
                break;
            }
        }
        if matches!(columns, Columns::TokenLast) {
            (_, rest) = word(rest).with_context(not_understood)?;
        }
        let rack = rest.trim();
        ensure!(!rack.is_empty(), "the node {} has no rack: the line is cut off", shown(host));
        Ok(Self { state, host, rack })
    }

    fn ensure_up(&self) -> anyhow::Result<()> {
        let (is, then) = match self.state.as_bytes() {
            b"UN" => return Ok(()),
            [b'U', b'J'] => ("is joining", "wait until it has joined"),
            [b'U', b'L'] => ("is leaving", "wait until it has left"),
            [b'U', b'M'] => ("is moving", "wait until it has moved"),
            b"DN" => ("is down", "repair it first, or observe the cluster, and plan with --state"),
            [b'D', ..] => ("is down", "repair it first"),
            _ => ("is in a state that is not known", "run nodetool on a node that knows it"),
        };
        bail!("node {} {is} ({}, not UN): {then}", shown(self.host), self.state)
    }

    fn node(&self, dc: Line) -> anyhow::Result<Node> {
        let host = without_port(self.host);
        let address: Option<IpAddr> = host.parse().ok();
        let is_name = address.is_some() || host.chars().any(|char| char.is_ascii_alphabetic());
        ensure!(is_name, "\"{}\" is neither an address nor the name of a host", shown(self.host));
        // A `Name` contains no colons and does not begin with `-`.
        let name: Name = host.trim_start_matches(':').replace(':', "-").parse()?;
        let mut node = Node::named(name);
        (node.address, node.dc, node.rack) = (address, Some(dc), Some(self.rack.parse()?));
        Ok(node)
    }
}

fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(word, _)| !word.is_empty())
}

/// Whether a word is a host's ID: a UUID, or `null` if the ID is not known yet.
fn is_host_id(word: &str) -> bool {
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    let is_digit = |char: char| char.is_ascii_hexdigit() || char == '-';
    word == "null" || (groups == [8, 4, 4, 4, 12] && word.chars().all(is_digit))
}

/// Removes the port from a host: `10.0.0.11:7000`, `[2001:db8::1]:7000` or `db-1:7000`.
fn without_port(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        return address;
    }
    match host.split_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && !name.is_empty() => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Datacenter: dc-1\n================\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n\
        --  Address     Load       Tokens  Owns   Host ID                               Rack\n\
        UN  192.0.2.11  1.2 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000001  ra1\n\
        UN  192.0.2.12  1.1 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000002  ra2\n\n\
        Datacenter: dc-2\n================\n\
        UN  2001:db8::1  ?  16  ?  6f1a3c3e-0000-0000-0000-000000000003  rack 1\n\n\
        Note: Non-system keyspaces don't have the same replication settings, effective ownership information is \
        meaningless\n";

    fn read(text: &str) -> anyhow::Result<Description> {
        Description::from_nodetool_status(text, "3.11".parse().unwrap())
    }

    fn seen(text: &str) -> Vec<(String, String, String)> {
        let nodes = read(text).unwrap().nodes;
        nodes.iter().map(|node| (node.name.to_string(), node.dc().to_owned(), node.rack().to_owned())).collect()
    }

    fn of(rows: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
        rows.iter().map(|(name, dc, rack)| ((*name).to_owned(), (*dc).to_owned(), (*rack).to_owned())).collect()
    }

    #[test]
    fn what_nodetool_prints_is_a_description() {
        let expected =
            of(&[("192.0.2.11", "dc-1", "ra1"), ("192.0.2.12", "dc-1", "ra2"), ("2001-db8--1", "dc-2", "rack 1")]);
        assert_eq!(seen(TEXT), expected);
        let description = read(TEXT).unwrap();
        assert_eq!(description.nodes[2].address, "2001:db8::1".parse().ok());
        description.cluster().unwrap();
        let error = read("").unwrap_err();
        assert_eq!(error.to_string(), "it lists no node: is it the output of `nodetool status`?");
    }

    #[test]
    fn host_names_and_ports_are_nodes_like_addresses() {
        let resolved = TEXT.replace("192.0.2.11", "node0.acme.example");
        assert_eq!(seen(&resolved)[0].0, "node0.acme.example");
        assert_eq!(read(&resolved).unwrap().nodes[0].address, None);
        let ports = TEXT.replace("192.0.2.11", "192.0.2.11:7000").replace("2001:db8::1", "[2001:db8::1]:7000");
        assert_eq!(seen(&ports), seen(TEXT));
        assert_eq!(read(&ports).unwrap().nodes[2].address, "2001:db8::1".parse().ok());
        assert_eq!(seen(&TEXT.replace("192.0.2.12", "db-2:7000"))[1].0, "db-2");
    }

    #[test]
    fn a_ring_without_virtual_nodes_has_a_token_before_the_rack() {
        let text = "Datacenter: dc1\n===============\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n\
            --  Address  Load  Owns (effective)  Host ID  Token  Rack\n\
            UN  192.0.2.11  47.66 KB  33.3%  6f1a3c3e-0000-0000-0000-000000000001  -9223372036854775808  ra1\n";
        assert_eq!(seen(text), of(&[("192.0.2.11", "dc1", "ra1")]));
    }

    #[test]
    fn a_node_that_is_not_up_and_normal_is_named_with_its_line() {
        for (state, is) in [
            ("DN", "is down (DN, not UN): repair it first, or observe the cluster, and plan with --state"),
            ("UJ", "is joining (UJ, not UN): wait until it has joined"),
            ("UL", "is leaving (UL, not UN): wait until it has left"),
            ("UM", "is moving (UM, not UN): wait until it has moved"),
            ("DL", "is down (DL, not UN): repair it first"),
            ("?N", "is in a state that is not known (?N, not UN): run nodetool on a node that knows it"),
        ] {
            let text = TEXT.replace("UN  192.0.2.12", &format!("{state}  node2.acme.example"));
            let error = format!("{:#}", read(&text).unwrap_err());
            assert_eq!(error, format!("line 7: node node2.acme.example {is}"));
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error_with_its_line() {
        let row = "UN  192.0.2.12  1.1 MiB    16      66.7%  6f1a3c3e-0000-0000-0000-000000000002  ra2";
        for (line, why) in [
            ("UN  192.0.2.12", "is not understood"),
            ("XN  192.0.2.12  1.1 MiB  16  1%  6f1a3c3e-0000-0000-0000-000000000002  ra2", "is not understood"),
            ("Picked up JAVA_TOOL_OPTIONS: -Dx", "is not understood"),
            ("UN  192.0.2.12  1.1 MiB  16  66.7%  6f1a3c3e-0000-0000-0000-000000000002", "has no rack"),
            ("UN  192.0.2.1_2  1.1 MiB  16  66.7%  6f1a3c3e-0000-0000-0000-000000000002  r", "is neither an address"),
            ("UN  192.0.2.11  1.1 MiB  16  66.7%  6f1a3c3e-0000-0000-0000-000000000002  r", "appears twice"),
            ("--  Address  Load", "is not a known header"),
            ("UN  h  1 MiB  16  1%  6f1a3c3e-0000-0000-0000-000000000002  ra\u{1b}[2J", "invisible characters"),
        ] {
            let error = format!("{:#}", read(&TEXT.replace(row, line)).unwrap_err());
            assert!(error.starts_with("line 7: ") && error.contains(why), "{error}");
        }
        let headless = TEXT.replace("Datacenter: dc-1\n", "");
        assert_eq!(format!("{:#}", read(&headless).unwrap_err()), "line 5: a node before the first `Datacenter:`");
    }
}
