//! The names in a node's certificate: its subject, addresses, host names and URI.

use anyhow::Context as _;
use certgen::{DistinguishedName, NodeParams};

use crate::description::{NAMELESS, Node};

/// The subject of a request if none is described or kept.
///
/// It has only a common name, because many authorities have rules for the other parts.
pub(super) fn common_name(node: &Node) -> anyhow::Result<DistinguishedName> {
    let address = node.address.or_else(|| node.addresses.first().copied()).map(|address| address.to_string());
    let name = address.or_else(|| node.hostnames.first().map(ToString::to_string));
    Ok(format!("CN={}", name.context(NAMELESS)?).parse()?)
}

/// The names in a node's certificate.
///
/// Without `subject`, the subject is made from the first address, or else from the first host name.
pub(super) fn params(node: &Node, subject: Option<&DistinguishedName>) -> anyhow::Result<NodeParams> {
    let mut addresses: Vec<_> = node.address.into_iter().collect();
    for address in &node.addresses {
        if !addresses.contains(address) {
            addresses.push(*address);
        }
    }
    let subject = match (subject, addresses.first()) {
        (Some(subject), _) => subject.clone(),
        (None, Some(address)) => DistinguishedName::for_ip(*address),
        (None, None) => {
            let host = node.hostnames.first().context(NAMELESS)?;
            format!("CN={host}, OU=None, O=None, L=None, C=None").parse()?
        }
    };
    let mut params = NodeParams::for_subject(subject);
    for address in addresses {
        params = params.ip_address(address);
    }
    for host in &node.hostnames {
        params = params.dns_name(host.as_str());
    }
    Ok(match &node.uri {
        Some(uri) => params.uri(uri.as_str()),
        None => params,
    })
}
