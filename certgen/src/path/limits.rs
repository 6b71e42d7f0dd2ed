//! Certificates that do not meet the name constraints of an authority above them.

use rustls_pki_types::CertificateDer;

use super::certificate::Certificate;
use super::name_constraints::{NameConstraints, Position};
use super::refusal::Refusal;
use super::{Chain, Jdk};

/// A certificate and an authority whose constraints the certificate violates, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    pub(crate) certificate: usize,
    pub(crate) authority: usize,
}

/// The first [`Outside`] for each reader, from the end of the chain.
///
/// The constraints are those of RFC 5280, section 6.1.3 (b) and (c).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutsideLimits {
    /// For Java, which does not apply the constraints of the anchor.
    ///
    /// The last certificate is the anchor if it is self-issued.
    pub(crate) java: Option<Outside>,
    /// For OpenSSL, which applies the constraints of all authorities.
    pub(crate) openssl: Option<Outside>,
}

/// Finds certificates that do not meet the name constraints of an authority of the chain.
///
/// # Errors
/// [`Rule::Unreadable`](super::Rule::Unreadable) for a certificate that Java cannot read.
pub(crate) fn outside_limits(certificates: &[CertificateDer<'_>]) -> Result<OutsideLimits, Refusal> {
    let Chain(chain) = Chain::read(certificates)?;
    let anchors = chain.last().map_or(0, |last| usize::from(last.is_self_issued()));
    let (below_anchor, all) = (chain.len().saturating_sub(anchors), chain.len());
    let java = |limits: &NameConstraints, below: &Certificate, _: Position| limits.check(below, Jdk::V25).is_ok();
    Ok(OutsideLimits {
        java: first(&chain, below_anchor, java),
        openssl: first(&chain, all, NameConstraints::is_met_for_openssl),
    })
}

/// Finds a certificate that does not meet the name constraints of an authority above it.
///
/// Only the first `authorities` certificates count as authorities. Self-issued certificates are not checked, except the
/// leaf.
fn first(
    chain: &[Certificate],
    authorities: usize,
    allows: impl Fn(&NameConstraints, &Certificate, Position) -> bool,
) -> Option<Outside> {
    let outside = |authority: usize| {
        let limits = chain.get(authority)?.extensions.name_constraints.as_ref()?;
        let mut below = chain.iter().enumerate().take(authority).rev();
        let (certificate, _) = below.find(|(place, certificate)| {
            let position = if *place == 0 { Position::Leaf } else { Position::Authority };
            (position == Position::Leaf || !certificate.is_self_issued()) && !allows(limits, certificate, position)
        })?;
        Some(Outside { certificate, authority })
    };
    (0..authorities).rev().find_map(outside)
}
