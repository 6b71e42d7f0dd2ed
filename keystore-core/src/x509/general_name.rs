//! General names (RFC 5280, section 4.2.1.6), as `sun.security.x509.GeneralName` reads them.

use super::der::{Element, Reader, tag};
use super::{Result, check_name};
use crate::Java;
use crate::error::CertificateDefect;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Name,
    /// A name constraint, in which a URI is a host or a domain.
    Constraint,
}

/// Checks `GeneralNames ::= SEQUENCE OF GeneralName`, which must not be empty.
pub(super) fn check_all(mut names: Reader<'_>) -> Result<()> {
    if names.is_empty() {
        return Err(CertificateDefect::Structure);
    }
    while !names.is_empty() {
        check(&names.any()?, Meaning::Name)?;
    }
    Ok(())
}

pub(super) fn check(name: &Element<'_>, meaning: Meaning) -> Result<()> {
    let kind = name.tag & 0x1f;
    if !name.is_context(kind) || name.is_constructed() != matches!(kind, 0 | 3 | 4 | 5) {
        return Err(CertificateDefect::Structure);
    }
    let valid = match kind {
        0 => return check_other_name(name.children()),
        1 => is_mail_address(name.content),
        // Java takes an empty content for an empty name.
        4 if name.content.is_empty() => true,
        4 => return check_name(&name.children().any()?).map(drop),
        5 => return check_party(name.children()),
        6 if meaning == Meaning::Constraint => is_domain(&text(name.content)),
        6 => is_uri(&text(name.content)),
        7 => matches!(name.content.len(), 4 | 8 | 16 | 32),
        8 => return Element { tag: tag::OBJECT_IDENTIFIER, ..*name }.object_identifier().map(drop),
        2 | 3 => true,
        _ => false,
    };
    if valid { Ok(()) } else { Err(CertificateDefect::Structure) }
}

/// Checks `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`.
///
/// Java up to 17 does not look at the tag of the value.
fn check_other_name(mut fields: Reader<'_>) -> Result<()> {
    fields.any()?.object_identifier()?;
    let value = fields.any()?;
    let is_tagged = value.is_context(0) && value.is_constructed();
    if is_tagged || fields.java < Java::V25 { Ok(()) } else { Err(CertificateDefect::Structure) }
}

/// Checks `EDIPartyName ::= SEQUENCE { nameAssigner [0] DirectoryString OPTIONAL, partyName [1] DirectoryString }`.
///
/// Java reads these fields only if their tags are primitive, and ignores other fields of a name with one or two fields
/// (`sun.security.x509.EDIPartyName`). Java up to 17 does not require a name.
fn check_party(mut fields: Reader<'_>) -> Result<()> {
    let mut met = [false; 2];
    let mut count = 0;
    while !fields.is_empty() {
        let field = fields.any()?;
        count += 1;
        let met = match &mut met {
            [met, _] if field.is_context(0) && !field.is_constructed() => met,
            [_, met] if field.is_context(1) && !field.is_constructed() => met,
            _ => continue,
        };
        if *met {
            return Err(CertificateDefect::Structure);
        }
        *met = is_text(&field.children().any()?);
    }
    let is_named = met[1] || fields.java < Java::V25;
    if matches!(count, 1 | 2) && is_named { Ok(()) } else { Err(CertificateDefect::Structure) }
}

/// Whether `DerValue.getAsString` returns the text of this element.
fn is_text(value: &Element<'_>) -> bool {
    const UTF8_STRING: u8 = 0x0c;
    const PRINTABLE_STRING: u8 = 0x13;
    const T61_STRING: u8 = 0x14;
    const IA5_STRING: u8 = 0x16;
    const GENERAL_STRING: u8 = 0x1b;
    const UNIVERSAL_STRING: u8 = 0x1c;
    const BMP_STRING: u8 = 0x1e;
    matches!(
        value.tag,
        UTF8_STRING | PRINTABLE_STRING | T61_STRING | IA5_STRING | GENERAL_STRING | UNIVERSAL_STRING | BMP_STRING
    )
}

/// Whether Java accepts this `rfc822Name`: its domain is neither empty nor a single dot.
///
/// Without an `@`, the whole text counts as the domain.
fn is_mail_address(text: &[u8]) -> bool {
    let domain = text.iter().position(|byte| *byte == b'@').and_then(|at| text.get(at + 1..)).unwrap_or(text);
    !matches!(domain, [] | [b'.'])
}

/// The text of an `IA5String`, in which Java replaces bytes outside ASCII.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Whether `new URIName(String)` accepts the text: a URI (`java.net.URI`) with a scheme.
fn is_uri(text: &str) -> bool {
    let Some((Some(_), rest)) = split_scheme(text) else { return false };
    let (rest, fragment) = rest.split_at_checked(rest.find('#').unwrap_or(rest.len())).unwrap_or((rest, ""));
    let (hierarchy, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len())).unwrap_or((rest, ""));
    let Some(path) = hierarchy.strip_prefix('/') else { return !rest.is_empty() };
    let Some(after) = path.strip_prefix('/') else { return !has_brackets(path) };
    let (authority, path) = after.split_at_checked(after.find('/').unwrap_or(after.len())).unwrap_or((after, ""));
    if authority.is_empty() {
        return [path, query, fragment].iter().any(|part| !part.is_empty()) && !has_brackets(path);
    }
    !has_brackets(path) && is_authority(authority)
}

fn has_brackets(text: &str) -> bool {
    text.contains(['[', ']'])
}

/// Whether an authority has a valid host or is of another form, without brackets.
fn is_authority(authority: &str) -> bool {
    match host(authority) {
        None => !has_brackets(authority),
        Some(host) => match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => is_dns_name(host) || host.parse::<IpAddr>().is_ok(),
        },
    }
}

/// Whether the text is a host, or a domain that begins with a dot (`URIName.nameConstraint`).
fn is_domain(text: &str) -> bool {
    matches!(split_scheme(text), Some((None, host)) if is_dns_name(host.strip_prefix('.').unwrap_or(host)))
}

/// The scheme, if there is one, and the rest of the text; `None` if the text cannot be a URI.
fn split_scheme(text: &str) -> Option<(Option<&str>, &str)> {
    let legal = |character: char| {
        !character.is_ascii() || character.is_ascii_alphanumeric() || "-_.!~*'();/?:@&=+$,[]%#".contains(character)
    };
    let mut escapes = text.split('%').skip(1);
    let are_complete = escapes.all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    if text.is_empty() || !text.chars().all(legal) || !are_complete {
        return None;
    }
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let Some((scheme, _)) = text.get(..end)?.split_once(':') else { return Some((None, text)) };
    let sound = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    sound.then_some((Some(scheme), text.get(scheme.len() + 1..)?))
}

/// The host of an authority of the form `[user@]host[:port]`; `None` for any other authority.
fn host(authority: &str) -> Option<&str> {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if has_brackets(user) {
        return None;
    }
    if host.starts_with('[') {
        let (host, port) = host.split_at_checked(host.find(']')? + 1)?;
        return is_port(port).then_some(host);
    }
    let (host, port) = host.find(':').and_then(|colon| host.split_at_checked(colon)).unwrap_or((host, ""));
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let sound = |label: &str| is_label(label) && label.ends_with(|last: char| last.is_ascii_alphanumeric());
    let top = labels.clone().next_back();
    let named =
        labels.clone().all(sound) && top.is_some_and(|top| top.starts_with(|first: char| first.is_ascii_alphabetic()));
    ((named || host.parse::<Ipv4Addr>().is_ok()) && is_port(port)).then_some(host)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.chars().all(|digit| digit.is_ascii_digit()))
}

/// Whether `new DNSName(String)` accepts a name.
///
/// In certificates, Java also reads dNSNames that this constructor refuses.
fn is_dns_name(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_alphanumeric())
        && label.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
}
