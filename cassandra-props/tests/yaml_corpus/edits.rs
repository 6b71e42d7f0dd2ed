//! Edits, the lines that they may change, and the values that must be read afterwards.

use std::fs;
use std::path::Path;

use cassandra_props::{CassandraYaml, Section};
use serde_json::Value;

use crate::files::{self, VERSIONS};
use crate::lines;

/// The outcome of an edit.
#[derive(Debug)]
pub(crate) enum Outcome {
    Edited,
    /// The edit was refused, for this reason.
    #[expect(dead_code, reason = "shown by Debug where a refusal is wrong")]
    Refused(String),
}

/// Makes the edit, and checks its result.
pub(crate) fn check(folder: &Path, row: &Value, defaults: &Value) -> Result<Outcome, String> {
    let before = fs::read(folder.join("files").join(row["file"].as_str().unwrap())).unwrap();
    let mut file = match CassandraYaml::parse(&before) {
        Ok(file) => file,
        Err(error) => return Ok(Outcome::Refused(error.to_string())),
    };
    let original = file.clone();
    if let Err(error) = edit(&mut file, row) {
        return Ok(Outcome::Refused(error.to_string()));
    }
    if row["expect"] != "refuse" && !row["after"].is_null() {
        lines::check(&before, file.as_bytes(), &row["may_change"])?;
        check_meaning(&original, &file, row, defaults)?;
        let mut again = file.clone();
        edit(&mut again, row).map_err(|error| format!("done twice, it is refused: {error}"))?;
        if again != file {
            return Err("done twice, it changes something".to_owned());
        }
    }
    Ok(Outcome::Edited)
}

fn edit(file: &mut CassandraYaml, row: &Value) -> Result<(), cassandra_props::Error> {
    // An edit of several settings is made as a whole or not at all.
    let mut edited = file.clone();
    for (name, value) in row["set"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        edited.set(Section::Server, name, &text)?;
    }
    for name in row["remove"].as_array().into_iter().flatten() {
        edited.remove(Section::Server, name.as_str().unwrap())?;
    }
    *file = edited;
    Ok(())
}

/// Checks the names in the section, the values that were set, and the options of each release.
fn check_meaning(before: &CassandraYaml, file: &CassandraYaml, row: &Value, defaults: &Value) -> Result<(), String> {
    let again = CassandraYaml::parse(file.as_bytes()).map_err(|error| format!("edited, it is not read: {error}"))?;
    if let Some(expected) = row["after"]["raw"].as_object() {
        let mut names = again.names(Section::Server);
        names.sort_unstable();
        if !names.iter().eq(expected.keys()) {
            return Err(format!("the section has {names:?}"));
        }
    }
    for (name, value) in row["set"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if again.value(Section::Server, name).as_deref() != Some(text.as_str()) {
            return Err(format!("{name} is not read as it was set"));
        }
    }
    for version in VERSIONS {
        let answers = row["after"]["cassandra"].as_object();
        let answer = answers.into_iter().flatten().find(|(versions, _)| versions.split('+').any(|own| own == version));
        let answer = answer.map_or(&Value::Null, |(_, answer)| answer);
        if answer.is_object() && answer["error"].is_null() {
            let server = (Section::Server, "server");
            files::check_options(&again, server, answer, version, defaults)
                .map_err(|why| format!("{version}: {why}"))?;
            let release = version.parse().unwrap();
            if before.options(Section::Client, release).ok() != again.options(Section::Client, release).ok() {
                return Err(format!("{version}: the client section is read otherwise"));
            }
        }
    }
    Ok(())
}
