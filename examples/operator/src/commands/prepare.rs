//! Bundles of keys, certificates and stores for every node of a cluster.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::{Context as _, ensure};
use certgen::pem::KdfLimits;
use certgen::{Authority, CertificateInfo, ErrorKind, Finding, KeyPair, LintPolicy, Validity, lint, pem};
use clap::Args;
use zeroize::Zeroizing;

use super::{bar, describe};
use crate::bundle::{Manifest, Order, PreviousState, prepare};
use crate::document::{Form, Schema};
use crate::reading::read_text;
use crate::status::Status;
use crate::{secret, shown};

/// Makes keys, certificates and stores for every node.
///
/// A node gets a key and a certificate for its address, keystore, truststore, PKCS#12 and PEM, in a folder of its own. All
/// of them are a new generation (`g1`, `g2` and so on), which is never written over.
///
/// After a previous generation (or stores that others made) the truststores hold the old certificates, too,
/// `truststore-after.NODE` only the new ones, and passwords stay as they were. `manifest.json`, written last, has the SHA-256
/// of every file.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The cluster in TOML; each `[[node]]` needs an address.
    #[arg(long, value_name = "FILE")]
    cluster: PathBuf,
    /// The folder of all generations.
    #[arg(long, value_name = "FOLDER", default_value = "bundles")]
    dir: PathBuf,
    /// The generation that this one follows.
    #[arg(long, value_name = "FOLDER")]
    previous: Option<PathBuf>,
    /// Or what others made: the folder with copies of the nodes' trees that `observe` reads.
    #[arg(long, value_name = "FOLDER", conflicts_with = "previous")]
    trees: Option<PathBuf>,
    /// With --trees: the settings on each node. Otherwise Edge's cassandra.properties, or the cassandra.yaml in /etc/cassandra.
    #[arg(long, value_name = "FILE", alias = "properties", requires = "trees")]
    settings: Option<PathBuf>,
    /// The certificate of the authority that signs, and those above it, in PEM. Otherwise each certificate signs itself.
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    ca_cert: Option<PathBuf>,
    /// The authority's key in PEM: RSA, EC or Ed25519.
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    ca_key: Option<PathBuf>,
    /// Take an authority with an RSA key below 2048 bits, or with a certificate signed by means of MD5 or SHA-1. Otherwise
    /// it is refused; with this option it is a warning.
    #[arg(long, requires = "ca_cert")]
    allow_weak_authority: bool,
    /// A file whose first line is the password of the authority's key, if that is encrypted.
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    ca_key_password_file: Option<PathBuf>,
    /// How many days the certificates are valid.
    #[arg(long, default_value_t = Validity::DEFAULT_DAYS)]
    days: u32,
    /// A file whose first line is to be the password of all stores. If it is not given, each node has its own: the one
    /// that it had before, or a new one.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls prepare --cluster cluster.toml
  cassandra-tls prepare --cluster cluster.toml --previous bundles/g1
  cassandra-tls prepare --cluster cluster.toml --trees play/collected
  cassandra-tls prepare --cluster cluster.toml --ca-cert ca.pem --ca-key ca.key.pem --days 365

cluster.toml:
  cassandra = \"4.0\"
  [[node]]
  name = \"node0\"
  address = \"10.0.0.11\"

Exit status: 0 if the generation is complete, 1 if a weak authority was allowed, 3 if it is not complete.";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let description = describe(&arguments.cluster)?;
    let authority = match (&arguments.ca_cert, &arguments.ca_key) {
        (Some(certificate), Some(key)) => Some(authority(certificate, key, arguments.ca_key_password_file.as_deref())?),
        _ => None,
    };
    let weak = authority.as_ref().map(weakness).transpose()?.flatten();
    let status = if weak.is_some() { Status::Warnings } else { Status::Fine };
    if let (Some(weak), Some(file)) = (weak, &arguments.ca_cert) {
        let place = file.display();
        ensure!(arguments.allow_weak_authority, "{place}: {weak}; --allow-weak-authority takes it all the same");
        eprintln!("{place}: {weak}");
    }
    let order = Order {
        description: &description,
        dir: arguments.dir.clone(),
        before: match (&arguments.previous, &arguments.trees) {
            (Some(folder), _) => PreviousState::Generation(folder.clone()),
            (None, Some(folder)) => {
                PreviousState::Trees { folder: folder.clone(), settings: arguments.settings.clone() }
            }
            (None, None) => PreviousState::Nothing,
        },
        authority: authority.as_ref(),
        days: arguments.days,
        password: arguments.password_file.as_deref().map(password).transpose()?,
    };
    let bar = bar(description.nodes.len(), "keys")?;
    let prepared = prepare(&order, &|made| bar.set_position(made.try_into().unwrap_or(u64::MAX)));
    bar.finish_and_clear();
    let (folder, manifest) = prepared?;
    form.print(Schema::MANIFEST, &manifest, || display(&folder, &manifest))?;
    Ok(status)
}

fn display(folder: &Path, manifest: &Manifest) -> String {
    let mut text = String::new();
    for (node, bundle) in &manifest.nodes {
        let identity = bundle.identity.brief();
        let after = bundle.trusts_after.as_ref().map_or_else(String::new, |after| format!(", then {}", after.len()));
        let (trusts, files) = (bundle.trusts.len(), bundle.files.len());
        let _ = writeln!(text, "{node}: serves {identity}..., trusts {trusts}{after}, {files} files");
    }
    let nodes = manifest.nodes.len();
    let _ = write!(text, "{} is complete: {nodes} nodes. ", shown::path(folder));
    text + "Files holding a key or a password have mode 0400."
}

fn authority(certificate: &Path, key: &Path, password: Option<&Path>) -> anyhow::Result<Authority> {
    let chain = pem::decode_certificates(read_text(certificate)?.as_bytes())
        .with_context(|| certificate.display().to_string())?;
    ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let pair = authority_key(key, password).with_context(|| key.display().to_string())?;
    Authority::from_parts(pair, chain).with_context(|| certificate.display().to_string())
}

/// Why an authority is weak: whoever breaks any certificate of its chain can make certificates for every node.
fn weakness(authority: &Authority) -> anyhow::Result<Option<String>> {
    let infos = authority.chain().iter().map(CertificateInfo::read).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = infos.iter().map(|info| info.subject().to_string()).collect();
    let chain: Vec<(&str, &CertificateInfo)> = names.iter().map(String::as_str).zip(&infos).collect();
    let weak = lint(&chain, LintPolicy::default()).into_iter().filter(|finding| finding.kind().is_weak_cryptography());
    let reason = |weak: Finding| format!("{}: {} ({})", weak.certificate(), weak.kind(), weak.kind().source());
    let reasons: Vec<String> = weak.map(reason).collect();
    Ok(if reasons.is_empty() { None } else { Some(reasons.join("; ")) })
}

fn authority_key(file: &Path, password: Option<&Path>) -> anyhow::Result<KeyPair> {
    let text = read_text(file)?;
    let secret = match password {
        Some(password) => {
            let password = secret::first_line(password)?;
            pem::decode_encrypted_private_key(text.as_bytes(), password.as_bytes(), KdfLimits::default())?
        }
        None => pem::decode_private_key(text.as_bytes()).map_err(|error| match error.kind() {
            ErrorKind::EncryptedKey => anyhow::Error::new(error).context("give its password by --ca-key-password-file"),
            _ => error.into(),
        })?,
    };
    Ok(KeyPair::from_pkcs8(&secret.secret_pkcs8())?)
}

fn password(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let line = secret::first_line(file)?;
    ensure!(line.len() >= 6, "the password in {} is shorter than keytool takes: 6 characters", file.display());
    Ok(line)
}
