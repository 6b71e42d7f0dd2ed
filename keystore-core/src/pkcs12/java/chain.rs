//! The certificates of a document, and the chains that they form with its keys.

use super::entry_index::Place;
use super::x509::Names;
use crate::Limits;
use crate::alias::fold;
use crate::error::{Error, Limit};
use crate::pkcs12::structure::attributes::Attributes;
use std::collections::{HashMap, HashSet};

/// A key's reference to its own certificate.
pub(in crate::pkcs12) struct CertificateQuery<'s> {
    id: &'s [u8],
    alias: String,
}

impl<'s> CertificateQuery<'s> {
    pub(in crate::pkcs12) fn new(id: &'s [u8], alias: &str) -> Self {
        Self { id, alias: fold(alias).into_owned() }
    }
}

#[derive(Default)]
pub(in crate::pkcs12) struct Certificates<'s>(Vec<Certificate<'s>>);

struct Certificate<'s> {
    place: Place,
    der: &'s [u8],
    id: Option<&'s [u8]>,
    attributes: &'s Attributes,
}

impl<'s> Certificates<'s> {
    pub(in crate::pkcs12) fn push(
        &mut self,
        place: Place,
        der: &'s [u8],
        id: Option<&'s [u8]>,
        attributes: &'s Attributes,
    ) {
        self.0.push(Certificate { place, der, id, attributes });
    }

    pub(in crate::pkcs12) fn untrusted(&self) -> impl Iterator<Item = (Place, &'s Attributes)> {
        let untrusted = self.0.iter().filter(|certificate| !certificate.attributes.trusted);
        untrusted.map(|certificate| (certificate.place, certificate.attributes))
    }

    /// Indexes the certificates at these places.
    pub(in crate::pkcs12) fn link(&self, includes: impl Fn(Place) -> bool) -> Links<'s> {
        let mut links = Links::default();
        self.0.iter().filter(|certificate| includes(certificate.place)).for_each(|certificate| links.add(certificate));
        links
    }
}

#[derive(Clone, Copy)]
struct Named<'s> {
    place: Place,
    der: &'s [u8],
    /// `None` if the bytes cannot be parsed as a certificate.
    ///
    /// Such bytes are in no chain, except as a key's own certificate.
    names: Option<Names<'s>>,
}

/// The certificates, indexed by the values by which keys and certificates refer to them.
#[derive(Default)]
pub(in crate::pkcs12) struct Links<'s> {
    own_by_id: HashMap<&'s [u8], Named<'s>>,
    own_by_alias: HashMap<String, Named<'s>>,
    own_by_both: HashMap<(&'s [u8], String), Named<'s>>,
    by_subject: HashMap<&'s [u8], Named<'s>>,
    by_subject_and_key: HashMap<(&'s [u8], &'s [u8]), Named<'s>>,
    /// The last certificate with the subject that has no key identifier.
    by_subject_without_key: HashMap<&'s [u8], Named<'s>>,
}

impl<'s> Links<'s> {
    fn add(&mut self, certificate: &Certificate<'s>) {
        let Certificate { place, der, .. } = *certificate;
        let named = Named { place, der, names: Names::read(der) };
        if let Some(names) = named.names {
            self.by_subject.entry(names.subject).or_insert(named);
            if let Some(key) = names.subject_key {
                self.by_subject_and_key.entry((names.subject, key)).or_insert(named);
            } else {
                self.by_subject_without_key.insert(names.subject, named);
            }
        }
        if !certificate.attributes.trusted {
            self.add_own(named, certificate);
        }
    }

    /// Indexes a certificate that may be a key's own.
    ///
    /// If several certificates match a key, the choice is that of `PKCS12KeyStore.findMatchedCertificate`.
    fn add_own(&mut self, named: Named<'s>, certificate: &Certificate<'s>) {
        let alias = certificate.attributes.friendly_name.as_deref().map(|name| fold(name).into_owned());
        if let Some(id) = certificate.id {
            self.own_by_id.insert(id, named);
            if let Some(alias) = &alias {
                self.own_by_both.entry((id, alias.clone())).or_insert(named);
            }
        }
        if let Some(alias) = alias {
            self.own_by_alias.insert(alias, named);
        }
    }

    /// The chain of a key: its own certificate, followed by the issuers that are in the document.
    ///
    /// The chain ends at a certificate that is equal to an earlier one.
    pub(in crate::pkcs12) fn chain(&self, own: &CertificateQuery<'s>, limits: &Limits) -> Result<Vec<Place>, Error> {
        let mut chain = Vec::new();
        let mut met = HashSet::new();
        let mut next = self.own(own);
        while let Some(certificate) = next.filter(|certificate| met.insert(certificate.der)) {
            chain.push(certificate.place);
            limits.check(Limit::Chain, chain.len())?;
            next = certificate.names.filter(|names| !names.is_self_signed()).and_then(|names| self.issuer(&names));
        }
        Ok(chain)
    }

    fn own(&self, own: &CertificateQuery<'s>) -> Option<Named<'s>> {
        let both = self.own_by_both.get(&(own.id, own.alias.clone()));
        both.or_else(|| self.own_by_id.get(own.id)).or_else(|| self.own_by_alias.get(&own.alias)).copied()
    }

    /// See `PKCS12KeyStore.findIssuer`.
    ///
    /// If the key of the issuer is identified, only a certificate with this identifier or without one is the issuer.
    fn issuer(&self, names: &Names<'s>) -> Option<Named<'s>> {
        let issuer = match names.authority_key {
            Some(key) => {
                let exact = self.by_subject_and_key.get(&(names.issuer, key));
                exact.or_else(|| self.by_subject_without_key.get(names.issuer))
            }
            None => self.by_subject.get(names.issuer),
        };
        issuer.copied()
    }
}
