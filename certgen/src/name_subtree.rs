//! The name constraints that this crate writes (RFC 5280, section 4.2.1.10).

use std::fmt;
use std::net::IpAddr;

use rustls_pki_types::DnsName;

use crate::asn1;
use crate::error::{Error, ErrorKind};

/// A set of names that an authority may, or may not, issue for.
///
/// `Display` prints OpenSSL's syntax, such as `DNS:example.com`, except that addresses have a prefix length.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameSubtree {
    /// A domain: the host with this name, and every host below it.
    Dns(String),
    /// The addresses that share the first `prefix` bits with `address`, such as 10.0.0.0/8.
    Ip {
        /// The network address.
        address: IpAddr,
        /// The number of leading bits that all addresses share.
        prefix: u8,
    },
    /// URIs with exactly this host, such as the trust domain of SPIFFE IDs.
    Uri(String),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct NameLimits {
    pub(crate) permitted: Vec<NameSubtree>,
    pub(crate) excluded: Vec<NameSubtree>,
}

impl NameLimits {
    /// The value of the extension; `None` if nothing is limited.
    ///
    /// ```text
    /// NameConstraints ::= SEQUENCE {
    ///      permittedSubtrees       [0]     GeneralSubtrees OPTIONAL,
    ///      excludedSubtrees        [1]     GeneralSubtrees OPTIONAL }
    /// ```
    pub(crate) fn to_der(&self) -> Result<Option<Vec<u8>>, Error> {
        let mut lists = Vec::new();
        for (number, subtrees) in [(0, &self.permitted), (1, &self.excluded)] {
            if !subtrees.is_empty() {
                let subtrees = subtrees.iter().map(NameSubtree::to_der).collect::<Result<Vec<_>, _>>()?;
                lists.push(asn1::tlv(asn1::explicit(number), &subtrees.concat()));
            }
        }
        Ok(Some(asn1::sequence(&lists)).filter(|_| !lists.is_empty()))
    }
}

impl NameSubtree {
    /// Encodes a `GeneralSubtree` with the default minimum and maximum.
    fn to_der(&self) -> Result<Vec<u8>, Error> {
        let refused = || Error::new(ErrorKind::InvalidNameSubtree { subtree: self.to_string() });
        let base = match self {
            Self::Dns(domain) => asn1::tlv(asn1::context(2), host(domain).ok_or_else(refused)?),
            Self::Uri(domain) => asn1::tlv(asn1::context(6), host(domain).ok_or_else(refused)?),
            Self::Ip { address, prefix } => {
                asn1::tlv(asn1::context(7), &network(*address, *prefix).ok_or_else(refused)?)
            }
        };
        Ok(asn1::sequence(&[base]))
    }
}

/// The bytes of a well-formed domain without a dot at either end; `None` for other texts.
///
/// Java before 17 reads a leading dot differently from later versions.
fn host(name: &str) -> Option<&[u8]> {
    DnsName::try_from(name).ok().filter(|_| !name.ends_with('.'))?;
    Some(name.as_bytes())
}

/// The address and its mask; `None` if `prefix` is too long or a bit after the prefix is set.
fn network(address: IpAddr, prefix: u8) -> Option<Vec<u8>> {
    let bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bits = u32::from(prefix);
    let mask: Vec<u8> = (0_u32..).step_by(8).zip(&bytes).map(|(before, _)| mask(bits.saturating_sub(before))).collect();
    let fits = usize::from(prefix) <= bytes.len() * 8 && bytes.iter().zip(&mask).all(|(byte, mask)| byte & !mask == 0);
    fits.then(|| [bytes, mask].concat())
}

fn mask(bits: u32) -> u8 {
    u8::MAX.checked_shl(8_u32.saturating_sub(bits)).unwrap_or(0)
}

impl fmt::Display for NameSubtree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(domain) => write!(formatter, "DNS:{domain}"),
            Self::Ip { address, prefix } => write!(formatter, "IP:{address}/{prefix}"),
            Self::Uri(domain) => write!(formatter, "URI:{domain}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(subtree: &NameSubtree) -> Result<Vec<u8>, String> {
        subtree.to_der().map_err(|error| error.to_string())
    }

    #[test]
    fn a_network_is_written_with_its_mask() {
        for (prefix, mask) in [(0, [0, 0, 0, 0]), (9, [0xff, 0x80, 0, 0]), (32, [0xff; 4])] {
            let address = if prefix == 32 { [10, 0, 0, 1] } else { [0; 4] };
            let written = der(&NameSubtree::Ip { address: address.into(), prefix }).unwrap();
            assert_eq!(written, [&[0x30, 10, 0x87, 8], &address[..], &mask].concat());
        }
        let six = der(&NameSubtree::Ip { address: "fd00::".parse().unwrap(), prefix: 8 }).unwrap();
        assert_eq!(six[..8], [0x30, 34, 0x87, 32, 0xfd, 0, 0, 0]);
        assert_eq!(six[20..], [&[0xff][..], &[0; 15]].concat());
    }

    #[test]
    fn what_is_not_a_set_of_names_is_refused() {
        let ip = |address: &str, prefix| NameSubtree::Ip { address: address.parse().unwrap(), prefix };
        for (subtree, shown) in [
            (ip("10.0.0.1", 8), "IP:10.0.0.1/8"),
            (ip("10.0.0.0", 33), "IP:10.0.0.0/33"),
            (ip("fd00::1", 64), "IP:fd00::1/64"),
            (NameSubtree::Dns(".example.com".to_owned()), "DNS:.example.com"),
            (NameSubtree::Dns("*.example.com".to_owned()), "DNS:*.example.com"),
            (NameSubtree::Dns(String::new()), "DNS:"),
            (NameSubtree::Uri("spiffe://example.org".to_owned()), "URI:spiffe://example.org"),
        ] {
            let reason = "cannot be a name constraint: give a host name without a dot before it, or a network address whose \
                          bits after the prefix are zero";
            assert_eq!(der(&subtree), Err(format!("{shown:?} {reason}")));
        }
    }
}
