//! Requests: made, read, refused, answered.

use certgen::rustls_pki_types::CertificateSigningRequestDer;
use certgen::{
    Authority, AuthorityParams, CertificateInfo, CertificatePart, CertificateRequest, ChainDefect, Error, ErrorKind,
    ExtendedKeyUsage, Honored, KeyKind, KeyPair, KeyUsage, NodeParams, Position, ReplyFinding, SigningAlgorithm,
    SubjectAltName, Time, Validity, pem,
};

use crate::by_hand::{self, EXTENSIONS, attribute, extension, key_usage, list, oid, server_auth, signed, tlv};
use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn days(days: u32) -> Validity {
    Validity::days(NOW, days).unwrap()
}

fn node() -> NodeParams {
    NodeParams::for_ip([10, 0, 0, 11].into())
}

fn authority() -> Authority {
    AuthorityParams::new("CN=Root".parse().unwrap(), days(1000)).self_signed(copy(&keys()[0]), &mut rng(80)).unwrap()
}

fn all() -> Honored {
    "all".parse().unwrap()
}

fn read(der: &[u8]) -> Result<CertificateRequest, Error> {
    CertificateRequest::read(&CertificateSigningRequestDer::from(der))
}

/// FALSE spelled out; a password for the authority and a host's name; a list without attributes.
#[test]
fn unusual_attributes_are_taken() {
    let spelled_out =
        [attribute(EXTENSIONS, &list(&[extension("2.5.29.37", Some(0), &tlv(0x30, &oid("1.3.6.1.5.5.7.3.1")))]))];
    let password = [
        attribute("1.2.840.113549.1.9.7", &tlv(0x13, b"secret")),
        attribute("1.2.840.113549.1.9.2", &tlv(0x16, b"host")),
    ];
    for (attributes, extensions) in [(&spelled_out[..], 1), (&password, 0), (&[], 0)] {
        let request = read(&signed(attributes)).unwrap();
        request.verify().unwrap();
        assert_eq!(request.extensions().count(), extensions);
        NodeParams::for_request(&request, &all()).unwrap();
    }
}

/// Some programs leave the attributes out although the standard wants an empty list of them.
#[test]
fn a_request_without_a_list_of_attributes_is_taken() {
    read(&by_hand::request(&[0x30, 0], &[], SigningAlgorithm::Sha256WithRsa)).unwrap().verify().unwrap();
}

#[track_caller]
fn malformed(der: &[u8], part: CertificatePart) -> usize {
    let error = read(der).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::MalformedRequest { part }, "{error}");
    let Some(Position::Byte(offset)) = error.position() else { panic!("{error}") };
    offset
}

#[test]
fn what_is_no_request_is_refused_with_part_and_place() {
    let twice = attribute(EXTENSIONS, &list(&[server_auth()]));
    malformed(&signed(&[twice.clone(), twice]), CertificatePart::Attributes);
    let two_values = [list(&[server_auth()]), list(&[key_usage()])].concat();
    malformed(&signed(&[attribute(EXTENSIONS, &two_values)]), CertificatePart::Attributes);
    malformed(&signed(&[attribute(EXTENSIONS, &[5, 0])]), CertificatePart::Attributes);
    malformed(&signed(&[vec![5, 0]]), CertificatePart::Attributes);
    let same = attribute(EXTENSIONS, &list(&[server_auth(), server_auth()]));
    malformed(&signed(&[same]), CertificatePart::Extensions);
    malformed(&signed(&[attribute(EXTENSIONS, &list(&[vec![5, 0]]))]), CertificatePart::Extensions);
    let good = signed(&[]);
    assert_eq!(malformed(&[&good[..], b"\n"].concat(), CertificatePart::Trailing), good.len());
    malformed(&by_hand::request(&[5, 0], &[], SigningAlgorithm::Sha256WithRsa), CertificatePart::Name);
    assert_eq!(malformed(b"", CertificatePart::Structure), 0);
    let mut version = good.clone();
    let place = version.windows(3).position(|bytes| bytes == [2, 1, 0]).unwrap();
    version[place + 2] = 1;
    assert_eq!(malformed(&version, CertificatePart::Version), place);
    for length in 0..good.len() {
        malformed(&good[..length], CertificatePart::Structure);
    }
}

/// Whichever byte is changed: refused, or read and not verified. The one exception says nothing and is not signed: the tag of
/// the empty parameters of the signature's algorithm.
#[test]
fn a_changed_byte_is_never_signed() {
    let names = extension("2.5.29.17", None, &tlv(0x30, &tlv(0x82, b"web.corp.example")));
    let good = signed(&[attribute(EXTENSIONS, &list(&[names, key_usage()]))]);
    let parameters = good.len() - (1 + 3 + 1 + 256) - 2;
    assert_eq!(good[parameters..parameters + 2], [5, 0]);
    let (mut read_changed, mut verified) = (0, Vec::new());
    for place in 0..good.len() {
        let mut changed = good.clone();
        changed[place] ^= 0x55;
        if let Ok(request) = read(&changed) {
            read_changed += 1;
            verified.extend(request.verify().is_ok().then_some(place));
        }
    }
    assert_eq!(verified, [parameters]);
    assert!(read_changed > good.len() / 2, "{read_changed} of {}", good.len());
}

#[test]
fn a_request_that_was_not_signed_with_its_key_is_refused() {
    let error =
        read(&by_hand::request(&[0x30, 0], &[], SigningAlgorithm::Sha384WithRsa)).unwrap().verify().unwrap_err();
    assert_eq!(error.to_string(), "the certificate request of \"\" was not signed with its own private key");
}

/// Files that OpenSSL made with short keys and old digests: `tests/fixtures/make.sh`.
#[test]
fn a_weak_request_is_refused_by_name() {
    let verify = |text: &[u8]| pem::decode_request(text).unwrap().verify().unwrap_err().to_string();
    assert_eq!(
        verify(include_bytes!("../fixtures/request-rsa1024.pem")),
        "the certificate request is for an RSA key of 1024 bits, fewer than 2048"
    );
    assert_eq!(
        verify(include_bytes!("../fixtures/request-sha1.pem")),
        "the certificate request is signed with SHA1withRSA, which can be forged"
    );
    assert_eq!(
        verify(include_bytes!("../fixtures/request-secp256k1.pem")),
        "the certificate request is signed with SHA256withECDSA by a key that is EC on secp256k1, which cannot be checked"
    );
}

#[test]
fn the_rights_of_an_authority_are_not_taken_over() {
    let asks = |extension: &[u8]| read(&signed(&[attribute(EXTENSIONS, &list(&[extension.to_vec()]))])).unwrap();
    let constraints = extension("2.5.29.19", Some(0xff), &[0x30, 3, 1, 1, 0xff]);
    let usage = extension("2.5.29.15", Some(0xff), &[3, 2, 2, 4]);
    let unreadable = extension("2.5.29.19", Some(0xff), &[4, 0]);
    for extension in [constraints, usage, unreadable] {
        let request = asks(&extension);
        let error = NodeParams::for_request(&request, &all()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::AsksForAuthority { subject: request.subject().to_string() });
        NodeParams::for_request(&request, &"all,-bc,-ku".parse().unwrap()).unwrap();
        NodeParams::for_request(&request, &Honored::default()).unwrap();
    }
    let end_entity = asks(&extension("2.5.29.19", None, &[0x30, 0]));
    NodeParams::for_request(&end_entity, &all()).unwrap();
}

/// keytool's list: what is taken over, what is left out, what becomes critical.
#[test]
fn a_policy_says_what_is_taken_over() {
    let asked = node().key_usages([KeyUsage::DigitalSignature]).extended_key_usages([ExtendedKeyUsage::ServerAuth]);
    let request = asked.request(key(), &mut rng(83)).unwrap();
    let authority = authority();
    let given = |policy: &str| {
        let params = NodeParams::for_request(&request, &policy.parse().unwrap()).unwrap().validity(days(10));
        let leaf = params.issued_by(&authority, request.public_key(), &mut rng(84)).unwrap();
        let about = CertificateInfo::read(&leaf).unwrap();
        (about.subject_alt_names().len(), about.key_usages().is_some(), about.extended_key_usages().is_some())
    };
    assert_eq!(given("all"), (1, true, true));
    assert_eq!(given("ALL, -KU"), (1, false, true));
    assert_eq!(given("san"), (1, false, false));
    assert_eq!(given("2.5.29.17,ExtendedKeyUsage"), (1, false, true));
    assert_eq!(given("all,-san,san:critical,-eku"), (1, true, false));
    assert_eq!(given("ian"), (0, false, false));
    for policy in ["", "none", "san:maybe", "-", "all,,san"] {
        let error = policy.parse::<Honored>().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidHonored { .. }), "{policy}");
    }
    let error = "names".parse::<Honored>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"names\" is not an extension that can be honored: give a name such as `san`, or an object identifier"
    );
}

/// What the authority states itself goes before what is asked for.
#[test]
fn the_authority_overrides_the_request() {
    let request = node().dns_name("asked.example").request(key(), &mut rng(85)).unwrap();
    let params = NodeParams::for_request(&request, &all()).unwrap().validity(days(10)).dns_name("given.example");
    let authority = authority();
    let leaf = params.issued_by(&authority, request.public_key(), &mut rng(86)).unwrap();
    let about = CertificateInfo::read(&leaf).unwrap();
    assert_eq!(about.subject_alt_names(), [SubjectAltName::DnsName("given.example".to_owned())]);
    let findings = request.check_reply(&authority.chain_of(leaf)).unwrap();
    let name = |name: &str| ReplyFinding::NoAltName { name: name.to_owned() };
    assert_eq!(findings, [name("10.0.0.11"), name("\"asked.example\"")]);
}

#[test]
fn an_answer_that_gives_less_says_what_is_missing() {
    let asked = node()
        .key_usages([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment])
        .extended_key_usages([ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]);
    let request = asked.request(key(), &mut rng(87)).unwrap();
    let authority = authority();
    let given = NodeParams::for_subject("CN=other".parse().unwrap())
        .key_usages([KeyUsage::DigitalSignature])
        .extended_key_usages([ExtendedKeyUsage::ServerAuth])
        .validity(days(10));
    let leaf = given.issued_by(&authority, request.public_key(), &mut rng(88)).unwrap();
    let findings = request.check_reply(&authority.chain_of(leaf)).unwrap();
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "its subject is \"CN=other\", but \"CN=10.0.0.11, OU=None, O=None, L=None, C=None\" was asked for",
            "the alternative name 10.0.0.11 was asked for and is missing",
            "the key usage KeyEncipherment was asked for and is missing",
            "the extended key usage ClientAuth was asked for and is missing",
        ]
    );
}

#[test]
fn an_answer_for_another_key_or_with_a_broken_chain_is_refused() {
    let request = node().request(key(), &mut rng(89)).unwrap();
    let authority = authority();
    let leaf = node().validity(days(10)).issued_by(&authority, keys()[1].public_key(), &mut rng(90)).unwrap();
    let error = request.check_reply(&authority.chain_of(leaf)).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BrokenChain { defect: ChainDefect::OtherKey });
    let leaf = node().validity(days(10)).issued_by(&authority, key().public_key(), &mut rng(91)).unwrap();
    let stranger = node().validity(days(10)).self_signed(&keys()[1], &mut rng(92)).unwrap();
    let error = request.check_reply(&[leaf, stranger]).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::BrokenChain { defect: ChainDefect::OtherIssuer });
    assert_eq!(request.check_reply(&[]).unwrap_err().kind(), &ErrorKind::EmptyChain);
}

#[test]
fn an_unreadable_usage_counts_as_missing() {
    let authority = authority();
    let request = read(&signed(&[attribute(EXTENSIONS, &list(&[key_usage()]))])).unwrap();
    let params = NodeParams::for_request(&request, &all()).unwrap().validity(days(10)).dns_name("node0");
    let leaf = params.issued_by(&authority, key().public_key(), &mut rng(94)).unwrap();
    let usages = request.key_usages().unwrap().len();
    // An INTEGER in place of the BIT STRING.
    let unreadable = |info: &mut Vec<u8>| {
        let start = info.windows(5).position(|bytes| bytes == b"\x06\x03\x55\x1d\x0f").unwrap();
        let value = start + info[start..].windows(2).position(|bytes| bytes == b"\x03\x02").unwrap();
        info[value] = 2;
    };
    let leaf = by_hand::signed_again(&leaf, unreadable, &keys()[0]);
    assert_eq!(CertificateInfo::read(&leaf).unwrap().key_usages(), None);
    let findings = request.check_reply(&authority.chain_of(leaf)).unwrap();
    let missing = findings.iter().filter(|finding| matches!(finding, ReplyFinding::NoKeyUsage { .. }));
    assert_eq!((missing.count(), usages), (4, 4));
}

#[test]
fn a_request_is_one_block_of_pem() {
    let request = node().request(key(), &mut rng(93)).unwrap();
    let text = pem::encode_request(&request);
    assert!(text.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    assert_eq!(pem::decode_request(text.as_bytes()).unwrap().as_der(), request.as_der());
    let of_keytool = text.replace("CERTIFICATE", "NEW CERTIFICATE");
    assert_eq!(pem::decode_request(of_keytool.as_bytes()).unwrap().as_der(), request.as_der());
    let error = pem::decode_request((text.clone() + &text).as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("the PEM text cannot be read: there is a second certificate request"));
    let error = pem::decode_request(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").unwrap_err();
    assert_eq!(error.to_string(), "the PEM text holds no CERTIFICATE REQUEST, but CERTIFICATE");
}

/// An intermediate whose key is held elsewhere.
#[test]
fn an_authority_is_certified_for_its_public_key() {
    let root = authority();
    let params = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(500)).path_length(0);
    let certificate = params.certify(&root, keys()[1].public_key(), &mut rng(94)).unwrap();
    let intermediate = Authority::from_parts(copy(&keys()[1]), root.chain_of(certificate)).unwrap();
    let leaf = node().validity(days(10)).issued_by(&intermediate, key().public_key(), &mut rng(95)).unwrap();
    assert_eq!(intermediate.chain_of(leaf).len(), 3);
}

/// A request can be made with a key that was just generated.
#[test]
fn a_drawn_key_asks_for_itself() {
    let key = KeyPair::generate(KeyKind::Rsa2048, &mut rng(96)).unwrap();
    let request = node().request(&key, &mut rng(97)).unwrap();
    request.verify().unwrap();
    assert_eq!(request.public_key(), key.public_key());
    assert_eq!(request.signature_algorithm().to_string(), "SHA256withRSA");
    assert_eq!(request.basic_constraints(), None);
    assert_eq!(request.unreadable_extensions(), [""; 0]);
}

/// Requests of Go's crypto/x509, which cert-manager and step use: `tests/fixtures/requests.go`.
#[cfg(feature = "ec")]
#[test]
fn requests_of_go_are_taken() {
    let text = include_str!("../fixtures/go-requests.pem");
    let authority = authority();
    let mut taken = 0;
    for block in text.split_inclusive("-----END CERTIFICATE REQUEST-----\n") {
        let request = pem::decode_request(block.as_bytes()).unwrap();
        assert_eq!(pem::encode_request(&request), block);
        let params = NodeParams::for_request(&request, &all()).unwrap().validity(days(100));
        let params = if request.subject_alt_names().is_empty() { params.dns_name("node0") } else { params };
        let leaf = params.issued_by(&authority, request.public_key(), &mut rng(98)).unwrap();
        let about = CertificateInfo::read(&leaf).unwrap();
        assert_eq!(about.subject().as_der(), request.subject().as_der());
        assert_eq!(request.check_reply(&authority.chain_of(leaf)).unwrap(), []);
        taken += 1;
    }
    assert_eq!(taken, 12);
}
