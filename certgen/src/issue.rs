//! Assembles a certificate and signs it.

use rand_core::CryptoRng;
use rustls_pki_types::CertificateDer;

use crate::asn1;
use crate::error::{Error, ErrorKind};
use crate::extension::{self, Extension};
use crate::name::DistinguishedName;
use crate::public_key::PublicKey;
use crate::serial::SerialNumber;
use crate::signer::{self, Signer};
use crate::signing_algorithm::SigningAlgorithm;
use crate::time::Time;
use crate::validity::Validity;

pub(crate) struct Content<'a> {
    pub(crate) serial: SerialNumber,
    /// `None` for the signer's default.
    pub(crate) algorithm: Option<SigningAlgorithm>,
    pub(crate) issuer: &'a DistinguishedName,
    pub(crate) validity: Validity,
    pub(crate) subject: &'a DistinguishedName,
    pub(crate) public_key: PublicKey,
    pub(crate) extensions: Vec<Extension>,
}

const VERSION_3: u32 = 2;

impl Content<'_> {
    /// The certificate, signed by `signer` (RFC 5280, section 4.1).
    ///
    /// ```text
    /// Certificate  ::=  SEQUENCE  {
    ///      tbsCertificate       TBSCertificate,
    ///      signatureAlgorithm   AlgorithmIdentifier,
    ///      signature            BIT STRING  }
    /// ```
    pub(crate) fn sign(
        &self,
        signer: &dyn Signer,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<CertificateDer<'static>, Error> {
        let algorithm = signer::algorithm(signer, self.algorithm)?;
        let tbs = self.to_be_signed(algorithm)?;
        let signature = asn1::bit_string(&signer::sign(signer, algorithm, &tbs, rng)?);
        Ok(asn1::sequence(&[tbs, algorithm.identifier(), signature]).into())
    }

    /// Encodes the `TBSCertificate` (RFC 5280, section 4.1), without unique identifiers.
    ///
    /// ```text
    /// TBSCertificate  ::=  SEQUENCE  {
    ///      version         [0]  EXPLICIT Version DEFAULT v1,
    ///      serialNumber         CertificateSerialNumber,
    ///      signature            AlgorithmIdentifier,
    ///      issuer               Name,
    ///      validity             Validity,
    ///      subject              Name,
    ///      subjectPublicKeyInfo SubjectPublicKeyInfo,
    ///      extensions      [3]  EXPLICIT Extensions OPTIONAL }
    /// ```
    fn to_be_signed(&self, algorithm: SigningAlgorithm) -> Result<Vec<u8>, Error> {
        let extensions = extension::in_keytool_order(&self.extensions);
        Ok(asn1::sequence(&[
            asn1::tlv(asn1::explicit(0), &asn1::unsigned(VERSION_3)),
            asn1::tlv(asn1::INTEGER, self.serial.as_der_content()),
            algorithm.identifier(),
            self.issuer.as_der().to_vec(),
            asn1::sequence(&[date(self.validity.not_before())?, date(self.validity.not_after())?]),
            self.subject.as_der().to_vec(),
            self.public_key.as_spki_der().to_vec(),
            asn1::tlv(asn1::explicit(3), &asn1::sequence(&extensions)),
        ]))
    }
}

/// `UTCTime` for 1950 to 2049, otherwise `GeneralizedTime` (RFC 5280, section 4.1.2.5).
fn date(time: Time) -> Result<Vec<u8>, Error> {
    let at = time.calendar().ok_or_else(|| Error::new(ErrorKind::DateOutOfRange { date: time }))?;
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", at.month, at.day, at.hour, at.minute, at.second);
    Ok(match at.year {
        1950..=2049 => asn1::tlv(asn1::UTC_TIME, format!("{:02}{rest}", at.year.rem_euclid(100)).as_bytes()),
        year => asn1::tlv(asn1::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes()),
    })
}
