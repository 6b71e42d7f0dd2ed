//! Object identifiers of keystores and of the algorithms in them.

use der::asn1::ObjectIdentifier;

const fn oid(dotted: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(dotted)
}

// Content types (RFC 5652).
pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(crate) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");

// Types of bags and of certificates (RFC 7292, appendix D).
pub(crate) const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
pub(crate) const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
pub(crate) const CERT_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
pub(crate) const SECRET_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.5");
pub(crate) const SAFE_CONTENTS_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.6");
pub(crate) const X509_CERTIFICATE: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");

// Attributes of bags (RFC 2985), and Oracle's attribute for trusted certificates with the value that Java writes.
pub(crate) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
pub(crate) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
pub(crate) const TRUSTED_KEY_USAGE: ObjectIdentifier = oid("2.16.840.1.113894.746875.1.1");
pub(crate) const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37.0");

// PKCS#12's own password-based encryption (RFC 7292, appendix C).
pub(crate) const PBE_SHA1_RC4_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.1");
pub(crate) const PBE_SHA1_RC4_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.2");
pub(crate) const PBE_SHA1_3DES_3KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
pub(crate) const PBE_SHA1_3DES_2KEY: ObjectIdentifier = oid("1.2.840.113549.1.12.1.4");
pub(crate) const PBE_SHA1_RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
pub(crate) const PBE_SHA1_RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");

// PBES1 of PKCS#5 (RFC 8018, section 6.1).
pub(crate) const PBE_MD5_DES: ObjectIdentifier = oid("1.2.840.113549.1.5.3");
pub(crate) const PBE_MD5_RC2: ObjectIdentifier = oid("1.2.840.113549.1.5.6");
pub(crate) const PBE_SHA1_DES: ObjectIdentifier = oid("1.2.840.113549.1.5.10");
pub(crate) const PBE_SHA1_RC2: ObjectIdentifier = oid("1.2.840.113549.1.5.11");

// Key derivation, encryption and MAC of PKCS#5 (RFC 8018).
pub(crate) const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
pub(crate) const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
pub(crate) const PBMAC1: ObjectIdentifier = oid("1.2.840.113549.1.5.14");

pub(crate) const DES_EDE3_CBC: ObjectIdentifier = oid("1.2.840.113549.3.7");
pub(crate) const AES_128_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.2");
pub(crate) const AES_192_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.22");
pub(crate) const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");

pub(crate) const SHA_1: ObjectIdentifier = oid("1.3.14.3.2.26");
pub(crate) const SHA_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA_384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
pub(crate) const SHA_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
pub(crate) const SHA_224: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.4");
pub(crate) const SHA_512_224: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.5");
pub(crate) const SHA_512_256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.6");

// HMAC with SHA-1 and SHA-2 (RFC 8018, appendix B.1), and with SHA3-512 (NIST).
pub(crate) const HMAC_SHA_1: ObjectIdentifier = oid("1.2.840.113549.2.7");
pub(crate) const HMAC_SHA_224: ObjectIdentifier = oid("1.2.840.113549.2.8");
pub(crate) const HMAC_SHA_256: ObjectIdentifier = oid("1.2.840.113549.2.9");
pub(crate) const HMAC_SHA_384: ObjectIdentifier = oid("1.2.840.113549.2.10");
pub(crate) const HMAC_SHA_512: ObjectIdentifier = oid("1.2.840.113549.2.11");
pub(crate) const HMAC_SHA_512_224: ObjectIdentifier = oid("1.2.840.113549.2.12");
pub(crate) const HMAC_SHA_512_256: ObjectIdentifier = oid("1.2.840.113549.2.13");
pub(crate) const HMAC_SHA3_512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.16");

// scrypt (RFC 7914, section 7).
pub(crate) const SCRYPT: ObjectIdentifier = oid("1.3.6.1.4.1.11591.4.11");

// AES-256 in CCM mode (RFC 5084) and AES-256 key wrap with padding (RFC 5649).
pub(crate) const AES_256_CCM: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.47");
pub(crate) const AES_256_WRAP_PAD: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.48");

// Algorithms of keys (RFC 8017, RFC 3279, PKCS#3, RFC 5480, RFC 8410).
pub(crate) const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
pub(crate) const RSASSA_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
pub(crate) const DSA: ObjectIdentifier = oid("1.2.840.10040.4.1");
pub(crate) const DIFFIE_HELLMAN: ObjectIdentifier = oid("1.2.840.113549.1.3.1");
pub(crate) const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
pub(crate) const X25519: ObjectIdentifier = oid("1.3.101.110");
pub(crate) const X448: ObjectIdentifier = oid("1.3.101.111");
pub(crate) const ED25519: ObjectIdentifier = oid("1.3.101.112");
pub(crate) const ED448: ObjectIdentifier = oid("1.3.101.113");

/// Algorithms of private keys for which every version of [`Java`](crate::Java) has a key factory.
pub(crate) const OLD_KEYS: [ObjectIdentifier; 5] = [RSA, RSASSA_PSS, DSA, DIFFIE_HELLMAN, EC];
/// X25519 and X448, which Java supports from version 11 on; Ed25519 and Ed448, from 15 on.
pub(crate) const CURVE_KEYS: [ObjectIdentifier; 4] = [X25519, X448, ED25519, ED448];
/// ML-DSA-44, -65, -87, and ML-KEM-512, -768, -1024, which Java supports from version 24 on.
pub(crate) const LATTICE_KEYS: [ObjectIdentifier; 6] = [
    oid("2.16.840.1.101.3.4.3.17"),
    oid("2.16.840.1.101.3.4.3.18"),
    oid("2.16.840.1.101.3.4.3.19"),
    oid("2.16.840.1.101.3.4.4.1"),
    oid("2.16.840.1.101.3.4.4.2"),
    oid("2.16.840.1.101.3.4.4.3"),
];
