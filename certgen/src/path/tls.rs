//! The signature algorithms and the keys that a TLS engine supports in certificates.

use super::constraints::Restrictions;
use super::key::Kind;
use super::{Engine, Jdk, Protocol};
use crate::digest::Digest;
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};

/// The curves of ECDSA in TLS 1.3.
///
/// Java 16 and later check ECDSA signatures on these curves only.
pub(super) const CURVES: [&str; 3] = ["secp256r1", "secp384r1", "secp521r1"];

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

/// The minimum length in bits of an RSA key in TLS 1.3.
///
/// It is that of RSASSA-PSS with SHA-256 in `sun.security.ssl.SignatureScheme`.
const MIN_PSS_BITS: usize = 528;

/// Whether a peer can sign a handshake with a key of this kind.
///
/// The source is `sun.security.ssl.SignatureScheme.getPreferableAlgorithm`. In TLS 1.3, Netty's engine offers no scheme
/// for secp521r1.
pub(super) fn takes_key(
    kind: Kind,
    (jdk, engine, protocol): (Jdk, Engine, Protocol),
    restrictions: &Restrictions,
) -> bool {
    let is_of_jdk = engine == Engine::Jdk;
    match kind {
        Kind::Rsa { bits } => protocol == Protocol::Tls12 || bits >= MIN_PSS_BITS,
        Kind::RsaPss { .. } => true,
        Kind::Ec(curve) => {
            let is_one_of = |known: &[&str]| curve.names.iter().any(|name| known.contains(name));
            is_one_of(&CURVES) && (is_of_jdk || protocol == Protocol::Tls12 || !is_one_of(&["secp521r1"]))
        }
        Kind::Dsa { .. } => is_of_jdk && protocol == Protocol::Tls12,
        Kind::Ed25519 => is_of_jdk && jdk >= Jdk::V17 && restrictions.allows_scheme("ed25519"),
        Kind::Ed448 => is_of_jdk && jdk >= Jdk::V17 && restrictions.allows_scheme("ed448"),
        Kind::Other => false,
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
