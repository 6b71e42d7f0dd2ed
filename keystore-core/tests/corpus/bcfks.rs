//! Checks BCFKS files of Bouncy Castle and its FIPS provider, and files made by hand, against the answers of both
//! providers.

use crate::Tally;
use keystore_core::bcfks::{Signed, Verdict};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Bcfks, Content, Entry, Error, ErrorKind, Password, Timestamp};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;
use test_support::{Corpus, Pinned};

#[test]
fn every_row_of_the_manifest_of_bcfks() {
    let corpus = Corpus::find(test_support::Content::Bcfks);
    let (mut tally, mut deviations, mut keys) = (Tally::default(), Vec::new(), 0);
    for row in corpus.rows().iter().filter(|row| row["kind"] == "bcfks") {
        let outcome = check(corpus.folder(), row, &mut keys);
        tally.count_as("bcfks", text(&row["expect"]["result"]), &outcome);
        if let Err(deviation) = outcome {
            deviations.push(format!("{}: {deviation}", text(&row["file"])));
        }
    }
    println!("{tally}");
    corpus.assert_count("keys opened", keys, Pinned { whole: 66, subset: 8 });
    assert!(deviations.is_empty(), "{} deviations:\n{}", deviations.len(), deviations.join("\n"));
}

/// Checks that this crate reads the file as the row says; the error says how it deviates.
fn check(folder: &Path, row: &Value, keys: &mut usize) -> Result<(), String> {
    let bytes = std::fs::read(folder.join(text(&row["file"]))).unwrap();
    let expect = &row["expect"];
    match (text(&expect["result"]), load(&bytes, row)) {
        ("ok", Err(error)) => Err(format!("must load, but: {error}")),
        ("ok", Ok(store)) => loaded(row, &store, &expect["entries"], keys).and_then(|()| written(row, &store, &bytes)),
        ("fail", Ok(_)) => Err("must fail, but loads".to_owned()),
        ("fail", Err(error)) if !fits(text(&expect["class"]), &error) => {
            Err(format!("must fail for {}, but: {error}", text(&expect["class"])))
        }
        ("either", Ok(_)) if is_dangerous(row) => Err("must never load, but does".to_owned()),
        ("either", Ok(store)) if expect["content_if_accepted"].is_object() => {
            loaded(row, &store, &expect["content_if_accepted"]["entries"], &mut 0)
        }
        _ => Ok(()),
    }
}

fn load<'a>(bytes: &'a [u8], row: &Value) -> Result<Bcfks<'a>, Error> {
    if row["signature"].is_object() {
        return Bcfks::decode_signed(bytes, |signed| verdict(signed, row));
    }
    Bcfks::decode(bytes, &password(&row["password"]))
}

/// The verdict that the row expects. The signature itself is not verified, because this crate cannot do that.
fn verdict(signed: &Signed<'_>, row: &Value) -> Verdict {
    assert!(!signed.message().is_empty() && !signed.signature().is_empty());
    if text(&row["expect"]["result"]) == "ok" { Verdict::Valid } else { Verdict::Invalid }
}

/// Whether a reader must refuse the file even if Bouncy Castle loads it, because the key of the MAC can be guessed.
fn is_dangerous(row: &Value) -> bool {
    let key = row["structure"]["check"]["klen"].as_u64();
    key.is_some_and(|length| length < 16) || text(&row["file"]).contains("downgrade")
}

/// Whether a row of this class expects this refusal. A limit refuses before any derivation.
fn fits(class: &str, error: &Error) -> bool {
    let kind = error.kind();
    match class {
        // Unknown parameters are refused as such, before the MAC is verified.
        "integrity" => !matches!(kind, ErrorKind::Internal(_)),
        "limit" => matches!(kind, ErrorKind::LimitExceeded { .. } | ErrorKind::Malformed(_)),
        "unsupported algorithm" => matches!(kind, ErrorKind::UnsupportedAlgorithm { .. }),
        "truncated" => matches!(kind, ErrorKind::Truncated { .. } | ErrorKind::Malformed(_)),
        "structure" => !matches!(kind, ErrorKind::Internal(_) | ErrorKind::LimitExceeded { .. }),
        other => panic!("unknown class {other}"),
    }
}

fn loaded(row: &Value, store: &Bcfks<'_>, expected: &Value, keys: &mut usize) -> Result<(), String> {
    let view = store.view();
    let mut ours: Vec<_> = view.iter().map(|entry| summary(entry, row, expected, keys)).collect();
    let mut theirs: Vec<_> = expected.as_array().unwrap().iter().map(|entry| theirs(row, entry)).collect();
    ours.sort();
    theirs.sort();
    if ours == theirs { Ok(()) } else { Err(format!("the entries are\n  {ours:#?}\n  but should be\n  {theirs:#?}")) }
}

/// An entry in a form that both sides can produce: alias, kind, dates, certificates, comment and key.
type Summary = (String, String, Option<i64>, Option<i64>, Vec<String>, Option<String>, String);

fn theirs(row: &Value, entry: &Value) -> Summary {
    let stored = ["key_sha256", "key_sha256_stored"].into_iter().find_map(|field| entry[field].as_str());
    let key = match stored {
        _ if entry["type"] == "other" => String::new(),
        _ if row["expect"]["key_must_fail"].as_array().is_some_and(|keys| keys.contains(&entry["alias"])) => {
            "fails".to_owned()
        }
        Some(sha256) if entry["type"] == "secret" => {
            format!("{} {sha256}", entry["key_alg"].as_str().unwrap_or_default())
        }
        Some(sha256) => sha256.to_owned(),
        None if entry["key_error"].is_string() => "fails".to_owned(),
        None => String::new(),
    };
    (
        text(&entry["alias"]).to_owned(),
        text(&entry["type"]).to_owned(),
        entry["created_ms"].as_i64(),
        entry["modified_ms"].as_i64(),
        // A certificate that Java cannot read is null.
        entry["certs"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        entry["comment"].as_str().map(str::to_owned),
        key,
    )
}

fn summary(entry: &Entry<'_>, row: &Value, expected: &Value, keys: &mut usize) -> Summary {
    let own = &row["key_passwords"];
    let own = [&own[entry.alias()], &own[""], &row["password"]].into_iter().find(|own| own.is_string());
    let password = password(own.unwrap_or(&Value::Null));
    let (kind, key) = match entry.content() {
        Content::PrivateKey { key, .. } => {
            ("private", key.open(&password).map(|key| sha256(key.secret_pkcs8().secret_pkcs8_der())))
        }
        Content::SecretKey(key) => {
            ("secret", key.open(&password).map(|key| format!("{} {}", key.algorithm(), sha256(key.secret_bytes()))))
        }
        Content::TrustedCertificate(_) => ("trusted", Ok(String::new())),
        _ => ("other", Ok(String::new())),
    };
    *keys += usize::from(key.as_ref().is_ok_and(|key| !key.is_empty()));
    let theirs = expected.as_array().unwrap().iter().find(|theirs| theirs["alias"] == entry.alias());
    let is_known = |field: &str| theirs.is_some_and(|theirs| theirs[field].is_i64());
    let is_broken = theirs.is_some_and(|theirs| theirs.get("cert_error").is_some());
    (
        entry.alias().to_owned(),
        kind.to_owned(),
        entry.created().map(Timestamp::millis).filter(|_| is_known("created_ms")),
        entry.modified().map(Timestamp::millis).filter(|_| is_known("modified_ms")),
        entry.certificates().iter().filter(|_| !is_broken).map(|der| sha256(der)).collect(),
        entry.comment().map(str::to_owned),
        key.unwrap_or_else(|_| "fails".to_owned()),
    )
}

/// An unedited file is encoded to the same bytes; an edited one has the same entries and a new one, with new
/// randomness.
fn written(row: &Value, store: &Bcfks<'_>, bytes: &[u8]) -> Result<(), String> {
    let (password, mut rng) = (password(&row["password"]), ChaCha20Rng::from_seed([3; 32]));
    let again = store.encode(&password, &mut rng).map_err(|error| error.to_string())?;
    if again != bytes {
        return Err("encoded again it has other bytes".to_owned());
    }
    let certificate = CertificateDer::from(include_bytes!("../data/node0.cer").as_slice());
    let added = Entry::new_trusted_certificate("added here", certificate, Timestamp::from_millis(1_700_000_000_123));
    let mut edited = store.clone();
    edited.insert(&added).map_err(|error| error.to_string())?;
    let encoded = match edited.encode(&password, &mut rng) {
        Err(_) if store.is_signed() => return Ok(()),
        encoded => encoded.map_err(|error| error.to_string())?,
    };
    let back = Bcfks::decode(&encoded, &password).map_err(|error| format!("edited: {error}"))?;
    let (before, after) = (edited.view(), back.view());
    if !before.all().eq(after.all()) || back.created() != store.created() {
        return Err("edited it has other entries".to_owned());
    }
    Ok(())
}

/// A null password is an empty one for Bouncy Castle.
fn password(value: &Value) -> Password {
    Password::new(value.as_str().unwrap_or_default())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
