//! Keys, and the certificates that are signed here.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use certgen::{CertificateInfo, DistinguishedName, FleetIssuer, KeyPair, NodeMaterial, NodeOrder, issue_fleet};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::before::PreviousGenerations;
use super::{Keys, Material, Order, names};
use crate::description::Node;

/// A key and a certificate for each node, in order. `made` is called with their number.
pub(super) fn fleet(order: &Order<'_>, made: &(dyn Fn(usize) + Sync)) -> anyhow::Result<Vec<Material>> {
    let validity = order.validity()?;
    let orders = order.description.nodes.iter().map(|node| {
        let params = names::params(node, None).with_context(|| node.name.to_string())?.validity(validity);
        Ok(NodeOrder::new(params, order.key, StdRng::from_rng(&mut rand::rng())))
    });
    let orders = orders.collect::<anyhow::Result<Vec<_>>>()?;
    let issuer = order.authority.map_or(FleetIssuer::SelfSigned, FleetIssuer::Authority);
    let count = AtomicUsize::new(0);
    let progress = |_| {
        made(count.fetch_add(1, Ordering::Relaxed) + 1);
        ControlFlow::Continue(())
    };
    let owned = |material: &NodeMaterial| {
        let key = KeyPair::from_pkcs8(&material.key().secret_pkcs8())?;
        Ok(Material { key, chain: material.chain().to_vec() })
    };
    issue_fleet(orders, issuer, progress)?.iter().map(owned).collect()
}

/// A new certificate for each node's key, under the subject of its old one.
pub(super) fn renewed(order: &Order<'_>, earlier: &PreviousGenerations<'_>) -> anyhow::Result<Vec<Material>> {
    let validity = order.validity()?;
    let rng = &mut rand::rng();
    let material = |node: &Node| {
        let (key, subject) =
            kept(order, earlier, node)?.with_context(|| format!("{} has no key to keep", node.name))?;
        let params = names::params(node, Some(&subject))?.validity(validity);
        let chain = match order.authority {
            Some(authority) => authority.chain_of(params.issued_by(authority, key.public_key(), rng)?),
            None => vec![params.self_signed(&key, rng)?],
        };
        Ok(Material { key, chain })
    };
    order.description.nodes.iter().map(material).collect()
}

/// The key that a node keeps, and the subject of its certificate; `None` if it gets a new one.
pub(super) fn kept(
    order: &Order<'_>,
    earlier: &PreviousGenerations<'_>,
    node: &Node,
) -> anyhow::Result<Option<(KeyPair, DistinguishedName)>> {
    if order.keys == Keys::New {
        return Ok(None);
    }
    let (key, certificate) = earlier.identity(node).with_context(|| node.name.to_string())?;
    Ok(Some((key, CertificateInfo::read(&certificate)?.subject().clone())))
}
