//! Entries and stores that several tests use.
#![allow(dead_code, reason = "each test uses a part")]

use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Entry, Format, Jks, KeyStore, Password, Protection, SealedKey, Timestamp, jks};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

pub(crate) const KEY: &[u8] = include_bytes!("../data/node0.pkcs8");
pub(crate) const CERTIFICATE: &[u8] = include_bytes!("../data/node0.cer");
pub(crate) const CREATED: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn password() -> Password {
    Password::new("changeit")
}

pub(crate) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

pub(crate) fn certificate() -> CertificateDer<'static> {
    CertificateDer::from(CERTIFICATE)
}

pub(crate) fn sealed(protection: Protection, password: &Password) -> SealedKey<'static> {
    SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), password, protection, &mut rng()).unwrap()
}

pub(crate) fn key_entry(alias: &str) -> Entry<'static> {
    Entry::new_private_key(alias.to_owned(), sealed(Protection::Jks, &password()), vec![certificate()], CREATED)
}

pub(crate) fn trusted(alias: &str) -> Entry<'static> {
    Entry::new_trusted_certificate(alias.to_owned(), certificate(), CREATED)
}

/// A JKS with a key under each alias "key", and a trusted certificate under each other alias.
pub(crate) fn store(aliases: &[&str]) -> Vec<u8> {
    let mut keystore = KeyStore::new();
    for alias in aliases {
        keystore.insert(if *alias == "key" { key_entry(alias) } else { trusted(alias) }).unwrap();
    }
    jks::encode(&keystore, &password()).unwrap()
}

pub(crate) fn aliases(jks: &Jks<'_>) -> Vec<String> {
    jks.view().iter().map(|entry| entry.alias().to_owned()).collect()
}

/// All aliases, including those that Java loses.
pub(crate) fn all_aliases(jks: &Jks<'_>) -> Vec<String> {
    jks.view().all().map(|entry| entry.alias().to_owned()).collect()
}

/// The body of an entry that our encoder would not write.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    /// A trusted certificate of this type.
    Trusted(&'static str),
}

/// A store with exactly these entries and a valid digest.
pub(crate) fn raw_store(format: Format, version: u32, entries: &[(&str, Body)]) -> Vec<u8> {
    let magic: u32 = if format == Format::Jks { 0xfeed_feed } else { 0xcece_cece };
    let mut bytes = [magic, version, u32::try_from(entries.len()).unwrap()].map(u32::to_be_bytes).concat();
    for (alias, Body::Trusted(certificate_type)) in entries {
        bytes.extend(2u32.to_be_bytes());
        text(&mut bytes, alias);
        bytes.extend(CREATED.millis().to_be_bytes());
        if version == 2 {
            text(&mut bytes, certificate_type);
        }
        bytes.extend(u32::try_from(CERTIFICATE.len()).unwrap().to_be_bytes());
        bytes.extend(CERTIFICATE);
    }
    closed(bytes)
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    bytes.extend(text.as_bytes());
}

/// The bytes with a valid digest, made by decoding without verification and encoding again; unchanged if they do not
/// decode.
fn closed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend([0; 20]);
    match Jks::decode_unverified(&bytes) {
        Ok(jks) => jks.encode(&password()).unwrap(),
        Err(_) => bytes,
    }
}
