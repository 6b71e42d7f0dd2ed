//! Files, and the properties that Java reads in them.

use std::fs;
use std::path::Path;

use cassandra_props::{Encoding, ErrorKind, Properties};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{JavaString, Map, Named, json};

/// A row of the manifest.
pub(crate) struct Row {
    pub(crate) file: String,
    pub(crate) encoding: Encoding,
    expect: Expect,
}

enum Expect {
    /// These properties in this order, including repeated keys.
    Pairs(Vec<(JavaString, JavaString)>),
    /// The number of keys, and the digest of the map as JSON, for a map that is too large for the manifest.
    Digest { keys: u64, sha256: String },
    /// Java refuses the file (`IllegalArgumentException`) because of a malformed `\u`.
    Refused,
}

impl Named for Row {
    fn name(&self) -> String {
        self.file.clone()
    }
}

/// The rows of property files.
pub(crate) fn rows(folder: &Path) -> Vec<Row> {
    let rows = json::read(&folder.join("manifest.json"));
    rows.iter().filter(|row| row["kind"] == "properties").map(Row::read).collect()
}

impl Row {
    fn read(row: &Value) -> Self {
        let encoding = match row["encoding"].as_str().unwrap() {
            "iso-8859-1" => Encoding::Latin1,
            "utf-8" => Encoding::Utf8,
            other => panic!("{other} is an encoding that this test does not know"),
        };
        Self { file: row["file"].as_str().unwrap().to_owned(), encoding, expect: Expect::read(&row["expect"]) }
    }
}

impl Expect {
    fn read(expect: &Value) -> Self {
        if expect["result"] == "fail" {
            return Self::Refused;
        }
        if let Some(sha256) = expect["map_sha256_sorted_json"].as_str() {
            return Self::Digest { keys: expect["keys"].as_u64().unwrap(), sha256: sha256.to_owned() };
        }
        let pair = |pair: &Value| (json::utf16(&pair[0]), json::utf16(&pair[1]));
        Self::Pairs(expect["pairs"].as_array().unwrap().iter().map(pair).collect())
    }
}

/// Checks that the file is read as the row says, and that its bytes stay.
pub(crate) fn check(folder: &Path, row: &Row) -> Result<(), String> {
    let bytes = fs::read(folder.join(&row.file)).unwrap();
    let file = Properties::parse_as(row.encoding, &bytes).map_err(|error| error.to_string())?;
    if file.as_bytes() != bytes {
        return Err("parsed, it is another file".to_owned());
    }
    match &row.expect {
        Expect::Refused => match file.check().map_err(|error| error.kind().clone()) {
            Err(ErrorKind::MalformedUnicodeEscape) => Ok(()),
            other => Err(format!("Java refuses it, and we say {other:?}")),
        },
        Expect::Pairs(expected) => compare(&pairs(&file)?, expected),
        Expect::Digest { keys, sha256 } => compare_digest(&map(&file)?, *keys, sha256),
    }
}

/// The pairs that Java's `load` puts into its map, in the order of the file.
fn pairs(file: &Properties) -> Result<Vec<(JavaString, JavaString)>, String> {
    file.check().map_err(|error| error.to_string())?;
    let pair = |entry: cassandra_props::Entry<'_>| Ok((entry.key_utf16()?, entry.value_utf16()?));
    file.entries().map(pair).collect::<Result<_, cassandra_props::Error>>().map_err(|error| error.to_string())
}

/// The map that Java's `load` fills.
pub(crate) fn map(file: &Properties) -> Result<Map, String> {
    Ok(pairs(file)?.into_iter().collect())
}

fn compare(ours: &[(JavaString, JavaString)], expected: &[(JavaString, JavaString)]) -> Result<(), String> {
    if let Some((ours, expected)) = ours.iter().zip(expected).find(|(ours, expected)| ours != expected) {
        return Err(format!("{} is read where Java reads {}", shown(ours), shown(expected)));
    }
    if ours.len() == expected.len() {
        Ok(())
    } else {
        Err(format!("{} properties are read where Java reads {}", ours.len(), expected.len()))
    }
}

fn shown((key, value): &(JavaString, JavaString)) -> String {
    format!("{:?}={:?}", String::from_utf16_lossy(key), String::from_utf16_lossy(value))
}

/// Compares a map with the digest of Python's `json.dumps(map, sort_keys=True)`.
fn compare_digest(map: &Map, keys: u64, sha256: &str) -> Result<(), String> {
    let quoted = |text: &JavaString| serde_json::to_string(&String::from_utf16(text).unwrap()).unwrap();
    let members: Vec<String> = map.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
    let digest = hex::encode(Sha256::digest(format!("{{{}}}", members.join(", "))));
    match (u64::try_from(map.len()).unwrap() == keys, digest == sha256) {
        (true, true) => Ok(()),
        _ => Err(format!("{} keys, digest {digest}; expected {keys}, {sha256}", map.len())),
    }
}
