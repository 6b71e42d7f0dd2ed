//! Public keys as Java reads them (`X509Key`), and the properties that constraints check.

use super::certificate::Identifier;
use super::der::{self, Read, Unreadable, Value};
use crate::public_key::PublicKey;
use crate::signature_algorithm::SignatureScheme;
use crate::{asn1, oid};

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// The algorithm, the parameters and the bits, by which keys are compared.
    identity: (Vec<u8>, Option<Vec<u8>>, Vec<u8>),
    public: Option<PublicKey>,
}

/// A key's algorithm, with the properties that constraints check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa { bits: usize },
    RsaPss { bits: usize },
    Ec(&'static Curve),
    Dsa { bits: Option<usize> },
    Ed25519,
    Ed448,
    Other,
}

/// A curve that has a name in Java (`sun.security.util.CurveDB`).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Curve {
    oid: &'static str,
    /// The names of the curve, the usual one first.
    pub(super) names: &'static [&'static str],
    /// The length of the curve's order in bits, which is the size of a key.
    pub(super) order_bits: usize,
    field_bits: usize,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Key {
    pub(super) fn read(value: Value<'_>) -> Read<Self> {
        let mut reader = value.sequence("its key is not a SEQUENCE")?;
        let (algorithm, (bits, count)) = (reader.next()?, reader.next()?.bits()?);
        let identifier = Identifier::read(algorithm)?;
        if !reader.is_empty() {
            return Err(Unreadable("its key has extra data"));
        }
        let kind = Kind::read(&identifier, &bits, count)?;
        let public = PublicKey::from_spki_der(&asn1::sequence(&[algorithm.to_der(), asn1::bit_string(&bits)])).ok();
        Ok(Self { kind, identity: (identifier.oid.to_vec(), identifier.parameters, bits), public })
    }

    /// Whether the key's numbers have lengths that are not in the shortest form.
    pub(super) fn has_long_lengths(&self) -> bool {
        let has_numbers = matches!(self.kind, Kind::Rsa { .. } | Kind::RsaPss { .. } | Kind::Dsa { .. });
        has_numbers && !der::has_shortest_lengths(&self.identity.2)
    }

    pub(super) fn public(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }

    /// Completes a DSA key without parameters with the parameters of the issuer's key.
    ///
    /// Returns `None` for any other key, and if the issuer's key has no such parameters.
    pub(super) fn completed(&self, issuer: &Self) -> Option<Self> {
        let (Kind::Dsa { bits: None }, Kind::Dsa { bits: bits @ Some(_) }) = (self.kind, issuer.kind) else {
            return None;
        };
        let (oid, _, key) = &self.identity;
        let parameters = issuer.identity.1.as_deref()?;
        let algorithm = asn1::sequence(&[asn1::tlv(der::OBJECT_IDENTIFIER, oid), parameters.to_vec()]);
        let spki = asn1::sequence(&[algorithm, asn1::bit_string(key)]);
        let public = PublicKey::from_spki_der(&spki).ok();
        let identity = (oid.clone(), Some(parameters.to_vec()), key.clone());
        Some(Self { kind: Kind::Dsa { bits }, identity, public })
    }

    /// Whether the key can make signatures of this scheme.
    pub(super) fn suits(&self, scheme: SignatureScheme) -> bool {
        match scheme {
            // A key for RSASSA-PSS without parameters is not limited to that scheme.
            SignatureScheme::Rsa(_) => match self.kind {
                Kind::Rsa { .. } => true,
                Kind::RsaPss { .. } => self.identity.1.is_none(),
                _ => false,
            },
            SignatureScheme::RsaPss(_) => matches!(self.kind, Kind::Rsa { .. } | Kind::RsaPss { .. }),
            SignatureScheme::Ecdsa(_) => matches!(self.kind, Kind::Ec(_)),
            SignatureScheme::Dsa(_) => matches!(self.kind, Kind::Dsa { .. }),
            SignatureScheme::Ed25519 => self.kind == Kind::Ed25519,
            SignatureScheme::Ed448 => self.kind == Kind::Ed448,
        }
    }
}

impl Kind {
    fn read(identifier: &Identifier<'_>, bits: &[u8], count: usize) -> Read<Self> {
        let is = |known: ::der::asn1::ObjectIdentifier| known.as_bytes() == identifier.oid;
        let parameters = identifier.parameters.as_deref();
        let sized = |kind, expected| {
            if count == expected { Ok(kind) } else { Err(Unreadable("its key has the wrong length")) }
        };
        if is(oid::RSA) {
            Ok(Self::Rsa { bits: rsa_bits(bits)? })
        } else if is(oid::RSA_PSS) {
            Ok(Self::RsaPss { bits: rsa_bits(bits)? })
        } else if is(oid::EC) {
            ec(parameters, bits)
        } else if is(oid::DSA) {
            dsa(parameters, bits)
        } else if is(oid::ED25519) {
            sized(Self::Ed25519, 256)
        } else if is(oid::ED448) {
            sized(Self::Ed448, 456)
        } else if DIFFIE_HELLMAN.contains(&identifier.oid) {
            diffie_hellman(parameters, bits)
        } else {
            Ok(Self::Other)
        }
    }

    /// The names that `Key.getAlgorithm` and, if different, `KeyUtil.getAlgorithm` return.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rsa { .. } => &["RSA"],
            Self::RsaPss { .. } => &["RSASSA-PSS"],
            Self::Ec(_) => &["EC"],
            Self::Dsa { .. } => &["DSA"],
            Self::Ed25519 => &["EdDSA", "Ed25519"],
            Self::Ed448 => &["EdDSA", "Ed448"],
            Self::Other => &[],
        }
    }

    /// A text for messages, such as `RSA of 512 bits`, `EC on secp256k1` or `Ed25519`.
    pub(super) fn described(self) -> String {
        match self {
            Self::Rsa { bits } => format!("RSA of {bits} bits"),
            Self::Ec(curve) => format!("EC on {}", curve.names.first().unwrap_or(&curve.oid)),
            _ => (*self.names().last().unwrap_or(&"an unknown algorithm")).to_owned(),
        }
    }

    /// The size in bits (`KeyUtil.getKeySize`); `None` if unknown.
    pub(super) fn size(self) -> Option<usize> {
        match self {
            Self::Rsa { bits } | Self::RsaPss { bits } => Some(bits),
            Self::Ec(curve) => Some(curve.order_bits),
            Self::Dsa { bits } => bits,
            Self::Ed25519 => Some(255),
            Self::Ed448 => Some(448),
            Self::Other => None,
        }
    }
}

/// The bytes of a number without leading zeros.
fn digits(bytes: &[u8]) -> &[u8] {
    bytes.iter().position(|byte| *byte != 0).and_then(|first| bytes.get(first..)).unwrap_or_default()
}

/// The length of a number in bits; its first bit is not read as a sign.
fn bit_length(bytes: &[u8]) -> usize {
    let digits = digits(bytes);
    let leading = digits.first().map_or(0, |first| usize::try_from(first.leading_zeros()).unwrap_or(0));
    digits.len() * 8 - leading
}

/// The length of an RSA modulus in bits, if `RSAPublicKeyImpl` accepts the key.
///
/// The modulus must have 505 to 16,384 bits: Java rounds its length up to whole bytes, and the minimum is 512. The exponent
/// must be at least 3, less than the modulus and, for a modulus of more than 3072 bits, not longer than 64 bits.
fn rsa_bits(key: &[u8]) -> Read<usize> {
    const WRONG: Unreadable = Unreadable("Java does not accept its RSA key");
    let numbers = Value::only(key)?.sequence("its RSA key is not a SEQUENCE")?.all()?;
    let [modulus, exponent] = numbers.as_slice() else { return Err(WRONG) };
    let (modulus, exponent) = (modulus.integer()?, exponent.integer()?);
    let (bits, exponent_bits) = (bit_length(modulus), bit_length(exponent));
    let length = bits.next_multiple_of(8);
    let small = exponent_bits < 2 || (exponent_bits == 2 && exponent.last() == Some(&2));
    let long = length > 3072 && exponent_bits > 64;
    let exceeds = (exponent_bits, digits(exponent)) >= (bits, digits(modulus));
    if !(512..=16_384).contains(&length) || small || long || exceeds {
        return Err(WRONG);
    }
    Ok(bits)
}

/// Reads an EC key, which must have a named curve and an uncompressed point.
///
/// The point need not be on the curve.
fn ec(parameters: Option<&[u8]>, point: &[u8]) -> Read<Kind> {
    let parameters = parameters.ok_or(Unreadable("its EC key has no curve"))?;
    let oid = Value::only(parameters)?.oid().map_err(|_| Unreadable("its EC key's curve has no name"))?;
    let oid = der::dotted(oid);
    let curve = CURVES.iter().find(|curve| curve.oid == oid).ok_or(Unreadable("its EC key's curve is not known"))?;
    match point {
        [4, coordinates @ ..] if coordinates.len() / 2 == curve.field_bits.div_ceil(8) => Ok(Kind::Ec(curve)),
        _ => Err(Unreadable(
            "the point of its EC key is not in uncompressed form, or has the wrong length for its curve",
        )),
    }
}

fn dsa(parameters: Option<&[u8]>, key: &[u8]) -> Read<Kind> {
    Value::only(key)?.integer()?;
    let Some(parameters) = parameters else { return Ok(Kind::Dsa { bits: None }) };
    let numbers = Value::only(parameters)?.sequence("the parameters of its DSA key are not a SEQUENCE")?.all()?;
    match numbers.as_slice() {
        [p, q, g] => {
            q.integer()?;
            g.integer()?;
            Ok(Kind::Dsa { bits: Some(bit_length(p.integer()?)) })
        }
        _ => Err(Unreadable("the parameters of its DSA key are not three numbers")),
    }
}

/// The object identifiers of Diffie-Hellman keys in PKCS#3 and in X9.42.
///
/// Java 11 and later read both in the same way (`DHPublicKey`, `DHParameters`).
const DIFFIE_HELLMAN: [&[u8]; 2] =
    [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1], &[0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1]];

/// Checks that Java can read a Diffie-Hellman key, which this crate cannot use.
///
/// The parameters are a prime, a base, and optionally the length of private values.
fn diffie_hellman(parameters: Option<&[u8]>, key: &[u8]) -> Read<Kind> {
    const WRONG: Unreadable = Unreadable("the parameters of its Diffie-Hellman key are malformed");
    let numbers =
        Value::only(parameters.ok_or(WRONG)?)?.sequence("its Diffie-Hellman parameters are not a SEQUENCE")?;
    match numbers.all()?.as_slice() {
        [prime, base, length @ ..] if length.len() < 2 => {
            prime.integer()?;
            base.integer()?;
            length.iter().try_for_each(|length| length.int().map(|_| ()))?;
        }
        _ => return Err(WRONG),
    }
    Value::only(key)?.integer()?;
    Ok(Kind::Other)
}

/// The names of the curve with this name, the usual one first (`CurveDB.lookup`).
pub(super) fn curve_names(name: &str) -> Option<&'static [&'static str]> {
    let is_it = |curve: &&Curve| curve.names.iter().any(|other| other.eq_ignore_ascii_case(name));
    CURVES.iter().find(is_it).map(|curve| curve.names)
}

#[rustfmt::skip]
const CURVES: [Curve; 53] = [
    Curve { oid: "1.2.840.10045.3.0.5", names: &["X9.62 c2tnb191v1"], order_bits: 191, field_bits: 191 },
    Curve { oid: "1.2.840.10045.3.0.6", names: &["X9.62 c2tnb191v2"], order_bits: 190, field_bits: 191 },
    Curve { oid: "1.2.840.10045.3.0.7", names: &["X9.62 c2tnb191v3"], order_bits: 189, field_bits: 191 },
    Curve { oid: "1.2.840.10045.3.0.11", names: &["X9.62 c2tnb239v1"], order_bits: 238, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.0.12", names: &["X9.62 c2tnb239v2"], order_bits: 237, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.0.13", names: &["X9.62 c2tnb239v3"], order_bits: 236, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.0.18", names: &["X9.62 c2tnb359v1"], order_bits: 353, field_bits: 359 },
    Curve { oid: "1.2.840.10045.3.0.20", names: &["X9.62 c2tnb431r1"], order_bits: 418, field_bits: 431 },
    Curve { oid: "1.2.840.10045.3.1.1", names: &["secp192r1", "NIST P-192", "X9.62 prime192v1"], order_bits: 192, field_bits: 192 },
    Curve { oid: "1.2.840.10045.3.1.2", names: &["X9.62 prime192v2"], order_bits: 192, field_bits: 192 },
    Curve { oid: "1.2.840.10045.3.1.3", names: &["X9.62 prime192v3"], order_bits: 192, field_bits: 192 },
    Curve { oid: "1.2.840.10045.3.1.4", names: &["X9.62 prime239v1"], order_bits: 239, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.1.5", names: &["X9.62 prime239v2"], order_bits: 239, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.1.6", names: &["X9.62 prime239v3"], order_bits: 239, field_bits: 239 },
    Curve { oid: "1.2.840.10045.3.1.7", names: &["secp256r1", "NIST P-256", "X9.62 prime256v1"], order_bits: 256, field_bits: 256 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.1", names: &["brainpoolP160r1"], order_bits: 160, field_bits: 160 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.3", names: &["brainpoolP192r1"], order_bits: 192, field_bits: 192 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.5", names: &["brainpoolP224r1"], order_bits: 224, field_bits: 224 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.7", names: &["brainpoolP256r1"], order_bits: 256, field_bits: 256 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.9", names: &["brainpoolP320r1"], order_bits: 320, field_bits: 320 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.11", names: &["brainpoolP384r1"], order_bits: 384, field_bits: 384 },
    Curve { oid: "1.3.36.3.3.2.8.1.1.13", names: &["brainpoolP512r1"], order_bits: 512, field_bits: 512 },
    Curve { oid: "1.3.132.0.1", names: &["sect163k1", "NIST K-163"], order_bits: 163, field_bits: 163 },
    Curve { oid: "1.3.132.0.2", names: &["sect163r1"], order_bits: 162, field_bits: 163 },
    Curve { oid: "1.3.132.0.3", names: &["sect239k1"], order_bits: 238, field_bits: 239 },
    Curve { oid: "1.3.132.0.4", names: &["sect113r1"], order_bits: 113, field_bits: 113 },
    Curve { oid: "1.3.132.0.5", names: &["sect113r2"], order_bits: 113, field_bits: 113 },
    Curve { oid: "1.3.132.0.6", names: &["secp112r1"], order_bits: 112, field_bits: 112 },
    Curve { oid: "1.3.132.0.7", names: &["secp112r2"], order_bits: 110, field_bits: 112 },
    Curve { oid: "1.3.132.0.8", names: &["secp160r1"], order_bits: 161, field_bits: 160 },
    Curve { oid: "1.3.132.0.9", names: &["secp160k1"], order_bits: 161, field_bits: 160 },
    Curve { oid: "1.3.132.0.10", names: &["secp256k1"], order_bits: 256, field_bits: 256 },
    Curve { oid: "1.3.132.0.15", names: &["sect163r2", "NIST B-163"], order_bits: 163, field_bits: 163 },
    Curve { oid: "1.3.132.0.16", names: &["sect283k1", "NIST K-283"], order_bits: 281, field_bits: 283 },
    Curve { oid: "1.3.132.0.17", names: &["sect283r1", "NIST B-283"], order_bits: 282, field_bits: 283 },
    Curve { oid: "1.3.132.0.22", names: &["sect131r1"], order_bits: 131, field_bits: 131 },
    Curve { oid: "1.3.132.0.23", names: &["sect131r2"], order_bits: 131, field_bits: 131 },
    Curve { oid: "1.3.132.0.24", names: &["sect193r1"], order_bits: 193, field_bits: 193 },
    Curve { oid: "1.3.132.0.25", names: &["sect193r2"], order_bits: 193, field_bits: 193 },
    Curve { oid: "1.3.132.0.26", names: &["sect233k1", "NIST K-233"], order_bits: 232, field_bits: 233 },
    Curve { oid: "1.3.132.0.27", names: &["sect233r1", "NIST B-233"], order_bits: 233, field_bits: 233 },
    Curve { oid: "1.3.132.0.28", names: &["secp128r1"], order_bits: 128, field_bits: 128 },
    Curve { oid: "1.3.132.0.29", names: &["secp128r2"], order_bits: 126, field_bits: 128 },
    Curve { oid: "1.3.132.0.30", names: &["secp160r2"], order_bits: 161, field_bits: 160 },
    Curve { oid: "1.3.132.0.31", names: &["secp192k1"], order_bits: 192, field_bits: 192 },
    Curve { oid: "1.3.132.0.32", names: &["secp224k1"], order_bits: 225, field_bits: 224 },
    Curve { oid: "1.3.132.0.33", names: &["secp224r1", "NIST P-224"], order_bits: 224, field_bits: 224 },
    Curve { oid: "1.3.132.0.34", names: &["secp384r1", "NIST P-384"], order_bits: 384, field_bits: 384 },
    Curve { oid: "1.3.132.0.35", names: &["secp521r1", "NIST P-521"], order_bits: 521, field_bits: 521 },
    Curve { oid: "1.3.132.0.36", names: &["sect409k1", "NIST K-409"], order_bits: 407, field_bits: 409 },
    Curve { oid: "1.3.132.0.37", names: &["sect409r1", "NIST B-409"], order_bits: 409, field_bits: 409 },
    Curve { oid: "1.3.132.0.38", names: &["sect571k1", "NIST K-571"], order_bits: 570, field_bits: 571 },
    Curve { oid: "1.3.132.0.39", names: &["sect571r1", "NIST B-571"], order_bits: 570, field_bits: 571 },
];
