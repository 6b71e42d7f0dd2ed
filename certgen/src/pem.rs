//! PEM, as `openssl pkcs12` and `openssl x509` write it (RFC 7468).

use std::fmt;

use base64ct::{Base64, Encoding as _};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

const CERTIFICATE: &str = "CERTIFICATE";
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// A certificate as PEM: 64 columns, a line feed after each line, the last one too.
///
/// It is the body that `openssl pkcs12 -nokeys` writes, without the lines of bag attributes before it.
pub fn certificate(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::new();
    write(&mut text, CERTIFICATE, &Base64::encode_string(certificate));
    text
}

/// A private key as PEM, `-----BEGIN PRIVATE KEY-----`, not encrypted: the body that `openssl pkcs12 -nodes -nocerts`
/// writes.
pub fn private_key(key: &PrivatePkcs8KeyDer<'_>) -> SecretPem {
    let der = key.secret_pkcs8_der();
    let base64 = Zeroizing::new(Base64::encode_string(der));
    // Never reallocated, so no copy of it stays behind in memory.
    let mut text = Zeroizing::new(String::with_capacity(base64.len() + base64.len() / 64 + 128));
    write(&mut text, PRIVATE_KEY, &base64);
    SecretPem(text)
}

/// A PEM text with a private key in it: zeroized on drop, not shown by `Debug`.
pub struct SecretPem(Zeroizing<String>);

impl SecretPem {
    /// The text, to be written to a file that nobody else can read.
    pub fn secret_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretPem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretPem([elided])")
    }
}

fn write(text: &mut String, label: &str, base64: &str) {
    let mut rest = base64;
    text.extend(["-----BEGIN ", label, "-----\n"]);
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.extend([line, "\n"]);
        rest = after;
    }
    text.extend(["-----END ", label, "-----\n"]);
}
