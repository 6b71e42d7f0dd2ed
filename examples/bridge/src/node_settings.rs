//! A node's settings, from `cassandra.properties` or `cassandra.yaml`.

use cassandra_props::{
    AnyFile, DefaultValue, Family, Finding, InternodeEncryption, InternodeTls, Operation, PemText, Release, Section,
    Setting, Store, StoreContent, TlsSettings, TlsView,
};
use certgen::path::TrustManager;
use keystore_core::Format;
use rotation_planner::{ClientAuth, InternodeMode};

use crate::settings::KeystoreFile;
use crate::{EndpointVerification, Error, JavaRelease, settings};

/// The internode TLS settings of a node.
///
/// The settings are in Edge's `cassandra.properties`, under one family of names, or in `cassandra.yaml`.
#[derive(Clone, Debug)]
pub struct NodeSettings {
    file: AnyFile,
    tls: InternodeTls,
    release: Option<Release>,
}

impl NodeSettings {
    /// Reads a file, and recognises its kind by its content.
    ///
    /// `said` is the family of names, if the caller gives it.
    ///
    /// # Errors
    /// If the family of names is unclear (see [`settings::family`]), if a family is given for a `cassandra.yaml`, if the
    /// given release does not start with the TLS settings of a `cassandra.yaml`, or if the file cannot be parsed.
    pub fn parse(bytes: &[u8], said: Option<Family>, release: Option<Release>) -> Result<Self, Error> {
        let file = AnyFile::parse(bytes)?;
        let family = match &file {
            AnyFile::Properties(file) => settings::family(file, said, release)?,
            AnyFile::Yaml(_) if said.is_some() => {
                return Err(Error::invalid("it is a cassandra.yaml, which has no families of names: omit --names"));
            }
            AnyFile::Yaml(_) => Family::ServerEncryption,
        };
        let read = Self { file, tls: InternodeTls::new(family), release };
        read.would_load()?;
        Ok(read)
    }

    /// The TLS settings in the file.
    pub fn view(&self) -> TlsView<'_> {
        self.tls.read(&self.file)
    }

    /// The file.
    pub fn file(&self) -> &AnyFile {
        &self.file
    }

    /// The family of names under which the settings are read.
    pub fn family(&self) -> Family {
        self.tls.family()
    }

    /// Checks that the settings have the names of `family`.
    ///
    /// A `cassandra.yaml` passes, because it has no families of names.
    ///
    /// # Errors
    /// If the settings have names of the other family.
    pub fn are_read_under(&self, family: Family) -> Result<(), Error> {
        let own = self.family();
        if own == family || !matches!(self.file, AnyFile::Properties(_)) {
            return Ok(());
        }
        let [own, read] = [own, family].map(|family| family.key(Setting::Keystore));
        Err(Error::invalid(format!("its names are like {own}, and this version of Edge reads names like {read}")))
    }

    /// Findings about the settings, for a node of this release.
    pub fn lint(&self, release: Release) -> Vec<Finding> {
        self.tls.lint(&self.file, release)
    }

    /// A finding if Cassandra does not open a store of this format with the configured type.
    ///
    /// The configured type is `store_type`, or PEM with `PEMBasedSslContextFactory`. Returns `None` if this release of Java
    /// opens the store, or if the type, the class or `format` is not known.
    pub fn lint_store_type(&self, format: Format, java: JavaRelease) -> Option<Finding> {
        let content = match format {
            Format::Jks => StoreContent::Jks,
            Format::Jceks => StoreContent::Jceks,
            Format::Pkcs12 => StoreContent::Pkcs12,
            Format::Bcfks => StoreContent::Bcfks,
            Format::Bks => StoreContent::Bks,
            Format::Uber => StoreContent::Uber,
            Format::Pem => StoreContent::Pem,
            _ => return None,
        };
        self.tls.lint_store_type(&self.file, content, java.feature())
    }

    /// Findings about the PEM in the settings and in the files they name, for a Java release.
    ///
    /// See [`InternodeTls::lint_pem`] for `read`. Empty unless `ssl_context_factory` is Cassandra's
    /// `PEMBasedSslContextFactory`.
    pub fn lint_pem(&self, java: JavaRelease, read: impl FnMut(Setting) -> Option<PemText>) -> Vec<Finding> {
        self.tls.lint_pem(&self.file, java.feature(), read)
    }

    /// The absolute path of the keystore, and its password.
    ///
    /// If internode encryption is off, returns `None` if the path is absent or relative (as Cassandra's default is), or if there
    /// is no password. A `cassandra.yaml` without a password has the default of the release, if the release is known.
    ///
    /// # Errors
    /// If internode encryption is on and the path is missing or relative, or the password is missing; or if a setting is
    /// invalid.
    pub fn keystore(&self) -> Result<Option<Store>, Error> {
        self.store(Setting::Keystore, Setting::KeystorePassword)
    }

    /// The absolute path of the truststore, and its password; `None` as for [`keystore`](Self::keystore).
    ///
    /// # Errors
    /// As for [`keystore`](Self::keystore).
    pub fn truststore(&self) -> Result<Option<Store>, Error> {
        self.store(Setting::Truststore, Setting::TruststorePassword)
    }

    /// The mode in which a node of this release starts.
    ///
    /// # Errors
    /// As for [`settings::mode`].
    pub fn mode(&self, keystore: KeystoreFile, release: Release) -> Result<InternodeMode, Error> {
        settings::mode(&self.file, self.tls, keystore, settings::optional(release))
    }

    /// Whether clients must present a certificate.
    ///
    /// # Errors
    /// If the value cannot be read, or Cassandra does not understand it.
    pub fn client_auth(&self) -> Result<ClientAuth, Error> {
        Ok(settings::client_auth(self.view().client_auth()?))
    }

    /// Whether the node compares the names in certificates with the addresses of its peers.
    ///
    /// # Errors
    /// If the value cannot be read, or Cassandra does not understand it.
    pub fn endpoint_verification(&self) -> Result<EndpointVerification, Error> {
        let is_on = self.view().requires_endpoint_verification()?;
        Ok(if is_on { EndpointVerification::On } else { EndpointVerification::Off })
    }

    /// The trust manager that `algorithm` names; `None` if the setting is absent.
    ///
    /// # Errors
    /// If `algorithm` cannot be read, or is neither `SunX509` nor `PKIX`, the only names for which the JDK has both a
    /// key manager and a trust manager.
    pub fn trust_manager(&self) -> Result<Option<TrustManager>, Error> {
        let named = self.view().value(Setting::Algorithm)?;
        let known = |name: &str| match name {
            name if name.eq_ignore_ascii_case("SunX509") => Ok(TrustManager::SunX509),
            name if name.eq_ignore_ascii_case("PKIX") => Ok(TrustManager::Pkix),
            _ => Err(Error::invalid(format!(
                "algorithm is {name:?}: the JDK has key managers and trust managers of SunX509 and PKIX only"
            ))),
        };
        named.as_deref().map(known).transpose()
    }

    /// Checks that a plan can represent the node.
    ///
    /// The node must use Cassandra's default `ssl_context_factory`, and the same keystore as a server and as a client.
    ///
    /// # Errors
    /// If a plan cannot represent the node (the error names the setting), or a setting cannot be read.
    pub fn is_plannable(&self) -> Result<(), Error> {
        let view = self.view();
        if let Some(class) = view.ssl_context_factory().filter(|class| class != DEFAULT_FACTORY) {
            return Err(Error::invalid(format!(
                "ssl_context_factory is {class}: only the stores of Cassandra's own factory are supported"
            )));
        }
        let outbound = view.value(Setting::OutboundKeystore)?;
        if outbound.is_some() && outbound != view.value(Setting::Keystore)? {
            return Err(Error::invalid(
                "outbound_keystore is not the file of keystore: nodes that serve one certificate and offer another are \
                 not supported",
            ));
        }
        Ok(())
    }

    /// Applies an operation to the file.
    ///
    /// # Errors
    /// As for [`Operation::apply`]. The file is then unchanged.
    pub fn apply(&mut self, operation: impl FnOnce(InternodeTls) -> Operation) -> Result<(), Error> {
        operation(self.tls).apply(&mut self.file)?;
        Ok(())
    }

    /// Writes the settings of a mode of this release, as [`settings::set_mode`] does.
    ///
    /// # Errors
    /// As for [`settings::set_mode`].
    pub fn set_mode(
        &mut self,
        mode: InternodeMode,
        release: Release,
        completed: impl FnOnce(TlsSettings) -> TlsSettings,
    ) -> Result<(), Error> {
        settings::set_mode(&mut self.file, self.tls, mode, settings::optional(release), completed)?;
        Ok(())
    }

    fn would_load(&self) -> Result<(), Error> {
        let (AnyFile::Yaml(file), Some(release)) = (&self.file, self.release) else { return Ok(()) };
        let read = [Section::Server, Section::Client].into_iter().try_for_each(|section| {
            file.options(section, release)?;
            Ok(())
        });
        read.map_err(|error: cassandra_props::Error| {
            Error::invalid(format!("Cassandra {release} does not start from it: {error}"))
        })
    }

    fn store(&self, path: Setting, password: Setting) -> Result<Option<Store>, Error> {
        let view = self.view();
        let is_encrypted = view.internode_encryption()? != InternodeEncryption::None;
        let named = view.value(path)?;
        if let Some(relative) = named.as_deref().filter(|path| is_encrypted && !path.starts_with('/')) {
            return Err(Error::invalid(format!("{} is {relative}: name it by an absolute path", path.name())));
        }
        let secret = view.value(password)?;
        let secret = secret.as_deref().or_else(|| self.default_of(password));
        match (named.filter(|path| path.starts_with('/')), secret) {
            (Some(path), Some(secret)) => Ok(Some(Store::new(&path, secret)?)),
            _ if is_encrypted => Err(Error::invalid(format!("{} and its password are not both set", path.name()))),
            _ => Ok(None),
        }
    }

    /// Cassandra's default of a setting, for a `cassandra.yaml` of a known release.
    fn default_of(&self, setting: Setting) -> Option<&'static str> {
        let (AnyFile::Yaml(_), Some(release)) = (&self.file, self.release) else { return None };
        match Section::Server.definition(setting.name())?.default_in(release) {
            DefaultValue::Value(value) => Some(value),
            DefaultValue::Unset | DefaultValue::Jvm => None,
        }
    }
}

const DEFAULT_FACTORY: &str = "org.apache.cassandra.security.DefaultSslContextFactory";

#[cfg(test)]
mod tests {
    use super::*;

    const PROPERTIES: &str = "conf_cassandra_server_encryption_internode_encryption=all\n\
        conf_cassandra_server_encryption_keystore=/k\nconf_cassandra_server_encryption_keystore_password=kp\n\
        conf_cassandra_server_encryption_truststore=/t\nconf_cassandra_server_encryption_truststore_password=tp\n\
        conf_cassandra_server_encryption_require_client_auth=true\n";
    const YAML: &str = "cluster_name: c\nserver_encryption_options:\n  internode_encryption: all\n  keystore: /k\n  \
        keystore_password: kp\n  truststore: /t\n  truststore_password: tp\n  require_client_auth: true\n";

    fn said(text: &str, release: Release) -> String {
        let settings = NodeSettings::parse(text.as_bytes(), None, Some(release));
        settings
            .and_then(|settings| settings.is_plannable().and(settings.keystore()).map(drop))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn both_kinds_of_files_say_the_same() {
        for text in [PROPERTIES, YAML] {
            let settings = NodeSettings::parse(text.as_bytes(), None, Some(Release::V4_1)).unwrap();
            settings.is_plannable().unwrap();
            let store = |store: Result<Option<Store>, Error>| {
                let store = store.unwrap().unwrap();
                (store.path().to_owned(), store.secret_password().to_owned())
            };
            assert_eq!(store(settings.keystore()), ("/k".to_owned(), "kp".to_owned()));
            assert_eq!(store(settings.truststore()), ("/t".to_owned(), "tp".to_owned()));
            assert_eq!(settings.client_auth().unwrap(), ClientAuth::On);
            assert_eq!(settings.mode(KeystoreFile::Present, Release::V4_1).unwrap(), InternodeMode::TlsOnly);
        }
    }

    #[test]
    fn an_algorithm_is_named_as_java_names_it() {
        let read = |value: &str| {
            let text = format!("{YAML}  algorithm: {value}\n");
            NodeSettings::parse(text.as_bytes(), None, None).unwrap().trust_manager()
        };
        assert_eq!(NodeSettings::parse(YAML.as_bytes(), None, None).unwrap().trust_manager().unwrap(), None);
        assert_eq!(read("sunx509").unwrap(), Some(TrustManager::SunX509));
        assert_eq!(read("PKIX").unwrap(), Some(TrustManager::Pkix));
        let said = read("NewSunX509").unwrap_err().to_string();
        assert!(said.contains("algorithm is \"NewSunX509\": the JDK has key managers and trust managers of"), "{said}");
    }

    #[test]
    fn endpoint_verification_is_what_yaml_takes_for_it() {
        let read = |value: &str| {
            let text = format!("{YAML}  require_endpoint_verification: {value}\n");
            NodeSettings::parse(text.as_bytes(), None, None).unwrap().endpoint_verification()
        };
        for value in ["true", "True", "yes", "on"] {
            assert_eq!(read(value).unwrap(), EndpointVerification::On, "{value}");
        }
        assert_eq!(read("no").unwrap(), EndpointVerification::Off);
        assert!(read("maybe").unwrap_err().to_string().contains("require_endpoint_verification"));
    }

    #[test]
    fn both_kinds_of_files_are_written() {
        for text in [PROPERTIES, YAML] {
            let mut settings = NodeSettings::parse(text.as_bytes(), None, Some(Release::V4_1)).unwrap();
            for mode in [InternodeMode::PlaintextAcceptingTls, InternodeMode::TlsAcceptingPlaintext] {
                settings.set_mode(mode, Release::V4_1, |settings| settings).unwrap();
                assert_eq!(settings.mode(KeystoreFile::Present, Release::V4_1).unwrap(), mode);
            }
            settings.apply(|tls| tls.switch_keystore(&Store::new("/k2", "kp2").unwrap())).unwrap();
            assert_eq!(settings.keystore().unwrap().unwrap().path(), "/k2");
            assert!(settings.file().as_bytes().starts_with(&text.as_bytes()[..10]));
        }
    }

    #[test]
    fn a_store_is_what_store_type_says() {
        let typed = |line: &str| NodeSettings::parse(format!("{YAML}{line}").as_bytes(), None, None).unwrap();
        for (line, format, java, fits) in [
            ("", Format::Jks, JavaRelease::V8, true),
            ("  store_type: jks\n", Format::Pkcs12, JavaRelease::V8, true),
            ("  store_type: PKCS12\n", Format::Jks, JavaRelease::V11, true),
            ("  store_type: PKCS12\n", Format::Jks, JavaRelease::V8, false),
            ("  store_type: BCFKS\n", Format::Jks, JavaRelease::V11, false),
            ("", Format::Bcfks, JavaRelease::V17, false),
        ] {
            assert_eq!(typed(line).lint_store_type(format, java).is_none(), fits, "{line}{format} {java}");
        }
    }

    #[test]
    fn a_password_that_is_not_set_is_the_releases_default() {
        let yaml = YAML.replace("  keystore_password: kp\n", "");
        let settings = NodeSettings::parse(yaml.as_bytes(), None, Some(Release::V4_0)).unwrap();
        assert_eq!(settings.keystore().unwrap().unwrap().secret_password(), "cassandra");
        assert_eq!(said(&yaml, Release::V4_1), "keystore and its password are not both set");
    }

    #[test]
    fn what_cannot_be_held_in_a_plan_is_refused_by_name() {
        let with = |lines: &str| format!("{YAML}{lines}");
        for (text, why) in [
            (
                with("  ssl_context_factory:\n    class_name: PEMBasedSslContextFactory\n"),
                "ssl_context_factory is org.apache.cassandra.security.PEMBasedSslContextFactory: only the stores of \
                 Cassandra's own factory are supported",
            ),
            (
                with("  outbound_keystore: /o\n"),
                "outbound_keystore is not the file of keystore: nodes that serve one certificate and offer another are \
                 not supported",
            ),
            (YAML.replace("/k", "conf/.keystore"), "keystore is conf/.keystore: name it by an absolute path"),
            (
                with("  keystor: /x\n"),
                "Cassandra 5.0 does not start from it: \"keystor\" is not a setting that Cassandra knows in",
            ),
        ] {
            let said = said(&text, Release::V5_0);
            assert!(said.starts_with(why), "{said}");
        }
        let family = Some(Family::Legacy);
        let refused = NodeSettings::parse(YAML.as_bytes(), family, None).unwrap_err().to_string();
        assert_eq!(refused, "it is a cassandra.yaml, which has no families of names: omit --names");
    }

    #[test]
    fn the_stores_of_a_stock_file_are_none_until_it_encrypts() {
        let stock = "server_encryption_options:\n  internode_encryption: none\n  keystore: conf/.keystore\n  \
                     keystore_password: cassandra\n";
        let settings = NodeSettings::parse(stock.as_bytes(), None, Some(Release::V4_0)).unwrap();
        assert!(settings.keystore().unwrap().is_none() && settings.truststore().unwrap().is_none());
        assert_eq!(settings.mode(KeystoreFile::Absent, Release::V4_0).unwrap(), InternodeMode::PlaintextOnly);
    }
}
