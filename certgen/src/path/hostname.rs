//! Checks that a certificate is for the peer's name or address (`HostnameChecker`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Jdk;
use super::certificate::Certificate;
use super::general_name::GeneralName;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// Java does not accept the peer's name as a host name.
    ///
    /// For example, the name has an underscore or an empty label.
    IllegalHost,
    /// The alternative names cannot be read.
    Unreadable,
    NoMatch,
}

/// Checks the certificate of a peer that the engine knows as `host`.
///
/// `learnt` is an additional alternative name.
pub(super) fn check(
    host: &str,
    certificate: &Certificate,
    learnt: Option<&GeneralName>,
    jdk: Jdk,
) -> Result<(), Mismatch> {
    let host = if jdk == Jdk::V11 { host } else { host.strip_suffix('.').unwrap_or(host) };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Some(address) = literal(host) {
        return if names(certificate, jdk)?.iter().chain(learnt).any(|name| name.address() == Some(address)) {
            Ok(())
        } else {
            Err(Mismatch::NoMatch)
        };
    }
    if !is_host(host) {
        return Err(Mismatch::IllegalHost);
    }
    let mut dns = names(certificate, jdk)?.iter().chain(learnt).filter_map(|name| match name {
        GeneralName::Dns(name) => Some(name.as_str()),
        _ => None,
    });
    let found = match dns.next() {
        Some(first) => std::iter::once(first).chain(dns).any(|template| matches(host, template, jdk)),
        None => certificate.subject.common_name().is_some_and(|template| matches(host, template, jdk)),
    };
    if found { Ok(()) } else { Err(Mismatch::NoMatch) }
}

fn names(certificate: &Certificate, jdk: Jdk) -> Result<&[GeneralName], Mismatch> {
    let extensions = &certificate.extensions;
    if extensions.alt_names_are_unreadable && extensions.alt_names.is_none() && jdk == Jdk::V25 {
        return Err(Mismatch::Unreadable);
    }
    Ok(extensions.alt_names.as_deref().unwrap_or_default())
}

/// Reads an IPv4 or IPv6 address (`IPAddressUtil`).
///
/// An IPv4 address has one to four decimal parts, and an IPv6 address may have a zone.
pub(super) fn literal(text: &str) -> Option<IpAddr> {
    let six = text.split_once('%').map_or(text, |(address, _)| address).parse::<Ipv6Addr>();
    six.map(|address| IpAddr::V6(address).to_canonical()).ok().or_else(|| ipv4(text).map(IpAddr::V4))
}

/// Reads one to four decimal parts; the last one fills the remaining bytes.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let (last, first) = parts.split_last()?;
    if parts.len() > 4 || text.len() > 15 {
        return None;
    }
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let mut address = 0_u32;
    for part in first {
        address = address << 8 | number(part).filter(|number| *number <= 0xff)?;
    }
    let bits = 32 - 8 * u32::try_from(first.len()).ok()?;
    let last = number(last).filter(|last| bits == 32 || *last < 1 << bits)?;
    Some(Ipv4Addr::from(address.checked_shl(bits).unwrap_or(0) | last))
}

/// Whether `SNIHostName` accepts the text.
///
/// For a text that is not ASCII, the answer is an approximation.
fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        let legal = |character: char| !character.is_ascii() || character.is_ascii_alphanumeric() || character == '-';
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(legal)
    };
    text.split('.').all(label)
}

/// Whether a name in a certificate matches a host (`HostnameChecker.isMatched`).
///
/// The name may have wildcards.
pub(super) fn matches(host: &str, template: &str, jdk: Jdk) -> bool {
    let illegal = match template.rfind('*') {
        Some(star) => template.get(star..).is_none_or(|rest| !rest.contains('.')) || template == "*.",
        None => false,
    };
    if illegal || !is_host(&template.replace('*', "z")) {
        return false;
    }
    let (host, template) = match jdk {
        Jdk::V8 => (host.to_lowercase(), template.to_lowercase()),
        _ => (unicode(host), unicode(template)),
    };
    match jdk {
        Jdk::V8 | Jdk::V11 | Jdk::V17 => in_all_labels(&host, &template),
        Jdk::V25 => in_first_label(&host, &template),
    }
}

fn unicode(name: &str) -> String {
    let label = |label: &str| {
        let label = label.to_lowercase();
        label.strip_prefix("xn--").and_then(punycode).unwrap_or(label)
    };
    name.split('.').map(label).collect::<Vec<_>>().join(".")
}

fn in_all_labels(host: &str, template: &str) -> bool {
    let (host, template): (Vec<_>, Vec<_>) = (host.split('.').collect(), template.split('.').collect());
    host.len() == template.len() && host.iter().zip(&template).all(|(label, template)| wildcard(label, template))
}

fn in_first_label(host: &str, template: &str) -> bool {
    let split = |name: &str| match name.split_once('.') {
        Some((first, rest)) => (first.to_owned(), Some(rest.to_owned())),
        None => (name.to_owned(), None),
    };
    let ((first, rest), (template, template_rest)) = (split(host), split(template));
    rest == template_rest && wildcard(&first, &template)
}

/// Whether `label` matches `template`, in which a star matches any number of characters.
fn wildcard(label: &str, template: &str) -> bool {
    let mut pieces = template.split('*');
    let first = pieces.next().unwrap_or_default();
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return label == template };
    let Some(mut rest) = label.strip_prefix(first) else { return false };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Decodes an IDNA label after its `xn--` (RFC 3492).
fn punycode(text: &str) -> Option<String> {
    let (basic, extended) = text.rsplit_once('-').unwrap_or(("", text));
    let mut output: Vec<char> = basic.chars().collect();
    let (mut code, mut place, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes();
    let mut damp = 700;
    while digits.len() > 0 {
        let (before, mut weight, mut threshold_at) = (place, 1_u32, 36_u32);
        loop {
            let digit = match digits.next()? {
                byte @ b'a'..=b'z' => u32::from(byte - b'a'),
                byte @ b'0'..=b'9' => u32::from(byte - b'0') + 26,
                _ => return None,
            };
            place = place.checked_add(digit.checked_mul(weight)?)?;
            let threshold = threshold_at.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            threshold_at = threshold_at.checked_add(36)?;
        }
        let count = u32::try_from(output.len()).ok()?.checked_add(1)?;
        bias = adapted(place - before, count, damp);
        damp = 2;
        code = code.checked_add(place / count)?;
        place %= count;
        output.insert(usize::try_from(place).ok()?, char::from_u32(code)?);
        place += 1;
    }
    Some(output.into_iter().collect())
}

fn adapted(delta: u32, count: u32, damp: u32) -> u32 {
    let mut delta = delta / damp;
    delta += delta / count;
    let mut bias = 0;
    while delta > 455 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}
