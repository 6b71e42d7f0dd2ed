//! Decides whether nodes accept each other, as their Java would.

use std::fmt;
use std::str::FromStr;

use cassandra_props::{Release, RequireClientAuth};
use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Place, Protocol, TrustManager, Verdict};
use certgen::{CertificateInfo, Time};
use keystore_core::rustls_pki_types::CertificateDer;

use crate::Error;

/// A release of Java that nodes may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JavaRelease {
    /// Java 8.
    V8,
    /// Java 11.
    V11,
    /// Java 17.
    V17,
    /// Java 21.
    V21,
    /// Java 25.
    V25,
}

impl JavaRelease {
    /// The releases of Java on which a release of Cassandra runs.
    ///
    /// Sources: Cassandra's `bin/cassandra` and `NEWS.txt`, and Edge 4.54, which runs Cassandra 5.0 with Java 17 or 21.
    pub fn of_cassandra(release: Release) -> &'static [Self] {
        if release.is_at_least(Release::V5_0) {
            &[Self::V11, Self::V17, Self::V21]
        } else if release.is_at_least(Release::V4_0) {
            &[Self::V8, Self::V11]
        } else {
            &[Self::V8]
        }
    }

    pub(crate) const fn feature(self) -> u32 {
        match self {
            Self::V8 => 8,
            Self::V11 => 11,
            Self::V17 => 17,
            Self::V21 => 21,
            Self::V25 => 25,
        }
    }

    /// The [`keystore_core::Java`] that loads the same stores as this release.
    fn of_stores(self) -> keystore_core::Java {
        match self {
            Self::V8 => keystore_core::Java::V8,
            Self::V11 | Self::V17 => keystore_core::Java::V17,
            Self::V21 | Self::V25 => keystore_core::Java::V25,
        }
    }

    /// The releases in `javas`, each with its [`keystore_core::Java`].
    ///
    /// Of adjacent releases that load the same stores, only the first is returned.
    pub fn versions_of_stores(javas: &[Self]) -> Vec<(Self, keystore_core::Java)> {
        let mut versions: Vec<_> = javas.iter().map(|java| (*java, java.of_stores())).collect();
        versions.dedup_by_key(|(_, version)| *version);
        versions
    }

    /// The [`Jdk`] that judges certificates as this release does.
    fn of_paths(self) -> Jdk {
        match self {
            Self::V8 => Jdk::V8,
            Self::V11 => Jdk::V11,
            Self::V17 | Self::V21 => Jdk::V17,
            Self::V25 => Jdk::V25,
        }
    }
}

impl fmt::Display for JavaRelease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.feature().fmt(formatter)
    }
}

/// Parses the number of the release, such as `17`.
impl FromStr for JavaRelease {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::V8, Self::V11, Self::V17, Self::V21, Self::V25];
        let found = all.into_iter().find(|java| java.to_string() == text);
        found.ok_or_else(|| Error::invalid("8, 11, 17, 21 and 25 are known"))
    }
}

/// The TLS implementations that nodes may run, all of which must accept a peer.
///
/// There is one for each possible combination of Java, engine and trust manager.
#[derive(Clone, Debug)]
pub struct Judges(Vec<(String, Judge)>);

impl Judges {
    /// The judges for nodes of this release of Cassandra, with one of these releases of Java.
    ///
    /// Cassandra 4.0 and later use Netty's OpenSSL if it loads, and otherwise the JDK. The judges assume TLS 1.2 with Java 8
    /// and before Cassandra 4.0, and otherwise TLS 1.3. The trust managers are the defaults of the setting `algorithm`:
    /// `SunX509` before 4.0, PKIX from 4.0 on; [`with_trust_managers`](Self::with_trust_managers) replaces them.
    pub fn of(release: Release, javas: &[JavaRelease]) -> Self {
        let is_netty = release.is_at_least(Release::V4_0);
        let engines: &[_] = if is_netty { &[Engine::Jdk, Engine::NettyOpenSsl] } else { &[Engine::Jdk] };
        let mut judges = Vec::new();
        for java in javas {
            for engine in engines {
                let is_old = *java == JavaRelease::V8 || !is_netty;
                let protocol = if is_old { Protocol::Tls12 } else { Protocol::Tls13 };
                let manager = if is_netty { TrustManager::Pkix } else { TrustManager::SunX509 };
                let judge = Judge::new(java.of_paths()).with_engine(*engine).with_protocol(protocol);
                let judge = judge.with_trust_manager(manager);
                let engine = if *engine == Engine::Jdk { "its own TLS" } else { "Netty's OpenSSL" };
                judges.push((format!("Java {java}, {engine}"), judge));
            }
        }
        Self(judges)
    }

    /// The judges for nodes whose settings name these trust managers. `None` is the release's default.
    #[must_use]
    pub fn with_trust_managers(self, named: &[Option<TrustManager>]) -> Self {
        let mut different: Vec<Option<TrustManager>> = Vec::new();
        for manager in named {
            if !different.contains(manager) {
                different.push(*manager);
            }
        }
        if different.iter().all(Option::is_none) {
            return self;
        }
        let mut judges = Vec::new();
        for (asked, judge) in &self.0 {
            judges.extend(different.iter().map(|manager| match manager {
                None => (asked.clone(), judge.clone()),
                Some(TrustManager::SunX509) => named_judge(asked, judge, "SunX509", TrustManager::SunX509),
                Some(other) => named_judge(asked, judge, "PKIX", *other),
            }));
        }
        Self(judges)
    }

    /// These judges and `others`, for a cluster whose nodes run several releases.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The reason why `one` refuses `other`, or may refuse `other`.
    ///
    /// The reason is that of the first judge that refuses, may refuse or cannot check the certificates of `other`, or does
    /// not take the key of `other`. `None` if there is no such judge. `role` is the role of `other`.
    pub fn refusal(&self, one: &Peer, other: &Peer, role: PeerRole, now: Time) -> Option<Refused> {
        let handshake = one.handshake(other, role, now);
        self.0.iter().find_map(|(asked, judge)| {
            let why = match judge.judge(&one.anchors, &other.chain, handshake) {
                Verdict::Accepted(_) => other.unusable_key(judge)?,
                Verdict::Refused(refusal) => other.with_subject(refusal.to_string(), refusal.place()),
                Verdict::Varies(refusal) => {
                    format!(
                        "Java accepts or refuses at random: {}",
                        other.with_subject(refusal.to_string(), refusal.place())
                    )
                }
                Verdict::NotChecked { place, algorithm } => {
                    format!("unknown: the signature of {place} uses {algorithm}, which is not checked")
                }
            };
            Some(Refused { why, asked: asked.clone() })
        })
    }

    /// The reason why the TLS of a judge does not take the key of `peer`.
    ///
    /// `None` if the TLS of every judge takes the key, or if `peer` presents no certificate.
    pub fn key_refusal(&self, peer: &Peer) -> Option<Refused> {
        self.0.iter().find_map(|(asked, judge)| Some(Refused { why: peer.unusable_key(judge)?, asked: asked.clone() }))
    }

    /// The last second at which `one` accepts `other`, and the certificate that sets this limit.
    ///
    /// Only judges that accept the certificates of `other` now are considered, and the earliest of their limits is returned.
    /// `None` if there are no such judges, or if none of them has a limit. A certificate of the chain is named by its
    /// subject, an anchor by its position.
    pub fn accepted_until(&self, one: &Peer, other: &Peer, role: PeerRole, now: Time) -> Option<(Time, String)> {
        let handshake = one.handshake(other, role, now);
        let ends = self.0.iter().filter_map(|(_, judge)| {
            let period = judge.period(&one.anchors, &other.chain, handshake)?;
            // If the period begins later, `other` is refused now.
            period.until.filter(|_| period.from.is_none_or(|from| from.time <= now))
        });
        let first = ends.min_by_key(|change| change.time)?;
        Some((first.time, other.subject(first.place).unwrap_or_else(|| first.place.to_string())))
    }

    /// The positions of the candidates that suffice alone.
    ///
    /// A candidate suffices if, according to every judge, a node that trusts only this candidate accepts a server with
    /// `chain`.
    ///
    /// # Errors
    /// If the chain is unreadable or no candidate suffices. The error contains the reason if it is known.
    pub fn anchors_of(
        &self,
        chain: &[CertificateDer<'_>],
        candidates: &Candidates,
        time: Time,
    ) -> Result<Vec<usize>, Unaccepted> {
        let unreadable =
            |refusal: certgen::path::Refusal| Refused { why: refusal.to_string(), asked: "Java".to_owned() };
        let chain = Chain::read(chain).map_err(|refusal| Unaccepted::Refused(unreadable(refusal)))?;
        let handshake = Handshake { peer: PeerRole::Server, time, host: None };
        let all = candidates.all.as_ref().ok_or(Unaccepted::NotKnown)?;
        let mut through: Vec<(usize, &Anchors)> = candidates.each.iter().enumerate().collect();
        for (asked, judge) in &self.0 {
            through.retain(|(_, alone)| matches!(judge.judge(alone, &chain, handshake), Verdict::Accepted(_)));
            if through.is_empty() {
                return Err(match judge.judge(all, &chain, handshake) {
                    Verdict::Refused(refusal) => {
                        Unaccepted::Refused(Refused { why: refusal.to_string(), asked: asked.clone() })
                    }
                    _ => Unaccepted::NotKnown,
                });
            }
        }
        Ok(through.into_iter().map(|(place, _)| place).collect())
    }
}

fn named_judge(asked: &str, judge: &Judge, algorithm: &str, manager: TrustManager) -> (String, Judge) {
    (format!("{asked}, {algorithm}"), judge.clone().with_trust_manager(manager))
}

/// Certificates that may be the anchors of chains.
#[derive(Clone, Debug)]
pub struct Candidates {
    certificates: Vec<CertificateDer<'static>>,
    each: Vec<Anchors>,
    /// Never `None`, because each certificate was read before.
    all: Option<Anchors>,
}

impl Candidates {
    /// Candidates from those of `certificates` that Java can read.
    ///
    /// The others are dropped, because Java does not load a truststore with an unreadable certificate.
    pub fn new(certificates: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let alone =
            |der: CertificateDer<'static>| Anchors::read(std::slice::from_ref(&der)).ok().map(|alone| (der, alone));
        let (certificates, each): (Vec<_>, _) = certificates.into_iter().filter_map(alone).unzip();
        let all = Anchors::read(&certificates).ok();
        Self { certificates, each, all }
    }

    /// The certificates, whose positions [`Judges::anchors_of`] returns.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}

/// The reason why no candidate suffices for a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unaccepted {
    /// Java cannot read the chain, or a judge refuses it even if all candidates are trusted.
    Refused(Refused),
    /// The reason is unknown.
    ///
    /// For example, a signature cannot be checked, Java accepts or refuses at random, or the judges need different anchors.
    NotKnown,
}

/// The reason why a judge does not accept a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The reason, and the certificate that it concerns, if any.
    pub why: String,
    /// The judge, such as `Java 17, its own TLS`; `Java` if the chain cannot be read.
    pub asked: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.why, self.asked)
    }
}

/// Whether a node verifies the addresses of its peers (`require_endpoint_verification`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointVerification {
    /// The node compares the names in certificates with addresses.
    On,
    /// The node does not compare names with addresses.
    Off,
}

/// A node in handshakes: its chain, its trust anchors and its requirements for peers.
#[derive(Clone, Debug)]
pub struct Peer {
    name: String,
    chain: Chain,
    subjects: Vec<String>,
    anchors: Anchors,
    host: Option<String>,
    client_auth: RequireClientAuth,
    endpoint_verification: EndpointVerification,
}

impl Peer {
    /// A node that presents the chain `shown` and trusts the certificates `trusted`.
    ///
    /// `shown` begins with the node's own certificate. The node's address is unknown, and the node neither requires
    /// certificates from clients nor verifies addresses.
    ///
    /// # Errors
    /// If Java cannot read a certificate.
    pub fn new(
        name: impl Into<String>,
        shown: &[CertificateDer<'_>],
        trusted: &[CertificateDer<'_>],
    ) -> Result<Self, Error> {
        let unreadable = |refusal: certgen::path::Refusal| Error::invalid(refusal.to_string());
        let subject = |der: &CertificateDer<'_>| {
            CertificateInfo::read(der).map_or_else(|_| "?".to_owned(), |info| info.subject().to_string())
        };
        Ok(Self {
            name: name.into(),
            chain: Chain::read(shown).map_err(unreadable)?,
            subjects: shown.iter().map(subject).collect(),
            anchors: Anchors::read(trusted).map_err(unreadable)?,
            host: None,
            client_auth: RequireClientAuth::NotRequired,
            endpoint_verification: EndpointVerification::Off,
        })
    }

    /// Sets the address or host name that the node's peers dial.
    #[must_use]
    pub fn at(mut self, host: Option<String>) -> Self {
        self.host = host;
        self
    }

    /// Sets whether the node requires certificates from clients and verifies addresses.
    #[must_use]
    pub fn asking(mut self, client_auth: RequireClientAuth, endpoint_verification: EndpointVerification) -> Self {
        (self.client_auth, self.endpoint_verification) = (client_auth, endpoint_verification);
        self
    }

    /// The name of the node.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the node requires certificates from its clients.
    pub fn client_auth(&self) -> RequireClientAuth {
        self.client_auth
    }

    /// Whether the node verifies addresses, but the address of `other` is unknown.
    pub fn lacks_host_of(&self, other: &Self) -> bool {
        self.endpoint_verification == EndpointVerification::On && other.host.is_none()
    }

    /// The roles of the peers whose certificates the node checks.
    pub fn roles(&self) -> &'static [PeerRole] {
        match self.client_auth {
            RequireClientAuth::Required => &[PeerRole::Server, PeerRole::Client],
            RequireClientAuth::NotRequired => &[PeerRole::Server],
        }
    }

    fn handshake<'a>(&self, other: &'a Self, peer: PeerRole, time: Time) -> Handshake<'a> {
        let is_verified = self.endpoint_verification == EndpointVerification::On;
        Handshake { peer, time, host: other.host.as_deref().filter(|_| is_verified) }
    }

    fn unusable_key(&self, judge: &Judge) -> Option<String> {
        let refusal = judge.key_refusal(&self.chain)?;
        Some(self.with_subject(refusal.to_string(), refusal.place()))
    }

    fn subject(&self, place: Place) -> Option<String> {
        match place {
            Place::Served(place) => self.subjects.get(place).cloned(),
            Place::Anchor(_) => None,
        }
    }

    fn with_subject(&self, said: String, place: Option<Place>) -> String {
        match place.and_then(|place| Some((place, self.subject(place)?))) {
            Some((place, subject)) => format!("{said}; {place} is {subject}"),
            None => said,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "ec")]
mod tests {
    use certgen::{AuthorityParams, KeyKind, KeyPair, NodeParams, Validity};

    use super::*;

    const NOW: Time = Time::from_unix_seconds(1_800_000_000);

    fn signed(days: u32, node_days: u32) -> Vec<CertificateDer<'static>> {
        let mut rng = rand::rng();
        let key = KeyPair::generate(KeyKind::EcP256, &mut rng).unwrap();
        let validity = Validity::days(NOW, days).unwrap();
        let authority = AuthorityParams::new("CN=CA".parse().unwrap(), validity).self_signed(key, &mut rng).unwrap();
        let key = KeyPair::generate(KeyKind::EcP256, &mut rng).unwrap();
        let params = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(Validity::days(NOW, node_days).unwrap());
        let own = params.issued_by(&authority, key.public_key(), &mut rng).unwrap();
        authority.chain_of(own)
    }

    fn judges() -> Judges {
        Judges::of(Release::V4_1, JavaRelease::of_cassandra(Release::V4_1))
    }

    #[test]
    fn a_node_is_accepted_until_its_first_certificate_ends() {
        let chain = signed(365, 90);
        let peer = Peer::new("node0", &chain, &chain[1..]).unwrap();
        assert_eq!(judges().refusal(&peer, &peer, PeerRole::Server, NOW), None);
        let (until, subject) = judges().accepted_until(&peer, &peer, PeerRole::Client, NOW).unwrap();
        assert_eq!(until, NOW.plus_seconds(90 * 86_400));
        assert!(subject.starts_with("CN=10.0.0.11, "), "{subject}");
        let later = NOW.plus_seconds(100 * 86_400);
        let refused = judges().refusal(&peer, &peer, PeerRole::Server, later).unwrap().to_string();
        assert!(refused.contains("expired") && refused.contains("served certificate 0 is CN=10.0.0.11"), "{refused}");
        assert!(refused.ends_with("(Java 8, its own TLS)"), "{refused}");
    }

    #[test]
    fn sunx509_takes_a_chain_as_it_is_served() {
        let (mut chain, other) = (signed(365, 90), signed(365, 90));
        chain.insert(1, other[0].clone());
        let peer = Peer::new("node0", &chain, &chain[2..]).unwrap();
        assert_eq!(judges().refusal(&peer, &peer, PeerRole::Server, NOW), None);
        for (named, expected) in [
            (&[Some(TrustManager::SunX509)][..], Some("(Java 8, its own TLS, SunX509)")),
            (&[Some(TrustManager::Pkix), None], None),
            (&[None, Some(TrustManager::SunX509)], Some("(Java 8, its own TLS, SunX509)")),
            (&[], None),
        ] {
            let judges = judges().with_trust_managers(named);
            let refused = judges.refusal(&peer, &peer, PeerRole::Server, NOW).map(|refused| refused.to_string());
            match (&refused, expected) {
                (Some(refused), Some(expected)) => assert!(refused.ends_with(expected), "{refused}"),
                _ => assert_eq!(refused.as_deref(), expected, "{named:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_valid_yet_is_not_accepted_until_its_end() {
        let chain = signed(365, 90);
        let peer = Peer::new("node0", &chain, &chain[1..]).unwrap();
        let before = NOW.plus_seconds(-400 * 86_400);
        assert!(judges().refusal(&peer, &peer, PeerRole::Server, before).is_some());
        assert_eq!(judges().accepted_until(&peer, &peer, PeerRole::Server, before), None);
    }

    #[test]
    fn a_release_of_java_is_read_from_its_number() {
        for java in [JavaRelease::V8, JavaRelease::V11, JavaRelease::V17, JavaRelease::V21, JavaRelease::V25] {
            assert_eq!(java.to_string().parse::<JavaRelease>().unwrap(), java);
        }
        assert_eq!("9".parse::<JavaRelease>().unwrap_err().to_string(), "8, 11, 17, 21 and 25 are known");
    }

    #[test]
    fn names_count_where_they_are_verified() {
        let chain = signed(365, 90);
        let peer = Peer::new("node0", &chain, &chain[1..]).unwrap();
        let asking = |verification| peer.clone().asking(RequireClientAuth::Required, verification);
        let at = |host: &str| peer.clone().at(Some(host.to_owned()));
        let refusal = |one: &Peer, other: &Peer| judges().refusal(one, other, PeerRole::Server, NOW);
        assert_eq!(refusal(&asking(EndpointVerification::On), &at("10.0.0.11")), None);
        assert_eq!(refusal(&asking(EndpointVerification::Off), &at("10.0.0.12")), None);
        let refused = refusal(&asking(EndpointVerification::On), &at("10.0.0.12")).unwrap().why;
        assert!(refused.contains("is not for 10.0.0.12"), "{refused}");
        assert!(asking(EndpointVerification::On).lacks_host_of(&peer));
        assert!(!asking(EndpointVerification::Off).lacks_host_of(&peer));
        assert_eq!(asking(EndpointVerification::On).roles(), [PeerRole::Server, PeerRole::Client]);
    }

    #[test]
    fn every_anchor_that_is_enough_is_found() {
        let (chain, other) = (signed(365, 90), signed(365, 90));
        let candidates = Candidates::new([other[1].clone(), chain[1].clone(), chain[0].clone(), vec![1, 2].into()]);
        assert_eq!(candidates.certificates().len(), 3);
        assert_eq!(judges().anchors_of(&chain, &candidates, NOW), Ok(vec![1, 2]));
        // Java does not look at the dates of a certificate that is trusted directly.
        let later = NOW.plus_seconds(100 * 86_400);
        assert_eq!(judges().anchors_of(&chain, &candidates, later), Ok(vec![2]));
        let candidates = Candidates::new([other[1].clone()]);
        let refused = judges().anchors_of(&chain, &candidates, NOW);
        assert!(matches!(refused, Err(Unaccepted::Refused(_))), "{refused:?}");
    }

    #[test]
    fn a_key_that_tls_does_not_take_is_refused_although_its_certificate_is_trusted() {
        let (key, rng) = (KeyPair::generate(KeyKind::Ed25519, &mut rand::rng()).unwrap(), &mut rand::rng());
        let params = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(Validity::days(NOW, 90).unwrap());
        let chain = [params.self_signed(&key, rng).unwrap()];
        let peer = Peer::new("node0", &chain, &chain).unwrap();
        for (release, java, refused) in [
            (Release::V3_11, JavaRelease::V8, Some("(Java 8, its own TLS)")),
            (Release::V3_11, JavaRelease::V17, None),
            (Release::V5_0, JavaRelease::V11, Some("(Java 11, its own TLS)")),
            (Release::V5_0, JavaRelease::V17, Some("(Java 17, Netty's OpenSSL)")),
        ] {
            let judges = Judges::of(release, &[java]);
            let of_key = judges.key_refusal(&peer).map(|refused| refused.to_string());
            assert_eq!(of_key.as_deref().map(|said| said.contains("has a key (Ed25519)")), refused.map(|_| true));
            assert_eq!(of_key.as_deref().map(|said| said.ends_with(refused.unwrap_or("-"))), refused.map(|_| true));
            let of_peer = judges.refusal(&peer, &peer, PeerRole::Server, NOW).map(|refused| refused.to_string());
            assert_eq!(of_peer, of_key);
        }
    }

    #[test]
    fn a_stranger_is_refused() {
        let (chain, other) = (signed(365, 90), signed(365, 90));
        let [one, other] = [&chain, &other].map(|chain| Peer::new("node0", chain, &chain[1..]).unwrap());
        assert!(judges().refusal(&one, &other, PeerRole::Server, NOW).is_some());
        assert!(judges().refusal(&other, &one, PeerRole::Client, NOW).is_some());
    }
}
