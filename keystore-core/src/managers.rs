//! What Java's TLS uses from a keystore: its trust manager and its key manager.

use crate::alias::fold;
use crate::error::Error;
use crate::java_order;
use crate::{Content, Entry, KeyStore, Password, PrivateKey, SealedKey, Visibility};
use rustls_pki_types::CertificateDer;
use std::collections::HashSet;

/// A certificate that Java trusts.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Anchor<'s, 'a> {
    /// The alias of its entry, as the file spells it.
    pub alias: &'s str,
    /// The certificate.
    pub certificate: &'s CertificateDer<'a>,
}

/// A private key that Java can offer.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct KeyEntry<'s, 'a> {
    /// The alias as the file spells it.
    pub alias: &'s str,
    /// The key, sealed.
    pub key: &'s SealedKey<'a>,
    /// The chain that is sent with it, its own certificate first. Never empty.
    pub chain: &'s [CertificateDer<'a>],
}

impl KeyEntry<'_, '_> {
    /// Opens the key, [completed](PrivateKey::completed) from its certificate: rustls's provider `ring` refuses an EC
    /// key without its public half. `ring` has no curve P-521, and no provider takes RSA keys below 2,048 bits or Ed448 keys.
    ///
    /// # Errors
    /// As [`SealedKey::open`] and [`PrivateKey::completed`].
    pub fn open(&self, password: &Password) -> Result<PrivateKey, Error> {
        let key = self.key.open(password).map_err(|error| error.in_entry(self.alias))?;
        match self.chain.first() {
            Some(certificate) => key.completed(certificate).map_err(|error| error.in_entry(self.alias)),
            None => Ok(key),
        }
    }
}

impl<'a> KeyStore<'a> {
    /// What Java trusts if this is a truststore: the trusted certificates, and the first certificate of each private
    /// key's chain, in the order of the file and without duplicates. Issuers in the chain of a key are not trusted.
    ///
    /// This is what `TrustManagerFactory` uses, for `PKIX` and `SunX509` alike
    /// (`sun.security.validator.TrustStoreUtil.getTrustedCerts`).
    pub fn trust_anchors(&self) -> Vec<Anchor<'_, 'a>> {
        let mut met: HashSet<&[u8]> = HashSet::new();
        let mut anchors: Vec<_> = self.iter().filter_map(anchor).collect();
        anchors.retain(|anchor| met.insert(anchor.certificate));
        anchors
    }

    /// The private keys that Java can offer if this is a keystore, in the order in which it tries those of one type. A
    /// key without a certificate is not offered.
    ///
    /// This is what the default `KeyManagerFactory` uses (`sun.security.ssl.SunX509KeyManagerImpl`). For each type of key
    /// that the other side accepts, in that order, it takes the first key with an issuer that the other side names. It
    /// uses nothing at all if one of the store's keys does not open with the given password.
    pub fn private_keys(&self) -> Vec<KeyEntry<'_, 'a>> {
        let loaded = self.all().filter(|entry| entry.visibility() != Visibility::Hidden);
        let listed = self.order.enumerate(loaded.map(Entry::alias));
        let keys = listed.iter().filter_map(|alias| Some((fold(alias), key(self.entry(alias)?)?)));
        java_order::of_hash_map(keys)
    }
}

/// Whether Java finds the entry by the alias that it lists.
fn is_found(entry: &Entry<'_>) -> bool {
    entry.visibility() == Visibility::Reachable
}

/// What Java trusts because of the entry, if Java finds it.
pub(crate) fn anchor<'s, 'a>(entry: &'s Entry<'a>) -> Option<Anchor<'s, 'a>> {
    let certificate = match entry.content() {
        _ if !is_found(entry) => return None,
        Content::TrustedCertificate(certificate) => certificate,
        Content::PrivateKey { chain, .. } => chain.first()?,
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
