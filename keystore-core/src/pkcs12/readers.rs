//! Who reads what is encrypted or authenticated in a given way.

use super::pbe::{Cipher, Scheme};
use super::sealed::Sealed;

/// What is known of an algorithm's readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Readers {
    pub(crate) java: JavaVersions,
    pub(crate) strength: Strength,
}

/// The versions of Java that read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JavaVersions {
    All,
    /// From 8u301 and 11.0.12 on.
    Recent,
    /// From 26 on.
    VeryRecent,
    None,
}

/// Whether the cipher still protects anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    Sound,
    Broken,
}

/// How a whole file is guarded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guards {
    /// How it is authenticated; none if it is not.
    pub(crate) mac: Option<JavaVersions>,
    /// How each encrypted part is encrypted.
    pub(crate) parts: Vec<Readers>,
}

/// The readers of a private key that is sealed for a PKCS#12; none if it is sealed in another way.
pub(crate) fn of_key(ber: &[u8]) -> Option<Readers> {
    Sealed::read(ber).ok().map(|sealed| sealed.scheme.readers())
}

impl Scheme {
    pub(super) fn readers(&self) -> Readers {
        let (java, cipher) = match self {
            Self::Pbes1 { cipher, .. } => (JavaVersions::All, *cipher),
            Self::Pbes2 { cipher, .. } => (JavaVersions::Recent, *cipher),
        };
        let java = if self.is_known_to_java() { java } else { JavaVersions::None };
        let broken = matches!(cipher, Cipher::Rc4Bits40 | Cipher::Rc2Bits40 | Cipher::Rc2Bits64 | Cipher::Des);
        Readers { java, strength: if broken { Strength::Broken } else { Strength::Sound } }
    }
}
