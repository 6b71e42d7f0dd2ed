//! Compares our answers with Java's: whether Java loads a file, and whether its key manager accepts it.

use keystore_core::{Error, Java, Password, loads, loads_keys};
use std::path::PathBuf;
use test_support::{Tool, variant};

/// A file, and the password to load it with.
pub(crate) struct Case {
    pub(crate) file: PathBuf,
    pub(crate) store_type: &'static str,
    pub(crate) password: Option<String>,
}

/// Java's answer: the lines of "managers", or the exception.
pub(crate) type Answer = Result<Vec<String>, String>;

impl Case {
    pub(crate) fn request(&self) -> String {
        ["managers", &self.file.display().to_string(), self.store_type, self.password.as_deref().unwrap_or("-null-")]
            .join("\t")
    }

    /// How our answers deviate from what Java says.
    pub(crate) fn differences(&self, java: Java, answer: &Answer) -> Vec<String> {
        let bytes = std::fs::read(&self.file).expect("a file");
        let password = self.password.as_deref().map(Password::new);
        let theirs = answer.as_ref().map(drop).map_err(String::as_str);
        let ours = loads(java, &bytes, password.as_ref());
        let mut differences = Vec::new();
        if !agrees(&ours, theirs) {
            differences.push(format!("{}: {ours:?}, Java: {theirs:?}", self.request()));
        }
        if let (Ok(()), Ok(lines), Some(password)) = (ours, answer, &password) {
            let ours = loads_keys(java, &bytes, Some(password), password);
            let theirs = lines.iter().find_map(|line| line.strip_prefix("init\t")).expect("Java says it").trim_end();
            if !agrees(&ours, if theirs == "ok" { Ok(()) } else { Err(theirs) }) {
                differences.push(format!("keys of {}: {ours:?}, Java: {theirs:?}", self.request()));
            }
        }
        match (self.is_excepted(), differences.is_empty()) {
            (true, true) => vec![format!("{} is excepted, and agrees", self.request())],
            (true, false) => Vec::new(),
            (false, _) => differences,
        }
    }

    pub(crate) fn is_excepted(&self) -> bool {
        let name = self.file.display().to_string();
        EXCEPTIONS.iter().any(|(file, _)| name.ends_with(file)) && self.password.is_some()
    }
}

/// Files of the corpus for which this crate's answer differs from that of Java 17, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("malformed/p12-mut-141.p12", "Java does not look at the tag of the outermost element; here it tells the format."),
    (
        "malformed/p12-macmut-193.p12",
        "A length of the MAC reaches beyond its end, which Java does not check. It loads here, too, and is not decoded.",
    ),
];

pub(crate) fn agrees(ours: &Result<(), Error>, theirs: Result<(), &str>) -> bool {
    match (ours, theirs) {
        (Ok(()), Ok(())) => true,
        (Err(ours), Err(exception)) => {
            let class = exception.split(':').next().unwrap_or_default().trim();
            let kind = variant(ours.kind());
            TABLE.iter().any(|(listed, kinds)| *listed == class && kinds.contains(&kind.as_str()))
        }
        _ => false,
    }
}

/// Java's exceptions, and our errors that correspond to each.
const TABLE: &[(&str, &[&str])] = &[
    // Java reads certificates before it verifies the digest or MAC.
    ("java.security.cert.CertificateException", &["Certificate", "Malformed", "WrongPasswordOrTampered"]),
    ("java.security.cert.CertificateParsingException", &["Certificate", "Malformed", "WrongPasswordOrTampered"]),
    // The input ends early, or a length exceeds the rest of the input.
    (
        "java.io.EOFException",
        &["LimitExceeded", "Malformed", "Truncated", "UnsupportedContentType", "WrongPasswordOrTampered"],
    ),
    // All other errors of a reader of streams or of DER, and a wrong password.
    (
        "java.io.IOException",
        &[
            "Certificate",
            "LimitExceeded",
            "Malformed",
            "NotRepresentable",
            "OtherPassword",
            "Truncated",
            "UnknownFormat",
            "UnreadableProtection",
            "UnsupportedAlgorithm",
            "UnsupportedContentType",
            "UnsupportedVersion",
            "WrongPasswordOrTampered",
        ],
    ),
    ("java.io.UTFDataFormatException", &["Malformed", "WrongPasswordOrTampered"]),
    ("java.io.InvalidClassException", &["Malformed"]),
    ("java.io.StreamCorruptedException", &["Malformed", "Truncated"]),
    ("sun.security.pkcs.ParsingException", &["Malformed", "Truncated", "UnsupportedContentType"]),
    ("java.lang.ArrayIndexOutOfBoundsException", &["Certificate", "Malformed", "Truncated"]),
    ("java.lang.NegativeArraySizeException", &["Malformed"]),
    ("java.lang.IllegalArgumentException", &["Malformed"]),
    ("java.lang.NullPointerException", &["Malformed"]),
    ("java.lang.ClassCastException", &["Malformed"]),
    ("java.security.NoSuchAlgorithmException", &["UnreadableProtection", "UnsupportedAlgorithm"]),
    ("java.security.UnrecoverableKeyException", KEYS),
    ("java.security.UnrecoverableEntryException", KEYS),
];

/// Why a key does not open.
const KEYS: &[&str] =
    &["LimitExceeded", "Malformed", "NotPkcs8", "NotRepresentable", "UnsupportedAlgorithm", "WrongPasswordOrTampered"];

/// The version that a `java` is.
pub(crate) fn version(java: Tool) -> Java {
    match java {
        Tool::OfJdk(8, _) => Java::V8,
        Tool::OfJdk(25, _) => Java::V25,
        _ => Java::V17,
    }
}
