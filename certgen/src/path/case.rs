//! The judgement of one chain by one judge.
//!
//! The Java classes are `sun.security.ssl.X509TrustManagerImpl` and `sun.security.validator.PKIXValidator`.

use std::cell::{Cell, RefCell};

use super::certificate::Certificate;
use super::check::{Asker, Unchecked};
use super::constraints::Occasion;
use super::general_name::GeneralName;
use super::hostname::{self, Mismatch};
use super::key::Key;
use super::refusal::{Place, Refusal, Rule};
use super::{Engine, Handshake, Jdk, Judge, Path, PeerRole, Shortcut, TrustManager, Verdict};
use crate::verify::Check;

/// The maximum number of search steps when a chain is judged at one point in time.
const MAX_STEPS: u32 = 20_000;
/// The maximum number of signatures that are checked for one judgement or one period.
const MAX_SIGNATURES: u32 = 500;

/// The maximum number of served certificates that Netty passes to the trust manager.
const NETTY_DEPTH: usize = 10;

pub(super) struct Case<'a> {
    pub(super) judge: &'a Judge,
    pub(super) anchors: &'a [Certificate],
    pub(super) chain: &'a [Certificate],
    pub(super) handshake: Handshake<'a>,
    steps: Cell<u32>,
    signatures: Cell<u32>,
    /// The leaf's common name, if Java has made it one of the alternative names.
    learnt: RefCell<Option<GeneralName>>,
}

/// A path to an anchor, before the leaf's usages and the host are checked.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    /// The indices of the served certificates below the anchor, down to the leaf.
    ///
    /// The list is empty if the anchor replaces the leaf.
    pub(super) path: Vec<usize>,
    pub(super) anchor: usize,
    pub(super) unchecked: Option<Unchecked>,
}

enum Outcome {
    Trusted(Trusted),
    /// Java tries a random anchor first, and this refusal is one of the possible results.
    Varies(Refusal),
}

impl<'a> Case<'a> {
    pub(super) fn new(
        judge: &'a Judge,
        anchors: &'a [Certificate],
        chain: &'a [Certificate],
        handshake: Handshake<'a>,
    ) -> Self {
        let depth = if judge.engine == Engine::NettyOpenSsl && !judge.is_off(Shortcut::NettyDepth) {
            chain.len().min(NETTY_DEPTH)
        } else {
            chain.len()
        };
        let chain = chain.get(..depth).unwrap_or_default();
        Self {
            judge,
            anchors,
            chain,
            handshake,
            steps: Cell::new(0),
            signatures: Cell::new(0),
            learnt: RefCell::default(),
        }
    }

    /// Changes the time, and resets the count of steps but not the count of signatures.
    pub(super) fn set_time(&mut self, time: crate::time::Time) {
        self.handshake.time = time;
        self.learnt = RefCell::default();
        self.steps.set(0);
    }

    pub(super) fn decide(&self) -> Verdict {
        match self.trust() {
            Ok(Outcome::Trusted(trusted)) => self.verdict(&trusted),
            Ok(Outcome::Varies(refusal)) => Verdict::Varies(refusal),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    fn verdict(&self, trusted: &Trusted) -> Verdict {
        let leaf = if trusted.path.is_empty() { Ok(()) } else { self.check_leaf() };
        if let Err(refusal) = leaf.and_then(|()| self.check_host(trusted)) {
            return Verdict::Refused(refusal);
        }
        let unchecked = trusted.unchecked.and_then(|Unchecked(place)| Some((place, self.chain.get(place)?)));
        if let Some((place, certificate)) = unchecked {
            return Verdict::NotChecked { place: Place::Served(place), algorithm: certificate.algorithm.clone() };
        }
        let mut served: Vec<usize> = trusted.path.iter().rev().copied().collect();
        if served.is_empty() {
            served.push(0);
        }
        Verdict::Accepted(Path { served, anchor: trusted.anchor })
    }

    /// Finds a path; with PKIX trust managers, as `PKIXValidator.engineValidate` does.
    fn trust(&self) -> Result<Outcome, Refusal> {
        self.check_lengths()?;
        let Some(leaf) = self.chain.first() else { return Err(Refusal::of_all(Rule::NothingServed)) };
        if self.anchors.is_empty() {
            return Err(Refusal::of_all(Rule::NoAnchors));
        }
        if self.judge.manager == TrustManager::SunX509 {
            return self.trust_simply().map(Outcome::Trusted);
        }
        if let Some(anchor) = self.anchors.iter().position(|anchor| anchor == leaf)
            && !self.judge.is_off(Shortcut::PinnedLeaf)
        {
            return Ok(Outcome::Trusted(Trusted { path: Vec::new(), anchor, unchecked: None }));
        }
        for (place, pair) in self.chain.windows(2).enumerate() {
            let [below, above] = pair else { continue };
            if above.subject != below.issuer {
                return self.build().map(Outcome::Trusted);
            }
            if self.ends_with(above) && !self.judge.is_off(Shortcut::ServedAnchor) {
                return self.validate(place + 1);
            }
        }
        let named =
            self.chain.last().is_some_and(|last| self.anchors.iter().any(|anchor| anchor.subject == last.issuer));
        if named && !self.judge.is_off(Shortcut::OrderedChain) {
            self.validate(self.chain.len())
        } else {
            self.build().map(Outcome::Trusted)
        }
    }

    /// Refuses certificates with lengths that Java before 17 does not read (`DerInputStream`).
    ///
    /// Java ignores an extension with such lengths unless it is critical. Here, it is refused too.
    fn check_lengths(&self) -> Result<(), Refusal> {
        if self.judge.jdk >= Jdk::V17 {
            return Ok(());
        }
        let anchors = self.anchors.iter().zip((0..).map(Place::Anchor));
        let mut all = anchors.chain(self.chain.iter().zip((0..).map(Place::Served)));
        match all.find(|(certificate, _)| certificate.has_long_lengths) {
            Some((_, place)) => {
                self.refuse(place, Rule::Unreadable { reason: "a length in it is not in the shortest form" })
            }
            None => Ok(()),
        }
    }

    /// Whether a served certificate is an anchor, or has an anchor's name and key.
    fn ends_with(&self, certificate: &Certificate) -> bool {
        self.anchors.iter().any(|anchor| {
            anchor == certificate
                || (anchor.subject == certificate.subject
                    && anchor.key == certificate.key
                    && !self.judge.is_off(Shortcut::SameNameAndKey))
        })
    }

    /// Checks the first `length` served certificates as they are, under each matching anchor.
    fn validate(&self, length: usize) -> Result<Outcome, Refusal> {
        let path: Vec<usize> = (0..length).rev().collect();
        let (mut trusted, mut refusal) = (Vec::new(), None);
        let last = length.checked_sub(1).and_then(|last| self.chain.get(last));
        for anchor in self.anchors_for(last) {
            match self.check_path(anchor, &path, Asker::Validator) {
                Ok(unchecked) => trusted.push(Trusted { path: path.clone(), anchor, unchecked }),
                Err(next) if next.is_final => return Err(next),
                Err(next) => refusal = refusal.or(Some(next)),
            }
        }
        let other_anchor = || Refusal::of(Place::Served(length.saturating_sub(1)), Rule::OtherAnchor);
        let Some(first) = trusted.first() else { return Err(refusal.unwrap_or_else(other_anchor)) };
        let refusals: Vec<Refusal> =
            trusted.iter().filter_map(|trusted| self.check_anchor(trusted.anchor).err()).collect();
        let all_refused = refusals.len() == trusted.len();
        match refusals.into_iter().next() {
            None => {
                let checked = trusted.iter().find(|trusted| trusted.unchecked.is_none());
                Ok(Outcome::Trusted(checked.unwrap_or(first).clone()))
            }
            Some(refusal) if all_refused => Err(refusal),
            Some(refusal) => Ok(Outcome::Varies(refusal)),
        }
    }

    /// The anchors that match the issuer of `last` (`AdaptableX509CertSelector`).
    ///
    /// The anchor's subject must be that issuer, and the key identifiers must be equal if both are given. The serial
    /// number that `last` names is compared only with anchors of version 3.
    fn anchors_for(&self, last: Option<&'a Certificate>) -> impl Iterator<Item = usize> {
        let fits = move |anchor: &Certificate| {
            let Some(last) = last else { return false };
            let wanted = &last.extensions;
            let key = (&wanted.authority_key_identifier, &anchor.extensions.subject_key_identifier);
            let same_key = !matches!(key, (Some(wanted), Some(own)) if wanted != own);
            let same_serial =
                !matches!(&wanted.authority_serial, Some(wanted) if anchor.version > 2 && *wanted != anchor.serial);
            let named = (same_key && same_serial) || self.judge.is_off(Shortcut::KeyIdentifier);
            anchor.subject == last.issuer && named
        };
        self.anchors.iter().enumerate().filter(move |(_, anchor)| fits(anchor)).map(|(place, _)| place)
    }

    /// Checks the usages of the leaf as `EndEntityChecker` does, except for the RSA key exchange.
    fn check_leaf(&self) -> Result<(), Refusal> {
        const ANY: &[u8] = &[0x55, 0x1d, 37, 0];
        const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
        // serverAuth, and the purposes of Microsoft and Netscape that Java accepts in its place.
        const SERVER: [&[u8]; 3] = [
            &[0x2b, 6, 1, 5, 5, 7, 3, 1],
            &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3],
            &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1],
        ];

        let Some(leaf) = self.chain.first() else { return Ok(()) };
        let (place, role) = (Place::Served(0), self.handshake.peer);
        let extensions = &leaf.extensions;
        if extensions.key_usage.is_some_and(|usage| !usage.has(0)) {
            self.refuse(place, Rule::KeyUsage)?;
        }
        if extensions.extended_key_usage_is_unreadable && self.judge.jdk == Jdk::V25 {
            self.refuse(place, Rule::UnreadableExtendedKeyUsage)?;
        }
        if let Some(usages) = &extensions.extended_key_usage {
            let wanted: &[&[u8]] = match role {
                PeerRole::Server => &SERVER,
                PeerRole::Client => &[CLIENT],
            };
            if !usages.iter().any(|usage| usage == ANY || wanted.contains(&usage.as_slice())) {
                self.refuse(place, Rule::ExtendedKeyUsage { role })?;
            }
        }
        let bit = match role {
            PeerRole::Server => 1,
            PeerRole::Client => 0,
        };
        if extensions.netscape_type.is_some_and(|usage| !usage.has(bit)) {
            self.refuse(place, Rule::NetscapeType { role })?;
        }
        Ok(())
    }

    /// Checks the host against the names of the leaf, or of the anchor that replaces the leaf.
    ///
    /// With PKIX, an anchor that replaces the leaf is the same certificate; with `SunX509`, the two may differ.
    fn check_host(&self, trusted: &Trusted) -> Result<(), Refusal> {
        let leaf = if trusted.path.is_empty() { self.anchors.get(trusted.anchor) } else { self.chain.first() };
        let (Some(host), Some(leaf)) = (self.handshake.host, leaf) else { return Ok(()) };
        let host_text = || host.to_owned();
        match hostname::check(host, leaf, self.learnt.borrow().as_ref(), self.judge.jdk) {
            Ok(()) => Ok(()),
            Err(mismatch) => self.refuse(
                Place::Served(0),
                match mismatch {
                    Mismatch::NoMatch => Rule::OtherHost { host: host_text() },
                    Mismatch::IllegalHost => Rule::IllegalHost { host: host_text() },
                    Mismatch::Unreadable => Rule::UnreadableAltNames,
                },
            ),
        }
    }

    pub(super) fn learn(&self, name: Option<GeneralName>) {
        if name.is_some() {
            *self.learnt.borrow_mut() = name;
        }
    }

    pub(super) fn refuse(&self, place: Place, rule: Rule) -> Result<(), Refusal> {
        if self.judge.is_rule_off(&rule) { Ok(()) } else { Err(Refusal::of(place, rule)) }
    }

    pub(super) fn millis(&self) -> i64 {
        self.handshake.time.unix_seconds().saturating_mul(1000)
    }

    pub(super) fn occasion(&self) -> Occasion {
        Occasion { role: self.handshake.peer, time: self.handshake.time }
    }

    pub(super) fn spend(&self) -> Result<(), Refusal> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.steps.get() > MAX_STEPS { Err(Refusal::of_all(Rule::TooComplex).ending_all()) } else { Ok(()) }
    }

    pub(super) fn signature(&self, certificate: &Certificate, key: &Key) -> Result<Check, Refusal> {
        if let Some(known) = certificate.known_signature(key) {
            return Ok(known);
        }
        self.signatures.set(self.signatures.get().saturating_add(1));
        if self.signatures.get() > MAX_SIGNATURES {
            return Err(Refusal::of_all(Rule::TooComplex).ending_all());
        }
        Ok(certificate.check_signature(key))
    }
}
