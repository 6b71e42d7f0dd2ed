//! Randomly drawn entries: as this crate makes them, as a request to Java, and as they should be listed.

use crate::fixture::{CERTIFICATE, KEY, certificate, data, sha256};
use crate::java::Shown;
use keystore_core::rustls_pki_types::PrivatePkcs8KeyDer;
use keystore_core::{Content, Entry, Password, Protection, SealedKey, SealedSecretKey, SecretKey, Timestamp};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha20Rng;

const SECRET: &[u8] = &[9; 32];
/// A separator that is in no name or password.
pub(crate) const SEPARATOR: &str = "\u{1}";

/// The fields of a request to Java that say which entries a store is to have.
pub(crate) fn fields(entries: &[Shown], password: &str) -> Vec<String> {
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    let field = |Shown { alias, kind, .. }: &Shown| match kind.as_str() {
        "private" => ["key", alias, password, &key, &cer].join(SEPARATOR),
        "trusted" => ["trusted", alias, &cer].join(SEPARATOR),
        _ => ["secret", alias, password, "AES", &hex::encode(SECRET)].join(SEPARATOR),
    };
    entries.iter().map(field).collect()
}

/// A randomly drawn text of these characters.
pub(crate) fn text(rng: &mut ChaCha20Rng, characters: &[&str], lengths: std::ops::Range<usize>) -> String {
    (0..rng.random_range(lengths)).map(|_| *characters.choose(rng).expect("there are characters")).collect()
}

/// A randomly drawn date for an entry, and how it should be shown.
pub(crate) fn entry(alias: String, kind: String, rng: &mut ChaCha20Rng, format: &str) -> Shown {
    let created_ms = Some(rng.random_range(0..4_000_000_000_000)).filter(|_| format != "PKCS12" || kind != "trusted");
    let certificates = if kind.starts_with("secret") { vec![] } else { vec![sha256(CERTIFICATE)] };
    let key = match kind.as_str() {
        "private" => sha256(KEY),
        "trusted" => String::new(),
        _ => sha256(SECRET),
    };
    Shown { alias, kind, created_ms, certificates, key }
}

/// The entry that `entry` describes.
pub(crate) fn sealed(
    entry: &Shown,
    password: &Password,
    protection: Protection,
    rng: &mut ChaCha20Rng,
) -> Entry<'static> {
    let (alias, created) = (entry.alias.clone(), Timestamp::from_millis(entry.created_ms.unwrap_or_default()));
    match entry.kind.as_str() {
        "private" => {
            let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), password, protection, rng).expect("seals");
            Entry::new_private_key(alias, key, vec![certificate()], created)
        }
        "trusted" => Entry::new_trusted_certificate(alias, certificate(), created),
        _ => {
            let key = SecretKey::new("AES", SECRET.to_vec());
            Entry::new_secret_key(
                alias,
                SealedSecretKey::seal(&key, password, protection, rng).expect("seals"),
                created,
            )
        }
    }
}

/// An entry as this crate reads it, without its date, which comes from Java's clock.
pub(crate) fn summary(entry: &Entry<'_>, password: &Password) -> Shown {
    let (kind, key) = match entry.content() {
        Content::PrivateKey { key, .. } => {
            let opened = key.open(password).expect("the key opens");
            ("private".to_owned(), sha256(opened.secret_pkcs8().secret_pkcs8_der()))
        }
        Content::SecretKey(key) => {
            let opened = key.open(password).expect("the key opens");
            (format!("secret {}", opened.algorithm()), sha256(opened.secret_bytes()))
        }
        Content::TrustedCertificate(_) => ("trusted".to_owned(), String::new()),
        content => panic!("unexpected {content:?}"),
    };
    let certificates = entry.certificates().iter().map(|der| sha256(der)).collect();
    Shown { alias: entry.alias().to_owned(), kind, created_ms: None, certificates, key }
}
