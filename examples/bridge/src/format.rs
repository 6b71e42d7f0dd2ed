//! The formats of nodes' stores.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

#[cfg(feature = "bcfks")]
use keystore_core::bcfks;
use keystore_core::rand_core::CryptoRng;
use keystore_core::{KeyStore, Password, Profile, Protection, jks, pkcs12};

use crate::Error;

/// A store format, in the variant that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JKS, Java's own format.
    Jks,
    /// JCEKS, Java's own format that also stores secret keys.
    Jceks,
    /// PKCS#12, as Java 17 writes it.
    Pkcs12,
    /// PKCS#12 that every update of Java 8 reads.
    Pkcs12Java8,
    /// PKCS#12 as OpenSSL 3 writes it.
    Pkcs12OpenSsl,
    /// BCFKS, Bouncy Castle's format, as `bc-fips` writes it; `bcprov` reads it too.
    #[cfg(feature = "bcfks")]
    Bcfks,
    /// BCFKS, Bouncy Castle's format, as `bcprov` writes it; `bc-fips` reads it too.
    #[cfg(feature = "bcfks")]
    BcfksBcprov,
}

/// The number of iterations that keytool uses for the keys of a JCEKS.
const JCEKS_ITERATIONS: u32 = 200_000;

impl Format {
    const ALL: &'static [Self] = &[
        Self::Jks,
        Self::Jceks,
        Self::Pkcs12,
        Self::Pkcs12Java8,
        Self::Pkcs12OpenSsl,
        #[cfg(feature = "bcfks")]
        Self::Bcfks,
        #[cfg(feature = "bcfks")]
        Self::BcfksBcprov,
    ];

    /// The name of the format, its `store_type` and its file extension.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Jks => ("jks", "JKS", "jks"),
            Self::Jceks => ("jceks", "JCEKS", "jceks"),
            Self::Pkcs12 => ("pkcs12", "PKCS12", "p12"),
            Self::Pkcs12Java8 => ("pkcs12-java8", "PKCS12", "p12"),
            Self::Pkcs12OpenSsl => ("pkcs12-openssl", "PKCS12", "p12"),
            #[cfg(feature = "bcfks")]
            Self::Bcfks => ("bcfks", "BCFKS", "bcfks"),
            #[cfg(feature = "bcfks")]
            Self::BcfksBcprov => ("bcfks-bcprov", "BCFKS", "bcfks"),
        }
    }

    /// The value of `store_type` for this format.
    pub fn store_type(self) -> &'static str {
        self.names().1
    }

    /// The file extension of this format, such as `p12`.
    pub fn extension(self) -> &'static str {
        self.names().2
    }

    /// The provider that reads this format in a Java process.
    pub fn reader(self) -> Reader {
        match self {
            #[cfg(feature = "bcfks")]
            Self::Bcfks | Self::BcfksBcprov => Reader::BouncyCastle,
            _ => Reader::Jdk,
        }
    }

    pub(crate) fn protection(self) -> Protection {
        match self {
            Self::Jks => Protection::Jks,
            Self::Jceks => Protection::Jceks { iterations: JCEKS_ITERATIONS },
            Self::Pkcs12 => Protection::Pkcs12(Profile::JAVA_17),
            Self::Pkcs12Java8 => Protection::Pkcs12(Profile::JAVA_8),
            Self::Pkcs12OpenSsl => Protection::Pkcs12(Profile::OPENSSL_3),
            #[cfg(feature = "bcfks")]
            Self::Bcfks => Protection::Bcfks(bcfks::Profile::BC_FIPS),
            #[cfg(feature = "bcfks")]
            Self::BcfksBcprov => Protection::Bcfks(bcfks::Profile::BCPROV),
        }
    }

    /// Whether entries of this format have comments.
    pub(crate) fn stores_comments(self) -> bool {
        self.reader() == Reader::BouncyCastle
    }

    /// A store without entries, in which the letter case of aliases counts as in this format.
    pub(crate) fn empty(
        self,
        password: &Password,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<KeyStore<'static>, keystore_core::Error> {
        if self.reader() == Reader::Jdk {
            return Ok(KeyStore::new());
        }
        let bytes = self.encode(&KeyStore::new(), password, now, rng)?;
        let store = keystore_core::decode(&bytes, password)?;
        Ok(store.view().into_owned())
    }

    #[cfg_attr(not(feature = "bcfks"), expect(unused_variables, reason = "only a BCFKS has a date of its own"))]
    pub(crate) fn encode(
        self,
        store: &KeyStore<'_>,
        password: &Password,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, keystore_core::Error> {
        match self.protection() {
            Protection::Pkcs12(profile) => pkcs12::encode(store, password, &profile, rng),
            #[cfg(feature = "bcfks")]
            Protection::Bcfks(profile) => bcfks::encode(store, password, &profile, now.into(), rng),
            Protection::Jceks { .. } => jks::encode_jceks(store, password),
            _ => jks::encode(store, password),
        }
    }
}

/// The provider that reads a format in a Java process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The JDK.
    Jdk,
    /// A provider of Bouncy Castle, which must be installed.
    BouncyCastle,
}

/// Parses the name of a format, such as `jks` or `pkcs12`.
impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|format| format.names().0 == text).ok_or_else(|| {
            let known = Self::ALL.iter().map(|format| format.names().0).collect::<Vec<_>>().join(", ");
            Error::invalid(format!("unknown store format {text:?}, expected one of {known}"))
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.names().0)
    }
}
