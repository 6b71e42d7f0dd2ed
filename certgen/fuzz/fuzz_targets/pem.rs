//! Any bytes are PEM or an error, with or without a password, and cost no more than the limits say.
#![no_main]

use certgen::pem::{KdfLimits, read_certificates, read_encrypted_private_key, read_private_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_certificates(bytes);
    let _ = read_private_key(bytes);
    let limits = KdfLimits { pbkdf2_iterations: 10, scrypt_octets: 1 << 14 };
    let _ = read_encrypted_private_key(bytes, b"keypass", limits);
});
