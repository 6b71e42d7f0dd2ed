//! Finds the certificate that ends first in the chains that nodes serve.

use std::collections::BTreeMap;

use certgen::Time;
use rotation_planner::Identity;

use super::certificates::{Certificates, Place, Seen};
use crate::input::Digest;

/// The certificate that ends first in each chain.
///
/// Chains are seen in keystores and handshakes. Every certificate is read once.
#[derive(Debug)]
pub(crate) struct FirstEnds<'a> {
    certificates: &'a Certificates,
    digests: BTreeMap<&'a str, Digest>,
    ends: BTreeMap<Digest, Time>,
    of_chains: BTreeMap<&'a Seen, (Time, Digest)>,
}

impl<'a> FirstEnds<'a> {
    /// Reads the dates of all chains.
    ///
    /// A chain consists of the certificates that were seen in the same place.
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

    /// The SHA-256 of an identity's certificate, if the certificate is known.
    pub(crate) fn digest(&self, identity: &Identity) -> Option<Digest> {
        self.digests.get(identity.id().as_str()).copied()
    }

    /// The last moment at which a certificate is valid; `None` if it is not known.
    pub(crate) fn end(&self, certificate: Digest) -> Option<Time> {
        self.ends.get(&certificate).copied()
    }

    /// The first certificate to end among the chains and anchors of a served one, and its end.
    ///
    /// `None` if no chain was seen, as in a generation. Some releases of Java require that an anchor is valid, too.
    pub(crate) fn first(&self, served: Digest) -> Option<(Time, Digest)> {
        let known = self.certificates.get(served)?;
        let first = known.seen.iter().filter_map(|seen| self.of_chains.get(seen)).min()?;
        let anchors = known.anchors.iter().filter_map(|anchor| Some((self.end(*anchor)?, *anchor)));
        anchors.chain([*first]).min()
    }

    /// The certificate of [`first`](Self::first), if it ends before the served certificate itself.
    pub(crate) fn before(&self, served: Digest) -> Option<(Time, Digest)> {
        let end = self.end(served)?;
        self.first(served).filter(|(first, _)| *first < end)
    }
}
