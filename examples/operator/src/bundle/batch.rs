//! Batches of certificate requests to an external authority, stored beside the generations.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use certgen::{CertificateInfo, CertificateRequest, ExtendedKeyUsage, KeyKind, KeyPair, KeyUsage, NodeParams, pem};

use super::key::{DEFAULT_KEY, is_of};
use super::manifest::Manifest;
use super::{numbers, read_key};
use crate::files::{self, Access};
use crate::folders;
use crate::input::Name;
use crate::reading::{MAX_SETTINGS, Root, read_text};
use crate::shown;

/// A batch of requests.
///
/// The folder of a batch, such as `g2.requests`, contains the requests, and the keys in a subfolder.
#[derive(Clone, Debug)]
pub struct Batch {
    name: Name,
    number: u32,
    folder: PathBuf,
}

pub(super) const REQUESTS: &str = ".requests";
const KEYS: &str = "keys";
const CSR: &str = ".csr.pem";

pub(super) struct Asked {
    pub(super) key: KeyPair,
    pub(super) request: CertificateRequest,
}

/// The wanted key of a request.
///
/// If the batch already has a key for the node, it must be the kept key or of the given kind.
pub(super) enum WantedKey {
    /// The node's present key.
    Kept(KeyPair),
    /// A new key, of the given kind if there is one.
    New(Option<KeyKind>),
}

impl WantedKey {
    /// The option that asks for another key than `key`, if there is one.
    fn is_not(&self, key: &KeyPair) -> Option<&'static str> {
        let (is_other, option) = match self {
            Self::Kept(kept) => (kept.public_key() != key.public_key(), "--renew"),
            Self::New(kind) => (kind.is_some_and(|kind| !is_of(key, kind)), "--key"),
        };
        is_other.then_some(option)
    }

    fn key(self) -> anyhow::Result<KeyPair> {
        match self {
            Self::Kept(key) => Ok(key),
            Self::New(kind) => Ok(KeyPair::generate(kind.unwrap_or(DEFAULT_KEY), &mut rand::rng())?),
        }
    }
}

impl Batch {
    /// The newest batch in a folder of generations; `None` if there is none.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn newest(dir: &Path) -> anyhow::Result<Option<Self>> {
        let newest = numbers(dir, REQUESTS)?.into_iter().max();
        newest.map(|number| Self::numbered(dir, number)).transpose()
    }

    /// The newest batch if it is not answered yet, otherwise a new batch for the next generation.
    ///
    /// # Errors
    /// If a folder cannot be read or made, if others can change `dir`, or if no number is left; and the errors of
    /// [`answered_by`](Self::answered_by).
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        folders::private(dir)?;
        if let Some(batch) = Self::newest(dir)?
            && batch.answered_by(dir)?.is_none()
        {
            return Ok(batch);
        }
        let taken = numbers(dir, "")?.into_iter().chain(numbers(dir, REQUESTS)?).max().unwrap_or(0);
        let batch = Self::numbered(dir, taken.checked_add(1).context("there are too many generations")?)?;
        folders::make_new(&batch.folder).with_context(|| format!("{} cannot be made", batch.folder.display()))?;
        Ok(batch)
    }

    fn numbered(dir: &Path, number: u32) -> anyhow::Result<Self> {
        let name: Name = format!("g{number}{REQUESTS}").parse()?;
        Ok(Self { folder: dir.join(name.as_str()), name, number })
    }

    /// The name of the batch and of its folder.
    pub fn name(&self) -> &Name {
        &self.name
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The folder with the requests.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The generation that was made from this batch, if any.
    ///
    /// This is the first complete generation, from the batch's number on, in which a node's certificate has the key of the node's
    /// request.
    ///
    /// # Errors
    /// If `dir`, a request or a certificate cannot be read; and the errors of [`Manifest::read`].
    pub fn answered_by(&self, dir: &Path) -> anyhow::Result<Option<Name>> {
        for number in numbers(dir, "")?.range(self.number..) {
            let folder = dir.join(format!("g{number}"));
            if !folder.join(super::MANIFEST).exists() {
                continue;
            }
            let manifest = Manifest::read(&folder)?;
            for node in manifest.nodes.keys() {
                let Some(asked) = self.request(node.as_str())? else { continue };
                let file = Path::new(node.as_str()).join(format!("{node}.cer"));
                let certificate = Root::Copy(folder.clone()).read(&file, MAX_SETTINGS)?.bytes;
                if CertificateInfo::read(&certificate.to_vec().into())?.public_key() == asked.public_key() {
                    return Ok(Some(manifest.generation));
                }
            }
        }
        Ok(None)
    }

    /// Makes a node's request.
    ///
    /// An existing key is kept. An existing request is kept if the new request would have the same key, subject and names.
    ///
    /// # Errors
    /// If a file cannot be read or written, if others can change the folders, or if the node has another key than `wanted`.
    pub(super) fn ask(&self, node: &Name, params: &NodeParams, wanted: WantedKey) -> anyhow::Result<Asked> {
        folders::is_ours(&self.folder)?;
        let keys = self.folder.join(KEYS);
        folders::private(&keys)?;
        let file = self.key_file(node.as_str());
        let key = if file.exists() {
            let key = read_key(&file)?;
            if let Some(option) = wanted.is_not(&key) {
                bail!(
                    "{} already has another key for {node} than {option} asks for: wait for the answers, or remove {} to ask again",
                    shown::path(&keys),
                    shown::path(&self.folder)
                );
            }
            key
        } else {
            let key = wanted.key()?;
            install(&file, pem::encode_private_key(&key.secret_pkcs8()).secret_text(), Access::Owner)?;
            key
        };
        let usages = [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment];
        let both = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
        let params = params.clone().key_usages(usages).extended_key_usages(both);
        let request = params.request(&key, &mut rand::rng())?;
        match self.request(node.as_str())? {
            Some(known) if asks_the_same(&known, &request) => Ok(Asked { key, request: known }),
            _ => {
                install(&self.request_file(node.as_str()), &pem::encode_request(&request), Access::Everyone)?;
                Ok(Asked { key, request })
            }
        }
    }

    /// The key and the request of a node; `None` if nothing was requested for it.
    ///
    /// # Errors
    /// If the key or the request cannot be read, if they do not belong together, or if others can change the folder of the keys.
    pub(super) fn asked(&self, node: &str) -> anyhow::Result<Option<Asked>> {
        let Some(request) = self.request(node)? else { return Ok(None) };
        folders::is_ours(&self.folder.join(KEYS))?;
        let key = read_key(&self.key_file(node))?;
        ensure!(request.public_key() == key.public_key(), "the request for {node} is not for its key");
        Ok(Some(Asked { key, request }))
    }

    /// The requests of all batches in `dir`, each after the names of its batch and its node.
    pub(super) fn requests(dir: &Path) -> anyhow::Result<Vec<(Name, String, CertificateRequest)>> {
        let mut requests = Vec::new();
        for number in numbers(dir, REQUESTS)? {
            let batch = Self::numbered(dir, number)?;
            for (file, _) in entries(&batch.folder)?.into_iter().filter(|(_, kind)| kind.is_file()) {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let Some(node) = name.strip_suffix(CSR) else { continue };
                requests.extend(batch.request(node)?.map(|request| (batch.name.clone(), node.to_owned(), request)));
            }
        }
        Ok(requests)
    }

    fn request(&self, node: &str) -> anyhow::Result<Option<CertificateRequest>> {
        let file = self.request_file(node);
        if !file.exists() {
            return Ok(None);
        }
        Ok(Some(pem::decode_request(read_text(&file)?.as_bytes()).with_context(|| file.display().to_string())?))
    }

    fn request_file(&self, node: &str) -> PathBuf {
        self.folder.join(format!("{node}{CSR}"))
    }

    fn key_file(&self, node: &str) -> PathBuf {
        self.folder.join(KEYS).join(format!("{node}.key.pem"))
    }
}

fn asks_the_same(one: &CertificateRequest, other: &CertificateRequest) -> bool {
    one.public_key() == other.public_key()
        && one.subject() == other.subject()
        && one.subject_alt_names() == other.subject_alt_names()
}

fn install(file: &Path, text: &str, access: Access) -> anyhow::Result<()> {
    files::install(file, text.as_bytes(), access).with_context(|| format!("{} cannot be written", file.display()))
}

pub(super) fn entries(folder: &Path) -> anyhow::Result<Vec<(PathBuf, FileType)>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        entries.push((entry.path(), entry.file_type().with_context(unreadable)?));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}
