//! Bundles of keys, certificates and stores for every node of a cluster.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{eprintln, println};
use anyhow::{Context as _, ensure};
use cassandra_tls::bundle::{Before, Manifest, Order, prepare};
use cassandra_tls::description::Description;
use cassandra_tls::files::read_text;
use certgen::{Authority, RsaKeyPair, Validity, pem};
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use zeroize::Zeroizing;

/// Makes what every node of a cluster needs: a key and a certificate for its address, keystore, truststore, PKCS#12 and PEM,
/// one folder for each node, in a new generation (`g1`, `g2` and so on) that is never written over.
///
/// Behind a previous generation (or stores that somebody else made) the truststores hold the old certificates, too, `truststore-after.NODE` only the new ones,
/// and passwords stay as they were. `manifest.json`, written last, has the SHA-256 of every file.
/// Exit status: 0 if the generation is whole, 2 if not.
#[derive(Parser)]
#[command(name = "prepare", version, after_help = EXAMPLES)]
struct Arguments {
    /// The cluster in TOML; each `[[node]]` needs an address.
    #[arg(long, value_name = "FILE")]
    cluster: PathBuf,
    /// The folder of all generations.
    #[arg(long, value_name = "FOLDER", default_value = "bundles")]
    dir: PathBuf,
    /// The generation that this one follows.
    #[arg(long, value_name = "FOLDER")]
    previous: Option<PathBuf>,
    /// Or what somebody else made: the folder with copies of the nodes' trees that `observe` reads.
    #[arg(long, value_name = "FOLDER", conflicts_with = "previous")]
    trees: Option<PathBuf>,
    /// With --trees: the properties file.
    #[arg(long, value_name = "FILE", default_value = "/opt/apigee/customer/application/cassandra.properties")]
    properties: PathBuf,
    /// The certificate of the authority that signs, and those above it, in PEM. Else each certificate signs itself.
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    ca_cert: Option<PathBuf>,
    /// The authority's key in PEM, unencrypted.
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    ca_key: Option<PathBuf>,
    /// How many days the certificates are valid.
    #[arg(long, default_value_t = Validity::DEFAULT_DAYS)]
    days: u32,
    /// A file whose first line is the password of all stores. Else there is one for each node: the one of the previous
    /// generation, or a new one.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The manifest as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "Examples:
  prepare --cluster cluster.toml
  prepare --cluster cluster.toml --previous bundles/g1
  prepare --cluster cluster.toml --trees play/collected
  prepare --cluster cluster.toml --ca-cert ca.pem --ca-key ca.key.pem --days 365

cluster.toml:
  cassandra = \"4.0\"
  [[node]]
  name = \"node0\"
  address = \"10.0.0.11\"";

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("prepare: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let description = Description::from_toml(&read_text(&arguments.cluster)?)
        .with_context(|| arguments.cluster.display().to_string())?;
    let authority = match (&arguments.ca_cert, &arguments.ca_key) {
        (Some(certificate), Some(key)) => Some(authority(certificate, key)?),
        _ => None,
    };
    let order = Order {
        description: &description,
        dir: arguments.dir.clone(),
        before: match (&arguments.previous, &arguments.trees) {
            (Some(folder), _) => Before::Generation(folder.clone()),
            (None, Some(folder)) => Before::Trees { folder: folder.clone(), properties: arguments.properties.clone() },
            (None, None) => Before::Nothing,
        },
        authority: authority.as_ref(),
        days: arguments.days,
        password: arguments.password_file.as_deref().map(password).transpose()?,
    };
    let bar =
        ProgressBar::with_draw_target(Some(u64::try_from(description.nodes.len())?), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} keys {elapsed}")?);
    let prepared = prepare(&order, &|made| bar.set_position(made.try_into().unwrap_or(u64::MAX)));
    bar.finish_and_clear();
    let (folder, manifest) = prepared?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&manifest)?);
        return Ok(());
    }
    show(&folder, &manifest);
    Ok(())
}

fn show(folder: &Path, manifest: &Manifest) {
    for (node, bundle) in &manifest.nodes {
        let identity = bundle.identity.get(..16).unwrap_or_default();
        let after = bundle.trusts_after.as_ref().map_or_else(String::new, |after| format!(", then {}", after.len()));
        println!("{node}: serves {identity}..., trusts {}{after}, {} files", bundle.trusts.len(), bundle.files.len());
    }
    println!(
        "{} is whole: {} nodes. Whatever holds a key or a password has mode 0400.",
        folder.display(),
        manifest.nodes.len()
    );
}

fn authority(certificate: &Path, key: &Path) -> anyhow::Result<Authority> {
    let chain = pem::decode_certificates(read_text(certificate)?.as_bytes())
        .with_context(|| certificate.display().to_string())?;
    ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let text = Zeroizing::new(read_text(key)?);
    let secret = pem::decode_private_key(text.as_bytes()).with_context(|| key.display().to_string())?;
    let pair = RsaKeyPair::from_pkcs8(&secret.secret_pkcs8()).with_context(|| key.display().to_string())?;
    Authority::from_parts(pair, chain).with_context(|| certificate.display().to_string())
}

fn password(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = Zeroizing::new(read_text(file)?);
    let line = text.lines().next().unwrap_or_default();
    ensure!(line.len() >= 6, "the password in {} is shorter than keytool takes: 6 characters", file.display());
    Ok(Zeroizing::new(line.to_owned()))
}

#[test]
fn the_arguments_fit_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
}
