//! Any bytes are a request or an error, in DER and in PEM; what is read can be displayed, verified and answered for.
#![no_main]

use certgen::rustls_pki_types::CertificateSigningRequestDer;
use certgen::{CertificateRequest, Honored, NodeParams, pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = pem::decode_request(bytes);
    let Ok(request) = CertificateRequest::read(&CertificateSigningRequestDer::from(bytes)) else { return };
    let _ = format!("{request:?} {}", request.subject());
    let all: Honored = "all".parse().expect("a policy");
    assert!(request.verify().is_ok() || NodeParams::for_request(&request, &all).is_err());
});
