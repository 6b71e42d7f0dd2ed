//! Decodes arbitrary bytes as BCFKS. A store that decodes is encoded to the same bytes, and after an edit to bytes that
//! decode again.
#![no_main]

use keystore_core::{Bcfks, Password};
use keystore_core_fuzz::limits;
use libfuzzer_sys::fuzz_target;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

fuzz_target!(|bytes: &[u8]| {
    let (password, mut rng) = (Password::new("changeit"), ChaCha20Rng::from_seed([1; 32]));
    let _ = Bcfks::decode_within(bytes, &password, &limits());
    let Ok(mut store) = Bcfks::decode_unverified_within(bytes, Some(&password), &limits()) else { return };
    let _ = format!("{store:?}");
    let again = store.encode(&password, &mut rng).expect("nothing was edited");
    assert!(bytes.starts_with(&again));
    let alias = store.view().iter().next().map(|entry| entry.alias().to_owned());
    let Some(alias) = alias.filter(|_| !store.is_signed()) else { return };
    store.remove(&alias).expect("it is there");
    let edited = store.encode(&password, &mut rng).expect("nothing was added");
    let back = Bcfks::decode_within(&edited, &password, &limits()).expect("it was written here");
    assert!(back.view().all().eq(store.view().all()));
});
