//! Certificates that others made, good and bad ones: read, or refused, never a panic.

use std::collections::{BTreeMap, HashSet};

use certgen::{CertificateInfo, ErrorKind, Fingerprint};

use crate::workshop;
use test_support::{Content, Corpus, Pinned};

/// In a JKS file certificates are unencrypted. Each one that Java loaded from there is found and read.
#[test]
fn what_java_loaded_from_a_jks_is_read() {
    let corpus = Corpus::find(Content::Keystores);
    let mut read = HashSet::new();
    for file in workshop::corpus::keystores(&corpus) {
        for der in workshop::corpus::candidates(&file) {
            if CertificateInfo::read(&der.into()).is_ok() {
                read.insert(hex::encode(Fingerprint::of(der).as_bytes()));
            }
        }
    }
    let mut wanted = 0;
    for row in corpus.rows().iter().filter(|row| row["kind"] == "jks" || row["kind"] == "jceks") {
        for entry in row["expect"]["entries"].as_array().into_iter().flatten() {
            for certificate in entry["certs"].as_array().into_iter().flatten() {
                assert!(read.contains(certificate.as_str().unwrap()), "{certificate} of {} is not read", row["file"]);
                wanted += 1;
            }
        }
    }
    corpus.assert_count("certificates that Java loaded", wanted, Pinned { whole: 362, subset: 27 });
    corpus.assert_count("different certificates read", read.len(), Pinned { whole: 181, subset: 28 });
}

/// Every kind of certificate of the corpus: cut off at any place it is refused; with one byte changed at any place it is
/// read or refused, and how often it is read does not change.
#[test]
fn a_changed_byte_is_no_panic() {
    let corpus = Corpus::find(Content::Keystores);
    let mut kinds: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for file in workshop::corpus::keystores(&corpus) {
        for der in workshop::corpus::candidates(&file) {
            if let Ok(info) = CertificateInfo::read(&der.into()) {
                let kind = format!(
                    "{:?} {} {}",
                    info.public_key().algorithm(),
                    info.signature_algorithm(),
                    info.subject_alt_names().len()
                );
                kinds.insert(kind, der.to_vec());
            }
        }
    }
    let (mut changes, mut read) = (0, 0);
    for der in kinds.values() {
        for place in 0..der.len() {
            let mut broken = der.clone();
            broken[place] ^= 0x55;
            changes += 1;
            read += usize::from(CertificateInfo::read(&broken.into()).is_ok());
            let error = CertificateInfo::read(&der[..place].into()).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::MalformedCertificate { .. }), "{place} bytes: {error}");
        }
    }
    corpus.assert_count("kinds of certificates", kinds.len(), Pinned { whole: 18, subset: 6 });
    corpus.assert_count("changed bytes", changes, Pinned { whole: 12_998, subset: 4_674 });
    // Most changes are in keys, names and signatures, which reading does not judge.
    corpus.assert_count("certificates read with a changed byte", read, Pinned { whole: 11_371, subset: 4_159 });
}
