//! Any bytes are PEM or an error, with or without a password, and cost no more than the limits say.
#![no_main]

use certgen::pem::{KdfLimits, decode_certificates, decode_encrypted_private_key, decode_private_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode_certificates(bytes);
    let _ = decode_private_key(bytes);
    let limits = KdfLimits::default().with_pbkdf2_iterations(10).with_scrypt_bytes(1 << 14);
    let _ = decode_encrypted_private_key(bytes, b"keypass", limits);
});
