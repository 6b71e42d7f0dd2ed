//! Sets settings of a `cassandra.yaml` and prints their line numbers.
//!
//! `KEYSTORE_PASSWORD=... cargo run -p cassandra-props --example set -- cassandra.yaml server.internode_encryption=all
//! server.keystore=/k server.keystore_password@KEYSTORE_PASSWORD client.enabled=true ssl_storage_port=7001`

use std::error::Error;
use std::{env, fs};

use cassandra_props::{CassandraYaml, Section};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().ok_or("usage: set FILE [server.|client.]NAME=VALUE|NAME@VARIABLE...")?;
    let mut file = CassandraYaml::parse(&fs::read(&path)?)?;
    for argument in arguments {
        let at = argument.find(['=', '@']).ok_or("each setting needs = or @")?;
        let (name, rest) = argument.split_at(at);
        let (section, name) = match name.split_once('.') {
            Some(("server", name)) => (Section::Server, name),
            Some(("client", name)) => (Section::Client, name),
            _ => (Section::TopLevel, name),
        };
        let value = match rest.strip_prefix('=') {
            Some(value) => value.to_owned(),
            None => env::var(rest.trim_start_matches('@'))?,
        };
        file.set(section, name, &value)?;
        let line = file.line(section, name).ok_or_else(|| format!("{section}: {name} was set, but has no line"))?;
        println!("{section}: {name} is on line {line}");
    }
    // The new file gets the old file's permissions before any password is written, and replaces the old file in one step.
    let new = format!("{path}.new");
    fs::copy(&path, &new)?;
    fs::write(&new, file.as_bytes())?;
    fs::rename(&new, &path)?;
    Ok(())
}
