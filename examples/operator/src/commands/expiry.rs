//! Reports the expiry of certificates and its consequences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anstream::eprintln;
use anyhow::{Context as _, bail, ensure};
use certgen::{CertificateInfo, ExpiryReport, Thresholds, TrustModel};
use clap::Args;
use keystore_core::{Content, Format, Password};
use serde::Serialize;

use super::nodes::{NodesSource, at_port};
use crate::description::Description;
use crate::document::{Form, Schema};
use crate::files::{self, Access};
use crate::inspect::{self, certificates_in};
use crate::metrics::Metrics;
use crate::named_stores::stores_named_in;
use crate::probe::{Served, TIMEOUT, probe_all};
use crate::reading::read;
use crate::renewal::{Coverage, Renewal};
use crate::secret::{PasswordArguments, Passwords};
use crate::shown::{self, shown};
use crate::status::{Failure, Status};

/// Reports the expiry of certificates, in files or on servers, and its consequences.
///
/// Java accepts an expired certificate that is itself in the truststore, but refuses every other expired certificate. An expired
/// intermediate cuts off every node whose chain needs it. For servers and key entries, the whole chain is checked; for
/// truststores, the certificates that Java trusts. Revocation is not checked. `preflight --peers` checks whether peers trust a
/// node's chain.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Stores and certificates (in the formats of `inspect`), servers (host:port), or settings.
    ///
    /// Settings are `cassandra.yaml`, `cassandra.properties`, or a file with JVM options such as `cassandra-env.sh`. The stores
    /// that settings name are read, except those for which TLS is off, with the passwords in the settings if there are any.
    /// `--password-for PATH=FILE` gives the password of a store with this path in the settings.
    #[arg(required_unless_present = "port")]
    what: Vec<String>,
    #[command(flatten)]
    passwords: PasswordArguments,
    /// Warn about a certificate that expires within this number of days.
    #[arg(long, value_name = "DAYS", default_value_t = Thresholds::default().warning_days)]
    warning: u32,
    /// Report an error for a certificate that expires within this number of days. For a certificate that peers trust
    /// directly, a warning is reported instead.
    #[arg(long, value_name = "DAYS", visible_alias = "critical", default_value_t = Thresholds::default().error_days)]
    error: u32,
    /// Also write metrics for the textfile collector of Prometheus's node exporter. An existing file is replaced in one step.
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
    /// Also check each node of the cluster on this port, such as 7000 (nodes) or 9042 (clients).
    #[arg(long, value_name = "PORT", requires = "source")]
    port: Option<u16>,
    #[command(flatten, next_help_heading = "Cost and latest start of a rotation")]
    cluster: Option<NodesSource>,
    /// The number of seconds to wait for a server's certificate.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls expiry 192.0.2.11:7001 192.0.2.12:7001
  cassandra-tls expiry --password-file /root/store-password --warning 90 truststore.node0 node0.cer
  cassandra-tls expiry /etc/cassandra/cassandra.yaml /etc/cassandra/cassandra-env.sh
  cassandra-tls expiry --cluster cluster.toml --port 7000 --prometheus /var/lib/node_exporter/cassandra-tls.prom company.pem

With --json, each certificate has a \"consequence\" for new connections now, regardless of the days left:
accepted; still-accepted (outside its dates, but trusted directly); outage (refused).

Exit status, for monitoring: 0 fine, 1 warning, 2 error, 3 if an option or the cluster is invalid, if the metrics could not be
written, or if a file or server could not be read. Files and servers that could not be read are named, and the others are
reported.";

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    expiry: &'a ExpiryReport,
    unverified: &'a [String],
    failures: &'a [Failure],
    renewal: Option<&'a Renewal>,
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let thresholds = Thresholds::default().with_warning_days(arguments.warning).with_error_days(arguments.error);
    let passwords = Passwords::new(&arguments.passwords, &stores(arguments))?;
    let description = arguments.cluster.as_ref().map(NodesSource::description).transpose()?;
    let looked_at = looked_at(arguments, description.as_ref())?;
    let mut answers = ask_servers(&looked_at, arguments.timeout);
    let now = SystemTime::now().into();
    let mut seen = Seen { expiry: ExpiryReport::new(now, thresholds), unverified: Vec::new(), failures: Vec::new() };
    for (index, LookedAt { name, what }) in looked_at.iter().enumerate() {
        let looked = match answers.remove(&index) {
            Some(answer) => answer.and_then(|answer| Ok(seen.expiry.add_chain(name, &answer.chain)?)),
            None => seen.add_file(&passwords, what),
        };
        if let Err(error) = looked {
            seen.failures.push(Failure::of(name, &error));
        }
    }
    let Seen { expiry, unverified, failures } = seen;
    for name in &unverified {
        eprintln!("{}: read without its password, so its integrity is not verified", shown(name));
    }
    for failure in &failures {
        eprintln!("{failure}");
    }
    let coverage = match (expiry.rows().is_empty(), failures.is_empty()) {
        (true, _) => Coverage::None,
        (false, false) => Coverage::Some,
        (false, true) => Coverage::All,
    };
    let renewal = match (&arguments.cluster, &description) {
        (Some(cluster), Some(description)) => {
            Some(Renewal::of(cluster.arguments(), description, (&expiry, coverage), thresholds, now)?)
        }
        _ => None,
    };
    if let Some(file) = &arguments.prometheus {
        let metrics = Metrics { now, report: &expiry, failures: &failures, renewal: renewal.as_ref() }.to_string();
        let unwritable = || format!("{}: the metrics cannot be written", shown::path(file));
        files::install(file, metrics.as_bytes(), Access::Everyone).with_context(unwritable)?;
    }
    let report = Report { expiry: &expiry, unverified: &unverified, failures: &failures, renewal: renewal.as_ref() };
    form.print(Schema::EXPIRY, &report, || {
        let table = (!expiry.rows().is_empty()).then(|| expiry.to_string());
        table.into_iter().chain(renewal.as_ref().map(ToString::to_string)).collect()
    })?;
    Ok(if failures.is_empty() { Status::of(expiry.severity().map(Into::into)) } else { Status::Failed })
}

fn stores(arguments: &Arguments) -> Vec<String> {
    let mut stores = arguments.what.clone();
    if arguments.passwords.are_only_for(&stores) {
        return stores;
    }
    for file in &arguments.what {
        // Errors are reported when the file is looked at.
        let named = read(Path::new(file)).and_then(|bytes| stores_named_in(&bytes)).ok().flatten();
        stores.extend(named.into_iter().flatten().map(|store| store.path));
    }
    stores
}

struct LookedAt {
    name: String,
    /// The path of the file, or `host:port`.
    what: String,
}

fn looked_at(arguments: &Arguments, description: Option<&Description>) -> anyhow::Result<Vec<LookedAt>> {
    let named = |what: &String| LookedAt { name: what.clone(), what: what.clone() };
    let mut looked_at: Vec<LookedAt> = arguments.what.iter().map(named).collect();
    if let (Some(port), Some(description)) = (arguments.port, description) {
        looked_at.extend(description.each(|node| {
            let what = at_port(node, port)?;
            Ok(LookedAt { name: format!("{} ({what})", node.name), what })
        })?);
    }
    Ok(looked_at)
}

fn ask_servers(looked_at: &[LookedAt], timeout: u64) -> BTreeMap<usize, anyhow::Result<Served>> {
    let is_server = |what: &str| !Path::new(what).exists() && what.contains(':');
    let servers = looked_at.iter().enumerate().filter(|(_, looked_at)| is_server(&looked_at.what));
    let (places, targets): (Vec<usize>, Vec<String>) =
        servers.map(|(place, looked_at)| (place, looked_at.what.clone())).unzip();
    let answers = probe_all(&targets, Duration::from_secs(timeout), &|| ());
    places.into_iter().zip(answers).collect()
}

struct Seen {
    expiry: ExpiryReport,
    unverified: Vec<String>,
    failures: Vec<Failure>,
}

impl Seen {
    fn add_file(&mut self, passwords: &Passwords<'_>, file: &str) -> anyhow::Result<()> {
        let bytes = read(Path::new(file))?;
        let Some(named) = stores_named_in(&bytes)? else {
            return self.add(file, &bytes, &mut || passwords.if_known(file));
        };
        for store in named {
            let name = format!("{file}, {} {}", store.setting, store.path);
            let mut password = || match (passwords.own(&store.path)?, &store.password) {
                (Some(own), _) => Ok(Some(own)),
                (None, Some(text)) => Ok(Some(Password::new(text.as_str()))),
                (None, None) => passwords.if_known(&store.path),
            };
            if let Err(error) = store.read().and_then(|bytes| self.add(&name, &bytes, &mut password)) {
                self.failures.push(Failure::of(&name, &error));
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        file: &str,
        bytes: &[u8],
        password: &mut dyn FnMut() -> anyhow::Result<Option<Password>>,
    ) -> anyhow::Result<()> {
        if let Some(certificates) = certificates_in(bytes) {
            for certificate in certificates {
                let added = CertificateInfo::read(&certificate)
                    .map(|certificate| self.expiry.add(file, &certificate, TrustModel::of(&certificate)));
                self.failed(file, added);
            }
            return Ok(());
        }
        let opened = inspect::open(bytes, password)?;
        if opened.is_unverified() {
            self.unverified.push(file.to_owned());
        }
        let view = opened.store.view();
        if view.iter().all(|entry| entry.certificates().is_empty()) {
            // Without a password, only unencrypted parts are read. A key is not encrypted as a part.
            let may_be_closed = opened.is_unverified() && opened.store.format() == Format::Pkcs12;
            ensure!(
                !may_be_closed,
                "no certificate in the store can be read without the password: give it with --password-file or --password-for"
            );
            bail!("no certificate that Java shows was found in the store");
        }
        for entry in &view {
            let name = format!("{file}, {}", entry.alias());
            let added = match entry.content() {
                Content::TrustedCertificate(anchor) => CertificateInfo::read(anchor)
                    .map(|anchor| self.expiry.add(name.as_str(), &anchor, TrustModel::Pinned)),
                _ => self.expiry.add_chain(&name, entry.certificates()),
            };
            self.failed(&name, added);
        }
        Ok(())
    }

    fn failed(&mut self, name: &str, result: Result<(), certgen::Error>) {
        if let Err(error) = result {
            self.failures.push(Failure::of(name, &error.into()));
        }
    }
}
