//! PBKDF2 (RFC 8018, section 5.2 and appendix A.2), as PBES2 and PBMAC1 use it.

use super::hash::{Hash, with_hash};
use crate::asn1::{Algorithm, Tag, Writer, oid};
use crate::error::Error;
use ::pbkdf2::pbkdf2_hmac;

/// The parameters of PBKDF2:
///
/// ```text
/// PBKDF2-params ::= SEQUENCE {
///     salt            CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
///     iterationCount  INTEGER (1..MAX),
///     keyLength       INTEGER (1..MAX) OPTIONAL,
///     prf             AlgorithmIdentifier DEFAULT algid-hmacWithSHA1 }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::pkcs12) struct Pbkdf2 {
    pub(in crate::pkcs12) salt: Vec<u8>,
    pub(in crate::pkcs12) iterations: u32,
    pub(in crate::pkcs12) key_length: Option<u32>,
    pub(in crate::pkcs12) prf: Hash,
}

impl Pbkdf2 {
    /// Reads the parameters. Further fields are ignored, as in Java (`com.sun.crypto.provider.PBES2Parameters`).
    pub(in crate::pkcs12) fn read(algorithm: &Algorithm<'_>) -> Result<Self, Error> {
        if !algorithm.is(oid::PBKDF2) {
            return Err(algorithm.unsupported());
        }
        let mut parameters = algorithm.parameter_fields()?;
        let (salt, iterations) = algorithm.salt_and_iterations(&mut parameters)?;
        let key_length = parameters.optional(Tag::INTEGER)?.map(|length| length.unsigned()).transpose()?;
        let prf =
            if parameters.is_empty() { Hash::Sha1 } else { read_prf(&Algorithm::read_loosely(&mut parameters)?)? };
        Ok(Self { salt, iterations, key_length, prf })
    }

    pub(in crate::pkcs12) fn write(&self, writer: &mut Writer) {
        writer.algorithm(oid::PBKDF2, |writer| {
            writer.nested(Tag::SEQUENCE, |writer| {
                writer.octet_string(&self.salt).unsigned(self.iterations);
                if let Some(length) = self.key_length {
                    writer.unsigned(length);
                }
                // DER omits a default value.
                if self.prf != Hash::Sha1 {
                    writer.algorithm(self.prf.hmac_oid(), |writer| {
                        writer.null();
                    });
                }
            });
        });
    }

    /// Derives `key` from a password in UTF-8.
    pub(in crate::pkcs12) fn derive(&self, password: &[u8], key: &mut [u8]) {
        with_hash!(self.prf, pbkdf2_hmac(password, &self.salt, self.iterations, key));
    }
}

fn read_prf(algorithm: &Algorithm<'_>) -> Result<Hash, Error> {
    Hash::from_hmac_oid(algorithm.oid()).ok_or_else(|| algorithm.unsupported())
}
