//! Findings and the expiry report.

use certgen::{
    AuthorityCertificate, CertificateInfo, ExpiryReport, ExtendedKeyUsage, FindingKind, KeyUsage, LintPolicy, Moment,
    NodeCertificate, SerialNumber, Severity, Thresholds, Trust, Validity, lint,
};

use crate::workshop::{copy, key, keys, rng};

const NOW: Moment = Moment::from_unix_seconds(1_800_000_000);

fn node(last: u8) -> NodeCertificate {
    NodeCertificate::for_ip([10, 0, 0, last].into()).valid_from(NOW)
}

fn info(node: &NodeCertificate) -> CertificateInfo {
    CertificateInfo::read(&node.self_signed(key(), &mut rng(70)).unwrap()).unwrap()
}

fn findings(node: &NodeCertificate) -> Vec<FindingKind> {
    lint(&[("node0", &info(node))], LintPolicy::default()).into_iter().map(|finding| finding.kind).collect()
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
    let policy = LintPolicy { min_rsa_bits: 3072, ..LintPolicy::default() };
    let found = lint(&[("node0", &info(&node(1)))], policy);
    assert_eq!(found[0].kind, FindingKind::ShortRsaKey { bits: 2048 });
}

#[test]
fn an_authority_is_no_node() {
    let root = AuthorityCertificate::new("CN=Root".parse().unwrap(), Validity::days(NOW, 100).unwrap());
    let root = root.self_signed(copy(&keys()[0]), &mut rng(71)).unwrap();
    let found: Vec<_> =
        lint(&[("root", root.info())], LintPolicy::default()).into_iter().map(|finding| finding.kind).collect();
    assert_eq!(found, [FindingKind::NoIpAddress, FindingKind::Authority, FindingKind::NoDigitalSignature]);
}

#[test]
fn what_a_fleet_shares_is_found() {
    let validity = Validity::days(NOW, 100).unwrap();
    let root = AuthorityCertificate::new("CN=Root".parse().unwrap(), validity);
    let root = root.self_signed(copy(&keys()[0]), &mut rng(72)).unwrap();
    let serial = SerialNumber::from_unsigned_bytes(&[7]).unwrap();
    let issued = |last, key: &certgen::RsaKeyPair| {
        let node = node(last).validity(validity).serial(serial.clone());
        CertificateInfo::read(&node.issued_by(&root, &key.public_key(), &mut rng(73)).unwrap()).unwrap()
    };
    let (first, second) = (issued(1, key()), issued(2, &keys()[1]));
    let found = lint(&[("node0", &first), ("node1", &second), ("again", &first)], LintPolicy::default());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].certificate, "node1");
    assert_eq!(found[0].kind, FindingKind::ReusedSerial { other: "node0".to_owned() });
    assert_eq!(found[0].severity, Severity::Critical);

    let same_key = lint(&[("node0", &info(&node(1))), ("node1", &info(&node(2)))], LintPolicy::default());
    assert_eq!(same_key.len(), 1, "{same_key:?}");
    assert_eq!(same_key[0].kind, FindingKind::ReusedKey { other: "node0".to_owned() });
}

fn report() -> ExpiryReport {
    let until = |days| info(&node(1).validity(Validity::days(NOW, days).unwrap()));
    let mut report = ExpiryReport::new(NOW.plus_seconds(100 * 86_400), Thresholds::default());
    report.add("fine", &until(1000), Trust::Authority);
    report.add("soon\u{1b}[2J", &until(110), Trust::Authority);
    report.add("gone", &until(50), Trust::Authority);
    report.add("old", &until(50), Trust::OwnAnchor);
    report
}

#[test]
fn the_most_urgent_stands_first() {
    let names: Vec<_> = report().rows().iter().map(|row| row.name().to_owned()).collect();
    assert_eq!(names, ["gone", "soon\u{1b}[2J", "old", "fine"]);
    assert_eq!(report().severity(), Severity::Critical);
}

#[test]
fn the_report_is_a_table() {
    let expected = "\
name           not after             days left  severity  meaning
gone           2027-03-06T08:00:00Z        -50  critical  expired on 2027-03-06T08:00:00Z, refused by every peer
soon\\u{1b}[2J  2027-05-05T08:00:00Z         10  critical  expires in 10 days, then its node is cut off
old            2027-03-06T08:00:00Z        -50  warning   expired on 2027-03-06T08:00:00Z, accepted nevertheless as its own trust anchor
fine           2029-10-11T08:00:00Z        900  fine      expires in 900 days, then its node is cut off
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
    assert_eq!(first["severity"], "critical");
    let finding =
        serde_json::to_value(lint(&[("node0", &info(&node(1).without_ip_san()))], LintPolicy::default())).unwrap();
    assert_eq!(finding[0]["code"], "no-ip-address");
}
