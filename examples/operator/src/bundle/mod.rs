//! Makes a generation: keys, certificates, stores and settings, in a folder for each node.

mod acceptance;
mod batch;
mod before;
mod fips;
mod issue;
mod key;
mod manifest;
mod names;
mod passwords;
mod replies;
mod settings;
mod store_format;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail};
use bridge::{Format, Identity, JavaRelease, Named, random_password};
use cassandra_props::Release;
use certgen::{Authority, KeyKind, KeyPair, Time, Validity, pem};
use keystore_core::rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

use crate::description::{Description, Node};
use crate::document::Schema;
use crate::files::{self, Access};
use crate::folders;
use crate::input::Name;
use crate::reading::read_text;
use crate::status::Refused;

use acceptance::Acceptance;
pub use batch::Batch;
use batch::WantedKey;
pub use before::PreviousState;
use before::{PreviousFiles, PreviousGenerations};
pub(crate) use before::{read_keystore, read_truststore};
pub use fips::refused_in_fips_mode;
use issue::Kept;
pub use key::key_kind;
pub use manifest::{Bundle, MANIFEST, Manifest};
pub use passwords::{PASSWORD, StorePasswords, TRUSTSTORE_PASSWORD};
pub use replies::{Answer, Answers, Other, State};
use settings::SettingsFormat;
use writer::{NodeFiles, Truststores};

/// The default folder of a node's stores on an Apigee host.
pub const STORES: &str = "/opt/apigee/data/apigee-cassandra";

/// The default folder of a node's stores if Cassandra was installed from a package.
pub const PACKAGE_STORES: &str = "/etc/cassandra";

/// A generation to be made.
#[derive(Debug)]
pub struct Order<'a> {
    /// The cluster.
    ///
    /// A node whose subject is neither described nor kept needs an address or a host name.
    pub description: &'a Description,
    /// The folder of all generations.
    pub dir: PathBuf,
    /// The nodes' previous files, whose certificates stay trusted during the rotation.
    pub before: PreviousState,
    /// The authority that signs in [`prepare`]; if `None`, the certificates are self-signed.
    pub authority: Option<&'a Authority>,
    /// The kind of new keys; `None` for RSA of 2048 bits.
    ///
    /// A batch of requests with other keys is an error only if the kind is given.
    pub key: Option<KeyKind>,
    /// The format of keystores and truststores.
    pub store: Format,
    /// Whether the nodes get new keys.
    pub keys: Keys,
    /// The choice of subjects for the certificates.
    pub subjects: Subjects,
    /// The validity of the certificates, in days.
    pub days: u32,
    /// The Java release of all nodes; `None` for every release that their Cassandra supports.
    pub java: Option<JavaRelease>,
    /// The latest end of a certificate's validity; `None` if `days` alone decides.
    pub latest: Option<Time>,
    /// The password of keystores, and of truststores unless `truststore_password` is given.
    ///
    /// A store without a given password keeps its previous password, or gets a new one.
    pub password: Option<Zeroizing<String>>,
    /// The password of truststores; if `None`, `password` applies to them too.
    pub truststore_password: Option<Zeroizing<String>>,
}

/// Whether the nodes get new keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Every node gets a new key.
    New,
    /// Every node keeps its key.
    Kept,
}

/// The choice of subjects for new certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subjects {
    /// The subjects in the description.
    ///
    /// A node without a described subject keeps its subject if it keeps its key. Otherwise, its subject is made from an address
    /// or a host name.
    Described,
    /// The subjects of the nodes' previous certificates.
    Kept,
}

struct Material {
    key: KeyPair,
    chain: Vec<CertificateDer<'static>>,
}

impl<'a> Order<'a> {
    /// An order for the nodes' first stores, in `dir`, with self-signed certificates.
    pub fn new(description: &'a Description, dir: &Path) -> Self {
        Self {
            description,
            dir: dir.to_owned(),
            before: PreviousState::Nothing,
            authority: None,
            key: None,
            store: Format::Jks,
            keys: Keys::New,
            subjects: Subjects::Described,
            days: Validity::DEFAULT_DAYS,
            java: None,
            latest: None,
            password: None,
            truststore_password: None,
        }
    }

    fn javas(&self, release: Release) -> &[JavaRelease] {
        self.java.as_ref().map_or_else(|| JavaRelease::of_cassandra(release), std::slice::from_ref)
    }

    fn releases(&self) -> anyhow::Result<BTreeSet<Release>> {
        self.description.nodes.iter().map(|node| self.description.build_of(node).release()).collect()
    }

    fn earlier(&self) -> anyhow::Result<PreviousGenerations<'_>> {
        // A node without a release is refused before a key is made.
        self.releases()?;
        PreviousGenerations::read(&self.before, self.description)
    }

    fn validity(&self) -> anyhow::Result<Validity> {
        let wanted = Validity::days(SystemTime::now().into(), self.days)?;
        let end = self.latest.map_or(wanted.not_after(), |latest| latest.min(wanted.not_after()));
        Ok(Validity::new(wanted.not_before(), end)?)
    }

    /// The passwords of a node's stores: given, kept or new ones.
    ///
    /// Passwords are kept by default, because a node reloads its stores with the passwords that it read when it started.
    fn passwords(&self, kept: Option<StorePasswords>) -> StorePasswords {
        let kept = kept.unwrap_or_else(|| {
            let new = Zeroizing::new(random_password(&mut rand::rng()));
            StorePasswords::new(&new, &new)
        });
        StorePasswords {
            keystore: self.password.clone().unwrap_or(kept.keystore),
            truststore: self.truststore_password.clone().or_else(|| self.password.clone()).unwrap_or(kept.truststore),
        }
    }
}

/// Makes a generation in a new folder; returns the folder and the manifest.
///
/// If nodes get new keys, `made` is called with the number of keys made so far.
///
/// # Errors
/// [`Refused`] if a node would not accept another, or Java would not load a store; other errors if the order or a previous
/// file is unusable, if other users can change the folder, or if a file cannot be written. After an error, the new folder is
/// removed if possible.
pub fn prepare(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<(PathBuf, Manifest)> {
    let earlier = order.earlier()?;
    let had = earlier.of_all()?;
    let materials = match order.keys {
        Keys::New => issue::fleet(order, &earlier, made)?,
        Keys::Kept => issue::renewed(order, &earlier)?,
    };
    generation(order, &earlier, had, materials, None)
}

/// Makes a certificate request for each node, in a batch beside the generations.
///
/// With [`Keys::New`], each node also gets a key. If the newest batch is not answered yet, its keys are kept, and its requests
/// too if they have the same subjects and names.
///
/// # Errors
/// If the order or a previous file is unusable, if a file of the batch cannot be read or written, or if a node has another key
/// in the batch than the order asks for; and the errors of [`Batch::open`].
pub fn request(order: &Order<'_>) -> anyhow::Result<(Batch, Answers)> {
    let earlier = order.earlier()?;
    earlier.of_all()?;
    let wanted = order.description.each(|node| {
        let Kept { key, subject } = Kept::of(order, &earlier, node)?;
        let subject = subject.map_or_else(|| names::common_name(node), Ok)?;
        Ok((node, key, names::params(node, Some(&subject))?))
    })?;
    // Made only now, so that an error above leaves no folder.
    let batch = Batch::open(&order.dir)?;
    let mut answers = Answers::new(&batch);
    for (node, kept, params) in wanted {
        let key = kept.map_or(WantedKey::New(order.key), WantedKey::Kept);
        let asked = batch.ask(&node.name, &params, key)?;
        answers.nodes.insert(node.name.clone(), Answer::waiting(&asked));
    }
    Ok((batch, answers))
}

/// Makes the next generation from the answers in `replies` and the authorities in `above`.
///
/// Makes no generation if the newest batch already has one, if a node has no usable certificate, if a node would not accept
/// another, or if Java would not load a store. The returned status gives the reason.
///
/// # Errors
/// If there is no batch of requests, or if a batch, `replies` or a certificate in `above` cannot be read; the errors of
/// [`Batch::answered_by`]; and those of [`prepare`], except [`Refused`].
pub fn answered(
    order: &Order<'_>,
    replies: &Path,
    above: &[CertificateDer<'static>],
) -> anyhow::Result<(Answers, Option<(PathBuf, Manifest)>)> {
    let batch = Batch::newest(&order.dir)?;
    let batch =
        batch.with_context(|| format!("{} contains no requests: make them with --requests", order.dir.display()))?;
    let earlier = order.earlier()?;
    let had = earlier.of_all()?;
    let (mut answers, materials) = replies::held(order, &batch, &had, replies, above)?;
    if let Some(generation) = batch.answered_by(&order.dir)? {
        answers.generation = Some(generation);
        return Ok((answers, None));
    }
    if !answers.is_complete() {
        return Ok((answers, None));
    }
    match generation(order, &earlier, had, materials, Some(&batch)) {
        Ok((folder, manifest)) => {
            answers.generation = Some(manifest.generation.clone());
            Ok((answers, Some((folder, manifest))))
        }
        Err(error) if error.is::<Refused>() => {
            answers.refused = Some(error.to_string());
            Ok((answers, None))
        }
        Err(error) => Err(error),
    }
}

fn generation(
    order: &Order<'_>,
    earlier: &PreviousGenerations<'_>,
    had: Vec<PreviousFiles>,
    materials: Vec<Material>,
    batch: Option<&Batch>,
) -> anyhow::Result<(PathBuf, Manifest)> {
    let chains: Vec<_> = materials.iter().map(|material| material.chain.as_slice()).collect();
    Acceptance::of(order, &had)?.check(order, &had, &chains)?;
    let (generation, folder) = new_generation(&order.dir, batch)?;
    let manifest = Manifest { generation, previous: earlier.generation(), store: order.store, nodes: BTreeMap::new() };
    match write(order, manifest, &folder, had, materials) {
        Ok(manifest) => Ok((folder, manifest)),
        Err(error) => {
            // The folder is new, so it contains no other files.
            let _ = fs::remove_dir_all(&folder);
            Err(error)
        }
    }
}

fn write(
    order: &Order<'_>,
    mut manifest: Manifest,
    folder: &Path,
    had: Vec<PreviousFiles>,
    materials: Vec<Material>,
) -> anyhow::Result<Manifest> {
    let nodes = &order.description.nodes;
    let identity = |(node, Material { key, chain }): (&Node, _)| {
        Ok(Identity::new(manifest.label(node.name.as_str())?.as_str(), key, chain)?)
    };
    let identities = nodes.iter().zip(materials).map(identity).collect::<anyhow::Result<Vec<_>>>()?;
    let new = anchors(&manifest, &identities)?;
    let mut truststores = Truststores::default();
    for ((node, identity), had) in nodes.iter().zip(&identities).zip(had) {
        let files = NodeFiles {
            description: order.description,
            javas: order.javas(order.description.build_of(node).release()?),
            store: order.store,
            node,
            identity,
            new: &new,
            old: had.trusted.as_deref(),
            passwords: &order.passwords(had.passwords),
            formats: match &had.settings[..] {
                [] => SettingsFormat::of_build(order.description.build_of(node)),
                formats => formats,
            },
            places: had.places.as_ref(),
        };
        let bundle = files.write(&folder.join(node.name.as_str()), &mut truststores)?;
        manifest.nodes.insert(node.name.clone(), bundle);
    }
    files::install(&folder.join(MANIFEST), Schema::MANIFEST.write(&manifest)?.as_bytes(), Access::Everyone)?;
    Ok(manifest)
}

/// The certificates that nodes must trust to accept these identities, each once.
///
/// These are the last certificates of the chains. The alias of a self-signed certificate is its node's label. Authorities are
/// labelled like nodes with the names `authority`, `authority.2` and so on.
fn anchors(manifest: &Manifest, identities: &[Identity]) -> anyhow::Result<Vec<Named>> {
    let mut anchors: Vec<Named> = Vec::new();
    let mut authorities = 0;
    for identity in identities {
        let anchor = identity.anchor();
        if anchors.iter().any(|(_, known)| known == anchor) {
            continue;
        }
        let alias = if anchor == identity.certificate() {
            identity.alias().to_owned()
        } else {
            authorities += 1;
            let name = if authorities == 1 { "authority".to_owned() } else { format!("authority.{authorities}") };
            manifest.label(&name)?.into()
        };
        anchors.push((alias, anchor.clone()));
    }
    Ok(anchors)
}

/// Makes the first of the folders `g1`, `g2` and so on that does not exist.
///
/// If `batch` is given, the search begins at its number. The numbers of other batches are skipped.
fn new_generation(dir: &Path, batch: Option<&Batch>) -> anyhow::Result<(Name, PathBuf)> {
    folders::private(dir)?;
    let asked = numbers(dir, batch::REQUESTS)?;
    let first = batch.map_or(1, Batch::number);
    for number in first..first.saturating_add(10_000) {
        if asked.contains(&number) && batch.map(Batch::number) != Some(number) {
            continue;
        }
        let name = format!("g{number}");
        let folder = dir.join(&name);
        match folders::make_new(&folder) {
            Ok(()) => return Ok((name.parse()?, folder)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => bail!("{} cannot be made: {error}", folder.display()),
        }
    }
    bail!("{} has no free name for a generation", dir.display())
}

/// The numbers of the files and folders whose names are `g`, a number and `ending`.
fn numbers(dir: &Path, ending: &str) -> anyhow::Result<BTreeSet<u32>> {
    let unreadable = || format!("{} cannot be read", dir.display());
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(dir).with_context(unreadable)? {
        let name = entry.with_context(unreadable)?.file_name();
        let number: Option<u32> =
            name.to_str().and_then(|name| name.strip_prefix('g')?.strip_suffix(ending)?.parse().ok());
        numbers.extend(number);
    }
    Ok(numbers)
}

fn read_key(file: &Path) -> anyhow::Result<KeyPair> {
    let read = || Ok(KeyPair::from_pkcs8(&pem::decode_private_key(read_text(file)?.as_bytes())?.secret_pkcs8())?);
    read().map_err(|error: anyhow::Error| error.context(file.display().to_string()))
}
