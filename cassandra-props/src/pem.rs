//! PEM as Cassandra's `PEMReader` reads it (`PEMBasedSslContextFactory` of 4.1 and 5.0).
//!
//! Nothing is decrypted, and certificates are not parsed.

use std::fmt;

use crate::base64;
use crate::pem_blocks::{self, Block};
use crate::slice::within;
use crate::wiped::Wiped;

/// A PEM text, as `PEMReader` of Cassandra 4.1 and 5.0 reads it.
///
/// The text is the content of the file that `keystore` or `truststore` names, or a parameter of `ssl_context_factory`.
///
/// ```
/// use cassandra_props::{PemFault, PemText};
///
/// let text = PemText::read("-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n");
/// assert_eq!(text.key(), Err(PemFault::NotPkcs8));
/// assert_eq!(text.certificates(), Err(PemFault::NoCertificate));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PemText {
    key: Result<PemKey, PemFault>,
    certificates: Result<usize, PemFault>,
}

/// The kind of the private key that Cassandra uses, which is the first in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PemKey {
    /// PKCS#8 without encryption. No password may be set for the key.
    Plain,
    /// Encrypted by a scheme other than PBES2, such as PBES1 or a scheme of PKCS#12.
    Encrypted,
    /// Encrypted by PBES2 with AES-128-CBC or AES-256-CBC.
    EncryptedByPbes2,
    /// Encrypted by PBES2 with another cipher.
    EncryptedByOtherPbes2,
}

/// Whether a password is set for the key (`keystore_password`, `private_key_password`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPassword {
    /// The password is set, and not empty.
    Set,
    /// The password is not set, or empty.
    Unset,
}

/// The reason why Cassandra may fail to read the key or the certificates of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum PemFault {
    /// No block with a private key was recognised.
    #[error("no private key is recognised: header lines, or blanks within or after the lines of Base64, hide a block")]
    NoKey,
    /// No block with a certificate was recognised.
    #[error("no certificate is recognised")]
    NoCertificate,
    /// A block's text is not Base64.
    #[error("a block is not Base64")]
    NotBase64,
    /// The first private key is not in PKCS#8.
    #[error("the first private key is not in PKCS#8: convert it with `openssl pkcs8 -topk8`")]
    NotPkcs8,
    /// The first private key is neither RSA, DSA nor EC.
    #[error("the first private key is neither RSA, DSA nor EC")]
    Algorithm,
    /// The key is encrypted, and no password is set.
    #[error("the private key is encrypted, and no password is set for it")]
    PasswordUnset,
    /// The key is not encrypted, and a password is set.
    #[error("a password is set, and the private key is not encrypted")]
    PasswordSet,
    /// The key is encrypted by PBES2, and Java before version 25 may fail to open it.
    #[error(
        "Java before 25 may fail to open a key encrypted by PBES2, the default of OpenSSL 3: use `openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES`"
    )]
    Pbes2,
    /// The key is encrypted by PBES2 with a cipher other than AES-128-CBC and AES-256-CBC.
    #[error("Java opens a key encrypted by PBES2 only with AES-128-CBC or AES-256-CBC")]
    Cipher,
}

impl PemText {
    /// Reads the first private key and all certificates of a text.
    pub fn read(text: &str) -> Self {
        let key = pem_blocks::bodies(text.as_bytes(), Block::PrivateKey).next();
        let key = key.map_or(Err(PemFault::NoKey), |body| decoded(body).and_then(|der| key_of(&der)));
        let mut count = 0;
        let mut bodies = pem_blocks::bodies(text.as_bytes(), Block::Certificate);
        let certificates = bodies.try_for_each(|body| {
            count += 1;
            decoded(body).map(drop)
        });
        let certificates = certificates.and(if count == 0 { Err(PemFault::NoCertificate) } else { Ok(count) });
        Self { key, certificates }
    }

    /// The kind of the first private key in the text.
    ///
    /// # Errors
    /// [`NoKey`](PemFault::NoKey), [`NotBase64`](PemFault::NotBase64), [`NotPkcs8`](PemFault::NotPkcs8) or
    /// [`Algorithm`](PemFault::Algorithm).
    pub fn key(&self) -> Result<PemKey, PemFault> {
        self.key
    }

    /// Checks that Cassandra can read the key on this release of Java.
    ///
    /// `java` is the feature release of the JVM, such as 17. A password that is set is assumed to be right.
    ///
    /// # Errors
    /// The errors of [`key`](Self::key); [`PasswordUnset`](PemFault::PasswordUnset) or
    /// [`PasswordSet`](PemFault::PasswordSet); [`Pbes2`](PemFault::Pbes2) before Java 25 (tested with 8, 11, 17 and 25);
    /// [`Cipher`](PemFault::Cipher).
    pub fn check_key(&self, password: KeyPassword, java: u32) -> Result<(), PemFault> {
        match (self.key?, password) {
            (PemKey::Plain, KeyPassword::Unset) | (PemKey::Encrypted, KeyPassword::Set) => Ok(()),
            (PemKey::Plain, KeyPassword::Set) => Err(PemFault::PasswordSet),
            (_, KeyPassword::Unset) => Err(PemFault::PasswordUnset),
            (PemKey::EncryptedByPbes2, KeyPassword::Set) if java >= 25 => Ok(()),
            (PemKey::EncryptedByPbes2, KeyPassword::Set) => Err(PemFault::Pbes2),
            (PemKey::EncryptedByOtherPbes2, KeyPassword::Set) => Err(PemFault::Cipher),
        }
    }

    /// The number of certificates. Their content is not checked.
    ///
    /// # Errors
    /// [`NoCertificate`](PemFault::NoCertificate) or [`NotBase64`](PemFault::NotBase64).
    pub fn certificates(&self) -> Result<usize, PemFault> {
        self.certificates
    }
}

impl fmt::Debug for PemText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("PemText");
        text.field("key", &self.key).field("certificates", &self.certificates).finish()
    }
}

/// Removes white space, and decodes Base64 as `java.util.Base64.getDecoder` does.
fn decoded(body: &[u8]) -> Result<Wiped<Vec<u8>>, PemFault> {
    let digits = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    let digits = Wiped::new(digits.copied().collect::<Vec<u8>>());
    let padding = digits.iter().rev().take_while(|byte| **byte == b'=').count();
    let data = within(&digits, ..digits.len() - padding);
    let is_whole = match padding {
        0 => data.len() % 4 != 1,
        1 => data.len() % 4 == 3,
        2 => data.len() % 4 == 2,
        _ => false,
    };
    if !is_whole {
        return Err(PemFault::NotBase64);
    }
    base64::decode(data).ok_or(PemFault::NotBase64)
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// `2.16.840.1.101.3.4.1.2` and `.42`: AES-128-CBC and AES-256-CBC.
const AES: [&[u8]; 2] =
    [&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02], &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a]];

const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Distinguishes `PrivateKeyInfo` and `EncryptedPrivateKeyInfo` (RFC 5958).
///
/// `PrivateKeyInfo` begins with a version, `EncryptedPrivateKeyInfo` with an algorithm.
fn key_of(der: &[u8]) -> Result<PemKey, PemFault> {
    let (content, _) = element(der, SEQUENCE).ok_or(PemFault::NotPkcs8)?;
    if let Some((_, rest)) = element(content, INTEGER) {
        let (algorithm, _) = element(rest, SEQUENCE).ok_or(PemFault::NotPkcs8)?;
        let (oid, _) = element(algorithm, OID).ok_or(PemFault::NotPkcs8)?;
        return if [RSA, DSA, EC].contains(&oid) { Ok(PemKey::Plain) } else { Err(PemFault::Algorithm) };
    }
    let (algorithm, _) = element(content, SEQUENCE).ok_or(PemFault::NotPkcs8)?;
    let (oid, parameters) = element(algorithm, OID).ok_or(PemFault::NotPkcs8)?;
    if oid != PBES2 {
        return Ok(PemKey::Encrypted);
    }
    let cipher = element(parameters, SEQUENCE).and_then(|(schemes, _)| {
        let (_, rest) = element(schemes, SEQUENCE)?;
        Some(element(element(rest, SEQUENCE)?.0, OID)?.0)
    });
    let is_aes = cipher.is_some_and(|cipher| AES.contains(&cipher));
    Ok(if is_aes { PemKey::EncryptedByPbes2 } else { PemKey::EncryptedByOtherPbes2 })
}

/// The content of a DER element with this tag, and the bytes after the element.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (own, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ ..=0x7f => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long - 0x80)?;
            let length = digits
                .iter()
                .try_fold(0_usize, |length, digit| length.checked_mul(256).map(|length| length + usize::from(*digit)));
            (length?, rest)
        }
    };
    (*own == tag).then(|| rest.split_at_checked(length))?
}
