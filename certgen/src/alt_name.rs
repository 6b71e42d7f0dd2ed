//! Checks and encodes the alternative names to be written (RFC 5280, section 4.2.1.6).

use std::net::IpAddr;

use rustls_pki_types::DnsName;

use crate::asn1;
use crate::error::{Error, ErrorKind};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AltName {
    Ip(IpAddr),
    Dns(String),
    Email(String),
    Uri(String),
}

pub(crate) fn check(name: &AltName) -> Result<(), Error> {
    let refused = match name {
        AltName::Dns(name) if !is_dns_name(name) => ErrorKind::InvalidDnsName { name: name.clone() },
        AltName::Uri(uri) if !is_uri(uri) => ErrorKind::InvalidUri { uri: uri.clone() },
        AltName::Email(address) if !is_mailbox(address) => ErrorKind::InvalidEmail { address: address.clone() },
        _ => return Ok(()),
    };
    Err(Error::new(refused))
}

pub(crate) fn general_name(name: &AltName) -> Vec<u8> {
    match name {
        AltName::Email(address) => asn1::tlv(asn1::context(1), address.as_bytes()),
        AltName::Dns(name) => asn1::tlv(asn1::context(2), name.as_bytes()),
        AltName::Uri(uri) => asn1::tlv(asn1::context(6), uri.as_bytes()),
        AltName::Ip(IpAddr::V4(address)) => asn1::tlv(asn1::context(7), &address.octets()),
        AltName::Ip(IpAddr::V6(address)) => asn1::tlv(asn1::context(7), &address.octets()),
    }
}

/// Whether `name` is a host name.
///
/// The first label may be `*` (RFC 9525, section 6.3). At least two labels must follow the `*`.
fn is_dns_name(name: &str) -> bool {
    let host = name.strip_prefix("*.").unwrap_or(name);
    let enough = host.len() == name.len() || host.trim_end_matches('.').contains('.');
    enough && DnsName::try_from(host).is_ok()
}

/// Whether `uri` is a scheme, a colon and ASCII characters that a URI may contain.
///
/// A URI that begins with `spiffe:` must be a SPIFFE ID.
fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let begins = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    let scheme_is_one = begins && scheme.chars().all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next));
    let printable = rest.chars().all(|next| next.is_ascii_graphic() && !"<>\"{}|\\^`".contains(next));
    scheme_is_one && printable && !rest.is_empty() && (scheme != "spiffe" || is_spiffe_id(rest))
}

/// Whether `rest` completes `spiffe:` to a SPIFFE ID (SPIFFE-ID, sections 2.1 to 2.3).
fn is_spiffe_id(rest: &str) -> bool {
    const LONGEST: usize = 2048;
    let plain = |text: &str, upper: bool| {
        let allowed = |next: u8| {
            next.is_ascii_lowercase()
                || next.is_ascii_digit()
                || b"-._".contains(&next)
                || (upper && next.is_ascii_uppercase())
        };
        !text.is_empty() && text.bytes().all(allowed)
    };
    let Some(rest) = rest.strip_prefix("//").filter(|rest| rest.len() + "spiffe://".len() <= LONGEST) else {
        return false;
    };
    let mut parts = rest.split('/');
    parts.next().is_some_and(|domain| domain.len() <= 255 && plain(domain, false))
        && parts.all(|segment| plain(segment, true) && !matches!(segment, "." | ".."))
}

/// Whether `address` is `local@domain`, without a name before it or angle brackets around it.
fn is_mailbox(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let atom = |next: char| next.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(next);
    !local.is_empty() && local.chars().all(atom) && DnsName::try_from(domain).is_ok()
}
