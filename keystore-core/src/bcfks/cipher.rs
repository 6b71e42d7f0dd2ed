//! AES-256 in CCM mode (RFC 3610), and AES-256 key wrap with padding (RFC 5649).

use crate::asn1::{Algorithm, Tag, Writer, oid};
use crate::error::{EncodeDefect, Error, Format, Part};
use aes::Aes256;
use aes_kw::KwpAes256;
use ccm::aead::array::{Array, ArraySize};
use ccm::aead::{AeadInOut, KeyInit};
use ccm::consts::{U7, U8, U9, U10, U11, U12, U13, U14, U16};
use ccm::{Ccm, NonceSize, TagSize};
use rand_core::CryptoRng;

/// The key length of CCM and of key wrap, in bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// The length in bytes of the nonces that Bouncy Castle draws.
///
/// Such a nonce leaves 3 bytes of a block for the length of the content, which must therefore be less than 16 MiB.
const NONCE_LENGTH: usize = 12;
/// The length of a tag in bytes if the parameters state none (RFC 5084, section 3.1).
const DEFAULT_TAG: u32 = 12;
/// The length of a semiblock of key wrap in bytes (RFC 5649).
const SEMIBLOCK: usize = 8;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cipher {
    /// `CCMParameters ::= SEQUENCE { nonce OCTET STRING (SIZE(7..13)), icvLen INTEGER DEFAULT 12 }` (RFC 5084)
    Ccm {
        nonce: Vec<u8>,
        tag: TagLength,
    },
    KeyWrap,
}

/// The accepted lengths of a tag, in bytes.
///
/// CCM also defines 4 and 6, which are short enough to be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TagLength {
    Eight,
    Ten,
    Twelve,
    Fourteen,
    Sixteen,
}

impl TagLength {
    fn read(bytes: u32) -> Option<Self> {
        Some(match bytes {
            8 => Self::Eight,
            10 => Self::Ten,
            12 => Self::Twelve,
            14 => Self::Fourteen,
            16 => Self::Sixteen,
            _ => return None,
        })
    }

    const fn bytes(self) -> u32 {
        match self {
            Self::Eight => 8,
            Self::Ten => 10,
            Self::Twelve => 12,
            Self::Fourteen => 14,
            Self::Sixteen => 16,
        }
    }
}

macro_rules! with_tag {
    ($tag:expr, $function:ident($($argument:expr),*)) => {
        match $tag {
            TagLength::Eight => $function::<U8>($($argument),*),
            TagLength::Ten => $function::<U10>($($argument),*),
            TagLength::Twelve => $function::<U12>($($argument),*),
            TagLength::Fourteen => $function::<U14>($($argument),*),
            TagLength::Sixteen => $function::<U16>($($argument),*),
        }
    };
}

impl Cipher {
    /// Whether [`read`](Self::read) knows the cipher. The parameters are not checked.
    pub(super) fn is_known(algorithm: &Algorithm<'_>) -> bool {
        algorithm.is(oid::AES_256_CCM) || algorithm.is(oid::AES_256_WRAP_PAD)
    }

    /// Whether `bcprov` refuses the length of the tag, as of 1.86.
    ///
    /// It accepts 8 bytes and 12 to 16 bytes.
    pub(super) fn has_short_tag(&self) -> bool {
        matches!(self, Self::Ccm { tag: TagLength::Ten, .. })
    }

    pub(super) fn read(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        if algorithm.is(oid::AES_256_WRAP_PAD) {
            algorithm.no_parameters()?;
            return Ok(Self::KeyWrap);
        }
        if !algorithm.is(oid::AES_256_CCM) {
            return Err(algorithm.unsupported());
        }
        let bad = |_| algorithm.bad_parameters();
        let mut fields = algorithm.parameter_fields()?;
        let nonce = fields.octet_string(Part::AlgorithmIdentifier).map_err(bad)?.bytes()?.into_owned();
        let tag = fields.optional(Tag::INTEGER)?.map_or(Ok(DEFAULT_TAG), |length| length.unsigned()).map_err(bad)?;
        fields.finish(Part::AlgorithmIdentifier).map_err(bad)?;
        match TagLength::read(tag) {
            Some(tag) if (7..=13).contains(&nonce.len()) => Ok(Self::Ccm { nonce, tag }),
            _ => Err(algorithm.bad_parameters()),
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::KeyWrap => writer.algorithm(oid::AES_256_WRAP_PAD, |_| {}),
            Self::Ccm { nonce, tag } => writer.algorithm(oid::AES_256_CCM, |writer| {
                writer.nested(Tag::SEQUENCE, |writer| {
                    writer.octet_string(nonce);
                    if tag.bytes() != DEFAULT_TAG {
                        writer.unsigned(tag.bytes());
                    }
                });
            }),
        };
    }

    pub(super) fn renewed(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        match self {
            Self::KeyWrap => Self::KeyWrap,
            Self::Ccm { tag, .. } => {
                let mut nonce = vec![0; NONCE_LENGTH];
                rng.fill_bytes(&mut nonce);
                Self::Ccm { nonce, tag: *tag }
            }
        }
    }

    pub(super) fn decrypt(&self, key: &[u8; KEY_LENGTH], encrypted: &[u8]) -> Result<Vec<u8>, Error> {
        let plain = match self {
            Self::Ccm { nonce, tag } => with_tag!(*tag, decrypt_ccm(key, nonce, encrypted)),
            Self::KeyWrap => unwrap(key, encrypted),
        };
        plain.ok_or_else(Error::wrong_password)
    }

    pub(super) fn encrypt(&self, key: &[u8; KEY_LENGTH], plain: &[u8]) -> Result<Vec<u8>, Error> {
        let encrypted = match self {
            Self::Ccm { nonce, tag } => with_tag!(*tag, encrypt_ccm(key, nonce, plain)),
            Self::KeyWrap => wrap(key, plain),
        };
        encrypted.ok_or_else(|| Error::not_representable(Format::Bcfks, EncodeDefect::TooLarge))
    }
}

/// Dispatches on the length of the nonce, which is a type parameter of the cipher.
fn decrypt_ccm<M: ArraySize + TagSize>(key: &[u8; KEY_LENGTH], nonce: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    match nonce.len() {
        7 => open::<M, U7>(key, nonce, encrypted),
        8 => open::<M, U8>(key, nonce, encrypted),
        9 => open::<M, U9>(key, nonce, encrypted),
        10 => open::<M, U10>(key, nonce, encrypted),
        11 => open::<M, U11>(key, nonce, encrypted),
        12 => open::<M, U12>(key, nonce, encrypted),
        13 => open::<M, U13>(key, nonce, encrypted),
        _ => None,
    }
}

fn open<M: ArraySize + TagSize, N: ArraySize + NonceSize>(
    key: &[u8; KEY_LENGTH],
    nonce: &[u8],
    encrypted: &[u8],
) -> Option<Vec<u8>> {
    let (text, tag) = encrypted.split_at_checked(encrypted.len().checked_sub(M::USIZE)?)?;
    let (nonce, tag) = (Array::<u8, N>::try_from(nonce).ok()?, Array::<u8, M>::try_from(tag).ok()?);
    let mut plain = text.to_vec();
    let cipher = Ccm::<Aes256, M, N>::new(key.into());
    cipher.decrypt_inout_detached(&nonce, &[], plain.as_mut_slice().into(), &tag).ok()?;
    Some(plain)
}

fn encrypt_ccm<M: ArraySize + TagSize>(key: &[u8; KEY_LENGTH], nonce: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let nonce = Array::<u8, U12>::try_from(nonce).ok()?;
    let mut encrypted = Vec::with_capacity(plain.len() + M::USIZE);
    encrypted.extend_from_slice(plain);
    let cipher = Ccm::<Aes256, M, U12>::new(key.into());
    let tag = cipher.encrypt_inout_detached(&nonce, &[], encrypted.as_mut_slice().into()).ok()?;
    encrypted.extend_from_slice(&tag);
    Some(encrypted)
}

fn unwrap(key: &[u8; KEY_LENGTH], encrypted: &[u8]) -> Option<Vec<u8>> {
    let mut plain = vec![0; encrypted.len().checked_sub(SEMIBLOCK)?];
    let length = KwpAes256::new(key.into()).unwrap_key(encrypted, &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn wrap(key: &[u8; KEY_LENGTH], plain: &[u8]) -> Option<Vec<u8>> {
    let mut encrypted = vec![0; plain.len().next_multiple_of(SEMIBLOCK) + SEMIBLOCK];
    KwpAes256::new(key.into()).wrap_key(plain, &mut encrypted).ok()?;
    Some(encrypted)
}
