//! The versions of Java that support an algorithm, and whether the algorithm is broken.

use crate::asn1::oid;
use crate::error::{EncodeDefect, Error, Format};
use crate::pkcs12::crypto::hash::Hash;
use crate::pkcs12::crypto::mac::{Mac, Method};
use crate::pkcs12::crypto::pbe::{Cipher, Scheme};
use crate::pkcs12::decode::Authentication;
use crate::pkcs12::profile::{Passwords, Profile};
use crate::pkcs12::structure::safe::Safe;
use crate::pkcs12::structure::sealed;
use crate::{Integrity, Java, Password};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Readers {
    pub(crate) java: JavaVersions,
    pub(crate) strength: Strength,
    pub(crate) passwords: Passwords,
}

impl Readers {
    const UNKNOWN: Self = Self { java: JavaVersions::None, strength: Strength::Sound, passwords: Passwords::Any };
}

impl Passwords {
    pub(crate) fn check(self, java: Java, password: &Password) -> Result<(), Error> {
        if password.is_printable_ascii() || (java >= Java::V25 && self == Self::Any) {
            Ok(())
        } else {
            Err(Error::not_representable(Format::Pkcs12, EncodeDefect::PasswordNotAscii))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JavaVersions {
    All,
    /// From 8u301 and 11.0.12 on.
    Since8u301,
    Since26,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    Sound,
    Broken,
}

#[derive(Debug, Clone)]
pub(crate) struct Protections {
    /// The versions of Java that verify the MAC; `None` if there is no MAC.
    pub(crate) mac: Option<JavaVersions>,
    pub(crate) parts: Vec<Readers>,
    pub(in crate::pkcs12) integrity: Integrity,
    pub(in crate::pkcs12) profile: Profile,
    certificates: Certificates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Certificates {
    Encrypted,
    Clear,
    Absent,
}

impl Protections {
    pub(in crate::pkcs12) fn of(
        authentication: &Authentication,
        integrity: Integrity,
        (parts, unread): (&[Scheme], usize),
        safes: &[Safe<'_>],
        password: Option<&Password>,
    ) -> Self {
        let ascii = password.is_none_or(Password::is_printable_ascii);
        let passwords = if ascii { Passwords::Ascii } else { Passwords::Any };
        let mac = authentication.mac();
        let certificates = if !parts.is_empty() || unread > 0 {
            Certificates::Encrypted
        } else if safes.iter().any(Safe::has_certificates) {
            Certificates::Clear
        } else {
            Certificates::Absent
        };
        let key = safes.iter().find_map(Safe::key_scheme);
        Self {
            mac: match authentication {
                Authentication::Absent => None,
                Authentication::Mac(mac) => Some(mac.java_versions()),
                Authentication::Unread => Some(JavaVersions::None),
            },
            integrity,
            parts: parts.iter().map(Scheme::readers).chain(std::iter::repeat_n(Readers::UNKNOWN, unread)).collect(),
            profile: Profile::of_file(mac, parts.first(), key.as_ref(), passwords),
            certificates,
        }
    }

    /// The profile without the protections that the file lacks.
    ///
    /// A protection is a MAC, or the encryption of the certificates. The JDK does not add such protections either
    /// (`PKCS12KeyStore.engineLoad`).
    pub(in crate::pkcs12) fn keep(&self, profile: Profile) -> Profile {
        let profile =
            if self.certificates == Certificates::Clear { profile.with_clear_certificates() } else { profile };
        if self.mac.is_none() { profile.without_mac() } else { profile }
    }
}

pub(crate) fn of_key(ber: &[u8]) -> Option<Readers> {
    sealed::scheme(ber).ok().map(|scheme| scheme.readers())
}

impl Scheme {
    pub(in crate::pkcs12) fn readers(&self) -> Readers {
        let (Self::Pbes1 { cipher, .. } | Self::Pbes2 { cipher, .. }) = self;
        let strength = match cipher {
            Cipher::Rc4Bits40 | Cipher::Rc2Bits40 | Cipher::Rc2Bits64 | Cipher::Des => Strength::Broken,
            _ => Strength::Sound,
        };
        let passwords = match self {
            // Java's ciphers use the lower seven bits of each byte (`PKCS12PBECipherCore.implInit`).
            Self::Pbes1 { .. } => Passwords::Ascii,
            Self::Pbes2 { .. } => Passwords::Any,
        };
        Readers { java: self.java_versions(), strength, passwords }
    }

    /// The versions from 8 to 26 that support the scheme (`com.sun.crypto.provider`).
    ///
    /// The PRFs with SHA-512/224 and SHA-512/256 need Java 21, and count as unsupported.
    pub(in crate::pkcs12) fn java_versions(&self) -> JavaVersions {
        match self {
            Self::Pbes1 { cipher: Cipher::TripleDesTwoKeys, .. } => JavaVersions::None,
            Self::Pbes1 { oid, .. } if matches!(*oid, oid::PBE_SHA1_DES | oid::PBE_SHA1_RC2 | oid::PBE_MD5_RC2) => {
                JavaVersions::None
            }
            Self::Pbes1 { .. } => JavaVersions::All,
            Self::Pbes2 { pbkdf2, .. } if matches!(pbkdf2.prf, Hash::Sha512_224 | Hash::Sha512_256) => {
                JavaVersions::None
            }
            Self::Pbes2 { cipher: Cipher::Aes128 | Cipher::Aes256, .. } => JavaVersions::Since8u301,
            Self::Pbes2 { .. } => JavaVersions::None,
        }
    }
}

impl Mac {
    /// The versions of Java that verify the MAC.
    ///
    /// The sources are `com.sun.crypto.provider.HmacPKCS12PBECore` and, for PBMAC1, JDK-8343232.
    pub(in crate::pkcs12) fn java_versions(&self) -> JavaVersions {
        match self.method {
            Method::Pkcs12 { hash: Hash::Sha1, .. } => JavaVersions::All,
            Method::Pkcs12 { .. } => JavaVersions::Since8u301,
            Method::Pbmac1 { .. } => JavaVersions::Since26,
        }
    }
}
