//! Through which certificate a served one is trusted.

use std::collections::BTreeMap;

use certgen::CertificateInfo;
use keystore_core::rustls_pki_types::CertificateDer;

use crate::bundle::sha256;

/// Every certificate that some node trusts, by its digest.
pub(super) type Trusted = BTreeMap<String, CertificateDer<'static>>;

/// The digest of the anchor of a chain: the first of its certificates that somebody trusts; else one that is trusted
/// and whose subject is the issuer of the chain's last; else that last one.
pub(super) fn anchor(chain: &[CertificateDer<'static>], trusted: &Trusted) -> Option<String> {
    let last = chain.last()?;
    let within = chain.iter().map(|certificate| sha256(certificate)).find(|digest| trusted.contains_key(digest));
    within.or_else(|| issuer(last, trusted)).or_else(|| Some(sha256(last)))
}

/// Names can be the same; a key identifier, where both have one, tells generations of an authority apart.
fn issuer(certificate: &CertificateDer<'_>, trusted: &Trusted) -> Option<String> {
    let certificate = CertificateInfo::read(certificate).ok()?;
    let signs = |other: &CertificateDer<'_>| {
        CertificateInfo::read(other).is_ok_and(|other| {
            let keys = (certificate.authority_key_identifier(), other.subject_key_identifier());
            other.subject() == certificate.issuer() && !matches!(keys, (Some(one), Some(other)) if one != other)
        })
    };
    trusted.iter().find(|(_, other)| signs(other)).map(|(digest, _)| digest.clone())
}
