//! Makes keys, and signs certificates with an authority's key or the node's own.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use certgen::{CertificateInfo, DistinguishedName, FleetIssuer, KeyPair, NodeMaterial, NodeOrder, issue_fleet};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::before::PreviousGenerations;
use super::key::DEFAULT_KEY;
use super::{Keys, Material, Order, Subjects, names};
use crate::description::Node;

/// Makes a new key and certificate for each node, in the order of the description.
///
/// `made` is called with the number of keys made so far.
pub(super) fn fleet(
    order: &Order<'_>,
    earlier: &PreviousGenerations<'_>,
    made: &(dyn Fn(usize) + Sync),
) -> anyhow::Result<Vec<Material>> {
    let validity = order.validity()?;
    let orders = order.description.each(|node| {
        let subject = Kept::of(order, earlier, node)?.subject;
        let params = names::params(node, subject.as_ref())?.validity(validity);
        Ok(NodeOrder::new(params, order.key.unwrap_or(DEFAULT_KEY), StdRng::from_rng(&mut rand::rng())))
    })?;
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

pub(super) fn renewed(order: &Order<'_>, earlier: &PreviousGenerations<'_>) -> anyhow::Result<Vec<Material>> {
    let validity = order.validity()?;
    let rng = &mut rand::rng();
    order.description.each(|node| {
        let Kept { key, subject } = Kept::of(order, earlier, node)?;
        let key = key.context("has no key to keep")?;
        let params = names::params(node, subject.as_ref())?.validity(validity);
        let chain = match order.authority {
            Some(authority) => authority.chain_of(params.issued_by(authority, key.public_key(), rng)?),
            None => vec![params.self_signed(&key, rng)?],
        };
        Ok(Material { key, chain })
    })
}

/// The key that a node keeps, and the subject for its new certificate.
pub(super) struct Kept {
    /// `None` if the node gets a new key.
    pub(super) key: Option<KeyPair>,
    /// `None` if the subject is made from an address or a host name.
    pub(super) subject: Option<DistinguishedName>,
}

impl Kept {
    pub(super) fn of(order: &Order<'_>, earlier: &PreviousGenerations<'_>, node: &Node) -> anyhow::Result<Self> {
        let described = order.description.subject_of(node)?;
        if order.keys == Keys::New && order.subjects == Subjects::Described {
            return Ok(Self { key: None, subject: described });
        }
        let (key, certificate) = earlier.identity(node)?;
        let had = CertificateInfo::read(&certificate)?.subject().clone();
        let subject = described.filter(|_| order.subjects == Subjects::Described).unwrap_or(had);
        Ok(Self { key: (order.keys == Keys::Kept).then_some(key), subject: Some(subject) })
    }
}
