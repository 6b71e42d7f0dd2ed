//! Authorities: what they refuse.

use certgen::{
    Authority, AuthorityParams, BasicConstraints, CertificateInfo, ChainDefect, Error, ErrorKind, KeyUsage, NodeParams,
    Position, SerialPolicy, Time, Validity, verify_chain,
};

use crate::by_hand::signed_again;
use crate::workshop::{copy, key, keys, rng};

fn days(days: u32) -> Validity {
    Validity::days(Time::from_unix_seconds(1_800_000_000), days).unwrap()
}

fn root(name: &str) -> Authority {
    AuthorityParams::new(name.parse().unwrap(), days(1000)).self_signed(copy(&keys()[0]), &mut rng(20)).unwrap()
}

fn node() -> NodeParams {
    NodeParams::for_ip([10, 0, 0, 1].into()).validity(days(100))
}

#[track_caller]
fn broken(result: Result<impl std::fmt::Debug, Error>, defect: ChainDefect, place: usize) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BrokenChain { defect });
    assert_eq!(error.position(), Some(Position::Certificate(place)));
}

#[test]
fn a_certificate_that_outlives_its_authority_is_refused() {
    let issued = node().validity(days(1001)).issued_by(&root("CN=Root"), key().public_key(), &mut rng(21));
    broken(issued, ChainDefect::Dates, 0);
}

#[test]
fn a_node_with_the_name_of_the_authority_is_refused() {
    let root = root("CN=Root");
    let issued = node().subject("CN=Root".parse().unwrap()).issued_by(&root, key().public_key(), &mut rng(22));
    assert_eq!(issued.unwrap_err().kind(), &ErrorKind::SameSubject { subject: "CN=Root".to_owned() });
}

#[test]
fn a_successor_needs_a_name_of_its_own() {
    let first = root("CN=Root 1");
    let second = |name: &str| {
        let certificate = AuthorityParams::new(name.parse().unwrap(), days(2000));
        first.successor(&certificate, copy(&keys()[1]), &mut rng(23))
    };
    assert_eq!(second("CN=Root 1").unwrap_err().kind(), &ErrorKind::SameSubject { subject: "CN=Root 1".to_owned() });
    assert_eq!(second("CN=Root 2").unwrap().info().subject().to_string(), "CN=Root 2");
}

#[test]
fn a_successor_keeps_the_policy_for_serial_numbers() {
    let first = root("CN=Root 1").with_serial_policy(SerialPolicy::Random64);
    let certificate = AuthorityParams::new("CN=Root 2".parse().unwrap(), days(2000));
    let second = first.successor(&certificate, copy(&keys()[1]), &mut rng(23)).unwrap();
    let issued = node().issued_by(&second, key().public_key(), &mut rng(24)).unwrap();
    let digits = CertificateInfo::read(&issued).unwrap().serial().to_string();
    assert!(digits.len() <= 16, "{digits}");
}

#[test]
fn a_path_length_of_0_leaves_no_room_for_an_intermediate() {
    let below = |length| {
        let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000)).path_length(length);
        let root = root.self_signed(copy(&keys()[0]), &mut rng(24)).unwrap();
        let intermediate = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(900));
        intermediate.issued_by(&root, copy(&keys()[1]), &mut rng(25))
    };
    broken(below(0), ChainDefect::PathLength, 0);
    let intermediate = below(1).unwrap();
    let leaf = node().issued_by(&intermediate, key().public_key(), &mut rng(26)).unwrap();
    assert_eq!(intermediate.chain_of(leaf).len(), 3);
}

/// The authority whose key is elsewhere counts too.
/// RFC 5280, section 6.1.4 (l).
#[test]
fn a_self_issued_authority_does_not_count() {
    let authority = |key: usize| {
        let params = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000)).path_length(0);
        params.self_signed(copy(&keys()[key]), &mut rng(26)).unwrap()
    };
    let (old, new) = (authority(0), authority(1));
    let leaf = node().issued_by(&new, key().public_key(), &mut rng(27)).unwrap();
    let link = signed_again(new.certificate(), |_| {}, &keys()[0]);
    assert_eq!(verify_chain(&[leaf, link, old.certificate().clone()]), Ok(()));
}

#[test]
fn certify_refuses_an_intermediate_that_a_path_length_does_not_allow() {
    let named = |name: &str| AuthorityParams::new(name.parse().unwrap(), days(900));
    let root = |length| {
        let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000)).path_length(length);
        root.self_signed(copy(&keys()[0]), &mut rng(32)).unwrap()
    };
    let certify = |issuer: &Authority| named("CN=Last").certify(issuer, keys()[1].public_key(), &mut rng(33));
    broken(certify(&root(0)), ChainDefect::PathLength, 0);
    let issuing = |length| named("CN=Issuing").issued_by(&root(length), copy(&keys()[1]), &mut rng(34)).unwrap();
    // The limit of the root, two certificates above the new one.
    broken(certify(&issuing(1)), ChainDefect::PathLength, 1);
    let issuing = issuing(2);
    let last = certify(&issuing).unwrap();
    Authority::from_parts(copy(&keys()[1]), issuing.chain_of(last)).unwrap();
}

#[test]
fn a_node_is_no_authority() {
    let own = node().self_signed(key(), &mut rng(27)).unwrap();
    broken(Authority::from_parts(copy(key()), vec![own]), ChainDefect::NotAnAuthority, 0);
}

#[test]
fn an_authority_needs_its_own_key() {
    broken(Authority::from_parts(copy(key()), root("CN=Root").chain()), ChainDefect::OtherKey, 0);
    let error = Authority::from_parts(copy(key()), Vec::new()).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::EmptyChain);
}

#[test]
fn an_existing_authority_goes_on_issuing() {
    let made = root("CN=Root, DC=corp, DC=example");
    let read = Authority::from_parts(copy(&keys()[0]), made.chain()).unwrap();
    let leaf = node().issued_by(&read, key().public_key(), &mut rng(28)).unwrap();
    let about = CertificateInfo::read(&leaf).unwrap();
    assert_eq!(about.issuer(), made.info().subject());
    assert_eq!(about.authority_key_identifier(), made.info().subject_key_identifier());
    assert_eq!(about.basic_constraints(), None);
    assert_eq!(made.info().basic_constraints(), Some(BasicConstraints::Authority { path_length: None }));
    assert_eq!(made.info().key_usages(), Some(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign][..]));
}

#[test]
fn a_chain_in_the_wrong_order_or_of_another_authority_is_broken() {
    let (root, other) = (root("CN=Root"), root("CN=Other"));
    let leaf = node().issued_by(&root, key().public_key(), &mut rng(29)).unwrap();
    let [of_root, of_other] = [root.certificate().clone(), other.certificate().clone()];
    verify_chain(&[leaf.clone(), of_root.clone()]).unwrap();
    broken(verify_chain(&[of_root, leaf.clone()]), ChainDefect::OtherIssuer, 0);
    broken(verify_chain(&[leaf.clone(), of_other]), ChainDefect::OtherIssuer, 0);
    // The name of the root, another key.
    let impostor = AuthorityParams::new("CN=Root".parse().unwrap(), days(1000));
    let impostor = impostor.self_signed(copy(&keys()[1]), &mut rng(30)).unwrap();
    broken(verify_chain(&[leaf.clone(), impostor.certificate().clone()]), ChainDefect::OtherKeyIdentifier, 0);
}

#[test]
fn a_changed_byte_breaks_the_signature() {
    let root = root("CN=Root");
    let mut leaf = node().issued_by(&root, key().public_key(), &mut rng(31)).unwrap().to_vec();
    *leaf.last_mut().unwrap() ^= 1;
    broken(verify_chain(&[leaf.into(), root.certificate().clone()]), ChainDefect::Signature, 0);
}
