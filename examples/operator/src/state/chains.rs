//! Finds the certificate that ends first in the chains that nodes serve.

use std::collections::BTreeMap;

use certgen::Time;

use super::certificates::{Certificates, Place, Seen};
use crate::input::Digest;

/// The certificate that ends first in each chain.
///
/// Chains are seen in keystores and handshakes.
#[derive(Debug)]
pub(crate) struct FirstEnds<'a> {
    certificates: &'a Certificates,
    of_chains: BTreeMap<&'a Seen, (Time, Digest)>,
}

impl<'a> FirstEnds<'a> {
    /// Reads the dates of all chains.
    ///
    /// A chain consists of the certificates that were seen in the same place.
    pub(crate) fn of(certificates: &'a Certificates) -> Self {
        let mut of_chains = BTreeMap::new();
        for (digest, certificate) in certificates.iter() {
            let Some(end) = certificates.ends(digest) else { continue };
            for seen in certificate.seen.iter().filter(|seen| seen.place != Place::Truststore) {
                let first = of_chains.entry(seen).or_insert((end, digest));
                *first = (*first).min((end, digest));
            }
        }
        Self { certificates, of_chains }
    }

    /// The first certificate to end among the chains and anchors of a served one, and its end.
    ///
    /// `None` if no chain was seen, as in a generation. Some releases of Java require that an anchor is valid, too.
    pub(crate) fn first(&self, served: Digest) -> Option<(Time, Digest)> {
        let known = self.certificates.get(served)?;
        let first = known.seen.iter().filter_map(|seen| self.of_chains.get(seen)).min()?;
        let anchors = known.anchors.iter().filter_map(|anchor| Some((self.certificates.ends(*anchor)?, *anchor)));
        anchors.chain([*first]).min()
    }

    /// The certificate of [`first`](Self::first), if it ends before the served certificate itself.
    pub(crate) fn before(&self, served: Digest) -> Option<(Time, Digest)> {
        let end = self.certificates.ends(served)?;
        self.first(served).filter(|(first, _)| *first < end)
    }
}
