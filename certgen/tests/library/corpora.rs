//! Certificates that others made, good and bad ones: read, or refused, never a panic.

use std::collections::{BTreeMap, HashSet};

use certgen::{CertificateInfo, Fingerprint};

use crate::workshop::corpus;

/// In a JKS file certificates stand in the clear. Each one that Java loaded from there is found and read.
#[test]
fn what_java_loaded_from_a_jks_is_read() {
    let Some(folder) = corpus::folder("what_java_loaded_from_a_jks_is_read") else { return };
    let mut read = HashSet::new();
    for file in corpus::keystores(&folder) {
        for der in corpus::candidates(&file) {
            if CertificateInfo::read(&der.into()).is_ok() {
                read.insert(format!("{:x}", Fingerprint::sha256(der)));
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
    assert!(wanted > 300, "only {wanted} certificates");
}

/// Every certificate of the corpus with one byte changed, at every place, is read or refused.
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
                    info.signed_with(),
                    info.subject_alt_names().len()
                );
                kinds.insert(kind, der.to_vec());
            }
        }
    }
    assert!(kinds.len() > 10, "only {} kinds of certificates", kinds.len());
    for der in kinds.into_values() {
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= 0x55;
            let _ = CertificateInfo::read(&changed.as_slice().into());
            let _ = CertificateInfo::read(&der[..place].into());
        }
    }
}
