//! Files from reports that once were read in another way than Java reads them; see `fixtures/reports/README.md`.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use keystore_core::{Defect, ErrorKind, Password, decode, decode_unverified};

#[test]
fn keystores_40_what_is_skipped_is_well_formed_too() {
    let sound = include_bytes!("data/no-trust.p12");
    let file = include_bytes!("fixtures/reports/keystores-40-mac-parameters-indefinite.p12");
    let changed: Vec<usize> = (0..sound.len()).filter(|place| sound[*place] != file[*place]).collect();
    let password = Password::new("changeit");
    assert!(decode(sound, &password).is_ok());
    for error in [decode(file, &password).unwrap_err(), decode_unverified(file).unwrap_err()] {
        assert_eq!(*error.kind(), ErrorKind::Malformed(Defect::Length));
        // The NULL starts at the byte before the one that is changed.
        assert_eq!(error.position().map(|position| vec![position + 1]), Some(changed.clone()));
    }
}
