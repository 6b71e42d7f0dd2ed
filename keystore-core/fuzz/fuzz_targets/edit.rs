//! Edits and encodes stores of any format, and checks that the result has the kept and the new entries.
#![no_main]

use keystore_core::pkcs12::Profile;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, Password, Pfx, Store, Timestamp, Visibility, decode_unverified_within, decode_within};
use keystore_core_fuzz::limits;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/node0.cer");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("changeit");
    let Some(mut store) = opened(bytes, &password) else { return };
    let before = store.view().len();
    let created = Timestamp::from_millis(0);
    let entry = Entry::new_trusted_certificate("put in", CertificateDer::from(CERTIFICATE), created);
    if store.insert(&entry).is_err() {
        return;
    }
    let profile = Profile::JAVA_17.with_iterations(1);
    let Ok(encoded) = store.encode(&password, &profile, &mut ChaCha20Rng::from_seed([0; 32])) else { return };
    let again = decode_within(&encoded, &password, &limits()).expect("what was encoded decodes");
    let view = again.view();
    assert_eq!(view.entry("put in").expect("it is there").visibility(), Visibility::Reachable);
    assert!(view.len() > before);
});

/// A store whose parts are all open, because a part under another password would keep that password.
fn opened<'a>(bytes: &'a [u8], password: &Password) -> Option<Store<'a>> {
    match decode_unverified_within(bytes, &limits()).ok()? {
        Store::Pfx(_) => Pfx::decode_unverified_within(bytes, Some(password), &limits()).ok().map(Store::Pfx),
        store => Some(store),
    }
}
