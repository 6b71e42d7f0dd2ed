//! Files, and the settings that each release of Cassandra reads in them.

use std::fs;
use std::path::Path;

use cassandra_props::{CassandraYaml, OptionValue, Release, Section};
use serde_json::{Value, json};

pub(crate) const VERSIONS: [&str; 4] = ["3.11.19", "4.0.19", "4.1.10", "5.0.8"];

/// The result for one version. Versions with the same result share a key, such as `4.0.19+4.1.10`.
pub(crate) fn answer<'a>(row: &'a Value, version: &str) -> &'a Value {
    let answers = row["cassandra"].as_object().unwrap();
    answers
        .iter()
        .find(|(versions, _)| versions.split('+').any(|own| own == version))
        .map_or(&Value::Null, |(_, answer)| answer)
}

pub(crate) fn bytes(folder: &Path, row: &Value) -> Vec<u8> {
    fs::read(folder.join("files").join(row["file"].as_str().unwrap())).unwrap()
}

/// Checks that the file is read as this version of Cassandra reads it.
pub(crate) fn check(folder: &Path, row: &Value, version: &str, defaults: &Value) -> Result<(), String> {
    let file = CassandraYaml::parse(&bytes(folder, row)).map_err(|error| error.to_string())?;
    let answer = answer(row, version);
    check_options(&file, (Section::Server, "server"), answer, version, defaults)?;
    check_options(&file, (Section::Client, "client"), answer, version, defaults)
}

/// Checks the settings of a section. `answer` has those that differ from the defaults.
pub(crate) fn check_options(
    file: &CassandraYaml,
    (section, word): (Section, &str),
    answer: &Value,
    version: &str,
    defaults: &Value,
) -> Result<(), String> {
    let options = file.options(section, version.parse::<Release>().unwrap()).map_err(|error| error.to_string())?;
    let mut expected = defaults[version][word].as_object().unwrap().clone();
    expected.extend(answer[word].as_object().cloned().unwrap_or_default());
    for (name, expected) in &expected {
        let value = options.value(name).ok_or_else(|| format!("{word}: {name} is not read"))?;
        // Null parameters count as none.
        let expected = match &expected["parameters"] {
            Value::Null if expected.is_object() => json!({ "class_name": expected["class_name"], "parameters": {} }),
            _ => expected.clone(),
        };
        if *value != OptionValue::Jvm && shown(value) != expected {
            return Err(format!("{word}: {name} is read as {}, not as {expected}", shown(value)));
        }
    }
    if options.iter().count() != expected.len() {
        return Err(format!("{word}: {} settings are read, not {}", options.iter().count(), expected.len()));
    }
    Ok(())
}

fn shown(value: &OptionValue<'_>) -> Value {
    match value {
        OptionValue::Text(text) => json!(text),
        OptionValue::Truth(truth) => json!(truth),
        OptionValue::List(items) => json!(items),
        OptionValue::Class { name, parameters } => {
            let parameters: serde_json::Map<_, _> =
                parameters.iter().map(|(key, value)| (key.to_string(), json!(value))).collect();
            json!({ "class_name": name, "parameters": parameters })
        }
        _ => Value::Null,
    }
}

/// Checks that this crate reads a file if SnakeYAML loads it, and otherwise refuses it.
pub(crate) fn check_loads(folder: &Path, row: &Value) -> Result<(), String> {
    let bytes = bytes(folder, row);
    let loads = row["snakeyaml_loads"] == true || row["snakeyaml_loads"]["2.1"] == true;
    // The tag of a Java class: 4.1 and earlier read it.
    let is_typed =
        row["snakeyaml_loads"]["2.1"].as_str().is_some_and(|why| why.starts_with("ComposerException: Global tag"));
    match CassandraYaml::parse(&bytes) {
        Ok(file) if file.as_bytes() != bytes => Err("parsed, it is another file".to_owned()),
        Ok(_) if loads || is_typed => Ok(()),
        Err(_) if !loads => Ok(()),
        Ok(_) => Err(format!("SnakeYAML refuses it: {}", row["snakeyaml_loads"]["2.1"])),
        Err(error) => Err(format!("SnakeYAML loads it: {error}")),
    }
}
