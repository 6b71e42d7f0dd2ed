//! Shows the internode TLS settings of a `cassandra.properties`, and the findings about them.
//!
//! Passwords are hidden.
//!
//! `cargo run -p cassandra-props --example settings -- cassandra.properties 4.0.17`

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use cassandra_props::{Encoding, Family, Finding, InternodeTls, Properties, Release, Setting, Severity};

const SAMPLE: &[u8] = b"\
    # Edge 4.53\n\
    conf_cassandra_server_encryption_internode_encryption=all\n\
    conf_cassandra_server_encryption_keystore=keystore.node0\n\
    conf_cassandra_server_encryption_keystore_password=very secret\n\
    #conf_cassandra_server_encryption_require_client_auth=true\n";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let bytes = match arguments.next() {
        Some(path) => fs::read(path)?,
        None => SAMPLE.to_vec(),
    };
    let release = match arguments.next() {
        Some(release) => release.parse()?,
        None => Release::V4_0,
    };

    let file = Properties::from_bytes(Encoding::Latin1, bytes)?;
    // The release of Cassandra that Edge ships determines the family of names that Edge reads.
    let tls = InternodeTls::new(Family::of_release(release));
    let view = tls.read(&file);
    for setting in Setting::ALL {
        if let Some(line) = view.line(*setting) {
            let value = match view.value(*setting) {
                Ok(Some(_)) if setting.is_secret() => "********".into(),
                Ok(value) => value.unwrap_or_default(),
                Err(error) => error.to_string().into(),
            };
            println!("{line:>4} {} = {value}", setting.name());
        }
    }

    let findings = tls.lint(&file, release);
    for finding in &findings {
        println!("{finding}");
    }
    let worst = findings.iter().map(Finding::severity).max();
    Ok(if worst == Some(Severity::Error) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
