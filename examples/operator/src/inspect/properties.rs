//! Shows the internode TLS settings of a file, and findings about them.

use cassandra_props::{AnyFile, Family, InternodeTls, Section, Setting};
use certgen::Time;
use serde::Serialize;

use super::{Content, FindingView, pem};
use crate::settings::newest_release;

/// A setting of internode TLS.
#[derive(Debug, Serialize)]
pub struct SettingView {
    /// The key of the property, or the section and the name in `cassandra.yaml`.
    pub key: String,
    /// The value; `********` for a password.
    pub value: String,
    /// The number of the line in the file.
    pub line: usize,
}

pub(super) fn look(bytes: &[u8], now: Time) -> anyhow::Result<(Content, Vec<FindingView>)> {
    let file = AnyFile::parse(bytes)?;
    let family = match &file {
        AnyFile::Properties(file) => Family::of_file(file).unwrap_or(Family::ServerEncryption),
        AnyFile::Yaml(_) => Family::ServerEncryption,
    };
    // A file whose family is not certain is read as `ServerEncryption`.
    let tls = InternodeTls::new(family);
    let current = tls.read(&file);
    let view = |setting: &Setting| {
        let value = match current.value(*setting) {
            Ok(None) => return None,
            _ if setting.is_secret() => "********".to_owned(),
            value => value.ok()??.into_owned(),
        };
        let key = match &file {
            AnyFile::Properties(_) => family.key(*setting),
            AnyFile::Yaml(_) => format!("{}.{}", Section::Server, setting.name()),
        };
        Some(SettingView { key, value, line: current.line(*setting)? })
    };
    let settings = Setting::ALL.iter().filter_map(view).collect();
    let release = newest_release(&file, family);
    let mut findings: Vec<_> = tls.lint(&file, release).iter().map(FindingView::of_settings).collect();
    if let AnyFile::Yaml(file) = &file {
        findings.extend(pem::findings(file, tls, release, now));
    }
    Ok((Content::Properties { settings }, findings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_cassandra_yaml_are_shown_with_their_lines() {
        let yaml =
            b"server_encryption_options:\n  internode_encryption: dc\n  keystore: /k\n  keystore_password: secret1\n";
        let (content, findings) = look(yaml, Time::from(std::time::SystemTime::now())).unwrap();
        let Content::Properties { settings } = content else { panic!("they are settings") };
        let shown: Vec<_> = settings.iter().map(|view| (view.key.as_str(), view.value.as_str(), view.line)).collect();
        assert_eq!(
            shown,
            [
                ("server_encryption_options.internode_encryption", "dc", 2),
                ("server_encryption_options.keystore", "/k", 3),
                ("server_encryption_options.keystore_password", "********", 4),
            ]
        );
        assert!(findings.iter().any(|finding| finding.text.starts_with("truststore: not set")));
    }

    #[test]
    fn a_password_without_a_value_is_no_setting() {
        let yaml = b"server_encryption_options:\n  keystore: ~\n  keystore_password:\n  truststore_password: secret1\n";
        let (content, _) = look(yaml, Time::from(std::time::SystemTime::now())).unwrap();
        let Content::Properties { settings } = content else { panic!("they are settings") };
        let shown: Vec<_> = settings.iter().map(|view| (view.key.as_str(), view.line)).collect();
        assert_eq!(shown, [("server_encryption_options.truststore_password", 4)]);
    }
}
