//! Alternative names, and whether one name is within another (`GeneralName`).

use std::net::IpAddr;

use super::Jdk;
use super::der::{self, Read, Reader, Unreadable, Value};
use super::hostname;
use super::name::Name;

/// A name of one of the nine kinds (RFC 5280, section 4.2.1.6).
#[derive(Clone, Debug)]
pub(super) enum GeneralName {
    Other,
    Email(String),
    Dns(String),
    X400,
    Directory(Name),
    Edi,
    Uri(Uri),
    /// An address of 4 or 16 bytes, or an address and a mask of the same length.
    Ip(Vec<u8>),
    Oid(Vec<u8>),
}

/// A URI, or, as a constraint, a host or domain.
#[derive(Clone, Debug)]
pub(super) struct Uri {
    host: Option<String>,
    /// Whether [`is_dns_name`] accepts the host, without the leading dot of a domain.
    is_dns: bool,
}

/// The relation of a second name to a first one (`GeneralNameInterface.constrains`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    OtherKind,
    Match,
    /// The second name is within the first one.
    Narrows,
    /// The first name is within the second one.
    Widens,
    /// The names are of the same kind, and neither is within the other.
    Apart,
}

/// Java's exception for names that it cannot compare, such as a URI without a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Incomparable;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Name,
    Constraint,
}

pub(super) fn read_all(bytes: &[u8]) -> Read<Vec<GeneralName>> {
    let values = Value::only(bytes)?.sequence("alternative names are not a SEQUENCE")?.all()?;
    if values.is_empty() {
        return Err(Unreadable("alternative names are empty"));
    }
    values.into_iter().map(|value| GeneralName::read(value, Meaning::Name)).collect()
}

impl GeneralName {
    pub(super) fn read(value: Value<'_>, meaning: Meaning) -> Read<Self> {
        const WRONG: Unreadable = Unreadable("an alternative name is malformed");
        let constructed = matches!(value.tag & 0x1f, 0 | 3 | 4 | 5);
        if value.tag & 0xc0 != 0x80 || value.is_constructed() != constructed {
            return Err(WRONG);
        }
        let text = || der::ascii(value.content);
        Ok(match value.tag & 0x1f {
            0 => Self::read_other(value.reader())?,
            1 => Self::Email(Some(text()).filter(|text| is_email(text)).ok_or(WRONG)?),
            2 => Self::Dns(text()),
            3 => Self::X400,
            // Java takes an empty content for an empty name.
            4 if value.content.is_empty() => Self::Directory(Name::empty()),
            4 => Self::Directory(Name::read(&mut value.reader())?),
            5 => Self::Edi,
            6 if meaning == Meaning::Constraint => Self::Uri(Uri::constraint(&text()).ok_or(WRONG)?),
            6 => Self::Uri(Uri::read(&text()).ok_or(WRONG)?),
            7 if matches!(value.content.len(), 4 | 8 | 16 | 32) => Self::Ip(value.content.to_vec()),
            8 => Self::Oid(value.with_tag(der::OBJECT_IDENTIFIER).oid()?.to_vec()),
            _ => return Err(WRONG),
        })
    }

    fn read_other(mut reader: Reader<'_>) -> Read<Self> {
        reader.next()?.oid()?;
        let value = reader.next()?;
        if value.is_context(0) && value.is_constructed() {
            Ok(Self::Other)
        } else {
            Err(Unreadable("the value of an otherName has no explicit tag"))
        }
    }

    pub(super) fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The address, unless the name is a subnet or of another kind.
    ///
    /// An IPv4-mapped IPv6 address becomes an IPv4 address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let Self::Ip(bytes) = self else { return None };
        let four = <[u8; 4]>::try_from(bytes.as_slice()).map(IpAddr::from);
        four.or_else(|_| <[u8; 16]>::try_from(bytes.as_slice()).map(IpAddr::from)).ok().map(|ip| ip.to_canonical())
    }

    /// Compares the names as Java's `constrains` does.
    pub(super) fn relation(&self, other: &Self, jdk: Jdk) -> Result<Relation, Incomparable> {
        if !self.is_same_kind(other) {
            return Ok(Relation::OtherKind);
        }
        match (self, other) {
            (Self::Email(own), Self::Email(other)) => Ok(emails(&own.to_lowercase(), &other.to_lowercase())),
            (Self::Dns(own), Self::Dns(other)) => domains(&own.to_lowercase(), &other.to_lowercase(), jdk),
            (Self::Directory(own), Self::Directory(other)) => Ok(directories(own, other)),
            (Self::Uri(own), Self::Uri(other)) => uris(own, other, jdk),
            (Self::Ip(own), Self::Ip(other)) => Ok(addresses(own, other)),
            (Self::Oid(own), Self::Oid(other)) if own == other => Ok(Relation::Match),
            _ => Err(Incomparable),
        }
    }
}

pub(super) fn is_email(text: &str) -> bool {
    let domain = text.split_once('@').map_or(text, |(_, domain)| domain);
    !domain.is_empty() && domain != "."
}

/// Compares two domains, given in lower case.
///
/// From Java 17 on, a leading dot stands for the domains below, and an empty domain can only be compared with itself. Java 8
/// compares a constraint as a host with the pattern in the certificate; a domain that is not a host cannot be compared with
/// itself.
fn domains(own: &str, other: &str, jdk: Jdk) -> Result<Relation, Incomparable> {
    let below = |longer: &str, shorter: &str| {
        let before = longer.strip_suffix(shorter).and_then(|rest| rest.chars().last()).ok_or(Incomparable)?;
        let starts_with_dot = if jdk < Jdk::V17 { false } else { shorter.chars().next().ok_or(Incomparable)? == '.' };
        Ok((before == '.') != starts_with_dot)
    };
    let is_match = if jdk == Jdk::V8 { hostname::matches(own, other, jdk) } else { own == other };
    Ok(if is_match {
        Relation::Match
    } else if own.ends_with(other) {
        if below(own, other)? { Relation::Widens } else { Relation::Apart }
    } else if other.ends_with(own) {
        if below(other, own)? { Relation::Narrows } else { Relation::Apart }
    } else {
        Relation::Apart
    })
}

/// Compares two email addresses or domains, given in lower case.
fn emails(own: &str, other: &str) -> Relation {
    let below = |longer: &str, shorter: &str| {
        let host = longer.strip_suffix(shorter).is_some_and(|rest| rest.ends_with('@'));
        !shorter.contains('@') && (shorter.starts_with('.') || host)
    };
    if own == other {
        Relation::Match
    } else if own.ends_with(other) {
        if below(own, other) { Relation::Widens } else { Relation::Apart }
    } else if other.ends_with(own) && below(other, own) {
        Relation::Narrows
    } else {
        Relation::Apart
    }
}

fn directories(own: &Name, other: &Name) -> Relation {
    if own == other {
        Relation::Match
    } else if !other.has_parts() {
        Relation::Widens
    } else if !own.has_parts() || other.is_within(own) {
        Relation::Narrows
    } else if own.is_within(other) {
        Relation::Widens
    } else {
        Relation::Apart
    }
}

fn uris(own: &Uri, other: &Uri, jdk: Jdk) -> Result<Relation, Incomparable> {
    let other_host = other.host.as_deref().ok_or(Incomparable)?;
    let Some(host) = own.host.as_deref() else { return Ok(Relation::Apart) };
    if host.eq_ignore_ascii_case(other_host) {
        return Ok(Relation::Match);
    }
    if !own.is_dns || !other.is_dns {
        return Ok(Relation::Apart);
    }
    let (domain, other_domain) = (host.strip_prefix('.'), other_host.strip_prefix('.'));
    let bare = |host: &str, domain: Option<&str>| domain.unwrap_or(host).to_lowercase();
    let relation = domains(&bare(host, domain), &bare(other_host, other_domain), jdk)?;
    Ok(match (relation, domain.is_some(), other_domain.is_some()) {
        (Relation::Widens | Relation::Narrows, false, false) => Relation::Apart,
        (Relation::Match, true, false) => Relation::Widens,
        (Relation::Match, false, true) => Relation::Narrows,
        (relation, ..) => relation,
    })
}

fn addresses(own: &[u8], other: &[u8]) -> Relation {
    if same_address(own, other) {
        return Relation::Match;
    }
    match (own.len(), other.len()) {
        (8, 8) | (32, 32) => subnets(own, other),
        (4, 8) | (16, 32) if holds(other, own) => Relation::Widens,
        (8, 4) | (32, 16) if holds(own, other) => Relation::Narrows,
        _ => Relation::Apart,
    }
}

/// Whether two addresses are the same, or two subnets have the same mask and masked address.
fn same_address(own: &[u8], other: &[u8]) -> bool {
    if own.len() != other.len() || !matches!(own.len(), 8 | 32) {
        return own == other;
    }
    let ((own, own_mask), (other, other_mask)) = (halves(own), halves(other));
    own_mask == other_mask && masked(own, own_mask).eq(masked(other, other_mask))
}

fn halves(subnet: &[u8]) -> (&[u8], &[u8]) {
    subnet.split_at(subnet.len() / 2)
}

fn masked<'a>(address: &'a [u8], mask: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    address.iter().zip(mask).map(|(byte, mask)| byte & mask)
}

fn holds(subnet: &[u8], address: &[u8]) -> bool {
    let (base, mask) = halves(subnet);
    masked(address, mask).eq(base.iter().copied())
}

fn subnets(own: &[u8], other: &[u8]) -> Relation {
    let ((own, own_mask), (other, other_mask)) = (halves(own), halves(other));
    // A base that has bits outside of its mask holds no address.
    let empty = |base: &[u8], mask: &[u8]| !masked(base, mask).eq(base.iter().copied());
    let within = |base: &[u8], mask: &[u8], wide: &[u8], wide_mask: &[u8]| {
        masked(wide_mask, mask).eq(wide_mask.iter().copied()) && masked(wide, wide_mask).eq(masked(base, wide_mask))
    };
    match (empty(own, own_mask), empty(other, other_mask)) {
        (true, true) => Relation::Match,
        (true, false) => Relation::Widens,
        (false, true) => Relation::Narrows,
        _ if within(other, other_mask, own, own_mask) => Relation::Narrows,
        _ if within(own, own_mask, other, other_mask) => Relation::Widens,
        _ => Relation::Apart,
    }
}

impl Uri {
    /// Reads a URI with a scheme, as `new URIName(String)` does.
    fn read(text: &str) -> Option<Self> {
        let (scheme, rest) = split_scheme(text)?;
        scheme?;
        let without_host = Some(Self { host: None, is_dns: false });
        let (rest, fragment) = rest.split_at_checked(rest.find('#').unwrap_or(rest.len()))?;
        let (hierarchy, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len()))?;
        let Some(path) = hierarchy.strip_prefix('/') else { return without_host.filter(|_| !rest.is_empty()) };
        let Some(after) = path.strip_prefix('/') else { return without_host.filter(|_| !has_brackets(path)) };
        let (authority, path) = after.split_at_checked(after.find('/').unwrap_or(after.len()))?;
        if has_brackets(path) || (authority.is_empty() && [path, query, fragment].iter().all(|part| part.is_empty())) {
            return None;
        }
        let Some(host) = server_host(authority) else { return without_host.filter(|_| !has_brackets(authority)) };
        if let Some(literal) = host.strip_prefix('[') {
            literal.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok()?;
            return Some(Self { host: Some(host.to_owned()), is_dns: false });
        }
        let is_dns = is_dns_name(host);
        (is_dns || host.parse::<IpAddr>().is_ok()).then(|| Self { host: Some(host.to_owned()), is_dns })
    }

    /// Reads a constraint: a host, or a domain that begins with a dot (`URIName.nameConstraint`).
    fn constraint(text: &str) -> Option<Self> {
        let (None, host) = split_scheme(text)? else { return None };
        is_dns_name(host.strip_prefix('.').unwrap_or(host)).then(|| Self { host: Some(host.to_owned()), is_dns: true })
    }
}

/// Whether a text has a bracket.
///
/// Only the host, the query and the fragment of a URI may have brackets.
fn has_brackets(text: &str) -> bool {
    text.contains(['[', ']'])
}

/// The scheme, if there is one, and the rest of the text; `None` if the text cannot be a URI.
fn split_scheme(text: &str) -> Option<(Option<&str>, &str)> {
    let legal = |character: char| {
        !character.is_ascii() || character.is_ascii_alphanumeric() || "-_.!~*'();/?:@&=+$,[]%#".contains(character)
    };
    let mut pieces = text.split('%').skip(1);
    let escaped = pieces.all(|piece| piece.len() >= 2 && piece.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    if text.is_empty() || !text.chars().all(legal) || !escaped {
        return None;
    }
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let Some((scheme, _)) = text.get(..end)?.split_once(':') else { return Some((None, text)) };
    let sound = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    sound.then_some((Some(scheme), text.get(scheme.len() + 1..)?))
}

/// The host of an authority of the form `[user@]host[:port]`; `None` for any other authority.
fn server_host(authority: &str) -> Option<&str> {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if has_brackets(user) {
        return None;
    }
    if host.starts_with('[') {
        let end = host.find(']')?;
        let (host, port) = host.split_at_checked(end + 1)?;
        return is_port(port).then_some(host);
    }
    let (host, port) = host.find(':').and_then(|colon| host.split_at_checked(colon)).unwrap_or((host, ""));
    let labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let sound = |label: &str| {
        let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
        edge(label.chars().next())
            && edge(label.chars().last())
            && label.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
    };
    let top =
        labels.clone().next_back().is_some_and(|label| label.starts_with(|first: char| first.is_ascii_alphabetic()));
    let named = labels.clone().all(sound) && top;
    ((named || host.parse::<std::net::Ipv4Addr>().is_ok()) && is_port(port)).then_some(host)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.chars().all(|digit| digit.is_ascii_digit()))
}

/// Whether `new DNSName(String)` accepts a name.
///
/// In certificates, Java also reads dNSNames that this constructor refuses.
pub(super) fn is_dns_name(name: &str) -> bool {
    name.split('.').all(|label| {
        label.starts_with(|first: char| first.is_ascii_alphanumeric())
            && label.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_only_in_the_host_the_query_and_the_fragment_of_a_uri() {
        let read = |text| Uri::read(text).map(|uri| uri.host.unwrap_or_default());
        assert_eq!(read("ldap://[::1]:80/a?[b]#[c]"), Some("[::1]".to_owned()));
        assert_eq!(read("http://#a"), Some(String::new()));
        assert_eq!(read("urn:[a"), Some(String::new()));
        for text in ["ldap:/[::1]/a", "http://[.example/", "http://a/[b", "http://[u@a/", "http://", "http:"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// As JDK 8u504, 11.0.24, 17.0.15 and 25 answer.
    #[test]
    fn versions_of_java_compare_domains_in_different_ways() {
        type Case = (&'static str, &'static str, [Result<Relation, Incomparable>; 4]);
        use Relation::{Apart, Match, Narrows};
        let all = [Jdk::V8, Jdk::V11, Jdk::V17, Jdk::V25];
        let cases: [Case; 6] = [
            ("secret.example", "*.example", [Ok(Match), Ok(Apart), Ok(Apart), Ok(Apart)]),
            (".x", ".x", [Err(Incomparable), Ok(Match), Ok(Match), Ok(Match)]),
            ("", "", [Err(Incomparable), Ok(Match), Ok(Match), Ok(Match)]),
            ("", "a", [Ok(Apart), Ok(Apart), Err(Incomparable), Err(Incomparable)]),
            (".example", "a.example", [Ok(Apart), Ok(Apart), Ok(Narrows), Ok(Narrows)]),
            ("example", "a.example", [Ok(Narrows); 4]),
        ];
        for (constraint, name, expected) in cases {
            assert_eq!(all.map(|jdk| domains(constraint, name, jdk)), expected, "{constraint:?} {name:?}");
        }
    }
}
