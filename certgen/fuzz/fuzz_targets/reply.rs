//! Any bytes are an authority's answer or an error: PEM, a certificate, PKCS#7; a chain is looked for in what is read.
#![no_main]

use certgen::{CertificateInfo, reply};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pool) = reply::read(bytes) else { return };
    for certificate in &pool {
        let Ok(info) = CertificateInfo::read(certificate) else { return };
        let chain = reply::chain_for(info.public_key(), &pool).expect("every one of them can be read");
        assert!(chain.len() <= pool.len());
    }
    assert_eq!(reply::read(&reply::encode_pkcs7(&pool)).expect("what was written can be read"), pool);
});
