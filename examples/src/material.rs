//! A node's key and certificate, and every file that is made of them.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use certgen::{KeySize, Moment, NodeCertificate, NodeMaterial, RsaKeyPair};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, Profile, Protection, SealedKey, Timestamp, jks, pkcs12};
use rand::distr::{Alphanumeric, SampleString};
use rand::{CryptoRng, Rng};

/// The moment at which a program runs, as each library wants to hear it.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    millis: i64,
}

impl Now {
    /// The system's clock.
    pub fn read() -> Self {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
        Self { millis: i64::try_from(millis).unwrap_or(i64::MAX) }
    }

    /// In whole seconds, for certificates.
    pub fn moment(self) -> Moment {
        Moment::from_unix_seconds(self.millis.div_euclid(1000))
    }

    /// In milliseconds, for the entries of a store.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(self.millis)
    }
}

/// What a node shows to its peers: a key and the certificate for it.
#[derive(Debug)]
pub struct Identity {
    /// The alias under which it stands in stores.
    pub alias: String,
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Those of its authorities, if it is not self-signed.
    issuers: Vec<CertificateDer<'static>>,
    key: RsaKeyPair,
}

impl Identity {
    /// A new RSA-2048 key and its self-signed certificate for `ip`, valid for 3650 days from `now`.
    ///
    /// # Errors
    /// If no certificate can be made.
    pub fn generate(alias: &str, ip: IpAddr, now: Now, rng: &mut impl CryptoRng) -> anyhow::Result<Self> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048, rng)?;
        let certificate = NodeCertificate::for_ip(ip).valid_from(now.moment()).self_signed(&key, rng)?;
        Ok(Self { alias: alias.to_owned(), certificate, issuers: Vec::new(), key })
    }

    /// One of a fleet, under this alias.
    ///
    /// # Errors
    /// If it has no certificate.
    pub fn of(alias: &str, material: &NodeMaterial) -> anyhow::Result<Self> {
        let (certificate, issuers) = material.chain().split_first().context("a key without a certificate")?;
        let key = RsaKeyPair::from_pkcs8(&material.key().secret_pkcs8())?;
        Ok(Self { alias: alias.to_owned(), certificate: certificate.clone(), issuers: issuers.to_vec(), key })
    }

    /// A JKS keystore with this identity alone.
    ///
    /// # Errors
    /// If the store cannot be encoded.
    pub fn jks(&self, password: &Password, now: Now, rng: &mut impl CryptoRng) -> anyhow::Result<Vec<u8>> {
        Ok(jks::encode(&self.keystore(Protection::Jks, password, now, rng)?, password)?)
    }

    /// A PKCS#12 keystore with this identity alone, as Java 17 writes it.
    ///
    /// # Errors
    /// If the store cannot be encoded.
    pub fn pkcs12(&self, password: &Password, now: Now, rng: &mut impl CryptoRng) -> anyhow::Result<Vec<u8>> {
        let profile = Profile::JAVA_17;
        Ok(pkcs12::encode(&self.keystore(Protection::Pkcs12(profile), password, now, rng)?, password, &profile, rng)?)
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        certgen::pem::certificate(&self.certificate)
    }

    /// The key in PEM, unencrypted: for a file that its owner alone may read.
    pub fn key_pem(&self) -> certgen::pem::SecretPem {
        certgen::pem::private_key(&self.key.secret_pkcs8())
    }

    fn keystore(
        &self,
        protection: Protection,
        password: &Password,
        now: Now,
        rng: &mut impl CryptoRng,
    ) -> anyhow::Result<KeyStore<'_>> {
        let sealed = SealedKey::seal(&self.key.secret_pkcs8(), password, protection, rng)?;
        let mut store = KeyStore::new();
        let chain = std::iter::once(&self.certificate).chain(&self.issuers).cloned().collect();
        store.insert(Entry::private_key(&self.alias, sealed, chain, now.timestamp()))?;
        Ok(store)
    }
}

/// A JKS truststore with the certificates given, each under the alias given.
///
/// # Errors
/// If two aliases are the same to Java, or the store cannot be encoded.
pub fn truststore<'a>(
    trusted: impl IntoIterator<Item = (&'a str, &'a CertificateDer<'static>)>,
    password: &Password,
    now: Now,
) -> anyhow::Result<Vec<u8>> {
    let mut store = KeyStore::new();
    for (alias, certificate) in trusted {
        store.insert(Entry::trusted_certificate(alias, certificate.clone(), now.timestamp()))?;
    }
    Ok(jks::encode(&store, password)?)
}

/// A password that every reader of stores and of properties takes as it is: 24 characters of [A-Za-z0-9], 142 bits.
pub fn random_password(rng: &mut impl Rng) -> String {
    Alphanumeric.sample_string(rng, 24)
}
