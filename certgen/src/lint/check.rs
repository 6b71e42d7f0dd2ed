//! The rules.

use std::collections::BTreeMap;

use super::{Finding, FindingKind, LintPolicy};
use crate::digest::Digest;
use crate::extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use crate::info::{BasicConstraints, CertificateInfo};
use crate::public_key::KeyAlgorithm;
use crate::severity::Severity;
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};
use crate::validity::DAY;

/// Checks the certificates of nodes, each by itself and all of them together; the names are the caller's.
///
/// Findings come in the order of the certificates. Dates are checked by [`Expiry`](crate::Expiry) instead.
///
/// ```
/// # use certgen::{CertificateInfo, KeyKind, Time, NodeParams, KeyPair, LintPolicy, lint};
/// # let mut rng = rand::rng();
/// # let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
/// # let now = Time::from_unix_seconds(1_800_000_000);
/// let certificate = NodeParams::for_ip("10.0.0.11".parse()?).without_ip_san().valid_from(now).self_signed(&key, &mut rng)?;
/// let info = CertificateInfo::read(&certificate)?;
/// let findings = lint(&[("node0", &info)], LintPolicy::default());
/// assert!(findings[0].to_string().starts_with("warning: node0: it has no IP address among its names"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lint(certificates: &[(&str, &CertificateInfo)], policy: LintPolicy) -> Vec<Finding> {
    let (mut serials, mut keys) = (BTreeMap::new(), BTreeMap::new());
    let mut findings = Vec::new();
    for (name, info) in certificates {
        let mut kinds = alone(info, policy);
        let serial = (info.issuer().as_der(), info.serial());
        kinds.extend(other(&mut serials, serial, name, info).map(|other| FindingKind::ReusedSerial { other }));
        kinds.extend(
            other(&mut keys, info.public_key().as_spki_der(), name, info).map(|other| FindingKind::ReusedKey { other }),
        );
        findings.extend(kinds.into_iter().map(|kind| {
            let severity = severity(&kind);
            Finding { certificate: (*name).to_owned(), kind, severity }
        }));
    }
    findings
}

/// The name of an earlier and different certificate with the same `property`.
fn other<'a, P: Ord>(
    seen: &mut BTreeMap<P, (&'a str, &'a CertificateInfo)>,
    property: P,
    name: &'a str,
    info: &'a CertificateInfo,
) -> Option<String> {
    let (other, first) = *seen.entry(property).or_insert((name, info));
    (first.sha256() != info.sha256()).then(|| other.to_owned())
}

fn severity(kind: &FindingKind) -> Severity {
    match kind {
        // Java refuses these outright.
        FindingKind::ShortRsaKey { bits } if *bits < 1024 => Severity::Error,
        FindingKind::WeakSignature { algorithm } if is_refused(algorithm) => Severity::Error,
        FindingKind::ReusedSerial { .. } | FindingKind::NoClientAuth | FindingKind::NoServerAuth => Severity::Error,
        _ => Severity::Warning,
    }
}

fn is_refused(algorithm: &SignatureAlgorithm) -> bool {
    matches!(algorithm.scheme().and_then(SignatureScheme::digest), Some(Digest::Md2 | Digest::Md5))
}

fn alone(info: &CertificateInfo, policy: LintPolicy) -> Vec<FindingKind> {
    let unreadable = info.unreadable_extensions().iter();
    let unreadable = unreadable.map(|oid| FindingKind::UnreadableExtension { oid: oid.clone() });
    [key(info, policy), signature(info), address(info), common_name(info), validity(info, policy), authority(info)]
        .into_iter()
        .flatten()
        .chain(usages(info))
        .chain(unreadable)
        .collect()
}

fn key(info: &CertificateInfo, policy: LintPolicy) -> Option<FindingKind> {
    match info.public_key().algorithm() {
        KeyAlgorithm::Rsa { bits } if *bits < policy.min_rsa_bits => Some(FindingKind::ShortRsaKey { bits: *bits }),
        _ => None,
    }
}

fn signature(info: &CertificateInfo) -> Option<FindingKind> {
    let weak = info.signature_algorithm().is_weak();
    weak.then(|| FindingKind::WeakSignature { algorithm: info.signature_algorithm().clone() })
}

fn address(info: &CertificateInfo) -> Option<FindingKind> {
    info.ip_addresses().next().is_none().then_some(FindingKind::NoIpAddress)
}

fn common_name(info: &CertificateInfo) -> Option<FindingKind> {
    let common_name = info.subject().common_name()?;
    let same = |name: &SubjectAltName| match name {
        SubjectAltName::IpAddress(address) => {
            common_name.parse().is_ok_and(|named: std::net::IpAddr| named == *address)
        }
        SubjectAltName::DnsName(name) => name.eq_ignore_ascii_case(&common_name),
        _ => false,
    };
    let names = info.subject_alt_names();
    let disagree = !names.is_empty() && !names.iter().any(same);
    disagree.then_some(FindingKind::CommonNameNotAmongAltNames { common_name })
}

fn validity(info: &CertificateInfo, policy: LintPolicy) -> Option<FindingKind> {
    let (start, end) = (info.validity().not_before().unix_seconds(), info.validity().not_after().unix_seconds());
    let days = end.saturating_sub(start).div_euclid(DAY) + i64::from(end.saturating_sub(start).rem_euclid(DAY) > 0);
    let limit = policy.max_validity_days;
    (days > i64::from(limit)).then_some(FindingKind::LongValidity { days, limit })
}

fn authority(info: &CertificateInfo) -> Option<FindingKind> {
    matches!(info.basic_constraints(), Some(BasicConstraints::Authority { .. })).then_some(FindingKind::Authority)
}

fn usages(info: &CertificateInfo) -> Vec<FindingKind> {
    let mut findings = Vec::new();
    if let Some(usages) = info.extended_key_usages().filter(|usages| !usages.contains(&ExtendedKeyUsage::Any)) {
        for (needed, finding) in [
            (ExtendedKeyUsage::ClientAuth, FindingKind::NoClientAuth),
            (ExtendedKeyUsage::ServerAuth, FindingKind::NoServerAuth),
        ] {
            findings.extend((!usages.contains(&needed)).then_some(finding));
        }
    }
    let signs = info.key_usages().is_none_or(|usages| usages.contains(&KeyUsage::DigitalSignature));
    findings.extend((!signs).then_some(FindingKind::NoDigitalSignature));
    findings
}
