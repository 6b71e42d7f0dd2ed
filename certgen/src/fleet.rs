//! Keys and certificates for many nodes.

use std::fmt;
use std::ops::ControlFlow;

use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;

use crate::authority::Authority;
use crate::error::{Error, ErrorKind};
use crate::key::{KeyKind, KeyPair};
use crate::node::NodeParams;

/// An order for one node's key and certificate.
///
/// Each order has its own generator, so that a node's result depends neither on the number of threads nor on the other
/// nodes.
pub struct NodeOrder<R> {
    params: NodeParams,
    kind: KeyKind,
    rng: R,
}

impl<R: CryptoRng> NodeOrder<R> {
    /// Orders a key of `kind`, drawn from `rng`, and its certificate with these parameters.
    pub const fn new(params: NodeParams, kind: KeyKind, rng: R) -> Self {
        Self { params, kind, rng }
    }

    fn fill(mut self, issuer: FleetIssuer<'_>) -> Result<NodeMaterial, Error> {
        let key = KeyPair::generate(self.kind, &mut self.rng)?;
        let chain = match issuer {
            FleetIssuer::SelfSigned => vec![self.params.self_signed(&key, &mut self.rng)?],
            FleetIssuer::Authority(authority) => {
                authority.chain_of(self.params.issued_by(authority, key.public_key(), &mut self.rng)?)
            }
        };
        Ok(NodeMaterial { key, chain })
    }
}

impl<R> fmt::Debug for NodeOrder<R> {
    /// Omits the generator, whose state reveals the key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut order = formatter.debug_struct("NodeOrder");
        order.field("params", &self.params).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The signer of a fleet's certificates.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FleetIssuer<'a> {
    /// Each node's own key.
    SelfSigned,
    /// An authority.
    Authority(&'a Authority),
}

/// The key and the certificates of one node.
#[derive(Debug)]
pub struct NodeMaterial {
    key: KeyPair,
    chain: Vec<CertificateDer<'static>>,
}

impl NodeMaterial {
    /// The node's key pair.
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The node's certificate, and the authority's chain if an authority issued the certificate.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }
}

/// Draws a key and signs a certificate for each order.
///
/// The results are in the order of `orders`. With the feature `parallel`, rayon's threads share the work.
///
/// After each finished node, `done` is called with the node's position in `orders`, on any thread that shares the work.
/// After [`ControlFlow::Break`], no further node is begun.
///
/// # Errors
/// The error of a node, with the node's position as [`Position::Node`](crate::Position::Node); [`ErrorKind::Cancelled`]
/// after a break. After an error, too, no further node is begun.
pub fn issue_fleet<R: CryptoRng + Send>(
    orders: Vec<NodeOrder<R>>,
    issuer: FleetIssuer<'_>,
    done: impl Fn(usize) -> ControlFlow<()> + Sync,
) -> Result<Vec<NodeMaterial>, Error> {
    let numbered: Vec<_> = orders.into_iter().enumerate().collect();
    map_all(numbered, |(place, order)| {
        let material = order.fill(issuer).map_err(|error| error.for_node(place))?;
        match done(place) {
            ControlFlow::Continue(()) => Ok(material),
            ControlFlow::Break(()) => Err(Error::new(ErrorKind::Cancelled)),
        }
    })
}

#[cfg(feature = "parallel")]
fn map_all<T: Send, U: Send>(
    items: Vec<T>,
    map: impl Fn(T) -> Result<U, Error> + Sync + Send,
) -> Result<Vec<U>, Error> {
    use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
    items.into_par_iter().with_max_len(1).map(map).collect()
}

#[cfg(not(feature = "parallel"))]
fn map_all<T, U>(items: Vec<T>, map: impl Fn(T) -> Result<U, Error>) -> Result<Vec<U>, Error> {
    items.into_iter().map(map).collect()
}
