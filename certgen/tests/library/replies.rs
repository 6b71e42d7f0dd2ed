//! Answers of authorities, in every form.

use certgen::rustls_pki_types::CertificateDer;
use certgen::{Authority, AuthorityParams, ErrorKind, NodeParams, Time, Validity, pem, reply, verify_chain};

use crate::workshop::{copy, key, keys, rng};

const NOW: Time = Time::from_unix_seconds(1_800_000_000);

fn days(from: u32, days: u32) -> Validity {
    Validity::days(NOW.plus_seconds(i64::from(from) * 86_400), days).unwrap()
}

fn authorities() -> [Authority; 2] {
    let root = AuthorityParams::new("CN=Root".parse().unwrap(), days(0, 1000));
    let root = root.self_signed(copy(&keys()[0]), &mut rng(100)).unwrap();
    let issuing = AuthorityParams::new("CN=Issuing".parse().unwrap(), days(0, 900));
    let issuing = issuing.issued_by(&root, copy(&keys()[1]), &mut rng(101)).unwrap();
    [root, issuing]
}

fn leaf(issuer: &Authority, from: u32) -> CertificateDer<'static> {
    let node = NodeParams::for_ip([10, 0, 0, 11].into()).validity(days(from, 100));
    node.issued_by(issuer, key().public_key(), &mut rng(102)).unwrap()
}

#[test]
fn every_form_gives_the_same_certificates() {
    let [_, issuing] = authorities();
    let chain = issuing.chain_of(leaf(&issuing, 0));
    let text: String = chain.iter().map(pem::encode_certificate).collect();
    let pkcs7 = reply::encode_pkcs7(&chain);
    let pkcs7_pem = pem::encode_certificate(&pkcs7.clone().into()).replace("CERTIFICATE", "PKCS7");
    for file in [text.as_bytes(), &pkcs7, pkcs7_pem.as_bytes(), (text.clone() + "trailing\n").as_bytes()] {
        assert_eq!(reply::read(file).unwrap(), chain);
    }
    assert_eq!(reply::read(&chain[0]).unwrap(), chain[..1]);
}

#[test]
fn pkcs7_without_certificates_is_no_answer() {
    assert_eq!(reply::read(&reply::encode_pkcs7(&[])).unwrap_err().kind(), &ErrorKind::UnknownReply);
}

#[test]
fn the_chain_is_found_by_the_key_in_any_order_among_strangers() {
    let [root, issuing] = authorities();
    let chain = issuing.chain_of(leaf(&issuing, 0));
    let stranger = NodeParams::for_ip([10, 0, 0, 12].into()).validity(days(0, 10));
    let stranger = stranger.self_signed(&keys()[1], &mut rng(103)).unwrap();
    // The root's name, another key.
    let impostor = AuthorityParams::new("CN=Root".parse().unwrap(), days(0, 1000));
    let impostor = impostor.self_signed(copy(&keys()[1]), &mut rng(104)).unwrap();
    let mut pool = chain.clone();
    pool.extend([stranger, impostor.certificate().clone(), root.certificate().clone()]);
    for turn in 0..pool.len() {
        pool.rotate_left(turn);
        let found = reply::chain_for(key().public_key(), &pool).unwrap();
        assert_eq!(found, chain, "turn {turn}");
        verify_chain(&found).unwrap();
    }
    // Without the authorities it is the certificate alone.
    assert_eq!(reply::chain_for(key().public_key(), &chain[..1]).unwrap(), chain[..1]);
}

#[test]
fn of_two_certificates_for_the_key_the_newer_one_counts() {
    let [root, _] = authorities();
    let (older, newer) = (leaf(&root, 0), leaf(&root, 7));
    let pool = [newer.clone(), older, root.certificate().clone()];
    assert_eq!(reply::chain_for(key().public_key(), &pool).unwrap(), root.chain_of(newer));
}

#[test]
fn what_is_no_answer_is_refused() {
    let [root, issuing] = authorities();
    let error = reply::chain_for(key().public_key(), &issuing.chain()).unwrap_err();
    assert_eq!(error.to_string(), "none of the 2 certificates is for the key");
    for file in [&b""[..], b"Dear customer,\n", &[0x30, 0], &[0x30, 2, 5, 0]] {
        let error = reply::read(file).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the answer cannot be read as PEM, as a certificate, or as PKCS#7 with certificates"
        );
    }
    let key_alone = pem::encode_private_key(&key().secret_pkcs8());
    let error = reply::read(key_alone.secret_text().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the PEM text holds no CERTIFICATE, but PRIVATE KEY");
    let error = reply::chain_for(key().public_key(), &[root.certificate().clone(), vec![5, 0].into()]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MalformedCertificate { .. }), "{error}");
}

/// Cut off or changed anywhere: certificates or an error.
#[test]
fn a_broken_pkcs7_is_no_panic() {
    let [root, issuing] = authorities();
    let whole = reply::encode_pkcs7(&root.chain_of(leaf(&issuing, 0)));
    for place in 0..whole.len() {
        assert_eq!(reply::read(&whole[..place]).unwrap_err().kind(), &ErrorKind::UnknownReply);
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        if let Ok(pool) = reply::read(&changed) {
            let _ = reply::chain_for(key().public_key(), &pool);
        }
    }
}
