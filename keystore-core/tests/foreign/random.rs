//! Random stores, written by this crate and read by Java, and the reverse.

use crate::drawn_entry::{SEPARATOR, entry, fields, sealed, summary, text};
use crate::fixture::scratch;
use crate::java::{Shown, ask, ask_on, shown};
use keystore_core::{KeyStore, Password, Profile, Protection, decode, jks, pkcs12};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use test_support::{Suite, Tool};

/// The number of stores of each format in a run.
const STORES: u64 = 40;

const JAVA_25: Tool = Tool::OfJdk(25, "java");

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac];
    suite
        .test("random::java_reads_what_we_write", TOOLS, || java_reads_what_we_write(Tool::Java))
        .test("random::we_read_what_java_writes", TOOLS, we_read_what_java_writes)
        .test_where_found("random::java_25_reads_what_we_write", &[Tool::Javac, JAVA_25], || {
            java_reads_what_we_write(JAVA_25);
        })
}

fn java_reads_what_we_write(java: Tool) {
    let (folder, _) = scratch("");
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for (format, seed) in runs() {
        let drawn = Drawn::new(format, seed);
        let file = folder.path().join(format!("{seed}.{format}")).display().to_string();
        std::fs::write(&file, drawn.encode(seed)).expect("the folder is ours");
        requests.push(["list", &file, format, &drawn.password, &drawn.password].join("\t"));
        expected.push(drawn.sorted());
    }
    for ((answer, expected), request) in ask_on(java, &requests).into_iter().zip(expected).zip(&requests) {
        let lines = answer.unwrap_or_else(|error| panic!("{request}: {error}"));
        let mut seen: Vec<_> = lines.iter().map(|line| without_date_of_loading(shown(line), request)).collect();
        seen.sort();
        assert_eq!(seen, expected, "{request}");
    }
}

fn we_read_what_java_writes() {
    let (folder, _) = scratch("");
    let drawn: Vec<_> = runs().map(|(format, seed)| (format, seed, Drawn::new(format, seed))).collect();
    let file = |format: &str, seed: u64| folder.path().join(format!("{seed}.{format}")).display().to_string();
    // The minimum that Java accepts. With its default, a debug build would take minutes to read the store.
    let fewer_iterations = "property\tjdk.jceks.iterationCount\t10000".to_owned();
    let made = drawn.iter().map(|(format, seed, drawn)| drawn.make(format, &file(format, *seed)));
    let requests: Vec<_> = std::iter::once(fewer_iterations).chain(made).collect();
    for (answer, request) in ask(&requests).into_iter().zip(&requests) {
        answer.unwrap_or_else(|error| panic!("{request}: {error}"));
    }
    for (format, seed, drawn) in &drawn {
        let bytes = std::fs::read(file(format, *seed)).expect("Java wrote it");
        let password = Password::new(drawn.password.as_str());
        let store = decode(&bytes, &password).unwrap_or_else(|error| panic!("{format}: {error}"));
        let mut seen: Vec<_> = store.view().iter().map(|entry| in_lower_case(summary(entry, &password))).collect();
        seen.sort();
        let mut expected = drawn.sorted();
        for entry in &mut expected {
            entry.created_ms = None;
        }
        assert_eq!(seen, expected, "{format} {seed}");
    }
}

fn runs() -> impl Iterator<Item = (&'static str, u64)> {
    ["JKS", "JCEKS", "PKCS12"].into_iter().flat_map(|format| (0..STORES).map(move |seed| (format, seed)))
}

/// The content of a store.
struct Drawn {
    format: &'static str,
    password: String,
    entries: Vec<Shown>,
}

impl Drawn {
    fn new(format: &'static str, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let password = text(&mut rng, if format == "JKS" { ANY } else { ASCII }, 6..20);
        let kinds = if format == "JKS" { &["private", "trusted"][..] } else { &["private", "trusted", "secret AES"] };
        let mut entries: Vec<Shown> = Vec::new();
        for _ in 0..rng.random_range(0..6) {
            let kind = (*kinds.choose(&mut rng).expect("there are kinds")).to_owned();
            let alias = text(&mut rng, ANY, 1..12).to_lowercase();
            if entries.iter().all(|entry| entry.alias != alias) {
                entries.push(entry(alias, kind, &mut rng, format));
            }
        }
        Self { format, password, entries }
    }

    fn sorted(&self) -> Vec<Shown> {
        let mut entries = self.entries.clone();
        entries.sort();
        entries
    }

    fn encode(&self, seed: u64) -> Vec<u8> {
        let mut rng = ChaCha20Rng::seed_from_u64(seed + 1_000);
        let (password, profile) = (Password::new(self.password.as_str()), Profile::JAVA_17.with_iterations(10));
        let protection = match self.format {
            "JKS" => Protection::Jks,
            "JCEKS" => Protection::Jceks { iterations: 10 },
            _ => Protection::Pkcs12(profile),
        };
        let mut keystore = KeyStore::new();
        for entry in &self.entries {
            keystore.insert(sealed(entry, &password, protection, &mut rng)).expect("aliases are drawn apart");
        }
        match self.format {
            "JKS" => jks::encode(&keystore, &password),
            "JCEKS" => jks::encode_jceks(&keystore, &password),
            _ => pkcs12::encode(&keystore, &password, &profile, &mut rng),
        }
        .expect("encodes")
    }

    /// The request to Java to make such a store.
    fn make(&self, format: &str, file: &str) -> String {
        let request = ["make", file, format, &self.password, SEPARATOR].map(str::to_owned);
        request.into_iter().chain(fields(&self.entries, &self.password)).collect::<Vec<_>>().join("\t")
    }
}

const ASCII: &[&str] = &["a", "Z", "0", " ", "!", "~", "\"", "\\"];
const ANY: &[&str] = &["a", "Z", "0", " ", "é", "Ä", "ß", "Ж", "日", "\u{ffff}", "😀", "𐐷", "ﬁ", "İ"];

/// Java shows the moment of loading for an entry without a date.
fn without_date_of_loading(shown: Shown, request: &str) -> Shown {
    let loaded = request.contains("\tPKCS12\t") && shown.kind == "trusted";
    Shown { created_ms: shown.created_ms.filter(|_| !loaded), ..shown }
}

/// The aliases were drawn in lower case, because Java ignores letter case.
fn in_lower_case(shown: Shown) -> Shown {
    Shown { alias: shown.alias.to_lowercase(), ..shown }
}
