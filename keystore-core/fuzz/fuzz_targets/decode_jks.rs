//! Decodes arbitrary bytes as JKS or JCEKS. A store that decodes is encoded to the same bytes, except the digest.
#![no_main]

use keystore_core::{Jks, Password};
use keystore_core_fuzz::limits;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(jks) = Jks::decode_unverified_within(bytes, &limits()) else { return };
    let encoded = jks.encode(&Password::new("changeit")).expect("what was decoded can be counted");
    assert!(bytes.starts_with(&encoded[..encoded.len() - 20]), "other bytes");
    let again = Jks::decode_within(&encoded, &Password::new("changeit"), &limits()).expect("our digest is right");
    assert_eq!(jks.view().len(), again.view().len());
});
