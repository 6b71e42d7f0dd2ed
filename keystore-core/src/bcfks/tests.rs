//! Known answers of Bouncy Castle: the derivations, both ciphers, and their combination.

use super::cipher::Cipher;
use super::kdf::{self, Kdf, Purpose};
use super::scheme::Scheme;
use crate::Password;
use crate::asn1::{Algorithm, Reader, Tag, Writer, oid};
use serde_json::Value;
use test_support::{Content, Corpus, Pinned};

#[test]
fn known_answers_of_the_corpus() {
    let corpus = Corpus::find(Content::Bcfks);
    let answers = std::fs::read_to_string(corpus.folder().join("kats.json")).unwrap();
    let answers: Value = serde_json::from_str(&answers).unwrap();
    let answers = answers.as_array().unwrap();
    for answer in answers {
        match text(answer, "kat") {
            "bcfks-kdf" => derives(answer),
            "bcfks-decrypt" => decrypts(answer),
            "aes-256-ccm" | "aes-256-kwp" => is_the_cipher(answer),
            other => panic!("unknown known answer {other}"),
        }
    }
    corpus.assert_count("known answers", answers.len(), Pinned { whole: 24, subset: 24 });
}

fn derives(answer: &Value) {
    let (password, purpose) = (Password::new(answer["password"].as_str().unwrap_or_default()), purpose(answer));
    assert_eq!(hex::encode(&*kdf::octets(&password, purpose)), text(answer, "password_octets"), "{answer}");
    let der = bytes(answer, "kdf_der");
    let kdf = Kdf::read(&mut Reader::new(&der, None)).unwrap();
    let mut key = vec![0; bytes(answer, "key").len()];
    kdf.derive(&password, purpose, &mut key).unwrap();
    assert_eq!(hex::encode(key), text(answer, "key"), "{answer}");
}

fn decrypts(answer: &Value) {
    let der = bytes(answer, "algorithm_der");
    let scheme = Scheme::of(&Algorithm::read(&mut Reader::new(&der, None)).unwrap()).unwrap();
    let (password, plain) = (Password::new(text(answer, "password")), bytes(answer, "plaintext"));
    assert_eq!(scheme.decrypt(&password, purpose(answer), &bytes(answer, "ciphertext")).unwrap(), plain, "{answer}");
    let mut written = Writer::new();
    scheme.write(&mut written);
    assert_eq!(hex::encode(written.written()), text(answer, "algorithm_der"), "{answer}");
}

fn is_the_cipher(answer: &Value) {
    let mut algorithm = Writer::new();
    if text(answer, "kat") == "aes-256-kwp" {
        algorithm.algorithm(oid::AES_256_WRAP_PAD, |_| {});
    } else {
        let tag = u32::try_from(answer["icv"].as_u64().unwrap()).unwrap();
        algorithm.algorithm(oid::AES_256_CCM, |writer| {
            writer.nested(Tag::SEQUENCE, |writer| {
                writer.octet_string(&bytes(answer, "nonce")).unsigned(tag);
            });
        });
    }
    let algorithm = algorithm.finish();
    let cipher = Cipher::read(&Algorithm::read(&mut Reader::new(&algorithm, None)).unwrap()).unwrap();
    let (key, plain) = (bytes(answer, "key").try_into().unwrap(), bytes(answer, "plaintext"));
    let mut encrypted = bytes(answer, "ciphertext");
    assert_eq!(cipher.decrypt(&key, &encrypted).unwrap(), plain, "{answer}");
    // Only nonces of 12 bytes are written.
    if answer["nonce"].as_str().is_none_or(|nonce| nonce.len() == 24) {
        assert_eq!(cipher.encrypt(&key, &plain).unwrap(), encrypted, "{answer}");
    }
    if let Some(last) = encrypted.last_mut() {
        *last ^= 1;
    }
    assert!(cipher.decrypt(&key, &encrypted).is_err(), "{answer}");
}

fn purpose(answer: &Value) -> Purpose {
    match text(answer, "purpose") {
        "STORE_ENCRYPTION" => Purpose::StoreEncryption,
        "PRIVATE_KEY_ENCRYPTION" => Purpose::PrivateKeyEncryption,
        "SECRET_KEY_ENCRYPTION" => Purpose::SecretKeyEncryption,
        "INTEGRITY_CHECK" => Purpose::IntegrityCheck,
        other => panic!("unknown purpose {other}"),
    }
}

fn text<'v>(answer: &'v Value, field: &str) -> &'v str {
    answer[field].as_str().unwrap()
}

fn bytes(answer: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(answer, field)).unwrap()
}
