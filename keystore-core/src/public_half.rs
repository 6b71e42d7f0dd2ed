//! With the feature `ec`, computes public halves that private keys do not contain.

use crate::x509;
use zeroize::Zeroizing;

/// Gives a scalar this length by adding or removing leading zeros; `None` if it is too long.
///
/// Some writers omit leading zeros, or add a leading zero.
pub(crate) fn padded(scalar: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let digits = x509::without_zeros(scalar);
    let mut padded = Zeroizing::new(vec![0; length]);
    padded.get_mut(length.checked_sub(digits.len())?..)?.copy_from_slice(digits);
    Some(padded)
}

/// The uncompressed public point of a private key on a curve.
///
/// Returns `None` for curves other than P-256, P-384 and P-521, and for a scalar that is out of range.
#[cfg(feature = "ec")]
pub(crate) fn on_curve(curve: &[u8], scalar: &[u8]) -> Option<Vec<u8>> {
    use der::asn1::ObjectIdentifier;
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
    const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
    let is = |oid: ObjectIdentifier| curve == oid.as_bytes();
    if is(P256) {
        let key = p256::SecretKey::from_slice(&padded(scalar, 32)?).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    } else if is(P384) {
        let key = p384::SecretKey::from_slice(&padded(scalar, 48)?).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    } else if is(P521) {
        let key = p521::SecretKey::from_slice(&padded(scalar, 66)?).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    } else {
        None
    }
}

/// The public key for an Ed25519 seed; `None` if the seed does not have 32 bytes.
#[cfg(feature = "ec")]
pub(crate) fn of_ed25519(seed: &[u8]) -> Option<Vec<u8>> {
    let key = ed25519_dalek::SigningKey::from_bytes(seed.try_into().ok()?);
    Some(key.verifying_key().to_bytes().to_vec())
}

#[cfg(not(feature = "ec"))]
pub(crate) const fn on_curve(_: &[u8], _: &[u8]) -> Option<Vec<u8>> {
    None
}

#[cfg(not(feature = "ec"))]
pub(crate) const fn of_ed25519(_: &[u8]) -> Option<Vec<u8>> {
    None
}
