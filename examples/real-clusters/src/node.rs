//! One node: its folder, its files, its process.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::artifacts;
use super::configuration::{self, YamlSetting};
use super::console::Console;
use super::distribution::{CQL_PORT, Distribution};
use super::java::Java;
use super::log::{Log, Mark};
use super::nodetool;
use super::process::{Afterwards, Process, RECORD};
use rotation_planner::ProcessId;

const START_TIMEOUT: Duration = Duration::from_secs(240);

/// The settings that all nodes of a run share.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) distribution: Distribution,
    pub(super) java: Java,
    pub(super) jars: OsString,
    pub(super) afterwards: Afterwards,
}

#[derive(Debug)]
pub(super) struct Node {
    name: String,
    address: Ipv4Addr,
    folder: PathBuf,
    server: Server,
    process: Option<Process>,
    started: Mark,
}

impl Node {
    pub(super) fn new(name: &str, address: Ipv4Addr, folder: PathBuf, server: Server) -> Self {
        Self { name: name.to_owned(), address, folder, server, process: None, started: Mark::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    pub(super) fn release(&self) -> Distribution {
        self.server.distribution
    }

    pub(super) fn java(&self) -> &Java {
        &self.server.java
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn log(&self) -> Log {
        Log::at(self.file("log/debug.log"))
    }

    pub(super) fn jmx_port(&self) -> u16 {
        7200 + u16::from(self.address.octets()[3])
    }

    pub(super) fn class_path(&self) -> OsString {
        let mut path = self.file("conf").into_os_string();
        path.push(":");
        path.push(&self.server.jars);
        path
    }

    pub(super) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    pub(super) fn process_id(&self) -> Option<ProcessId> {
        self.process.as_ref().map(Process::id)
    }

    pub(super) fn clear(&self) -> anyhow::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Configures and starts the node, and returns before the node is up.
    pub(super) fn start(&mut self, encryption: &[YamlSetting]) -> anyhow::Result<()> {
        self.require_free_ports()?;
        self.configure(encryption)?;
        self.started = self.log().mark();
        let program = self.server.java.program().to_owned();
        let output = self.file("log/stdout.log");
        let arguments = self.arguments();
        self.process = Some(Process::start(&program, &arguments, &output, &self.record(), self.server.afterwards)?);
        Ok(())
    }

    pub(super) fn wait_for_cql(&mut self, console: &Console) -> anyhow::Result<()> {
        let what = format!("{} to accept queries", self.name);
        console.wait(&what, START_TIMEOUT, || {
            if let Some(status) = self.process.as_mut().context("the node was not started")?.ended()? {
                bail!("{} did not come up ({status}); {}", self.name, self.reason());
            }
            Ok(self.takes_queries().then_some(()))
        })
    }

    pub(super) fn takes_queries(&self) -> bool {
        let address = SocketAddr::from((self.address, CQL_PORT));
        TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
    }

    pub(super) fn drain_and_stop(&mut self, console: &Console) -> anyhow::Result<()> {
        console.check()?;
        let answer = nodetool::run(self, "drain")?;
        if !answer.status.success() {
            console.say(&format!("{}: nodetool drain failed: {}", self.name, answer.text));
        }
        self.process.take().context("the node is not running")?.stop()
    }

    fn record(&self) -> PathBuf {
        // The record is beside the folder, because `clear` removes the folder.
        self.folder.with_extension(RECORD)
    }

    fn configure(&self, encryption: &[YamlSetting]) -> anyhow::Result<()> {
        for folder in ["conf", "log", "tmp"] {
            fs::create_dir_all(self.file(folder))?;
        }
        let yaml = configuration::yaml(self.server.distribution, self.address, &self.folder, encryption);
        // The file holds the passwords of the stores.
        crate::files::install(&self.file("conf/cassandra.yaml"), yaml.as_bytes())?;
        fs::write(self.file("conf/cassandra-rackdc.properties"), configuration::RACK)?;
        fs::write(self.file("conf/logback.xml"), configuration::LOGBACK)?;
        fs::write(self.file("conf/logback-tools.xml"), configuration::LOGBACK_TOOLS)?;
        Ok(())
    }

    fn arguments(&self) -> Vec<String> {
        let file = |name: &str| self.file(name).display().to_string();
        let mut arguments: Vec<String> = HEAP.map(str::to_owned).into();
        arguments.extend(self.server.java.module_arguments());
        arguments.extend(agent(&self.server.jars));
        arguments.extend([
            format!("-Dcassandra.config=file://{}", file("conf/cassandra.yaml")),
            format!("-Dcassandra.logdir={}", file("log")),
            format!("-Dcassandra.storagedir={}", file("data")),
            format!("-Dlogback.configurationFile={}", file("conf/logback.xml")),
            format!("-Dcassandra.jmx.local.port={}", self.jmx_port()),
            format!("-Djava.io.tmpdir={}", file("tmp")),
            "-Djava.net.preferIPv4Stack=true".to_owned(),
            "-Dcassandra-foreground=yes".to_owned(),
            // Three empty nodes have nothing to wait for.
            "-Dcassandra.skip_wait_for_gossip_to_settle=0".to_owned(),
            "-Dcassandra.ring_delay_ms=5000".to_owned(),
            "-Dcassandra.superuser_setup_delay_ms=0".to_owned(),
            "-cp".to_owned(),
            self.class_path().to_string_lossy().into_owned(),
            "org.apache.cassandra.service.CassandraDaemon".to_owned(),
        ]);
        arguments
    }

    fn require_free_ports(&self) -> anyhow::Result<()> {
        for port in [super::distribution::PLAIN_PORT, 7001, CQL_PORT] {
            let address = SocketAddr::from((self.address, port));
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                bail!("{address} is used by another process: `ss -ltnp` shows which");
            }
        }
        Ok(())
    }

    fn reason(&self) -> String {
        let errors = self.log().last_errors(self.started);
        if !errors.is_empty() {
            return format!("its log {} says:\n{errors}", self.log().path().display());
        }
        let output = self.file("log/stdout.log");
        let text = fs::read_to_string(&output).unwrap_or_default();
        let last: Vec<&str> = text.lines().rev().take(10).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!("its output {} ends with:\n{}", output.display(), last.join("\n"))
    }
}

/// Options for half a gigabyte of heap and a fast start, so that three nodes fit on a laptop.
const HEAP: [&str; 7] = [
    "-Xms384m",
    "-Xmx512m",
    "-Xmn128m",
    "-Xss512k",
    "-XX:MaxDirectMemorySize=256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
];

fn agent(jars: &OsStr) -> Option<String> {
    artifacts::agent(Path::new(jars)).map(|jar| format!("-javaagent:{}", jar.display()))
}
