//! Compares one row with this crate's reading of the file.

use crate::row::{Expected, ExpectedEntry, Row};
use keystore_core::{
    Content, Defect, Entry, ErrorKind, KeyStore, Limits, MissingMac, Password, Store, Visibility,
    decode_unverified_within, decode_within,
};
use sha2::{Digest, Sha256};
use std::path::Path;
use test_support::variant;

/// Checks that this crate reads the file as the row says; the error says how it deviates.
pub(crate) fn row(folder: &Path, row: &Row) -> Result<(), String> {
    let bytes = std::fs::read(folder.join(&row.file)).unwrap();
    let loaded = load(&bytes, row.password.as_deref());
    match (&row.expected, loaded) {
        (Expected::Load(_), Err(error)) => Err(format!("must load, but: {error}")),
        (Expected::Fail(class), Ok(_)) if class != "certificate content" => Err("must fail, but loads".to_owned()),
        (Expected::Load(entries) | Expected::Either(Some(entries)), Ok(store)) => content(row, entries, &store, &bytes),
        (Expected::Fail(class), Err(error)) if !fits(&row.file, class, error.kind()) => {
            Err(format!("must fail for {class}, but ({}): {error}", variant(error.kind())))
        }
        (Expected::Fail(_) | Expected::Either(_), _) => Ok(()),
    }
}

/// Whether this refusal is expected for a row of this class: that of the class, or the one in `kinds.txt` for the file,
/// which gives the reason.
fn fits(file: &str, class: &str, kind: &ErrorKind) -> bool {
    let of_class = match class {
        "modified UTF-8" => return *kind == ErrorKind::Malformed(Defect::ModifiedUtf8),
        "truncated" => "Truncated",
        "structure" => "Malformed",
        "limit" => "LimitExceeded",
        "unsupported algorithm" => "UnsupportedAlgorithm",
        "integrity" | "certificate content" => "WrongPasswordOrTampered",
        other => panic!("unknown class {other}"),
    };
    let lines = include_str!("kinds.txt").lines().filter(|line| !line.starts_with('#'));
    let mut listed = lines.map(|line| line.split('\t').collect::<Vec<_>>()).filter(|fields| fields[0] == file);
    variant(kind) == listed.next().map_or(of_class, |fields| fields[1])
}

pub(crate) fn load<'a>(bytes: &'a [u8], password: Option<&str>) -> Result<Store<'a>, keystore_core::Error> {
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    match password {
        Some(password) => decode_within(bytes, &Password::new(password), &limits),
        None => decode_unverified_within(bytes, &limits),
    }
}

/// Without the feature for it, an UBER is still named as one.
pub(crate) fn without_twofish(folder: &Path, row: &Row) {
    let bytes = std::fs::read(folder.join(&row.file)).unwrap();
    match load(&bytes, Some("")).map_err(|error| error.kind().clone()) {
        Err(ErrorKind::UnsupportedAlgorithm { .. }) => {}
        other => panic!("must be named as unsupported, but: {other:?}"),
    }
}

fn content(row: &Row, expected: &[ExpectedEntry], store: &Store<'_>, bytes: &[u8]) -> Result<(), String> {
    same_entries(row, expected, &store.view())?;
    wrong_password_fails(row, bytes)?;
    same_bytes(row, store, bytes)
}

fn wrong_password_fails(row: &Row, bytes: &[u8]) -> Result<(), String> {
    let Some(wrong) = &row.wrong_password else { return Ok(()) };
    match load(bytes, Some(wrong)).map_err(|error| error.kind().clone()) {
        Err(ErrorKind::WrongPasswordOrTampered) => Ok(()),
        other => Err(format!("a wrong password must be told, but: {other:?}")),
    }
}

/// What was decoded is encoded to the same bytes (a JKS may have others after its digest).
fn same_bytes(row: &Row, store: &Store<'_>, bytes: &[u8]) -> Result<(), String> {
    let (Store::Jks(jks), Some(password)) = (store, &row.password) else { return Ok(()) };
    let encoded = jks.encode(&Password::new(password.as_str())).map_err(|error| error.to_string())?;
    if bytes.starts_with(&encoded) { Ok(()) } else { Err("encoded again it has other bytes".to_owned()) }
}

fn same_entries(row: &Row, expected: &[ExpectedEntry], view: &KeyStore<'_>) -> Result<(), String> {
    let unknown = |summary: &Summary| expected.iter().any(|entry| entry.alias == summary.alias && entry.key_fails);
    let mut ours: Vec<_> = view.iter().map(|entry| as_java(row, view, entry)).collect();
    // This crate may support an algorithm that Java lacks.
    ours.iter_mut().filter(|ours| row.kind == "pkcs12" && unknown(ours)).for_each(|ours| ours.key = failed());
    let mut theirs: Vec<_> = expected.iter().map(|entry| theirs(row, entry)).collect();
    ours.sort();
    theirs.sort();
    if ours == theirs { Ok(()) } else { Err(format!("the entries are\n  {ours:#?}\n  but should be\n  {theirs:#?}")) }
}

/// An entry in a form that both sides can produce.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Summary {
    alias: String,
    kind: String,
    created_ms: Option<i64>,
    certificates: Vec<String>,
    /// "AES 0123..." or "fails"; empty for a certificate.
    key: String,
}

fn theirs(row: &Row, entry: &ExpectedEntry) -> Summary {
    let key = match (&entry.key_sha256, entry.key_fails) {
        (_, true) => failed(),
        (Some(sha256), false) => {
            let algorithm = entry.key_algorithm.as_deref().filter(|_| entry.kind == "secret").unwrap_or_default();
            format!("{algorithm} {sha256}")
        }
        (None, false) => String::new(),
    };
    let created_ms = entry.created_ms.filter(|_| row.kind != "pkcs12");
    Summary {
        alias: entry.alias.clone(),
        kind: entry.kind.clone(),
        created_ms,
        certificates: entry.certificates.clone(),
        key,
    }
}

/// The entry that Java returns for an alias. For an alias with upper case letters, it is the entry whose alias is the
/// same in lower case, if there is one.
fn as_java(row: &Row, view: &KeyStore<'_>, entry: &Entry<'_>) -> Summary {
    let alias = if row.kind == "pkcs12" { entry.alias().to_lowercase() } else { entry.alias().to_owned() };
    let found = match entry.visibility() {
        Visibility::Unreachable => view.entry(&alias.to_lowercase()).filter(|other| other.alias() != alias),
        _ => Some(entry),
    };
    let Some(entry) = found else {
        return Summary { alias, kind: "other".to_owned(), ..Summary::default() };
    };
    let (kind, key) = kind_and_key(row, &alias, entry);
    Summary {
        alias,
        kind: kind.to_owned(),
        created_ms: entry.created().map(keystore_core::Timestamp::millis).filter(|_| row.kind != "pkcs12"),
        certificates: entry.certificates().iter().map(|der| sha256(der)).collect(),
        key,
    }
}

fn kind_and_key(row: &Row, alias: &str, entry: &Entry<'_>) -> (&'static str, String) {
    let password = Password::new(row.key_password(alias));
    match entry.content() {
        Content::PrivateKey { key, .. } => {
            let shown = key.open(&password).map(|key| format!(" {}", sha256(key.secret_pkcs8().secret_pkcs8_der())));
            ("private", shown.unwrap_or_else(|_| failed()))
        }
        Content::SecretKey(key) => {
            let shown = key.open(&password).map(|key| format!("{} {}", key.algorithm(), sha256(key.secret_bytes())));
            ("secret", shown.unwrap_or_else(|_| failed()))
        }
        Content::TrustedCertificate(_) => ("trusted", String::new()),
        // Entries of a BKS for which Java returns no key.
        Content::Opaque { .. } => ("secret", failed()),
        _ => ("unexpected", String::new()),
    }
}

fn failed() -> String {
    "fails".to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
