//! The certificate through which a chain is trusted.

use std::collections::BTreeMap;

use certgen::{CertificateInfo, Fingerprint, SelfSigned};
use keystore_core::rustls_pki_types::CertificateDer;

/// The SHA-256 of a chain's anchor: the first of its certificates that is `trusted`; otherwise a trusted one whose
/// subject is the issuer of the chain's last, unless that is self-signed; otherwise that last one. `None` for an empty chain.
pub fn anchor_of(
    chain: &[CertificateDer<'_>],
    trusted: &BTreeMap<Fingerprint, CertificateDer<'_>>,
) -> Option<Fingerprint> {
    let last = chain.last()?;
    let within = chain.iter().map(|der| Fingerprint::of(der)).find(|digest| trusted.contains_key(digest));
    within.or_else(|| issuer(last, trusted)).or_else(|| Some(Fingerprint::of(last)))
}

/// The trusted certificate of the issuer. Generations of an authority can have the same name; their key identifiers, if
/// both certificates have one, distinguish them.
fn issuer(
    certificate: &CertificateDer<'_>,
    trusted: &BTreeMap<Fingerprint, CertificateDer<'_>>,
) -> Option<Fingerprint> {
    // What signs itself has no other issuer: the node's certificate of an earlier generation has the same name.
    let certificate = CertificateInfo::read(certificate).ok().filter(|read| read.self_signed() == SelfSigned::No)?;
    let signs = |other: &CertificateDer<'_>| {
        CertificateInfo::read(other).is_ok_and(|other| {
            let keys = (certificate.authority_key_identifier(), other.subject_key_identifier());
            other.subject() == certificate.issuer() && !matches!(keys, (Some(one), Some(other)) if one != other)
        })
    };
    trusted.iter().find(|(_, other)| signs(other)).map(|(digest, _)| *digest)
}
