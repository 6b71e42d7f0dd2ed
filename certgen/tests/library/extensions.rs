//! Extensions that break the rules, in certificates that another builder made.

use certgen::rustls_pki_types::CertificateDer;
use certgen::{
    CertificateInfo, CertificatePart, ChainDefect, ErrorKind, LintPolicy, lint, lint_authority, verify_chain,
};
use rcgen::{CertificateParams, CustomExtension, PublicKeyData, SigningKey};

const KEY_USAGE: [u64; 4] = [2, 5, 29, 15];
const BASIC_CONSTRAINTS: [u64; 4] = [2, 5, 29, 19];
const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];

/// The public half of a key, and signatures that are none: reading does not ask for good ones.
struct Signer(Vec<u8>);

impl Signer {
    fn new() -> Self {
        let spki = crate::workshop::key().public_key();
        // SEQUENCE, algorithm, BIT STRING without unused bits: the PKCS#1 key is what follows.
        Self(spki.as_spki_der()[24..].to_vec())
    }
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Signer {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![0; 256])
    }
}

fn with(extensions: &[(&[u64], &[u8])]) -> CertificateDer<'static> {
    let mut parameters = CertificateParams::default();
    parameters.serial_number = Some(vec![1].into());
    let extension = |(oid, content): &(&[u64], &[u8])| CustomExtension::from_oid_content(oid, content.to_vec());
    parameters.custom_extensions = extensions.iter().map(extension).collect();
    parameters.self_signed(&Signer::new()).unwrap().into()
}

#[test]
fn the_same_extension_twice_is_refused() {
    let usage: (&[u64], &[u8]) = (&KEY_USAGE, &[3, 2, 5, 0xa0]);
    assert_eq!(CertificateInfo::read(&with(&[usage])).unwrap().unreadable_extensions(), [""; 0]);
    let error = CertificateInfo::read(&with(&[usage, usage])).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::MalformedCertificate { part: CertificatePart::Extensions });
    assert!(error.position().is_some());
}

#[test]
fn an_extension_that_cannot_be_read_is_named() {
    let info = CertificateInfo::read(&with(&[(&KEY_USAGE, &[4, 0])])).unwrap();
    assert_eq!(info.unreadable_extensions(), ["2.5.29.15"]);
    assert_eq!(info.key_usages(), None);
    let found = lint(&[("node0", &info)], LintPolicy::default());
    assert_eq!(
        found.last().unwrap().to_string(),
        "warning: node0: its extension 2.5.29.15 cannot be read (RFC 5280, section 4.2)"
    );
}

#[test]
fn an_authority_for_servers_alone_is_found() {
    let purposes = [&[0x30, 10, 6, 8][..], &[0x2b, 6, 1, 5, 5, 7, 3, 1]].concat();
    let info =
        CertificateInfo::read(&with(&[(&BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff]), (&EXTENDED_KEY_USAGE, &purposes)]));
    let found = lint_authority("ca.pem", &info.unwrap(), LintPolicy::default());
    assert_eq!(
        found[0].to_string(),
        "warning: ca.pem: its extended key usages lack clientAuth, so servers with OpenSSL refuse what it issues \
         (X509_check_purpose of OpenSSL)"
    );
}

/// Where an authority's key usage cannot be read, it is not taken for absent.
#[test]
fn an_authority_with_an_unreadable_extension_may_not_issue() {
    let is_authority: (&[u64], &[u8]) = (&BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff]);
    let unreadable: (&[u64], &[u8]) = (&KEY_USAGE, &[4, 0]);
    for (extensions, defect) in [
        // All is well up to the signature, which is none.
        (&[is_authority][..], ChainDefect::Signature),
        (&[is_authority, unreadable], ChainDefect::NotAnAuthority),
    ] {
        let certificate = with(extensions);
        let error = verify_chain(&[certificate.clone(), certificate]).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::BrokenChain { defect });
    }
}
