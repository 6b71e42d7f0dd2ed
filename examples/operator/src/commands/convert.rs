//! Copies a store into a new store, in another format or the same one.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use bridge::{Carried, ConvertPasswords, Format, convert};
use clap::Args;
use keystore_core::Password;
use serde::Serialize;

use crate::document::{Form, Schema};
use crate::files::{self, Access};
use crate::reading::read;
use crate::secret::{PasswordArguments, Passwords, first_line};
use crate::status::Status;

/// Writes the entries of a store into a new store, in another format or the same one.
///
/// The old store may be a JKS, JCEKS, PKCS#12, BCFKS or BKS, which is recognised by its content. Chains are kept, and so are
/// aliases and dates as far as the new format stores them. Keys are sealed under the password of the new store. Each entry,
/// or part of one, that cannot be copied is named, and then nothing is written unless --leave-out is given.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The old store.
    input: String,
    /// The new store. An existing file is not overwritten.
    output: PathBuf,
    /// The format: jks, jceks, pkcs12, pkcs12-java8, pkcs12-openssl, bcfks or bcfks-bcprov.
    ///
    /// Java 8u301, 11.0.12 and later read pkcs12. All updates of Java 8 and all later releases read pkcs12-java8.
    #[arg(long, value_name = "FORMAT")]
    store: Format,
    #[command(flatten)]
    passwords: PasswordArguments,
    /// A file whose first line is the password of the old store's keys. By default, it is that of the store.
    #[arg(long, value_name = "FILE")]
    key_password_file: Option<PathBuf>,
    /// A file whose first line is to be the password of the new store and of its keys. By default, the old store's password.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
    /// Write the new store without the entries, or parts of entries, that cannot be copied.
    #[arg(long)]
    leave_out: bool,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls convert keystore.jks keystore.bcfks --store bcfks --password-file old --new-password-file new
  cassandra-tls convert keystore.bcfks keystore.p12 --store pkcs12 --leave-out

Exit status: 0 if everything was converted, 1 if entries or parts of entries were left out, 2 if they would be left out and
nothing was written, 3 if the old store cannot be read or the new store cannot be made.";

#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    written: bool,
    entries: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    alias: String,
    #[serde(rename = "type")]
    entry_type: String,
    left_out: Option<String>,
    lost: Vec<&'static str>,
}

impl From<Carried> for Row {
    fn from(carried: Carried) -> Self {
        let Carried { alias, entry_type, left_out, lost } = carried;
        Self { alias, entry_type: entry_type.to_string(), left_out, lost }
    }
}

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let output = &arguments.output;
    ensure!(output.symlink_metadata().is_err(), "{} already exists", output.display());
    let bytes = read(Path::new(&arguments.input))?;
    let old = Passwords::new(&arguments.passwords, std::slice::from_ref(&arguments.input))?.of(&arguments.input)?;
    let given = |file: &Option<PathBuf>| {
        file.as_deref().map(|file| Ok::<_, anyhow::Error>(Password::new(first_line(file)?.as_str()))).transpose()
    };
    let (keys, new) = (given(&arguments.key_password_file)?, given(&arguments.new_password_file)?);
    let passwords = ConvertPasswords { keys: keys.as_ref().unwrap_or(&old), new: new.as_ref().unwrap_or(&old) };
    let store = keystore_core::decode(&bytes, &old).with_context(|| arguments.input.clone())?;
    let converted = convert(&store, passwords, arguments.store, SystemTime::now(), &mut rand::rng())?;
    let loses = converted.entries.iter().any(|entry| entry.left_out.is_some() || !entry.lost.is_empty());
    let written = !loses || arguments.leave_out;
    if written {
        files::install(output, &converted.bytes, Access::Owner)
            .with_context(|| format!("{} cannot be written", output.display()))?;
    }
    let report = Report {
        from: store.format().to_string(),
        to: arguments.store.to_string(),
        written,
        entries: converted.entries.into_iter().map(Row::from).collect(),
    };
    form.print(Schema::CONVERT, &report, || display(&report, output))?;
    Ok(match (loses, written) {
        (false, _) => Status::Fine,
        (true, true) => Status::Warnings,
        (true, false) => Status::No,
    })
}

fn display(report: &Report, output: &Path) -> String {
    let row = |row: &Row| {
        let Row { alias, entry_type, left_out, lost } = row;
        let fate = match left_out {
            Some(why) => format!("left out: {why}"),
            None if lost.is_empty() => "carried over".to_owned(),
            None => format!("carried over without {}", lost.join(" and ")),
        };
        format!("{alias} ({entry_type}): {fate}\n")
    };
    let rows: String = report.entries.iter().map(row).collect();
    let file = crate::shown::path(output);
    if report.written {
        format!("{rows}{file} is written, with mode 0400.")
    } else {
        format!("{rows}nothing was written; --leave-out writes the rest.")
    }
}
