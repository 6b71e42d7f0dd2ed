//! The formats of stores that nodes are given.

use std::fmt;
use std::str::FromStr;

use keystore_core::rand_core::CryptoRng;
use keystore_core::{KeyStore, Password, Profile, Protection, jks, pkcs12};

use crate::Error;

/// The format of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Java's own.
    Jks,
    /// PKCS#12, as Java 17 writes it.
    Pkcs12,
}

impl Format {
    /// The value of `store_type` that names it.
    pub fn store_type(self) -> &'static str {
        match self {
            Self::Jks => "JKS",
            Self::Pkcs12 => "PKCS12",
        }
    }

    /// The extension of such files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jks => "jks",
            Self::Pkcs12 => "p12",
        }
    }

    pub(crate) fn protection(self) -> Protection {
        match self {
            Self::Jks => Protection::Jks,
            Self::Pkcs12 => Protection::Pkcs12(Profile::JAVA_17),
        }
    }

    pub(crate) fn encode(
        self,
        store: &KeyStore<'_>,
        password: &Password,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        Ok(match self {
            Self::Jks => jks::encode(store, password)?,
            Self::Pkcs12 => pkcs12::encode(store, password, &Profile::JAVA_17, rng)?,
        })
    }
}

/// From `jks` or `pkcs12`.
impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "jks" => Ok(Self::Jks),
            "pkcs12" => Ok(Self::Pkcs12),
            _ => Err(Error::invalid(format!("unknown store format {text:?}: jks or pkcs12"))),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Jks => "jks",
            Self::Pkcs12 => "pkcs12",
        })
    }
}
