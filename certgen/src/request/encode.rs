//! Makes requests.

use rand_core::CryptoRng;

use super::CertificateRequest;
use crate::error::Error;
use crate::extension::{self, Extension};
use crate::name::DistinguishedName;
use crate::signer::{self, Signer};
use crate::signing_algorithm::SigningAlgorithm;
use crate::{asn1, oid};

pub(crate) fn request(
    subject: &DistinguishedName,
    extensions: &[Extension],
    signer: &dyn Signer,
    algorithm: Option<SigningAlgorithm>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<CertificateRequest, Error> {
    let algorithm = signer::algorithm(signer, algorithm)?;
    let extensions = asn1::sequence(&extension::in_keytool_order(extensions));
    let attribute =
        asn1::sequence(&[asn1::object_identifier(&oid::EXTENSION_REQUEST), asn1::tlv(asn1::SET, &extensions)]);
    let info = asn1::sequence(&[
        asn1::unsigned(0),
        subject.as_der().to_vec(),
        signer.public_key().as_spki_der().to_vec(),
        asn1::tlv(asn1::explicit(0), &attribute),
    ]);
    let signature = asn1::bit_string(&signer::sign(signer, algorithm, &info, rng)?);
    let der = asn1::sequence(&[info, algorithm.identifier(), signature]);
    CertificateRequest::read(&der.into()).map_err(|_| Error::internal())
}
