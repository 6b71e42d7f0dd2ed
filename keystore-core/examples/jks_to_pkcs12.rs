//! Converts a JKS or JCEKS to a PKCS#12 for Java 17 and OpenSSL, with the same password.
//!
//! `cargo run --example jks_to_pkcs12 -- keystore.jks password.txt keystore.p12`

use keystore_core::{Content, Entry, KeyStore, Password, Profile, Protection, decode, pkcs12};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, password, to] = &arguments[..] else {
        return Err("usage: jks_to_pkcs12 KEYSTORE PASSWORD_FILE NEW_FILE".into());
    };
    let password = std::fs::read_to_string(password)?;
    let password = Password::new(password.lines().next().ok_or("the password file is empty")?);
    let bytes = std::fs::read(from)?;
    std::fs::write(to, converted(&bytes, &password)?)?;
    Ok(())
}

fn converted(bytes: &[u8], password: &Password) -> Result<Vec<u8>, Box<dyn Error>> {
    let profile = Profile::JAVA_17;
    let store = decode(bytes, password)?;
    let mut converted = KeyStore::new();
    for entry in &store.view() {
        // Each format seals keys in its own way, so private keys are sealed again. Certificates are copied. A secret key is
        // an error, because this example does not seal it again.
        let entry = match (entry.content(), entry.created()) {
            (Content::PrivateKey { key, chain }, Some(created)) => {
                let key = key.reseal(password, password, Protection::Pkcs12(profile), &mut rand::rng())?;
                Entry::new_private_key(entry.alias().to_owned(), key, chain.clone(), created).into_owned()
            }
            _ => entry.clone().into_owned(),
        };
        converted.insert(entry)?;
    }
    Ok(pkcs12::encode(&converted, password, &profile, &mut rand::rng())?)
}
