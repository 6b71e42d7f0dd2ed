//! Checks DSA signatures (FIPS 186-4, section 4.7), which old authorities made.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd};
use der::Decode as _;
use der::asn1::UintRef;
use pkcs8::SubjectPublicKeyInfoRef;

use super::{Check, Signed};
use crate::digest::Digest;
use crate::public_key::{KeyAlgorithm, PublicKey};

/// The maximum length of the modulus in bits, which limits the cost of a check.
const MAX_BITS: u32 = 8192;

pub(super) fn dsa(digest: Digest, key: &PublicKey, signed: &Signed<'_>) -> Check {
    let (Some(digest), KeyAlgorithm::Dsa) = (digest.of(signed.message), key.algorithm()) else {
        return Check::Unsupported;
    };
    match verify(&digest, key.as_spki_der(), signed.signature) {
        Some(true) => Check::Good,
        _ => Check::Bad,
    }
}

/// Verifies a signature; `None` if a number is missing or invalid.
///
/// The parameters of a key are `Dss-Parms` (p, q, g), and a signature is `Dss-Sig-Value` (r, s) of RFC 3279, sections 2.3.2
/// and 2.2.2.
#[expect(clippy::many_single_char_names, reason = "the names of FIPS 186-4")]
fn verify(digest: &[u8], spki: &[u8], signature: &[u8]) -> Option<bool> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    let [p, q, g] = numbers(spki.algorithm.parameters?.decode_as().ok()?)?;
    let y = number(UintRef::from_der(spki.subject_public_key.raw_bytes()).ok()?);
    let [r, s] = numbers(Vec::from_der(signature).ok()?)?;
    let in_range = |number: &BoxedUint| number.bit_width() > 0 && *number < q;
    if p.bit_width() > MAX_BITS || q.bit_width() > p.bit_width() || !in_range(&r) || !in_range(&s) {
        return None;
    }
    let in_p = BoxedMontyParams::new_vartime(Odd::new(p.clone()).into_option()?);
    let in_q = BoxedMontyParams::new_vartime(Odd::new(q.clone()).into_option()?);
    let (p, q) = (NonZero::new(p).into_option()?, NonZero::new(q).into_option()?);
    // The leftmost bits of the digest, as many as q has.
    let shift = u32::try_from(digest.len() * 8).ok()?.saturating_sub(q.bit_width());
    let z = BoxedUint::from_be_slice_vartime(digest).wrapping_shr(shift);
    let modulo_q = |number: &BoxedUint| BoxedMontyForm::new(number.rem_vartime(&q), &in_q);
    let w = modulo_q(&s).invert_vartime().into_option()?;
    let (u1, u2) = (modulo_q(&z).mul(&w).retrieve(), modulo_q(&r).mul(&w).retrieve());
    let power = |base: &BoxedUint, exponent: &BoxedUint| BoxedMontyForm::new(base.rem_vartime(&p), &in_p).pow(exponent);
    let v = power(&g, &u1).mul(&power(&y, &u2)).retrieve();
    Some(v.rem_vartime(&q) == r)
}

fn numbers<const COUNT: usize>(numbers: Vec<UintRef<'_>>) -> Option<[BoxedUint; COUNT]> {
    numbers.into_iter().map(number).collect::<Vec<_>>().try_into().ok()
}

fn number(number: UintRef<'_>) -> BoxedUint {
    BoxedUint::from_be_slice_vartime(number.as_bytes())
}
