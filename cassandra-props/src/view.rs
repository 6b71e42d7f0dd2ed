//! Reads the internode TLS settings of a file.

use std::borrow::Cow;

use crate::entry::Entry;
use crate::error::{Error, ErrorKind};
use crate::facts::Facts;
use crate::family::Family;
use crate::properties::Properties;
use crate::release::Release;
use crate::section::Section;
use crate::setting::{InternodeEncryption, OptionalTls, RequireClientAuth, Setting, Store};
use crate::settings_file;
use crate::yaml::{self, CassandraYaml};

/// The internode TLS settings that a file holds, and the line of each.
///
/// If a setting occurs several times, the last occurrence counts: the last property with its key, or the last key with
/// its name in `server_encryption_options`. [`InternodeTls::read`] returns a view.
///
/// ```
/// use cassandra_props::{RequireClientAuth, Family, InternodeEncryption, InternodeTls, Properties, Setting};
///
/// let file = Properties::parse(
///     b"conf_cassandra_internode_encryption=all\n\
///       conf_cassandra_keystore=/keys/one\n\
///       #conf_cassandra_require_client_auth=true\n\
///       conf_cassandra_keystore=/keys/two\n",
/// )?;
/// let tls = InternodeTls::new(Family::Legacy).read(&file);
/// assert_eq!(tls.internode_encryption()?, InternodeEncryption::All);
/// assert_eq!(tls.value(Setting::Keystore)?.as_deref(), Some("/keys/two"));
/// assert_eq!(tls.line(Setting::Keystore), Some(4));
/// assert_eq!(tls.client_auth()?, RequireClientAuth::NotRequired);
/// assert_eq!(tls.commented_out(Setting::RequireClientAuth), [3]);
/// # Ok::<(), cassandra_props::Error>(())
/// ```
///
/// [`InternodeTls::read`]: crate::InternodeTls::read
#[derive(Clone, Copy, Debug)]
pub struct TlsView<'a> {
    source: Source<'a>,
}

pub(crate) const DEFAULT_FACTORY: &str = "org.apache.cassandra.security.DefaultSslContextFactory";

pub(crate) const PEM_FACTORY: &str = "org.apache.cassandra.security.PEMBasedSslContextFactory";

pub(crate) const DISABLED_FACTORY: &str = "org.apache.cassandra.security.DisableSslContextFactory";

#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    Properties(&'a Properties, Family),
    Yaml(&'a CassandraYaml),
}

impl<'a> TlsView<'a> {
    pub(crate) fn new(source: Source<'a>) -> Self {
        Self { source }
    }

    /// The value of a setting; `None` if it is absent.
    ///
    /// In a `cassandra.yaml`, the value is that of [`CassandraYaml::value`].
    ///
    /// # Errors
    /// As for [`Entry::value`].
    pub fn value(&self, setting: Setting) -> Result<Option<Cow<'a, str>>, Error> {
        match self.source {
            Source::Properties(..) => self.entry(setting).map(|entry| entry.value()).transpose(),
            Source::Yaml(file) => Ok(file.value(Section::Server, setting.name())),
        }
    }

    /// The line, from 1, of the last occurrence of a setting; `None` if there is none.
    pub fn line(&self, setting: Setting) -> Option<usize> {
        match self.source {
            Source::Properties(..) => self.entry(setting).map(|entry| entry.line()),
            Source::Yaml(file) => file.line(Section::Server, setting.name()),
        }
    }

    /// The line numbers of the comments that would set a setting, such as `# key=value`.
    pub fn commented_out(&self, setting: Setting) -> Vec<usize> {
        settings_file::commented_out(self.source, setting)
    }

    /// `internode_encryption`; [`None`](InternodeEncryption::None) if it is not set.
    ///
    /// # Errors
    /// [`UnknownValue`](ErrorKind::UnknownValue), and as for [`value`](Self::value).
    pub fn internode_encryption(&self) -> Result<InternodeEncryption, Error> {
        match self.scalar(Setting::InternodeEncryption)? {
            None => Ok(InternodeEncryption::None),
            Some(value) => {
                InternodeEncryption::of_word(&value).ok_or_else(|| self.unknown(Setting::InternodeEncryption))
            }
        }
    }

    /// `keystore` and `keystore_password`; `None` unless both have a [`value`](Self::value).
    ///
    /// # Errors
    /// [`EmptyValue`](ErrorKind::EmptyValue), and as for [`value`](Self::value).
    pub fn keystore(&self) -> Result<Option<Store>, Error> {
        self.store(Setting::Keystore, Setting::KeystorePassword)
    }

    /// `truststore` and `truststore_password`; `None` unless both have a [`value`](Self::value).
    ///
    /// # Errors
    /// As for [`keystore`](Self::keystore).
    pub fn truststore(&self) -> Result<Option<Store>, Error> {
        self.store(Setting::Truststore, Setting::TruststorePassword)
    }

    /// `require_client_auth`; [`NotRequired`](RequireClientAuth::NotRequired) if it is not set.
    ///
    /// # Errors
    /// As for [`internode_encryption`](Self::internode_encryption).
    pub fn client_auth(&self) -> Result<RequireClientAuth, Error> {
        Ok(match self.truth(Setting::RequireClientAuth)? {
            Some(true) => RequireClientAuth::Required,
            Some(false) | None => RequireClientAuth::NotRequired,
        })
    }

    /// `optional`; [`Unset`](OptionalTls::Unset) if it is not set.
    ///
    /// # Errors
    /// As for [`internode_encryption`](Self::internode_encryption).
    pub fn optional(&self) -> Result<OptionalTls, Error> {
        Ok(match self.truth(Setting::Optional)? {
            Some(true) => OptionalTls::Accepted,
            Some(false) => OptionalTls::Required,
            None => OptionalTls::Unset,
        })
    }

    /// Whether `enabled` (Cassandra 4.0 and later) is `true`.
    ///
    /// This does not turn TLS on between nodes, see [`OptionalTls::Unset`] for its effect.
    ///
    /// # Errors
    /// As for [`internode_encryption`](Self::internode_encryption).
    pub fn is_enabled(&self) -> Result<bool, Error> {
        Ok(self.truth(Setting::Enabled)?.unwrap_or(false))
    }

    /// Whether `require_endpoint_verification` is on.
    ///
    /// # Errors
    /// As for [`internode_encryption`](Self::internode_encryption).
    pub fn requires_endpoint_verification(&self) -> Result<bool, Error> {
        Ok(self.truth(Setting::RequireEndpointVerification)?.unwrap_or(false))
    }

    /// The full name of the class in `ssl_context_factory` (4.1 and later).
    ///
    /// `None` if the setting is absent, or if no class can be read from its value. Without the setting, Cassandra uses
    /// `org.apache.cassandra.security.DefaultSslContextFactory`.
    ///
    /// Cassandra looks for a name without a package in `org.apache.cassandra.security`
    /// (`FBUtilities.newSslContextFactory`).
    pub fn ssl_context_factory(&self) -> Option<Cow<'a, str>> {
        Facts(self.source).factory(Section::Server)
    }

    fn entry(&self, setting: Setting) -> Option<Entry<'a>> {
        match self.source {
            Source::Properties(file, family) => file.entry(&family.key(setting)),
            Source::Yaml(_) => None,
        }
    }

    /// Whether the setting occurs several times, and not always with the same value.
    ///
    /// An unreadable value counts as different.
    pub(crate) fn differs_among_duplicates(&self, setting: Setting, release: Release) -> bool {
        match self.source {
            Source::Properties(file, family) => {
                let key = family.key(setting);
                let mut values = file.entries().filter(|entry| entry.has_key(&key)).map(|entry| entry.value_utf16());
                let first = values.next();
                values.any(|value| value.is_err() || Some(value) != first)
            }
            Source::Yaml(file) => Section::Server
                .definition(setting.name())
                .is_some_and(|definition| file.differs_among_duplicates(Section::Server, definition, release)),
        }
    }

    fn store(&self, path: Setting, password: Setting) -> Result<Option<Store>, Error> {
        match (self.value(path)?, self.value(password)?) {
            (Some(path), Some(password)) => Store::new(&path, &password).map(Some),
            _ => Ok(None),
        }
    }

    /// Like [`value`](Self::value), but an error if the setting is in the file without a text.
    ///
    /// In YAML, null, a list and a mapping have no text.
    fn scalar(&self, setting: Setting) -> Result<Option<Cow<'a, str>>, Error> {
        let is_list = matches!(self.source, Source::Yaml(file) if file.is_list(Section::Server, setting.name()));
        match self.value(setting)? {
            None if self.line(setting).is_some() => Err(self.unknown(setting)),
            _ if is_list => Err(self.unknown(setting)),
            value => Ok(value),
        }
    }

    fn truth(&self, setting: Setting) -> Result<Option<bool>, Error> {
        let Some(value) = self.scalar(setting)? else { return Ok(None) };
        yaml::truth(&value).map(Some).ok_or_else(|| self.unknown(setting))
    }

    fn unknown(&self, setting: Setting) -> Error {
        let kind = ErrorKind::UnknownValue { setting: setting.name() };
        match self.source {
            Source::Yaml(file) => file.error_at_value(Section::Server, setting.name(), kind),
            Source::Properties(..) => {
                self.entry(setting).map_or_else(|| Error::new(kind.clone()), |entry| entry.error_at_value(kind.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], family: Family, look: impl FnOnce(TlsView<'_>)) {
        look(TlsView::new(Source::Properties(&Properties::parse(bytes).unwrap(), family)));
    }

    #[test]
    fn what_is_not_set_is_cassandras_default() {
        read(b"x=1\n", Family::ServerEncryption, |tls| {
            assert_eq!(tls.internode_encryption(), Ok(InternodeEncryption::None));
            assert_eq!(tls.client_auth(), Ok(RequireClientAuth::NotRequired));
            assert_eq!(tls.optional(), Ok(OptionalTls::Unset));
            assert!(tls.keystore().unwrap().is_none());
            assert_eq!(tls.line(Setting::Keystore), None);
        });
    }

    #[test]
    fn a_store_is_its_path_and_its_password() {
        read(b"conf_cassandra_keystore=/k\nconf_cassandra_keystore_password=p\n", Family::Legacy, |tls| {
            let store = tls.keystore().unwrap().unwrap();
            assert_eq!((store.path(), store.secret_password()), ("/k", "p"));
            assert!(tls.truststore().unwrap().is_none());
        });
    }

    #[test]
    fn an_unknown_value_is_an_error_with_its_place_and_without_itself() {
        let file = b"\nconf_cassandra_internode_encryption = every\nconf_cassandra_require_client_auth=maybe\n";
        read(file, Family::Legacy, |tls| {
            let error = tls.internode_encryption().unwrap_err();
            assert_eq!(error.kind(), &ErrorKind::UnknownValue { setting: "internode_encryption" });
            assert_eq!(error.position().map(|position| (position.line(), position.column())), Some((2, 39)));
            assert!(!error.to_string().contains("every"));
            let error = tls.client_auth().unwrap_err();
            assert_eq!(error.to_string(), "the value of require_client_auth is not valid (line 3, column 36)");
        });
    }

    /// Found by the fuzz target `parse`: the search for the place did not end.
    #[test]
    fn a_value_that_is_missing_at_the_end_of_the_file_has_a_place() {
        for (file, place) in [
            (&b"conf_cassandra_optional"[..], (1, 24)),
            (b"x=1\r\n conf_cassandra_optional = ", (2, 28)),
            (b"conf_cassandra_optional\n", (1, 24)),
            (b"conf_cassandra_optional=\\\n  ", (1, 25)),
        ] {
            read(file, Family::Legacy, |tls| {
                let position = tls.optional().unwrap_err().position().map(|at| (at.line(), at.column()));
                assert_eq!(position, Some(place));
            });
        }
    }

    #[test]
    fn truth_is_what_yaml_takes_for_it() {
        for (text, client_auth) in [
            ("TRUE", RequireClientAuth::Required),
            ("yes", RequireClientAuth::Required),
            ("Off", RequireClientAuth::NotRequired),
        ] {
            let file = format!("conf_cassandra_require_client_auth={text}");
            read(file.as_bytes(), Family::Legacy, |tls| assert_eq!(tls.client_auth(), Ok(client_auth)));
        }
    }
}
