//! Private keys encrypted as in PKCS#12: SHA-1 and triple DES (RFC 7292, appendices B and C).

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use der::Decode as _;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use crate::asn1;
use crate::error::{Error, ErrorKind};

/// `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292, appendix C).
const SHA1_AND_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");

const ITERATIONS: u32 = 100_000;

pub(super) struct Sealed<'a> {
    salt: &'a [u8],
    pub(super) iterations: u32,
    content: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Reads an `EncryptedPrivateKeyInfo` (RFC 5958, section 3) with SHA-1 and triple DES.
    ///
    /// Returns `None` for any other algorithm or structure.
    ///
    /// ```text
    /// EncryptedPrivateKeyInfo ::= SEQUENCE {
    ///   encryptionAlgorithm  SEQUENCE { OBJECT IDENTIFIER, SEQUENCE { salt OCTET STRING, iterations INTEGER } },
    ///   encryptedData        OCTET STRING }
    /// ```
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let [algorithm, content] = <[AnyRef<'a>; 2]>::try_from(Vec::from_der(der).ok()?).ok()?;
        let [oid, parameters] = <[AnyRef<'a>; 2]>::try_from(algorithm.decode_as::<Vec<_>>().ok()?).ok()?;
        let [salt, iterations] = <[AnyRef<'a>; 2]>::try_from(parameters.decode_as::<Vec<_>>().ok()?).ok()?;
        let ours = oid.decode_as::<ObjectIdentifier>().ok()? == SHA1_AND_3DES;
        Some(Self {
            salt: salt.decode_as::<&OctetStringRef>().ok()?.as_bytes(),
            iterations: iterations.decode_as().ok().filter(|count| *count > 0)?,
            content: content.decode_as::<&OctetStringRef>().ok()?.as_bytes(),
        })
        .filter(|_| ours)
    }

    pub(super) fn decrypt(&self, password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (key, iv) = key_and_iv(password, self.salt, self.iterations)?;
        let mut content = Zeroizing::new(self.content.to_vec());
        let cipher = cbc::Decryptor::<des::TdesEde3>::new_from_slices(&key, &iv).map_err(|_| Error::internal())?;
        let length = cipher.decrypt_padded::<Pkcs7>(&mut content).map(<[u8]>::len);
        content.truncate(length.map_err(|_| Error::new(ErrorKind::WrongPasswordOrDamaged))?);
        Ok(content)
    }
}

pub(super) fn encrypt(pkcs8: &[u8], password: &[u8], salt: &[u8]) -> Result<Vec<u8>, Error> {
    let (key, iv) = key_and_iv(password, salt, ITERATIONS)?;
    let cipher = cbc::Encryptor::<des::TdesEde3>::new_from_slices(&key, &iv).map_err(|_| Error::internal())?;
    let content = cipher.encrypt_padded_vec::<Pkcs7>(pkcs8);
    let parameters = asn1::sequence(&[asn1::tlv(asn1::OCTET_STRING, salt), asn1::unsigned(ITERATIONS)]);
    let algorithm = asn1::sequence(&[asn1::object_identifier(&SHA1_AND_3DES), parameters]);
    Ok(asn1::sequence(&[algorithm, asn1::tlv(asn1::OCTET_STRING, &content)]))
}

fn key_and_iv(password: &[u8], salt: &[u8], iterations: u32) -> Result<(Zeroizing<Vec<u8>>, Vec<u8>), Error> {
    let password = std::str::from_utf8(password).map_err(|_| Error::new(ErrorKind::PasswordNotUtf8))?;
    let mut units = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
    password.encode_utf16().chain([0]).for_each(|unit| units.extend(unit.to_be_bytes()));
    Ok((derive(1, &units, salt, iterations, 24), derive(2, &units, salt, iterations, 8).to_vec()))
}

/// The block length of SHA-1 in bytes, `v/8` in RFC 7292, appendix B.2.
const BLOCK: usize = 64;

/// Derives `length` bytes (RFC 7292, appendix B.2).
///
/// `id` is the purpose of the bytes: 1 for a key, 2 for an initialization vector.
fn derive(id: u8, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Zeroizing<Vec<u8>> {
    let mut input = Zeroizing::new(Vec::with_capacity(salt.len() + password.len() + 2 * BLOCK));
    for part in [salt, password] {
        input.extend(part.iter().cycle().take(part.len().div_ceil(BLOCK) * BLOCK));
    }
    let mut output = Zeroizing::new(Vec::with_capacity(length + 20));
    while output.len() < length {
        let first = Sha1::new().chain_update([id; BLOCK]).chain_update(&*input).finalize();
        let block = (1..iterations).fold(first, |digest, _| Sha1::digest(digest));
        output.extend_from_slice(&block);
        add_one_and(&block, &mut input);
    }
    output.truncate(length);
    output
}

/// Adds `digest`, repeated to the length of a block, and 1 to each block of the input.
///
/// The sum is taken modulo 2^(8 * BLOCK).
fn add_one_and(digest: &[u8], input: &mut [u8]) {
    for block in input.chunks_mut(BLOCK) {
        let addend: Zeroizing<Vec<u8>> = Zeroizing::new(digest.iter().cycle().take(BLOCK).copied().collect());
        let mut carry = 1_u16;
        for (byte, other) in block.iter_mut().rev().zip(addend.iter().rev()) {
            let [high, low] = (u16::from(*byte) + u16::from(*other) + carry).to_be_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }
}
