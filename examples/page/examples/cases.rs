//! Writes pages, each with a JSON file for a test in a browser.
//!
//! For small clusters, the JSON file contains the checker's verdict on every cell.
//!
//!     cargo run -p page --example cases -- FOLDER

#[path = "../tests/cases/mod.rs"]
mod cases;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/pages".to_owned());
    fs::create_dir_all(&folder)?;
    for case in [
        cases::rotation_of_three(),
        cases::enabling(),
        cases::two_centres(),
        cases::with_an_application(),
        cases::quarantine(),
        cases::one_replica(),
        cases::begun_by_hand(),
        cases::hostile(),
        cases::fifty(),
        cases::by_rack(),
    ] {
        let file = Path::new(&folder).join(case.name);
        fs::write(file.with_extension("html"), case.page().html()?)?;
        // For large clusters, the Rust test compares every cell.
        let few = case.cluster.nodes().count() <= 8;
        let steps = if few { Some(steps(&case)) } else { None };
        let said = json!({ "name": case.name, "hostile": cases::HOSTILE, "steps": steps });
        fs::write(file.with_extension("json"), serde_json::to_string(&said)?)?;
    }
    Ok(())
}

/// For each step, the verdicts without a crash and after each possible crash.
fn steps(case: &cases::Case) -> Vec<Vec<Value>> {
    let of_crash = |(crash, cells): (Option<String>, cases::Cells)| {
        let cells: Vec<Value> = cells
            .into_iter()
            .map(|((client, server), word)| json!([page::shown(&client), page::shown(&server), word]))
            .collect();
        json!({ "crash": crash.map(|name| page::shown(&name).into_owned()), "cells": cells })
    };
    cases::expected(case).into_iter().map(|step| step.into_iter().map(of_crash).collect()).collect()
}
