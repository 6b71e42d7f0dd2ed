//! Checks the formats of the stores against `store_type`.

use crate::finding::{Code, Finding};
use crate::internode_tls::InternodeTls;
use crate::setting::Setting;
use crate::settings_file::SettingsFile;
use crate::view::{DEFAULT_FACTORY, PEM_FACTORY};

/// The format of a keystore or truststore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreContent {
    /// Java's own store.
    Jks,
    /// Java's own store with stronger protection of keys.
    Jceks,
    /// PKCS#12 (RFC 7292).
    Pkcs12,
    /// Bouncy Castle's store for FIPS.
    Bcfks,
    /// Bouncy Castle's older store.
    Bks,
    /// Bouncy Castle's encrypted store.
    Uber,
    /// PEM.
    Pem,
}

impl InternodeTls {
    /// Checks that a JVM opens a store with the type in the settings.
    ///
    /// `java` is the feature release of the JVM, such as 17.
    ///
    /// With Cassandra's default class, the type is `store_type` (JKS if it is not set). With Cassandra's class for PEM,
    /// the type is PEM. Returns `None` if the JVM opens `content` with that type, if the type is unreadable or unknown,
    /// and for any other class.
    ///
    /// ```
    /// use cassandra_props::{Code, Family, InternodeTls, Properties, StoreContent};
    ///
    /// let file = Properties::parse(b"conf_cassandra_store_type=BCFKS\n")?;
    /// let tls = InternodeTls::new(Family::Legacy);
    /// let finding = tls.lint_store_type(&file, StoreContent::Jks, 17).unwrap();
    /// assert_eq!((finding.code(), finding.line()), (Code::StoreTypeMismatch, Some(1)));
    /// assert_eq!(tls.lint_store_type(&file, StoreContent::Bcfks, 17), None);
    /// # Ok::<(), cassandra_props::Error>(())
    /// ```
    pub fn lint_store_type<F: SettingsFile>(&self, file: &F, content: StoreContent, java: u32) -> Option<Finding> {
        let view = self.read(file);
        let (setting, opens) = match view.ssl_context_factory().as_deref().unwrap_or(DEFAULT_FACTORY) {
            PEM_FACTORY => (Setting::SslContextFactory, content == StoreContent::Pem),
            DEFAULT_FACTORY => {
                let named = view.value(Setting::StoreType).ok()?;
                (Setting::StoreType, opens(named.as_deref().unwrap_or("JKS"), content, java)?)
            }
            _ => return None,
        };
        (!opens).then(|| Finding { code: Code::StoreTypeMismatch, setting: Some(setting), line: view.line(setting) })
    }
}

/// Whether Java's `KeyStore` of a type reads this content; `None` for an unknown type.
///
/// With the security property `keystore.type.compat`, which is set by default, JKS also reads PKCS#12, and from Java 9
/// on PKCS12 also reads JKS.
fn opens(store_type: &str, content: StoreContent, java: u32) -> Option<bool> {
    use StoreContent::{Bcfks, Bks, Jceks, Jks, Pkcs12, Uber};
    Some(match store_type.to_ascii_uppercase().as_str() {
        "JKS" => matches!(content, Jks | Pkcs12),
        "PKCS12" => content == Pkcs12 || content == Jks && java >= 9,
        "JCEKS" => matches!(content, Jks | Jceks),
        "CASEEXACTJKS" => content == Jks,
        "BCFKS" => content == Bcfks,
        "BKS" => content == Bks,
        "UBER" => content == Uber,
        _ => return None,
    })
}
