//! Which algorithms are written, chosen by the program that is to read.

use super::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use super::mac::{Mac, MacAlgorithm};
use super::pbe::{Encryption, Scheme};
use super::sealed;
use crate::Password;
use crate::error::{EncodeDefect, Error, Format};
use crate::limits::MAX_JAVA_ITERATIONS;
use rand_core::CryptoRng;

/// The algorithms and costs of what is written. The constants say who reads the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    pub(super) keys: Encryption,
    pub(super) certificates: Encryption,
    mac: MacAlgorithm,
    iterations: u32,
    mac_iterations: u32,
    salt_length: usize,
    passwords: Passwords,
}

/// Which passwords the readers take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Passwords {
    /// Java up to 17 has `PBEKeySpec` refuse anything else.
    Ascii,
    Any,
}

impl Profile {
    /// What Java 8 before 8u301 writes, read by everything: keys under SHA-1 and triple DES, certificates under SHA-1
    /// and RC2 with 40 bits, the MAC with SHA-1; 50,000 and 100,000 iterations. The ciphers are weak, the certificates'
    /// is broken: for old readers only. OpenSSL 3 needs `-legacy`.
    pub const JAVA_8: Self = Self {
        keys: Encryption::Sha1TripleDes,
        certificates: Encryption::Sha1Rc2Bits40,
        mac: MacAlgorithm::HmacSha1,
        iterations: 50_000,
        mac_iterations: 100_000,
        salt_length: 20,
        passwords: Passwords::Ascii,
    };

    /// What keytool 17 writes: PBES2 with AES-256 and HMAC-SHA256, the MAC with SHA-256, 10,000 iterations each. Read by
    /// Java 8u301, 11.0.12 and later, and by OpenSSL 1.1 and later.
    pub const JAVA_17: Self = Self {
        keys: Encryption::Aes256HmacSha256,
        certificates: Encryption::Aes256HmacSha256,
        mac: MacAlgorithm::HmacSha256,
        iterations: 10_000,
        mac_iterations: 10_000,
        salt_length: 20,
        passwords: Passwords::Ascii,
    };

    /// What `openssl pkcs12 -export` of OpenSSL 3 writes: as [`JAVA_17`](Self::JAVA_17) with 2,048 iterations and salts
    /// of 16 bytes. Any password: but Java reads one that is not ASCII only from version 18 on.
    pub const OPENSSL_3: Self =
        Self { iterations: 2_048, mac_iterations: 2_048, salt_length: 16, passwords: Passwords::Any, ..Self::JAVA_17 };

    /// PBES2 with AES-256 and HMAC-SHA256, the MAC by PBMAC1 (RFC 9579), so that no SHA-1 and no derivation of
    /// PKCS#12's own is left; 600,000 iterations each. Read by Java 26, OpenSSL 3.4 and Bouncy Castle 1.80 or later, and
    /// by no earlier version of them; it is not what keytool 26 writes by default.
    pub const JAVA_26: Self =
        Self { mac: MacAlgorithm::Pbmac1Sha256, iterations: 600_000, mac_iterations: 600_000, ..Self::OPENSSL_3 };

    /// The same with another number of iterations, from 1 to 5,000,000 (more Java refuses to read; what is outside is an
    /// error where the profile is used). It applies to each key, to the certificates and to the MAC.
    #[must_use]
    pub const fn with_iterations(self, iterations: u32) -> Self {
        Self { iterations, mac_iterations: iterations, ..self }
    }

    /// That the readers take these iterations and this password.
    pub(crate) fn check(&self, password: &Password) -> Result<(), Error> {
        let refuse = |defect| Err(Error::not_representable(Format::Pkcs12, defect));
        let readable = 1..=MAX_JAVA_ITERATIONS;
        if !readable.contains(&self.iterations) || !readable.contains(&self.mac_iterations) {
            return refuse(EncodeDefect::Iterations);
        }
        if self.passwords == Passwords::Ascii && !password.is_printable_ascii() {
            return refuse(EncodeDefect::PasswordNotAscii);
        }
        Ok(())
    }

    /// Seals PKCS#8 as this profile seals keys.
    pub(crate) fn seal(
        &self,
        plain: &[u8],
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.check(password)?;
        let password = EncodedPassword::new(password, EmptyPasswordEncoding::Terminator);
        sealed::seal(&self.draw(self.keys, rng), plain, &password)
    }

    /// The scheme of an encryption, with fresh randomness.
    pub(super) fn draw(&self, encryption: Encryption, rng: &mut (impl CryptoRng + ?Sized)) -> Scheme {
        Scheme::draw(encryption, self.iterations, self.salt_length, rng)
    }

    pub(super) fn authenticate(
        &self,
        password: &EncodedPassword<'_>,
        content: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Mac, Error> {
        Mac::make(self.mac, self.mac_iterations, self.salt_length, password, content, rng)
    }
}
