//! `expiry --prometheus`: what it writes, and whether Prometheus's own promtool takes it, and the alert rules of docs/expiry.md.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};

use test_support::{Suite, Tool, output};

const PROMTOOL: Tool = Tool::Other("promtool");
const SYSTEMD: Tool = Tool::Other("systemd-analyze");

fn main() -> ExitCode {
    Suite::new()
        .test("metrics_say_what_the_table_says", &[], metrics_say_what_the_table_says)
        .test(
            "a_latest_start_is_that_of_the_first_outage",
            &[Tool::OpenSsl],
            a_latest_start_is_that_of_the_first_outage,
        )
        .test("a_certificate_that_is_met_twice_is_one_sample", &[], a_certificate_that_is_met_twice_is_one_sample)
        .test("stores_that_settings_name_are_watched", &[], stores_that_settings_name_are_watched)
        .test("a_file_that_cannot_be_written_is_an_error", &[], a_file_that_cannot_be_written_is_an_error)
        .test_where_found("promtool_takes_the_metrics", &[PROMTOOL], promtool_takes_the_metrics)
        .test_where_found("promtool_takes_the_rules_and_they_fire", &[PROMTOOL], promtool_takes_the_rules)
        .test_where_found("systemd_takes_the_units", &[SYSTEMD], systemd_takes_the_units)
        .run()
}

const CLUSTER: &str = "cassandra = \"3.11.19\"\nclient_auth = false\n[[node]]\nname = \"node0\"\naddress = \"192.0.2.11\"\n\
    [[node]]\nname = \"node1\"\naddress = \"192.0.2.12\"\n[[node]]\nname = \"node2\"\naddress = \"192.0.2.13\"\n";

struct Place(tempfile::TempDir);

impl Place {
    /// A generation that signs itself.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("cluster.toml"), CLUSTER).unwrap();
        let made = place.run(&["prepare", "--cluster", "cluster.toml", "--key", "ec:p256", "--days", "20"]);
        assert!(made.status.success(), "{made:?}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cassandra-tls")).current_dir(self.0.path()).args(arguments).output().unwrap()
    }

    /// The metrics of these files.
    fn metrics(&self, arguments: &[&str]) -> String {
        let ran = self.run(&[&["expiry", "--prometheus", "tls.prom"], arguments].concat());
        assert!(self.path("tls.prom").exists(), "{ran:?}");
        fs::read_to_string(self.path("tls.prom")).unwrap()
    }
}

/// The value of a metric whose labels begin so.
fn value(metrics: &str, sample: &str) -> i64 {
    let line = metrics.lines().find(|line| line.starts_with(sample)).unwrap_or_else(|| panic!("{sample}: {metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

fn metrics_say_what_the_table_says() {
    let place = Place::new();
    let metrics = place.metrics(&["--cluster", "cluster.toml", "bundles/g1/node0/node0.cer", "no\"where\\"]);
    let labels =
        "{name=\"bundles/g1/node0/node0.cer\",subject=\"CN=192.0.2.11, OU=None, O=None, L=None, C=None\",sha256=\"";
    let end = value(&metrics, &format!("cassandra_tls_certificate_not_after_timestamp_seconds{labels}"));
    let start = value(&metrics, &format!("cassandra_tls_certificate_not_before_timestamp_seconds{labels}"));
    let ran = value(&metrics, "cassandra_tls_expiry_last_run_timestamp_seconds");
    assert_eq!(end - start, 20 * 86_400);
    assert!((start..end).contains(&ran), "{metrics}");
    assert_eq!(value(&metrics, &format!("cassandra_tls_certificate_status{labels}")), 1);
    assert!(metrics.contains("trust=\"pinned\""), "{metrics}");
    assert_eq!(value(&metrics, "cassandra_tls_expiry_failed{name=\"no\\\"where\\\\\"}"), 1);
    assert_eq!(value(&metrics, "cassandra_tls_renewal_restarts{plan=\""), 3);
    assert_eq!(value(&metrics, "cassandra_tls_renewal_reloads{plan=\""), 0);
    assert!(!metrics.contains("latest_start"), "pinned certificates force no date: {metrics}");
    let planned = place.run(&["plan", "--cluster", "cluster.toml", "rotate"]);
    let planned = String::from_utf8(planned.stdout).unwrap();
    let id = planned.strip_prefix("Plan ").unwrap().split(':').next().unwrap().to_owned();
    assert!(metrics.contains(&format!("plan=\"{id}\"")), "{id}: {metrics}");
}

fn a_latest_start_is_that_of_the_first_outage() {
    let place = Place::new();
    output(Tool::OpenSsl.command().current_dir(place.0.path()).args([
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca", "-days", "400", "-keyout", "ca.key",
        "-out", "ca.pem",
    ]));
    for (folder, days) in [("long", "300"), ("short", "100")] {
        let signed = ["--ca-cert", "ca.pem", "--ca-key", "ca.key", "--key", "ec:p256", "--dir", folder, "--days", days];
        let made = place.run(&[&["prepare", "--cluster", "cluster.toml"][..], &signed].concat());
        assert!(made.status.success(), "{made:?}");
    }
    let files = ["bundles/g1/node0/node0.cer", "long/g1/node0/node0.cer", "short/g1/node0/node0.cer"];
    let metrics = place.metrics(&[&["--cluster", "cluster.toml", "--error", "10"][..], &files].concat());
    let start = value(&metrics, "cassandra_tls_renewal_latest_start_timestamp_seconds");
    let end =
        value(&metrics, "cassandra_tls_certificate_not_after_timestamp_seconds{name=\"short/g1/node0/node0.cer\"");
    assert_eq!(end - start, 10 * 86_400);
    let said = place.run(&["expiry", "--cluster", "cluster.toml", "short/g1/node0/node0.cer"]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("a rotation takes 3 restarts and 0 reloads in 5 waves (plan "), "{said}");
    assert!(said.contains("; begin before "), "{said}");
    let of_others = "the description says that certificates are self-signed, but an authority issued some of them";
    assert!(said.contains(of_others) && !said.contains("overdue"), "{said}");
    fs::write(place.path("issued.toml"), CLUSTER.replace("address", "issued_by = \"ca\"\naddress")).unwrap();
    let said = place.run(&["expiry", "--cluster", "issued.toml", "--error", "200", "short/g1/node0/node0.cer"]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("; it is overdue, and had to begin before ") && !said.contains(of_others), "{said}");
}

fn a_certificate_that_is_met_twice_is_one_sample() {
    let place = Place::new();
    let pem = fs::read_to_string(place.path("bundles/g1/node0/node0.cer.pem")).unwrap();
    fs::write(place.path("twice.pem"), format!("{pem}{pem}")).unwrap();
    let metrics = place.metrics(&["twice.pem"]);
    let samples = metrics.lines().filter(|line| line.starts_with("cassandra_tls_certificate_status{"));
    assert_eq!(samples.count(), 1, "{metrics}");
    let metrics = place.metrics(&["nowhere", "nowhere"]);
    let samples = metrics.lines().filter(|line| line.starts_with("cassandra_tls_expiry_failed{"));
    assert_eq!(samples.count(), 1, "{metrics}");
}

/// Of clients and of JMX, with the passwords that stand there.
fn stores_that_settings_name_are_watched() {
    let place = Place::new();
    let store = |name: &str| place.path(&format!("bundles/g1/node0/{name}.node0")).display().to_string();
    let (keystore, truststore) = (store("keystore"), store("truststore"));
    let password = fs::read_to_string(place.path("bundles/g1/node0/password")).unwrap();
    let password = password.trim();
    let yaml = format!(
        "cluster_name: x\nserver_encryption_options:\n  internode_encryption: none\n  keystore: conf/.keystore\n\
         client_encryption_options:\n  enabled: true\n  keystore: {keystore}\n  keystore_password: {password}\n  \
         truststore: conf/.truststore\n"
    );
    let script = format!(
        "JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.keyStore={keystore} -Djavax.net.ssl.keyStorePassword={password}\"\n\
         JVM_OPTS=\"$JVM_OPTS -Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStorePassword=wrong\"\n"
    );
    fs::write(place.path("cassandra.yaml"), yaml).unwrap();
    fs::write(place.path("cassandra-env.sh"), script).unwrap();
    let metrics = place.metrics(&["--no-password", "cassandra.yaml", "cassandra-env.sh"]);
    let named = |setting: &str| format!("cassandra_tls_certificate_status{{name=\"{setting} {keystore}, ");
    for setting in ["cassandra.yaml, client_encryption_options.keystore", "cassandra-env.sh, javax.net.ssl.keyStore"] {
        assert_eq!(value(&metrics, &named(setting)), 1, "{setting}");
    }
    let failed = |name: &str| value(&metrics, &format!("cassandra_tls_expiry_failed{{name=\"{name}\"}}"));
    assert_eq!(failed("cassandra.yaml, client_encryption_options.truststore conf/.truststore"), 1);
    assert_eq!(failed(&format!("cassandra-env.sh, javax.net.ssl.trustStore {truststore}")), 1);
    assert!(!metrics.contains(password), "{metrics}");
}

fn a_file_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    fs::create_dir(place.path("taken")).unwrap();
    fs::write(place.path("taken/inside"), "").unwrap();
    let ran = place.run(&["expiry", "--prometheus", "taken", "bundles/g1/node0/node0.cer"]);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("taken: the metrics cannot be written"), "{said}");
}

fn promtool(arguments: &[&str], folder: &Path, input: &str) {
    let mut promtool = PROMTOOL.command();
    promtool.current_dir(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert!(ran.status.success(), "{arguments:?}: {said}\n{input}");
}

fn promtool_takes_the_metrics() {
    let place = Place::new();
    let files = ["bundles/g1/node0/node0.cer", "bundles/g1/node1/node1.cer", "no\"where\\\n"];
    let metrics = place.metrics(&[&["--cluster", "cluster.toml"][..], &files].concat());
    promtool(&["check", "metrics"], place.0.path(), &metrics);
}

/// The rules of the page, and what they are to do, in promtool's words.
fn promtool_takes_the_rules() {
    let place = Place::new();
    fs::write(place.path("rules.yml"), blocks_of_the_page("yaml").concat()).unwrap();
    fs::write(place.path("test.yml"), RULES_TEST).unwrap();
    promtool(&["check", "rules", "rules.yml"], place.0.path(), "");
    promtool(&["test", "rules", "test.yml"], place.0.path(), "");
}

/// Checks the units of the page with a program that exists here, and a unit that must be refused.
fn systemd_takes_the_units() {
    let place = tempfile::tempdir().unwrap();
    let verify = |service: &str, timer: &str| {
        fs::write(place.path().join("cassandra-tls-expiry.service"), service).unwrap();
        fs::write(place.path().join("cassandra-tls-expiry.timer"), timer).unwrap();
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no"]).current_dir(place.path());
        command.args(["./cassandra-tls-expiry.service", "./cassandra-tls-expiry.timer"]).output().unwrap()
    };
    let units = blocks_of_the_page("ini");
    let [service, timer] = units.as_slice() else { panic!("{units:?}") };
    let service = service.replace("/usr/local/bin/cassandra-tls", env!("CARGO_BIN_EXE_cassandra-tls"));
    let found = verify(&service, timer);
    // Other units of the machine may have warnings too.
    let said = String::from_utf8_lossy(&found.stderr);
    assert!(found.status.success() && !said.contains("cassandra-tls-expiry"), "{said}");
    let wrong = verify(&service.replace("SuccessExitStatus=1 2", "SuccessExitStatus=sometimes"), timer);
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(said.contains("cassandra-tls-expiry.service") && said.contains("sometimes"), "{said}");
}

/// The blocks of docs/expiry.md in this language.
fn blocks_of_the_page(language: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/expiry.md")).unwrap();
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
}

/// Time begins at 0. One certificate ends after 10 days, one after 100; a pinned one after 10.
const RULES_TEST: &str = r#"
rule_files: [rules.yml]
evaluation_interval: 1h
tests:
  - interval: 1h
    input_series:
      - series: 'cassandra_tls_certificate_not_after_timestamp_seconds{name="soon",trust="authority"}'
        values: '864000x80'
      - series: 'cassandra_tls_certificate_not_after_timestamp_seconds{name="later",trust="authority"}'
        values: '8640000x80'
      - series: 'cassandra_tls_certificate_not_after_timestamp_seconds{name="own",trust="pinned"}'
        values: '864000x80'
      - series: 'cassandra_tls_renewal_latest_start_timestamp_seconds'
        values: '691200x80'
      - series: 'cassandra_tls_expiry_failed{name="away"}'
        values: '1x80'
      - series: 'cassandra_tls_expiry_open_ends'
        values: '0x10 60x70'
      - series: 'cassandra_tls_expiry_last_run_timestamp_seconds'
        values: '0x80'
    alert_rule_test:
      - eval_time: 1h
        alertname: CassandraCertificateRefusedSoon
        exp_alerts:
          - exp_labels: {severity: page, name: soon, trust: authority}
            exp_annotations: {summary: "soon: peers refuse its certificate in 9d 23h 0m 0s"}
      - eval_time: 1h
        alertname: CassandraCertificateExpiresPinned
        exp_alerts:
          - exp_labels: {severity: ticket, name: own, trust: pinned}
            exp_annotations: {summary: "own: its certificate expires in 9d 23h 0m 0s; nodes go on accepting it"}
      - eval_time: 1h
        alertname: CassandraRotationMustBegin
      - eval_time: 25h
        alertname: CassandraRotationMustBegin
        exp_alerts:
          - exp_labels: {severity: ticket}
            exp_annotations: {summary: "The rotation must begin within 6d 23h 0m 0s"}
      - eval_time: 30m
        alertname: CassandraExpiryNotChecked
      - eval_time: 2h
        alertname: CassandraExpiryNotChecked
        exp_alerts:
          - exp_labels: {severity: ticket, name: away}
            exp_annotations: {summary: "away could not be read: its certificate is not watched"}
      - eval_time: 10h
        alertname: CassandraIssuerNotWatched
      - eval_time: 13h
        alertname: CassandraIssuerNotWatched
        exp_alerts:
          - exp_labels: {severity: ticket}
            exp_annotations: {summary: "60 chains end below an authority that is not watched: name the file of its certificate"}
      - eval_time: 47h
        alertname: CassandraExpiryStale
      - eval_time: 49h
        alertname: CassandraExpiryStale
        exp_alerts:
          - exp_labels: {severity: ticket}
            exp_annotations: {summary: "cassandra-tls expiry has not run for two days"}
"#;
