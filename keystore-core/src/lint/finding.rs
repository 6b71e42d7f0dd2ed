//! Findings and their codes.

use crate::CertificateDefect;
use std::fmt;

/// A problem of a keystore, returned as a value rather than as an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    code: Code,
    entry: Option<String>,
    other: Option<String>,
    certificate: Option<CertificateDefect>,
}

impl Finding {
    pub(crate) const fn of_store(code: Code) -> Self {
        Self { code, entry: None, other: None, certificate: None }
    }

    pub(crate) fn of_entry(code: Code, alias: &str) -> Self {
        Self { code, entry: Some(alias.to_owned()), other: None, certificate: None }
    }

    pub(crate) fn of_certificate(alias: &str, defect: CertificateDefect) -> Self {
        Self { certificate: Some(defect), ..Self::of_entry(Code::UnreadableCertificate, alias) }
    }

    pub(crate) fn of_two(code: Code, alias: &str, other: &str) -> Self {
        Self { other: Some(other.to_owned()), ..Self::of_entry(code, alias) }
    }

    /// The kind of the finding.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The severity of the finding.
    pub const fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The alias of the entry concerned; `None` for the whole store.
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// The defect of the certificate, for [`Code::UnreadableCertificate`].
    pub const fn certificate_defect(&self) -> Option<CertificateDefect> {
        self.certificate
    }

    /// The alias of the other entry concerned, for a finding about two entries.
    pub fn other_entry(&self) -> Option<&str> {
        self.other.as_deref()
    }
}

/// Writes, for example, `warning: entry "node0": a later entry has the same alias`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity())?;
        if let Some(entry) = &self.entry {
            write!(f, "entry {entry:?}: ")?;
        }
        f.write_str(self.code.what())?;
        match (&self.other, self.certificate) {
            (Some(other), _) => write!(f, ": {other:?}"),
            (None, Some(defect)) => write!(f, ": {defect}"),
            (None, None) => Ok(()),
        }
    }
}

/// The severity of a finding. The variants are in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Works today; breaks for some readers, or later.
    Warning,
    /// Does not work.
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

/// Defines the codes. Each row has the documentation, the code, its severity, its text, the consequence and the source.
macro_rules! codes {
    ($(#[doc = $doc:literal] $code:ident: $severity:ident, $what:literal, $why:literal, $source:literal;)+) => {
        /// The kind of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $doc] $code,)+
        }

        impl Code {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The severity of a finding with this code.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$code => Severity::$severity,)+
                }
            }

            /// The problem of the entry or the store.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$code => $what,)+
                }
            }

            /// The consequence or the cause of the problem, for example in Java or Cassandra.
            pub const fn why(self) -> &'static str {
                match self {
                    $(Self::$code => $why,)+
                }
            }

            /// The source of [`why`](Self::why), such as a class, a standard or an issue.
            pub const fn source(self) -> &'static str {
                match self {
                    $(Self::$code => $source,)+
                }
            }
        }
    };
}

codes! {
    /// A private or secret key does not open with the store's password.
    KeyPasswordDiffers: Error,
        "the key does not open with the password of the store",
        "Cassandra opens keys with the keystore's password, and stops if a key does not open (for a JKS, with \
         \"Cannot recover key\")",
        "org.apache.cassandra.security.SSLFactory; sun.security.provider.KeyProtector";
    /// A private or secret key does not open with the store's password, which its purpose allows.
    KeyPasswordOfItsOwn: Note,
        "the key does not open with the password of the store",
        "programs need the key's own password too; the content of the key was not checked",
        "java.security.KeyStore.getKey";
    /// The password of a private key is right, but the key is not in PKCS#8.
    KeyNotPkcs8: Error,
        "the key is not in PKCS#8, though its password is right",
        "Java does not open such a key; another program stored it, for example in PKCS#1, SEC1 or PEM",
        "sun.security.provider.JavaKeyStore.engineGetKey; sun.security.pkcs.PKCS8Key";
    /// A private or secret key was not tried, because opening it would exceed the limits.
    KeyNotTried: Note,
        "the password was not tried on the key, because opening the key would exceed the limits",
        "the password and the certificate of the key were not checked",
        "this crate's Limits";
    /// A private key and the first certificate of its chain do not belong together.
    KeyMismatch: Error,
        "the certificate does not match the private key",
        "the server starts, and every handshake fails",
        "RFC 8446, section 4.4.3";
    /// A private key in a PKCS#12, BKS or UBER is not sealed.
    PlainPrivateKey: Warning,
        "the private key is not sealed with a password",
        "anyone who reads the entry has the key; in a PKCS#12, Java ignores such an entry",
        "sun.security.pkcs12.PKCS12KeyStore.loadSafeContents";
    /// There is no private key that Java can offer.
    NoPrivateKey: Error,
        "there is no private key",
        "the server starts, and every handshake fails",
        "sun.security.ssl.SunX509KeyManagerImpl";
    /// There is more than one private key that Java can offer.
    SeveralPrivateKeys: Warning,
        "there is more than one private key",
        "Java up to 25 picks one of the keys without regard to expiry",
        "sun.security.ssl.SunX509KeyManagerImpl";
    /// A truststore contains a private key.
    KeyInTruststore: Warning,
        "a private key is in the truststore",
        "Java trusts the certificate of the key as if it were a trusted entry, and anyone who reads the truststore has the sealed key",
        "sun.security.validator.TrustStoreUtil";
    /// There is no certificate that Java trusts.
    NoTrustedCertificate: Error,
        "there is no trusted certificate",
        "Java stops with \"the trustAnchors parameter must be non-empty\"; a PKCS#12 entry needs Oracle's \
         trustedKeyUsage attribute to count as trusted",
        "java.security.cert.PKIXParameters; sun.security.pkcs12.PKCS12KeyStore";
    /// Java does not read a certificate.
    UnreadableCertificate: Error,
        "Java does not read a certificate",
        "in a JKS, JCEKS or PKCS#12, Java refuses the whole store, including the other entries",
        "sun.security.x509.X509CertInfo, CertificateExtensions";
    /// The alias has upper case letters in a JKS or JCEKS.
    UnreachableAlias: Warning,
        "the alias has upper case letters",
        "Java lists the entry but never finds it, because Java looks up aliases in lower case",
        "sun.security.provider.JavaKeyStore.convertAlias";
    /// A later entry has the same alias.
    ShadowedAlias: Warning,
        "a later entry has the same alias",
        "Java shows only the last entry with an alias, and omits the others from a rewritten file",
        "sun.security.pkcs12.PKCS12KeyStore.loadSafeContents";
    /// Java does not show the entry, which may also be a key.
    HiddenCertificate: Warning,
        "Java neither shows nor uses the entry",
        "Java skips each certificate that is neither marked as trusted nor in the chain of a key (OpenSSL writes such truststores), \
         each key without a localKeyID except the first key, and each bag inside another bag; a file that Java rewrites lacks \
         such entries",
        "sun.security.pkcs12.PKCS12KeyStore.loadSafeContents; attribute 2.16.840.1.113894.746875.1.1";
    /// Two entries make Java trust the same certificate.
    DuplicateCertificate: Note,
        "another entry has the same certificate",
        "removing one of the entries does not end the trust",
        "sun.security.validator.TrustStoreUtil";
    /// Two different trusted certificates have the same subject.
    SharedSubject: Note,
        "a different certificate has the same subject",
        "trust is looked up by subject: where only one of the two is trusted, the other is refused with \
         \"Signature does not match\", not as unknown; tell them apart by fingerprint",
        "sun.security.validator.PKIXValidator";
    /// A certificate of a chain does not name the next one as its issuer.
    BrokenChain: Warning,
        "the chain does not link: a certificate does not name the next as its issuer",
        "peers that know only the root may not find the path; Java refuses such a chain in a PKCS#12",
        "sun.security.pkcs12.PKCS12KeyStore.validateChain";
    /// Java does not support an algorithm of the file, or only from version 21 on.
    UnreadableAlgorithm: Error,
        "Java does not support this encryption or MAC, or only from version 21 on",
        "Java refuses to load such a file, or to open such a key",
        "com.sun.crypto.provider.PBES2Parameters; JDK-8076190";
    /// The file uses an algorithm that Java supports from 8u301 and 11.0.12 on.
    NeedsJava8u301: Note,
        "old versions of Java do not support this encryption or MAC",
        "Java 8 before 8u301 and Java 11 before 11.0.12 refuse such a file or key",
        "com.sun.crypto.provider.PBES2Parameters; JDK-8076190";
    /// The file uses an algorithm that Java supports from version 26 on.
    NeedsJava26: Warning,
        "only Java 26 and later support this MAC",
        "earlier versions do not know PBMAC1 and refuse to load the file",
        "RFC 9579; JDK-8343232";
    /// A cipher of the file is broken.
    WeakAlgorithm: Warning,
        "the encryption uses a broken cipher",
        "the keys of the cipher are short enough for a brute-force search; OpenSSL 3 needs its legacy provider to read the file",
        "RFC 7292, appendix C; OSSL_PROVIDER-legacy(7)";
    /// The file has no MAC, so its integrity cannot be verified.
    MissingMac: Warning,
        "the file has no MAC",
        "a change of the file goes unnoticed, because Java and OpenSSL read the file anyway",
        "sun.security.pkcs12.PKCS12KeyStore.engineLoad";
    /// No password protects the file: the certificates are unencrypted, and there is no MAC.
    NoPassword: Note,
        "no password protects the file",
        "anyone may have changed the file; Java loads it with a null password, like its own cacerts since JDK 18",
        "JDK-8275252; sun.security.pkcs12.PKCS12KeyStore.engineLoad";
    /// The store was read without verifying its integrity.
    NotVerified: Note,
        "the integrity of the file was not verified",
        "anyone may have changed the file",
        "java.security.KeyStore.load with a null password";
    /// The MAC has a key of only 16 bits, as in a BKS of version 1.
    WeakMac: Warning,
        "the MAC has a key of 16 bits",
        "65,536 guesses are enough to forge a MAC, so anyone may have changed the content",
        "CVE-2018-5382; org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi";
    /// The password of a PKCS#12 is not printable ASCII.
    PasswordNotAscii: Warning,
        "the password is not printable ASCII",
        "Java up to 17 cannot open the file",
        "com.sun.crypto.provider.PBEKey";
    /// The store's password is too short for FIPS mode.
    FipsPassword: Warning,
        "the password has fewer than 14 bytes in UTF-8",
        "in approved mode the PBKDF2 of bc-fips refuses passwords of less than 112 bits, except for its own BCFKS keystore",
        "SP 800-132, section 5; org.bouncycastle.crypto.fips.FipsPBKD";
    /// An RSA key is too short for FIPS mode.
    FipsKeySize: Error,
        "the key has fewer than 2048 bits",
        "in approved mode bc-fips does not sign with such a key, so every handshake fails",
        "SP 800-131A; org.bouncycastle.crypto.fips.FipsRSA";
}
