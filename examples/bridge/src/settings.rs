//! Cassandra's settings in the planner's terms.

use cassandra_props::{
    Change, Family, InternodeEncryption, InternodeTls, OptionalTls, Properties, Release, Setting, SettingsFile,
    TlsSettings,
};
use rotation_planner::{InternodeMode, Scope, Transport};

use crate::Error;

/// The planner's term for a value of `require_client_auth`.
pub fn client_auth(setting: cassandra_props::RequireClientAuth) -> rotation_planner::ClientAuth {
    match setting {
        cassandra_props::RequireClientAuth::Required => rotation_planner::ClientAuth::On,
        cassandra_props::RequireClientAuth::NotRequired => rotation_planner::ClientAuth::Off,
    }
}

/// The value of `require_client_auth` for the planner's term.
pub fn require_client_auth(wanted: rotation_planner::ClientAuth) -> cassandra_props::RequireClientAuth {
    match wanted {
        rotation_planner::ClientAuth::On => cassandra_props::RequireClientAuth::Required,
        rotation_planner::ClientAuth::Off => cassandra_props::RequireClientAuth::NotRequired,
    }
}

/// The planner's semantics for nodes of this release.
///
/// # Errors
/// If the planner does not know the release.
pub fn semantics(
    release: Release,
    client_auth: rotation_planner::ClientAuth,
) -> Result<rotation_planner::Semantics, Error> {
    let [major, minor, patch] = [release.major(), release.minor(), release.patch()].map(u32::from);
    Ok(rotation_planner::Semantics::cassandra(major, minor, patch, client_auth)?)
}

/// The value of `internode_encryption` that encrypts the pairs of nodes in this scope.
pub fn internode_encryption(scope: Scope) -> InternodeEncryption {
    match scope {
        Scope::All => InternodeEncryption::All,
        Scope::Dc => InternodeEncryption::Dc,
        Scope::Rack => InternodeEncryption::Rack,
    }
}

/// Whether a node of this release can accept both plaintext and TLS (setting `optional`).
pub fn optional(release: Release) -> rotation_planner::OptionalSupport {
    if Setting::Optional.is_known_to(release) {
        rotation_planner::OptionalSupport::Available
    } else {
        rotation_planner::OptionalSupport::Unavailable
    }
}

/// The family of names under which Edge reads the settings of a file.
///
/// The family is `said` if given, otherwise the family that the file uses, or, if the file uses neither, the family that Edge
/// reads with this release.
///
/// # Errors
/// If the family is unclear: the file has settings of both families, or of neither and no release is given.
pub fn family(file: &Properties, said: Option<Family>, release: Option<Release>) -> Result<Family, Error> {
    if let Some(family) = said.or_else(|| Family::of_file(file)) {
        return Ok(family);
    }
    if !has_no_setting(file) {
        return Err(Error::invalid("it has settings of both families: say which one Edge reads"));
    }
    let release =
        release.ok_or_else(|| Error::invalid("it has settings of neither family: say which one Edge reads"))?;
    Ok(Family::of_release(release))
}

/// Whether a file has no TLS setting of either family.
pub fn has_no_setting(file: &Properties) -> bool {
    let has = |family: Family| Setting::ALL.iter().any(|setting| file.entry(&family.key(*setting)).is_some());
    !Family::ALL.into_iter().any(has)
}

/// Whether the keystore file existed when the process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeystoreFile {
    /// The file existed.
    Present,
    /// The file did not exist.
    Absent,
}

/// The mode in which a node starts with these settings, with or without a keystore.
///
/// Source: `EncryptionOptions` of Cassandra 4.0 and later.
///
/// # Errors
/// If a setting cannot be read, or if there is no keystore although internode encryption is on or `optional` is `true`.
/// A node does not start without this keystore.
pub fn mode(
    file: &impl SettingsFile,
    tls: InternodeTls,
    keystore: KeystoreFile,
    optional: rotation_planner::OptionalSupport,
) -> Result<InternodeMode, Error> {
    let view = tls.read(file);
    let optional = match (optional, view.optional()?) {
        // Before 4.0 there is no such setting, and nothing is optional.
        (rotation_planner::OptionalSupport::Unavailable, _) => OptionalTls::Required,
        (rotation_planner::OptionalSupport::Available, said) => said,
    };
    match (view.internode_encryption()?, keystore, optional) {
        (InternodeEncryption::None, _, OptionalTls::Required)
        | (InternodeEncryption::None, KeystoreFile::Absent, OptionalTls::Unset) => Ok(InternodeMode::PlaintextOnly),
        // `enabled: true` is not meant for nodes, but it keeps an unset `optional` from becoming true.
        (InternodeEncryption::None, KeystoreFile::Present, OptionalTls::Unset) if view.is_enabled()? => {
            Ok(InternodeMode::PlaintextOnly)
        }
        (InternodeEncryption::None, KeystoreFile::Present, _) => Ok(InternodeMode::PlaintextAcceptingTls),
        (InternodeEncryption::None, KeystoreFile::Absent, OptionalTls::Accepted) => {
            Err(Error::invalid("optional is true, but there is no keystore"))
        }
        (_, KeystoreFile::Absent, _) => Err(Error::invalid("internode encryption is on, but there is no keystore")),
        (_, KeystoreFile::Present, OptionalTls::Accepted) => Ok(InternodeMode::TlsAcceptingPlaintext),
        // On 5.0.6 the log says `optionally encrypted` if `optional` is unset, yet plaintext is refused.
        (_, KeystoreFile::Present, _) => Ok(InternodeMode::TlsOnly),
    }
}

/// The value of `optional` for a mode.
///
/// The value is never `Unset`: with `internode_encryption: none`, the effect of an unset `optional` depends on the keystore
/// and on `enabled`.
pub fn optional_tls(mode: InternodeMode) -> OptionalTls {
    let accepts_both = [Transport::Plaintext, Transport::Tls].into_iter().all(|transport| mode.accepts(transport));
    if accepts_both { OptionalTls::Accepted } else { OptionalTls::Required }
}

/// Writes the settings of a mode.
///
/// `completed` adds settings that only the caller knows, such as the store type, to those that turn TLS on.
///
/// # Errors
/// If the mode encrypts outbound connections and the file lacks the path or the password of a store, or if a setting cannot
/// be read or written.
pub fn set_mode(
    file: &mut impl SettingsFile,
    tls: InternodeTls,
    mode: InternodeMode,
    optional: rotation_planner::OptionalSupport,
    completed: impl FnOnce(TlsSettings) -> TlsSettings,
) -> Result<Vec<Change>, Error> {
    let operation = match mode.dials() {
        Transport::Plaintext => tls.disable(),
        Transport::Tls => tls.enable(&completed(named_stores(file, tls)?)),
    };
    let mut changes = vec![operation.apply(file)?];
    if optional == rotation_planner::OptionalSupport::Available {
        changes.push(tls.set_optional(optional_tls(mode)).apply(file)?);
    }
    Ok(changes)
}

fn named_stores(file: &impl SettingsFile, tls: InternodeTls) -> Result<TlsSettings, Error> {
    let view = tls.read(file);
    let missing = |kind| Error::invalid(format!("internode encryption is to be on, but no {kind} is named"));
    let keystore = view.keystore()?.ok_or_else(|| missing("keystore"))?;
    let truststore = view.truststore()?.ok_or_else(|| missing("truststore"))?;
    Ok(TlsSettings::new(keystore, truststore))
}

#[cfg(test)]
mod tests {
    use cassandra_props::Store;
    use rotation_planner::OptionalSupport;

    use super::*;

    const MODES: [InternodeMode; 4] = [
        InternodeMode::TlsOnly,
        InternodeMode::TlsAcceptingPlaintext,
        InternodeMode::PlaintextAcceptingTls,
        InternodeMode::PlaintextOnly,
    ];

    fn file(tls: InternodeTls) -> Properties {
        let mut file = Properties::parse(b"x=1\n").unwrap();
        let store = |name: &str| Store::new(name, "secret").unwrap();
        tls.switch_keystore(&store("/keystore")).apply(&mut file).unwrap();
        tls.switch_truststore(&store("/truststore")).apply(&mut file).unwrap();
        file
    }

    #[test]
    fn each_mode_is_read_as_it_was_written() {
        let tls = InternodeTls::new(Family::ServerEncryption);
        let mut file = file(tls);
        for mode in MODES {
            set_mode(&mut file, tls, mode, OptionalSupport::Available, |settings| settings).unwrap();
            assert_eq!(super::mode(&file, tls, KeystoreFile::Present, OptionalSupport::Available).unwrap(), mode);
        }
        assert!(file.as_bytes().starts_with(b"x=1\n"));
    }

    /// The expected results are those of Cassandra 4.0.19, 4.1.10 and 5.0.8.
    ///
    /// Sources: `EncryptionOptions.tlsEncryptionPolicy` and `SSLFactory.validateSslContext`, which were run.
    #[test]
    fn with_encryption_none_the_mode_depends_on_optional_on_the_keystore_and_on_enabled() {
        let (both, plaintext) = (Ok(InternodeMode::PlaintextAcceptingTls), Ok(InternodeMode::PlaintextOnly));
        let refused = Err("optional is true, but there is no keystore".to_owned());
        for (lines, present, absent) in [
            ("", &both, &plaintext),
            ("  enabled: false\n", &both, &plaintext),
            ("  enabled: true\n", &plaintext, &plaintext),
            ("  optional: true\n", &both, &refused),
            ("  enabled: true\n  optional: true\n", &both, &refused),
            ("  optional: false\n", &plaintext, &plaintext),
            ("  enabled: true\n  optional: false\n", &plaintext, &plaintext),
        ] {
            let text = format!("server_encryption_options:\n  internode_encryption: none\n{lines}");
            let file = cassandra_props::CassandraYaml::parse(text.as_bytes()).unwrap();
            let mode = |keystore| {
                let tls = InternodeTls::new(Family::ServerEncryption);
                mode(&file, tls, keystore, OptionalSupport::Available).map_err(|error| error.to_string())
            };
            assert_eq!(&mode(KeystoreFile::Present), present, "{lines}");
            assert_eq!(&mode(KeystoreFile::Absent), absent, "{lines}");
        }
    }

    #[test]
    fn before_4_0_nothing_is_written_or_read_of_optional() {
        let tls = InternodeTls::new(Family::ServerEncryption);
        let mut file = file(tls);
        for mode in [InternodeMode::TlsOnly, InternodeMode::PlaintextOnly] {
            set_mode(&mut file, tls, mode, OptionalSupport::Unavailable, |settings| settings).unwrap();
            assert_eq!(super::mode(&file, tls, KeystoreFile::Present, OptionalSupport::Unavailable).unwrap(), mode);
            assert_eq!(tls.read(&file).optional().unwrap(), OptionalTls::Unset);
        }
    }

    #[test]
    fn tls_without_stores_is_refused_by_name() {
        let tls = InternodeTls::new(Family::ServerEncryption);
        let mut file = Properties::parse(b"").unwrap();
        let refused = set_mode(&mut file, tls, InternodeMode::TlsOnly, OptionalSupport::Available, |settings| settings);
        assert_eq!(refused.unwrap_err().to_string(), "internode encryption is to be on, but no keystore is named");
        let mut file = self::file(tls);
        set_mode(&mut file, tls, InternodeMode::TlsOnly, OptionalSupport::Available, |settings| settings).unwrap();
        let refused = mode(&file, tls, KeystoreFile::Absent, OptionalSupport::Available);
        assert_eq!(refused.unwrap_err().to_string(), "internode encryption is on, but there is no keystore");
    }

    #[test]
    fn the_names_of_settings_are_never_guessed() {
        let file = |text: &str| Properties::parse(text.as_bytes()).unwrap();
        let (legacy, new) = ("conf_cassandra_keystore=/k\n", "conf_cassandra_server_encryption_keystore=/k\n");
        let (both, neither) = (file(&format!("{legacy}{new}")), file("x=1\n"));
        assert_eq!(family(&file(legacy), None, Some(Release::V5_0)).unwrap(), Family::Legacy);
        assert_eq!(family(&file(new), None, None).unwrap(), Family::ServerEncryption);
        assert_eq!(family(&both, Some(Family::Legacy), None).unwrap(), Family::Legacy);
        assert_eq!(family(&neither, None, Some(Release::V2_1)).unwrap(), Family::Legacy);
        assert_eq!(family(&neither, None, Some(Release::V3_11)).unwrap(), Family::ServerEncryption);
        let refused = family(&both, None, Some(Release::V3_11)).unwrap_err().to_string();
        assert_eq!(refused, "it has settings of both families: say which one Edge reads");
        let refused = family(&neither, None, None).unwrap_err().to_string();
        assert_eq!(refused, "it has settings of neither family: say which one Edge reads");
    }

    #[test]
    fn every_known_release_is_known_to_the_planner() {
        for release in Release::LINES {
            semantics(*release, rotation_planner::ClientAuth::Off).unwrap();
        }
    }

    #[test]
    fn client_authentication_goes_both_ways() {
        for wanted in [rotation_planner::ClientAuth::On, rotation_planner::ClientAuth::Off] {
            assert_eq!(client_auth(require_client_auth(wanted)), wanted);
        }
    }
}
