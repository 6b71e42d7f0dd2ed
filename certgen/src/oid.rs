//! Object identifiers of algorithms, curves, extensions and PKCS structures.

use der::asn1::ObjectIdentifier;

use crate::digest::Digest;
use crate::public_key::Curve;

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(crate) const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
pub(crate) const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
pub(crate) const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
pub(crate) const SHA256_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
pub(crate) const SHA384_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
pub(crate) const SHA512_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
pub(crate) const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");
pub(crate) const MICROSOFT_EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.14");
pub(crate) const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
pub(crate) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
pub(crate) const ISSUER_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.18");
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(crate) const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
pub(crate) const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
pub(crate) const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
pub(crate) const AUTHORITY_INFO_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
pub(crate) const SUBJECT_INFO_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.11");
pub(crate) const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");

/// RSASSA-PKCS1-v1_5 (RFC 8017, appendix A.2.4).
///
/// The last entry is an older identifier that Java still reads.
pub(crate) const WITH_RSA: [(ObjectIdentifier, Digest); 10] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.2"), Digest::Md2),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4"), Digest::Md5),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5"), Digest::Sha1),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14"), Digest::Sha224),
    (SHA256_WITH_RSA, Digest::Sha256),
    (SHA384_WITH_RSA, Digest::Sha384),
    (SHA512_WITH_RSA, Digest::Sha512),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.15"), Digest::Sha512Of224),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.16"), Digest::Sha512Of256),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.29"), Digest::Sha1),
];

/// ECDSA (RFC 3279, section 2.2.3; RFC 5758, section 3.2).
pub(crate) const WITH_ECDSA: [(ObjectIdentifier, Digest); 5] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.1"), Digest::Sha1),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.1"), Digest::Sha224),
    (SHA256_WITH_ECDSA, Digest::Sha256),
    (SHA384_WITH_ECDSA, Digest::Sha384),
    (SHA512_WITH_ECDSA, Digest::Sha512),
];

/// DSA (RFC 3279, section 2.2.2; RFC 5758, section 3.1).
///
/// NIST registered the identifiers for SHA-384 and SHA-512. The last entry is an older identifier that Java still reads.
pub(crate) const WITH_DSA: [(ObjectIdentifier, Digest); 6] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10040.4.3"), Digest::Sha1),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.1"), Digest::Sha224),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.2"), Digest::Sha256),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.3"), Digest::Sha384),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.4"), Digest::Sha512),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.27"), Digest::Sha1),
];

/// The digests alone, for the parameters of RSASSA-PSS (RFC 8017, appendix B.1).
pub(crate) const DIGESTS: [(ObjectIdentifier, Digest); 9] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.2.2"), Digest::Md2),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"), Digest::Md5),
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.26"), Digest::Sha1),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4"), Digest::Sha224),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), Digest::Sha256),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), Digest::Sha384),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), Digest::Sha512),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.5"), Digest::Sha512Of224),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.6"), Digest::Sha512Of256),
];

/// The named curves among the variants of [`Curve`], with OpenSSL's names.
pub(crate) const CURVES: [(ObjectIdentifier, Curve, &str); 9] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), Curve::P256, "prime256v1"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), Curve::P384, "secp384r1"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), Curve::P521, "secp521r1"),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.1"), Curve::P192, "prime192v1"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.33"), Curve::P224, "secp224r1"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), Curve::Secp256k1, "secp256k1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"), Curve::BrainpoolP256r1, "brainpoolP256r1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"), Curve::BrainpoolP384r1, "brainpoolP384r1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"), Curve::BrainpoolP512r1, "brainpoolP512r1"),
];

/// `oid` is the content bytes of the identifier's DER.
pub(crate) fn look_up<T: Copy>(table: &[(ObjectIdentifier, T)], oid: &[u8]) -> Option<T> {
    table.iter().find(|(known, _)| known.as_bytes() == oid).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_identifier_is_in_the_table_twice() {
        let single = [RSA, RSA_PSS, MGF1, EC, DSA, ED25519, ED448];
        let signed = [&WITH_RSA[..], &WITH_ECDSA, &WITH_DSA, &DIGESTS].concat();
        let all = single.into_iter().chain(signed.into_iter().map(|(oid, _)| oid)).chain(CURVES.map(|(oid, ..)| oid));
        let (mut seen, mut count) = (BTreeSet::new(), 0);
        for oid in all {
            count += 1;
            seen.insert(oid.to_string());
        }
        assert_eq!(seen.len(), count);
    }
}
