//! Tests with known answers, from OpenSSL (fixtures) and from other projects (corpus).

use super::encoded_password::EncodedPassword;
use super::hash::Hash;
use super::kdf::{self, Purpose};
use super::pbe::Scheme;
use crate::Password;
use crate::asn1::{Reader, Tag, Writer, oid};
use serde_json::Value;
use test_support::{Content, Corpus, Pinned};

#[test]
fn derivations_are_openssls() {
    let salt = bytes("00112233445566778899aabbccddeeff0011223344");
    let password = Password::new("pass😀").bmp_terminated();
    let vectors = include_str!("../../../tests/data/pkcs12kdf.txt");
    assert_eq!(vectors.lines().count(), 21);
    for line in vectors.lines() {
        let [hash, purpose, expected] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let mut out = vec![0; 150];
        kdf::derive(hash_named(hash), purpose_named(purpose), &password, &salt, 100, &mut out);
        assert_eq!(hex::encode(out), expected, "{hash} {purpose}");
    }
}

#[test]
fn known_answers_of_the_corpus() {
    let corpus = Corpus::find(Content::Keystores);
    let answers = std::fs::read_to_string(corpus.folder().join("kats.json")).unwrap();
    let answers: Value = serde_json::from_str(&answers).unwrap();
    let (mut derived, mut decrypted) = (0, 0);
    for answer in answers.as_array().unwrap() {
        match (text(answer, "kat"), answer["scheme"].as_str()) {
            ("pkcs12kdf", _) => {
                derives(answer);
                derived += 1;
            }
            (_, Some("pbeWithSHA1And3-KeyTripleDES-CBC")) => {
                decrypts(answer);
                decrypted += 1;
            }
            _ => {}
        }
    }
    corpus.assert_count("derivations", derived, Pinned { whole: 21, subset: 21 });
    corpus.assert_count("decryptions", decrypted, Pinned { whole: 4, subset: 4 });
}

fn derives(answer: &Value) {
    let expected = text(answer, "out");
    let mut out = vec![0; expected.len() / 2];
    let purpose = purpose_named(&answer["id"].to_string());
    let (password, salt) = (bytes(text(answer, "password_bmp")), bytes(text(answer, "salt")));
    kdf::derive(hash_named(text(answer, "hash")), purpose, &password, &salt, iterations(answer), &mut out);
    assert_eq!(hex::encode(out), expected, "{answer}");
}

fn decrypts(answer: &Value) {
    let mut algorithm = Writer::new();
    algorithm.algorithm(oid::PBE_SHA1_3DES_3KEY, |writer| {
        writer.nested(Tag::SEQUENCE, |writer| {
            writer.octet_string(&bytes(text(answer, "salt"))).unsigned(iterations(answer));
        });
    });
    let algorithm = algorithm.finish();
    let scheme = Scheme::read(&mut Reader::new(&algorithm, None)).unwrap();
    let password = Password::new(text(answer, "password"));
    let (plain, empty) = scheme.decrypt(&password, &bytes(text(answer, "ciphertext")), |_| true).unwrap();
    assert_eq!(*plain, bytes(text(answer, "plaintext")), "{answer}");
    let password = EncodedPassword::new(&password, empty);
    assert_eq!(scheme.encrypt(&password, &plain).unwrap(), bytes(text(answer, "ciphertext")), "{answer}");
}

fn hash_named(name: &str) -> Hash {
    match name {
        "SHA1" | "sha1" => Hash::Sha1,
        "SHA224" => Hash::Sha224,
        "SHA256" | "sha256" => Hash::Sha256,
        "SHA384" => Hash::Sha384,
        "SHA512" | "sha512" => Hash::Sha512,
        "SHA512-224" => Hash::Sha512_224,
        "SHA512-256" => Hash::Sha512_256,
        _ => panic!("{name}"),
    }
}

fn purpose_named(id: &str) -> Purpose {
    match id {
        "1" => Purpose::Key,
        "2" => Purpose::Iv,
        "3" => Purpose::Mac,
        _ => panic!("{id}"),
    }
}

fn iterations(answer: &Value) -> u32 {
    u32::try_from(answer["iterations"].as_u64().unwrap()).unwrap()
}

fn text<'v>(answer: &'v Value, field: &str) -> &'v str {
    answer[field].as_str().unwrap()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).unwrap()
}
