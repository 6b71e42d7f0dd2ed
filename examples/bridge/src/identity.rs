//! A node's key and certificate, and every file that is made of them.

use std::net::IpAddr;
use std::time::SystemTime;

use certgen::{KeySize, NodeMaterial, NodeParams, RsaKeyPair};
use keystore_core::rand_core::CryptoRng;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, SealedKey};

use crate::time::timestamp;
use crate::{Error, Format};

/// What a node shows to its peers: a key and its certificate chain, under an alias.
#[derive(Debug)]
pub struct Identity {
    alias: String,
    /// The node's own certificate first.
    chain: Vec<CertificateDer<'static>>,
    key: RsaKeyPair,
}

impl Identity {
    /// A new RSA-2048 key and its self-signed certificate for `ip`, valid for
    /// [`Validity::DEFAULT_DAYS`](certgen::Validity::DEFAULT_DAYS) from `now`.
    ///
    /// # Errors
    /// If no certificate can be made.
    pub fn generate(
        alias: &str,
        ip: IpAddr,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048, rng)?;
        let certificate = NodeParams::for_ip(ip).valid_from(now.into()).self_signed(&key, rng)?;
        Ok(Self { alias: alias.to_owned(), chain: vec![certificate], key })
    }

    /// One node of a fleet, under this alias.
    ///
    /// # Errors
    /// If it has no certificate.
    pub fn of(alias: &str, material: &NodeMaterial) -> Result<Self, Error> {
        let key = RsaKeyPair::from_pkcs8(&material.key().secret_pkcs8())?;
        if material.chain().is_empty() {
            return Err(Error::invalid("a key without a certificate"));
        }
        Ok(Self { alias: alias.to_owned(), chain: material.chain().to_vec(), key })
    }

    /// The alias under which it is stored.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// The node's own certificate.
    ///
    /// # Panics
    /// Never: a chain is not empty.
    #[expect(clippy::expect_used, reason = "both constructors put a certificate into the chain")]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        self.chain.first().expect("a chain is not empty")
    }

    /// A keystore that holds this identity alone.
    ///
    /// # Errors
    /// If the store cannot be encoded.
    pub fn keystore(
        &self,
        format: Format,
        password: &Password,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        let sealed = SealedKey::seal(&self.key.secret_pkcs8(), password, format.protection(), rng)?;
        let mut store = KeyStore::new();
        store.insert(Entry::new_private_key(&self.alias, sealed, self.chain.clone(), timestamp(now)))?;
        format.encode(&store, password, rng)
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        certgen::pem::encode_certificate(self.certificate())
    }

    /// The key in PEM, unencrypted: for a file that its owner alone may read.
    pub fn key_pem(&self) -> certgen::pem::SecretPem {
        certgen::pem::encode_private_key(&self.key.secret_pkcs8())
    }
}

/// A truststore that holds the certificates given, each under its alias.
///
/// # Errors
/// If two aliases are the same to Java, or the store cannot be encoded.
pub fn truststore<'a>(
    trusted: impl IntoIterator<Item = (&'a str, CertificateDer<'a>)>,
    format: Format,
    password: &Password,
    now: SystemTime,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let mut store = KeyStore::new();
    for (alias, certificate) in trusted {
        store.insert(Entry::new_trusted_certificate(alias, certificate, timestamp(now)))?;
    }
    format.encode(&store, password, rng)
}
