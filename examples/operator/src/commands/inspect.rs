//! What keystores, certificates, `cassandra.properties` and `cassandra.yaml` hold, and what is wrong with them.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::inspect::{Inspected, inspect};
use crate::reading::read;
use crate::secret::{PasswordArguments, Passwords};
use crate::status::Status;

/// Shows what keystores, certificates and settings hold, and what is wrong with them.
///
/// The files are keystores (JKS, JCEKS, PKCS#12), certificates (PEM, DER), .properties files and cassandra.yaml; findings
/// have reasons. No secret is shown.
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

Exit status: 0 if nothing is worse than a note, 1 if there are warnings, 2 if something does not work, 3 if a file cannot be
read.";

#[derive(Serialize)]
struct Report<'a> {
    files: &'a [Inspected],
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let passwords = Passwords::new(&arguments.passwords, &arguments.files)?;
    let look = |file: &String| {
        let bytes = read(Path::new(file))?;
        inspect(file, &bytes, SystemTime::now().into(), &mut || passwords.of(file)).with_context(|| file.clone())
    };
    let files: Vec<Inspected> = arguments.files.iter().map(look).collect::<anyhow::Result<_>>()?;
    form.print(Schema::INSPECT, &Report { files: &files }, || {
        files.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Status::of(files.iter().filter_map(Inspected::worst).max()))
}
