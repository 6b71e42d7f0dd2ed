//! Compares this crate with Bouncy Castle and its FIPS provider: random stores in both directions, with edits, and
//! keytool.

use crate::drawn_entry::{SEPARATOR, entry, fields, sealed, summary, text};
use crate::fixture::{CREATED, KEY, certificate, scratch};
use crate::java::{Shown, ask, shown};
use keystore_core::bcfks::{self, Profile};
use keystore_core::rustls_pki_types::PrivatePkcs8KeyDer;
use keystore_core::{Bcfks, Entry, KeyStore, Password, Protection, SealedKey};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::path::Path;
use test_support::{Suite, Tool, output};

/// A provider that has BCFKS: its library, and its class.
#[derive(Clone, Copy)]
pub(crate) struct Provider {
    pub(crate) jar: Tool,
    class: &'static str,
    pub(crate) reader: bcfks::Provider,
    /// The iterations that the provider uses by default.
    iterations: u32,
    /// Its name in the manifest of the corpus.
    pub(crate) oracle: &'static str,
}

pub(crate) const BCPROV: Provider = Provider {
    jar: Tool::Jar("org.bouncycastle:bcprov-jdk18on:1.86"),
    class: "org.bouncycastle.jce.provider.BouncyCastleProvider",
    reader: bcfks::Provider::Bcprov,
    iterations: 51_200,
    oracle: "bc186",
};
pub(crate) const BC_FIPS: Provider = Provider {
    jar: Tool::Jar("org.bouncycastle:bc-fips:2.1.2"),
    class: "org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider",
    reader: bcfks::Provider::BcFips,
    iterations: 16_384,
    oracle: "fips212",
};

/// The number of stores of a run in each direction and with each provider; `BCFKS_STORES` sets another number.
const STORES: u64 = 16;

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    const WITH_BCPROV: &[Tool] = &[Tool::Java, Tool::Javac, Tool::Keytool, BCPROV.jar];
    const WITH_BC_FIPS: &[Tool] = &[Tool::Java, Tool::Javac, Tool::Keytool, BC_FIPS.jar];
    suite
        .test_where_found("bcfks::bcprov_reads_what_we_write", WITH_BCPROV, || reads_what_we_write(BCPROV))
        .test_where_found("bcfks::bc_fips_reads_what_we_write", WITH_BC_FIPS, || reads_what_we_write(BC_FIPS))
        .test_where_found("bcfks::we_read_what_bcprov_writes", WITH_BCPROV, || we_read_what_it_writes(BCPROV))
        .test_where_found("bcfks::we_read_what_bc_fips_writes", WITH_BC_FIPS, || we_read_what_it_writes(BC_FIPS))
        .test_where_found("bcfks::key_managers_with_bcprov_order_keys", WITH_BCPROV, || orders_of_keys(BCPROV))
        .test_where_found("bcfks::key_managers_with_bc_fips_order_keys", WITH_BC_FIPS, || orders_of_keys(BC_FIPS))
        .test_where_found("bcfks::keytool_with_bcprov_lists_our_entries", WITH_BCPROV, || keytool_lists(BCPROV))
        .test_where_found("bcfks::keytool_with_bc_fips_lists_our_entries", WITH_BC_FIPS, || keytool_lists(BC_FIPS))
}

/// The order in which Java's key manager has the keys, also of maps that are exactly three quarters full.
fn orders_of_keys(provider: Provider) {
    let (folder, _) = scratch("");
    let rng = &mut ChaCha20Rng::from_seed([6; 32]);
    let profile = Profile::BC_FIPS.with_iterations(1);
    let password = Password::new("a password of keys");
    let key =
        SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, Protection::Bcfks(profile), rng).expect("a key");
    let mut requests = vec![provider.request()];
    let mut expected = Vec::new();
    for count in [2, 11, 12, 12, 12, 13, 24, 24, 25, 48] {
        let mut store = Bcfks::new(profile, CREATED).expect("a year of four digits");
        while store.view().len() < count {
            let alias = text(rng, &["a", "B", "c", "D", "0", "1"], 1..8);
            // An alias that was drawn before is refused.
            let _ = store.insert(&Entry::new_private_key(alias, key.clone(), vec![certificate()], CREATED));
        }
        let file = folder.path().join(format!("{}.bcfks", requests.len())).display().to_string();
        std::fs::write(&file, store.encode(&password, rng).expect("encodes")).expect("the folder is ours");
        requests.push(["managers", &file, "BCFKS", "a password of keys"].join("\t"));
        let view = store.view();
        expected.push(view.private_keys().iter().map(|key| key.alias.to_owned()).collect::<Vec<_>>());
    }
    let answers = ask(&requests);
    for ((answer, expected), request) in answers.iter().skip(1).zip(&expected).zip(&requests[1..]) {
        let lines = answer.as_ref().unwrap_or_else(|error| panic!("{request}: {error}"));
        let keys = lines.iter().filter_map(|line| line.strip_prefix("key\t"));
        let keys: Vec<_> = keys.map(|key| hex::decode(key.split('\t').next().expect("an alias"))).collect();
        assert_eq!(keys, expected.iter().map(|alias| Ok(alias.as_bytes().to_vec())).collect::<Vec<_>>(), "{request}");
        assert!(lines.iter().any(|line| line.trim_end() == "init\tok"), "{request}: {lines:?}");
    }
}

/// New stores, and the same stores after edits.
fn reads_what_we_write(provider: Provider) {
    let (folder, _) = scratch("");
    let mut requests = vec![provider.request()];
    let mut expected = Vec::new();
    for seed in 0..stores() {
        let mut drawn = Drawn::new(seed, provider);
        let mut rng = ChaCha20Rng::seed_from_u64(seed + 1_000);
        let password = Password::new(drawn.password.as_str());
        let mut bytes = drawn.encode(&password, &mut rng);
        if seed % 2 == 1 {
            bytes = drawn.edit(&bytes, &password, &mut rng);
        }
        let file = folder.path().join(format!("{seed}.bcfks")).display().to_string();
        std::fs::write(&file, bytes).expect("the folder is ours");
        requests.push(["list", &file, "BCFKS", &drawn.password, &drawn.password].join("\t"));
        expected.push(drawn.sorted());
    }
    let mut answers = ask(&requests).into_iter();
    answers.next().expect("an answer").expect("the provider loads");
    for ((answer, expected), request) in answers.zip(expected).zip(&requests[1..]) {
        let lines = answer.unwrap_or_else(|error| panic!("{request}: {error}"));
        let mut seen: Vec<_> = lines.iter().map(|line| shown(line)).collect();
        seen.sort();
        assert_eq!(seen, expected, "{request}");
    }
    println!("{} stores read by {}, every second one edited", requests.len() - 1, provider.oracle);
}

fn we_read_what_it_writes(provider: Provider) {
    let (folder, _) = scratch("");
    let file = |seed: u64| folder.path().join(format!("{seed}.bcfks"));
    let drawn: Vec<_> = (0..stores()).map(|seed| (seed, Drawn::new(seed, provider))).collect();
    let made = drawn.iter().map(|(seed, drawn)| drawn.make(&file(*seed)));
    let requests: Vec<_> = std::iter::once(provider.request()).chain(made).collect();
    for (answer, request) in ask(&requests).into_iter().zip(&requests) {
        answer.unwrap_or_else(|error| panic!("{request}: {error}"));
    }
    println!("{} stores of {}", drawn.len(), provider.oracle);
    for (seed, drawn) in &drawn {
        let bytes = std::fs::read(file(*seed)).expect("Java wrote it");
        let password = Password::new(drawn.password.as_str());
        let store = Bcfks::decode(&bytes, &password).unwrap_or_else(|error| panic!("{seed}: {error}"));
        let mut seen: Vec<_> = store.view().iter().map(|entry| summary(entry, &password)).collect();
        seen.sort();
        let mut expected = drawn.sorted();
        for entry in &mut expected {
            entry.created_ms = None;
        }
        assert_eq!(seen, expected, "{seed}");
        assert_eq!(store.encode(&password, &mut ChaCha20Rng::from_seed([0; 32])), Ok(bytes.clone()), "{seed}");
    }
}

fn keytool_lists(provider: Provider) {
    let (_folder, path) = scratch("store.bcfks");
    let (password, mut rng) = (Password::new("changeit"), ChaCha20Rng::from_seed([7; 32]));
    let profile = if provider.class == BC_FIPS.class { Profile::BC_FIPS } else { Profile::BCPROV };
    let mut keystore = KeyStore::new();
    let key = SealedKey::seal(&PrivatePkcs8KeyDer::from(KEY), &password, Protection::Bcfks(profile), &mut rng);
    let key = Entry::new_private_key("Node0", key.expect("seals"), vec![certificate()], CREATED);
    keystore.insert(key).expect("no clash");
    keystore.insert(Entry::new_trusted_certificate("peer", certificate(), CREATED)).expect("no clash");
    let bytes = bcfks::encode(&keystore, &password, &profile, CREATED, &mut rng).expect("encodes");
    std::fs::write(&path, bytes).expect("the folder is ours");
    let jar = provider.jar.find().expect("it was found before");
    let mut keytool = Tool::Keytool.command();
    keytool.args(["-list", "-storetype", "BCFKS", "-storepass", "changeit", "-keystore"]).arg(&path);
    let listed = output(keytool.args(["-provider", provider.class, "-providerpath"]).arg(jar));
    assert!(listed.contains("contains 2 entries"), "{listed}");
    assert!(listed.contains("Node0, Nov 14, 2023, PrivateKeyEntry"), "{listed}");
    assert!(listed.contains("peer, Nov 14, 2023, trustedCertEntry"), "{listed}");
}

impl Provider {
    /// The request to Java to load it.
    pub(crate) fn request(self) -> String {
        let jar = self.jar.find().expect("it was found before");
        ["provider", &jar.display().to_string(), self.class].join("\t")
    }
}

fn stores() -> u64 {
    std::env::var("BCFKS_STORES").ok().and_then(|stores| stores.parse().ok()).unwrap_or(STORES)
}

/// The content of a store.
struct Drawn {
    password: String,
    profile: Profile,
    iterations: u32,
    entries: Vec<Shown>,
}

impl Drawn {
    /// One of 50 has the provider's own iterations.
    fn new(seed: u64, provider: Provider) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let drawn = rng.random_range(1..=4_096);
        let iterations = if seed.is_multiple_of(50) { provider.iterations } else { drawn };
        let mut profile = Profile::BCPROV.with_iterations(iterations);
        if rng.random_bool(0.3) {
            profile = profile.with_sha3_512();
        }
        if rng.random_bool(0.3) {
            profile = profile.with_key_wrap();
        }
        if rng.random_bool(0.2) {
            profile = profile.with_scrypt(rng.random_range(1..9), rng.random_range(1..9));
        }
        let mut drawn = Self { password: text(&mut rng, CHARACTERS, 0..20), profile, iterations, entries: Vec::new() };
        for _ in 0..rng.random_range(0..6) {
            drawn.draw(&mut rng);
        }
        drawn
    }

    /// One more entry.
    fn draw(&mut self, rng: &mut ChaCha20Rng) -> usize {
        let kind = ["private", "trusted", "secret AES"].choose(rng).expect("there are kinds");
        let entry = entry(text(rng, CHARACTERS, 1..12), (*kind).to_owned(), rng, "BCFKS");
        self.entries.retain(|other| other.alias != entry.alias);
        self.entries.push(entry);
        self.entries.len() - 1
    }

    fn sorted(&self) -> Vec<Shown> {
        let mut entries = self.entries.clone();
        entries.sort();
        entries
    }

    fn encode(&self, password: &Password, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let mut store = Bcfks::new(self.profile, CREATED).expect("a year of four digits");
        for entry in &self.entries {
            store
                .insert(&sealed(entry, password, Protection::Bcfks(self.profile), rng))
                .expect("aliases are drawn apart");
        }
        store.encode(password, rng).expect("encodes")
    }

    /// Removes an entry, renames another, and inserts a new one.
    fn edit(&mut self, bytes: &[u8], password: &Password, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let mut store = Bcfks::decode(bytes, password).expect("we wrote it");
        if let Some(removed) = self.entries.pop() {
            store.remove(&removed.alias).expect("it is there");
        }
        let renamed = text(rng, CHARACTERS, 13..15);
        if let Some(entry) = self.entries.first_mut() {
            store.rename(&entry.alias, &renamed).expect("longer names are free");
            entry.alias = renamed;
        }
        let before = self.entries.len();
        let place = self.draw(rng);
        let entry = sealed(&self.entries[place], password, Protection::Bcfks(self.profile), rng);
        if self.entries.len() > before {
            store.insert(&entry).expect("no clash");
        } else {
            store.replace(&entry).expect("it is there");
        }
        store.encode(password, rng).expect("encodes")
    }

    /// The request to Java to make such a store.
    fn make(&self, file: &Path) -> String {
        let (file, iterations) = (file.display().to_string(), self.iterations.to_string());
        let request = ["bcfks", &file, &iterations, &self.password, SEPARATOR].map(str::to_owned);
        request.into_iter().chain(fields(&self.entries, &self.password)).collect::<Vec<_>>().join("\t")
    }
}

const CHARACTERS: &[&str] = &["a", "A", "z", "Z", "0", " ", "é", "Ä", "ß", "Ж", "日", "\u{ffff}", "😀", "𐐷", "ﬁ", "İ"];
