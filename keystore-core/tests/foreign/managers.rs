//! Whether Java loads a store, and what its trust manager and its key manager take from it, in which order: over all files
//! of the corpus, over drawn stores and over mutants.

use crate::fixture::{KEY, certificate, sha256};
use crate::java::ask_on;
use keystore_core::rustls_pki_types::PrivatePkcs8KeyDer;
use keystore_core::{
    Entry, ErrorKind, Java, KeyStore, Limits, MissingMac, Password, Profile, Protection, SealedKey, Store, Timestamp,
    decode_unverified_within, decode_within, jks, pkcs12,
};
use rand::RngExt;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::path::PathBuf;
use tempfile::TempDir;
use test_support::{Content, Corpus, Pinned, Suite, Tool};

const JAVA_25: Tool = Tool::OfJdk(25, "java");

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac];
    suite
        .test("managers::take_what_we_say_from_the_corpus", TOOLS, || corpus(Tool::Java))
        .test("managers::take_keys_in_the_order_that_we_say", TOOLS, || orders(Tool::Java))
        .test("managers::take_what_we_say_from_mutants", TOOLS, || mutants(Tool::Java))
        .test_where_found("managers::of_java_25", &[Tool::Javac, JAVA_25], || {
            corpus(JAVA_25);
            orders(JAVA_25);
            mutants(JAVA_25);
        })
}

/// Files of the corpus that this crate answers otherwise than Java 17 does, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "generated/ber-longlen.p12",
        "Java refuses needless zeros in the length of the outermost element alone; here all lengths may have them.",
    ),
    ("malformed/p12-mut-141.p12", "Java does not look at the tag of the outermost element; here it tells the format."),
    (
        "malformed/p12-macmut-193.p12",
        "A length of the MAC reaches beyond its end, which Java does not check; here it is malformed.",
    ),
];

/// Which exceptions of Java's stand for which reason of ours.
fn is_exception_of(kind: &ErrorKind, exception: &str) -> bool {
    match kind {
        ErrorKind::Certificate(_) => {
            exception.starts_with("java.security.cert.Certificate") || exception.contains("ertificate")
        }
        _ => {
            exception.starts_with("java.io.")
                || exception.starts_with("java.security.")
                || exception.starts_with("java.lang.")
        }
    }
}

/// A file, and the password to load it with.
struct Case {
    file: PathBuf,
    store_type: &'static str,
    password: Option<String>,
}

/// What the managers take.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// SHA-256 of each anchor, sorted.
    anchors: Vec<String>,
    /// Alias and length of the chain of each key, in order.
    keys: Vec<(String, usize)>,
}

fn corpus(java: Tool) {
    let corpus = Corpus::find(Content::Keystores);
    let rows = corpus.rows();
    let cases = rows.iter().filter_map(|row| {
        let file = corpus.folder().join(row["file"].as_str()?);
        Some(Case {
            file,
            store_type: store_type(row["kind"].as_str()?)?,
            password: row["password"].as_str().map(str::to_owned),
        })
    });
    let compared = compare(java, &cases.collect::<Vec<_>>());
    corpus.assert_at_least("files compared", compared, Pinned { whole: 340, subset: 20 });
}

fn orders(java: Tool) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let rng = &mut ChaCha20Rng::from_seed([3; 32]);
    let mut cases = Vec::new();
    for number in 0..60 {
        for store_type in ["JKS", "JCEKS", "PKCS12"] {
            let file = folder.path().join(format!("{number}.{store_type}"));
            std::fs::write(&file, drawn(store_type, number, rng)).expect("the folder is ours");
            cases.push(Case { file, store_type, password: Some("changeit".to_owned()) });
        }
    }
    assert_eq!(compare(java, &cases), cases.len());
}

/// A store of keys with drawn aliases; the more, the higher the number.
fn drawn(store_type: &str, number: u32, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let (password, profile) = (Password::new("changeit"), Profile::JAVA_17.with_iterations(1));
    let protection = if store_type == "PKCS12" { Protection::Pkcs12(profile) } else { Protection::Jks };
    let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, protection, rng).expect("a key");
    let mut keystore = KeyStore::new();
    for _ in 0..=number {
        let letters = 1 + rng.random_range(0..6);
        let alias: String = (0..letters).map(|_| char::from(b'a' + rng.random_range(0..26))).collect();
        let created = Timestamp::from_millis(rng.random_range(0..1_700_000_000_000));
        // Aliases that were drawn before are refused.
        let _ = keystore.insert(if rng.random_range(0..4) == 0 {
            Entry::new_trusted_certificate(alias, certificate(), created)
        } else {
            Entry::new_private_key(alias, key.clone(), vec![certificate()], created)
        });
    }
    let encoded = match store_type {
        "JKS" => jks::encode(&keystore, &password),
        "JCEKS" => jks::encode_jceks(&keystore, &password),
        _ => pkcs12::encode(&keystore, &password, &profile, rng),
    };
    encoded.expect("encodes")
}

/// Files with changed bytes, loaded without a password, so that the digest or MAC does not stop them. How many is said by
/// `KEYSTORE_MUTANTS`.
fn mutants(java: Tool) {
    let corpus = Corpus::find(Content::Keystores);
    let rows = corpus.rows();
    let seeds: Vec<_> = rows.iter().filter(|row| row["expect"]["result"] == "ok").collect();
    let folder = TempDir::new().expect("a temporary folder can be made");
    let rng = &mut ChaCha20Rng::from_seed([4; 32]);
    let mutants = std::env::var("KEYSTORE_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let mut cases = Vec::new();
    while cases.len() < mutants {
        let row = seeds[rng.random_range(0..seeds.len())];
        let Some(store_type) = row["kind"].as_str().and_then(store_type) else { continue };
        let bytes = std::fs::read(corpus.folder().join(row["file"].as_str().expect("a file"))).expect("it is there");
        let file = folder.path().join(cases.len().to_string());
        std::fs::write(&file, mutated(bytes, rng)).expect("the folder is ours");
        cases.push(Case { file, store_type, password: None });
    }
    println!("{} of {mutants} mutants load in both and were compared", compare(java, &cases));
}

fn mutated(mut bytes: Vec<u8>, rng: &mut ChaCha20Rng) -> Vec<u8> {
    for _ in 0..=rng.random_range(0..3) {
        let place = rng.random_range(0..bytes.len());
        bytes[place] ^= 1 << rng.random_range(0..8);
    }
    bytes
}

/// Holds what we say against the managers, where both sides load the file; how many do.
fn compare(java: Tool, cases: &[Case]) -> usize {
    let version = if let Tool::OfJdk(25, _) = java { Java::V25 } else { Java::V17 };
    let requests: Vec<_> = cases.iter().map(Case::request).collect();
    let (mut compared, mut different) = (0, Vec::new());
    for (case, answer) in cases.iter().zip(ask_on(java, &requests)) {
        // Without a password Java reads neither the MAC nor the encrypted parts; here they must be well-formed.
        if case.password.is_some()
            && let Some(difference) = case.loads_otherwise(version, answer.as_ref().map(drop))
        {
            different.push(difference);
        }
        let (Ok(lines), Some(ours)) = (answer, case.ours()) else { continue };
        let theirs = Taken::read(&lines);
        compared += 1;
        if ours != theirs {
            different.push(format!("{}: {ours:?}\n  Java: {theirs:?}", case.request()));
        }
    }
    assert!(different.is_empty(), "{} of {compared} differ:\n{}", different.len(), different.join("\n"));
    compared
}

impl Case {
    fn request(&self) -> String {
        ["managers", &self.file.display().to_string(), self.store_type, self.password.as_deref().unwrap_or("-null-")]
            .join("\t")
    }

    /// How our answer to whether Java loads the file deviates from what Java says.
    fn loads_otherwise(&self, java: Java, theirs: Result<(), &String>) -> Option<String> {
        let bytes = std::fs::read(&self.file).expect("a file");
        let password = self.password.as_deref().map(Password::new);
        let ours = keystore_core::loads(java, &bytes, password.as_ref());
        let agrees = match (&ours, theirs) {
            (Ok(()), Ok(())) => true,
            (Err(ours), Err(exception)) => is_exception_of(ours.kind(), exception),
            _ => false,
        };
        let name = self.file.display().to_string();
        let excepted = EXCEPTIONS.iter().any(|(file, _)| name.ends_with(file));
        (agrees == excepted).then(|| format!("{}: {ours:?}, Java: {theirs:?}", self.request()))
    }

    fn ours(&self) -> Option<Taken> {
        let bytes = std::fs::read(&self.file).expect("a file");
        let mut limits = Limits::default();
        limits.missing_mac = MissingMac::Accept;
        let store = match &self.password {
            Some(password) => decode_within(&bytes, &Password::new(password.as_str()), &limits),
            None => decode_unverified_within(&bytes, &limits),
        };
        store.ok().map(|store| Taken::of(&store))
    }
}

impl Taken {
    fn of(store: &Store<'_>) -> Self {
        let view = store.view();
        let mut anchors: Vec<_> = view.trust_anchors().iter().map(|anchor| sha256(anchor.certificate)).collect();
        anchors.sort();
        let keys = view.private_keys();
        Self { anchors, keys: keys.iter().map(|key| (key.alias.to_lowercase(), key.chain.len())).collect() }
    }

    fn read(lines: &[String]) -> Self {
        let fields: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
        let mut anchors: Vec<_> =
            fields.iter().filter(|line| line[0] == "anchor").map(|line| line[1].to_owned()).collect();
        anchors.sort();
        let keys = fields.iter().filter(|line| line[0] == "key").map(|line| {
            let alias = String::from_utf8(hex::decode(line[1]).expect("hexadecimal")).expect("UTF-8");
            (alias, line[2].parse().expect("a length"))
        });
        Self { anchors, keys: keys.collect() }
    }
}

fn store_type(kind: &str) -> Option<&'static str> {
    match kind {
        "jks" => Some("JKS"),
        "jceks" => Some("JCEKS"),
        "pkcs12" => Some("PKCS12"),
        _ => None,
    }
}
