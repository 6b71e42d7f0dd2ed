//! The rules for authorities.

use super::check::{empty_issuer, key, signature, unknown_critical, unreadable};
use super::{Finding, FindingKind, LintPolicy};
use crate::extension::{ExtendedKeyUsage, KeyUsage};
use crate::info::CertificateInfo;

/// Checks the certificate of an authority, such as one in a truststore.
///
/// The findings concern the key, the signature, the issuer's name, the right to issue, and extensions for which Java or
/// OpenSSL may refuse this certificate or the certificates below it. `name` is the caller's name for the certificate.
///
/// Java ignores most extensions of a certificate in the truststore. OpenSSL, which most drivers for other languages use,
/// does not ignore them.
///
/// ```
/// # use certgen::{AuthorityParams, KeyKind, KeyPair, LintPolicy, NameSubtree, Time, Validity, lint_authority};
/// # let (mut rng, now) = (rand::rng(), Time::from_unix_seconds(1_800_000_000));
/// # let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
/// let params = AuthorityParams::new("CN=CA".parse()?, Validity::days(now, 365)?);
/// let limited = params.permit(NameSubtree::Dns("example.com".to_owned())).self_signed(key, &mut rng)?;
/// let findings = lint_authority("ca.pem", limited.info(), LintPolicy::default());
/// assert!(findings[0].to_string().starts_with("warning: ca.pem: it limits the names of the"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn lint_authority(name: &str, info: &CertificateInfo, policy: LintPolicy) -> Vec<Finding> {
    let kinds = [empty_issuer(info), key(info, policy), made_signature(info), may_issue(info), limits(info)];
    let kinds = kinds.into_iter().flatten().chain(purposes(info)).chain(unknown_critical(info)).chain(unreadable(info));
    kinds.map(|kind| Finding::of(name, info, kind)).collect()
}

fn made_signature(info: &CertificateInfo) -> Option<FindingKind> {
    if info.is_self_issued() { None } else { signature(info) }
}

fn may_issue(info: &CertificateInfo) -> Option<FindingKind> {
    let may_sign = info.key_usages().is_none_or(|usages| usages.contains(&KeyUsage::KeyCertSign));
    (!info.is_authority() || !may_sign).then_some(FindingKind::NotAnAuthority)
}

fn limits(info: &CertificateInfo) -> Option<FindingKind> {
    info.has_name_constraints().then_some(FindingKind::NameConstraints)
}

/// Server-gated cryptography of Netscape and of Microsoft.
const SERVER_GATED: [&str; 2] = ["2.16.840.1.113730.4.1", "1.3.6.1.4.1.311.10.3.3"];

/// Finds the purposes of TLS that the extended key usages do not include.
///
/// As in OpenSSL, anyExtendedKeyUsage does not include them, and server-gated cryptography includes servers
/// (`check_purpose_ssl_server`).
fn purposes(info: &CertificateInfo) -> impl Iterator<Item = FindingKind> {
    let lacks = |purposes: &[ExtendedKeyUsage]| {
        info.extended_key_usages().is_some_and(|usages| !usages.iter().any(|usage| purposes.contains(usage)))
    };
    let gated = SERVER_GATED.map(|oid| ExtendedKeyUsage::Other(oid.to_owned()));
    let for_servers = [&[ExtendedKeyUsage::ServerAuth][..], &gated].concat();
    let servers = lacks(&for_servers).then_some(FindingKind::AuthorityNotForServers);
    let clients = lacks(&[ExtendedKeyUsage::ClientAuth]).then_some(FindingKind::AuthorityNotForClients);
    servers.into_iter().chain(clients)
}
