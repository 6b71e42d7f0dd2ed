//! The configuration files of a node.
//!
//! The TLS settings come from the node's `cassandra.properties`, line by line, as Edge's template copies them into
//! `cassandra.yaml`. Only the cipher suites for 2.1 are chosen in this module.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;

use cassandra_props::Setting;

use super::distribution::{CQL_PORT, Distribution, PLAIN_PORT};

/// The addresses of the nodes.
///
/// All nodes are seeds, so that they can start at the same time.
pub(super) const NODES: [Ipv4Addr; 3] = [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)];

/// The name and the value of a setting in `server_encryption_options`.
pub(super) type YamlSetting = (String, String);

pub(super) fn yaml(release: Distribution, address: Ipv4Addr, folder: &Path, encryption: &[YamlSetting]) -> String {
    let folder = folder.display();
    let seeds = NODES.map(|node| node.to_string()).join(",");
    let mut text = format!(
        "cluster_name: live\n\
         num_tokens: 4\n\
         partitioner: org.apache.cassandra.dht.Murmur3Partitioner\n\
         endpoint_snitch: GossipingPropertyFileSnitch\n\
         seed_provider:\n  - class_name: org.apache.cassandra.locator.SimpleSeedProvider\n    \
         parameters: [{{seeds: '{seeds}'}}]\n\
         auto_bootstrap: false\n\
         listen_address: {address}\n\
         rpc_address: {address}\n\
         storage_port: {PLAIN_PORT}\n\
         ssl_storage_port: 7001\n\
         start_native_transport: true\n\
         native_transport_port: {CQL_PORT}\n\
         commitlog_sync: periodic\n\
         commitlog_sync_period_in_ms: 10000\n\
         commitlog_directory: '{folder}/commitlog'\n\
         data_file_directories: ['{folder}/data']\n\
         saved_caches_directory: '{folder}/caches'\n"
    );
    text += &only_in(release, &folder.to_string());
    // Cassandra does not accept a section without settings.
    if !encryption.is_empty() {
        text += "server_encryption_options:\n";
        text += cipher_suites(release);
    }
    for (name, value) in encryption {
        let _ = writeln!(text, "  {name}: {}", scalar(name, value));
    }
    text
}

/// The setting for 2.1's cipher suites; empty for other releases.
///
/// By default, 2.1 offers only suites without forward secrecy, which the probe's TLS does not support.
fn cipher_suites(release: Distribution) -> &'static str {
    match release {
        Distribution::V2_1 => {
            "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA]\n"
        }
        Distribution::V3_11 | Distribution::V4_0 | Distribution::V5_0 => "",
    }
}

fn only_in(release: Distribution, folder: &str) -> String {
    let mut text = String::new();
    if release != Distribution::V2_1 {
        let _ = writeln!(text, "hints_directory: '{folder}/hints'\ncdc_raw_directory: '{folder}/cdc'");
    }
    if !release.has_one_port() {
        text += "start_rpc: false\n";
    }
    text
}

/// Quotes a value for YAML, unless the setting is a Boolean.
///
/// Without quotes, YAML could read a password as a number or a Boolean, for example.
fn scalar(name: &str, value: &str) -> String {
    let booleans = [Setting::Optional, Setting::RequireClientAuth].map(Setting::name);
    match name {
        name if booleans.contains(&name) => value.to_owned(),
        _ => format!("'{}'", value.replace('\'', "''")),
    }
}

pub(super) const RACK: &str = "dc=dc1\nrack=r1\n";

/// The text of `logback.xml`: `system.log` for people, and `debug.log` for the gates.
pub(super) const LOGBACK: &str = r#"<configuration>
  <appender name="SYSTEM" class="ch.qos.logback.core.FileAppender">
    <file>${cassandra.logdir}/system.log</file>
    <filter class="ch.qos.logback.classic.filter.ThresholdFilter"><level>INFO</level></filter>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <appender name="DEBUG" class="ch.qos.logback.core.FileAppender">
    <file>${cassandra.logdir}/debug.log</file>
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="SYSTEM"/><appender-ref ref="DEBUG"/></root>
  <logger name="org.apache.cassandra" level="DEBUG"/>
</configuration>
"#;

/// The text of `logback-tools.xml`, which keeps log lines out of nodetool's output.
pub(super) const LOGBACK_TOOLS: &str = "<configuration><root level=\"OFF\"/></configuration>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_stays_a_string_and_a_truth_value_stays_one() {
        let encryption = [("keystore_password", "it's: #1"), ("truststore_password", "true"), ("optional", "true")];
        let encryption = encryption.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = yaml(Distribution::V5_0, NODES[0], Path::new("/x"), &encryption);
        let section = "server_encryption_options:\n  keystore_password: 'it''s: #1'\n  truststore_password: 'true'\n";
        assert!(text.ends_with(&format!("{section}  optional: true\n")), "{text}");
    }

    #[test]
    fn the_thrift_server_is_named_only_where_there_is_one() {
        let text = |release| yaml(release, NODES[1], Path::new("/x"), &[]);
        assert!(text(Distribution::V3_11).contains("start_rpc: false"));
        assert!(!text(Distribution::V4_0).contains("start_rpc"));
        assert!(!text(Distribution::V2_1).contains("cdc_raw_directory"));
    }
}
