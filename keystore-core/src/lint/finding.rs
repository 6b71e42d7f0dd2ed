//! Findings.

use std::fmt;

/// Something that Java accepts and its users regret: a value, not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    code: Code,
    entry: Option<String>,
    other: Option<String>,
}

impl Finding {
    pub(crate) const fn of_store(code: Code) -> Self {
        Self { code, entry: None, other: None }
    }

    pub(crate) fn of_entry(code: Code, alias: &str) -> Self {
        Self { code, entry: Some(alias.to_owned()), other: None }
    }

    pub(crate) fn of_two(code: Code, alias: &str, other: &str) -> Self {
        Self { code, entry: Some(alias.to_owned()), other: Some(other.to_owned()) }
    }

    /// What was found.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// How grave it is.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The alias of the entry concerned; none if it is the whole store.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// The alias of the other entry concerned, where it takes two.
    pub fn other_entry(&self) -> Option<&str> {
        self.other.as_deref()
    }
}

/// `error: entry "node0": the key does not open with the password of the store`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity())?;
        if let Some(entry) = &self.entry {
            write!(f, "entry {entry:?}: ")?;
        }
        f.write_str(self.code.what())?;
        match &self.other {
            Some(other) => write!(f, ": {other:?}"),
            None => Ok(()),
        }
    }
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It works, and will not for some reader or some day.
    Warning,
    /// It does not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A private key has another password than the store.
    KeyPasswordDiffers,
    /// A private key was not tried: opening it would cost more than the limits allow.
    KeyNotTried,
    /// A private key and the first certificate of its chain do not belong together.
    KeyMismatch,
    /// A private key stands in a PKCS#12 in clear.
    PlainPrivateKey,
    /// There is no private key that Java finds.
    NoPrivateKey,
    /// There is more than one private key.
    SeveralPrivateKeys,
    /// There is no trusted certificate that Java finds.
    NoTrustedCertificate,
    /// The alias has upper case letters in a JKS or JCEKS.
    UnreachableAlias,
    /// Another entry has the same alias.
    ShadowedAlias,
    /// Java does not show the certificate.
    HiddenCertificate,
    /// Two entries trust the same certificate.
    DuplicateCertificate,
    /// Two trusted certificates have one name.
    SharedSubject,
    /// A certificate of a chain does not name the next as its issuer.
    BrokenChain,
    /// Java does not have an algorithm that the file needs.
    UnreadableAlgorithm,
    /// Java has an algorithm that the file needs, but only in later versions.
    RecentAlgorithm,
    /// Java has an algorithm that the file needs from version 26 on.
    VeryRecentAlgorithm,
    /// An algorithm of the file is broken.
    WeakAlgorithm,
    /// Nothing vouches for the content.
    MissingMac,
    /// The store's password is not ASCII, in a PKCS#12.
    PasswordNotAscii,
}

impl Code {
    /// How grave such a finding is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::KeyPasswordDiffers
            | Self::KeyMismatch
            | Self::NoPrivateKey
            | Self::NoTrustedCertificate
            | Self::UnreadableAlgorithm => Severity::Error,
            Self::PlainPrivateKey
            | Self::SeveralPrivateKeys
            | Self::UnreachableAlias
            | Self::ShadowedAlias
            | Self::HiddenCertificate
            | Self::BrokenChain
            | Self::VeryRecentAlgorithm
            | Self::WeakAlgorithm
            | Self::MissingMac
            | Self::PasswordNotAscii => Severity::Warning,
            Self::KeyNotTried | Self::DuplicateCertificate | Self::SharedSubject | Self::RecentAlgorithm => {
                Severity::Note
            }
        }
    }

    /// What it says of an entry or store.
    pub const fn what(self) -> &'static str {
        match self {
            Self::KeyPasswordDiffers => "the key does not open with the password of the store",
            Self::KeyNotTried => "the key was not tried, opening it would cost too much",
            Self::KeyMismatch => "the certificate is not of this key",
            Self::PlainPrivateKey => "the private key stands in the file in clear",
            Self::NoPrivateKey => "there is no private key",
            Self::SeveralPrivateKeys => "there is more than one private key",
            Self::NoTrustedCertificate => "there is no trusted certificate",
            Self::UnreachableAlias => "the alias has upper case letters",
            Self::ShadowedAlias => "a later entry has the same alias",
            Self::HiddenCertificate => "the certificate is neither marked as trusted nor in the chain of a key",
            Self::DuplicateCertificate => "the certificate is there already",
            Self::SharedSubject => "a different certificate has the same subject",
            Self::BrokenChain => "the chain does not link: a certificate does not name the next as its issuer",
            Self::UnreadableAlgorithm => "no version of Java can read how this is encrypted",
            Self::RecentAlgorithm => "old versions of Java cannot read how this is encrypted or authenticated",
            Self::VeryRecentAlgorithm => "only Java 26 and later can read how this is authenticated",
            Self::WeakAlgorithm => "this is encrypted with a broken cipher",
            Self::MissingMac => "the file has no MAC",
            Self::PasswordNotAscii => "the password is not ASCII",
        }
    }

    /// Why it matters: what Java or Cassandra does then.
    pub const fn why(self) -> &'static str {
        match self {
            Self::KeyPasswordDiffers => {
                "Cassandra opens keys with the keystore's password and stops with \"Cannot recover key\""
            }
            Self::KeyNotTried => "so nothing is known of its password and its certificate",
            Self::PlainPrivateKey => "whoever reads the file has the key, and Java does not see it",
            Self::KeyMismatch | Self::NoPrivateKey => "the server starts, and every handshake fails",
            Self::SeveralPrivateKeys => "Java picks one of them without regard to expiry",
            Self::NoTrustedCertificate => {
                "Java stops with \"the trustAnchors parameter must be non-empty\"; a PKCS#12 entry needs Oracle's \
                 trustedKeyUsage attribute to count as trusted"
            }
            Self::UnreachableAlias => "Java lists the entry but never finds it: it asks for aliases in lower case",
            Self::ShadowedAlias => "Java shows the last entry of an alias only; a rewrite by Java loses the others",
            Self::HiddenCertificate => {
                "Java does not show it and does not trust it; a rewrite by Java loses it. OpenSSL writes such \
                 truststores"
            }
            Self::DuplicateCertificate => "removing one of the entries does not end the trust",
            Self::SharedSubject => {
                "trust is looked up by subject: where only one of the two is trusted, the other is refused with \
                 \"Signature does not match\", not as unknown; tell them apart by fingerprint"
            }
            Self::BrokenChain => {
                "peers that know the root only cannot build the path; Java refuses such a chain in a PKCS#12"
            }
            Self::UnreadableAlgorithm => "Java refuses to load it",
            Self::RecentAlgorithm => "Java 8 before 8u301 and Java 11 before 11.0.12 refuse to load it",
            Self::VeryRecentAlgorithm => "earlier versions do not know PBMAC1 and refuse to load it",
            Self::WeakAlgorithm => {
                "its keys are short enough to be tried out; OpenSSL 3 needs the legacy provider to read it"
            }
            Self::MissingMac => "a change of its content goes unnoticed: Java and OpenSSL read it all the same",
            Self::PasswordNotAscii => "Java up to 17 cannot open the file",
        }
    }

    /// Where that can be looked up.
    pub const fn source(self) -> &'static str {
        match self {
            Self::KeyPasswordDiffers => "org.apache.cassandra.security.SSLFactory; sun.security.provider.KeyProtector",
            Self::KeyNotTried => "this crate's Limits",
            Self::KeyMismatch => "RFC 8446, section 4.4.3",
            Self::PlainPrivateKey | Self::ShadowedAlias => "sun.security.pkcs12.PKCS12KeyStore.loadSafeContents",
            Self::NoPrivateKey | Self::SeveralPrivateKeys => "sun.security.ssl.SunX509KeyManagerImpl",
            Self::NoTrustedCertificate => "java.security.cert.PKIXParameters; sun.security.pkcs12.PKCS12KeyStore",
            Self::UnreachableAlias => "sun.security.provider.JavaKeyStore.convertAlias",
            Self::HiddenCertificate => "sun.security.pkcs12.PKCS12KeyStore, attribute 2.16.840.1.113894.746875.1.1",
            Self::DuplicateCertificate => "sun.security.validator.TrustStoreUtil",
            Self::SharedSubject => "sun.security.validator.PKIXValidator",
            Self::BrokenChain => "sun.security.pkcs12.PKCS12KeyStore.validateChain",
            Self::UnreadableAlgorithm | Self::RecentAlgorithm => "com.sun.crypto.provider.PBES2Parameters; JDK-8076190",
            Self::VeryRecentAlgorithm => "RFC 9579; JDK-8343232",
            Self::WeakAlgorithm => "RFC 7292, appendix C; OSSL_PROVIDER-legacy(7)",
            Self::MissingMac => "sun.security.pkcs12.PKCS12KeyStore.engineLoad",
            Self::PasswordNotAscii => "com.sun.crypto.provider.PBEKey",
        }
    }
}
