//! Reads and writes PEM (RFC 7468).
//!
//! Text outside the blocks, such as the bag attributes of `openssl pkcs12`, is skipped. Lines may have any length, and may
//! end in LF or CRLF.

mod block;
#[cfg(feature = "encrypted-keys")]
mod encrypted;
mod key;
#[cfg(feature = "encrypted-keys")]
mod pkcs12;

use std::fmt;

use base64ct::{Base64, Encoding as _};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::element::Element;
use crate::error::{Error, ErrorKind, PemDefect};
use crate::reply;
use crate::request::CertificateRequest;
use block::Block;

#[cfg(feature = "encrypted-keys")]
pub use encrypted::{KdfLimits, KeyEncryption, decode_encrypted_private_key, encode_encrypted_private_key};
pub use key::{PrivateKey, decode_private_key};

const CERTIFICATE: &str = "CERTIFICATE";
const REQUEST: &str = "CERTIFICATE REQUEST";
const PRIVATE_KEY: &str = "PRIVATE KEY";
const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";
const EC_PRIVATE_KEY: &str = "EC PRIVATE KEY";

/// Encodes a certificate as PEM, in lines of up to 64 columns that end in a line feed.
///
/// The result is the block that `openssl pkcs12 -nokeys` writes, without the bag attributes that precede the block.
pub fn encode_certificate(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::new();
    write(&mut text, CERTIFICATE, &Base64::encode_string(certificate));
    text
}

/// Encodes a private key as unencrypted PEM, `-----BEGIN PRIVATE KEY-----`.
///
/// The result is the block that `openssl pkcs12 -nodes -nocerts` writes, without the bag attributes.
pub fn encode_private_key(key: &PrivatePkcs8KeyDer<'_>) -> SecretPem {
    let base64 = Zeroizing::new(Base64::encode_string(key.secret_pkcs8_der()));
    // The capacity suffices for the text, because a reallocation would leave a copy of the key in memory.
    let mut text = Zeroizing::new(String::with_capacity(base64.len() + base64.len() / 64 + 128));
    write(&mut text, PRIVATE_KEY, &base64);
    SecretPem(text)
}

/// Reads all certificates of a PEM text, in order.
///
/// Keys and other blocks are skipped. The certificates themselves are not parsed.
///
/// # Errors
/// [`ErrorKind::MalformedPem`] with the line, also for a `TRUSTED CERTIFICATE`; [`ErrorKind::NothingInPem`] if there is no
/// certificate.
pub fn decode_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let blocks = block::read(text)?;
    let certificates = blocks.iter().filter_map(|block| certificate(block).transpose());
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(nothing(CERTIFICATE, &blocks)) } else { Ok(certificates) }
}

fn certificate(block: &Block<'_>) -> Result<Option<CertificateDer<'static>>, Error> {
    match block.label() {
        CERTIFICATE | "X509 CERTIFICATE" => Ok(Some(block.decode()?.to_vec().into())),
        "TRUSTED CERTIFICATE" => Err(block.malformed(PemDefect::Trusted)),
        _ => Ok(None),
    }
}

/// Encodes a request as PEM, `-----BEGIN CERTIFICATE REQUEST-----`, as OpenSSL does.
///
/// keytool writes `NEW CERTIFICATE REQUEST`. OpenSSL and keytool read both labels.
pub fn encode_request(request: &CertificateRequest) -> String {
    let mut text = String::new();
    write(&mut text, REQUEST, &Base64::encode_string(request.as_der()));
    text
}

/// Reads the only certificate signing request of a PEM text.
///
/// Keys and other blocks are skipped.
///
/// # Errors
/// [`ErrorKind::MalformedPem`] with the line, also for a second request; [`ErrorKind::NothingInPem`] if there is no
/// request; otherwise as for [`CertificateRequest::read`].
pub fn decode_request(text: &[u8]) -> Result<CertificateRequest, Error> {
    let blocks = block::read(text)?;
    let mut requests = blocks.iter().filter(|block| [REQUEST, "NEW CERTIFICATE REQUEST"].contains(&block.label()));
    match (requests.next(), requests.next()) {
        (None, _) => Err(nothing(REQUEST, &blocks)),
        (Some(block), None) => CertificateRequest::read(&block.decode()?.as_slice().into()),
        (_, Some(second)) => Err(second.malformed(PemDefect::SeveralRequests)),
    }
}

fn nothing(wanted: &'static str, blocks: &[Block<'_>]) -> Error {
    let found = blocks.iter().map(|block| block.label().to_owned()).collect();
    Error::new(ErrorKind::NothingInPem { wanted, found })
}

/// Reads all certificates of a text, including those in PKCS#7, in order.
pub(crate) fn decode_reply(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let blocks = block::read(text)?;
    let mut certificates = Vec::new();
    for block in &blocks {
        match block.label() {
            "PKCS7" | "CMS" | "PKCS #7 SIGNED DATA" => {
                let der = block.decode()?;
                let outer = Element::outermost(&der).map_err(|_| Error::new(ErrorKind::UnknownReply))?;
                certificates.extend(reply::in_der(&outer).ok_or_else(|| Error::new(ErrorKind::UnknownReply))?);
            }
            _ => certificates.extend(certificate(block)?),
        }
    }
    if certificates.is_empty() { Err(nothing(CERTIFICATE, &blocks)) } else { Ok(certificates) }
}

/// A PEM text that contains a private key.
///
/// The text is zeroized on drop, and `Debug` omits it.
pub struct SecretPem(Zeroizing<String>);

impl SecretPem {
    /// The text, which contains the private key in clear.
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
