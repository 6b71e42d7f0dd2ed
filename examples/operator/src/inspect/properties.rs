//! `cassandra.properties`.

use cassandra_props::{Family, InternodeTls, Properties, Release, Setting};
use serde::Serialize;

use super::{Content, FindingView};

/// A setting of internode TLS.
#[derive(Debug, Serialize)]
pub struct SettingView {
    /// The property's key.
    pub key: String,
    /// Its value; `********` for a password.
    pub value: String,
    /// On which line it stands.
    pub line: usize,
}

pub(super) fn look(bytes: &[u8]) -> anyhow::Result<(Content, Vec<FindingView>)> {
    let file = Properties::parse(bytes)?;
    let family = Family::of_file(&file).unwrap_or(Family::ServerEncryption);
    // Of both families or neither one must be read; lint says which of the two it is.
    let tls = InternodeTls::new(family);
    let current = tls.read(&file);
    let view = |setting: &Setting| {
        let value =
            if setting.is_secret() { "********".to_owned() } else { current.value(*setting).ok()??.into_owned() };
        Some(SettingView { key: family.key(*setting), value, line: current.line(*setting)? })
    };
    let settings = Setting::ALL.iter().filter_map(view).collect();
    // The newest that reads this family: what an older one does not know is said by `--cassandra` of other programs.
    let version = if family == Family::Legacy { Release::V2_1 } else { Release::V4_0 };
    let findings = tls.lint(&file, version).iter().map(finding).collect();
    Ok((Content::Properties { settings }, findings))
}

fn finding(finding: &cassandra_props::Finding) -> FindingView {
    FindingView {
        severity: finding.severity().into(),
        text: finding.to_string(),
        source: finding.code().source().to_owned(),
    }
}
