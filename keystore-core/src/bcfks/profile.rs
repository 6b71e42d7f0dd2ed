//! The algorithms of new stores and keys.

use super::check::Method;
use super::cipher::{Cipher, TagLength};
use super::kdf::{Cost, Prf};
use super::scheme::Scheme;
use crate::error::{EncodeDefect, Error, Format};
use crate::limits::MAX_JAVA_ITERATIONS;
use rand_core::CryptoRng;

/// The algorithms and costs of a store, of its keys and of its MAC.
///
/// Each constant has the defaults of one provider. Both providers read a store with either constant.
/// [`Bcfks::profile`](crate::Bcfks::profile) returns the profile of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    encryption: Encryption,
    cost: Cost,
    mac: Prf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encryption {
    Ccm,
    KeyWrap,
}

/// The length of a new salt in bytes, as in `bcprov` and `bc-fips`.
const SALT: usize = 64;

impl Profile {
    /// The defaults of `bcprov`, read by every version of `bcprov` and `bc-fips` that has BCFKS.
    ///
    /// The cipher is AES-256 in CCM mode. Keys are derived by PBKDF2 with HMAC-SHA-512 and 51,200 iterations, and the MAC uses
    /// HMAC-SHA-512.
    pub const BCPROV: Self = Self {
        encryption: Encryption::Ccm,
        cost: Cost::Pbkdf2 { prf: Prf::HmacSha512, iterations: 51_200 },
        mac: Prf::HmacSha512,
    };

    /// The defaults of `bc-fips`: as [`BCPROV`](Self::BCPROV), with 16,384 iterations.
    pub const BC_FIPS: Self = Self::BCPROV.with_iterations(16_384);

    /// Uses PBKDF2 with HMAC-SHA-512 and this many iterations, from 1 to 5,000,000.
    ///
    /// `bcprov` does not read files with more iterations. A value outside the range is an error when the profile is
    /// used.
    #[must_use]
    pub const fn with_iterations(self, iterations: u32) -> Self {
        Self { cost: Cost::Pbkdf2 { prf: Prf::HmacSha512, iterations }, ..self }
    }

    /// Uses HMAC-SHA3-512 instead of HMAC-SHA-512, for the MAC and in PBKDF2. Scrypt is not affected.
    #[must_use]
    pub const fn with_sha3_512(self) -> Self {
        let cost = match self.cost {
            Cost::Pbkdf2 { iterations, .. } => Cost::Pbkdf2 { prf: Prf::HmacSha3_512, iterations },
            scrypt @ Cost::Scrypt { .. } => scrypt,
        };
        Self { cost, mac: Prf::HmacSha3_512, ..self }
    }

    /// Derives keys by scrypt (RFC 7914) with the cost 2^`log_n` and the block size `r`.
    ///
    /// The parallelization is `r` too, because Bouncy Castle supports no other value. The cost must be from 2 to 2^30, the
    /// block size from 1 to 1,024, and their product at most 2^23, which needs 1 GiB of memory. With a block size of 1, the
    /// cost must be below 2^16 (RFC 7914, section 2). Other values are an error when the profile is used. The default
    /// [`Limits`](crate::Limits) for reading a store are stricter: they allow 256 MiB, and also limit the work.
    #[must_use]
    pub const fn with_scrypt(self, log_n: u8, r: u32) -> Self {
        Self { cost: Cost::Scrypt { log_n, r }, ..self }
    }

    /// Uses AES-256 key wrap with padding (RFC 5649) in place of CCM.
    #[must_use]
    pub const fn with_key_wrap(self) -> Self {
        Self { encryption: Encryption::KeyWrap, ..self }
    }

    pub(super) fn of_file(scheme: Option<&Scheme>, mac: &Method) -> Self {
        let (mac, mac_cost) = mac.algorithm();
        let encryption = match scheme.map(Scheme::cipher) {
            Some(Cipher::KeyWrap) => Encryption::KeyWrap,
            Some(Cipher::Ccm { .. }) | None => Encryption::Ccm,
        };
        Self { encryption, cost: scheme.map_or(mac_cost, Scheme::cost), mac }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let readable = match self.cost {
            Cost::Pbkdf2 { iterations, .. } => (1..=MAX_JAVA_ITERATIONS).contains(&iterations),
            Cost::Scrypt { log_n, r } => {
                let is_allowed = r > 1 || log_n < 16;
                is_allowed
                    && (1..=30).contains(&log_n)
                    && (1..=1_024).contains(&r)
                    && u64::from(r) << log_n <= MAX_SCRYPT_BLOCKS
            }
        };
        if readable { Ok(()) } else { Err(Error::not_representable(Format::Bcfks, EncodeDefect::Iterations)) }
    }

    pub(super) fn scheme(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Scheme {
        let cipher = match self.encryption {
            Encryption::Ccm => Cipher::Ccm { nonce: Vec::new(), tag: TagLength::Eight },
            Encryption::KeyWrap => Cipher::KeyWrap,
        };
        Scheme::draw(self.cost, SALT, &cipher, rng)
    }

    pub(super) fn mac(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Method {
        Method::draw(self.mac, self.cost, SALT, rng)
    }
}

/// The maximum memory of scrypt in blocks of 128 bytes: 1 GiB.
const MAX_SCRYPT_BLOCKS: u64 = 1 << 23;
