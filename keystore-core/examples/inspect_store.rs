//! Lists the entries of a keystore as Java does, and the problems of the keystore.
//!
//! `cargo run --example inspect_store -- keystore.jks password.txt`

use keystore_core::{MissingMac, Password, decode_within, lint::Purpose};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, password] = &arguments[..] else {
        return Err("usage: inspect_store KEYSTORE PASSWORD_FILE".into());
    };
    let password = std::fs::read_to_string(password)?;
    let password = Password::new(password.lines().next().ok_or("the password file is empty")?);
    let bytes = std::fs::read(file)?;

    // By default, a PKCS#12 without a MAC is an error. This example reads it, as Java does, and lint reports the missing MAC.
    let mut limits = keystore_core::Limits::default();
    limits.missing_mac = MissingMac::Accept;
    let store = decode_within(&bytes, &password, &limits)?;

    println!("{file}: {}", store.format());
    for entry in &store.view() {
        let created = entry.created().map_or_else(|| "no date".to_owned(), |created| created.to_string());
        println!("  {:?}: {}, {created}, {:?}", entry.alias(), entry.entry_type(), entry.visibility());
    }
    for finding in store.lint(Some(&password), Purpose::Any) {
        println!("{finding}: {} ({})", finding.code().why(), finding.code().source());
    }
    Ok(())
}
