//! The certificate through which a chain is trusted.

use std::collections::BTreeMap;

use certgen::{CertificateInfo, Fingerprint, SelfSigned};
use keystore_core::rustls_pki_types::CertificateDer;

/// The SHA-256 of a chain's anchor; `None` for an empty chain.
///
/// The anchor is the first of these certificates that exists:
///
/// - the first certificate of the chain that is in `trusted`;
/// - a trusted certificate that may have issued the chain's last certificate, unless the last one may be self-signed;
/// - the last certificate of the chain.
pub fn anchor_of(
    chain: &[CertificateDer<'_>],
    trusted: &BTreeMap<Fingerprint, CertificateDer<'_>>,
) -> Option<Fingerprint> {
    let last = chain.last()?;
    let within = chain.iter().map(|der| Fingerprint::of(der)).find(|digest| trusted.contains_key(digest));
    within.or_else(|| issuer(last, trusted)).or_else(|| Some(Fingerprint::of(last)))
}

/// The trusted certificate whose subject is the certificate's issuer.
///
/// Generations of an authority can share a name, so the key identifiers must be equal if both are given.
fn issuer(
    certificate: &CertificateDer<'_>,
    trusted: &BTreeMap<Fingerprint, CertificateDer<'_>>,
) -> Option<Fingerprint> {
    // A self-signed certificate has no other issuer, but an earlier certificate of the node can have the same subject.
    let certificate = CertificateInfo::read(certificate).ok().filter(|read| read.self_signed() == SelfSigned::No)?;
    let signs = |other: &CertificateDer<'_>| {
        CertificateInfo::read(other).is_ok_and(|other| {
            let keys = (certificate.authority_key_identifier(), other.subject_key_identifier());
            other.subject() == certificate.issuer() && !matches!(keys, (Some(one), Some(other)) if one != other)
        })
    };
    trusted.iter().find(|(_, other)| signs(other)).map(|(digest, _)| *digest)
}
