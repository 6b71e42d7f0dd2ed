//! The disabled algorithms of `java.security` (`DisabledAlgorithmConstraints`).

use std::collections::BTreeMap;

use super::certificate::Certificate;
use super::key::{self, Kind};
use super::{Jdk, PeerRole};
use crate::error::{Error, ErrorKind};
use crate::signature_algorithm::{SignatureAlgorithm, SignatureScheme};
use crate::time::{self, Time};

const CERTPATH: &str = "jdk.certpath.disabledAlgorithms";
const TLS: &str = "jdk.tls.disabledAlgorithms";
const CURVES: &str = "jdk.disabled.namedCurves";
const NON_CA_ANCHOR: &str = "jdk.security.allowNonCaAnchor";

// The values in the `java.security` of JDK 17 and 25. The values of JDK 8 and 11 differ only in entries that no certificate
// matches, and in the curves.
const DEFAULT_CERTPATH: &str = "MD2, MD5, SHA1 jdkCA & usage TLSServer, RSA keySize < 1024, DSA keySize < 1024, \
                                EC keySize < 224, SHA1 usage SignedJAR & denyAfter 2019-01-01";
const DEFAULT_TLS_17: &str = "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, \
                              EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH";
const DEFAULT_TLS_25: &str = "SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, \
                              EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH, TLS_RSA_*, \
                              rsa_pkcs1_sha1 usage HandshakeSignature, ecdsa_sha1 usage HandshakeSignature, \
                              dsa_sha1 usage HandshakeSignature";
/// `jdk.disabled.namedCurves` in the `java.security` of JDK 8 and 11.
const DEFAULT_CURVES: &str = "secp112r1, secp112r2, secp128r1, secp128r2, secp160k1, secp160r1, secp160r2, secp192k1, secp192r1, secp224k1, \
     secp224r1, secp256k1, sect113r1, sect113r2, sect131r1, sect131r2, sect163k1, sect163r1, sect163r2, sect193r1, \
     sect193r2, sect233k1, sect233r1, sect239k1, sect283k1, sect283r1, sect409k1, sect409r1, sect571k1, sect571r1, \
     X9.62 c2tnb191v1, X9.62 c2tnb191v2, X9.62 c2tnb191v3, X9.62 c2tnb239v1, X9.62 c2tnb239v2, X9.62 c2tnb239v3, \
     X9.62 c2tnb359v1, X9.62 c2tnb431r1, X9.62 prime192v2, X9.62 prime192v3, X9.62 prime239v1, X9.62 prime239v2, \
     X9.62 prime239v3, brainpoolP256r1, brainpoolP320r1, brainpoolP384r1, brainpoolP512r1";

#[derive(Clone, Debug)]
pub(super) struct Restrictions {
    certpath: List,
    tls: List,
    certpath_in_tls: bool,
    /// `jdk.security.allowNonCaAnchor`.
    pub(super) any_anchor: bool,
}

#[derive(Clone, Debug)]
struct List {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Without the hyphen after `SHA` ([`plain`]).
    algorithm: String,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
enum Condition {
    KeySize(Operator, usize),
    JdkCa,
    DenyAfter(Time),
    Usage(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The inputs to a constraint, besides the algorithm and the key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion {
    pub(super) role: PeerRole,
    pub(super) time: Time,
}

impl Restrictions {
    pub(super) fn of(jdk: Jdk) -> Self {
        let properties = |name: &str| match (name, jdk) {
            (CERTPATH, Jdk::V8 | Jdk::V11) => format!("{DEFAULT_CERTPATH}, include {CURVES}"),
            (CERTPATH, _) => DEFAULT_CERTPATH.to_owned(),
            (TLS, Jdk::V8 | Jdk::V11) => format!("{DEFAULT_TLS_17}, include {CURVES}"),
            (TLS, Jdk::V17) => DEFAULT_TLS_17.to_owned(),
            (TLS, Jdk::V25) => DEFAULT_TLS_25.to_owned(),
            (CURVES, Jdk::V8 | Jdk::V11) => DEFAULT_CURVES.to_owned(),
            _ => String::new(),
        };
        let list = |name| List { entries: List::parse(name, &properties).unwrap_or_default() };
        Self { certpath: list(CERTPATH), tls: list(TLS), certpath_in_tls: jdk != Jdk::V25, any_anchor: false }
    }

    /// Reads the text of a `java.security`.
    ///
    /// A missing property disables nothing, as in Java.
    pub(super) fn parse(text: &str, jdk: Jdk) -> Result<Self, Error> {
        let properties = properties(text);
        let get = |name: &str| properties.get(name).cloned().unwrap_or_default();
        let any_anchor = properties.get(NON_CA_ANCHOR);
        Ok(Self {
            certpath: List { entries: List::parse(CERTPATH, &get)? },
            tls: List { entries: List::parse(TLS, &get)? },
            certpath_in_tls: jdk != Jdk::V25,
            any_anchor: any_anchor.is_some_and(|value| value.is_empty() || value.eq_ignore_ascii_case("true")),
        })
    }

    pub(super) fn allows_anchor(&self, key: Kind, occasion: Occasion) -> bool {
        self.certpath.allows(&[], key, occasion)
    }

    pub(super) fn allows_certificate(&self, certificate: &Certificate, occasion: Occasion) -> bool {
        self.certpath.allows(&certificate.algorithm_names, certificate.key.kind, occasion)
            && self.certpath.allows_pss(&certificate.algorithm)
    }

    /// Whether TLS accepts a certificate's signature algorithm and key, and the signer's key.
    ///
    /// In TLS, Java before 25 also applies `jdk.certpath.disabledAlgorithms`.
    pub(super) fn allows_in_tls(&self, certificate: &Certificate, signer: Option<Kind>) -> bool {
        let key = certificate.key.kind;
        let lists = [Some(&self.tls), Some(&self.certpath).filter(|_| self.certpath_in_tls)];
        lists.into_iter().flatten().all(|list| {
            !list.has_any(&certificate.algorithm_names)
                && signer.into_iter().chain([key]).all(|key| list.allows_key(key))
        })
    }

    /// Whether a signature scheme is enabled for certificates in TLS.
    ///
    /// `name` is the scheme's name in `sun.security.ssl.SignatureScheme`. The curve of a scheme must be enabled, too.
    pub(super) fn allows_scheme(&self, name: &str) -> bool {
        let curve = name.split('_').nth(1).and_then(key::curve_names).unwrap_or_default();
        let certpath = Some(&self.certpath).filter(|_| self.certpath_in_tls);
        if [Some(&self.tls), certpath].into_iter().flatten().any(|list| list.has_any(curve)) {
            return false;
        }
        let disables = |entry: &Entry| {
            let in_certificates = |condition: &Condition| match condition {
                Condition::Usage(usages) => usages.iter().any(|usage| usage == "certificatesignature"),
                _ => false,
            };
            entry.algorithm.eq_ignore_ascii_case(name) && entry.conditions.iter().all(in_certificates)
        };
        !self.tls.entries.iter().any(disables)
    }
}

/// The names under which an algorithm may be disabled (`AlgorithmDecomposer`).
pub(super) fn elements(algorithm: &SignatureAlgorithm) -> Vec<String> {
    let name = algorithm.to_string();
    let mut elements = match algorithm.scheme() {
        Some(SignatureScheme::Rsa(digest)) => vec![digest.to_string(), "RSA".to_owned()],
        Some(SignatureScheme::Ecdsa(digest)) => vec![digest.to_string(), "ECDSA".to_owned()],
        Some(SignatureScheme::Dsa(digest)) => vec![digest.to_string(), "DSA".to_owned()],
        _ => Vec::new(),
    };
    elements.push(name);
    elements
}

impl List {
    fn parse(name: &str, get: &dyn Fn(&str) -> String) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for text in split(&get(name)) {
            if text.strip_prefix("include ").is_some_and(|included| included.eq_ignore_ascii_case(CURVES)) {
                entries.extend(split(&get(CURVES)).into_iter().map(|curve| Entry::bare(&curve)));
            } else {
                let entry = Entry::parse(&text);
                let invalid = || ErrorKind::InvalidSecurityProperty { property: name.to_owned(), entry: text.clone() };
                entries.push(entry.ok_or_else(|| Error::new(invalid()))?);
            }
        }
        Ok(entries)
    }

    fn has_any(&self, names: &[impl AsRef<str>]) -> bool {
        let bare = self.entries.iter().filter(|entry| entry.conditions.is_empty());
        bare.into_iter().any(|entry| names.iter().any(|name| entry.is_for(name.as_ref())))
    }

    fn has_curve(&self, key: Kind) -> bool {
        let Kind::Ec(curve) = key else { return false };
        self.has_any(curve.names)
    }

    fn allows(&self, algorithm: &[String], key: Kind, occasion: Occasion) -> bool {
        let disables = |entry: &Entry| {
            (algorithm.iter().any(|name| entry.is_for(name)) || key.names().iter().any(|name| entry.is_for(name)))
                && entry.conditions.iter().all(|condition| condition.holds(&entry.algorithm, key, occasion))
        };
        !self.has_curve(key) && !self.entries.iter().any(disables)
    }

    fn allows_pss(&self, algorithm: &SignatureAlgorithm) -> bool {
        let Some(SignatureScheme::RsaPss(Some(parameters))) = algorithm.scheme() else { return true };
        !self.has_any(&[parameters.digest.to_string(), parameters.mask_digest.to_string()])
    }

    /// Whether the key's algorithm, curve and size are allowed (`permits(primitives, key)`).
    fn allows_key(&self, key: Kind) -> bool {
        let too_short = |entry: &Entry| match entry.conditions.as_slice() {
            [size @ Condition::KeySize(..)] => size.concerns(&entry.algorithm, key),
            _ => false,
        };
        !self.has_any(key.names()) && !self.has_curve(key) && !self.entries.iter().any(too_short)
    }
}

impl Entry {
    fn bare(algorithm: &str) -> Self {
        Self { algorithm: plain(algorithm), conditions: Vec::new() }
    }

    fn parse(text: &str) -> Option<Self> {
        // Some curves have a blank in their names.
        let Some((algorithm, conditions)) = text.split_once(' ').filter(|_| key::curve_names(text).is_none()) else {
            return Some(Self::bare(text));
        };
        let conditions = conditions.split('&').map(|condition| Condition::parse(condition.trim()));
        let conditions = conditions.collect::<Option<Vec<_>>>()?;
        let occurs_once =
            |kind: fn(&Condition) -> bool| conditions.iter().filter(|condition| kind(condition)).count() <= 1;
        let are_valid = occurs_once(|condition| matches!(condition, Condition::JdkCa))
            && occurs_once(|condition| matches!(condition, Condition::DenyAfter(_)));
        are_valid.then(|| Self { algorithm: plain(algorithm), conditions })
    }

    fn is_for(&self, name: &str) -> bool {
        self.algorithm.eq_ignore_ascii_case(name)
    }
}

/// The name, without its first hyphen if the name begins with `SHA-`: `SHA1` for `SHA-1`.
fn plain(algorithm: &str) -> String {
    let digest = algorithm.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SHA-"));
    if digest { algorithm.replacen('-', "", 1) } else { algorithm.to_owned() }
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        Some(match words.as_slice() {
            // Java ignores further words.
            ["keySize", operator, size, ..] => Self::KeySize(Operator::parse(operator)?, size.parse().ok()?),
            ["denyAfter", date] => Self::DenyAfter(parse_date(date)?),
            ["usage", usages @ ..] => Self::Usage(usages.iter().map(|usage| usage.to_ascii_lowercase()).collect()),
            [word] if word.eq_ignore_ascii_case("jdkCA") => Self::JdkCa,
            _ => return None,
        })
    }

    fn holds(&self, algorithm: &str, key: Kind, occasion: Occasion) -> bool {
        match self {
            Self::KeySize(..) => self.concerns(algorithm, key),
            // This crate does not know the JDK's own authorities.
            Self::JdkCa => false,
            Self::DenyAfter(date) => *date <= occasion.time,
            Self::Usage(usages) => {
                let own = match occasion.role {
                    PeerRole::Server => "tlsserver",
                    PeerRole::Client => "tlsclient",
                };
                usages.iter().any(|usage| usage == own)
            }
        }
    }

    fn concerns(&self, algorithm: &str, key: Kind) -> bool {
        let Self::KeySize(operator, limit) = self else { return false };
        let named = key.names().first().is_some_and(|name| name.eq_ignore_ascii_case(algorithm));
        named && key.size().is_some_and(|size| size == 0 || operator.holds(size, *limit))
    }
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn holds(self, size: usize, limit: usize) -> bool {
        match self {
            Self::Equal => size == limit,
            Self::NotEqual => size != limit,
            Self::Less => size < limit,
            Self::LessOrEqual => size <= limit,
            Self::Greater => size > limit,
            Self::GreaterOrEqual => size >= limit,
        }
    }
}

fn parse_date(text: &str) -> Option<Time> {
    let numbers: Vec<&str> = text.split('-').collect();
    let [year, month, day] = numbers.as_slice() else { return None };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(Time::from_unix_seconds(time::days_from_civil(year.parse().ok()?, month, day) * crate::validity::DAY))
}

fn split(value: &str) -> Vec<String> {
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// The properties of a `java.util.Properties` text; the last value of a key counts.
///
/// Escapes are not supported. The JDK's own `java.security` has none.
fn properties(text: &str) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while logical.ends_with('\\') {
            logical.pop();
            logical.push_str(lines.next().unwrap_or_default());
        }
        let end = logical.find(|character: char| "=: \t".contains(character)).unwrap_or(logical.len());
        let (key, rest) = logical.split_at_checked(end).unwrap_or_default();
        let rest = rest.trim_start();
        let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim();
        properties.insert(key.to_owned(), value.to_owned());
    }
    properties
}
