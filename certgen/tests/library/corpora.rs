//! Certificates that others made, good and bad ones: read, or refused, never a panic.

use std::collections::{BTreeMap, HashSet};

use certgen::{CertificateInfo, ErrorKind, Fingerprint};

use crate::workshop::corpus;

/// In a JKS file certificates are unencrypted. Each one that Java loaded from there is found and read.
#[test]
fn what_java_loaded_from_a_jks_is_read() {
    let Some(folder) = corpus::folder("what_java_loaded_from_a_jks_is_read") else { return };
    let mut read = HashSet::new();
    for file in corpus::keystores(&folder) {
        for der in corpus::candidates(&file) {
            if CertificateInfo::read(&der.into()).is_ok() {
                read.insert(hex::encode(Fingerprint::of(der).as_bytes()));
            }
        }
    }
    let mut wanted = 0;
    for row in corpus::manifest(&folder).iter().filter(|row| row["kind"] == "jks" || row["kind"] == "jceks") {
        for entry in row["expect"]["entries"].as_array().into_iter().flatten() {
            for certificate in entry["certs"].as_array().into_iter().flatten() {
                assert!(read.contains(certificate.as_str().unwrap()), "{certificate} of {} is not read", row["file"]);
                wanted += 1;
            }
        }
    }
    println!("{wanted} certificates that Java loaded, {} different ones read", read.len());
    assert!(LOADED.contains(&(wanted, read.len())), "{:?} is not in the table of counts", (wanted, read.len()));
}

/// Of each corpus: certificates that Java loaded from JKS and JCEKS files, different ones that are read in all files.
const LOADED: [(usize, usize); 1] = [(362, 181)];

/// Every kind of certificate of the corpus: cut off at any place it is refused; with one byte changed at any place it is
/// read or refused, and how often it is read does not change.
#[test]
fn a_changed_byte_is_no_panic() {
    let Some(folder) = corpus::folder("a_changed_byte_is_no_panic") else { return };
    let mut kinds: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for file in corpus::keystores(&folder) {
        for der in corpus::candidates(&file) {
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
    let counts = (kinds.len(), changes, read);
    println!("{} kinds of certificates, {changes} changes, {read} of them read", kinds.len());
    assert!(CHANGED.contains(&counts), "{counts:?} is not in the table of counts");
}

/// Of each corpus: kinds of certificates, changed bytes, changed certificates that are still read (most changes are in
/// keys, names and signatures, which reading does not judge).
const CHANGED: [(usize, usize, usize); 1] = [(18, 12_998, 11_371)];
