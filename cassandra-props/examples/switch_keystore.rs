//! Points a `cassandra.properties` to another keystore, and prints the changes.
//!
//! Passwords are hidden.
//!
//! `KEYSTORE_PASSWORD=... cargo run -p cassandra-props --example switch_keystore -- cassandra.properties /keys/node0-2`

use std::error::Error;
use std::{env, fs};

use cassandra_props::{Encoding, Family, InternodeTls, Properties, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(path), Some(keystore)) = (arguments.next(), arguments.next()) else {
        return Err("usage: switch_keystore FILE KEYSTORE, with the new password in KEYSTORE_PASSWORD".into());
    };
    let store = Store::new(&keystore, &env::var("KEYSTORE_PASSWORD")?)?;

    let mut file = Properties::from_bytes(Encoding::Latin1, fs::read(&path)?)?;
    let family = Family::of_file(&file).ok_or("the file has the settings of neither family, or of both")?;
    let change = InternodeTls::new(family).switch_keystore(&store).apply(&mut file)?;
    if change.is_empty() {
        println!("{path} already has this keystore and this password");
        return Ok(());
    }
    print!("{}", change.redacted_diff());

    // The new file gets the old file's permissions before any password is written, and replaces the old file in one step.
    let new = format!("{path}.new");
    fs::copy(&path, &new)?;
    fs::write(&new, file.as_bytes())?;
    fs::rename(&new, &path)?;
    Ok(())
}
