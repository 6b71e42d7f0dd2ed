//! The rules for the certificates of a chain together.

use rustls_pki_types::CertificateDer;

use super::{Finding, FindingKind, LintPolicy, Readers, lint_authority};
use crate::chain;
use crate::error::Error;
use crate::info::CertificateInfo;
use crate::path::{self, OutsideLimits, Place, Rule};

/// Checks a chain, except its first certificate by itself, which [`lint`](super::lint) checks.
///
/// The findings concern weak or unsuitable authorities, certificates that outlive an authority or have a name that an
/// authority does not allow, and certificates that Java cannot read. `name` is the caller's name for the chain.
///
/// A self-issued last certificate counts as the anchor in the truststores.
///
/// # Errors
/// [`ErrorKind::MalformedCertificate`](crate::ErrorKind::MalformedCertificate), with the certificate's position.
pub fn lint_chain(name: &str, certificates: &[CertificateDer<'_>], policy: LintPolicy) -> Result<Vec<Finding>, Error> {
    let infos = chain::read(certificates)?;
    let mut findings = Vec::new();
    for (place, info) in infos.iter().enumerate() {
        let title = title(name, place);
        findings.extend(outlived(&infos, place).map(|kind| Finding::of(&title, info, kind)));
        if place > 0 {
            findings.extend(lint_authority(&title, info, policy));
        }
    }
    match path::outside_limits(certificates) {
        Ok(OutsideLimits { java, openssl }) => {
            let readers = match (java, openssl) {
                (Some(_), Some(_)) => Readers::All,
                (Some(_), None) => Readers::Java,
                _ => Readers::OpenSsl,
            };
            if let Some(outside) = java.or(openssl) {
                let kind = FindingKind::OutsideNameConstraints { authority: outside.authority, readers };
                findings.extend(of_place(name, &infos, outside.certificate, kind));
            }
        }
        Err(refusal) => {
            if let (Some(Place::Served(place)), Rule::Unreadable { reason }) = (refusal.place(), refusal.rule()) {
                findings.extend(of_place(name, &infos, place, FindingKind::UnreadableByJava { reason }));
            }
        }
    }
    Ok(findings)
}

fn title(name: &str, place: usize) -> String {
    match place {
        0 => name.to_owned(),
        _ => format!("{name}, certificate {} of its chain", place.saturating_add(1)),
    }
}

fn of_place(name: &str, infos: &[CertificateInfo], place: usize, kind: FindingKind) -> Option<Finding> {
    infos.get(place).map(|info| Finding::of(&title(name, place), info, kind))
}

fn outlived(infos: &[CertificateInfo], place: usize) -> Option<FindingKind> {
    let end = |info: &CertificateInfo| info.validity().not_after();
    let own = end(infos.get(place)?);
    let above = infos.iter().enumerate().skip(place.saturating_add(1));
    let (authority, until) = above.map(|(place, info)| (place, end(info))).min_by_key(|(_, until)| *until)?;
    (until < own).then_some(FindingKind::OutlivesAuthority { authority, until })
}
