//! Compares with Java whether it loads a store, and what its trust manager and its key manager use from it, in order.
//! The stores are all files of the corpus, randomly drawn stores, and mutants.

use crate::elements::{with_null_after, with_null_after_salt, without_last};
use crate::fixture::{KEY, certificate, sha256};
use crate::java::ask_on;
use crate::loads::{Case, version};
use crate::tree::Tree;
use keystore_core::rustls_pki_types::PrivatePkcs8KeyDer;
use keystore_core::{
    Entry, KeyStore, Limits, MissingMac, Password, Profile, Protection, SealedKey, Store, Timestamp,
    decode_unverified_within, decode_within, jks, pkcs12,
};
use rand::RngExt;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::Value;
use tempfile::TempDir;
use test_support::{Content, Corpus, Pinned, Suite, Tool};

const JAVA_8: Tool = Tool::OfJdk(8, "java");
const JAVA_25: Tool = Tool::OfJdk(25, "java");

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const TOOLS: &[Tool] = &[Tool::Java, Tool::Javac];
    const OF_8: &[Tool] = &[Tool::Javac, JAVA_8];
    const OF_25: &[Tool] = &[Tool::Javac, JAVA_25];
    suite
        .test("managers::take_what_we_say_from_the_corpus", TOOLS, || corpus(Tool::Java))
        .test("managers::take_keys_in_the_order_that_we_say", TOOLS, || orders(Tool::Java))
        .test("managers::take_what_we_say_from_mutants", TOOLS, || mutants(Tool::Java))
        .test("managers::take_what_we_say_with_extra_elements", TOOLS, || extra_elements(Tool::Java))
        .test_where_found("managers::of_java_8_take_with_extra_elements", OF_8, || extra_elements(JAVA_8))
        .test_where_found("managers::of_java_25_take_with_extra_elements", OF_25, || extra_elements(JAVA_25))
        .test_where_found("managers::of_java_8_take_from_the_corpus", OF_8, || corpus(JAVA_8))
        .test_where_found("managers::of_java_8_take_keys_in_order", OF_8, || orders(JAVA_8))
        .test_where_found("managers::of_java_8_take_from_mutants", OF_8, || mutants(JAVA_8))
        .test_where_found("managers::of_java_25_take_from_the_corpus", OF_25, || corpus(JAVA_25))
        .test_where_found("managers::of_java_25_take_keys_in_order", OF_25, || orders(JAVA_25))
        .test_where_found("managers::of_java_25_take_from_mutants", OF_25, || mutants(JAVA_25))
}

/// What the managers use.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// SHA-256 of each anchor, sorted.
    anchors: Vec<String>,
    /// The alias and the length of the chain of each key, in order.
    keys: Vec<(String, usize)>,
}

fn corpus(java: Tool) {
    let corpora = [Content::Keystores, Content::Bcfks].map(Corpus::find);
    let cases: Vec<_> = corpora
        .iter()
        .flat_map(|corpus| corpus.rows().iter().step_by(STEP).flat_map(|row| cases(corpus, row)).collect::<Vec<_>>())
        .collect();
    let compared = compare(java, &cases);
    corpora[0].assert_at_least("files compared", compared, Pinned { whole: 330 / STEP, subset: 20 / STEP });
}

/// Key derivation is slow in a debug build, so it uses every third row; `.ci/full proofs` uses all.
const STEP: usize = if cfg!(debug_assertions) { 3 } else { 1 };

/// A row with its password, and with each password for which it has an answer.
fn cases(corpus: &Corpus, row: &Value) -> Vec<Case> {
    let Some(store_type) = row["kind"].as_str().and_then(store_type) else { return Vec::new() };
    let file = corpus.folder().join(row["file"].as_str().expect("a file"));
    let asked = row["by_password"].as_array().map_or(&[][..], Vec::as_slice);
    let passwords = std::iter::once(&row["password"]).chain(asked.iter().map(|asked| &asked["password"]));
    let case =
        |password: &Value| Case { file: file.clone(), store_type, password: password.as_str().map(str::to_owned) };
    passwords.map(case).collect()
}

/// Files with an element after the parameters of an algorithm, which Java refuses in some places only.
fn extra_elements(java: Tool) {
    const SHA_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    const AES_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
    const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    const HMAC_SHA_256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
    let folder = TempDir::new().expect("a temporary folder can be made");
    let (password, profile) = (Password::new("changeit"), Profile::JAVA_17.with_iterations(1));
    let rng = &mut ChaCha20Rng::from_seed([5; 32]);
    let key =
        SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, Protection::Pkcs12(profile), rng).expect("a key");
    let mut keystore = KeyStore::new();
    let created = Timestamp::from_millis(0);
    keystore.insert(Entry::new_private_key("key", key, vec![certificate()], created)).expect("an entry");
    let peer = include_bytes!("../data/ec.cer").as_slice().into();
    keystore.insert(Entry::new_trusted_certificate("peer", peer, created)).expect("an entry");
    let clear = pkcs12::encode(&keystore, &password, &Profile::PASSWORDLESS, rng).expect("encodes");
    let with_mac = pkcs12::encode(&keystore, &password, &profile, rng).expect("encodes");
    // A MAC would not match after a change. In `clear`, which has none, only the key is encrypted.
    let without_mac = &without_last(&with_mac)[..];
    let mut files = Vec::new();
    for (file, oid) in [
        (&with_mac[..], SHA_256),
        (without_mac, PBES2),
        (without_mac, PBKDF2),
        (without_mac, AES_256),
        (without_mac, HMAC_SHA_256),
        (&clear, PBES2),
        (&clear, PBKDF2),
        (&clear, AES_256),
        (&clear, HMAC_SHA_256),
    ] {
        files.push((file, with_null_after(oid, file)));
    }
    for file in [without_mac, &clear] {
        files.push((file, with_null_after_salt(salt(file), file)));
    }
    files.push((&clear, without_usages(&clear)));
    // Java 8 requires lengths in the shortest form.
    let mut padded = Tree::read(&clear);
    padded.pad(0xa0);
    files.push((&clear, padded.encoded()));
    let mut cases = Vec::new();
    for (before, bytes) in files {
        assert_ne!(bytes, before, "the mark is in the file");
        let file = folder.path().join(cases.len().to_string());
        std::fs::write(&file, bytes).expect("the folder is ours");
        cases.push(Case { file, store_type: "PKCS12", password: Some("changeit".to_owned()) });
    }
    let loaded = compare(java, &cases);
    let expected = match java {
        JAVA_8 => 11,
        JAVA_25 => 10,
        _ => 12,
    };
    assert_eq!(loaded, expected);
}

/// The salt of the first PBKDF2 in a file, which is the first element of its parameters.
fn salt(file: &[u8]) -> &[u8] {
    const PBKDF2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    let start = file.windows(PBKDF2.len()).position(|window| window == PBKDF2).expect("it is there") + PBKDF2.len();
    let [0x30, _, 4, length, salt @ ..] = &file[start..] else { panic!("parameters of PBKDF2 are expected") };
    &salt[..usize::from(*length)]
}

/// The file without the usages of trusted certificates, which stay trusted.
fn without_usages(file: &[u8]) -> Vec<u8> {
    const ANY_USAGE: &[u8] = b"\x31\x06\x06\x04\x55\x1d\x25\x00";
    let mut tree = Tree::read(file);
    tree.replace(ANY_USAGE, &[0x31, 0]);
    tree.encoded()
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

/// A store of keys with randomly drawn aliases. The number of keys grows with the number of the store.
fn drawn(store_type: &str, number: u32, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let (password, profile) = (Password::new("changeit"), Profile::JAVA_17.with_iterations(1));
    let protection = if store_type == "PKCS12" { Protection::Pkcs12(profile) } else { Protection::Jks };
    let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, protection, rng).expect("a key");
    let mut keystore = KeyStore::new();
    for _ in 0..=number {
        let letters = 1 + rng.random_range(0..6);
        let alias: String = (0..letters).map(|_| char::from(b'a' + rng.random_range(0..26))).collect();
        let created = Timestamp::from_millis(rng.random_range(0..1_700_000_000_000));
        // An alias that was drawn before is refused.
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

const READ: [&str; 3] = ["jks", "jceks", "pkcs12"];

/// Files with changed bytes, loaded with `null`, with the right and with a wrong password. `KEYSTORE_MUTANTS` sets
/// their number.
fn mutants(java: Tool) {
    let corpus = Corpus::find(Content::Keystores);
    let rows = corpus.rows();
    let seeds: Vec<_> = rows
        .iter()
        .filter(|row| row["expect"]["result"] == "ok" && READ.contains(&row["kind"].as_str().unwrap_or_default()))
        .collect();
    let folder = TempDir::new().expect("a temporary folder can be made");
    let rng = &mut ChaCha20Rng::from_seed([4; 32]);
    let mutants = std::env::var("KEYSTORE_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let mut cases = Vec::new();
    for made in 0..mutants {
        let row = seeds[rng.random_range(0..seeds.len())];
        let store_type = row["kind"].as_str().and_then(store_type).expect("it is one of the kinds");
        let bytes = std::fs::read(corpus.folder().join(row["file"].as_str().expect("a file"))).expect("it is there");
        let file = folder.path().join(made.to_string());
        std::fs::write(&file, mutated(bytes, rng)).expect("the folder is ours");
        let right = row["password"].as_str().unwrap_or_default().to_owned();
        let passwords = [None, Some(right), Some("a wrong one".to_owned())];
        // Key derivation is slow in a debug build, so only every eighth mutant of a PKCS#12 is tried with all
        // passwords.
        let tried = if store_type == "JKS" || made % 8 == 0 { 3 } else { 1 };
        cases.extend(passwords.into_iter().take(tried).map(|password| Case {
            file: file.clone(),
            store_type,
            password,
        }));
    }
    compare(java, &cases);
}

fn mutated(mut bytes: Vec<u8>, rng: &mut ChaCha20Rng) -> Vec<u8> {
    for _ in 0..=rng.random_range(0..3) {
        let place = rng.random_range(0..bytes.len());
        bytes[place] ^= 1 << rng.random_range(0..8);
    }
    bytes
}

/// Compares our answers with Java's, and returns the number of files that both sides load.
fn compare(java: Tool, cases: &[Case]) -> usize {
    let requests: Vec<_> = cases.iter().map(Case::request).collect();
    let (mut compared, mut damaged, mut different) = (0, 0, Vec::new());
    for (case, answer) in cases.iter().zip(ask_on(java, &requests)) {
        different.extend(case.differences(version(java), &answer));
        let Ok(lines) = &answer else { continue };
        // Without a password Java ignores damage that this crate refuses to read.
        let Some(ours) = case.ours() else {
            assert!(case.password.is_none() || case.is_excepted(), "{}", case.request());
            damaged += 1;
            continue;
        };
        let theirs = Taken::read(lines);
        compared += 1;
        if ours != theirs {
            different.push(format!("{}: {ours:?}\n  Java: {theirs:?}", case.request()));
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{}", different.len(), cases.len(), different.join("\n"));
    println!("{compared} of {} are loaded by both, {damaged} damaged ones by Java alone", cases.len());
    compared
}

impl Case {
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
