//! The parts of a keystore that Java's trust manager and key manager use.

use crate::error::Error;
use crate::java_order;
use crate::{Content, Entry, KeyStore, Password, PrivateKey, SealedKey, Visibility};
use rustls_pki_types::CertificateDer;
use std::collections::HashSet;

/// A certificate that Java trusts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Anchor<'s, 'a> {
    /// The [alias](Entry::alias) of the certificate's entry.
    pub alias: &'s str,
    /// The certificate.
    pub certificate: &'s CertificateDer<'a>,
}

/// A private key that Java can offer.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct KeyEntry<'s, 'a> {
    /// The [alias](Entry::alias) of the key's entry.
    pub alias: &'s str,
    /// The sealed key.
    pub key: &'s SealedKey<'a>,
    /// The chain of the key, which begins with the key's own certificate. The chain is never empty.
    pub chain: &'s [CertificateDer<'a>],
}

impl KeyEntry<'_, '_> {
    /// Opens the key, and [completes](PrivateKey::completed) an EC key from its certificate.
    ///
    /// The provider `ring` of rustls refuses an EC key without its public half, and any key on P-521. Neither `ring`
    /// nor `aws-lc-rs` accepts RSA keys below 2,048 bits or Ed448 keys.
    ///
    /// # Errors
    /// As [`SealedKey::open`] and [`PrivateKey::completed`], with the alias of the entry.
    pub fn open(&self, password: &Password) -> Result<PrivateKey, Error> {
        let key = self.key.open(password).map_err(|error| error.in_entry(self.alias))?;
        match self.chain.first() {
            Some(certificate) => key.completed(certificate).map_err(|error| error.in_entry(self.alias)),
            None => Ok(key),
        }
    }
}

impl<'a> KeyStore<'a> {
    /// The certificates that Java trusts with this truststore, in the order of the file.
    ///
    /// Java trusts the trusted certificates, and only the first certificate of each private key's chain. In a BKS or UBER,
    /// other keys and data may have a chain, too. Entries that Java does not find under their alias do not count (see
    /// [`Visibility`]). Duplicates are removed.
    ///
    /// `TrustManagerFactory` uses the same certificates, for `PKIX` and `SunX509` alike
    /// (`sun.security.validator.TrustStoreUtil.getTrustedCerts`).
    pub fn trust_anchors(&self) -> Vec<Anchor<'_, 'a>> {
        let mut met: HashSet<&[u8]> = HashSet::new();
        let mut anchors: Vec<_> = self.iter().filter_map(anchor).collect();
        anchors.retain(|anchor| met.insert(anchor.certificate));
        anchors
    }

    /// The private keys that Java can offer from this keystore, in Java's order.
    ///
    /// A key without a certificate is not offered.
    ///
    /// The order is that of the default key manager (`sun.security.ssl.SunX509KeyManagerImpl`). This key manager tries one
    /// accepted key type after the other. Up to Java 25, it offers the first key of the type with an issuer that the peer
    /// accepts. If one of the store's keys does not open with the key manager's password, no key is offered. A key of a BKS or
    /// UBER that is not sealed counts as such a key.
    pub fn private_keys(&self) -> Vec<KeyEntry<'_, 'a>> {
        let loaded = self.all().filter(|entry| entry.visibility() != Visibility::Hidden);
        let listed = self.order.enumerate(loaded.map(Entry::alias));
        let keys = listed.iter().filter_map(|alias| Some((alias, key(self.entry(alias)?)?)));
        java_order::of_hash_map(keys)
    }
}

fn is_found(entry: &Entry<'_>) -> bool {
    entry.visibility() == Visibility::Reachable
}

pub(crate) fn anchor<'s, 'a>(entry: &'s Entry<'a>) -> Option<Anchor<'s, 'a>> {
    let certificate = match entry.content() {
        _ if !is_found(entry) => return None,
        Content::TrustedCertificate(certificate) => certificate,
        // For Bouncy Castle, all entries of a BKS except certificates are keys. Java skips the plain keys of a PKCS#12.
        Content::PrivateKey { chain, .. } | Content::PlainPrivateKey { chain, .. } | Content::Opaque { chain, .. } => {
            chain.first()?
        }
        _ => return None,
    };
    Some(Anchor { alias: entry.alias(), certificate })
}

fn key<'s, 'a>(entry: &'s Entry<'a>) -> Option<KeyEntry<'s, 'a>> {
    match entry.content() {
        Content::PrivateKey { key, chain } if !chain.is_empty() && is_found(entry) => {
            Some(KeyEntry { alias: entry.alias(), key, chain })
        }
        _ => None,
    }
}
