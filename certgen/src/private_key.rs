//! The public half of a private key of any algorithm.

use der::Decode as _;
use pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::error::{Error, ErrorKind};
use crate::public_key::PublicKey;
use crate::{import, oid};

impl PublicKey {
    /// The public half of a private key, computed, so that a key and a certificate can be matched:
    /// `PublicKey::of(&key)? == *CertificateInfo::read(&certificate)?.public_key()`.
    ///
    /// RSA always; with the feature `ec` also EC on P-256, P-384 and P-521, and Ed25519.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedKey`], [`ErrorKind::RefusedKey`]; [`ErrorKind::UnsupportedKey`] for other algorithms.
    pub fn of(key: &PrivatePkcs8KeyDer<'_>) -> Result<Self, Error> {
        let der = key.secret_pkcs8_der();
        let info = PrivateKeyInfoRef::from_der(der).map_err(|error| import::malformed(&error, Some(0)))?;
        match info.algorithm.oid {
            oid::RSA => Self::of_rsa(&import::rsa_private_key(der)?),
            #[cfg(feature = "ec")]
            oid::EC => ec::ecdsa(&info),
            #[cfg(feature = "ec")]
            oid::ED25519 => ec::ed25519(&info),
            oid => Err(Error::new(ErrorKind::UnsupportedKey { oid: oid.to_string() })),
        }
    }
}

#[cfg(feature = "ec")]
mod ec {
    use der::asn1::ObjectIdentifier;
    use pkcs8::{EncodePublicKey, PrivateKeyInfoRef};

    use crate::error::{Error, ErrorKind};
    use crate::oid;
    use crate::public_key::{Curve, PublicKey};

    pub(super) fn ecdsa(info: &PrivateKeyInfoRef<'_>) -> Result<PublicKey, Error> {
        let curve = info.algorithm.parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        // A curve that is spelled out instead of named has no identifier of its own.
        let curve = curve.unwrap_or(info.algorithm.oid);
        let malformed = |_| Error::new(ErrorKind::MalformedKey);
        match oid::CURVES.iter().find(|(known, ..)| *known == curve).map(|(_, curve, _)| curve) {
            Some(Curve::P256) => encoded(&p256::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            Some(Curve::P384) => encoded(&p384::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            Some(Curve::P521) => encoded(&p521::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            _ => Err(Error::new(ErrorKind::UnsupportedKey { oid: curve.to_string() })),
        }
    }

    pub(super) fn ed25519(info: &PrivateKeyInfoRef<'_>) -> Result<PublicKey, Error> {
        let key = ed25519_dalek::SigningKey::try_from(info.clone()).map_err(|_| Error::new(ErrorKind::MalformedKey))?;
        encoded(&key.verifying_key())
    }

    fn encoded(key: &impl EncodePublicKey) -> Result<PublicKey, Error> {
        let spki = key.to_public_key_der().map_err(|_| Error::new(ErrorKind::MalformedKey))?;
        PublicKey::from_spki_der(spki.as_bytes())
    }
}
