//! Everything that the nodes of a cluster need, made in one place: keys, certificates, stores, one folder for each node.

mod before;
mod manifest;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};
use bridge::{Format, Identity, Named, old_beside_new, random_password, truststore};
use cassandra_props::{Family, InternodeTls, Properties, RequireClientAuth, Store, TlsSettings};
use certgen::{Authority, FleetIssuer, KeyKind, NodeMaterial, NodeOrder, NodeParams, Validity, issue_fleet};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use rand::SeedableRng as _;
use zeroize::Zeroizing;

use crate::description::Description;
use crate::document::Schema;
use crate::files::{self, Access};
use crate::folders;
use crate::input::{Digest, Name};

use before::PreviousGenerations;
pub use before::PreviousState;
pub(crate) use before::read_truststore;
pub use manifest::{Bundle, MANIFEST, Manifest};

/// The file that holds a node's store password.
pub const PASSWORD: &str = "password";

/// The folder of a node's stores on an Apigee host.
pub const STORES: &str = "/opt/apigee/data/apigee-cassandra";

/// What is to be made.
#[derive(Debug)]
pub struct Order<'a> {
    /// The cluster; every node needs an address.
    pub description: &'a Description,
    /// The folder of all generations.
    pub dir: PathBuf,
    /// What the nodes had before: its certificates stay trusted, and its passwords are kept.
    pub before: PreviousState,
    /// Who signs; none: each certificate signs itself.
    pub authority: Option<&'a Authority>,
    /// How long the certificates are valid.
    pub days: u32,
    /// The password of all stores; none: one is made for each node, unless there is one to keep.
    pub password: Option<Zeroizing<String>>,
}

/// Makes a generation in a folder of its own, and says which. `made` hears how many keys there are.
///
/// # Errors
/// If a node has no address, what was before cannot be read, or something cannot be written. What was written then
/// has no manifest.
pub fn prepare(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<(PathBuf, Manifest)> {
    let earlier = PreviousGenerations::read(&order.before, order.description.cassandra.release()?)?;
    let materials = issue(order, made)?;
    let (generation, folder) = new_generation(&order.dir)?;
    let mut manifest = Manifest { generation, previous: earlier.generation(), nodes: BTreeMap::new() };
    let nodes = order.description.nodes.iter().map(|node| &node.name);
    let identities: Vec<(&Name, Identity)> = nodes
        .zip(&materials)
        .map(|(node, material)| Ok((node, Identity::of(manifest.label(node.as_str())?.as_str(), material)?)))
        .collect::<anyhow::Result<_>>()?;
    let new: Vec<(String, CertificateDer<'static>)> = match order.authority {
        Some(authority) => {
            let root = authority.chain().pop().context("an authority without a certificate")?;
            vec![(manifest.label("authority")?.into(), root)]
        }
        None => identities
            .iter()
            .map(|(_, identity)| (identity.alias().to_owned(), identity.certificate().clone()))
            .collect(),
    };
    for (node, identity) in &identities {
        let had = earlier.of(node.as_str())?;
        let password = password(order, had.password);
        let writer = Writer { folder: folder.join(node.as_str()), files: BTreeMap::new() };
        let settings = settings(order, node.as_str(), &password)?;
        let bundle = writer.bundle(node.as_str(), identity, &new, had.trusted.as_deref(), &password, &settings)?;
        manifest.nodes.insert((*node).clone(), bundle);
    }
    files::install(&folder.join(MANIFEST), Schema::MANIFEST.write(&manifest)?.as_bytes(), Access::Everyone)?;
    Ok((folder, manifest))
}

fn issue(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<Vec<NodeMaterial>> {
    let validity = Validity::days(SystemTime::now().into(), order.days)?;
    let orders = order.description.nodes.iter().map(|node| {
        let address = node.address.with_context(|| format!("{} has no address", node.name))?;
        let params = NodeParams::for_ip(address).validity(validity);
        Ok(NodeOrder::new(params, KeyKind::Rsa2048, rand::rngs::StdRng::from_rng(&mut rand::rng())))
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
fn new_generation(dir: &Path) -> anyhow::Result<(Name, PathBuf)> {
    folders::private(dir)?;
    for number in 1..10_000 {
        let name = format!("g{number}");
        let folder = dir.join(&name);
        match folders::make_new(&folder) {
            Ok(()) => return Ok((name.parse()?, folder)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => bail!("{} cannot be made: {error}", folder.display()),
        }
    }
    bail!("every name in {} is taken", dir.display())
}

/// The passwords stay: a store that is put in place under another one cuts its node off.
fn password(order: &Order<'_>, kept: Option<Zeroizing<String>>) -> Zeroizing<String> {
    let given = order.password.clone().or(kept);
    given.unwrap_or_else(|| Zeroizing::new(random_password(&mut rand::rng())))
}

/// What `cassandra.properties` says where these stores are used.
fn settings(order: &Order<'_>, node: &str, password: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let Description { cassandra, encryption, client_auth, .. } = order.description;
    let family = Family::of_release(cassandra.release()?);
    let store = |kind: &str| Store::new(&format!("{STORES}/{kind}.{node}"), password);
    let client_auth =
        if *client_auth == Some(true) { RequireClientAuth::Required } else { RequireClientAuth::NotRequired };
    let settings = TlsSettings::new(store("keystore")?, store("truststore")?)
        .internode_encryption(encryption.unwrap_or_default().setting())
        .client_auth(client_auth);
    let mut file = Properties::new();
    InternodeTls::new(family).enable(&settings).apply(&mut file)?;
    Ok(Zeroizing::new(file.as_bytes().to_vec()))
}

fn aliased<'a>(named: &[&'a Named]) -> impl Iterator<Item = (&'a str, CertificateDer<'a>)> {
    named.iter().map(|(alias, certificate)| (alias.as_str(), certificate.clone()))
}

/// Writes one node's files.
struct Writer {
    folder: PathBuf,
    files: BTreeMap<Name, Digest>,
}

impl Writer {
    fn bundle(
        mut self,
        node: &str,
        identity: &Identity,
        new: &[Named],
        old: Option<&[Named]>,
        password: &str,
        settings: &[u8],
    ) -> anyhow::Result<Bundle> {
        let (secret, now) = (Password::new(password), SystemTime::now());
        let rng = &mut rand::rng();
        self.write(PASSWORD, Zeroizing::new([password, "\n"].concat()).as_bytes(), Access::Owner)?;
        self.write(&format!("keystore.{node}"), &identity.keystore(Format::Jks, &secret, now, rng)?, Access::Owner)?;
        self.write(&format!("{node}.p12"), &identity.keystore(Format::Pkcs12, &secret, now, rng)?, Access::Owner)?;
        self.write(&format!("{node}.key.pem"), identity.key_pem().secret_text().as_bytes(), Access::Owner)?;
        self.write(&format!("{node}.properties"), settings, Access::Owner)?;
        self.write(&format!("{node}.cer"), identity.certificate(), Access::Everyone)?;
        self.write(&format!("{node}.cer.pem"), identity.certificate_pem().as_bytes(), Access::Everyone)?;
        let old = old.map(|old| old_beside_new(old, new)).transpose()?;
        let both: Vec<&Named> = old.iter().flatten().chain(new).collect();
        self.write(
            &format!("truststore.{node}"),
            &truststore(aliased(&both), Format::Jks, &secret, now, rng)?,
            Access::Owner,
        )?;
        let after: Option<Vec<&Named>> = old.is_some().then(|| new.iter().collect());
        if let Some(after) = &after {
            self.write(
                &format!("truststore-after.{node}"),
                &truststore(aliased(after), Format::Jks, &secret, now, rng)?,
                Access::Owner,
            )?;
        }
        let digests = |named: &[&Named]| named.iter().map(|(_, der)| Digest::of(der)).collect::<Vec<_>>();
        let own = Digest::of(identity.certificate());
        // An authority's is the only one that is new to all nodes.
        let anchor = new.iter().map(|(_, der)| Digest::of(der)).find(|digest| *digest == own || new.len() == 1);
        Ok(Bundle {
            anchor: anchor.unwrap_or(own),
            identity: own,
            trusts: digests(&both),
            trusts_after: after.as_deref().map(digests),
            files: self.files,
        })
    }

    fn write(&mut self, name: &str, bytes: &[u8], access: Access) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        ensure!(!file.exists(), "{} is there already", file.display());
        files::install(&file, bytes, access).with_context(|| format!("{} cannot be written", file.display()))?;
        self.files.insert(name.parse()?, Digest::of(bytes));
        Ok(())
    }
}
