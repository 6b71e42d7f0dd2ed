//! Findings and the expiry report.

use certgen::{
    AuthorityParams, CertificateInfo, ExpiryReport, ExtendedKeyUsage, Finding, FindingKind, KeyUsage, LintPolicy,
    NodeParams, SerialNumber, Severity, Thresholds, Time, TrustModel, Validity, lint,
};

use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn node(last: u8) -> NodeParams {
    NodeParams::for_ip([10, 0, 0, last].into()).valid_from(NOW)
}

fn info(node: &NodeParams) -> CertificateInfo {
    CertificateInfo::read(&node.self_signed(key(), &mut rng(70)).unwrap()).unwrap()
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind().clone()).collect()
}

fn findings(node: &NodeParams) -> Vec<FindingKind> {
    kinds(&lint(&[("node0", &info(node))], LintPolicy::default()))
}

#[test]
fn a_node_certificate_has_no_findings() {
    assert_eq!(findings(&node(1)), []);
    let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
    assert_eq!(findings(&node(1).key_usages([KeyUsage::DigitalSignature]).extended_key_usages(usages)), []);
}

#[test]
fn each_fault_has_its_finding() {
    assert_eq!(findings(&node(1).without_ip_san()), [FindingKind::NoIpAddress]);
    let other_name = node(1).subject("CN=node7".parse().unwrap());
    let common_name = "node7".to_owned();
    assert_eq!(findings(&other_name), [FindingKind::CommonNameNotAmongAltNames { common_name }]);
    let server_only = node(1).extended_key_usages([ExtendedKeyUsage::ServerAuth]);
    assert_eq!(findings(&server_only), [FindingKind::NoClientAuth]);
    let client_only = node(1).extended_key_usages([ExtendedKeyUsage::ClientAuth]);
    assert_eq!(findings(&client_only), [FindingKind::NoServerAuth]);
    assert_eq!(findings(&node(1).extended_key_usages([ExtendedKeyUsage::Any])), []);
    assert_eq!(findings(&node(1).key_usages([KeyUsage::KeyEncipherment])), [FindingKind::NoDigitalSignature]);
    let long = Validity::new(NOW, NOW.plus_seconds(3650 * 86_400 + 1)).unwrap();
    assert_eq!(findings(&node(1).validity(long)), [FindingKind::LongValidity { days: 3651, limit: 3650 }]);
}

#[test]
fn a_short_key_is_found() {
    let policy = LintPolicy::default().with_min_rsa_bits(3072);
    let found = lint(&[("node0", &info(&node(1)))], policy);
    assert_eq!(found[0].kind(), &FindingKind::ShortRsaKey { bits: 2048 });
}

#[test]
fn an_authority_is_not_a_node() {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), Validity::days(NOW, 100).unwrap());
    let root = root.self_signed(copy(&keys()[0]), &mut rng(71)).unwrap();
    let found = lint(&[("root", root.info())], LintPolicy::default());
    assert_eq!(kinds(&found), [FindingKind::NoIpAddress, FindingKind::Authority, FindingKind::NoDigitalSignature]);
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
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].certificate(), "node1");
    assert_eq!(found[0].kind(), &FindingKind::ReusedSerial { other: "node0".to_owned() });
    assert_eq!(found[0].severity(), Severity::Error);

    let same_key = lint(&[("node0", &info(&node(1))), ("node1", &info(&node(2)))], LintPolicy::default());
    assert_eq!(same_key.len(), 1, "{same_key:?}");
    assert_eq!(same_key[0].kind(), &FindingKind::ReusedKey { other: "node0".to_owned() });
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
old            2027-03-06T08:00:00Z        -50  warning   expired on 2027-03-06T08:00:00Z; peers still accept it, because they trust it itself
later          2029-10-11T08:00:00Z        900  -         expires in 900 days, then every peer refuses it
";
    assert_eq!(report().to_string(), expected);
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
