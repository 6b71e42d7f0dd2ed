//! Checks a chain of certificates.

use rustls_pki_types::CertificateDer;

use crate::error::{ChainDefect, Error, ErrorKind, Position};
use crate::extension::KeyUsage;
use crate::info::{BasicConstraints, CertificateInfo};
use crate::validity::DAY;
use crate::verify::Check;

/// The number of seconds by which a certificate may begin before an authority above it.
///
/// The start of a certificate may be set back for peers with slow clocks, and so be before the start of a new
/// authority.
const MAX_SKEW: i64 = DAY;

/// Checks that each certificate of `chain` was issued by the next one.
///
/// The end entity comes first. For each pair, the first certificate's issuer and the second's subject must be the same
/// bytes, the key identifiers must agree if both are given, and the signature must be valid. The second certificate must
/// be allowed to issue (`cA`, `keyCertSign`, path length) and have no unreadable extension. The first certificate of the
/// chain must end within the validity of each certificate above it, and may begin at most a day before each of them. A
/// chain of fewer than two certificates passes if it can be read.
///
/// Use this function for chains that you issue or import, and the module [`path`](crate::path) for chains that peers
/// send: this function ignores the current time, name constraints, revocation and trust anchors.
///
/// # Errors
/// [`ErrorKind::BrokenChain`] with the position of the certificate that was not issued by the next one, or of the first
/// certificate if its dates are wrong; [`ErrorKind::MalformedCertificate`] with the position of the certificate.
pub fn verify_chain(chain: &[CertificateDer<'_>]) -> Result<(), Error> {
    verify_links(&read(chain)?, 1)
}

/// Checks the chain of an authority.
///
/// The first certificate must be allowed to issue.
pub(crate) fn verify_authority(chain: &[CertificateDer<'_>]) -> Result<(), Error> {
    let links = read(chain)?;
    if let Some(own) = links.first() {
        check_may_issue(own, 0).map_err(|defect| broken(defect, 0))?;
    }
    verify_links(&links, 0)
}

/// Checks each link and the dates.
///
/// `first_authority` is the position of the first authority.
fn verify_links(links: &[CertificateInfo], first_authority: usize) -> Result<(), Error> {
    for (place, pair) in links.windows(2).enumerate() {
        let [link, issuer] = pair else { continue };
        let between = links.get(first_authority..=place).unwrap_or_default();
        // Self-issued authorities do not count (RFC 5280, section 6.1.4 (l)).
        let authorities = between.iter().filter(|authority| !authority.is_self_issued()).count();
        check_names(link, issuer)
            .and_then(|()| check_may_issue(issuer, authorities))
            .and_then(|()| check_signature(link, issuer))
            .map_err(|defect| broken(defect, place))?;
    }
    check_dates(links)
}

pub(crate) fn broken(defect: ChainDefect, place: usize) -> Error {
    Error::at(ErrorKind::BrokenChain { defect }, Position::Certificate(place))
}

pub(crate) fn read(chain: &[CertificateDer<'_>]) -> Result<Vec<CertificateInfo>, Error> {
    let read = |(place, der)| CertificateInfo::read(der).map_err(|error| error.in_certificate(place));
    chain.iter().enumerate().map(read).collect()
}

fn check_names(below: &CertificateInfo, issuer: &CertificateInfo) -> Result<(), ChainDefect> {
    if below.issuer() != issuer.subject() {
        return Err(ChainDefect::OtherIssuer);
    }
    let identifiers = below.authority_key_identifier().zip(issuer.subject_key_identifier());
    if identifiers.is_some_and(|(named, own)| named != own) {
        return Err(ChainDefect::OtherKeyIdentifier);
    }
    Ok(())
}

fn check_signature(below: &CertificateInfo, issuer: &CertificateInfo) -> Result<(), ChainDefect> {
    match below.signed().check(issuer.public_key()) {
        Check::Good => Ok(()),
        Check::Bad => Err(ChainDefect::Signature),
        Check::Unsupported => Err(ChainDefect::UnsupportedSignature),
    }
}

/// Checks that an authority may issue.
///
/// `authorities` is the number of other authorities between the issuer and the end entity, without self-issued ones.
fn check_may_issue(issuer: &CertificateInfo, authorities: usize) -> Result<(), ChainDefect> {
    let Some(BasicConstraints::Authority { path_length }) = issuer.basic_constraints() else {
        return Err(ChainDefect::NotAnAuthority);
    };
    let may_sign = issuer.key_usages().is_none_or(|usages| usages.contains(&KeyUsage::KeyCertSign));
    // An extension that cannot be read may forbid issuing.
    if !may_sign || !issuer.unreadable_extensions().is_empty() {
        return Err(ChainDefect::NotAnAuthority);
    }
    let longest = path_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    if authorities > longest { Err(ChainDefect::PathLength) } else { Ok(()) }
}

fn check_dates(links: &[CertificateInfo]) -> Result<(), Error> {
    let Some((first, above)) = links.split_first() else { return Ok(()) };
    let skewed = first.validity().plus_skew(MAX_SKEW);
    let holds = above.iter().all(|issuer| issuer.validity().encloses(skewed));
    if holds { Ok(()) } else { Err(broken(ChainDefect::Dates, 0)) }
}
