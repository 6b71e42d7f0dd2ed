//! The algorithms of a new PKCS#12.

use crate::Password;
use crate::error::{EncodeDefect, Error, Format};
use crate::limits::MAX_JAVA_ITERATIONS;
use crate::pkcs12::crypto::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use crate::pkcs12::crypto::hash::Hash;
use crate::pkcs12::crypto::mac::{Mac, MacAlgorithm};
use crate::pkcs12::crypto::pbe::{Encryption, Scheme};
use crate::pkcs12::structure::sealed;
use rand_core::CryptoRng;
use std::fmt;

/// The algorithms and costs of a new PKCS#12, or of new parts in an edited PKCS#12.
///
/// Each constant says which programs read the result. [`Pfx::profile`](super::Pfx::profile) returns the profile of a
/// file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Profile {
    keys: Encryption,
    /// `None` if certificates are not encrypted.
    pub(super) certificates: Option<Encryption>,
    mac: Option<MacAlgorithm>,
    key_iterations: u32,
    certificate_iterations: u32,
    mac_iterations: u32,
    salt_length: usize,
    passwords: Passwords,
}

/// The passwords that the readers accept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Passwords {
    /// Printable ASCII, because some versions of Java refuse any other password.
    Ascii,
    Any,
}

impl Profile {
    /// The algorithms of Java 8 before 8u301.
    ///
    /// Every version of Java reads the result. OpenSSL 3 needs `-legacy`.
    ///
    /// Keys are encrypted with SHA-1 and triple DES, certificates with SHA-1 and 40-bit RC2 (50,000 iterations each),
    /// and the MAC uses SHA-1 (100,000 iterations). The ciphers are weak, and RC2 with 40 bits is
    /// broken, so use this profile only for old readers.
    pub const JAVA_8: Self = Self {
        keys: Encryption::SHA1_TRIPLE_DES,
        certificates: Some(Encryption::SHA1_RC2_40),
        mac: Some(MacAlgorithm::Pkcs12(Hash::Sha1)),
        key_iterations: 50_000,
        certificate_iterations: 50_000,
        mac_iterations: 100_000,
        salt_length: 20,
        passwords: Passwords::Ascii,
    };

    /// The algorithms of keytool 17: PBES2 with AES-256 and HMAC-SHA-256, a MAC with SHA-256.
    ///
    /// Each key derivation has 10,000 iterations. Java 8u301, 11.0.12 and later, and OpenSSL 1.1 and later read the result.
    pub const JAVA_17: Self = Self {
        keys: Encryption::AES_256_HMAC_SHA256,
        certificates: Some(Encryption::AES_256_HMAC_SHA256),
        mac: Some(MacAlgorithm::Pkcs12(Hash::Sha256)),
        key_iterations: 10_000,
        certificate_iterations: 10_000,
        mac_iterations: 10_000,
        salt_length: 20,
        passwords: Passwords::Ascii,
    };

    /// The algorithms of `openssl pkcs12 -export` in OpenSSL 3.
    ///
    /// The algorithms are those of [`JAVA_17`](Self::JAVA_17). This profile has 2,048 iterations and salts of 16 bytes. The
    /// password may be any text, but Java up to 17 opens the file only if the password is printable ASCII.
    pub const OPENSSL_3: Self =
        Self { salt_length: 16, passwords: Passwords::Any, ..Self::JAVA_17.with_iterations(2_048) };

    /// PBES2 with AES-256, and a MAC by PBMAC1 (RFC 9579), with 600,000 iterations each.
    ///
    /// The encryption and the MAC use HMAC-SHA-256, not SHA-1 or PKCS#12's own derivation. Java 26, OpenSSL 3.4, Bouncy
    /// Castle 1.81 and later versions read the result; earlier versions do not. This profile is not the default of keytool
    /// 26.
    pub const JAVA_26: Self = Self {
        mac: Some(MacAlgorithm::Pbmac1 { hash: Hash::Sha256, prf: Hash::Sha256 }),
        ..Self::OPENSSL_3.with_iterations(600_000)
    };

    /// No password, like the JDK's own `cacerts` from version 18 on.
    ///
    /// Certificates are not encrypted and there is no MAC, so the integrity of the content cannot be verified. Keys are
    /// sealed as in [`JAVA_17`](Self::JAVA_17). Java 8u301, 11.0.12 and later show all entries with any password and
    /// with `null`.
    pub const PASSWORDLESS: Self = Self { certificates: None, mac: None, passwords: Passwords::Any, ..Self::JAVA_17 };

    /// The same profile with another number of iterations, from 1 to 5,000,000.
    ///
    /// The number applies to each key, to the certificates and to the MAC. Java refuses a larger number. A value outside
    /// the range is an error when the profile is used.
    #[must_use]
    pub const fn with_iterations(self, iterations: u32) -> Self {
        Self { key_iterations: iterations, certificate_iterations: iterations, mac_iterations: iterations, ..self }
    }

    /// Whether the profile neither encrypts certificates nor writes a MAC.
    ///
    /// A store with such a profile can be loaded without a password; only its keys need one.
    pub const fn is_passwordless(&self) -> bool {
        self.certificates.is_none() && self.mac.is_none()
    }

    pub(super) const fn with_clear_certificates(self) -> Self {
        Self { certificates: None, ..self }
    }

    pub(super) const fn without_mac(self) -> Self {
        Self { mac: None, ..self }
    }

    pub(super) fn of_file(mac: Option<&Mac>, part: Option<&Scheme>, key: Option<&Scheme>, password: Passwords) -> Self {
        let default = Self::JAVA_17;
        let key = key.or(part);
        let (mac, mac_iterations) = mac.map(Mac::algorithm).unzip();
        let any = part.or(key);
        Self {
            keys: key.map_or(default.keys, Scheme::encryption),
            certificates: part.map(Scheme::encryption),
            mac,
            key_iterations: key.map_or(default.key_iterations, Scheme::iterations),
            certificate_iterations: part.map_or(default.certificate_iterations, Scheme::iterations),
            mac_iterations: mac_iterations.unwrap_or(default.mac_iterations),
            salt_length: any.map_or(default.salt_length, Scheme::salt_length),
            passwords: password,
        }
    }

    /// Checks that readers accept the iterations and, unless passwordless, the password.
    pub(super) fn check(&self, password: &Password) -> Result<(), Error> {
        let readable = 1..=MAX_JAVA_ITERATIONS;
        let iterations = [self.key_iterations, self.certificate_iterations, self.mac_iterations];
        if !iterations.iter().all(|iterations| readable.contains(iterations)) {
            return Err(Error::not_representable(Format::Pkcs12, EncodeDefect::Iterations));
        }
        if self.is_passwordless() { Ok(()) } else { self.check_password(password) }
    }

    fn check_password(&self, password: &Password) -> Result<(), Error> {
        if self.passwords == Passwords::Ascii && !password.is_printable_ascii() {
            return Err(Error::not_representable(Format::Pkcs12, EncodeDefect::PasswordNotAscii));
        }
        Ok(())
    }

    pub(crate) fn seal(
        &self,
        plain: &[u8],
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.check(password)?;
        self.check_password(password)?;
        let password = EncodedPassword::new(password, EmptyPasswordEncoding::Terminator);
        sealed::seal(&Scheme::draw(self.keys, self.key_iterations, self.salt_length, rng), plain, &password)
    }

    /// The encryption of certificates, with a new salt and IV; `None` if they are not encrypted.
    pub(super) fn draw(&self, rng: &mut (impl CryptoRng + ?Sized)) -> Option<Scheme> {
        let encryption = self.certificates?;
        Some(Scheme::draw(encryption, self.certificate_iterations, self.salt_length, rng))
    }

    pub(super) fn authenticate(
        &self,
        password: &EncodedPassword<'_>,
        content: &[u8],
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Option<Mac>, Error> {
        let make = |mac| Mac::make(mac, self.mac_iterations, self.salt_length, password, content, rng);
        self.mac.map(make).transpose()
    }
}

/// Writes the algorithms and iterations for keys, certificates and the MAC.
///
/// An example is `keys: PBES2 with AES-256 and HMAC-SHA-256, 10000 iterations; certificates: unencrypted; MAC: none`.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys: {}, {} iterations; certificates: ", self.keys, self.key_iterations)?;
        match self.certificates {
            Some(encryption) => write!(f, "{encryption}, {} iterations; MAC: ", self.certificate_iterations)?,
            None => f.write_str("unencrypted; MAC: ")?,
        }
        match self.mac {
            Some(mac) => write!(f, "{mac}, {} iterations", self.mac_iterations),
            None => f.write_str("none"),
        }
    }
}
