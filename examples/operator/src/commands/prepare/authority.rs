//! Reads and checks the authority that signs.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, ensure};
use certgen::pem::KdfLimits;
use certgen::{
    Authority, CertificateInfo, ErrorKind, Finding, KeyPair, LintPolicy, Severity, Time, Validity, lint_authority, pem,
};

use crate::reading::read_text;
use crate::secret;
use crate::status::Refused;

pub(super) fn read(certificate: &Path, key: &Path, password: Option<&Path>) -> anyhow::Result<Authority> {
    let chain = pem::decode_certificates(read_text(certificate)?.as_bytes())
        .with_context(|| certificate.display().to_string())?;
    ensure!(!chain.is_empty(), "{} holds no certificate", certificate.display());
    let pair = authority_key(key, password).with_context(|| key.display().to_string())?;
    Authority::from_parts(pair, chain).with_context(|| certificate.display().to_string())
}

pub(super) fn weakness(authority: &Authority) -> anyhow::Result<Option<String>> {
    let findings = findings(authority)?;
    let weak = findings.iter().filter(|finding| finding.kind().is_weak_cryptography());
    let reason = |weak: &Finding| format!("{}: {} ({})", weak.certificate(), weak.kind(), weak.kind().source());
    let reasons: Vec<String> = weak.map(reason).collect();
    Ok(if reasons.is_empty() { None } else { Some(reasons.join("; ")) })
}

fn authority_key(file: &Path, password: Option<&Path>) -> anyhow::Result<KeyPair> {
    let text = read_text(file)?;
    let secret = match password {
        Some(password) => {
            let password = secret::first_line(password)?;
            pem::decode_encrypted_private_key(text.as_bytes(), password.as_bytes(), KdfLimits::default())?
        }
        None => pem::decode_private_key(text.as_bytes()).map_err(|error| match error.kind() {
            ErrorKind::EncryptedKey => {
                anyhow::Error::new(error).context("give its password with --ca-key-password-file")
            }
            _ => error.into(),
        })?,
    };
    Ok(KeyPair::from_pkcs8(&secret.secret_pkcs8())?)
}

pub(super) fn warnings(authority: &Authority) -> anyhow::Result<Vec<String>> {
    let findings = findings(authority)?;
    let others = findings.iter().filter(|finding| !finding.kind().is_weak_cryptography());
    Ok(others.filter(|finding| finding.severity() > Severity::Note).map(ToString::to_string).collect())
}

fn findings(authority: &Authority) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for certificate in &authority.chain() {
        let info = CertificateInfo::read(certificate)?;
        findings.extend(lint_authority(&info.subject().to_string(), &info, LintPolicy::default()));
    }
    Ok(findings)
}

/// The earliest end of a certificate in the authority's chain.
///
/// Fails with [`Refused`] if a certificate is not valid yet, has expired, or ends more than a day before the new certificates.
pub(super) fn lasts(authority: &Authority, days: u32) -> anyhow::Result<Option<Time>> {
    let wanted = Validity::days(SystemTime::now().into(), days)?;
    let mut first_end = None;
    for certificate in &authority.chain() {
        let info = CertificateInfo::read(certificate)?;
        let (subject, valid) = (info.subject(), info.validity());
        let refused = if valid.not_after() <= wanted.not_before() {
            format!("the authority {subject} expired at {}", valid.not_after())
        } else if valid.not_before() > wanted.not_before() {
            format!("the authority {subject} is not valid before {}", valid.not_before())
        } else if valid.not_after() < wanted.not_after().plus_seconds(-DAY) {
            let most = most_days(wanted.not_before(), valid.not_after());
            format!(
                "the authority {subject} ends at {}, before the new certificates (--days {days}): use at most --days {most}",
                valid.not_after()
            )
        } else {
            let end = valid.not_after();
            first_end = Some(first_end.map_or(end, |first: Time| first.min(end)));
            continue;
        };
        return Err(Refused(refused).into());
    }
    Ok(first_end)
}

const DAY: i64 = 86_400;

/// The longest validity, in days, that ends at most a day after `until`.
fn most_days(from: Time, until: Time) -> i64 {
    (until.unix_seconds() - from.unix_seconds()).div_euclid(DAY) + 1
}
