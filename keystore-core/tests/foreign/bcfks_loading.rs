//! Compares with Bouncy Castle's providers whether they load a BCFKS, and whether the key manager accepts it: for the
//! corpus, for mutants of its files, and for mutants with a valid MAC.

use crate::bcfks::{BC_FIPS, BCPROV, Provider};
use crate::fixture::certificate;
use crate::java::ask;
use hmac::{Hmac, KeyInit, Mac};
use keystore_core::{Defect, Error, ErrorKind, Password, bcfks};
use pbkdf2::pbkdf2_hmac;
use rand::RngExt;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use sha2::Sha512;
use std::path::PathBuf;
use tempfile::TempDir;
use test_support::{Content, Corpus, Pinned, Suite, Tool};

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const WITH_BCPROV: &[Tool] = &[Tool::Java, Tool::Javac, BCPROV.jar];
    const WITH_BC_FIPS: &[Tool] = &[Tool::Java, Tool::Javac, BC_FIPS.jar];
    suite
        .test_where_found("bcfks_loading::bcprov_loads_what_we_say", WITH_BCPROV, || corpus(BCPROV))
        .test_where_found("bcfks_loading::bc_fips_loads_what_we_say", WITH_BC_FIPS, || corpus(BC_FIPS))
        .test_where_found("bcfks_loading::bcprov_loads_the_same_mutants", WITH_BCPROV, || mutants(BCPROV))
        .test_where_found("bcfks_loading::bc_fips_loads_the_same_mutants", WITH_BC_FIPS, || mutants(BC_FIPS))
}

/// A file, and the password to load it with.
struct Case {
    file: PathBuf,
    password: Option<String>,
}

/// Key derivation is slow in a debug build, so it uses every third row.
const STEP: usize = if cfg!(debug_assertions) { 3 } else { 1 };

fn corpus(provider: Provider) {
    let corpus = Corpus::find(Content::Bcfks);
    let rows = corpus.rows();
    let answered = |row: &&serde_json::Value| {
        row["kind"] == "bcfks" && row["oracles"][provider.oracle]["result"].as_str() != Some("hang")
    };
    let case = |row: &serde_json::Value| Case {
        file: corpus.folder().join(row["file"].as_str().expect("a file")),
        password: row["password"].as_str().map(str::to_owned),
    };
    let cases: Vec<_> = rows.iter().filter(answered).step_by(STEP).map(case).collect();
    let loaded = compare(provider, &cases);
    corpus.assert_at_least("files loaded by both", loaded, Pinned { whole: 170 / STEP, subset: 8 / STEP });
}

/// The number of mutants; `BCFKS_MUTANTS` sets another number.
fn mutants(provider: Provider) {
    let corpus = Corpus::find(Content::Bcfks);
    let rows = corpus.rows();
    let is_seed = |row: &&serde_json::Value| {
        row["kind"] == "bcfks" && row["expect"]["result"] == "ok" && !row["signature"].is_object()
    };
    let seeds: Vec<_> = rows.iter().filter(is_seed).collect();
    let folder = TempDir::new().expect("a temporary folder can be made");
    let rng = &mut ChaCha20Rng::from_seed([6; 32]);
    let count = std::env::var("BCFKS_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let mut cases = Vec::new();
    for made in 0..count {
        let file = folder.path().join(made.to_string());
        let (bytes, password) = if made % 4 == 0 {
            let row = seeds[rng.random_range(0..seeds.len())];
            let bytes =
                std::fs::read(corpus.folder().join(row["file"].as_str().expect("a file"))).expect("it is there");
            (mutated(bytes, rng), row["password"].as_str().map(str::to_owned))
        } else {
            (with_mac(&mutated(store_data(), rng)), Some(PASSWORD.to_owned()))
        };
        std::fs::write(&file, bytes).expect("the folder is ours");
        cases.push(Case { file, password });
    }
    let loaded = compare(provider, &cases);
    assert!(loaded * 20 > count, "hardly any mutant loads: {loaded}");
}

/// A position for a change, mostly in the structure before and after the encrypted content.
fn mutated(mut bytes: Vec<u8>, rng: &mut ChaCha20Rng) -> Vec<u8> {
    for _ in 0..=rng.random_range(0..2) {
        let length = bytes.len();
        let place = match rng.random_range(0..3) {
            0 => rng.random_range(0..length),
            1 => rng.random_range(0..length.min(150)),
            _ => length - 1 - rng.random_range(0..length.min(250)),
        };
        bytes[place] ^= 1 << rng.random_range(0..8);
    }
    bytes
}

fn compare(provider: Provider, cases: &[Case]) -> usize {
    let request = |case: &Case| {
        let password = case.password.as_deref().unwrap_or("-null-");
        ["loads", &case.file.display().to_string(), "BCFKS", password].join("\t")
    };
    let requests: Vec<_> = std::iter::once(provider.request()).chain(cases.iter().map(request)).collect();
    let mut answers = ask(&requests).into_iter();
    answers.next().expect("an answer").expect("the provider loads");
    let (mut loaded, mut different) = (0, Vec::new());
    for (case, answer) in cases.iter().zip(answers) {
        let bytes = std::fs::read(&case.file).expect("a file");
        let password = case.password.as_deref().map(Password::new);
        let ours = bcfks::loads(provider.reader, &bytes, password.as_ref());
        let mut found = Vec::new();
        let theirs = answer.as_ref().map(drop).map_err(String::as_str);
        let is_excused = theirs.is_ok() && is_left_unchecked(provider, &ours);
        if !agrees(&ours, theirs) && !is_excused {
            found.push(format!("{}: {ours:?}, Bouncy Castle: {answer:?}", request(case)));
        }
        if let (Ok(()), Ok(lines)) = (&ours, &answer) {
            loaded += 1;
            let key_password = case.password.as_deref().map_or_else(|| Password::new("-null-"), Password::new);
            let ours = bcfks::loads_keys(provider.reader, &bytes, password.as_ref(), &key_password);
            let theirs = lines.iter().find_map(|line| line.strip_prefix("init\t")).expect("Java says it").trim_end();
            if ours.is_ok() != (theirs == "ok") && !is_not_decoded(&ours) {
                found.push(format!("keys of {}: {ours:?}, Bouncy Castle: {theirs}", request(case)));
            }
        }
        different.extend(unexpected(provider, case, found));
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
    println!("{loaded} of {} are loaded by both", cases.len());
    loaded
}

/// Whether the outermost length reaches beyond the file's end, or a date is malformed: `bc-fips` does not check either.
fn is_left_unchecked(provider: Provider, ours: &Result<(), Error>) -> bool {
    let kind = ours.as_ref().map_err(Error::kind);
    provider.reader == bcfks::Provider::BcFips
        && matches!(kind, Err(ErrorKind::Truncated { .. } | ErrorKind::Malformed(Defect::GeneralizedTime)))
}

/// Whether this crate does not decode a store that Bouncy Castle loads, so that it cannot check the keys.
fn is_not_decoded(keys: &Result<(), Error>) -> bool {
    let kind = keys.as_ref().map_err(Error::kind);
    matches!(kind, Err(ErrorKind::Malformed(Defect::GeneralizedTime) | ErrorKind::UnsupportedVersion { .. }))
}

/// Checks that both sides load the file, or that both refuse it, for the same reason if Bouncy Castle states one.
fn agrees(ours: &Result<(), Error>, theirs: Result<(), &str>) -> bool {
    match (ours.as_ref().map_err(Error::kind), theirs) {
        (Err(ours), Err(theirs)) if theirs.contains("greater than") || theirs.contains("invalid iteration count") => {
            matches!(ours, ErrorKind::LimitExceeded { .. } | ErrorKind::Malformed(_))
        }
        (Err(ours), Err(theirs)) if theirs.contains("unrecognized") || theirs.contains("cannot recognize") => {
            matches!(ours, ErrorKind::UnsupportedAlgorithm { .. } | ErrorKind::Malformed(_))
        }
        (Err(ours), Err(theirs)) if theirs.contains("error verifying signature") => {
            matches!(ours, ErrorKind::Signed | ErrorKind::Malformed(_))
        }
        (Err(_), Err(_)) | (Ok(()), Ok(())) => true,
        _ => false,
    }
}

/// Deviations that are not listed as exceptions, and exceptions without a deviation.
fn unexpected(provider: Provider, case: &Case, found: Vec<String>) -> Vec<String> {
    let name = case.file.display().to_string();
    let excepted = EXCEPTIONS.iter().any(|(file, of, _)| name.ends_with(file) && of.contains(&provider.reader));
    match (excepted, found.is_empty()) {
        (true, true) => vec![format!("{name} is excepted, and agrees")],
        (true, false) => Vec::new(),
        (false, _) => found,
    }
}

const BOTH: &[bcfks::Provider] = &[bcfks::Provider::Bcprov, bcfks::Provider::BcFips];
const FIPS: &[bcfks::Provider] = &[bcfks::Provider::BcFips];

/// Files of the corpus that Bouncy Castle loads and this crate refuses, and why.
const EXCEPTIONS: &[(&str, &[bcfks::Provider], &str)] = &[
    ("hand-mac-sha1.bcfks", BOTH, "a MAC that this crate does not have"),
    ("hand-mac-sha384.bcfks", BOTH, "a MAC that this crate does not have"),
    ("hand-enckeylen24.bcfks", BOTH, "AES with 24 bytes under the name of AES-256"),
    ("hand-enckeylen24-kwp.bcfks", BOTH, "AES with 24 bytes under the name of AES-256"),
    ("hand-secret-aes-17.bcfks", FIPS, "bc-fips does not open a key of 17 bytes for AES"),
    ("hand-mackeylen1025.bcfks", FIPS, "a limit that bc-fips lacks"),
    ("bad-it-enc-neg1.bcfks", FIPS, "a negative count, which bc-fips takes for one"),
    ("bad-it-enc-neg2p31.bcfks", FIPS, "a negative count, which bc-fips takes for one"),
    ("bad-it-mac-neg1.bcfks", FIPS, "a negative count, which bc-fips takes for one"),
    ("bad-it-mac-neg2p31.bcfks", FIPS, "a negative count, which bc-fips takes for one"),
];

const PASSWORD: &str = "changeit";

/// An unencrypted store with this data and a valid MAC.
fn with_mac(data: &[u8]) -> Vec<u8> {
    let salt = [9; 16];
    let parameters = [der(0x04, &salt), der(0x02, &[1]), der(0x02, &[64]), hmac_sha_512()].concat();
    let derivation = der(0x30, &[der(0x06, &PBKDF2), der(0x30, &parameters)].concat());
    let text = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let mut key = [0; 64];
    pbkdf2_hmac::<Sha512>(&[text(PASSWORD), text("INTEGRITY_CHECK")].concat(), &salt, 1, &mut key);
    let mac = Hmac::<Sha512>::new_from_slice(&key).expect("any length").chain_update(data).finalize().into_bytes();
    let check = der(0x30, &[hmac_sha_512(), derivation, der(0x04, &mac)].concat());
    der(0x30, &[data.to_vec(), check].concat())
}

/// An `ObjectStoreData` with a certificate, a private key entry whose bytes are not a key, and a comment.
fn store_data() -> Vec<u8> {
    let date = || der(0x18, b"20240102030405Z");
    let entry = |kind: u8, alias: &str, data: &[u8]| {
        let fields = [der(0x02, &[kind]), der(0x0c, alias.as_bytes()), date(), date(), der(0x04, data)];
        der(0x30, &[&fields.concat()[..], &der(0x0c, b"a comment")].concat())
    };
    let entries =
        [entry(0, "node0", &certificate()), entry(0, "Node0", &certificate()), entry(5, "other", b"anything")];
    let fields = [der(0x02, &[1]), hmac_sha_512(), date(), date(), der(0x30, &entries.concat()), der(0x0c, b"a store")];
    der(0x30, &fields.concat())
}

fn hmac_sha_512() -> Vec<u8> {
    der(0x30, &[der(0x06, &HMAC_SHA_512), der(0x05, &[])].concat())
}

const PBKDF2: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC_SHA_512: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0b];

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let header = match length {
        [0, short @ 0..0x80] => vec![tag, short],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}
