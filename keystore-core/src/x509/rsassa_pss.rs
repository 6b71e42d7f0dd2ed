//! The parameters of RSASSA-PSS, as `sun.security.rsa.PSSParameters` reads them.

use super::der::Element;
use super::{Algorithm, Result};
use crate::Java;
use crate::error::CertificateDefect;

const SHA_1: &[u8] = &[0x2b, 14, 3, 2, 26];
/// The start of the identifiers of SHA-2 and SHA-3; one byte follows.
const SHA_2_AND_3: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];

/// Checks `RSASSA-PSS-params` (RFC 4055, section 3.1).
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1, maskGenAlgorithm [1] AlgorithmIdentifier DEFAULT mgf1SHA1,
///     saltLength [2] INTEGER DEFAULT 20, trailerField [3] INTEGER DEFAULT 1 }
/// ```
///
/// Java accepts the fields in any order, and repeated fields.
pub(super) fn check(parameters: &Element<'_>) -> Result<()> {
    let mut fields = parameters.expect(super::tag::SEQUENCE)?;
    while !fields.is_empty() {
        let field = fields.any()?;
        let value = field.children().any()?;
        let valid = match field.tag & 0x1f {
            number if !field.is_context(number) => false,
            0 => Algorithm::read(&value).map(|_| true)?,
            1 => is_mask_generation(&Algorithm::read(&value)?)?,
            2 => value.small_integer()? >= 0,
            3 => value.small_integer()? == 1,
            _ => false,
        };
        if !valid {
            return Err(CertificateDefect::Structure);
        }
    }
    Ok(())
}

/// Whether the algorithm is MGF1 with a hash function that Java knows.
fn is_mask_generation(algorithm: &Algorithm<'_>) -> Result<bool> {
    let Some(hash) = algorithm.parameters.filter(|_| algorithm.oid == MGF1) else { return Ok(false) };
    let oid = Algorithm::read(&hash)?.oid;
    Ok(match oid.strip_prefix(SHA_2_AND_3) {
        Some([1..=6]) => true,
        Some([7..=10]) => hash.java >= Java::V25,
        _ => oid == SHA_1,
    })
}
