//! Shows the content of files, and findings about them.

use std::path::Path;
use std::time::SystemTime;

use anstream::eprintln;
use clap::Args;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::inspect::{Inspected, inspect};
use crate::reading::read;
use crate::secret::{PasswordArguments, Passwords};
use crate::status::{Failure, Status};

/// Shows the content of keystores, certificates and settings, and findings about them.
///
/// The files may be keystores (JKS, JCEKS, PKCS#12, BCFKS, BKS), certificates (PEM, DER, PKCS#7), .properties files and
/// cassandra.yaml. Each finding names its source. A certificate is judged by its role: node, issuer or trust anchor. No secret is
/// shown.
///
/// Revocation is not checked. `preflight --peers` checks whether peers trust a node's certificate.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The files.
    #[arg(required = true)]
    files: Vec<String>,
    #[command(flatten)]
    passwords: PasswordArguments,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls inspect node0.cer cassandra.properties /etc/cassandra/cassandra.yaml
  cassandra-tls inspect --password-file /root/store-password keystore.node0 truststore.node0
  cassandra-tls inspect --password-for k.p12=/root/key-password --password-for t.jks=/root/trust-password k.p12 t.jks
  cassandra-tls inspect --no-password /etc/ssl/certs/java/cacerts

Exit status: 0 if nothing is worse than a note, 1 if there are warnings, 2 if there are errors, 3 if a file cannot be read. Files
that cannot be read are named, and the others are shown.";

#[derive(Serialize)]
struct Report<'a> {
    files: &'a [Inspected],
    failures: &'a [Failure],
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let passwords = Passwords::new(&arguments.passwords, &arguments.files)?;
    let look = |file: &String| {
        let bytes = read(Path::new(file))?;
        inspect(file, &bytes, SystemTime::now().into(), &mut || passwords.if_known(file))
    };
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    for file in &arguments.files {
        match look(file) {
            Ok(inspected) => files.push(inspected),
            Err(error) => failures.push(Failure::of(file, &error)),
        }
    }
    for failure in &failures {
        eprintln!("{failure}");
    }
    form.print(Schema::INSPECT, &Report { files: &files, failures: &failures }, || {
        files.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    if !failures.is_empty() {
        return Ok(Status::Failed);
    }
    Ok(Status::of(files.iter().filter_map(Inspected::worst).max()))
}
