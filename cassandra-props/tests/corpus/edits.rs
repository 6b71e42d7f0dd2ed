//! Edits, the bytes that must stay, and the values that Java must read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cassandra_props::{Encoding, Properties};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{JavaString, Map, Named, files, json};

/// A row of `properties-edits.json`.
pub(crate) struct Row {
    file: String,
    encoding: Encoding,
    key: JavaString,
    edit: Edit,
}

enum Edit {
    Set { value: JavaString, keep_prefix: usize, keep_suffix: usize },
    Remove { definitions: usize, sha256: String },
}

impl Named for Row {
    fn name(&self) -> String {
        let what = match self.edit {
            Edit::Set { .. } => "set",
            Edit::Remove { .. } => "remove",
        };
        format!("{}: {what} {:?}", self.file, String::from_utf16_lossy(&self.key))
    }
}

/// All edits; `encodings` has the encoding of each file.
pub(crate) fn rows(folder: &Path, encodings: &BTreeMap<String, Encoding>) -> Vec<Row> {
    let row = |row: &Value| {
        let file = row["file"].as_str().unwrap().to_owned();
        Row { encoding: encodings[&file], file, key: json::utf16(&row["key"]), edit: Edit::read(row) }
    };
    json::read(&folder.join("properties-edits.json")).iter().map(row).collect()
}

impl Edit {
    fn read(row: &Value) -> Self {
        let number = |field: &str| usize::try_from(row[field].as_u64().unwrap()).unwrap();
        match row["op"].as_str().unwrap() {
            "set" => Self::Set {
                value: json::utf16(&row["value"]),
                keep_prefix: number("keep_prefix"),
                keep_suffix: number("keep_suffix"),
            },
            "remove" => Self::Remove {
                definitions: number("definitions"),
                sha256: row["result_bytes_sha256"].as_str().unwrap().to_owned(),
            },
            other => panic!("{other} is an edit that this test does not know"),
        }
    }
}

/// Checks that the edit has the result in the row, and changes nothing else.
pub(crate) fn check(folder: &Path, row: &Row) -> Result<(), String> {
    let bytes = fs::read(folder.join(&row.file)).unwrap();
    let mut file = Properties::parse_as(row.encoding, &bytes).unwrap();
    let mut expected = files::map(&file)?;
    match &row.edit {
        Edit::Set { value, keep_prefix, keep_suffix } => {
            set(&mut file, &row.key, value)?;
            expected.insert(row.key.clone(), value.clone());
            unmoved(&bytes, file.as_bytes(), *keep_prefix, *keep_suffix)?;
        }
        Edit::Remove { definitions, sha256 } => {
            let removed = remove(&mut file, &row.key)?;
            expected.remove(&row.key);
            let digest = hex::encode(Sha256::digest(file.as_bytes()));
            if (removed, digest.as_str()) != (*definitions, sha256) {
                return Err(format!("{removed} definitions removed, {definitions} expected; digest {digest}"));
            }
        }
    }
    seen(&file, row.encoding, &expected)
}

fn set(file: &mut Properties, key: &JavaString, value: &JavaString) -> Result<(), String> {
    let value = String::from_utf16(value).unwrap();
    let set = if let Ok(key) = String::from_utf16(key) {
        file.set(&key, &value)
    } else {
        // No `str` can hold the key, so its index identifies the property.
        file.set_value_at(places(file, key).last().copied().unwrap(), &value)
    };
    set.map_err(|error| error.to_string())
}

fn remove(file: &mut Properties, key: &JavaString) -> Result<usize, String> {
    if let Ok(key) = String::from_utf16(key) {
        return Ok(file.remove(&key));
    }
    let places = places(file, key);
    for place in places.iter().rev() {
        file.remove_at(*place).map_err(|error| error.to_string())?;
    }
    Ok(places.len())
}

fn places(file: &Properties, key: &JavaString) -> Vec<usize> {
    let of_key = file.entries().filter(|entry| entry.key_utf16().is_ok_and(|own| own == *key));
    of_key.map(|entry| entry.index()).collect()
}

fn unmoved(before: &[u8], after: &[u8], prefix: usize, suffix: usize) -> Result<(), String> {
    if after.len() < prefix + suffix || after[..prefix] != before[..prefix] {
        return Err(format!("the first {prefix} bytes were to stay"));
    }
    if after.ends_with(&before[before.len() - suffix..]) {
        Ok(())
    } else {
        Err(format!("the last {suffix} bytes were to stay"))
    }
}

/// Checks the values. Another test checks that this crate reads files as Java does.
fn seen(file: &Properties, encoding: Encoding, expected: &Map) -> Result<(), String> {
    let again = Properties::parse_as(encoding, file.as_bytes()).unwrap();
    let seen = files::map(&again)?;
    let differs = |key: &&JavaString| seen.get(*key) != expected.get(*key);
    match seen.keys().chain(expected.keys()).find(differs) {
        None => Ok(()),
        Some(key) => Err(format!("{:?} has another value now than it was to have", String::from_utf16_lossy(key))),
    }
}
