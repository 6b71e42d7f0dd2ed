//! The signature algorithms that a TLS engine supports in certificates.

use super::constraints::Restrictions;
use super::{Engine, Jdk, Protocol};
use crate::digest::Digest;
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};

/// Whether `ExtendedSSLSession.getLocalSupportedSignatureAlgorithms` includes the algorithm.
pub(super) fn supports(
    algorithm: &SignatureAlgorithm,
    (jdk, engine, protocol): (Jdk, Engine, Protocol),
    restrictions: &Restrictions,
) -> bool {
    let Some(scheme) = algorithm.scheme() else { return false };
    match engine {
        // A constant of Netty's `ExtendedOpenSslSession`.
        Engine::NettyOpenSsl => match scheme {
            SignatureScheme::Rsa(digest) | SignatureScheme::Ecdsa(digest) => {
                matches!(digest, Digest::Sha1 | Digest::Sha224 | Digest::Sha256 | Digest::Sha384 | Digest::Sha512)
            }
            SignatureScheme::RsaPss(_) => true,
            _ => false,
        },
        Engine::Jdk => {
            in_protocol(scheme, jdk, protocol) && names(scheme).iter().any(|name| restrictions.allows_scheme(name))
        }
    }
}

/// Whether Java has the scheme in this version of TLS (`sun.security.ssl.SignatureScheme`).
///
/// `rsa_md5` counts as absent. Java has this scheme in TLS 1.2, but disables it by default.
fn in_protocol(scheme: SignatureScheme, jdk: Jdk, protocol: Protocol) -> bool {
    let older = protocol == Protocol::Tls12;
    match scheme {
        SignatureScheme::Rsa(digest) | SignatureScheme::Ecdsa(digest) => match digest {
            Digest::Sha1 | Digest::Sha256 | Digest::Sha384 | Digest::Sha512 => true,
            Digest::Sha224 => older,
            _ => false,
        },
        SignatureScheme::Dsa(digest) => older && matches!(digest, Digest::Sha1 | Digest::Sha224 | Digest::Sha256),
        SignatureScheme::RsaPss(_) => true,
        SignatureScheme::Ed25519 | SignatureScheme::Ed448 => jdk >= Jdk::V17,
    }
}

/// The names in `sun.security.ssl.SignatureScheme`.
fn names(scheme: SignatureScheme) -> &'static [&'static str] {
    match scheme {
        SignatureScheme::Rsa(Digest::Sha1) => &["rsa_pkcs1_sha1"],
        SignatureScheme::Rsa(Digest::Sha224) => &["rsa_sha224"],
        SignatureScheme::Rsa(Digest::Sha256) => &["rsa_pkcs1_sha256"],
        SignatureScheme::Rsa(Digest::Sha384) => &["rsa_pkcs1_sha384"],
        SignatureScheme::Rsa(_) => &["rsa_pkcs1_sha512"],
        SignatureScheme::Ecdsa(Digest::Sha1) => &["ecdsa_sha1"],
        SignatureScheme::Ecdsa(Digest::Sha224) => &["ecdsa_sha224"],
        SignatureScheme::Ecdsa(Digest::Sha256) => &["ecdsa_secp256r1_sha256"],
        SignatureScheme::Ecdsa(Digest::Sha384) => &["ecdsa_secp384r1_sha384"],
        SignatureScheme::Ecdsa(_) => &["ecdsa_secp521r1_sha512"],
        SignatureScheme::Dsa(Digest::Sha1) => &["dsa_sha1"],
        SignatureScheme::Dsa(Digest::Sha224) => &["dsa_sha224"],
        SignatureScheme::Dsa(_) => &["dsa_sha256"],
        SignatureScheme::RsaPss(_) => &[
            "rsa_pss_rsae_sha256",
            "rsa_pss_rsae_sha384",
            "rsa_pss_rsae_sha512",
            "rsa_pss_pss_sha256",
            "rsa_pss_pss_sha384",
            "rsa_pss_pss_sha512",
        ],
        SignatureScheme::Ed25519 => &["ed25519"],
        SignatureScheme::Ed448 => &["ed448"],
    }
}
