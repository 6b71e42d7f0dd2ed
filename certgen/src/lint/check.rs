//! The rules for certificates of nodes.

use std::collections::BTreeMap;

use super::{Finding, FindingKind, LintPolicy, Readers};
use crate::digest::Digest;
use crate::extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use crate::info::CertificateInfo;
use crate::path;
use crate::public_key::KeyAlgorithm;
use crate::severity::Severity;
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};
use crate::validity::DAY;

/// Extensions that OpenSSL processes and Java's path validation does not.
///
/// The identifiers are those of cRLDistributionPoints, Netscape's certificate type, id-pkix-ocsp-nocheck, the two
/// extensions of RFC 3779, and proxyCertInfo (`X509_supported_extension`).
const PROCESSED_BY_OPENSSL: [&str; 6] = [
    "2.5.29.31",
    "2.16.840.1.113730.1.1",
    "1.3.6.1.5.5.7.48.1.5",
    "1.3.6.1.5.5.7.1.7",
    "1.3.6.1.5.5.7.1.8",
    "1.3.6.1.5.5.7.1.14",
];

/// Checks the certificates of nodes, each by itself and all of them together.
///
/// Each certificate is given with the caller's name for the certificate. Findings come in the order of the certificates.
/// Dates are not compared with the current time; [`Expiry`](crate::Expiry) compares them.
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
        findings.extend(kinds.into_iter().map(|kind| Finding::of(name, info, kind)));
    }
    findings
}

/// The name of the first certificate with this `property`, unless `info` is that certificate.
fn other<'a, P: Ord>(
    seen: &mut BTreeMap<P, (&'a str, &'a CertificateInfo)>,
    property: P,
    name: &'a str,
    info: &'a CertificateInfo,
) -> Option<String> {
    let (other, first) = *seen.entry(property).or_insert((name, info));
    (first.sha256() != info.sha256()).then(|| other.to_owned())
}

pub(super) fn severity(kind: &FindingKind, info: &CertificateInfo) -> Severity {
    match kind {
        // The JDK's default `jdk.certpath.disabledAlgorithms` disables such keys and signatures.
        FindingKind::ShortRsaKey { bits } if *bits < 1024 => Severity::Error,
        FindingKind::WeakSignature { algorithm } if is_refused(algorithm) => Severity::Error,
        FindingKind::OutsideNameConstraints { readers: Readers::All | Readers::Java, .. }
        | FindingKind::ReusedSerial { .. }
        | FindingKind::NoClientAuth
        | FindingKind::NoServerAuth
        | FindingKind::LongForCassandra { .. }
        | FindingKind::NotAnAuthority
        | FindingKind::EmptyIssuer
        | FindingKind::UnreadableByJava { .. } => Severity::Error,
        // Java ignores such an extension of a certificate in the truststore, where a self-issued certificate usually is
        // and an authority's may be.
        FindingKind::UnknownCriticalExtension { .. } if !info.is_authority() && !info.is_self_issued() => {
            Severity::Error
        }
        _ => Severity::Warning,
    }
}

fn is_refused(algorithm: &SignatureAlgorithm) -> bool {
    matches!(algorithm.scheme().and_then(SignatureScheme::digest), Some(Digest::Md2 | Digest::Md5))
}

fn alone(info: &CertificateInfo, policy: LintPolicy) -> Vec<FindingKind> {
    let single = [
        empty_issuer(info),
        key(info, policy),
        signature(info),
        address(info),
        common_name(info),
        validity(info, policy),
        for_cassandra(info, policy),
        authority(info),
    ];
    single.into_iter().flatten().chain(usages(info)).chain(unknown_critical(info)).chain(unreadable(info)).collect()
}

pub(super) fn empty_issuer(info: &CertificateInfo) -> Option<FindingKind> {
    info.issuer().is_empty().then_some(FindingKind::EmptyIssuer)
}

pub(super) fn unreadable(info: &CertificateInfo) -> impl Iterator<Item = FindingKind> {
    info.unreadable_extensions().iter().map(|oid| FindingKind::UnreadableExtension { oid: oid.clone() })
}

/// The critical extensions that Java's path validation does not process.
///
/// For a self-issued certificate, they are only those that OpenSSL does not process either. Such a certificate is
/// assumed to be in the truststore, where Java ignores critical extensions.
pub(super) fn unknown_critical(info: &CertificateInfo) -> impl Iterator<Item = FindingKind> {
    let openssl = if info.is_self_issued() { &PROCESSED_BY_OPENSSL[..] } else { &[] };
    let known = move |oid: &str| path::is_processed(oid) || openssl.contains(&oid);
    let unknown = info.critical_extensions().iter().filter(move |oid| !known(oid));
    unknown.map(|oid| FindingKind::UnknownCriticalExtension { oid: oid.clone() })
}

pub(super) fn key(info: &CertificateInfo, policy: LintPolicy) -> Option<FindingKind> {
    match info.public_key().algorithm() {
        KeyAlgorithm::Rsa { bits } if *bits < policy.min_rsa_bits => Some(FindingKind::ShortRsaKey { bits: *bits }),
        _ => None,
    }
}

pub(super) fn signature(info: &CertificateInfo) -> Option<FindingKind> {
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

fn seconds(info: &CertificateInfo) -> i64 {
    let validity = info.validity();
    validity.not_after().unix_seconds().saturating_sub(validity.not_before().unix_seconds())
}

fn validity(info: &CertificateInfo, policy: LintPolicy) -> Option<FindingKind> {
    let seconds = seconds(info);
    let days = seconds.div_euclid(DAY) + i64::from(seconds.rem_euclid(DAY) > 0);
    let limit = policy.max_validity_days;
    (days > i64::from(limit)).then_some(FindingKind::LongValidity { days, limit })
}

/// Compares whole minutes, as Cassandra's `MutualTlsCertificateValidityPeriodValidator` does.
fn for_cassandra(info: &CertificateInfo, policy: LintPolicy) -> Option<FindingKind> {
    let (minutes, limit) = (seconds(info).div_euclid(60), policy.max_validity_minutes?);
    (minutes > i64::from(limit)).then_some(FindingKind::LongForCassandra { minutes, limit })
}

fn authority(info: &CertificateInfo) -> Option<FindingKind> {
    info.is_authority().then_some(FindingKind::Authority)
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
