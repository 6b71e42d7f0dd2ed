//! What a restart would find out too late, looked at before it: whether a node's settings name stores that open, hold what
//! they are to hold, and can be read by the user that runs Cassandra.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cassandra_props::{Family, Setting, Store};
use keystore_core::Password;
use keystore_core::rustls_pki_types::CertificateDer;
use serde::Serialize;

use crate::bundle::Bundle;
use crate::input::{Digest, HostPath};
use crate::reading::{MAX_BYTES, Root};
use crate::settings;
use bridge::{Locked, open_keystore, open_truststore};

/// What is looked at.
#[derive(Debug)]
pub struct Node<'a> {
    /// Where the paths that the settings name lead: on the node itself, or in a copy of its tree.
    pub root: Root,
    /// The settings file, as the node knows it; none: the one of [`settings::PLACES`] that is there.
    pub settings: Option<PathBuf>,
    /// Which names the settings have; none: those that the file has.
    pub family: Option<Family>,
    /// What the stores are to hold, as far as that is given.
    pub expected: Expected<'a>,
    /// The user that runs Cassandra, by number; none: it is not checked who may read the files.
    pub user: Option<u32>,
}

/// The names of the settings, as programs are told them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Names {
    /// `conf_cassandra_keystore`: Edge up to 4.52.01.
    Legacy,
    /// `conf_cassandra_server_encryption_keystore`: Edge 4.52.02 and later.
    ServerEncryption,
}

impl Names {
    /// The family that has them.
    pub fn family(self) -> Family {
        match self {
            Self::Legacy => Family::Legacy,
            Self::ServerEncryption => Family::ServerEncryption,
        }
    }
}

/// What a node's stores are to hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// SHA-256 of the certificate that it is to serve.
    pub identity: Option<Digest>,
    /// SHA-256 of certificates that it must trust.
    pub trusts: &'a [Digest],
}

impl<'a> Expected<'a> {
    /// What a bundle brings.
    pub fn of(bundle: &'a Bundle) -> Self {
        Self { identity: Some(bundle.identity), trusts: &bundle.trusts }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What should be so.
    pub what: String,
    /// Why it is not, if it is not.
    pub wrong: Option<String>,
}

impl Check {
    fn of(what: impl Into<String>, result: anyhow::Result<()>) -> Self {
        Self { what: what.into(), wrong: result.err().map(|error| format!("{error:#}")) }
    }
}

/// Looks at everything; what cannot be looked at because of something before it is left out.
pub fn preflight(node: &Node<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let found = settings::read(&node.root, node.settings.as_deref(), node.family, None);
    let settings = found.and_then(|found| {
        found.settings.is_plannable().with_context(|| node.root.place(&found.path).display().to_string())?;
        Ok(found.settings)
    });
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return vec![Check::of("the settings can be read", Err(error))],
    };
    let stores = [
        (Setting::Keystore, settings.keystore().map_err(anyhow::Error::from)),
        (Setting::Truststore, settings.truststore().map_err(anyhow::Error::from)),
    ];
    for (setting, store) in stores {
        let named = store
            .and_then(|store| store.with_context(|| format!("{} and its password are not both set", setting.name())))
            .and_then(|store| Ok((store.path().parse()?, store)));
        match named {
            Ok((path, store)) if setting == Setting::Keystore => keystore(node, &path, &store, &mut checks),
            Ok((path, store)) => truststore(node, &path, &store, &mut checks),
            Err(error) => checks.push(Check::of(format!("the settings name a {}", setting.name()), Err(error))),
        }
    }
    checks
}

fn keystore(node: &Node<'_>, path: &HostPath, store: &Store, checks: &mut Vec<Check>) {
    let place = node.root.place(path.as_path());
    let what = format!("{} opens and holds one key", place.display());
    let (chain, metadata) = match open(node, path, store, |locked| Ok(open_keystore(locked)?.1)) {
        Ok(opened) => opened,
        Err(error) => return checks.push(Check::of(what, Err(error))),
    };
    checks.push(Check::of(what, Ok(())));
    if let Some(expected) = node.expected.identity {
        let found = chain.first().map(|der| Digest::of(der));
        let holds = found.map_or_else(|| "none".to_owned(), short);
        let result = if found == Some(expected) { Ok(()) } else { Err(anyhow::anyhow!("it holds {holds}")) };
        checks.push(Check::of(format!("its certificate is {}", short(expected)), result));
    }
    readable(node, &place, &metadata, Secrecy::Key, checks);
}

fn truststore(node: &Node<'_>, path: &HostPath, store: &Store, checks: &mut Vec<Check>) {
    let place = node.root.place(path.as_path());
    let what = format!("{} opens and holds a trusted certificate", place.display());
    let (trusted, metadata) = match open(node, path, store, open_truststore) {
        Ok(opened) => opened,
        Err(error) => return checks.push(Check::of(what, Err(error))),
    };
    checks.push(Check::of(what, Ok(())));
    let wanted = node.expected.trusts;
    if !wanted.is_empty() {
        let found: Vec<Digest> = trusted.iter().map(|der| Digest::of(der)).collect();
        let lacks: Vec<String> = wanted.iter().filter(|wanted| !found.contains(wanted)).copied().map(short).collect();
        let result = if lacks.is_empty() { Ok(()) } else { Err(anyhow::anyhow!("it lacks {}", lacks.join(", "))) };
        checks.push(Check::of(format!("it trusts the {} certificates of the bundle", wanted.len()), result));
    }
    readable(node, &place, &metadata, Secrecy::Certificates, checks);
}

/// The certificates of a store that the settings name, and of the file that was read its owner and mode.
fn open(
    node: &Node<'_>,
    path: &HostPath,
    store: &Store,
    opened: impl Fn(Locked<'_>) -> Result<Vec<CertificateDer<'static>>, bridge::Error>,
) -> anyhow::Result<(Vec<CertificateDer<'static>>, Metadata)> {
    let found = node.root.read(path.as_path(), MAX_BYTES)?;
    let password = Password::new(store.secret_password());
    Ok((opened(Locked { bytes: &found.bytes, password: &password })?, found.metadata))
}

/// A SHA-256 as `prepare` shows it: enough to find it in the manifest.
fn short(digest: Digest) -> String {
    format!("{}...", digest.brief())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    /// For the owner alone.
    Key,
    /// For every user.
    Certificates,
}

#[cfg(unix)]
fn readable(node: &Node<'_>, path: &Path, found: &Metadata, secrecy: Secrecy, checks: &mut Vec<Check>) {
    use std::os::unix::fs::MetadataExt as _;
    let mode = found.mode() & 0o7777;
    if secrecy == Secrecy::Key {
        let result = if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(anyhow::anyhow!("its mode is {mode:04o}")) };
        checks.push(Check::of(format!("{} is for its owner alone", path.display()), result));
    }
    if let Some(user) = node.user {
        let can_read = if found.uid() == user { mode & 0o400 != 0 } else { mode & 0o004 != 0 };
        let result =
            if can_read { Ok(()) } else { Err(anyhow::anyhow!("it belongs to {}, mode {mode:04o}", found.uid())) };
        checks.push(Check::of(format!("user {user} can read {}", path.display()), result));
    }
}

#[cfg(not(unix))]
fn readable(_: &Node<'_>, _: &Path, _: &Metadata, _: Secrecy, _: &mut Vec<Check>) {}
