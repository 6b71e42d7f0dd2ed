//! What a small file can cost: many keys that share one long chain, many entries, what is long and no store. Each program runs
//! within a bound of memory.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Output;

use certgen::{KeyKind, KeyPair};
use keystore_core::pkcs12::Profile;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Protection, SealedKey, jks};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use test_support::bounded;

const PASSWORD: &str = "changeit";

/// A PKCS#12 of a few megabytes: keys that share a chain of 1,000 certificates. `KEYS=990` is as many as one such report had.
#[test]
fn keys_that_share_a_chain_do_not_multiply_it() {
    let place = Place::new();
    let chain: Vec<Vec<u8>> = (0..1000).map(certificate).collect();
    let keys = std::env::var("KEYS").map_or(330, |keys| keys.parse().unwrap());
    place.write("shared.p12", &shared_chain(&chain, keys));
    let report = place.json(&["inspect", "shared.p12"]);
    let entries = report["files"][0]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), keys);
    for entry in entries {
        assert_eq!(entry["certificates"].as_array().unwrap().len(), 10);
        assert_eq!(entry["certificates_left_out"], 990);
    }
    let (status, said) = place.says(&["inspect", "shared.p12"]);
    assert_eq!((status, said.matches("990 more certificates of its chain are not shown").count()), (2, keys));
    let report = place.json(&["expiry", "shared.p12"]);
    assert_eq!(report["rows"].as_array().unwrap().len(), keys + chain.len() - 1);
}

#[test]
fn entries_and_findings_are_shown_up_to_a_number() {
    let place = Place::new();
    let mut store = KeyStore::new();
    let weak = CertificateDer::from(certificate(0));
    for index in 0..12_000 {
        let created = keystore_core::Timestamp::from_millis(0);
        store.insert(Entry::new_trusted_certificate(format!("a{index}"), weak.clone(), created)).unwrap();
    }
    place.write("many.jks", &jks::encode(&store, &Password::new(PASSWORD)).unwrap());
    let report = place.json(&["inspect", "many.jks"]);
    let file = &report["files"][0];
    assert_eq!(file["entries"].as_array().unwrap().len(), 10_000);
    assert_eq!(file["entries_left_out"], 2000);
    assert_eq!(file["findings"].as_array().unwrap().len(), 10_000);
    assert!(file["findings_left_out"].as_u64().unwrap() > 1_000);
    let (_, said) = place.says(&["inspect", "many.jks"]);
    assert!(said.contains("12000 entries") && said.contains("2000 more entries are not shown"));
}

#[test]
fn what_is_long_and_no_store_is_refused() {
    let place = Place::new();
    let pem = certgen::pem::encode_certificate(&CertificateDer::from(certificate(0)));
    let small = pem.repeat(100);
    let long = pem.repeat((4 << 20) / pem.len() + 1);
    place.write("small.pem", small.as_bytes());
    place.write("long.pem", long.as_bytes());
    place.write("long.properties", &b"a=b\n".repeat((1 << 20) + 1));
    assert_eq!(place.json(&["expiry", "small.pem"])["rows"].as_array().unwrap().len(), 100);
    for (command, file) in [("inspect", "long.pem"), ("expiry", "long.pem"), ("inspect", "long.properties")] {
        let (status, said) = place.says(&[command, file]);
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("longer than 4194304 bytes"), "{said}");
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("password", PASSWORD.as_bytes());
        place
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn says(&self, arguments: &[&str]) -> (i32, String) {
        let output = run(self.0.path(), arguments);
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = run(self.0.path(), &[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

/// In 512 MB of address space.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let arguments = [arguments, &["--password-file", "password"]].concat();
    bounded(500_000, env!("CARGO_BIN_EXE_cassandra-tls"), folder, &arguments)
}

/// A certificate of version 1 for CN=`number`, signed by CN=`number + 1`, as far as its form goes: nobody verifies it.
fn certificate(number: u32) -> Vec<u8> {
    let algorithm = der(0x30, &[SHA256_WITH_RSA, &[5, 0]]);
    let name = |number: u32| {
        let attribute = der(0x30, &[&[6, 3, 0x55, 4, 3], &der(0x0c, &[number.to_string().as_bytes()])]);
        der(0x30, &[&der(0x31, &[&attribute])])
    };
    let dates = der(0x30, &[&der(0x17, &[b"250101000000Z"]), &der(0x17, &[b"450101000000Z"])]);
    let key = der(0x30, &[&der(2, &[&[0], &[0xff; 128]]), &[2, 3, 1, 0, 1]]);
    let key = der(0x30, &[&der(0x30, &[RSA, &[5, 0]]), &der(3, &[&[0], &key])]);
    let serial = der(2, &[&[1], &number.to_be_bytes()]);
    let to_be_signed = der(0x30, &[&serial, &algorithm, &name(number + 1), &dates, &name(number), &key]);
    der(0x30, &[&to_be_signed, &algorithm, &der(3, &[&[0], &[7; 128]])])
}

/// A PKCS#12 (RFC 7292) of `keys` keys and a chain whose first certificate belongs to each of them.
fn shared_chain(chain: &[Vec<u8>], keys: usize) -> Vec<u8> {
    let mut rng = rand::rng();
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng).unwrap();
    let protection = Protection::Pkcs12(Profile::JAVA_17.with_iterations(1));
    let sealed = SealedKey::seal(&key.secret_pkcs8(), &Password::new(PASSWORD), protection, &mut rng).unwrap();
    let attribute = |oid: &[u8], value: &[u8]| der(0x30, &[oid, &der(0x31, &[value])]);
    let local_key_id = attribute(LOCAL_KEY_ID, &der(4, &[b"shared"]));
    let mut bags = Vec::new();
    for index in 0..keys {
        let name: Vec<u8> = format!("k{index}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        let attributes = der(0x31, &[&attribute(FRIENDLY_NAME, &der(0x1e, &[&name])), &local_key_id]);
        bags.push(der(0x30, &[SHROUDED_KEY_BAG, &der(0xa0, &[sealed.as_der()]), &attributes]));
    }
    for (index, certificate) in chain.iter().enumerate() {
        let bag = der(0x30, &[X509_CERTIFICATE, &der(0xa0, &[&der(4, &[certificate])])]);
        let attributes = if index == 0 { der(0x31, &[&local_key_id]) } else { Vec::new() };
        bags.push(der(0x30, &[CERT_BAG, &der(0xa0, &[&bag]), &attributes]));
    }
    let data = |content: &[u8]| der(0x30, &[DATA, &der(0xa0, &[&der(4, &[content])])]);
    let content = der(0x30, &[&data(&der(0x30, &[&bags.concat()]))]);
    let mac = der(0x30, &[&der(0x30, &[SHA256, &[5, 0]]), &der(4, &[&mac(&content)])]);
    let mac = der(0x30, &[&mac, &der(4, &[&[1; 8]]), &[2, 1, 1]]);
    der(0x30, &[&[2, 1, 3], &data(&content), &mac])
}

/// HMAC (RFC 2104) under the key that one iteration derives from the password and a salt of eight ones (RFC 7292, section B.2).
fn mac(content: &[u8]) -> Vec<u8> {
    let password: Vec<u8> = PASSWORD.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let filled: Vec<u8> = password.iter().copied().cycle().take(64).collect();
    let key = Sha256::digest([&[3; 64][..], &[1; 64], &filled].concat());
    let pad = |byte: u8| (0..64).map(|index| key.get(index).copied().unwrap_or(0) ^ byte).collect::<Vec<u8>>();
    let inner = Sha256::digest([&pad(0x36), content].concat());
    Sha256::digest([&pad(0x5c), inner.as_slice()].concat()).to_vec()
}

fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    let bytes = content.len().to_be_bytes();
    let length: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    let length = match content.len() {
        0..0x80 => vec![u8::try_from(content.len()).unwrap()],
        _ => [&[0x80 | u8::try_from(length.len()).unwrap()], length.as_slice()].concat(),
    };
    [&[tag], length.as_slice(), &content].concat()
}

const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const SHA256_WITH_RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const SHA256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const FRIENDLY_NAME: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const LOCAL_KEY_ID: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
const X509_CERTIFICATE: &[u8] = &[6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
const SHROUDED_KEY_BAG: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2];
const CERT_BAG: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3];
