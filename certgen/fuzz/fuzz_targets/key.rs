//! Any bytes are a private key or an error; a key that is taken is written, and read back the same.
#![no_main]

use certgen::rustls_pki_types::PrivatePkcs8KeyDer;
use certgen::{PublicKey, KeyPair};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let key = PrivatePkcs8KeyDer::from(bytes);
    let public = PublicKey::of(&key);
    let Ok(pair) = KeyPair::from_pkcs8(&key) else { return };
    assert_eq!(&public.expect("a pair has a public key"), pair.public_key());
    let again = KeyPair::from_pkcs8(&pair.secret_pkcs8()).expect("what was written can be read");
    assert_eq!(again.secret_pkcs8(), pair.secret_pkcs8());
});
