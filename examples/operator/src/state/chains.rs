//! Finds the certificate that ends first in each chain of a cluster.

use std::collections::BTreeMap;

use certgen::Time;
use rotation_planner::Identity;

use super::certificates::{Certificates, Place, Seen};
use crate::input::Digest;

/// The certificate that ends first in each chain.
///
/// A chain consists of the certificates that were seen in one keystore or handshake.
#[derive(Debug)]
pub(crate) struct FirstEnds<'a> {
    certificates: &'a Certificates,
    digests: BTreeMap<&'a str, Digest>,
    ends: BTreeMap<Digest, Time>,
    of_chains: BTreeMap<&'a Seen, (Time, Digest)>,
}

impl<'a> FirstEnds<'a> {
    pub(crate) fn of(certificates: &'a Certificates) -> Self {
        let (mut ends, mut of_chains) = (BTreeMap::new(), BTreeMap::new());
        for (digest, certificate) in certificates.iter() {
            let Some(end) = certificates.ends(digest) else { continue };
            ends.insert(digest, end);
            for seen in certificate.seen.iter().filter(|seen| seen.place != Place::Truststore) {
                let first = of_chains.entry(seen).or_insert((end, digest));
                *first = (*first).min((end, digest));
            }
        }
        Self { certificates, digests: certificates.digests(), ends, of_chains }
    }

    pub(crate) fn digest(&self, identity: &Identity) -> Option<Digest> {
        self.digests.get(identity.id().as_str()).copied()
    }

    pub(crate) fn end(&self, certificate: Digest) -> Option<Time> {
        self.ends.get(&certificate).copied()
    }

    /// The first certificate to end among the chains and anchors of `served`, and its end.
    ///
    /// `None` if `served` was seen in no chain, like the certificates of a new generation. Anchors count because some releases
    /// of Java check their dates.
    pub(crate) fn first(&self, served: Digest) -> Option<(Time, Digest)> {
        let known = self.certificates.get(served)?;
        let first = known.seen.iter().filter_map(|seen| self.of_chains.get(seen)).min()?;
        let anchors = known.anchors.iter().filter_map(|anchor| Some((self.end(*anchor)?, *anchor)));
        anchors.chain([*first]).min()
    }

    pub(crate) fn before(&self, served: Digest) -> Option<(Time, Digest)> {
        let end = self.end(served)?;
        self.first(served).filter(|(first, _)| *first < end)
    }
}
