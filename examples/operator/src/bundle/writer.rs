//! Writes one node's files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use bridge::settings::require_client_auth;
use bridge::{Format, Identity, JavaRelease, Named, Reader, old_beside_new, truststore};
use cassandra_props::{Store, TlsSettings};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{EncodeDefect, ErrorKind, Password, bcfks};
use rotation_planner::ClientAuth;
use zeroize::Zeroizing;

use super::before::Places;
use super::settings::SettingsFormat;
use super::{Bundle, StorePasswords};
use crate::description::{Description, Node};
use crate::files::{self, Access};
use crate::input::{Digest, Name};
use crate::reading::read;
use crate::status::Refused;

pub(super) struct NodeFiles<'a> {
    pub(super) description: &'a Description,
    pub(super) javas: &'a [JavaRelease],
    pub(super) store: Format,
    pub(super) node: &'a Node,
    pub(super) identity: &'a Identity,
    /// The certificates that all nodes trust after the rotation.
    pub(super) new: &'a [Named],
    /// The certificates of the previous truststore; `None` if there was none.
    pub(super) old: Option<&'a [Named]>,
    pub(super) passwords: &'a StorePasswords,
    /// The kinds of files that may hold the node's settings.
    pub(super) formats: &'a [SettingsFormat],
    /// The paths of the node's stores; `None` for the folder of [`SettingsFormat::stores`].
    pub(super) places: Option<&'a Places>,
}

impl NodeFiles<'_> {
    pub(super) fn write(&self, folder: &Path, truststores: &mut Truststores) -> anyhow::Result<Bundle> {
        let mut writer = Writer { folder: folder.to_owned(), files: BTreeMap::new() };
        for (name, text) in self.passwords.files() {
            writer.write(name, text.as_bytes(), Access::Owner)?;
        }
        self.write_identity(&mut writer)?;
        for format in self.formats {
            writer.write(&format.file_of(self.node.name.as_str()), &self.settings(*format)?, Access::Owner)?;
        }
        let old = self.old.map(|old| old_beside_new(old, self.new)).transpose()?;
        let both: Vec<&Named> = old.iter().flatten().chain(self.new).collect();
        self.write_truststore("truststore", &both, truststores, &mut writer)?;
        let after: Option<Vec<&Named>> = old.is_some().then(|| self.new.iter().collect());
        if let Some(after) = &after {
            self.write_truststore("truststore-after", after, truststores, &mut writer)?;
        }
        let digests = |named: &[&Named]| named.iter().map(|(_, der)| Digest::of(der)).collect::<Vec<_>>();
        Ok(Bundle {
            identity: Digest::of(self.identity.certificate()),
            anchor: Digest::of(self.identity.anchor()),
            trusts: digests(&both),
            trusts_after: after.as_deref().map(digests),
            files: writer.files,
        })
    }

    fn write_identity(&self, writer: &mut Writer) -> anyhow::Result<()> {
        let (node, identity) = (&self.node.name, self.identity);
        let password = Password::new(self.passwords.keystore.as_str());
        let keystore = |format| identity.keystore(format, &password, SystemTime::now(), &mut rand::rng());
        let bytes = keystore(self.store)?;
        self.loads("keystore", &bytes, &password)?;
        writer.write(&format!("keystore.{node}"), &bytes, Access::Owner)?;
        match keystore(Format::Pkcs12) {
            Ok(bytes) => writer.write(&format!("{node}.p12"), &bytes, Access::Owner)?,
            // Other formats accept passwords that PKCS#12 does not. A node with such a password gets no PKCS#12.
            Err(bridge::Error::Keystore(error)) if is_of_password(error.kind()) => {}
            Err(error) => return Err(error.into()),
        }
        writer.write(&format!("{node}.key.pem"), identity.key_pem().secret_text().as_bytes(), Access::Owner)?;
        writer.write(&format!("{node}.cer"), identity.certificate(), Access::Everyone)?;
        writer.write(&format!("{node}.cer.pem"), identity.certificate_pem().as_bytes(), Access::Everyone)
    }

    fn write_truststore(
        &self,
        kind: &str,
        trusted: &[&Named],
        truststores: &mut Truststores,
        writer: &mut Writer,
    ) -> anyhow::Result<()> {
        let name = format!("{kind}.{}", self.node.name);
        let content = self.content(trusted);
        if let Some((file, digest)) = truststores.0.get(&content) {
            return writer.write_again(&name, file, *digest);
        }
        let aliased = trusted.iter().map(|(alias, certificate)| (alias.as_str(), CertificateDer::from(&**certificate)));
        let password = Password::new(self.passwords.truststore.as_str());
        let bytes = truststore(aliased, self.store, &password, SystemTime::now(), &mut rand::rng())?;
        self.loads(kind, &bytes, &password)?;
        writer.write(&name, &bytes, Access::Owner)?;
        truststores.0.insert(content, (writer.folder.join(&name), Digest::of(&bytes)));
        Ok(())
    }

    /// A digest of the password, the aliases, the certificates and the releases of Java.
    ///
    /// Truststores of a generation with the same digest can share a file.
    fn content(&self, trusted: &[&Named]) -> Digest {
        let readers = format!("{:?}", self.javas);
        let certificates = trusted.iter().flat_map(|(alias, certificate)| [alias.as_bytes(), certificate.as_ref()]);
        let parts = [self.passwords.truststore.as_bytes(), readers.as_bytes()].into_iter().chain(certificates);
        let digests: String = parts.map(|part| Digest::of(part).to_string()).collect();
        Digest::of(digests.as_bytes())
    }

    fn loads(&self, kind: &str, bytes: &[u8], password: &Password) -> anyhow::Result<()> {
        let loaded = match self.store.reader() {
            Reader::BouncyCastle => {
                bcfks::Provider::ALL.into_iter().try_for_each(|provider| bcfks::loads(provider, bytes, Some(password)))
            }
            Reader::Jdk => {
                let mut versions = JavaRelease::versions_of_stores(self.javas).into_iter();
                versions.try_for_each(|(_, java)| keystore_core::loads(java, bytes, Some(password)))
            }
        };
        let refused = |error| Refused(format!("{}: Java does not load its {kind}: {error}", self.node.name));
        Ok(loaded.map_err(refused)?)
    }

    fn settings(&self, format: SettingsFormat) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let (description, node) = (self.description, self.node);
        let places = match self.places {
            Some(places) => places.clone(),
            None => Places::in_folder(format.stores(), node.name.as_str()),
        };
        let keystore = Store::new(&places.keystore, &self.passwords.keystore)?;
        let truststore = Store::new(&places.truststore, &self.passwords.truststore)?;
        let client_auth = node.client_auth(description.client_auth).unwrap_or(ClientAuth::Off);
        let mut settings = TlsSettings::new(keystore, truststore)
            .internode_encryption(description.encryption_of(node).setting())
            .client_auth(require_client_auth(client_auth));
        if self.store != Format::Jks {
            settings = settings.store_type(self.store.store_type());
        }
        format.write(&settings, description.build_of(node).release()?)
    }
}

fn is_of_password(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotRepresentable { defect: EncodeDefect::PasswordNotAscii, .. })
}

/// The path and the SHA-256 of each written truststore, by [`NodeFiles::content`].
#[derive(Default)]
pub(super) struct Truststores(BTreeMap<Digest, (PathBuf, Digest)>);

struct Writer {
    folder: PathBuf,
    files: BTreeMap<Name, Digest>,
}

impl Writer {
    fn write(&mut self, name: &str, bytes: &[u8], access: Access) -> anyhow::Result<()> {
        let file = self.folder.join(name);
        ensure!(!file.exists(), "{} already exists", file.display());
        files::install(&file, bytes, access).with_context(|| format!("{} cannot be written", file.display()))?;
        self.files.insert(name.parse()?, Digest::of(bytes));
        Ok(())
    }

    /// Makes a hard link to another file of the generation, or a copy if the link fails.
    fn write_again(&mut self, name: &str, file: &Path, digest: Digest) -> anyhow::Result<()> {
        if files::link(file, &self.folder.join(name)).is_err() {
            return self.write(name, &read(file)?, Access::Owner);
        }
        self.files.insert(name.parse()?, digest);
        Ok(())
    }
}
