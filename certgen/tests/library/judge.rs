//! The judge: periods, anchors, a node's own `java.security`, and what it says.

#[cfg(feature = "ec")]
use certgen::path::Engine;
use certgen::path::{Anchors, Chain, Change, Handshake, Jdk, Judge, PeerRole, Place, Rule, TrustManager, Verdict};
use certgen::rustls_pki_types::CertificateDer;
use certgen::{Authority, AuthorityParams, ErrorKind, NodeParams, Time, Validity};
#[cfg(feature = "ec")]
use certgen::{KeyKind, KeyPair};

use crate::workshop::{copy, key, keys, rng};

const START: Time = Time::from_unix_seconds(1_800_000_000);
const DAY: i64 = 86_400;

const AT_START: Handshake<'static> = Handshake { peer: PeerRole::Server, time: START, host: None };

fn days(days: u32) -> Validity {
    Validity::days(START, days).unwrap()
}

fn after(days: i64) -> Time {
    START.plus_seconds(days * DAY)
}

/// Root, issuing authority, and a leaf of the latter, all of the same length.
fn hierarchy(length: u32) -> (Authority, Authority, CertificateDer<'static>) {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(length));
    let root = root.self_signed(copy(&keys()[0]), &mut rng(70)).unwrap();
    let issuing = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(length));
    let issuing = issuing.issued_by(&root, copy(&keys()[1]), &mut rng(71)).unwrap();
    let node = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(days(length));
    let leaf = node.issued_by(&issuing, key().public_key(), &mut rng(72)).unwrap();
    (root, issuing, leaf)
}

/// The same authority with another end.
fn again(root: &Authority, length: u32) -> CertificateDer<'static> {
    let issuing = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(length));
    issuing.issued_by(root, copy(&keys()[1]), &mut rng(73)).unwrap().certificate().clone()
}

fn anchors(certificates: &[&CertificateDer<'static>]) -> Anchors {
    Anchors::read(&certificates.iter().map(|der| (*der).clone()).collect::<Vec<_>>()).unwrap()
}

fn chain(certificates: &[&CertificateDer<'static>]) -> Chain {
    Chain::read(&certificates.iter().map(|der| (*der).clone()).collect::<Vec<_>>()).unwrap()
}

#[track_caller]
fn refusal(verdict: Verdict) -> certgen::path::Refusal {
    match verdict {
        Verdict::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_ends_with_its_intermediate() {
    let (root, _, leaf) = hierarchy(365);
    let (anchors, chain) = (anchors(&[root.certificate()]), chain(&[&leaf, &again(&root, 8)]));
    let period = Judge::new(Jdk::V17).period(&anchors, &chain, AT_START).unwrap();
    assert_eq!(period.until, Some(Change { time: after(8), place: Place::Served(1) }));
    assert_eq!(period.from, Some(Change { time: START, place: Place::Served(0) }));
    let later = Handshake { time: after(9), ..AT_START };
    let refusal = refusal(Judge::new(Jdk::V17).judge(&anchors, &chain, later));
    assert_eq!((refusal.place(), refusal.rule()), (Some(Place::Served(1)), &Rule::Expired { since: after(8) }));
    assert_eq!(
        refusal.to_string(),
        "served certificate 1 expired at 2027-01-23T08:00:00Z (sun.security.provider.certpath.BasicChecker; RFC 5280, \
         section 6.1.3 (a))"
    );
    assert_eq!(Judge::new(Jdk::V17).period(&anchors, &chain, later), None);
}

/// The test `foreign` compares the engine of the JDK with Java. Netty's refuses Ed25519 whatever the Java.
#[cfg(feature = "ec")]
#[test]
fn a_key_that_no_handshake_takes_is_refused_although_its_certificate_is_an_anchor() {
    for (kind, refused) in [(KeyKind::Ed25519, [true, false, true]), (KeyKind::EcP384, [false; 3])] {
        let key = KeyPair::generate(kind, &mut rng(74)).unwrap();
        let own = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(days(365));
        let own = own.self_signed(&key, &mut rng(75)).unwrap();
        let (anchors, chain) = (anchors(&[&own]), chain(&[&own]));
        let netty = Judge::new(Jdk::V17).with_engine(Engine::NettyOpenSsl);
        for (judge, refused) in [Judge::new(Jdk::V11), Judge::new(Jdk::V17), netty].iter().zip(refused) {
            assert!(matches!(judge.judge(&anchors, &chain, AT_START), Verdict::Accepted(_)));
            let refusal = judge.key_refusal(&chain);
            assert_eq!(refusal.as_ref().map(|refusal| refusal.rule().code()), refused.then_some("unusable-key"));
        }
    }
    let empty = Chain::read(&[]).unwrap();
    assert_eq!(Judge::new(Jdk::V8).key_refusal(&empty), None);
}

/// `SimpleValidator` keeps no place for the leaf.
#[test]
fn a_path_length_of_1_allows_one_authority_below_it() {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(365));
    let root = root.self_signed(copy(&keys()[0]), &mut rng(70)).unwrap();
    let middle = AuthorityParams::new("CN=Middle".parse().unwrap(), days(365)).path_length(1);
    let middle = middle.issued_by(&root, copy(&keys()[1]), &mut rng(71)).unwrap();
    let issuing = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(365));
    let issuing = issuing.issued_by(&middle, copy(&keys()[1]), &mut rng(72)).unwrap();
    let node = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(days(365));
    let leaf = node.issued_by(&issuing, key().public_key(), &mut rng(73)).unwrap();
    let served = chain(&[&leaf, issuing.certificate(), middle.certificate(), root.certificate()]);
    for manager in [TrustManager::Pkix, TrustManager::SunX509] {
        let judge = Judge::new(Jdk::V8).with_trust_manager(manager);
        let verdict = judge.judge(&anchors(&[root.certificate()]), &served, AT_START);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{manager:?}: {verdict:?}");
    }
}

/// Java 8 takes the first root by hash, later releases the one with the issuer's key identifier.
#[test]
fn of_two_roots_of_one_name_sunx509_takes_the_issuer() {
    let roots = [0, 1].map(|number: usize| {
        let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(365));
        root.self_signed(copy(&keys()[number]), &mut rng(70)).unwrap()
    });
    let anchors = anchors(&[roots[0].certificate(), roots[1].certificate()]);
    let accepted = |jdk| {
        let is_accepted = |root: &&Authority| {
            let node = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(days(365));
            let leaf = node.issued_by(root, key().public_key(), &mut rng(72)).unwrap();
            let judge = Judge::new(jdk).with_trust_manager(TrustManager::SunX509);
            matches!(judge.judge(&anchors, &chain(&[&leaf]), AT_START), Verdict::Accepted(_))
        };
        roots.iter().filter(is_accepted).count()
    };
    assert_eq!([Jdk::V8, Jdk::V11, Jdk::V17, Jdk::V25].map(accepted), [1, 2, 2, 2]);
}

/// Java limits an RSASSA-PSS key to that scheme only if the key has parameters.
#[test]
fn an_rsassa_pss_key_without_parameters_also_signs_with_pkcs_1_v1_5() {
    const RSA: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    const RSASSA_PSS: [u8; 13] = [0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 10];
    let (root, issuing, leaf) = hierarchy(365);
    let mut der = root.certificate().to_vec();
    let at = der.windows(RSA.len()).position(|bytes| bytes == RSA).unwrap();
    der.splice(at..at + RSA.len(), RSASSA_PSS);
    // The certificate, its content and the key each begin with a tag and a length in three bytes.
    for length in [2, 6, at - 2] {
        let shorter = u16::from_be_bytes([der[length], der[length + 1]]) - 2;
        der[length..length + 2].copy_from_slice(&shorter.to_be_bytes());
    }
    let root = CertificateDer::from(der);
    for manager in [TrustManager::Pkix, TrustManager::SunX509] {
        let judge = Judge::new(Jdk::V17).with_trust_manager(manager);
        let verdict = judge.judge(&anchors(&[&root]), &chain(&[&leaf, issuing.certificate()]), AT_START);
        assert!(matches!(verdict, Verdict::Accepted(_)), "{manager:?}: {verdict:?}");
    }
}

#[test]
fn an_anchor_has_no_end_and_a_period_may_lie_ahead() {
    let (root, issuing, leaf) = hierarchy(100);
    let pinned = Judge::new(Jdk::V17).period(&anchors(&[&leaf]), &chain(&[&leaf]), AT_START).unwrap();
    assert_eq!((pinned.from, pinned.until), (None, None));
    // The short-lived anchor is the issuer itself.
    let (short, chain) = (anchors(&[&again(&root, 1)]), chain(&[&leaf]));
    let before = Handshake { time: after(-5), ..AT_START };
    let period = Judge::new(Jdk::V17).period(&short, &chain, before).unwrap();
    assert_eq!(period.from.map(|change| change.time), Some(START));
    assert_eq!(period.until, Some(Change { time: after(100), place: Place::Served(0) }));
    assert!(matches!(Judge::new(Jdk::V17).judge(&short, &chain, AT_START), Verdict::Accepted(_)));
    let _ = issuing;
}

#[test]
fn every_anchor_that_is_enough_is_named() {
    let (root, issuing, leaf) = hierarchy(100);
    let other = NodeParams::for_ip("10.0.0.12".parse().unwrap()).validity(days(100)).self_signed(key(), &mut rng(74));
    let candidates = anchors(&[&other.unwrap(), root.certificate(), issuing.certificate(), &leaf]);
    let judge = Judge::new(Jdk::V17);
    assert_eq!(judge.anchors_of(&chain(&[&leaf, issuing.certificate()]), &candidates, AT_START), [1, 2, 3]);
    assert_eq!(judge.anchors_of(&chain(&[&leaf]), &candidates, AT_START), [2, 3]);
}

#[test]
fn a_nodes_own_java_security_counts() {
    let (root, issuing, leaf) = hierarchy(100);
    let (anchors, chain) = (anchors(&[root.certificate()]), chain(&[&leaf, issuing.certificate()]));
    let judge = |text: &str| {
        let judge = Judge::new(Jdk::V25).with_java_security(text).unwrap();
        judge.judge(&anchors, &chain, AT_START)
    };
    assert!(matches!(judge(""), Verdict::Accepted(_)));
    let sha256 = judge("# ours\njdk.certpath.disabledAlgorithms = MD5, \\\n    SHA-256 usage TLSServer\n");
    assert_eq!(refusal(sha256).rule(), &Rule::DisabledAlgorithm { algorithm: "SHA256withRSA".to_owned() });
    let client = judge("jdk.certpath.disabledAlgorithms=SHA256 usage TLSClient");
    assert!(matches!(client, Verdict::Accepted(_)));
    let short = refusal(judge("jdk.tls.disabledAlgorithms=RSA keySize < 3072"));
    assert_eq!(short.rule(), &Rule::DisabledInTls { algorithm: "SHA256withRSA".to_owned() });
    let anchor = refusal(judge("jdk.certpath.disabledAlgorithms=RSA keySize <= 2048"));
    assert_eq!((anchor.place(), anchor.rule()), (Some(Place::Anchor(0)), &Rule::DisabledAnchorKey));
    let past = judge("jdk.certpath.disabledAlgorithms=SHA256 denyAfter 2027-01-15");
    assert_eq!(refusal(past).rule().code(), "disabled-algorithm");
    assert!(matches!(judge("jdk.certpath.disabledAlgorithms=SHA256 denyAfter 2027-01-16"), Verdict::Accepted(_)));
    let scheme = judge("jdk.tls.disabledAlgorithms=rsa_pkcs1_sha256");
    assert_eq!(refusal(scheme).rule().code(), "not-offered");
    // Java ignores further words, and looks up the names of curves.
    let curves = judge("jdk.certpath.disabledAlgorithms=EC keySize < 224 x, NIST P-192, x9.62 prime192v2");
    assert!(matches!(curves, Verdict::Accepted(_)));
}

/// In Java, the scheme `ecdsa_secp256r1_sha256` needs its curve, whatever the curve of the key is.
#[cfg(feature = "ec")]
#[test]
fn a_scheme_needs_its_curve() {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(100));
    let root = root.signing_algorithm(certgen::SigningAlgorithm::Sha256WithEcdsa);
    let root = root.self_signed(KeyPair::generate(KeyKind::EcP384, &mut rng(76)).unwrap(), &mut rng(77)).unwrap();
    let node = NodeParams::for_ip("10.0.0.11".parse().unwrap()).validity(days(100));
    let node = node.signing_algorithm(certgen::SigningAlgorithm::Sha256WithEcdsa);
    let leaf = node.issued_by(&root, key().public_key(), &mut rng(78)).unwrap();
    let (anchors, chain) = (anchors(&[root.certificate()]), chain(&[&leaf]));
    for jdk in [Jdk::V8, Jdk::V11, Jdk::V17, Jdk::V25] {
        let judge = |text: &str| {
            let judge = Judge::new(jdk).with_protocol(certgen::path::Protocol::Tls12).with_java_security(text).unwrap();
            judge.judge(&anchors, &chain, AT_START)
        };
        assert!(matches!(judge("jdk.tls.disabledAlgorithms=secp521r1"), Verdict::Accepted(_)), "{jdk:?}");
        let refused = refusal(judge("jdk.tls.disabledAlgorithms=secp256r1"));
        assert_eq!(refused.rule().code(), "not-offered", "{jdk:?}");
    }
}

#[test]
fn an_entry_that_java_does_not_read_is_refused() {
    let error = Judge::new(Jdk::V17).with_java_security("jdk.tls.disabledAlgorithms=EC keySize << 224").unwrap_err();
    let (property, entry) = ("jdk.tls.disabledAlgorithms".to_owned(), "EC keySize << 224".to_owned());
    assert_eq!(error.kind(), &ErrorKind::InvalidSecurityProperty { property, entry });
    assert_eq!(error.to_string(), "malformed entry \"EC keySize << 224\" in jdk.tls.disabledAlgorithms");
    for entry in ["SHA1 jdkCA & jdkCA", "SHA1 denyAfter 2019-01-01 & denyAfter 2020-01-01", "SHA1 jdkCA x"] {
        let text = format!("jdk.certpath.disabledAlgorithms={entry}");
        assert!(Judge::new(Jdk::V17).with_java_security(&text).is_err(), "{entry}");
    }
}

#[test]
fn an_anchor_that_is_no_authority_stands_for_itself_unless_java_security_says_otherwise() {
    let (_, _, leaf) = hierarchy(100);
    let own = NodeParams::for_ip("10.0.0.12".parse().unwrap()).validity(days(100));
    let own = own.self_signed(key(), &mut rng(75)).unwrap();
    let (only, served) = (anchors(&[&own]), chain(&[&own]));
    let judge = Judge::new(Jdk::V17);
    assert!(matches!(judge.judge(&only, &served, AT_START), Verdict::Accepted(_)));
    assert_eq!(refusal(judge.judge(&only, &chain(&[&leaf]), AT_START)).rule(), &Rule::NoPath);
    assert_eq!(refusal(judge.judge(&anchors(&[]), &served, AT_START)).rule(), &Rule::NoAnchors);
    assert_eq!(refusal(judge.judge(&only, &chain(&[]), AT_START)).rule(), &Rule::NothingServed);
}

#[test]
fn what_cannot_be_read_is_named_by_its_place() {
    let (root, _, leaf) = hierarchy(100);
    let refusal = Chain::read(&[leaf, CertificateDer::from(vec![0x30, 3, 1])]).unwrap_err();
    assert_eq!(refusal.place(), Some(Place::Served(1)));
    assert_eq!(refusal.rule(), &Rule::Unreadable { reason: "an element is cut short" });
    let refusal = Anchors::read(&[root.certificate().clone(), CertificateDer::from(vec![])]).unwrap_err();
    assert_eq!(refusal.place(), Some(Place::Anchor(1)));
}

/// Which chain breaks which rule is tested with the corpora; here is what is said of it.
#[test]
fn each_rule_says_what_is_wrong() {
    let algorithm = "SHA1withRSA".to_owned();
    let (oid, host) = ("1.2.3.4".to_owned(), "node0".to_owned());
    for (rule, text) in [
        (Rule::Unreadable { reason: "an element is cut short" }, "cannot be read: an element is cut short"),
        (Rule::NoAnchors, "is refused because the truststore is empty"),
        (Rule::NothingServed, "is empty"),
        (Rule::NoPath, "does not lead to an anchor"),
        (Rule::OtherAnchor, "names an issuer with another key identifier or serial number than the anchor's"),
        (Rule::AnchorNotAnAuthority, "is not an authority, so it can only be trusted as a leaf"),
        (Rule::AnchorMayNotSign, "may not sign certificates, so it can only be trusted as a leaf"),
        (Rule::DisabledAnchorKey, "has a key that is disabled for certificates"),
        (
            Rule::DisabledAlgorithm { algorithm: algorithm.clone() },
            "has a signature algorithm (SHA1withRSA) or a key that is disabled for certificates",
        ),
        (
            Rule::NotOffered { algorithm: algorithm.clone() },
            "is signed with SHA1withRSA, which the node's TLS engine does not support",
        ),
        (
            Rule::DisabledInTls { algorithm: algorithm.clone() },
            "has a signature algorithm (SHA1withRSA), a key or an issuer's key that is disabled for TLS",
        ),
        (
            Rule::UnknownAlgorithm { algorithm },
            "is signed with SHA1withRSA, which Java does not implement for the issuer's key",
        ),
        (
            Rule::Signature,
            "is not signed with its issuer's key: the trusted or served certificate of that name has another key, or the \
             signature is damaged",
        ),
        (
            Rule::UnusableKey { key: "Ed25519".to_owned() },
            "has a key (Ed25519) that the node's TLS engine does not accept in a handshake",
        ),
        (Rule::NotAnAuthority, "is not an authority, but issued the certificate below"),
        (Rule::PathLength, "is one authority more than a path length allows"),
        (Rule::MayNotSign, "may not sign certificates, but issued the certificate below"),
        (Rule::NameConstraints, "has a name that the authorities above do not allow"),
        (Rule::UnsupportedNameConstraints, "has or is subject to name constraints that Java does not support"),
        (Rule::Policy, "leaves no valid certificate policy, although one is required, or maps anyPolicy"),
        (Rule::NotYetValid { from: START }, "is not valid before 2027-01-15T08:00:00Z"),
        (Rule::Expired { since: START }, "expired at 2027-01-15T08:00:00Z"),
        (Rule::CriticalExtension { oid }, "has the critical extension 1.2.3.4, which path validation does not process"),
        (Rule::KeyUsage, "has key usages without digitalSignature"),
        (Rule::ExtendedKeyUsage { role: PeerRole::Client }, "lacks the extended key usage of a client"),
        (Rule::UnreadableExtendedKeyUsage, "has extended key usages that cannot be read"),
        (
            Rule::NetscapeType { role: PeerRole::Server },
            "has a Netscape certificate type that does not include the server",
        ),
        (Rule::OtherHost { host: host.clone() }, "is not for node0"),
        (Rule::IllegalHost { host }, "cannot be compared with node0, which is not a host name"),
        (Rule::UnreadableAltNames, "has alternative names that cannot be read"),
        (Rule::TooComplex, "has too many paths, policies or signatures to be judged"),
    ] {
        assert_eq!(rule.to_string(), text);
    }
}
