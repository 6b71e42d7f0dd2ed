//! A row of the manifest.

use serde_json::Value;
use std::collections::BTreeMap;

/// A file, and the answers of trusted implementations.
pub(crate) struct Row {
    pub(crate) file: String,
    pub(crate) kind: String,
    pub(crate) password: Option<String>,
    key_passwords: BTreeMap<String, String>,
    pub(crate) expected: Expected,
    /// A password with which Java does not load the file.
    pub(crate) wrong_password: Option<String>,
}

/// What a reader should do.
pub(crate) enum Expected {
    Load(Vec<ExpectedEntry>),
    /// Refuse, for a fault of this class.
    Fail(String),
    /// Load or refuse it without a panic; if it loads, it has these entries.
    Either(Option<Vec<ExpectedEntry>>),
}

pub(crate) struct ExpectedEntry {
    pub(crate) alias: String,
    pub(crate) kind: String,
    pub(crate) certificates: Vec<String>,
    pub(crate) created_ms: Option<i64>,
    pub(crate) key_sha256: Option<String>,
    pub(crate) key_algorithm: Option<String>,
    /// Java loads the store but not the key.
    pub(crate) key_fails: bool,
}

impl Row {
    pub(crate) fn read(row: &Value) -> Self {
        let wrong = &row["wrong_password"];
        Self {
            file: text(&row["file"]).unwrap(),
            kind: text(&row["kind"]).unwrap(),
            password: text(&row["password"]),
            key_passwords: serde_json::from_value(row["key_passwords"].clone()).unwrap_or_default(),
            expected: Expected::read(&row["expect"]),
            wrong_password: text(&wrong["password"]).filter(|_| wrong["java17"] == "fail"),
        }
    }

    /// The password of the key under this alias.
    pub(crate) fn key_password(&self, alias: &str) -> String {
        let own = self.key_passwords.get(alias).or_else(|| self.key_passwords.get(""));
        own.cloned().or_else(|| self.password.clone()).unwrap_or_default()
    }

    /// The expectation in words.
    pub(crate) fn expectation(&self) -> String {
        match &self.expected {
            Expected::Load(_) => "must-load".to_owned(),
            Expected::Fail(class) => format!("must-fail ({class})"),
            Expected::Either(_) => "either".to_owned(),
        }
    }
}

impl Expected {
    fn read(expect: &Value) -> Self {
        match expect["result"].as_str().unwrap() {
            "ok" => Self::Load(entries(&expect["entries"]).unwrap()),
            "fail" => Self::Fail(text(&expect["class"]).unwrap()),
            "either" => Self::Either(entries(&expect["content_if_accepted"]["entries"])),
            other => panic!("unknown result {other}"),
        }
    }
}

fn entries(value: &Value) -> Option<Vec<ExpectedEntry>> {
    Some(value.as_array()?.iter().map(entry).collect())
}

fn entry(value: &Value) -> ExpectedEntry {
    ExpectedEntry {
        alias: text(&value["alias"]).unwrap(),
        kind: text(&value["type"]).unwrap(),
        certificates: serde_json::from_value(value["certs"].clone()).unwrap(),
        created_ms: value["created_ms"].as_i64(),
        key_sha256: text(&value["key_sha256"]),
        key_algorithm: text(&value["key_alg"]),
        key_fails: value.get("key_error").is_some(),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
