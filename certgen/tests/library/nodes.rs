//! Nodes' certificates.

use std::net::{IpAddr, Ipv6Addr};

use certgen::rustls_pki_types::CertificateDer;
use certgen::{
    CertificateInfo, CertificatePart, ErrorKind, ExtendedKeyUsage, KeyUsage, NodeParams, Position, SelfSigned,
    SubjectAltName, Time, Validity,
};
use proptest::prelude::*;

use crate::workshop::{key, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn signed(node: &NodeParams) -> CertificateInfo {
    CertificateInfo::read(&node.self_signed(key(), &mut rng(50)).unwrap()).unwrap()
}

#[test]
fn what_was_asked_for_is_what_is_read() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into())
        .dns_name("node0.example")
        .validity(Validity::new(NOW.plus_seconds(-300), NOW.plus_seconds(30 * 86_400)).unwrap())
        .key_usages([KeyUsage::KeyEncipherment, KeyUsage::DigitalSignature])
        .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]);
    let info = signed(&node);
    assert_eq!(info.subject().to_string(), "CN=10.0.0.11, OU=None, O=None, L=None, C=None");
    assert_eq!(info.validity().not_before(), NOW.plus_seconds(-300));
    assert_eq!(info.validity().not_after(), NOW.plus_seconds(30 * 86_400));
    let names = [SubjectAltName::IpAddress([10, 0, 0, 11].into()), SubjectAltName::DnsName("node0.example".to_owned())];
    assert_eq!(info.subject_alt_names(), names);
    assert_eq!(info.key_usages(), Some(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment][..]));
    assert_eq!(info.extended_key_usages(), Some(&[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth][..]));
    assert_eq!(info.self_signed(), SelfSigned::Yes);
    assert_eq!(info.subject_key_identifier(), Some(&key().public_key().key_identifier()[..]));
}

#[test]
fn serial_numbers_are_random_and_64_bits_long() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW);
    let serial = |seed| {
        let certificate = node.self_signed(key(), &mut rng(seed)).unwrap();
        CertificateInfo::read(&certificate).unwrap().serial().clone()
    };
    let serials: std::collections::HashSet<_> = (0..50).map(serial).collect();
    assert_eq!(serials.len(), 50);
    assert!(serials.iter().all(|serial| serial.to_string().len() <= 16));
    assert!(serials.iter().any(|serial| serial.to_string().len() == 16));
}

#[test]
fn a_certificate_without_dates_is_refused() {
    let error = NodeParams::for_ip([10, 0, 0, 11].into()).self_signed(key(), &mut rng(51)).unwrap_err();
    let subject = "CN=10.0.0.11, OU=None, O=None, L=None, C=None".to_owned();
    assert_eq!(error.kind(), &ErrorKind::NoValidity { subject });
}

#[test]
fn dates_beyond_the_year_9999_are_refused() {
    let start = Time::from_unix_seconds(253_402_300_000);
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(start);
    let error = node.self_signed(key(), &mut rng(52)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::DateOutOfRange { date: start.plus_seconds(3650 * 86_400) });
}

#[test]
fn a_name_that_is_no_host_name_is_refused() {
    for name in ["", "a b", "node_0.\u{e9}xample", "-", "a..b", "10.0.0.1"] {
        let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW).dns_name(name);
        let error = node.self_signed(key(), &mut rng(53)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InvalidDnsName { name: name.to_owned() }, "{name:?}");
    }
}

#[test]
fn a_usage_of_ones_own_is_kept_and_one_that_is_no_identifier_is_refused() {
    let other = |oid: &str| {
        NodeParams::for_ip([10, 0, 0, 11].into())
            .valid_from(NOW)
            .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::Other(oid.to_owned())])
    };
    let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::Other("1.3.6.1.4.1.99999.1".to_owned())];
    assert_eq!(signed(&other("1.3.6.1.4.1.99999.1")).extended_key_usages(), Some(&usages[..]));
    let error = other("serverAuth").self_signed(key(), &mut rng(58)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::InvalidUsage { oid: "serverAuth".to_owned() });
}

#[test]
fn bytes_after_the_certificate_are_refused() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW);
    let mut der = node.self_signed(key(), &mut rng(54)).unwrap().to_vec();
    let length = der.len();
    der.push(0);
    let error = CertificateInfo::read(&CertificateDer::from(der)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::MalformedCertificate { part: CertificatePart::Trailing });
    assert_eq!(error.position(), Some(Position::Byte(length)));
}

/// What cannot be read is named, and where it stands: the tag of the part is made one that no part has.
#[test]
fn a_part_that_cannot_be_read_is_named_with_its_place() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW);
    let serial = certgen::SerialNumber::from_unsigned_bytes(&[7]).unwrap();
    let der = node.serial(serial).self_signed(key(), &mut rng(57)).unwrap().to_vec();
    // Two headers of four bytes, the version in five, the serial number in three, the algorithm in fifteen.
    let (name, validity) = (31, 31 + 2 + usize::from(der[32]));
    let key = validity + 32 + (validity - name);
    for (place, part) in [
        // Without a version this would be the serial number.
        (8, CertificatePart::SerialNumber),
        (10, CertificatePart::Version),
        (13, CertificatePart::SerialNumber),
        (16, CertificatePart::SignatureAlgorithm),
        (name, CertificatePart::Name),
        (validity, CertificatePart::Validity),
        (validity + 32, CertificatePart::Name),
        (key, CertificatePart::PublicKey),
        (der.len() - 256 - 5 - 15, CertificatePart::SignatureAlgorithm),
        (der.len() - 256 - 5, CertificatePart::Signature),
    ] {
        let mut broken = der.clone();
        broken[place] = 0x1e;
        let error = CertificateInfo::read(&CertificateDer::from(broken)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::MalformedCertificate { part }, "byte {place}");
        let start = if place == 10 { 8 } else { place };
        assert_eq!(error.position(), Some(Position::Byte(start)), "{part:?}");
    }
}

#[test]
fn a_truncated_certificate_is_refused_at_every_length() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW);
    let der = node.self_signed(key(), &mut rng(55)).unwrap();
    for length in 0..der.len() {
        let error = CertificateInfo::read(&CertificateDer::from(&der[..length])).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::MalformedCertificate { .. }), "{length}: {error}");
    }
}

/// Same names are not enough: the signature decides.
#[test]
fn a_forged_signature_is_not_self_signed() {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).valid_from(NOW);
    let mut der = node.self_signed(key(), &mut rng(56)).unwrap().to_vec();
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(CertificateInfo::read(&CertificateDer::from(der)).unwrap().self_signed(), SelfSigned::No);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_address_is_in_name_and_alt_name(address in prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(|bytes| IpAddr::from(Ipv6Addr::from(bytes))),
    ]) {
        let info = signed(&NodeParams::for_ip(address).valid_from(NOW));
        prop_assert_eq!(info.ip_addresses().collect::<Vec<_>>(), vec![address]);
        let subject = info.subject().to_string();
        prop_assert_eq!(subject, format!("CN={address}, OU=None, O=None, L=None, C=None"));
    }

    #[test]
    fn any_dates_are_read_as_they_were_written(start in -62_135_596_800_i64..253_402_300_800, length in 0..=u32::MAX) {
        if let Ok(validity) = Validity::new(Time::from_unix_seconds(start), Time::from_unix_seconds(start + i64::from(length))) {
            prop_assert_eq!(signed(&NodeParams::for_ip([10, 0, 0, 1].into()).validity(validity)).validity(), validity);
        }
    }

    #[test]
    fn any_bytes_are_refused_with_a_place_in_them(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let length = bytes.len();
        let error = CertificateInfo::read(&CertificateDer::from(bytes)).unwrap_err();
        let malformed = matches!(error.kind(), ErrorKind::MalformedCertificate { .. });
        prop_assert!(malformed, "{}", error);
        if let Some(Position::Byte(at)) = error.position() {
            prop_assert!(at <= length, "{}", error);
        }
    }
}
