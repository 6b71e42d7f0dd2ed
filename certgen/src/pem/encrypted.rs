//! Private keys encrypted with PBES2 (RFC 8018, section 6.2) or with SHA-1 and triple DES.

use base64ct::{Base64, Encoding as _};
use der::Encode as _;
use der::asn1::{ObjectIdentifier, OctetString};
use pkcs8::pkcs5;
use pkcs8::pkcs5::pbes2::{self, Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef};
use rand_core::CryptoRng;
use rustls_pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

use super::key::{PrivateKey, single_private_key};
use super::{ENCRYPTED_PRIVATE_KEY, block, pkcs12};
use crate::element::Element;
use crate::error::{Error, ErrorKind};

const ITERATIONS: u32 = 600_000;

/// The key derivations, PRFs and ciphers that the crate `pkcs5` supports in PBES2.
const SUPPORTED: [ObjectIdentifier; 13] = [
    pbes2::PBKDF2_OID,
    pbes2::SCRYPT_OID,
    pbes2::HMAC_WITH_SHA1_OID,
    // HMAC with SHA-224.
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.8"),
    pbes2::HMAC_WITH_SHA256_OID,
    // HMAC with SHA-384.
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.10"),
    // HMAC with SHA-512.
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.11"),
    pbes2::AES_128_CBC_OID,
    pbes2::AES_192_CBC_OID,
    pbes2::AES_256_CBC_OID,
    pbes2::AES_128_GCM_OID,
    pbes2::AES_256_GCM_OID,
    pbes2::DES_EDE3_CBC_OID,
];

/// Limits on the work that decrypting a key may cost.
///
/// The file itself states this cost, so without a limit, a small file can keep a machine busy for a long time.
///
/// ```
/// let limits = certgen::pem::KdfLimits::default().with_pbkdf2_iterations(1_000_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KdfLimits {
    /// The maximum number of iterations of PBKDF2, and of the key derivation of PKCS#12.
    pub pbkdf2_iterations: u32,
    /// The maximum cost of scrypt, in bytes: 128 times the product of its three parameters.
    pub scrypt_bytes: u64,
}

impl Default for KdfLimits {
    /// 10,000,000 iterations and 256 MiB.
    fn default() -> Self {
        Self { pbkdf2_iterations: 10_000_000, scrypt_bytes: 256 << 20 }
    }
}

impl KdfLimits {
    /// Sets [`pbkdf2_iterations`](Self::pbkdf2_iterations).
    #[must_use]
    pub const fn with_pbkdf2_iterations(mut self, iterations: u32) -> Self {
        self.pbkdf2_iterations = iterations;
        self
    }

    /// Sets [`scrypt_bytes`](Self::scrypt_bytes).
    #[must_use]
    pub const fn with_scrypt_bytes(mut self, bytes: u64) -> Self {
        self.scrypt_bytes = bytes;
        self
    }
}

/// The encryption of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncryption {
    /// PBES2 with PBKDF2-HMAC-SHA256, 600,000 iterations, and AES-256-CBC.
    ///
    /// OpenSSL (1.1 and later) and Java (19 and later) read this encryption. The password's bytes are used as they are.
    Pbes2Aes256,
    /// PBE with SHA-1 and triple DES of PKCS#12, 100,000 iterations.
    ///
    /// This encryption is old and weak. On Java 8 to 17, Cassandra's `PEMReader` (4.1 and later) reads this encryption, but
    /// not PBES2. The password must be ASCII, because Java refuses other passwords for this encryption.
    Sha1TripleDes,
}

/// Encodes a private key as encrypted PEM, `-----BEGIN ENCRYPTED PRIVATE KEY-----`.
///
/// # Errors
/// [`ErrorKind::MalformedKey`] for a key that is too long for DER; [`ErrorKind::PasswordNotAscii`].
pub fn encode_encrypted_private_key(
    key: &PrivatePkcs8KeyDer<'_>,
    encryption: KeyEncryption,
    password: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<String, Error> {
    let key = key.secret_pkcs8_der();
    let der = match encryption {
        KeyEncryption::Pbes2Aes256 => {
            let (mut salt, mut iv) = ([0; 16], [0; 16]);
            rng.fill_bytes(&mut salt);
            rng.fill_bytes(&mut iv);
            encrypt(key, password, &salt, iv).map_err(|_| Error::new(ErrorKind::MalformedKey))?
        }
        // As Java's `PBEKey` demands.
        KeyEncryption::Sha1TripleDes if !password.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
            return Err(Error::new(ErrorKind::PasswordNotAscii));
        }
        KeyEncryption::Sha1TripleDes => {
            let mut salt = [0; 16];
            rng.fill_bytes(&mut salt);
            pkcs12::encrypt(key, password, &salt)?
        }
    };
    let mut text = String::new();
    super::write(&mut text, ENCRYPTED_PRIVATE_KEY, &Base64::encode_string(&der));
    Ok(text)
}

/// Reads the only private key of a PEM text, and decrypts it with `password`.
///
/// For an unencrypted key, the password is ignored, as in OpenSSL.
///
/// Supports PBES2 with PBKDF2 or scrypt and AES or DES-EDE3, including the default of OpenSSL 1.1 and later, and SHA-1 with
/// triple DES ([`KeyEncryption::Sha1TripleDes`]).
///
/// # Errors
/// As for [`decode_private_key`](super::decode_private_key), except [`ErrorKind::EncryptedKey`];
/// [`ErrorKind::MalformedKey`] also for an encrypted key; [`ErrorKind::WrongPasswordOrDamaged`],
/// [`ErrorKind::UnsupportedEncryption`], [`ErrorKind::PasswordNotUtf8`]; [`ErrorKind::KdfTooCostly`] if the cost exceeds
/// `limits`.
pub fn decode_encrypted_private_key(text: &[u8], password: &[u8], limits: KdfLimits) -> Result<PrivateKey, Error> {
    let blocks = block::read(text)?;
    match single_private_key(&blocks)? {
        Some(block) if block.label() == ENCRYPTED_PRIVATE_KEY => decrypt(&block.decode()?, password, limits),
        _ => super::decode_private_key(text),
    }
}

fn encrypt(key: &[u8], password: &[u8], salt: &[u8], iv: [u8; 16]) -> Result<Vec<u8>, pkcs8::Error> {
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, salt, iv)?;
    let encrypted_data = OctetString::new(parameters.encrypt(password, key)?)?;
    Ok(EncryptedPrivateKeyInfoOwned { encryption_algorithm: parameters.into(), encrypted_data }.to_der()?)
}

fn decrypt(der: &[u8], password: &[u8], limits: KdfLimits) -> Result<PrivateKey, Error> {
    if let Some(sealed) = pkcs12::Sealed::read(der) {
        let (asked, limit) = (u64::from(sealed.iterations), u64::from(limits.pbkdf2_iterations));
        return if asked > limit {
            Err(Error::new(ErrorKind::KdfTooCostly { asked, limit }))
        } else {
            opened(sealed.decrypt(password)?)
        };
    }
    let sealed = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| unreadable(der))?;
    let Some(parameters) = sealed.encryption_algorithm.pbes2() else { return Err(unreadable(der)) };
    check_cost(&parameters.kdf, limits)?;
    let key = sealed.encryption_algorithm.decrypt(password, sealed.encrypted_data.as_bytes());
    opened(Zeroizing::new(key.map_err(|error| failed(&error))?))
}

fn opened(key: Zeroizing<Vec<u8>>) -> Result<PrivateKey, Error> {
    // About one wrong password in 256 passes the check of the padding.
    match pkcs8::PrivateKeyInfoRef::try_from(key.as_slice()) {
        Ok(_) => Ok(PrivateKey::new(key)),
        Err(_) => Err(Error::new(ErrorKind::WrongPasswordOrDamaged)),
    }
}

fn check_cost(kdf: &Kdf, limits: KdfLimits) -> Result<(), Error> {
    let (asked, limit) = match kdf {
        Kdf::Pbkdf2(parameters) => (u64::from(parameters.iteration_count), u64::from(limits.pbkdf2_iterations)),
        Kdf::Scrypt(parameters) => {
            let blocks = u64::from(parameters.block_size).saturating_mul(u64::from(parameters.parallelization));
            (blocks.saturating_mul(128).saturating_mul(parameters.cost_parameter), limits.scrypt_bytes)
        }
        _ => return Ok(()),
    };
    if asked > limit { Err(Error::new(ErrorKind::KdfTooCostly { asked, limit })) } else { Ok(()) }
}

fn unreadable(der: &[u8]) -> Error {
    let algorithm = Element::outermost(der).ok().and_then(|outer| outer.sequence()?.first()?.sequence());
    match algorithm.and_then(|parts| unsupported(&parts)) {
        Some(oid) => Error::new(ErrorKind::UnsupportedEncryption { oid: oid.to_string() }),
        None => Error::new(ErrorKind::MalformedKey),
    }
}

/// The algorithm that this crate does not support in an `AlgorithmIdentifier`.
///
/// The algorithm may be in the parameters of PBES2.
///
/// ```text
/// PBES2-params  ::=  SEQUENCE { keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }
/// PBKDF2-params ::=  SEQUENCE { salt, iterationCount, keyLength INTEGER OPTIONAL, prf AlgorithmIdentifier OPTIONAL }
/// ```
fn unsupported(algorithm: &[Element<'_>]) -> Option<ObjectIdentifier> {
    let oid = algorithm.first()?.oid()?;
    if oid != pbes2::PBES2_OID {
        return Some(oid);
    }
    let schemes = algorithm.get(1)?.sequence()?;
    let [derivation, cipher] = schemes.as_slice() else { return None };
    let derivation = derivation.sequence()?;
    let prf = derivation.get(1).and_then(|parameters| parameters.sequence()?.last()?.sequence()?.first()?.oid());
    let used = [derivation.first()?.oid(), prf, cipher.sequence()?.first()?.oid()];
    used.into_iter().flatten().find(|oid| !SUPPORTED.contains(oid))
}

fn failed(error: &pkcs5::Error) -> Error {
    match error {
        pkcs5::Error::UnsupportedAlgorithm { oid } | pkcs5::Error::AlgorithmParametersInvalid { oid } => {
            Error::new(ErrorKind::UnsupportedEncryption { oid: oid.to_string() })
        }
        _ => Error::new(ErrorKind::WrongPasswordOrDamaged),
    }
}
