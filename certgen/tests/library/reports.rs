//! Findings and the expiry report.

use certgen::rustls_pki_types::CertificateDer;
use certgen::{
    AuthorityParams, CertificateInfo, ExpiryReport, ExtendedKeyUsage, Finding, KeyUsage, LintPolicy, NodeParams,
    SerialNumber, Severity, Thresholds, Time, TrustModel, Validity, lint,
};

use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn node(last: u8) -> NodeParams {
    NodeParams::for_ip([10, 0, 0, last].into()).valid_from(NOW)
}

fn info(node: &NodeParams) -> CertificateInfo {
    CertificateInfo::read(&node.self_signed(key(), &mut rng(70)).unwrap()).unwrap()
}

fn texts(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

fn findings(node: &NodeParams) -> Vec<String> {
    texts(&lint(&[("node0", &info(node))], LintPolicy::default()))
}

#[test]
fn a_node_certificate_has_no_findings() {
    assert_eq!(findings(&node(1)), [""; 0]);
    let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    assert_eq!(findings(&node(1).key_usages([KeyUsage::DigitalSignature]).extended_key_usages(usages)), [""; 0]);
    assert_eq!(findings(&node(1).extended_key_usages([ExtendedKeyUsage::Any])), [""; 0]);
}

#[test]
fn each_fault_has_its_finding() {
    let long = Validity::new(NOW, NOW.plus_seconds(3650 * 86_400 + 1)).unwrap();
    for (node, text) in [
        (
            node(1).without_ip_san(),
            "warning: node0: it has no IP address among its names, so endpoint verification by address fails (RFC 2818, \
             section 3.1; sun.security.util.HostnameChecker)",
        ),
        (
            node(1).subject("CN=node7".parse().unwrap()),
            "warning: node0: its common name \"node7\" is not among its alternative names (RFC 9525, section 2)",
        ),
        (
            node(1).extended_key_usages([ExtendedKeyUsage::ServerAuth]),
            "error: node0: it is not for clients, so peers refuse the node's own connections; public authorities issue no \
             certificates for clients, but a private authority can (RFC 5280, section 4.2.1.12; \
             sun.security.validator.EndEntityChecker)",
        ),
        (
            node(1).extended_key_usages([ExtendedKeyUsage::ClientAuth]),
            "error: node0: it is not for servers, so peers do not connect to the node (RFC 5280, section 4.2.1.12; \
             sun.security.validator.EndEntityChecker)",
        ),
        (
            node(1).key_usages([KeyUsage::KeyEncipherment]),
            "warning: node0: its key may not sign, so TLS 1.3 handshakes fail (RFC 8446, section 4.4.2.2)",
        ),
        (node(1).validity(long), "warning: node0: it is valid for 3651 days, more than 3650 (the caller's policy)"),
    ] {
        assert_eq!(findings(&node), [text]);
    }
}

#[test]
fn a_short_key_is_found() {
    let policy = LintPolicy::default().with_min_rsa_bits(3072);
    assert_eq!(
        texts(&lint(&[("node0", &info(&node(1)))], policy)),
        ["warning: node0: its RSA key has only 2048 bits (NIST SP 800-131A Rev. 2, section 3; \
          jdk.certpath.disabledAlgorithms (below 1024))"]
    );
}

#[test]
fn an_authority_is_not_a_node() {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), Validity::days(NOW, 100).unwrap());
    let root = root.self_signed(copy(&keys()[0]), &mut rng(71)).unwrap();
    assert_eq!(
        texts(&lint(&[("root", root.info())], LintPolicy::default())),
        [
            "warning: root: it has no IP address among its names, so endpoint verification by address fails (RFC 2818, \
             section 3.1; sun.security.util.HostnameChecker)",
            "warning: root: it may issue certificates, which a node's certificate must not (RFC 5280, sections 4.2.1.3 and 4.2.1.9)",
            "warning: root: its key may not sign, so TLS 1.3 handshakes fail (RFC 8446, section 4.4.2.2)",
        ]
    );
}

#[test]
fn what_a_fleet_shares_is_found() {
    let validity = Validity::days(NOW, 100).unwrap();
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), validity);
    let root = root.self_signed(copy(&keys()[0]), &mut rng(72)).unwrap();
    let serial = SerialNumber::from_unsigned_bytes(&[7]).unwrap();
    let issued = |last, key: &certgen::KeyPair| {
        let node = node(last).validity(validity).serial(serial.clone());
        CertificateInfo::read(&node.issued_by(&root, key.public_key(), &mut rng(73)).unwrap()).unwrap()
    };
    let (first, second) = (issued(1, key()), issued(2, &keys()[1]));
    let found = lint(&[("node0", &first), ("node1", &second), ("again", &first)], LintPolicy::default());
    assert_eq!(
        texts(&found),
        ["error: node1: its issuer gave the same serial number to node0 (RFC 5280, section 4.1.2.2)"]
    );
    let same_key = lint(&[("node0", &info(&node(1))), ("node1", &info(&node(2)))], LintPolicy::default());
    assert_eq!(
        texts(&same_key),
        ["warning: node1: it has the same key as node0 (with the shared key, each node can authenticate as the other)"]
    );
}

fn report() -> ExpiryReport {
    let until = |days| info(&node(1).validity(Validity::days(NOW, days).unwrap()));
    let mut report = ExpiryReport::new(NOW.plus_seconds(100 * 86_400), Thresholds::default());
    report.add("later", &until(1000), TrustModel::Authority);
    report.add("soon\u{1b}[2J", &until(110), TrustModel::Authority);
    report.add("gone", &until(50), TrustModel::Authority);
    report.add("old", &until(50), TrustModel::Pinned);
    report
}

#[test]
fn the_most_urgent_comes_first() {
    let names: Vec<_> = report().rows().iter().map(|row| row.name().to_owned()).collect();
    assert_eq!(names, ["gone", "soon\u{1b}[2J", "old", "later"]);
    assert_eq!(report().severity(), Some(Severity::Error));
}

#[test]
fn the_report_is_a_table() {
    let expected = "\
name           not after             days left  severity  meaning
gone           2027-03-06T08:00:00Z        -50  error     expired on 2027-03-06T08:00:00Z, refused by every peer
soon\\u{1b}[2J  2027-05-05T08:00:00Z         10  error     expires in 10 days, then every peer refuses it
old            2027-03-06T08:00:00Z        -50  warning   expired on 2027-03-06T08:00:00Z; peers still accept it, because they trust it directly
later          2029-10-11T08:00:00Z        900  -         expires in 900 days, then every peer refuses it
";
    assert_eq!(report().to_string(), expected);
}

/// A root with the same name and another key did not issue it.
#[test]
fn an_end_is_closed_by_the_issuer_wherever_it_stands() {
    let validity = Validity::days(NOW, 100).unwrap();
    let root = |key: usize| {
        let params = AuthorityParams::new("CN=Root".parse().unwrap(), validity);
        params.self_signed(copy(&keys()[key]), &mut rng(74)).unwrap()
    };
    let (issuer, other) = (root(0), root(1));
    let leaf = node(1).validity(validity).issued_by(&issuer, key().public_key(), &mut rng(75)).unwrap();
    let new = || ExpiryReport::new(NOW, Thresholds::default());
    let mut report = new();
    report.add_chain("node0", std::slice::from_ref(&leaf)).unwrap();
    report.add("other", other.info(), TrustModel::Authority);
    assert_eq!(report.open_ends().iter().map(certgen::OpenEnd::name).collect::<Vec<_>>(), ["node0"]);
    report.add("root", issuer.info(), TrustModel::Authority);
    assert_eq!(report.open_ends(), []);
    let mut report = new();
    report.add("root", issuer.info(), TrustModel::Authority);
    report.add_chain("node0", &[leaf]).unwrap();
    assert_eq!(report.open_ends(), []);
}

/// A chain may end below its root. It is no open end if the root, or a trusted issuer, is in the report, before or after it.
#[test]
fn an_end_is_open_until_what_issued_it_is_a_root_or_pinned() {
    let mut rng = rng(31);
    let valid = Validity::days(NOW, 1000).unwrap();
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), valid).path_length(1);
    let root = root.self_signed(copy(&keys()[0]), &mut rng).unwrap();
    let issuing = AuthorityParams::new("CN=Issuing".parse().unwrap(), valid);
    let issuing = issuing.issued_by(&root, copy(&keys()[1]), &mut rng).unwrap();
    let leaf = node(3).validity(valid).issued_by(&issuing, key().public_key(), &mut rng).unwrap();
    let chain = [leaf.clone(), issuing.certificate().clone()];
    let [root, issuing] = [&root, &issuing].map(|authority| CertificateInfo::read(authority.certificate()).unwrap());
    let ends = |report: &ExpiryReport| -> Vec<String> {
        report.open_ends().iter().map(|end| end.issuer().to_owned()).collect()
    };

    let mut report = ExpiryReport::new(NOW, Thresholds::default());
    report.add_chain("node0", &chain).unwrap();
    report.add_chain("node1", &chain).unwrap();
    report.add_chain("node2", &chain[..1]).unwrap();
    assert_eq!(ends(&report), ["CN=Root", "CN=Root", "CN=Issuing"]);
    let said = report.to_string();
    assert!(said.contains("\nnode0 and 1 more: the certificate of CN=Root, which issued"), "{said}");
    report.add("company.pem", &root, TrustModel::of(&root));
    report.add("company.pem", &issuing, TrustModel::of(&issuing));
    // A chain needs its intermediates, although their dates are known from elsewhere.
    assert_eq!(ends(&report), ["CN=Issuing"]);
    report.add("truststore, issuing", &issuing, TrustModel::Pinned);
    report.add_chain("node3", &chain[..1]).unwrap();
    assert_eq!(ends(&report), [""; 0]);
}

#[test]
fn an_issuer_that_cannot_be_read_is_an_error_in_each_chain() {
    let leaf = node(1).self_signed(key(), &mut rng(70)).unwrap();
    let chain = [leaf.clone(), CertificateDer::from(vec![0x30, 0]), leaf];
    let mut report = ExpiryReport::new(NOW, Thresholds::default());
    for name in ["node0", "node1"] {
        report.add_chain(name, &chain).unwrap_err();
    }
}

#[cfg(feature = "serde")]
#[test]
fn the_report_is_data() {
    let report: serde_json::Value = serde_json::to_value(report()).unwrap();
    let first = &report["rows"][0];
    assert_eq!(report["now"], "2027-04-25T08:00:00Z");
    assert_eq!(first["name"], "gone");
    assert_eq!(first["not_after"], "2027-03-06T08:00:00Z");
    assert_eq!(first["days_left"], -50);
    assert_eq!(first["consequence"], "outage");
    assert_eq!(first["severity"], "error");
    let finding =
        serde_json::to_value(lint(&[("node0", &info(&node(1).without_ip_san()))], LintPolicy::default())).unwrap();
    assert_eq!(finding[0]["code"], "no-ip-address");
}
