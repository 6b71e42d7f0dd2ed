//! A node's key and certificate, and the stores and PEM made from them.

use std::net::IpAddr;
use std::time::SystemTime;

use certgen::{KeyKind, KeyPair, NodeParams};
use keystore_core::rand_core::CryptoRng;
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{Entry, KeyStore, Password, SealedKey};

use crate::{Error, Format, label};

/// A node's key and its certificate chain, under an alias.
#[derive(Debug)]
pub struct Identity {
    alias: String,
    /// Never empty; begins with the node's own certificate.
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    /// A new RSA-2048 key and its self-signed certificate for `ip`.
    ///
    /// The certificate is valid for [`Validity::DEFAULT_DAYS`](certgen::Validity::DEFAULT_DAYS) from `now`.
    ///
    /// # Errors
    /// If the key or the certificate cannot be made.
    pub fn generate(
        alias: &str,
        ip: IpAddr,
        now: SystemTime,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Error> {
        let key = KeyPair::generate(KeyKind::Rsa2048, rng)?;
        let certificate = NodeParams::for_ip(ip).valid_from(now.into()).self_signed(&key, rng)?;
        Ok(Self { alias: alias.to_owned(), chain: vec![certificate], key })
    }

    /// A key and its certificate chain, under this alias.
    ///
    /// # Errors
    /// If the chain is empty, or its first certificate is for another key or cannot be read.
    pub fn new(alias: &str, key: KeyPair, chain: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let first = chain.first().ok_or_else(|| Error::invalid("the key has no certificate"))?;
        if !key.matches(first)? {
            return Err(Error::invalid("the certificate is for another key"));
        }
        Ok(Self { alias: alias.to_owned(), chain, key })
    }

    /// The alias under which the identity is stored.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// The node's own certificate.
    ///
    /// # Panics
    /// Never, because the chain is not empty.
    #[expect(clippy::expect_used, reason = "each constructor puts a certificate into the chain")]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        self.chain.first().expect("a chain is not empty")
    }

    /// The last certificate of the chain, as the anchor for the truststores of peers.
    pub fn anchor(&self) -> &CertificateDer<'static> {
        self.chain.last().unwrap_or_else(|| self.certificate())
    }

    /// A keystore that contains only this identity.
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
        store.insert(Entry::new_private_key(&self.alias, sealed, self.chain.clone(), now.into()))?;
        Ok(format.encode(&store, password, now, rng)?)
    }

    /// The node's own certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        certgen::pem::encode_certificate(self.certificate())
    }

    /// The unencrypted key in PEM, for a file that only its owner may read.
    pub fn key_pem(&self) -> certgen::pem::SecretPem {
        certgen::pem::encode_private_key(&self.key.secret_pkcs8())
    }
}

/// The `old` certificates that are not among `new`, for a truststore that contains both.
///
/// An old alias that Java would treat as one of the new aliases gets the suffix `-before`, or `-before-2` and so on.
///
/// # Errors
/// If Java treats two of the new aliases as the same.
pub fn old_beside_new(old: &[Named], new: &[Named]) -> Result<Vec<Named>, Error> {
    let entry = |alias: &str, certificate: &CertificateDer<'static>| {
        Entry::new_trusted_certificate(alias.to_owned(), certificate.clone(), SystemTime::UNIX_EPOCH.into())
    };
    let mut taken = KeyStore::new();
    for (alias, certificate) in new {
        taken.insert(entry(alias, certificate))?;
    }
    let kept = old.iter().filter(|old| !new.iter().any(|new| new.1 == old.1));
    let kept: Vec<(&Named, bool)> = kept.map(|old| (old, taken.entry(&old.0).is_some())).collect();
    for ((alias, certificate), _) in kept.iter().filter(|(_, clashes)| !clashes) {
        taken.insert(entry(alias, certificate))?;
    }
    let mut named = Vec::new();
    for ((alias, certificate), clashes) in kept {
        let mut name = alias.clone();
        if clashes {
            let mut number = 0;
            while taken.entry(&name).is_some() {
                number += 1;
                name = label(&format!("{alias}-before"), number);
            }
            taken.insert(entry(&name, certificate))?;
        }
        named.push((name, certificate.clone()));
    }
    Ok(named)
}

/// An alias in a truststore, and its certificate.
pub type Named = (String, CertificateDer<'static>);

/// A truststore that contains the given certificates, each under its alias.
///
/// # Errors
/// If Java treats two aliases as the same, or the store cannot be encoded.
pub fn truststore<'a>(
    trusted: impl IntoIterator<Item = (&'a str, CertificateDer<'a>)>,
    format: Format,
    password: &Password,
    now: SystemTime,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let mut store = KeyStore::new();
    for (alias, certificate) in trusted {
        store.insert(Entry::new_trusted_certificate(alias, certificate, now.into()))?;
    }
    Ok(format.encode(&store, password, now, rng)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_certificates_stay_under_aliases_that_are_free() {
        let named = |alias: &str, der: u8| (alias.to_owned(), CertificateDer::from(vec![der]));
        let new = [named("node0", 1), named("node1", 2)];
        let old = [named("NODE0", 3), named("node1", 2), named("node2", 4)];
        let kept = old_beside_new(&old, &new).unwrap();
        assert_eq!(kept, [named("NODE0-before", 3), named("node2", 4)]);
        assert_eq!(old_beside_new(&old, &old).unwrap(), []);
        // A third generation, while the first is still trusted.
        let old = [named("node0", 3), named("node0-before", 4), named("Node0-Before-2", 5)];
        let kept = old_beside_new(&old, &new).unwrap();
        assert_eq!(kept, [named("node0-before-3", 3), named("node0-before", 4), named("Node0-Before-2", 5)]);
    }
}
