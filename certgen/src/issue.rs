//! Putting a certificate together and signing it.

use rand_core::CryptoRng;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName as NoName, PublicKeyData, SigningKey};
use rustls_pki_types::CertificateDer;

use crate::asn1;
use crate::error::{Error, ErrorKind};
use crate::extension;
use crate::key::RsaKeyPair;
use crate::name::DistinguishedName;
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;
use crate::signature::SignatureAlgorithm;
use crate::validity::Validity;

/// All that a certificate says, before it is signed.
pub(crate) struct Content<'a> {
    pub(crate) serial: SerialNumber,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) issuer: &'a DistinguishedName,
    pub(crate) validity: Validity,
    pub(crate) subject: &'a DistinguishedName,
    pub(crate) public_key: PublicKey,
    pub(crate) extensions: Vec<CustomExtension>,
}

/// Places in `TBSCertificate` (RFC 5280, section 4.1).
const ISSUER: usize = 3;
const SUBJECT: usize = 5;
const PUBLIC_KEY: usize = 6;

impl Content<'_> {
    /// The certificate, signed with `key`.
    ///
    /// `rcgen` writes the structure. Its names hold one attribute of each type and its signer has no room for the
    /// caller's randomness, so it is given neither: names, key and signature are put into its result.
    pub(crate) fn sign(
        &self,
        key: &RsaKeyPair,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        let draft = self.parameters()?.self_signed(&Unsigned(self.algorithm)).map_err(|_| ErrorKind::Internal)?;
        let [tbs, algorithm] = tbs_and_algorithm(draft.der()).ok_or(ErrorKind::Internal)?;
        let tbs = self.with_names_and_key(&tbs).ok_or(ErrorKind::Internal)?;
        let signature = asn1::bit_string(&key.sign(self.algorithm, &tbs, rng)?);
        Ok(asn1::sequence(&[tbs, algorithm, signature]).into())
    }

    fn parameters(&self) -> Result<CertificateParams, Error> {
        let date = |at: crate::Moment| at.calendar().ok_or(ErrorKind::DateOutOfRange { date: at });
        let mut parameters = CertificateParams::default();
        parameters.not_before = date(self.validity.not_before())?;
        parameters.not_after = date(self.validity.not_after())?;
        parameters.serial_number = Some(self.serial.as_der_content().to_vec().into());
        parameters.distinguished_name = NoName::new();
        parameters.custom_extensions = extension::in_keytool_order(self.extensions.clone());
        Ok(parameters)
    }

    fn with_names_and_key(&self, tbs: &[u8]) -> Option<Vec<u8>> {
        let mut fields = asn1::elements(tbs)?;
        *fields.get_mut(ISSUER)? = self.issuer.as_der().to_vec();
        *fields.get_mut(SUBJECT)? = self.subject.as_der().to_vec();
        *fields.get_mut(PUBLIC_KEY)? = self.public_key.as_spki_der().to_vec();
        Some(asn1::sequence(&fields))
    }
}

fn tbs_and_algorithm(certificate: &[u8]) -> Option<[Vec<u8>; 2]> {
    let [tbs, algorithm, _signature] = asn1::elements(certificate)?.try_into().ok()?;
    Some([tbs, algorithm])
}

/// Stands where `rcgen` wants a key.
struct Unsigned(SignatureAlgorithm);

impl PublicKeyData for Unsigned {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.rcgen()
    }
}

impl SigningKey for Unsigned {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}
