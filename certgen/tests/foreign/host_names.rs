//! Wildcards and URIs among the names of a certificate: rustls, OpenSSL and Java take them for the same hosts.

use certgen::path::{Anchors, Chain, Engine, Handshake, Jdk, Judge, PeerRole, Protocol, TrustManager, Verdict};
use certgen::rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use certgen::{AuthorityParams, CertificateInfo, NodeParams, SubjectAltName, Validity};
use test_support::{Tool, output};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::java_judge::{self, Question};
use crate::openssl;
use crate::workshop::{Folder, copy, key, keys, now, rng};

const URI: &str = "spiffe://example.org/cassandra/node7";

/// A name in the certificate, a host that is dialled, and whether it is the one.
const CASES: [(&str, &str, bool); 9] = [
    ("node7.dc1.example.com", "node7.dc1.example.com", true),
    ("node7.dc1.example.com", "node8.dc1.example.com", false),
    ("*.dc1.example.com", "node7.dc1.example.com", true),
    ("*.dc1.example.com", "NODE7.DC1.example.com", true),
    ("*.dc1.example.com", "dc1.example.com", false),
    ("*.dc1.example.com", "rack1.node7.dc1.example.com", false),
    ("*.dc1.example.com", "node7.dc2.example.com", false),
    ("*.example.com", "node7.dc1.example.com", false),
    ("*.dc1.example.com", "10.0.0.11", false),
];

/// A certificate with the name and a SPIFFE ID, and its authority.
fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    let validity = Validity::days(now().plus_seconds(-60), 30).unwrap();
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), validity);
    let root = root.self_signed(copy(&keys()[0]), &mut rng(61)).unwrap();
    let node = NodeParams::for_subject("CN=node7".parse().unwrap()).dns_name(name).uri(URI).validity(validity);
    root.chain_of(node.issued_by(&root, key().public_key(), &mut rng(62)).unwrap())
}

pub(crate) fn are_those_of_rustls_openssl_and_java() {
    let chains = CASES.map(|(name, ..)| chain(name));
    let questions = chains.iter().zip(CASES).map(|(chain, (_, host, _))| Question {
        peer: PeerRole::Server,
        engine: Engine::Jdk,
        protocol: Protocol::Tls13,
        time: now(),
        host: Some(host),
        trusted: vec![&chain[1]],
        served: vec![&chain[0]],
        manager: TrustManager::Pkix,
    });
    let java = java_judge::ask(Tool::Java, &questions.collect::<Vec<_>>());
    for ((chain, (name, host, expected)), java) in chains.iter().zip(CASES).zip(java) {
        let accepted = [by_rustls(chain, host), by_openssl(chain, host), java == "ok", by_the_judge(chain, host)];
        assert_eq!(accepted, [expected; 4], "{name} for {host}: rustls, OpenSSL, Java ({java}), the judge");
        let info = CertificateInfo::read(&chain[0]).unwrap();
        assert_eq!(info.subject_alt_names().last(), Some(&SubjectAltName::Uri(URI.to_owned())));
    }
}

fn by_rustls(chain: &[CertificateDer<'_>], host: &str) -> bool {
    let anchors = [anchor_from_trusted_cert(&chain[1]).unwrap()];
    let leaf = EndEntityCert::try_from(&chain[0]).unwrap();
    let (algorithms, usage) = (webpki::ALL_VERIFICATION_ALGS, KeyUsage::server_auth());
    leaf.verify_for_usage(algorithms, &anchors, &[], UnixTime::now(), usage, None, None).unwrap();
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(host).unwrap()).is_ok()
}

fn by_openssl(chain: &[CertificateDer<'_>], host: &str) -> bool {
    let folder = Folder::new();
    output(&mut openssl::verify(&folder, chain, &["-x509_strict"]));
    let option = if host.parse::<std::net::IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" };
    openssl::verify(&folder, chain, &[option, host]).output().unwrap().status.success()
}

fn by_the_judge(chain: &[CertificateDer<'_>], host: &str) -> bool {
    let (anchors, served) = (Anchors::read(&chain[1..]).unwrap(), Chain::read(&chain[..1]).unwrap());
    let handshake = Handshake { peer: PeerRole::Server, time: now(), host: Some(host) };
    matches!(Judge::new(Jdk::V17).judge(&anchors, &served, handshake), Verdict::Accepted(_))
}
