//! Tests PKCS#12 through the public interface: round trips, damaged files, and edits that keep the other bytes.
#![allow(clippy::unwrap_used, reason = "tests say what they expect by panicking")]

use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{
    EncodeDefect, Entry, ErrorKind, Format, KeyStore, Password, Pfx, Profile, Protection, SealedKey, Timestamp,
    Visibility, pkcs12,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const KEY: &[u8] = include_bytes!("data/node0.pkcs8");
const CERTIFICATE: &[u8] = include_bytes!("data/node0.cer");
const CREATED: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// A profile that is fast enough to test every byte.
const QUICK: Profile = Profile::JAVA_17.with_iterations(1);

#[test]
fn a_key_and_a_certificate_come_back_in_every_profile() {
    for profile in [Profile::JAVA_8, Profile::JAVA_17, Profile::OPENSSL_3, Profile::JAVA_26.with_iterations(1_000)] {
        let bytes = encoded(&profile);
        let pfx = Pfx::decode(&bytes, &password()).unwrap();
        let view = pfx.view();
        let entries: Vec<_> = view.iter().map(|entry| (entry.alias(), entry.created(), entry.visibility())).collect();
        let expected = [("node0", Some(CREATED), Visibility::Reachable), ("Peer", None, Visibility::Reachable)];
        assert_eq!(entries, expected, "{profile:?}");
        let key = view.private_key("NODE0").unwrap().open(&password()).unwrap();
        assert_eq!(key.secret_pkcs8().secret_pkcs8_der(), KEY, "{profile:?}");
        assert!(view.iter().all(|entry| entry.certificates() == [CertificateDer::from(CERTIFICATE)]), "{profile:?}");
    }
}

#[test]
fn the_same_randomness_gives_the_same_bytes() {
    assert_eq!(encoded(&QUICK), encoded(&QUICK));
}

#[test]
fn a_wrong_password_is_told_for_the_store_and_for_the_key() {
    let bytes = encoded(&QUICK);
    let error = Pfx::decode(&bytes, &Password::new("other")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
    let pfx = Pfx::decode_unverified(&bytes, None).unwrap();
    let error = pfx.view().private_key("node0").unwrap().open(&Password::new("other")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::WrongPasswordOrTampered);
}

#[test]
fn a_file_cut_at_any_length_is_truncated() {
    let bytes = encoded(&QUICK);
    for length in 0..bytes.len() {
        let error = Pfx::decode(&bytes[..length], &password()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Truncated { .. }), "{length}: {error}");
    }
}

#[test]
fn no_flipped_bit_changes_what_is_read() {
    let bytes = encoded(&QUICK);
    let pfx = Pfx::decode(&bytes, &password()).unwrap();
    let intact: Vec<_> = pfx.view().all().cloned().map(Entry::into_owned).collect();
    let mut accepted = Vec::new();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            if let Ok(pfx) = Pfx::decode(&flipped, &password()) {
                let view = pfx.view();
                let key = view.private_key("node0").unwrap().open(&password()).unwrap();
                assert_eq!(key.secret_pkcs8().secret_pkcs8_der(), KEY, "bit {bit} of byte {place}");
                assert!(view.iter().eq(&intact), "bit {bit} of byte {place}");
                accepted.push(place);
            }
        }
    }
    // The tag of the NULL in the parameters of the MAC's hash function has no meaning.
    accepted.dedup();
    let null = bytes.windows(2).rposition(|window| window == [0x05, 0x00]).unwrap();
    assert_eq!(accepted, [null]);
}

#[test]
fn what_readers_do_not_take_is_refused() {
    let refused = |password: &str, profile: &Profile| {
        let error = pkcs12::encode(&sample(&QUICK), &Password::new(password), profile, &mut rng()).unwrap_err();
        let ErrorKind::NotRepresentable { format: Format::Pkcs12, defect } = *error.kind() else { panic!("{error}") };
        defect
    };
    assert_eq!(refused("pässwörd", &Profile::JAVA_17), EncodeDefect::PasswordNotAscii);
    assert_eq!(refused("pässwörd", &Profile::JAVA_8), EncodeDefect::PasswordNotAscii);
    assert_eq!(refused("changeit", &Profile::JAVA_17.with_iterations(0)), EncodeDefect::Iterations);
    assert_eq!(refused("changeit", &Profile::JAVA_26.with_iterations(5_000_001)), EncodeDefect::Iterations);
}

#[test]
fn passwords_outside_ascii_and_outside_the_bmp_are_taken_where_readers_take_them() {
    for text in ["", "pässwörd", "日本語", "😀"] {
        let password = Password::new(text);
        for profile in [Profile::OPENSSL_3.with_iterations(1), Profile::JAVA_26.with_iterations(1)] {
            let protection = Protection::Pkcs12(profile);
            let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, protection, &mut rng()).unwrap();
            let entry = Entry::new_private_key("node0", key, vec![certificate()], CREATED);
            let mut keystore = KeyStore::new();
            keystore.insert(entry.clone()).unwrap();
            let bytes = pkcs12::encode(&keystore, &password, &profile, &mut rng()).unwrap();
            let pfx = Pfx::decode(&bytes, &password).unwrap();
            let view = pfx.view();
            assert_eq!(view.entry("node0"), Some(&entry), "{text}");
            let opened = view.private_key("node0").unwrap().open(&password).unwrap();
            assert_eq!(opened.secret_pkcs8().secret_pkcs8_der(), KEY, "{text}");
        }
    }
}

#[test]
fn a_key_sealed_for_jks_is_refused() {
    let mut keystore = KeyStore::new();
    let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password(), Protection::Jks, &mut rng()).unwrap();
    keystore.insert(Entry::new_private_key("node0", key, vec![certificate()], CREATED)).unwrap();
    let error = pkcs12::encode(&keystore, &password(), &QUICK, &mut rng()).unwrap_err();
    let expected = ErrorKind::NotRepresentable { format: Format::Pkcs12, defect: EncodeDefect::Sealing };
    assert_eq!((error.kind(), error.entry()), (&expected, Some("node0")));
}

fn encoded(profile: &Profile) -> Vec<u8> {
    pkcs12::encode(&sample(profile), &password(), profile, &mut rng()).unwrap()
}

fn sample(profile: &Profile) -> KeyStore<'static> {
    let mut keystore = KeyStore::new();
    let protection = Protection::Pkcs12(*profile);
    let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password(), protection, &mut rng()).unwrap();
    keystore.insert(Entry::new_private_key("Node0", key, vec![certificate()], CREATED)).unwrap();
    keystore.insert(Entry::new_trusted_certificate("Peer", certificate(), CREATED)).unwrap();
    keystore
}

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from(CERTIFICATE)
}

fn password() -> Password {
    Password::new("changeit")
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

#[test]
fn the_outer_iterations_of_pbmac1_are_ignored() {
    let mut bytes = encoded(&Profile::JAVA_26.with_iterations(1));
    let outer = bytes.last_mut().unwrap();
    assert_eq!(*outer, 1);
    // A negative number.
    *outer = 0x80;
    assert!(Pfx::decode(&bytes, &password()).is_ok());
}
