//! The public half of a private key of any algorithm.

use der::Decode as _;
use pkcs8::PrivateKeyInfoRef;
use rustls_pki_types::PrivatePkcs8KeyDer;

use crate::error::{Error, ErrorKind};
use crate::import;
use crate::public_key::PublicKey;

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
        match info.algorithm.oid.to_string().as_str() {
            import::RSA => Self::of_rsa(&import::rsa_private_key(der)?),
            #[cfg(feature = "ec")]
            "1.2.840.10045.2.1" => ec::ecdsa(&info),
            #[cfg(feature = "ec")]
            "1.3.101.112" => ec::ed25519(&info),
            oid => Err(Error::new(ErrorKind::UnsupportedKey { oid: oid.to_owned() })),
        }
    }
}

#[cfg(feature = "ec")]
mod ec {
    use der::asn1::ObjectIdentifier;
    use pkcs8::{EncodePublicKey, PrivateKeyInfoRef};

    use crate::error::{Error, ErrorKind};
    use crate::public_key::PublicKey;

    pub(super) fn ecdsa(info: &PrivateKeyInfoRef<'_>) -> Result<PublicKey, Error> {
        let curve = info.algorithm.parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        // A curve that is spelled out instead of named has no identifier of its own.
        let curve = curve.unwrap_or(info.algorithm.oid).to_string();
        let malformed = |_| Error::new(ErrorKind::MalformedKey);
        match curve.as_str() {
            "1.2.840.10045.3.1.7" => encoded(&p256::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            "1.3.132.0.34" => encoded(&p384::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            "1.3.132.0.35" => encoded(&p521::SecretKey::try_from(info.clone()).map_err(malformed)?.public_key()),
            _ => Err(Error::new(ErrorKind::UnsupportedKey { oid: curve })),
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
