//! Reads the answer of an authority, and finds the chain for a key.
//!
//! The answer is one or more files with certificates, in PEM, DER or PKCS#7. The certificates may be in any order, and those
//! of the issuers may be missing.
//!
//! ```no_run
//! # fn files() -> Vec<Vec<u8>> { Vec::new() }
//! # fn request() -> certgen::CertificateRequest { unimplemented!() }
//! use certgen::reply;
//!
//! let mut pool = Vec::new();
//! for file in files() {
//!     pool.extend(reply::read(&file)?);
//! }
//! let request = request();
//! let chain = reply::chain_for(request.public_key(), &pool)?;      // found by the key, whatever the files are called
//! for finding in request.check_reply(&chain)? {                    // verified; findings: what was asked for and not given
//!     println!("{finding}");
//! }
//! # Ok::<(), certgen::Error>(())
//! ```

use der::Tag;
use rustls_pki_types::CertificateDer;

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::info::CertificateInfo;
use crate::pem;
use crate::public_key::PublicKey;
use crate::time::Time;
use crate::{asn1, chain, oid};

/// Reads all certificates of one file.
///
/// The file may be PEM with blocks such as `CERTIFICATE` and `PKCS7`, one certificate in DER, or PKCS#7 in DER. The
/// certificates themselves are not parsed.
///
/// # Errors
/// [`ErrorKind::UnknownReply`]; for PEM [`ErrorKind::MalformedPem`] and [`ErrorKind::NothingInPem`].
pub fn read(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    match Element::outermost(file) {
        Ok(outer) => {
            let certificates = in_der(&outer).filter(|certificates| !certificates.is_empty());
            certificates.ok_or_else(|| Error::new(ErrorKind::UnknownReply))
        }
        Err(_) if file.windows(11).any(|bytes| bytes == b"-----BEGIN ") => pem::decode_reply(file),
        Err(_) => Err(Error::new(ErrorKind::UnknownReply)),
    }
}

/// Finds the chain for a key in a pool of certificates.
///
/// The chain begins with the newest certificate for the key, the one whose validity starts last. Each certificate is
/// followed by a certificate of its issuer whose key verifies the signature, as long as the pool contains one that is not in
/// the chain yet. The pool may be in any order, and may contain unrelated certificates.
///
/// # Errors
/// [`ErrorKind::NotInReply`] if no certificate is for the key; [`ErrorKind::MalformedCertificate`] for a certificate that
/// cannot be read, with its position in the pool.
pub fn chain_for(key: &PublicKey, pool: &[CertificateDer<'_>]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let infos = chain::read(pool)?;
    let all: Vec<Known<'_>> = infos.iter().zip(pool).map(|(info, der)| Known { info, der }).collect();
    let newest = all.iter().filter(|known| known.info.public_key() == key).max_by_key(|known| known.begins());
    let mut last = newest.ok_or_else(|| Error::new(ErrorKind::NotInReply { count: pool.len() }))?;
    let mut chain = vec![last.der.clone().into_owned()];
    // A certificate that is already in the chain would start a cycle.
    while let Some(issuer) = all.iter().find(|known| last.info.is_issued_by(known.info) && !chain.contains(known.der)) {
        chain.push(issuer.der.clone().into_owned());
        last = issuer;
    }
    Ok(chain)
}

/// Encodes certificates as PKCS#7 without signatures, in DER (RFC 5652, section 5.1).
///
/// `openssl crl2pkcs7 -nocrl` and Windows write this form. The order of the certificates is kept.
pub fn encode_pkcs7(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let certificates: Vec<u8> = certificates.iter().flat_map(|certificate| certificate.iter().copied()).collect();
    let signed_data = asn1::sequence(&[
        asn1::unsigned(1),
        asn1::tlv(asn1::SET, &[]),
        asn1::sequence(&[asn1::object_identifier(&oid::DATA)]),
        asn1::tlv(asn1::explicit(0), &certificates),
        asn1::tlv(asn1::SET, &[]),
    ]);
    asn1::sequence(&[asn1::object_identifier(&oid::SIGNED_DATA), asn1::tlv(asn1::explicit(0), &signed_data)])
}

#[derive(Clone, Copy)]
struct Known<'a> {
    info: &'a CertificateInfo,
    der: &'a CertificateDer<'a>,
}

impl Known<'_> {
    fn begins(&self) -> Time {
        self.info.validity().not_before()
    }
}

/// The certificates in `outer`, which is a certificate or a PKCS#7 structure.
///
/// A SEQUENCE of three elements counts as a certificate. Returns `None` for any other structure, and for PKCS#7 without a
/// list of certificates.
///
/// ```text
/// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT SignedData }
/// SignedData ::= SEQUENCE {
///   version           INTEGER,
///   digestAlgorithms  SET OF AlgorithmIdentifier,
///   encapContentInfo  SEQUENCE,
///   certificates      [0] IMPLICIT SET OF CHOICE OPTIONAL,
///   crls              [1] IMPLICIT SET OF CHOICE OPTIONAL,
///   signerInfos       SET OF SignerInfo }
/// ```
pub(crate) fn in_der(outer: &Element<'_>) -> Option<Vec<CertificateDer<'static>>> {
    let fields = outer.sequence()?;
    let [kind, content] = fields.as_slice() else {
        return (fields.len() == 3).then(|| vec![outer.der().to_vec().into()]);
    };
    if kind.oid()? != oid::SIGNED_DATA {
        return None;
    }
    let [signed_data] = <[Element<'_>; 1]>::try_from(content.numbered(0)?).ok()?;
    let certificates = signed_data.sequence()?.into_iter().find(|field| field.is_numbered(0))?;
    // Other kinds of certificates have tags of their own (RFC 5652, section 10.2.2).
    let certificates = certificates.numbered(0)?.into_iter();
    Some(
        certificates
            .filter(|choice| choice.tag() == Tag::Sequence)
            .map(|choice| choice.der().to_vec().into())
            .collect(),
    )
}
