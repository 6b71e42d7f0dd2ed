//! Findings about authorities, chains and what readers other than Java refuse.

use certgen::rustls_pki_types::CertificateDer;
use certgen::{
    Authority, AuthorityParams, CertificateInfo, ErrorKind, FindingKind, KeyPair, LintPolicy, NameSubtree, NodeParams,
    Readers, SerialPolicy, Severity, Time, Validity, lint, lint_authority, lint_chain, pem,
};

use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);
const MINUTE: i64 = 60;

const ODD: [&str; 4] = [
    include_str!("../fixtures/reports/keystores-23-nc.pem"),
    include_str!("../fixtures/reports/keystores-23-critunk.pem"),
    include_str!("../fixtures/reports/keystores-23-eku-client.pem"),
    include_str!("../fixtures/reports/keystores-32-empty.pem"),
];

fn days(days: u32) -> Validity {
    Validity::days(NOW, days).unwrap()
}

fn params(name: &str) -> AuthorityParams {
    AuthorityParams::new(name.parse().unwrap(), days(1000))
}

fn node() -> NodeParams {
    NodeParams::for_ip([10, 0, 0, 11].into()).dns_name("node7.example.com").validity(days(100))
}

fn leaf(node: &NodeParams, issuer: &Authority) -> Vec<CertificateDer<'static>> {
    issuer.chain_of(node.issued_by(issuer, key().public_key(), &mut rng(81)).unwrap())
}

fn dns(domain: &str) -> NameSubtree {
    NameSubtree::Dns(domain.to_owned())
}

fn network(address: [u8; 4], prefix: u8) -> NameSubtree {
    NameSubtree::Ip { address: address.into(), prefix }
}

fn of_authority(pem: &str) -> Vec<String> {
    let [certificate] = pem::decode_certificates(pem.as_bytes()).unwrap().try_into().unwrap();
    let info = CertificateInfo::read(&certificate).unwrap();
    lint_authority("ca.pem", &info, LintPolicy::default()).iter().map(ToString::to_string).collect()
}

fn of_chain(chain: &[CertificateDer<'_>]) -> Vec<String> {
    lint_chain("node0", chain, LintPolicy::default()).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn authorities_that_openssl_refuses_have_findings() {
    let found = ODD.map(of_authority);
    assert_eq!(
        found,
        [
            vec![
                "warning: ca.pem: it limits the names of the certificates below it: OpenSSL always applies the limits, Java \
                 only if this certificate is not in the truststore (Java's SunX509 then refuses the chain if the \
                 extension is critical) (RFC 5280, section 4.2.1.10; X509_verify_cert of \
                 OpenSSL)"
            ],
            vec![
                "warning: ca.pem: its critical extension 1.2.3.4 is unknown to Java or to OpenSSL, which then \
                 refuses the certificate; Java ignores such an extension of a certificate in the truststore (RFC 5280, \
                 section 4.2; X509_verify_cert of OpenSSL)"
            ],
            vec![
                "warning: ca.pem: its extended key usages lack serverAuth, so clients with OpenSSL refuse what it \
                 issues (X509_check_purpose of OpenSSL)"
            ],
            vec![
                "error: ca.pem: its issuer has no name, so Java loads no store that holds the certificate (RFC 5280, \
                 section 4.1.2.4; sun.security.x509.X509CertInfo)"
            ],
        ]
    );
}

/// The authority of case 23 issues for a node outside of its limits: that is a finding, since Java does not look.
#[test]
fn a_name_outside_of_an_anchors_limits_is_a_warning() {
    let key_pem = include_str!("../fixtures/reports/keystores-23-key.pem");
    let signer = KeyPair::from_pkcs8(&pem::decode_private_key(key_pem.as_bytes()).unwrap().secret_pkcs8()).unwrap();
    let authority = Authority::from_parts(signer, pem::decode_certificates(ODD[0].as_bytes()).unwrap()).unwrap();
    let found = of_chain(&leaf(&node(), &authority));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[1],
        "warning: node0: it has a name that certificate 2 of the chain does not allow, so OpenSSL refuses it; Java does not \
         apply the limits of a certificate in the truststore (RFC 5280, section 4.2.1.10; X509_verify_cert of OpenSSL)"
    );
}

#[test]
fn a_name_outside_of_an_intermediates_limits_is_an_error() {
    let root = params("CN=Root").self_signed(copy(&keys()[0]), &mut rng(82)).unwrap();
    let issuing = |params: AuthorityParams| params.issued_by(&root, copy(&keys()[1]), &mut rng(83)).unwrap();
    let limited = params("CN=Issuing").permit(dns("example.com")).permit(network([10, 0, 0, 0], 8));
    let within = of_chain(&leaf(&node(), &issuing(limited.clone())));
    assert_eq!(within.len(), 1, "{within:?}");
    let outside = [
        issuing(limited.clone().exclude(dns("node7.example.com"))),
        issuing(limited.clone().exclude(network([10, 0, 0, 8], 30))),
        issuing(params("CN=Issuing").permit(network([192, 168, 0, 0], 16))),
    ];
    for issuer in outside {
        let found = lint_chain("node0", &leaf(&node(), &issuer), LintPolicy::default()).unwrap();
        let last = found.last().unwrap();
        assert_eq!(last.kind(), &FindingKind::OutsideNameConstraints { authority: 1, readers: Readers::All });
        assert_eq!((last.certificate(), last.severity()), ("node0", Severity::Error));
    }
}

#[test]
fn what_is_not_a_set_of_names_is_refused() {
    let error = params("CN=Root").permit(dns("*.example.com")).self_signed(copy(&keys()[0]), &mut rng(84)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::InvalidNameSubtree { subtree: "DNS:*.example.com".to_owned() });
}

#[test]
fn a_chain_of_ours_has_no_findings() {
    let root = params("CN=Root").self_signed(copy(&keys()[0]), &mut rng(85)).unwrap();
    let issuing = params("CN=Issuing").issued_by(&root, copy(&keys()[1]), &mut rng(86)).unwrap();
    assert_eq!(of_chain(&leaf(&node(), &issuing)), [""; 0]);
}

#[test]
fn a_date_beyond_the_authoritys_names_its_end() {
    let short = AuthorityParams::new("CN=Root".parse().unwrap(), days(50));
    let short = short.self_signed(copy(&keys()[0]), &mut rng(87)).unwrap();
    let long = params("CN=Root").self_signed(copy(&keys()[0]), &mut rng(88)).unwrap();
    let [leaf, _] = leaf(&node(), &long).try_into().unwrap();
    assert_eq!(
        of_chain(&[leaf, short.certificate().clone()]),
        [
            "warning: node0: it outlives certificate 2 of the chain, which ends at 2027-03-06T08:00:00Z (RFC 5280, section \
             6.1.3 (a))"
        ]
    );
}

/// What `openssl req -subj /` and cert-manager's authorities without a common name come to.
#[test]
fn a_certificate_that_java_cannot_read_is_an_error() {
    let empty = pem::decode_certificates(ODD[3].as_bytes()).unwrap();
    let found = of_chain(&empty);
    assert_eq!(
        found,
        ["error: node0: Java cannot read it, nor load a store that holds it: its issuer is empty \
          (sun.security.x509.X509CertImpl; RFC 5280, section 4.1)"]
    );
    let info = CertificateInfo::read(&empty[0]).unwrap();
    let found = lint(&[("node0", &info)], LintPolicy::default());
    assert_eq!((found[0].kind(), found[0].severity()), (&FindingKind::EmptyIssuer, Severity::Error));
}

#[test]
fn a_node_is_not_an_authority() {
    let own = node().self_signed(key(), &mut rng(89)).unwrap();
    let found = lint_authority("node0", &CertificateInfo::read(&own).unwrap(), LintPolicy::default());
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "error: node0: it may not issue certificates, so none below it is accepted (RFC 5280, sections 4.2.1.3 and 4.2.1.9)"
    );
}

/// The last byte of sha256WithRSAEncryption, changed to that of sha1WithRSAEncryption, both times.
#[test]
fn a_signature_that_can_be_forged_is_found() {
    let sha256 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
    let mut der = node().self_signed(key(), &mut rng(96)).unwrap().to_vec();
    for place in 0..der.len() - sha256.len() {
        if der[place..].starts_with(&sha256) {
            der[place + 8] = 5;
        }
    }
    let info = CertificateInfo::read(&der.into()).unwrap();
    assert_eq!(
        lint(&[("node0", &info)], LintPolicy::default())[0].to_string(),
        "warning: node0: it is signed with SHA1withRSA, which can be forged (RFC 9155; jdk.certpath.disabledAlgorithms)"
    );
}

/// Cassandra counts whole minutes.
#[test]
fn more_than_cassandras_limit_is_an_error() {
    let limit = 365 * 24 * 60;
    let policy = LintPolicy::default().with_max_validity_minutes(limit);
    let found = |seconds: i64| {
        let node = node().validity(Validity::new(NOW, NOW.plus_seconds(seconds)).unwrap());
        let info = CertificateInfo::read(&node.self_signed(key(), &mut rng(90)).unwrap()).unwrap();
        lint(&[("node0", &info)], policy)
    };
    let longest = i64::from(limit) * MINUTE;
    assert_eq!(found(longest + MINUTE - 1), []);
    let [over] = found(longest + MINUTE).try_into().unwrap();
    assert_eq!(over.severity(), Severity::Error);
    assert_eq!(
        over.to_string(),
        "error: node0: it is valid for 525601 minutes, and Cassandra refuses more than 525600, its \
         max_certificate_validity_period (CASSANDRA-18951, max_certificate_validity_period (trunk))"
    );
}

#[test]
fn serial_numbers_follow_the_authoritys_policy() {
    for (policy, bits) in [(SerialPolicy::Random64, 64), (SerialPolicy::Random128, 128), (SerialPolicy::Random159, 159)]
    {
        let root = params("CN=Root").self_signed(copy(&keys()[0]), &mut rng(91)).unwrap().with_serial_policy(policy);
        // Each length in bits.
        let drawn: Vec<usize> = (0..20)
            .map(|seed| {
                let leaf = node().issued_by(&root, key().public_key(), &mut rng(seed)).unwrap();
                let serial = CertificateInfo::read(&leaf).unwrap().serial().to_string();
                let first = serial.chars().next().and_then(|digit| digit.to_digit(16)).unwrap();
                4 * serial.len() - usize::try_from(first.leading_zeros()).unwrap() + 28
            })
            .collect();
        assert!(drawn.iter().all(|length| *length <= bits), "{drawn:?}");
        assert!(drawn.contains(&bits), "{drawn:?}");
    }
    let serial = certgen::SerialNumber::from_unsigned_bytes(&[7]).unwrap();
    let root = params("CN=Root").serial(serial.clone()).self_signed(copy(&keys()[0]), &mut rng(92)).unwrap();
    assert_eq!(root.info().serial(), &serial);
}

/// A leaf that begins before an authority made in the same minute.
#[test]
fn a_start_that_is_set_back_may_lie_before_the_authoritys() {
    let root = params("CN=Root").self_signed(copy(&keys()[0]), &mut rng(93)).unwrap();
    let back = |seconds| node().validity(days(100).with_clock_skew(seconds).unwrap());
    let issued = back(3600).issued_by(&root, key().public_key(), &mut rng(94)).unwrap();
    let start = CertificateInfo::read(&issued).unwrap().validity().not_before();
    assert_eq!(start, NOW.plus_seconds(-3600));
    let error = back(86_401).issued_by(&root, key().public_key(), &mut rng(95)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BrokenChain { defect: certgen::ChainDefect::Dates });
}

/// The allowance of a day for the start does not reach beyond the certificate's own end.
#[test]
fn a_certificate_for_less_than_a_day_fits_into_the_last_hours_of_its_authority() {
    let last_hours = Validity::new(NOW.plus_seconds(-1000), NOW.plus_seconds(3 * 3600)).unwrap();
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), last_hours);
    let root = root.self_signed(copy(&keys()[0]), &mut rng(96)).unwrap();
    let issued = |start, end| {
        let validity = Validity::new(NOW.plus_seconds(start), NOW.plus_seconds(end)).unwrap();
        node().validity(validity).issued_by(&root, key().public_key(), &mut rng(97)).map(|_| ())
    };
    let dates = ErrorKind::BrokenChain { defect: certgen::ChainDefect::Dates };
    issued(0, 3600).unwrap();
    issued(0, 3 * 3600).unwrap();
    issued(-3600, 0).unwrap();
    assert_eq!(issued(0, 3 * 3600 + 1).unwrap_err().kind(), &dates, "it outlives its authority");
    assert_eq!(issued(-3600, -1001).unwrap_err().kind(), &dates, "it ends before its authority begins");
}
