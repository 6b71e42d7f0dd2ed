//! Findings about a file's TLS settings.

use std::fmt;

use crate::setting::Setting;

/// The severity of a finding, ordered from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A fact worth knowing.
    Note,
    /// A likely problem, now or later.
    Warning,
    /// The node does not start, loses connections, or does not behave as the file seems to say.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident: $severity:ident, $what:literal, $why:literal, $source:literal;)+) => {
        /// The kind of a [`Finding`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// The severity of the findings of this kind.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$code => Severity::$severity,)+
                }
            }

            /// The problem, such as `the path is relative`.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$code => $what,)+
                }
            }

            /// The consequence, the background or the remedy of the problem.
            pub fn why(self) -> &'static str {
                match self {
                    $(Self::$code => $why,)+
                }
            }

            /// The documents, classes or experiments that show the behaviour, if there are any.
            pub fn source(self) -> &'static str {
                match self {
                    $(Self::$code => $source,)+
                }
            }
        }
    };
}

codes! {
    /// The file has a malformed `\u` escape.
    MalformedEscape: Error, "a \\u escape is malformed", "Java refuses the whole file", "java.util.Properties.load";
    /// The setting is set only under the other family's name.
    OtherFamily: Error, "set under the other family's name only",
        "the version of Edge that ships this Cassandra does not read this name",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The setting is set under the names of both families.
    BothFamilies: Warning, "set under both families' names",
        "Edge reads only one of the two, so a change of the other has no effect",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The same key occurs several times, with different values.
    ConflictingDuplicate: Warning, "set on several lines with different values", "Java takes the last one",
        "java.util.Properties.load";
    /// A password has characters that readers of the file or of the store may read differently.
    PasswordCharacters: Warning, "the password has characters other than ASCII letters, digits and .-_",
        "properties files, YAML and keystores treat some of them differently",
        "keystore-core's differential tests; Edge's own reader is not documented";
    /// A store's path is not absolute.
    RelativePath: Warning, "the path is relative", "it is resolved against a directory that depends on how Cassandra is started",
        "Cassandra, FileUtils";
    /// Keystore and truststore are the same file.
    SameStore: Warning, "the truststore is the keystore",
        "every reader of the truststore can read the key, and a new truststore replaces the key",
        "Apigee, Enable Cassandra internode encryption";
    /// Cassandra does not understand the value.
    UnknownValue: Error, "Cassandra does not understand the value",
        "Cassandra refuses its configuration and does not start", "EncryptionOptions, SnakeYAML";
    /// Encryption is on, and a store or, before 4.1, a store's password is not set.
    MissingStore: Error, "not set, and encryption is on",
        "Cassandra then uses its default: conf/.keystore, conf/.truststore or, before 4.1, the password cassandra",
        "EncryptionOptions, defaults";
    /// Client authentication is commented out while encryption is on.
    ClientAuthCommentedOut: Note, "commented out, and encryption is on",
        "clients can connect without a certificate",
        "EncryptionOptions.require_client_auth";
    /// This release of Cassandra does not know the setting.
    UnknownSetting: Error, "this release of Cassandra does not know the setting",
        "it refuses a configuration with an unknown name and does not start", "Config, YamlConfigurationLoader";
    /// A name is set that no known release has, and that is close to the name of this setting.
    NearName: Error, "an unknown name is set that is close to the name of this setting",
        "Cassandra refuses a cassandra.yaml with an unknown name and does not start; Edge ignores the name",
        "Config, YamlConfigurationLoader";
    /// A name is set that no known release has.
    UnknownName: Error, "a name that no known release of Cassandra has in this part of the file",
        "Cassandra refuses a cassandra.yaml with an unknown name and does not start; Edge ignores the name", "Config, YamlConfigurationLoader";
    /// The setting is set under its old name, which the release still reads.
    OldName: Note, "set under its old name", "newer releases still read it; of both names in one file, the last counts",
        "Cassandra 4.1, @Replaces";
    /// The setting is set under its old and under its new name.
    BothNames: Warning, "set under its old and under its new name", "Cassandra silently uses the last one, whichever name it has",
        "YamlConfigurationLoader of 4.1.10 and 5.0.8";
    /// A key occurs more than once.
    DuplicateKey: Warning, "the key occurs more than once", "Cassandra silently uses the last one; other tools may not",
        "SnakeYAML, SafeConstructor";
    /// The value ends in white space.
    TrailingBlank: Warning, "the value ends in white space", "Java keeps it as part of the value: with it, a path does not exist, and a password does not match",
        "java.util.Properties.load; SnakeYAML, within quotes";
    /// The value contains an apparent comment.
    CommentInValue: Warning, "an apparent comment is part of the value",
        "a properties file has comments only on lines of their own", "java.util.Properties.load";
    /// The property has a backslash that Java drops.
    Backslash: Warning, "a backslash that Java drops", "Java reads C:\\keys as C:keys: write slashes or two backslashes",
        "java.util.Properties.load";
    /// The file begins with a byte order mark.
    ByteOrderMark: Error, "the file begins with a byte order mark", "Java reads it as part of the first key",
        "java.util.Properties.load";
    /// A password is not set, and its default in earlier releases no longer exists.
    PasswordDefaultGone: Error, "not set, and 4.1 removed the default cassandra", "Cassandra then does not start, or opens the store without a password",
        "EncryptionOptions of 4.1";
    /// The JDK has no provider of its own for this type of store.
    StoreTypeNeedsProvider: Warning, "the JDK has no provider of its own for stores of this type",
        "Cassandra cannot open them unless the JVM is configured with a provider, such as Bouncy Castle's", "java.security.KeyStore";
    /// A file has another type than the settings say.
    StoreTypeMismatch: Error, "the file is of another type than this setting says", "Cassandra cannot open the file",
        "java.security.KeyStore; security property keystore.type.compat";
    /// The JDK disables every protocol that the settings name.
    DisabledProtocol: Error, "names only protocols that the JDK disables",
        "no connection is made with them, except by OpenSSL, which Cassandra uses from 4.0 on where netty can load it, with TLSv1 and TLSv1.1",
        "jdk.tls.disabledAlgorithms since 8u291, 11.0.11 and 16.0.1; OpenSslEngine with 4.0.19 and 5.0.8";
    /// A name is not that of a TLS protocol of the JDK.
    UnknownProtocol: Error, "names something other than a protocol of the JDK",
        "Cassandra does not start with TLS: from 4.0 on, only SSLv2Hello, SSLv3 and TLSv1 to TLSv1.3 are protocols, spelt exactly so, \
        and TLS as protocol; before, SSL, TLS, SSLv3 and TLSv1 to TLSv1.3",
        "SSLEngine.setEnabledProtocols and SSLContext.getInstance of Java 8, 17 and 25; SSLFactory of 4.0.19, 4.1.10 and 5.0.8";
    /// The JDK disables at least one of the cipher suites.
    DisabledCipherSuite: Warning, "names cipher suites that the JDK disables",
        "current updates of the JDK disable TLS_RSA, RC4, DES, 3DES, anonymous, NULL and export suites; without other suites no connection is made",
        "jdk.tls.disabledAlgorithms; TLS_RSA_* since 11.0.30";
    /// The JDK does not have this algorithm for both key managers and trust managers.
    UnknownAlgorithm: Warning, "neither SunX509 nor PKIX, the only two with key managers and trust managers in the JDK",
        "Cassandra cannot use TLS unless the JVM is configured with a provider that has both",
        "javax.net.ssl.KeyManagerFactory, TrustManagerFactory";
    /// Client certificates are required, but plaintext connections are accepted too.
    ClientAuthBypassed: Warning, "can be bypassed if internode_encryption is dc or rack",
        "a peer that claims to be in the same data centre or rack can connect without TLS and without a certificate",
        "Cassandra, internode_encryption";
    /// `internode_encryption` is `dc` or `rack`, and the snitch has one data centre and one rack.
    OneDataCentre: Warning, "encrypts nothing with SimpleSnitch", "that snitch puts all nodes into one data centre and one rack",
        "Cassandra, SimpleSnitch";
    /// Stores are set, but nothing is encrypted.
    NothingEncrypted: Warning, "stores are set, but internode_encryption is none or has no value",
        "the node connects to its peers in plaintext", "EncryptionOptions.internode_encryption";
    /// The port for 3.x nodes is closed during an upgrade from 3.x.
    LegacyPortMissing: Error, "off in an upgrade from 3.x with TLS",
        "nodes of 3.x dial ssl_storage_port and cannot reach a node that has been upgraded",
        "Cassandra 4.0, InboundSockets.addBindings";
    /// The port for 3.x nodes is open.
    LegacyPortLeft: Note, "only nodes of 3.x need it", "it opens a second port with a TLS context of its own, which 4.1.0 to 4.1.3 never reload",
        "Cassandra 4.0, InboundSockets.addBindings; CASSANDRA-18681";
    /// The port for 3.x nodes is open, and TLS is off.
    LegacyPortWithoutTls: Error, "on, and TLS is off", "Cassandra does not start", "Cassandra 4.0, DatabaseDescriptor";
    /// A class that is not Cassandra's own creates the TLS contexts.
    ForeignFactory: Warning, "a class that this library does not know creates the TLS contexts",
        "that class decides which files it reads, and whether a reload reads them again",
        "Cassandra 4.1, ISslContextFactory";
    /// The settings contain a key for outbound connections, which 5.0 never uses.
    UnusedOutboundKey: Error, "the inline outbound_private_key is never used", "5.0 offers private_key when it dials",
        "PEMBasedSslContextFactory of 5.0.6 and 5.0.8";
    /// The settings contain a key or certificates.
    InlinePem: Note, "keys or certificates are in this file", "every change of them needs a restart, because a reload only reads files",
        "PEMBasedSslContextFactory";
    /// Cassandra does not read the private key in PEM.
    PemKey: Error, "Cassandra reads no private key from the PEM", "the first private key must be PKCS#8 of RSA, DSA or EC, \
        encrypted if and only if a password is set", "PEMReader of 4.1 and 5.0";
    /// The private key in PEM is encrypted by PBES2, which Java may not open before version 25.
    PemKeyNeedsJava25: Error, "the private key in PEM is encrypted by PBES2",
        "Java 17 and earlier do not open it for Cassandra: encrypt it with PBE-SHA1-3DES", "PEMReader of 4.1 and 5.0, run on 17 and 25";
    /// The PEM has no certificate that Cassandra reads.
    PemCertificates: Error, "Cassandra reads no certificate from the PEM",
        "a CERTIFICATE block is needed; for a key, its chain must be in the same text, with the key's own certificate first", "PEMReader of 4.1 and 5.0";
    /// The settings contain a key or certificates, and also name a file for them.
    InlineBesideFile: Warning, "set beside keys or certificates in this file", "Cassandra does not start if the file that the setting names exists",
        "PEMBasedSslContextFactory";
    /// `private_key_password` and `keystore_password` are both set, and differ.
    KeyPasswordsDiffer: Error, "differs from private_key_password", "Cassandra does not start",
        "PEMBasedSslContextFactory";
    /// Nodes are authenticated by the identities in their certificates.
    IdentitiesReadAtStart: Note, "nodes are admitted by identities that are read only at the start",
        "before a certificate has another identity, add that identity to trusted_peer_identities and restart each node",
        "MutualTlsInternodeAuthenticator of 5.0";
    /// Nodes are authenticated by their certificates, but no certificates are requested.
    IdentitiesNeedTls: Error, "nodes are admitted by their certificates, but the certificates are not requested",
        "Cassandra does not start unless encryption is on and require_client_auth is true",
        "MutualTlsInternodeAuthenticator of 5.0";
    /// The server section and the client section use the same file.
    SharedFile: Note, "client_encryption_options uses the same file",
        "a change of the file also affects the clients of the node", "Cassandra 4.0, SSLFactory";
    /// `optional` is set in a properties file, and Edge may not pass it on to Cassandra.
    OptionalMayBeIgnored: Note, "Edge may ignore it",
        "Apigee does not document whether Edge copies the setting to cassandra.yaml: check that file",
        "none: Apigee does not say";
}

/// One finding.
///
/// Neither `Display` nor `Debug` shows the value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: Code,
    pub(crate) setting: Option<Setting>,
    pub(crate) line: Option<usize>,
}

impl Finding {
    /// The kind of the finding.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The severity of the finding's [`Code`].
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// The setting concerned.
    ///
    /// `None` if the finding is about the whole file, a top-level key, or a name that no [`Setting`] has.
    pub fn setting(&self) -> Option<Setting> {
        self.setting
    }

    /// The number of the line concerned, from 1; `None` if there is no such line.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

/// Writes, for example, `error: keystore (line 1): ...`.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.severity())?;
        match (self.setting, self.line) {
            (Some(setting), Some(line)) => write!(formatter, "{} (line {line}): ", setting.name())?,
            (Some(setting), None) => write!(formatter, "{}: ", setting.name())?,
            (None, Some(line)) => write!(formatter, "line {line}: ")?,
            (None, None) => {}
        }
        write!(formatter, "{}: {}", self.code.what(), self.code.why())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_how_severe_where_what_and_why() {
        for (code, setting, line, text) in [
            (
                Code::OtherFamily,
                Some(Setting::Keystore),
                Some(3),
                "error: keystore (line 3): set under the other family's name only: the version of Edge that ships this \
                 Cassandra does not read this name",
            ),
            (
                Code::MissingStore,
                Some(Setting::Truststore),
                None,
                "error: truststore: not set, and encryption is on: Cassandra then uses its default: conf/.keystore, \
                 conf/.truststore or, before 4.1, the password cassandra",
            ),
            (
                Code::MalformedEscape,
                None,
                Some(2),
                "error: line 2: a \\u escape is malformed: Java refuses the whole file",
            ),
        ] {
            assert_eq!(Finding { code, setting, line }.to_string(), text);
        }
    }

    #[test]
    fn severities_have_an_order_and_words() {
        let all = [Severity::Note, Severity::Warning, Severity::Error];
        assert!(all.is_sorted());
        assert_eq!(all.map(|severity| severity.to_string()), ["note", "warning", "error"]);
    }
}
