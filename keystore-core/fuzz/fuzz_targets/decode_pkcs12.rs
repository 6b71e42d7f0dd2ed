//! Decodes arbitrary bytes as PKCS#12, with and without the password.
#![no_main]

use keystore_core::{Password, Pfx};
use keystore_core_fuzz::limits;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("changeit");
    for password in [None, Some(&password)] {
        if let Ok(pfx) = Pfx::decode_unverified_within(bytes, password, &limits()) {
            assert_eq!(pfx.view().len(), pfx.clone().into_owned().view().len());
        }
    }
});
