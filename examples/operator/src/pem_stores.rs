//! A node's key and certificates in PEM, for `PEMBasedSslContextFactory`.
//!
//! Cassandra 4.1 and later have this class.

use std::fs::Metadata;
use std::path::Path;

use anyhow::{Context as _, bail};
use cassandra_props::{AnyFile, CassandraYaml, Family, OptionValue, Release, Section};
use certgen::pem::{KdfLimits, decode_certificates, decode_encrypted_private_key, decode_private_key};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{KeyMatch, key_match};
use zeroize::Zeroizing;

use crate::input::HostPath;
use crate::reading::{MAX_SETTINGS, Root};
use crate::settings::{OnNode, newest_release, read};

/// Has no `Debug`, because it may contain the key and its password.
pub(crate) struct PemStores {
    pub(crate) key: PemPlace,
    /// The password of the key.
    password: Option<Zeroizing<String>>,
    /// The key for outbound connections, if it is another than `key`.
    pub(crate) outbound: Option<PemPlace>,
    /// The password of the key for outbound connections.
    outbound_password: Option<Zeroizing<String>>,
    pub(crate) trusted: PemPlace,
}

pub(crate) enum PemPlace {
    /// A text in the settings themselves.
    Inline {
        /// The parameter, such as `private_key`.
        parameter: &'static str,
        text: Zeroizing<String>,
    },
    File {
        /// The setting that names the file, such as `keystore`.
        setting: &'static str,
        /// The path in the settings, or Cassandra's default if the setting is absent.
        ///
        /// The path is empty if the setting is null or empty.
        path: String,
    },
}

pub(crate) struct PemRead {
    pub(crate) text: Zeroizing<String>,
    /// The path of the file, or the parameter that contains the text, for messages.
    pub(crate) place: String,
    /// The metadata of the file; `None` for a text in the settings.
    pub(crate) metadata: Option<Metadata>,
}

const CLASSES: [&str; 2] = ["PEMBasedSslContextFactory", "org.apache.cassandra.security.PEMBasedSslContextFactory"];

impl PemStores {
    /// Reads a section; `None` unless the section names `PEMBasedSslContextFactory`.
    ///
    /// # Errors
    /// The errors of [`CassandraYaml::options`], if the section has an `ssl_context_factory`.
    pub(crate) fn of(file: &CassandraYaml, section: Section, release: Release) -> anyhow::Result<Option<Self>> {
        if file.line(section, FACTORY).is_none() {
            return Ok(None);
        }
        let options = file.options(section, release)?;
        let Some(OptionValue::Class { name, parameters }) = options.value(FACTORY) else { return Ok(None) };
        if !CLASSES.contains(&name.as_ref()) {
            return Ok(None);
        }
        let parameter = |name: &str| {
            let found = parameters.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty())
        };
        let text = |name: &str| match options.value(name) {
            Some(OptionValue::Text(text)) if !text.is_empty() => Some(text.as_ref()),
            _ => None,
        };
        let place = |inline, setting| match parameter(inline) {
            Some(text) => PemPlace::Inline { parameter: inline, text: Zeroizing::new(text.to_owned()) },
            None => PemPlace::File { setting, path: text(setting).unwrap_or_default().to_owned() },
        };
        let secret = |password: Option<&str>| password.map(|password| Zeroizing::new(password.to_owned()));
        let outbound = text("outbound_keystore").filter(|_| parameter("private_key").is_none());
        let outbound = outbound.map(|path| PemPlace::File { setting: "outbound_keystore", path: path.to_owned() });
        Ok(Some(Self {
            key: place("private_key", "keystore"),
            password: secret(parameter("private_key_password").or_else(|| text("keystore_password"))),
            outbound,
            outbound_password: secret(
                parameter("outbound_private_key_password")
                    .or_else(|| text("outbound_keystore_password"))
                    .or_else(|| text("keystore_password"))
                    .or_else(|| parameter("private_key_password")),
            ),
            trusted: place("trusted_certificates", "truststore"),
        }))
    }

    /// The chain of the key, which begins with the node's own certificate.
    ///
    /// # Errors
    /// If the text has no key or no certificate that can be read, or if the first certificate is for another key.
    pub(crate) fn chain(&self, read: &PemRead) -> anyhow::Result<Vec<CertificateDer<'static>>> {
        chain(read, self.password.as_ref())
    }

    /// The chain of the key for outbound connections, with the errors of [`chain`](Self::chain).
    pub(crate) fn outbound_chain(&self, read: &PemRead) -> anyhow::Result<Vec<CertificateDer<'static>>> {
        chain(read, self.outbound_password.as_ref())
    }

    pub(crate) fn open(&self, root: &Root) -> anyhow::Result<[Vec<CertificateDer<'static>>; 2]> {
        let (key, trusted) = (self.key.read(root)?, self.trusted.read(root)?);
        let chain = self.chain(&key).context(key.place)?;
        let trusted = decode_certificates(trusted.text.as_bytes()).context(trusted.place)?;
        Ok([chain, trusted])
    }
}

fn chain(read: &PemRead, password: Option<&Zeroizing<String>>) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let text = read.text.as_bytes();
    let key = match password {
        Some(password) => decode_encrypted_private_key(text, password.as_bytes(), KdfLimits::default())?,
        None => decode_private_key(text)?,
    };
    let chain = decode_certificates(text)?;
    let own = chain.first().context("it holds no certificate")?;
    match key_match(&key.secret_pkcs8(), own) {
        KeyMatch::Differs => bail!("its first certificate is for another key"),
        _ => Ok(chain),
    }
}

impl PemPlace {
    pub(crate) fn read(&self, root: &Root) -> anyhow::Result<PemRead> {
        let (setting, path) = match self {
            Self::Inline { parameter, text } => {
                let place = format!("{parameter} in the settings");
                return Ok(PemRead { text: text.clone(), place, metadata: None });
            }
            Self::File { setting, path } => (setting, path),
        };
        let path: HostPath = path.parse().with_context(|| format!("{setting} is {path:?}"))?;
        let found = root.read(path.as_path(), MAX_SETTINGS)?;
        // Cassandra replaces invalid UTF-8, too.
        let text = Zeroizing::new(String::from_utf8_lossy(&found.bytes).into_owned());
        Ok(PemRead { text, place: root.place(path.as_path()).display().to_string(), metadata: Some(found.metadata) })
    }
}

const FACTORY: &str = "ssl_context_factory";

/// Reads settings as [`read`](read()) does, and the places of internode stores in PEM.
///
/// # Errors
/// Those of [`read`](read()) and of [`PemStores::of`]; without PEM also those of
/// [`is_plannable`](bridge::NodeSettings::is_plannable).
pub(crate) fn read_checkable(
    root: &Root,
    named: Option<&Path>,
    family: Option<Family>,
    release: Option<Release>,
) -> anyhow::Result<(OnNode, Option<PemStores>)> {
    let on_node = read(root, named, family, release)?;
    let place = || root.place(&on_node.path).display().to_string();
    let (settings, newest) = (&on_node.settings, newest_release(on_node.settings.file(), on_node.settings.family()));
    let pem = match settings.file() {
        AnyFile::Yaml(file) => PemStores::of(file, Section::Server, release.unwrap_or(newest)).with_context(place)?,
        AnyFile::Properties(_) => None,
    };
    if pem.is_none() {
        settings.is_plannable().with_context(place)?;
    }
    Ok((on_node, pem))
}
