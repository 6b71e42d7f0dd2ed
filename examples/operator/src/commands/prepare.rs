//! Makes bundles of keys, certificates and stores for every node of a cluster.

mod authority;
mod batch;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use anyhow::{bail, ensure};
use bridge::{Format, JavaRelease};
use certgen::{KeyKind, Validity};
use clap::Args;
use zeroize::Zeroizing;

use super::bar;
use super::nodes::NodesSource;
use crate::bundle::{Bundle, Keys, Manifest, Order, PreviousState, Subjects, key_kind, prepare, refused_in_fips_mode};
use crate::description::Description;
use crate::document::{Form, Schema};
use crate::input::Name;
use crate::status::Status;
use crate::{secret, show, shown};

/// Makes keys, certificates and stores for every node.
///
/// Each node gets a folder with a keystore, a truststore, a PKCS#12 (if the password is printable ASCII), PEM files, and the
/// settings that name the stores (NODE.properties, NODE.yaml or both). The certificate is for the node's addresses and names. All
/// folders together are a new generation (`g1`, `g2` and so on). A generation is never overwritten.
///
/// With --previous or --trees, passwords are kept by default. If an old truststore is known, `truststore.NODE` also holds its
/// certificates, and `truststore-after.NODE` holds only the new certificates. Equal truststores may be hard links to one file.
/// `manifest.json`, written last, has the SHA-256 of every other file.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent flag")]
pub(crate) struct Arguments {
    #[command(flatten)]
    nodes: NodesSource,
    /// The folder of all generations.
    #[arg(long, value_name = "FOLDER", default_value = "bundles")]
    dir: PathBuf,
    /// The nodes' previous generation.
    #[arg(long, value_name = "FOLDER")]
    previous: Option<PathBuf>,
    /// If other tools made the nodes' stores: the folder of trees that `observe trees` reads.
    #[arg(long, value_name = "FOLDER", conflicts_with = "previous")]
    trees: Option<PathBuf>,
    /// With --trees: the settings on each node. By default, Edge's cassandra.properties or the cassandra.yaml below
    /// /etc/cassandra.
    #[arg(long, value_name = "FILE", alias = "properties", requires = "trees")]
    settings: Option<PathBuf>,
    /// The certificate of the authority that signs, and the certificates above it, in PEM. With neither this option nor
    /// --replies, certificates are self-signed.
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,
    /// The authority's key in PEM: RSA, EC or Ed25519.
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    ca_key: Option<PathBuf>,
    /// With --ca-key: accept, with a warning, an authority with a weak key or signature.
    ///
    /// RSA keys below 2048 bits are weak, and so are signatures with MD2, MD5 or SHA-1, except a root's own, which Java does not
    /// check. Without this option, such an authority is refused.
    #[arg(long, requires = "ca_cert")]
    allow_weak_authority: bool,
    /// A file whose first line is the password of the authority's key, if the key is encrypted.
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    ca_key_password_file: Option<PathBuf>,
    /// The kind of new keys: rsa:2048 (default), rsa:3072, rsa:4096, ec:p256, ec:p384 or ed25519.
    ///
    /// ed25519 is refused unless --java is 17 or later and every node runs a Cassandra before 4.0: the TLS of Java 8 and 11 and
    /// Netty's OpenSSL, which Cassandra uses from 4.0 on, accept no such key.
    #[arg(long, value_name = "KIND", value_parser = key_kind)]
    key: Option<KeyKind>,
    /// The release of Java that the nodes run with: 8, 11, 17, 21 or 25. By default, every release that
    /// their Cassandra supports must accept the certificates.
    #[arg(long, value_name = "RELEASE")]
    java: Option<JavaRelease>,
    /// The format of keystores and truststores: jks, pkcs12, bcfks or another of `convert`.
    ///
    /// bcfks is Bouncy Castle's format for FIPS. Unless the format is jks, the settings get its `store_type`.
    #[arg(long, value_name = "FORMAT", default_value = "jks")]
    store: Format,
    /// With --previous or --trees: each node keeps its key.
    ///
    /// If the description gives no subject, the node also keeps the subject of its certificate.
    #[arg(long, conflicts_with = "key")]
    renew: bool,
    /// With --previous or --trees: each node keeps the subject of its certificate.
    ///
    /// A subject in the description is ignored.
    #[arg(long)]
    keep_subject: bool,
    /// Instead of stores, make a certificate request for each node.
    ///
    /// Each node gets a new key unless --renew is given. Send the requests to an external authority. Until a generation is made
    /// from the answers, another run keeps the keys, adds missing requests, and replaces requests whose subject or names have
    /// changed. It fails if --key or --renew asks for another key.
    #[arg(long, conflicts_with_all = ["ca_cert", "replies"])]
    requests: bool,
    /// Make the generation from an external authority's answers in this folder.
    ///
    /// The answers are certificates in PEM, DER or PKCS#7, in any order, with the authority's certificates among them or in
    /// --ca-cert. Run the command again until all answers are there.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["ca_key", "renew", "keep_subject", "key"])]
    replies: Option<PathBuf>,
    /// The validity of the certificates that are signed now, in days.
    #[arg(long, default_value_t = Validity::DEFAULT_DAYS, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// A file whose first line is to be the password of all keystores. The password is also that of all truststores, unless
    /// --truststore-password-file is given. By default, each node keeps its passwords, or gets a new one if no old stores are
    /// known.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file whose first line is to be the password of all truststores. By default, --password-file applies to truststores too.
    #[arg(long, value_name = "FILE")]
    truststore_password_file: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  cassandra-tls prepare --cluster cluster.toml
  cassandra-tls prepare --cluster cluster.toml --previous bundles/g1
  cassandra-tls prepare --inventory inventory.json --cassandra 4.0.17
  cassandra-tls prepare --cluster cluster.toml --trees play/collected
  cassandra-tls prepare --cluster cluster.toml --ca-cert ca.pem --ca-key ca.key.pem --days 365
  cassandra-tls prepare --cluster cluster.toml --previous bundles/g1 --requests
  cassandra-tls prepare --cluster cluster.toml --previous bundles/g1 --replies answers --ca-cert company.pem

cluster.toml:
  cassandra = \"4.0\"
  [[node]]
  name = \"node0\"
  address = \"10.0.0.11\"
  addresses = [\"192.0.2.11\"]                 # other addresses that peers dial
  hostnames = [\"node0.example.com\"]
  uri = \"spiffe://example.com/node0\"
  subject = \"CN=node0.example.com, OU=Orders, O=Acme\"     # otherwise CN is 10.0.0.11

In an inventory, the variables ansible_host, cassandra_addresses, cassandra_hostnames, cassandra_uri and cassandra_subject
give the address of a host and the fields below the address.

Exit status: 0 if the generation (with --requests: every request) is complete, 1 if it is complete, but with warnings, 2 if
usable answers are missing, the authority is not valid yet or ends too early, nodes would not accept each other, or Java would
not load a store, 3 if an input is invalid, a weak authority is not accepted, or a file cannot be read or written.";

pub(crate) fn run(arguments: &Arguments, form: Form) -> anyhow::Result<Status> {
    let description = arguments.nodes.description()?;
    let order = order(arguments, &description)?;
    if arguments.requests {
        return batch::ask(&order, form);
    }
    if let Some(folder) = &arguments.replies {
        return batch::answer(&order, folder, arguments.ca_cert.as_deref(), form);
    }
    let authority = match (&arguments.ca_cert, &arguments.ca_key) {
        (Some(certificate), Some(key)) => {
            Some(authority::read(certificate, key, arguments.ca_key_password_file.as_deref())?)
        }
        (Some(_), None) => bail!("--ca-cert needs --ca-key, to sign certificates now, or --replies"),
        _ => None,
    };
    let weak = authority.as_ref().map(authority::weakness).transpose()?.flatten();
    let mut warnings = authority.as_ref().map(authority::warnings).transpose()?.unwrap_or_default();
    if let (Some(weak), Some(file)) = (&weak, &arguments.ca_cert) {
        let place = file.display();
        ensure!(arguments.allow_weak_authority, "{place}: {weak}; --allow-weak-authority accepts this authority");
        eprintln!("{place}: {weak}");
    }
    let latest = authority.as_ref().map(|authority| authority::lasts(authority, arguments.days)).transpose()?.flatten();
    let order = Order { authority: authority.as_ref(), latest, ..order };
    let bar = bar(description.nodes.len(), "keys")?;
    let prepared = prepare(&order, &|made| bar.set_position(made.try_into().unwrap_or(u64::MAX)));
    bar.finish_and_clear();
    let (folder, manifest) = prepared?;
    warnings.extend(refused_in_fips_mode(&folder, &manifest)?);
    warn(&warnings);
    for node in without_pkcs12(&manifest) {
        eprintln!("{node}: no {node}.p12 was made: the password of a PKCS#12 must be printable ASCII");
    }
    form.print(Schema::MANIFEST, &manifest, || display(&folder, &manifest))?;
    Ok(if weak.is_some() || !warnings.is_empty() { Status::Warnings } else { Status::Fine })
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        eprintln!("{}", shown::terminal(warning));
    }
}

fn order<'a>(arguments: &Arguments, description: &'a Description) -> anyhow::Result<Order<'a>> {
    Ok(Order {
        before: match (&arguments.previous, &arguments.trees) {
            (Some(folder), _) => PreviousState::Generation(folder.clone()),
            (None, Some(folder)) => {
                PreviousState::Trees { folder: folder.clone(), settings: arguments.settings.clone() }
            }
            (None, None) => PreviousState::Nothing,
        },
        key: arguments.key,
        store: arguments.store,
        java: arguments.java,
        keys: if arguments.renew { Keys::Kept } else { Keys::New },
        subjects: if arguments.keep_subject { Subjects::Kept } else { Subjects::Described },
        days: arguments.days,
        password: arguments.password_file.as_deref().map(password).transpose()?,
        truststore_password: arguments.truststore_password_file.as_deref().map(password).transpose()?,
        ..Order::new(description, &arguments.dir)
    })
}

fn without_pkcs12(manifest: &Manifest) -> impl Iterator<Item = &Name> {
    let lacks = |(node, bundle): &(&Name, &Bundle)| !bundle.files.contains_key(format!("{node}.p12").as_str());
    manifest.nodes.iter().filter(lacks).map(|(node, _)| node)
}

fn display(folder: &Path, manifest: &Manifest) -> String {
    let mut text = String::new();
    for (node, bundle) in show::in_order(&manifest.nodes) {
        let identity = bundle.identity.brief();
        let after = bundle.trusts_after.as_ref().map_or_else(String::new, |after| format!(", then {}", after.len()));
        let (trusts, files) = (bundle.trusts.len(), bundle.files.len());
        let _ = writeln!(text, "{node}: serves {identity}..., trusts {trusts}{after}, {files} files");
    }
    let nodes = show::counted(manifest.nodes.len(), "node");
    let _ = write!(text, "{} is complete: {nodes}. ", shown::path(folder));
    text + "Files holding a key or a password have mode 0400."
}

fn password(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let line = secret::first_line(file)?;
    ensure!(
        line.chars().count() >= 6,
        "the password in {} is shorter than 6 characters, the minimum of keytool",
        file.display()
    );
    Ok(line)
}
