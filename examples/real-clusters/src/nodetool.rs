//! Runs nodetool from the server's own classes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::{Command, ExitStatus};

use anyhow::Context as _;

use super::node::Node;

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    /// `UN`: up, and a full member.
    UpNormal,
    Other,
}

pub(super) fn run(node: &Node, command: &str) -> anyhow::Result<Answer> {
    let output = Command::new(node.java().program())
        .args(node.java().module_arguments())
        .args(["-Xmx96m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"])
        .arg("-Dcom.sun.jndi.rmiURLParsing=legacy")
        .arg(format!("-Dlogback.configurationFile={}", node.file("conf/logback-tools.xml").display()))
        .arg(format!("-Dcassandra.config=file://{}", node.file("conf/cassandra.yaml").display()))
        // nodetool keeps its history there.
        .arg(format!("-Duser.home={}", node.file("").display()))
        .arg("-cp")
        .arg(node.class_path())
        .args(["org.apache.cassandra.tools.NodeTool", "-h", "127.0.0.1", "-p", &node.jmx_port().to_string(), command])
        .output()
        .context("nodetool could not be started")?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    Ok(Answer { status: output.status, text: text.join("\n").trim().to_owned() })
}

/// The state of every node as `node` sees it; empty if `node` does not answer.
pub(super) fn ring(node: &Node) -> anyhow::Result<BTreeMap<Ipv4Addr, Liveness>> {
    Ok(run(node, "status")?.text.lines().filter_map(member).collect())
}

/// Parses a line of `nodetool status` such as `UN  127.0.0.1  95.1 KiB  4  ...`.
fn member(line: &str) -> Option<(Ipv4Addr, Liveness)> {
    let mut fields = line.split_ascii_whitespace();
    let state = fields.next().filter(|state| state.len() == 2)?;
    let liveness = if state == "UN" { Liveness::UpNormal } else { Liveness::Other };
    Some((fields.next()?.parse().ok()?, liveness))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_of_the_ring_are_told_from_the_rest_of_the_answer() {
        let text = "Datacenter: dc1\n===============\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n\
                    --  Address    Load       Tokens\nUN  127.0.0.1  95.1 KiB   4  100.0%  x  r1\nDN  127.0.0.2  ?  4  ? x r1\n";
        let ring: Vec<_> = text.lines().filter_map(member).collect();
        let address = |last| Ipv4Addr::new(127, 0, 0, last);
        assert_eq!(ring, [(address(1), Liveness::UpNormal), (address(2), Liveness::Other)]);
    }
}
