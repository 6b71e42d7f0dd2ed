//! Everything that the nodes of a cluster need, made in one place: keys, certificates, stores, one folder for each node.

mod manifest;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use certgen::{Authority, FleetIssuer, KeySize, NodeCertificate, NodeMaterial, NodeOrder, Validity, issue_fleet};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Limits, Password};
use rand::SeedableRng as _;
use zeroize::Zeroizing;

use crate::description::Description;
use crate::files::{self, Access};
use crate::material::{Identity, Now, random_password, truststore};

pub use manifest::{Bundle, FILE as MANIFEST, Manifest, sha256};

/// The file that holds a node's store password.
pub const PASSWORD: &str = "password";

/// What is to be made.
#[derive(Debug)]
pub struct Order<'a> {
    /// The cluster; every node needs an address.
    pub description: &'a Description,
    /// The folder of all generations.
    pub dir: PathBuf,
    /// The generation that this one follows: its certificates stay trusted, and its passwords are kept.
    pub previous: Option<PathBuf>,
    /// Who signs; nobody: each certificate signs itself.
    pub authority: Option<&'a Authority>,
    /// How long the certificates are valid.
    pub days: u32,
    /// The password of all stores; none: one is made for each node, unless there is a previous one to keep.
    pub password: Option<Zeroizing<String>>,
}

/// Makes a generation in a folder of its own, and says which. `made` hears how many keys there are.
///
/// # Errors
/// If a node has no address, the previous generation is not whole, or something cannot be written. What was written then
/// has no manifest.
pub fn prepare(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<(PathBuf, Manifest)> {
    let previous = order.previous.as_deref().map(Previous::read).transpose()?;
    let materials = issue(order, made)?;
    let (name, folder) = new_generation(&order.dir)?;
    let label = |node: &str| if name == "g1" { node.to_owned() } else { format!("{node}-{name}") };
    let nodes = order.description.nodes.iter().map(|node| node.name.as_str());
    let identities: Vec<(&str, Identity)> = nodes
        .zip(&materials)
        .map(|(node, material)| Ok((node, Identity::of(&label(node), material)?)))
        .collect::<anyhow::Result<_>>()?;
    let new: Vec<(String, CertificateDer<'static>)> = match order.authority {
        Some(authority) => {
            let root = authority.chain().pop().context("an authority without a certificate")?;
            vec![(label("authority"), root)]
        }
        None => identities.iter().map(|(_, identity)| (identity.alias.clone(), identity.certificate.clone())).collect(),
    };
    let mut manifest = Manifest {
        generation: name,
        previous: previous.as_ref().map(|previous| previous.manifest.generation.clone()),
        nodes: BTreeMap::new(),
    };
    for (node, identity) in &identities {
        let password = password(order, previous.as_ref(), node)?;
        let writer = Writer { folder: folder.join(node), files: BTreeMap::new() };
        let old = previous.as_ref().map(|previous| previous.trusted(node, &password)).transpose()?;
        let bundle = writer.bundle(node, identity, &new, old.as_deref(), &password)?;
        manifest.nodes.insert((*node).to_owned(), bundle);
    }
    files::install(&folder.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?, Access::Everybody)?;
    Ok((folder, manifest))
}

fn issue(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<Vec<NodeMaterial>> {
    let validity = Validity::days(Now::read().moment(), order.days)?;
    let orders = order.description.nodes.iter().map(|node| {
        let address = node.address.with_context(|| format!("{} has no address", node.name))?;
        let certificate = NodeCertificate::for_ip(address).validity(validity);
        Ok(NodeOrder { certificate, key_size: KeySize::Rsa2048, rng: rand::rngs::StdRng::from_rng(&mut rand::rng()) })
    });
    let orders = orders.collect::<anyhow::Result<Vec<_>>>()?;
    let issuer = order.authority.map_or(FleetIssuer::SelfSigned, FleetIssuer::Authority);
    let count = std::sync::atomic::AtomicUsize::new(0);
    let progress = |_| {
        made(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
        ControlFlow::Continue(())
    };
    Ok(issue_fleet(orders, issuer, progress)?)
}

/// The first folder `g1`, `g2` and so on that is not there yet: a generation is never written over.
fn new_generation(dir: &Path) -> anyhow::Result<(String, PathBuf)> {
    fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    for number in 1..10_000 {
        let name = format!("g{number}");
        let folder = dir.join(&name);
        match fs::create_dir(&folder) {
            Ok(()) => return Ok((name, folder)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => bail!("{} cannot be made: {error}", folder.display()),
        }
    }
    bail!("every name in {} is taken", dir.display())
}

/// The passwords stay: a store that is put in place under another one cuts its node off.
fn password(order: &Order<'_>, previous: Option<&Previous>, node: &str) -> anyhow::Result<Zeroizing<String>> {
    match (&order.password, previous.and_then(|previous| previous.password(node))) {
        (Some(given), _) => Ok(given.clone()),
        (None, Some(kept)) => kept,
        (None, None) => Ok(Zeroizing::new(random_password(&mut rand::rng()))),
    }
}

/// The generation before.
struct Previous {
    folder: PathBuf,
    manifest: Manifest,
}

impl Previous {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::read(folder)? })
    }

    fn password(&self, node: &str) -> Option<anyhow::Result<Zeroizing<String>>> {
        let file = self.folder.join(node).join(PASSWORD);
        self.manifest.nodes.contains_key(node).then(|| {
            let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            Ok(Zeroizing::new(Zeroizing::new(text).trim_end().to_owned()))
        })
    }

    /// What the node trusts once the previous generation's own change is over.
    fn trusted(&self, node: &str, password: &str) -> anyhow::Result<Vec<(String, CertificateDer<'static>)>> {
        // A node that joins trusts what any other does.
        let known = self.manifest.nodes.contains_key(node).then_some(node);
        let known = known.or_else(|| self.manifest.nodes.keys().next().map(String::as_str));
        let node = known.context("the previous generation has no nodes")?;
        let folder = self.folder.join(node);
        let password = self.password(node).unwrap_or_else(|| Ok(Zeroizing::new(password.to_owned())))?;
        let after = folder.join(format!("truststore-after.{node}"));
        let file = if after.exists() { after } else { folder.join(format!("truststore.{node}")) };
        let bytes = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let store = keystore_core::decode(&bytes, &Password::new(password.as_str()), &Limits::default())
            .with_context(|| file.display().to_string())?;
        let entries = store
            .view()
            .iter()
            .flat_map(|entry| {
                entry
                    .certificates()
                    .iter()
                    .map(|der| (entry.alias().to_owned(), der.clone().into_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        Ok(entries)
    }
}

/// Writes one node's files.
struct Writer {
    folder: PathBuf,
    files: BTreeMap<String, String>,
}

type Named = (String, CertificateDer<'static>);

impl Writer {
    fn bundle(
        mut self,
        node: &str,
        identity: &Identity,
        new: &[Named],
        old: Option<&[Named]>,
        password: &str,
    ) -> anyhow::Result<Bundle> {
        let (secret, now) = (Password::new(password), Now::read());
        let rng = &mut rand::rng();
        self.write(PASSWORD, format!("{password}\n").as_bytes(), Access::Owner)?;
        self.write(&format!("keystore.{node}"), &identity.jks(&secret, now, rng)?, Access::Owner)?;
        self.write(&format!("{node}.p12"), &identity.pkcs12(&secret, now, rng)?, Access::Owner)?;
        self.write(&format!("{node}.key.pem"), identity.key_pem().secret_text().as_bytes(), Access::Owner)?;
        self.write(&format!("{node}.cer"), &identity.certificate, Access::Everybody)?;
        self.write(&format!("{node}.cer.pem"), identity.certificate_pem().as_bytes(), Access::Everybody)?;
        let both: Vec<&Named> =
            old.unwrap_or_default().iter().filter(|old| !new.iter().any(|new| new.1 == old.1)).chain(new).collect();
        self.write(
            &format!("truststore.{node}"),
            &truststore(both.iter().map(|(alias, der)| (alias.as_str(), der)), &secret, now)?,
            Access::Owner,
        )?;
        let after: Option<Vec<&Named>> = old.is_some().then(|| new.iter().collect());
        if let Some(after) = &after {
            self.write(
                &format!("truststore-after.{node}"),
                &truststore(after.iter().map(|(alias, der)| (alias.as_str(), der)), &secret, now)?,
                Access::Owner,
            )?;
        }
        let digests = |named: &[&Named]| named.iter().map(|(_, der)| sha256(der)).collect::<Vec<_>>();
        Ok(Bundle {
            identity: sha256(&identity.certificate),
            trusts: digests(&both),
            trusts_after: after.as_deref().map(digests),
            files: self.files,
        })
    }

    fn write(&mut self, name: &str, bytes: &[u8], access: Access) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        ensure!(!file.exists(), "{} is there already", file.display());
        files::install(&file, bytes, access).with_context(|| format!("{} cannot be written", file.display()))?;
        self.files.insert(name.to_owned(), sha256(bytes));
        Ok(())
    }
}
