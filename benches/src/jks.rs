//! Operations on JKS keystores.

use std::time::{Duration, UNIX_EPOCH};

use ::jks::{Certificate, KeyStore as Rival, PrivateKeyEntry, TrustedCertificateEntry};
use keystore_core::{Entry, Jks, KeyStore, Protection, SealedKey, jks};
use sha1::{Digest, Sha1};

use crate::fixture::{CREATED, PASSWORD, certificates, key, keystore, password, rng, truststore};
use crate::operation::{Effort, Operation, concerns};

pub(crate) fn operations(effort: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("jks", filter) {
        return Vec::new();
    }
    let counts: &[usize] = match effort {
        Effort::Quick => &[1, 100, 1_000],
        Effort::Full => &[1, 100, 1_000, 10_000],
    };
    let mut operations = vec![seal_and_encode(), decode_and_open()];
    operations.extend(counts.iter().map(|count| encode(*count)));
    operations.extend(counts.iter().flat_map(|count| [decode(*count), decode_owned(*count)]));
    operations
}

fn encode(count: usize) -> Operation {
    let (store, rival) = (truststore(count), rival(count));
    let bytes = jks::encode(&store, &password()).unwrap();
    assert_eq!(contents(&bytes), contents(&stored(&rival)), "our store and the rival's have the same content");
    let covered = bytes.len();
    let hashed = bytes.clone();
    Operation::new(format!("jks encode, {count} certificates"), move || jks::encode(&store, &password()).unwrap())
        .limit(1.05, move || (Sha1::digest(&bytes), bytes.clone()))
        .rival("SHA-1 alone", move || Sha1::digest(&hashed))
        .slower_rival("jks", 1.0, move || {
            let mut file = Vec::with_capacity(covered);
            rival.store(&mut file, PASSWORD.as_bytes()).unwrap();
            file
        })
}

fn decode(count: usize) -> Operation {
    let bytes: &'static [u8] = jks::encode(&truststore(count), &password()).unwrap().leak();
    assert_eq!(loaded(bytes).len(), count);
    Operation::new(format!("jks decode, {count} certificates"), move || Jks::decode(bytes, &password()).unwrap())
        .limit(1.05, move || Sha1::digest(bytes))
        .slower_rival("jks", 1.0, move || loaded(bytes))
}

fn decode_owned(count: usize) -> Operation {
    let bytes: &'static [u8] = jks::encode(&truststore(count), &password()).unwrap().leak();
    let entries = move || Jks::decode(bytes, &password()).unwrap().into_owned();
    assert_eq!(entries().view().iter().count(), count);
    Operation::new(format!("jks decode, owned, {count} certificates"), entries)
        .limit(1.2, move || Sha1::digest(bytes))
        .rival("SHA-1 and one copy", move || (Sha1::digest(bytes), bytes.to_vec()))
        .slower_rival("jks", 1.0, move || loaded(bytes))
}

/// Seals a key and encodes a keystore with it.
///
/// The limit is only the keystream and the two digests.
fn seal_and_encode() -> Operation {
    let der = key().secret_pkcs8();
    let size = jks::encode(&keystore(Protection::Jks), &password()).unwrap().len();
    let ours = || {
        let sealed = SealedKey::seal(&key().secret_pkcs8(), &password(), Protection::Jks, &mut rng()).unwrap();
        let mut store = KeyStore::new();
        store.insert(Entry::new_private_key("node0", sealed, vec![certificates(1).remove(0)], CREATED)).unwrap();
        jks::encode(&store, &password()).unwrap()
    };
    let mut rival = rival_keystore();
    rival.load(ours().as_slice(), PASSWORD.as_bytes()).unwrap();
    let opened = rival.get_private_key_entry("node0", PASSWORD.as_bytes()).unwrap();
    assert_eq!(opened.private_key, der.secret_pkcs8_der());
    let (plain, file) = (der.secret_pkcs8_der().to_vec(), vec![0; size]);
    Operation::new("jks seal and encode, key and certificate", ours)
        .limit(1.25, move || (keystream_and_digest(&plain), Sha1::digest(&file)))
        .slower_rival("jks", 1.0, || stored(&rival_keystore()))
}

fn decode_and_open() -> Operation {
    let bytes: &'static [u8] = jks::encode(&keystore(Protection::Jks), &password()).unwrap().leak();
    let plain = key().secret_pkcs8().secret_pkcs8_der().to_vec();
    let first: [u8; 20] = Sha1::digest([utf16_password().as_slice(), &[7; 20]].concat()).into();
    assert!(keystream_and_digest(&plain).0.starts_with(&first), "the limit computes Java's keystream");
    Operation::new("jks decode and open, key and certificate", move || {
        let store = Jks::decode(bytes, &password()).unwrap();
        store.view().private_key("node0").unwrap().open(&password()).unwrap()
    })
    .limit(1.25, move || (keystream_and_digest(&plain), Sha1::digest(bytes)))
    .slower_rival("jks", 1.0, move || loaded(bytes).get_private_key_entry("node0", PASSWORD.as_bytes()).unwrap())
}

/// Computes the keystream and the digest of a key (`sun.security.provider.KeyProtector`).
fn keystream_and_digest(plain: &[u8]) -> (Vec<u8>, [u8; 20]) {
    let password = utf16_password();
    let (mut hasher, mut block) = (Sha1::new(), [7; 20].into());
    let mut stream = vec![0; plain.len().next_multiple_of(20)];
    for chunk in stream.chunks_exact_mut(20) {
        hasher.update(&password);
        hasher.update(block);
        hasher.finalize_into_reset(&mut block);
        chunk.copy_from_slice(&block);
    }
    (stream, Sha1::new_with_prefix(&password).chain_update(plain).finalize().into())
}

fn utf16_password() -> Vec<u8> {
    PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn rival(count: usize) -> Rival {
    let mut store = Rival::new();
    for (number, certificate) in certificates(count).iter().enumerate() {
        store.set_trusted_certificate_entry(&format!("node{number}"), trusted(certificate)).unwrap();
    }
    store
}

fn trusted(certificate: &[u8]) -> TrustedCertificateEntry {
    TrustedCertificateEntry { creation_time: created(), certificate: x509(certificate) }
}

fn x509(certificate: &[u8]) -> Certificate {
    Certificate { cert_type: "X.509".to_owned(), content: certificate.to_vec() }
}

fn rival_keystore() -> Rival {
    let mut store = Rival::new();
    let private_key = key().secret_pkcs8().secret_pkcs8_der().to_vec();
    let entry =
        PrivateKeyEntry { creation_time: created(), private_key, certificate_chain: vec![x509(&certificates(1)[0])] };
    store.set_private_key_entry("node0", entry, PASSWORD.as_bytes()).unwrap();
    store
}

fn created() -> std::time::SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn stored(store: &Rival) -> Vec<u8> {
    let mut file = Vec::new();
    store.store(&mut file, PASSWORD.as_bytes()).unwrap();
    file
}

fn loaded(bytes: &[u8]) -> Rival {
    let mut store = Rival::new();
    store.load(bytes, PASSWORD.as_bytes()).unwrap();
    store
}

fn contents(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let store = loaded(bytes);
    let mut contents: Vec<_> = store
        .aliases()
        .into_iter()
        .map(|alias| (alias.clone(), store.get_trusted_certificate_entry(&alias).unwrap().certificate.content))
        .collect();
    contents.sort();
    contents
}
