//! What is wrong with a file's TLS settings, as values.

use std::fmt;

use crate::setting::Setting;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Will be regretted.
    Warning,
    /// The node does not start, or does not do what the file seems to say.
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
    ($($(#[$doc:meta])* $code:ident: $severity:ident, $why:literal, $source:literal;)+) => {
        /// What was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$code => Severity::$severity,)+
                }
            }

            /// Why it matters.
            pub fn why(self) -> &'static str {
                match self {
                    $(Self::$code => $why,)+
                }
            }

            /// Where that is known from.
            pub fn source(self) -> &'static str {
                match self {
                    $(Self::$code => $source,)+
                }
            }
        }
    };
}

codes! {
    /// A `\u` escape is malformed somewhere in the file.
    MalformedEscape: Error, "Java refuses the whole file", "java.util.Properties.load";
    /// The setting stands under the names of the family that this Edge version does not read.
    OtherFamily: Error, "the version of Edge that ships this Cassandra reads the other names, and ignores these",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The setting stands under the names of both families.
    BothFamilies: Warning, "only one of the two is read; the other misleads whoever edits the file",
        "Apigee, Enable Cassandra internode encryption, by Edge version";
    /// The same key stands on several lines with different values.
    ConflictingDuplicate: Warning, "Java takes the last one", "java.util.Properties.load";
    /// A password has characters that readers of the file or of the store do not agree on.
    PasswordCharacters: Warning,
        "beyond letters, digits and .-_ the escapes of this file, YAML and the key stores differ in what they make of it",
        "keystore-core's differential tests; Edge's own reader is not documented";
    /// A store's path is not absolute.
    RelativePath: Warning, "what it is relative to depends on how Cassandra is started", "Cassandra, FileUtils";
    /// Keystore and truststore are the same file.
    SameStore: Warning, "whoever may read the trust can read the key, and a new trust replaces the key",
        "Apigee, Enable Cassandra internode encryption";
    /// A value means nothing to Cassandra.
    UnknownValue: Error, "Cassandra refuses its configuration and does not start", "EncryptionOptions, SnakeYAML";
    /// Encryption is on and no keystore or truststore, or no password for it, is set.
    MissingStore: Error, "Cassandra then looks for conf/.keystore or conf/.truststore with the password cassandra",
        "EncryptionOptions, defaults";
    /// Client authentication is commented out while encryption is on.
    ClientAuthCommentedOut: Note, "whoever reaches the port may speak, certificate or not", "EncryptionOptions.require_client_auth";
    /// This Cassandra version does not know the setting.
    UnknownSetting: Error, "Cassandra refuses a configuration with a name that it does not know, and does not start",
        "Config, YamlConfigurationLoader";
    /// `optional` is set.
    OptionalMayBeIgnored: Note, "whether Edge's template carries it over into cassandra.yaml is not documented: look there",
        "none: Apigee does not say";
}

/// One finding. It never shows a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: Code,
    pub(crate) setting: Option<Setting>,
    pub(crate) line: Option<usize>,
}

impl Finding {
    /// What was found.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Which setting it concerns, if it is one.
    pub fn setting(&self) -> Option<Setting> {
        self.setting
    }

    /// On which line, from 1; `None` if what is wrong is that something is missing.
    pub fn line(&self) -> Option<usize> {
        self.line
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", self.severity(), self.code)?;
        if let Some(setting) = self.setting {
            write!(formatter, ", {}", setting.name())?;
        }
        if let Some(line) = self.line {
            write!(formatter, " (line {line})")?;
        }
        write!(formatter, ": {}", self.code.why())
    }
}
