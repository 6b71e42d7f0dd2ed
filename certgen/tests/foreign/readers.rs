//! What OpenSSL and Java refuse of an authority, held against the findings.

use certgen::path::{Engine, PeerRole, Protocol, TrustManager};
use certgen::rustls_pki_types::CertificateDer;
use certgen::{
    Authority, AuthorityParams, CertificateInfo, Finding, FindingKind, LintPolicy, NameSubtree, NodeParams, Readers,
    Validity, lint_authority, lint_chain, pem,
};
use test_support::{JavaProgram, Tool, output};

use crate::java_judge::{self, Question};
use crate::openssl;
use crate::workshop::{Folder, copy, key, keys, now, rng};

/// Extensions of an authority that OpenSSL makes, beside basicConstraints.
const EXTENSIONS: [&str; 12] = [
    "subjectKeyIdentifier=hash",
    "extendedKeyUsage=serverAuth",
    "extendedKeyUsage=clientAuth",
    "extendedKeyUsage=serverAuth,clientAuth",
    "extendedKeyUsage=anyExtendedKeyUsage",
    "1.2.3.4=critical,DER:0500",
    "crlDistributionPoints=critical,URI:http://example.com/crl",
    "authorityInfoAccess=critical,OCSP;URI:http://example.com/",
    "certificatePolicies=critical,1.2.3.4",
    "nameConstraints=critical,permitted;IP:192.168.0.0/255.255.0.0",
    "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0,permitted;DNS:example.com",
    "keyUsage=critical,keyCertSign",
];

fn node() -> NodeParams {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).dns_name("node7.example.com");
    node.validity(Validity::days(now(), 30).unwrap())
}

/// Whether OpenSSL takes a chain that ends with the trusted certificate.
fn openssl_accepts(chain: &[CertificateDer<'_>], purpose: &str) -> bool {
    openssl::verify(&Folder::new(), chain, &["-purpose", purpose]).output().unwrap().status.success()
}

/// What is found of a chain: of its authorities, and of the whole.
fn findings(chain: &[CertificateDer<'_>]) -> Vec<Finding> {
    let root = CertificateInfo::read(chain.last().unwrap()).unwrap();
    let of_root = lint_authority("root", &root, LintPolicy::default());
    let of_chain = lint_chain("node", chain, LintPolicy::default()).unwrap();
    assert!(of_root.iter().all(|finding| of_chain.iter().any(|other| other.kind() == finding.kind())));
    of_chain
}

/// Each purpose is refused by OpenSSL exactly where a finding says so; Java trusts all of them as anchors.
pub(crate) fn refuse_authorities_that_have_findings() {
    let java = JavaProgram::compile("Chains", include_str!("Chains.java"));
    let (folder, mut command, mut refused) = (Folder::new(), java.command(), 0);
    for (number, extension) in EXTENSIONS.iter().enumerate() {
        let authority = authority_of_openssl(extension);
        let chain = authority.chain_of(node().issued_by(&authority, key().public_key(), &mut rng(51)).unwrap());
        let findings = findings(&chain);
        for (purpose, unsuitable) in
            [("sslserver", FindingKind::AuthorityNotForServers), ("sslclient", FindingKind::AuthorityNotForClients)]
        {
            let stops = |kind: &FindingKind| {
                *kind == unsuitable
                    || matches!(
                        kind,
                        FindingKind::UnknownCriticalExtension { .. } | FindingKind::OutsideNameConstraints { .. }
                    )
            };
            let found = findings.iter().any(|finding| stops(finding.kind()));
            assert_eq!(openssl_accepts(&chain, purpose), !found, "{extension}, {purpose}: {findings:?}");
            refused += usize::from(found);
        }
        let text = chain.iter().map(pem::encode_certificate).collect::<String>();
        command.arg(folder.write(&format!("{number}.pem"), text));
    }
    println!("{} authorities, {refused} refusals of OpenSSL", EXTENSIONS.len());
    assert_eq!(output(&mut command), "trusted\n".repeat(EXTENSIONS.len()));
}

fn authority_of_openssl(extension: &str) -> Authority {
    let folder = Folder::new();
    let key = folder.write("ca.key.pem", pem::encode_private_key(&keys()[0].secret_pkcs8()).secret_text());
    let config = "[req]\ndistinguished_name=dn\n[dn]\n";
    let mut request = Tool::OpenSsl.command();
    request.args([
        "req",
        "-x509",
        "-days",
        "365",
        "-subj",
        "/CN=Authority",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
    ]);
    request.args(["-addext", extension, "-config"]).arg(folder.write("config", config)).arg("-key").arg(key);
    let certificate = pem::decode_certificates(output(&mut request).as_bytes()).unwrap();
    Authority::from_parts(copy(&keys()[0]), certificate).unwrap()
}

/// Limits that we write, at the root and at an intermediate: OpenSSL refuses what we find, and Java what we find for all.
pub(crate) fn apply_limits_as_we_find() {
    let dns = |domain: &str| NameSubtree::Dns(domain.to_owned());
    let network = |address: &str, prefix| NameSubtree::Ip { address: address.parse().unwrap(), prefix };
    let uri = |domain: &str| NameSubtree::Uri(domain.to_owned());
    let sets = [
        dns("example.com"),
        dns("node7.example.com"),
        dns("7.example.com"),
        dns("example.org"),
        network("10.0.0.0", 8),
        network("10.0.0.8", 29),
        network("10.0.0.11", 32),
        network("10.0.0.12", 30),
        network("0.0.0.0", 0),
        network("fd00::", 8),
        uri("example.org"),
        uri("example.com"),
    ];
    let (mut chains, mut expected) = (Vec::new(), Vec::new());
    let kinds: [fn(AuthorityParams, NameSubtree) -> AuthorityParams; 2] =
        [AuthorityParams::permit, AuthorityParams::exclude];
    for (set, limit) in sets.iter().flat_map(|set| kinds.map(|limit| (set, limit))) {
        for limited in 0..3 {
            let chain = chain_below(limited, |params| limit(params, set.clone()));
            let outside = findings(&chain).into_iter().find_map(|finding| match finding.kind() {
                FindingKind::OutsideNameConstraints { readers, .. } => Some(*readers),
                _ => None,
            });
            let refused_by_openssl = matches!(outside, Some(Readers::All | Readers::OpenSsl));
            assert_eq!(openssl_accepts(&chain, "sslserver"), !refused_by_openssl, "{set} {outside:?}");
            chains.push(chain);
            expected.push(!matches!(outside, Some(Readers::All | Readers::Java)));
        }
    }
    let questions = chains.iter().map(|chain| Question {
        peer: PeerRole::Server,
        engine: Engine::Jdk,
        protocol: Protocol::Tls13,
        time: now(),
        host: None,
        trusted: chain.last().map(AsRef::as_ref).into_iter().collect(),
        served: chain.iter().map(AsRef::as_ref).collect(),
        manager: TrustManager::Pkix,
    });
    let answers = java_judge::ask(Tool::Java, &questions.collect::<Vec<_>>());
    let judged: Vec<bool> = answers.iter().map(|answer| answer == "ok").collect();
    assert_eq!(judged, expected, "{answers:?}");
    println!("{} chains, {} refused by Java", judged.len(), judged.iter().filter(|trusted| !**trusted).count());
}

/// A chain whose root (0) or one of two intermediates (1, 2) is limited.
fn chain_below(limited: usize, limit: impl Fn(AuthorityParams) -> AuthorityParams) -> Vec<CertificateDer<'static>> {
    let validity = Validity::days(now(), 365).unwrap();
    let params = |place: usize, name: &str| {
        let params = AuthorityParams::new(name.parse().unwrap(), validity);
        if place == limited { limit(params) } else { params }
    };
    let root = params(0, "CN=Root").self_signed(copy(&keys()[0]), &mut rng(52)).unwrap();
    let middle = params(1, "CN=Middle").issued_by(&root, copy(&keys()[1]), &mut rng(53)).unwrap();
    let issuing = params(2, "CN=Issuing").issued_by(&middle, copy(&keys()[0]), &mut rng(53)).unwrap();
    let node = node().uri("spiffe://example.org/node7");
    issuing.chain_of(node.issued_by(&issuing, key().public_key(), &mut rng(54)).unwrap())
}

/// A start set back under an authority that was made in the same second: peers whose clock is an hour slow accept it only once
/// the authority is valid; all others accept it at once.
pub(crate) fn accept_a_start_that_is_set_back() {
    let validity = Validity::days(now(), 30).unwrap();
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), validity);
    let root = root.self_signed(copy(&keys()[0]), &mut rng(55)).unwrap();
    let node = node().validity(validity.with_clock_skew(3600).unwrap());
    let chain = root.chain_of(node.issued_by(&root, key().public_key(), &mut rng(56)).unwrap());
    assert!(openssl_accepts(&chain, "sslserver"));
    let folder = Folder::new();
    let file = folder.write("chain.pem", chain.iter().map(pem::encode_certificate).collect::<String>());
    let java = JavaProgram::compile("Chains", include_str!("Chains.java"));
    assert_eq!(output(java.command().arg(file)), "trusted\n");
}
