//! Decides as Java does whether a node accepts a peer.
//!
//! A [`Judge`] represents a node, with its JDK, TLS engine, trust managers and `java.security`. Given a chain as served,
//! leaf first, and the certificates that the node trusts, the judge returns a [`Verdict`]. The verdict contains, for
//! example, the path that Java uses or the rule that the chain does not meet.
//!
//! ```
//! use certgen::path::{Anchors, Chain, Handshake, Jdk, Judge, PeerRole, Verdict};
//! # use certgen::{AuthorityParams, KeyKind, KeyPair, NodeParams, Time, Validity};
//! # let (mut rng, now) = (rand::rng(), Time::from_unix_seconds(1_800_000_000));
//! # let name = "CN=Cassandra CA 2026, O=Example".parse()?;
//! # let ca_key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
//! # let authority = AuthorityParams::new(name, Validity::days(now, 365)?).self_signed(ca_key, &mut rng)?;
//! # let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng)?;
//! # let certificate = NodeParams::for_ip("10.0.0.11".parse()?)
//! #     .validity(Validity::days(now, 90)?)
//! #     .issued_by(&authority, key.public_key(), &mut rng)?;
//! # let served = authority.chain_of(certificate);
//! # let truststore = [served[1].clone()];
//! let anchors = Anchors::read(&truststore)?;               // what the node's truststore holds
//! let chain = Chain::read(&served)?;                       // what the peer serves
//! let judge = Judge::new(Jdk::V17);
//! let handshake = Handshake { peer: PeerRole::Server, time: now, host: Some("10.0.0.11") };
//!
//! let Verdict::Accepted(path) = judge.judge(&anchors, &chain, handshake) else { panic!("refused") };
//! assert_eq!((path.served.as_slice(), path.anchor), ([0].as_slice(), 0));
//!
//! let elsewhere = Handshake { host: Some("10.0.0.12"), ..handshake };
//! let Verdict::Refused(refusal) = judge.judge(&anchors, &chain, elsewhere) else { panic!("accepted") };
//! assert!(refusal.to_string().starts_with("served certificate 0 is not for 10.0.0.12"));
//!
//! let period = judge.period(&anchors, &chain, handshake).ok_or("never accepted")?;
//! assert_eq!(period.until.map(|change| change.time), Some(now.plus_seconds(90 * 86_400)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The judge does not check revocation, whether an anchor is one of the JDK's own (`jdkCA`), or anything that engines
//! refuse before they consult the trust manager, such as too long a chain (`jdk.tls.maxCertificateChainLength`). The
//! judge refuses certificates with indefinite lengths, although Java reads some of them.

mod build;
mod case;
mod certificate;
mod check;
mod constraints;
mod der;
mod extension;
mod general_name;
mod hostname;
mod key;
mod limits;
mod name;
mod name_constraints;
mod period;
mod policy;
mod refusal;
mod simple;
mod tls;

use std::fmt;

use rustls_pki_types::CertificateDer;

use crate::error::Error;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::time::Time;

use case::Case;
use certificate::Certificate;
use constraints::Restrictions;

pub(crate) use extension::is_processed;
pub(crate) use limits::{OutsideLimits, outside_limits};
pub use refusal::{Place, Refusal, Rule};

/// The release of Java that a node runs with. An older release is less than a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Jdk {
    /// Java 8 with the TLS of Java 11 (8u261 and later).
    ///
    /// Tag numbers above 30, extra data after a key and Diffie-Hellman keys in the form of X9.42 are refused, although
    /// Java 8 reads them.
    V8,
    /// Java 11.
    V11,
    /// Java 17.
    V17,
    /// Java 25.
    V25,
}

/// The TLS engine of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Engine {
    /// The JDK's own engine.
    Jdk,
    /// Netty's engine over OpenSSL or `BoringSSL`.
    ///
    /// Cassandra 4.0 and later prefer this engine if it loads.
    NettyOpenSsl,
}

/// The algorithm of a node's trust managers (`TrustManagerFactory.getInstance`).
///
/// Cassandra's setting is `algorithm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrustManager {
    /// PKIX, the default of Java, and of Cassandra from 4.0 on.
    Pkix,
    /// `SunX509`, Cassandra's default before 4.0.
    ///
    /// `SunX509` validates the served chain as it is, without policies, name constraints, or a search.
    SunX509,
}

/// The version of TLS that was negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// The peer's role in the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerRole {
    /// The node connected to the peer.
    Server,
    /// The peer connected to the node, which asks for a client certificate.
    Client,
}

/// A handshake to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    /// The peer's role.
    pub peer: PeerRole,
    /// The time of the handshake.
    pub time: Time,
    /// The peer's address or name in the engine; `None` without endpoint verification.
    pub host: Option<&'a str>,
}

/// The certificates that a node trusts.
#[derive(Clone, Debug)]
pub struct Anchors(Vec<Certificate>);

/// The certificates that a peer serves, the leaf first.
#[derive(Clone, Debug)]
pub struct Chain(Vec<Certificate>);

/// The decision of a [`Judge`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The peer is accepted because of this path.
    Accepted(Path),
    /// The peer is refused.
    Refused(Refusal),
    /// Every other check passed, but this crate cannot check a signature.
    ///
    /// Treat this verdict as a refusal.
    NotChecked {
        /// The certificate with the signature.
        place: Place,
        /// The signature's algorithm.
        algorithm: SignatureAlgorithm,
    },
    /// Java may accept the peer, or refuse the peer with this refusal.
    ///
    /// Several anchors complete the path, and Java tries them in a random order. Treat this verdict as a refusal.
    Varies(Refusal),
}

/// The path that Java uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The positions of the served certificates on the path, the leaf first.
    ///
    /// The anchor is included only if the leaf is itself the anchor.
    pub served: Vec<usize>,
    /// The position of the anchor at which the path ends.
    pub anchor: usize,
}

/// The period in which a chain is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first second of the period, and the certificate that determines it.
    ///
    /// `None` if the chain was accepted at all earlier times.
    pub from: Option<Change>,
    /// The last second of the period, and the certificate that determines it.
    ///
    /// `None` if the chain is accepted at all later times.
    pub until: Option<Change>,
}

/// A bound of a [`Period`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first second of the period in [`Period::from`], and the last in [`Period::until`].
    pub time: Time,
    /// The certificate that determines the time.
    pub place: Place,
}

/// A node that decides whether it accepts a peer.
#[derive(Clone, Debug)]
pub struct Judge {
    jdk: Jdk,
    engine: Engine,
    protocol: Protocol,
    manager: TrustManager,
    restrictions: Restrictions,
    #[cfg(feature = "mutants")]
    off: Option<&'static str>,
}

/// A peculiarity of Java.
///
/// Tests turn it off to prove that they notice the difference.
#[derive(Clone, Copy, Debug)]
enum Shortcut {
    PinnedLeaf,
    ServedAnchor,
    SameNameAndKey,
    OrderedChain,
    KeyIdentifier,
    OldAnchor,
    DatedAnchor,
    MaxAuthorities,
    NettyDepth,
    CommonName,
}

impl Judge {
    /// A node with the JDK's own engine and `java.security`, TLS 1.3, and PKIX trust managers.
    pub fn new(jdk: Jdk) -> Self {
        Self {
            jdk,
            engine: Engine::Jdk,
            protocol: Protocol::Tls13,
            manager: TrustManager::Pkix,
            restrictions: Restrictions::of(jdk),
            #[cfg(feature = "mutants")]
            off: None,
        }
    }

    /// Sets the TLS engine.
    #[must_use]
    pub fn with_engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Sets the version of TLS.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets the algorithm of the trust managers.
    #[must_use]
    pub fn with_trust_manager(mut self, manager: TrustManager) -> Self {
        self.manager = manager;
        self
    }

    /// Sets the restrictions from the text of a node's own `java.security`.
    ///
    /// The properties `jdk.certpath.disabledAlgorithms`, `jdk.tls.disabledAlgorithms`, `jdk.disabled.namedCurves` and
    /// `jdk.security.allowNonCaAnchor` count.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidSecurityProperty`](crate::ErrorKind::InvalidSecurityProperty) for an entry with a condition
    /// that cannot be read.
    pub fn with_java_security(mut self, text: &str) -> Result<Self, Error> {
        self.restrictions = Restrictions::parse(text, self.jdk)?;
        Ok(self)
    }

    /// Decides whether the node, which trusts `anchors`, accepts a peer that serves `chain`.
    pub fn judge(&self, anchors: &Anchors, chain: &Chain, handshake: Handshake<'_>) -> Verdict {
        Case::new(self, &anchors.0, &chain.0, handshake).decide()
    }

    /// The reason why the engine takes no handshake with the key of a peer's own certificate.
    ///
    /// `None` if the engine takes the key, or nothing is served. [`judge`](Self::judge) does not check this key, because
    /// Java's trust managers do not: they accept a certificate that is itself an anchor, whatever its key. Of the
    /// restrictions in `java.security`, only those on Ed25519 and Ed448 count.
    pub fn key_refusal(&self, chain: &Chain) -> Option<Refusal> {
        let kind = chain.0.first()?.key.kind;
        let session = (self.jdk, self.engine, self.protocol);
        let is_taken = tls::takes_key(kind, session, &self.restrictions);
        (!is_taken).then(|| Refusal::of(Place::Served(0), Rule::UnusableKey { key: kind.described() }))
    }

    /// The period of acceptance that contains the time of the handshake, or the next such period.
    ///
    /// Returns `None` if the chain is accepted neither at the time of the handshake nor later. The bounds of a period
    /// are dates of certificates. A `denyAfter` date in `java.security` is not considered as a bound.
    pub fn period(&self, anchors: &Anchors, chain: &Chain, handshake: Handshake<'_>) -> Option<Period> {
        period::find(Case::new(self, &anchors.0, &chain.0, handshake))
    }

    /// The positions of the candidates that would each suffice as the only anchor for `chain`.
    pub fn anchors_of(&self, chain: &Chain, candidates: &Anchors, handshake: Handshake<'_>) -> Vec<usize> {
        let accepts = |anchor: &Certificate| {
            let verdict = Case::new(self, std::slice::from_ref(anchor), &chain.0, handshake).decide();
            matches!(verdict, Verdict::Accepted(_))
        };
        candidates.0.iter().enumerate().filter(|(_, anchor)| accepts(anchor)).map(|(place, _)| place).collect()
    }

    /// Turns off the rule with this [`Rule::code`], or the peculiarity of Java with this name.
    ///
    /// For tests, which must notice the difference.
    #[cfg(feature = "mutants")]
    #[doc(hidden)]
    #[must_use]
    pub fn without(mut self, rule: &'static str) -> Self {
        self.off = Some(rule);
        self
    }

    #[cfg(feature = "mutants")]
    fn is_rule_off(&self, rule: &Rule) -> bool {
        self.off == Some(rule.code())
    }

    #[cfg(not(feature = "mutants"))]
    #[expect(clippy::unused_self, reason = "used with the feature `mutants`")]
    fn is_rule_off(&self, _: &Rule) -> bool {
        false
    }

    #[cfg(feature = "mutants")]
    fn is_off(&self, shortcut: Shortcut) -> bool {
        self.off
            == Some(match shortcut {
                Shortcut::PinnedLeaf => "shortcut: pinned leaf",
                Shortcut::ServedAnchor => "shortcut: served anchor",
                Shortcut::SameNameAndKey => "shortcut: same name and key",
                Shortcut::OrderedChain => "shortcut: ordered chain",
                Shortcut::KeyIdentifier => "shortcut: key identifier",
                Shortcut::OldAnchor => "shortcut: old anchor",
                Shortcut::DatedAnchor => "shortcut: dated anchor",
                Shortcut::MaxAuthorities => "shortcut: most authorities",
                Shortcut::NettyDepth => "shortcut: Netty's depth",
                Shortcut::CommonName => "shortcut: common name",
            })
    }

    #[cfg(not(feature = "mutants"))]
    #[expect(clippy::unused_self, reason = "used with the feature `mutants`")]
    fn is_off(&self, _: Shortcut) -> bool {
        false
    }
}

impl Anchors {
    /// Reads the trusted certificates of a truststore, in DER or PEM, as Java reads them.
    ///
    /// # Errors
    /// [`Rule::Unreadable`], with the position of the first certificate that cannot be read.
    pub fn read(certificates: &[CertificateDer<'_>]) -> Result<Self, Refusal> {
        read(certificates, Place::Anchor).map(Self)
    }
}

impl Chain {
    /// Reads the certificates that a peer serves, in DER or PEM, as Java reads them.
    ///
    /// # Errors
    /// [`Rule::Unreadable`], with the position of the first certificate that cannot be read.
    pub fn read(certificates: &[CertificateDer<'_>]) -> Result<Self, Refusal> {
        read(certificates, Place::Served).map(Self)
    }
}

fn read(certificates: &[CertificateDer<'_>], place: impl Fn(usize) -> Place) -> Result<Vec<Certificate>, Refusal> {
    let read = |(index, certificate)| {
        let unreadable = |der::Unreadable(reason)| Refusal::of(place(index), Rule::Unreadable { reason });
        Certificate::read(certificate).map_err(unreadable)
    };
    certificates.iter().enumerate().map(read).collect()
}

impl fmt::Display for PeerRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}
