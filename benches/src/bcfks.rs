//! Operations on BCFKS, with the algorithms and costs of `bcprov`.
//!
//! The keys of the content and of the MAC are derived with PBKDF2, HMAC-SHA-512 and 51,200 iterations each. The content is
//! encrypted with AES-256 in CCM mode. The rival is Bouncy Castle in Java.

use ccm::aead::{AeadInOut, KeyInit as _};
use ccm::consts::{U8, U12};
use hmac::{Hmac, Mac as _};
use keystore_core::Bcfks;
use keystore_core::bcfks::{self, Profile};
use sha2::Sha512;

use crate::fixture::{CREATED, PASSWORD, password, rng, truststore};
use crate::operation::{Effort, Operation, concerns};

const PROFILE: Profile = Profile::BCPROV;
const ITERATIONS: u32 = 51_200;

pub(crate) fn operations(_: Effort, filter: &str) -> Vec<Operation> {
    if !concerns("bcfks", filter) {
        return Vec::new();
    }
    [1, 1_000].into_iter().flat_map(|count| [encode(count), decode(count)]).collect()
}

pub(crate) fn file(count: usize) -> Vec<u8> {
    bcfks::encode(&truststore(count), &password(), &PROFILE, CREATED, &mut rng()).unwrap()
}

fn encode(count: usize) -> Operation {
    let (store, bytes) = (truststore(count), file(count));
    let name = format!("bcfks encode, {count} certificates");
    Operation::new(name, move || bcfks::encode(&store, &password(), &PROFILE, CREATED, &mut rng()).unwrap())
        .limit(1.1, move || bare(&bytes))
}

fn decode(count: usize) -> Operation {
    let bytes: &'static [u8] = file(count).leak();
    assert_eq!(Bcfks::decode(bytes, &password()).unwrap().view().len(), count);
    Operation::new(format!("bcfks decode, {count} certificates"), move || Bcfks::decode(bytes, &password()).unwrap())
        .limit(1.1, move || bare(bytes))
}

/// The limit: two key derivations, then encryption, and HMAC of the encrypted bytes.
fn bare(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut keys = [[0; 64]; 2];
    for key in &mut keys {
        pbkdf2::pbkdf2_hmac::<Sha512>(PASSWORD.as_bytes(), &[7; 64], ITERATIONS, key);
    }
    let mut text = bytes.to_vec();
    let cipher = ccm::Ccm::<aes::Aes256, U8, U12>::new_from_slice(&keys[0][..32]).unwrap();
    cipher.encrypt_inout_detached(&[7; 12].into(), &[], text.as_mut_slice().into()).unwrap();
    let mac = Hmac::<Sha512>::new_from_slice(&keys[1]).unwrap().chain_update(&text);
    (mac.finalize().into_bytes().to_vec(), text)
}
