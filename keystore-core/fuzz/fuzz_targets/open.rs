//! Opens sealed keys of arbitrary bytes within the limits: each opens or is refused.
#![no_main]

use keystore_core::{Content, Password, SealedKey, decode_unverified_within};
use keystore_core_fuzz::limits;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("changeit");
    let _ = SealedKey::from_unchecked_der(bytes).open_within(&password, &limits());
    let Ok(store) = decode_unverified_within(bytes, &limits()) else { return };
    for entry in store.view().all() {
        match entry.content() {
            Content::PrivateKey { key, .. } => drop(key.open_within(&password, &limits())),
            Content::SecretKey(key) => drop(key.open_within(&password, &limits())),
            _ => {}
        }
    }
});
