//! Any store, of either format: edited and encoded it has what was kept and what was put in.
#![no_main]

use keystore_core::pkcs12::Profile;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, Password, Timestamp, Visibility, decode, decode_unverified};
use keystore_core_fuzz::limits;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/node0.cer");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("changeit");
    let Ok(mut store) = decode_unverified(bytes, &limits()) else { return };
    let before = store.view().len();
    let created = Timestamp::from_millis(0);
    let entry = Entry::trusted_certificate("put in", CertificateDer::from(CERTIFICATE), created);
    if store.insert(entry).is_err() {
        return;
    }
    let profile = Profile::JAVA_17.with_iterations(1);
    let Ok(encoded) = store.encode(&password, &profile, &mut ChaCha20Rng::from_seed([0; 32])) else { return };
    let again = decode(&encoded, &password, &limits()).expect("what was encoded decodes");
    let view = again.view();
    assert_eq!(view.entry("put in").expect("it is there").visibility(), Visibility::Reachable);
    assert!(view.len() > before);
});
