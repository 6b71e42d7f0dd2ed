//! Files of other programs are edited here; Java and OpenSSL read them before and after.

use crate::fixture::{CERTIFICATE, CREATED, certificate, sha256};
use crate::java::{Shown, ask, shown};
use keystore_core::{Entry, Limits, MissingMac, Password, Pfx, Profile};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;
use test_support::{Content, Corpus, Pinned, Suite, Tool};

const ALIAS: &str = "inserted";
/// The number of pairs that the other program reads, which depends on its version.
const COMPARED: Pinned = Pinned { whole: 180, subset: 12 };

/// A file, and the same file with one more certificate.
struct Pair {
    name: String,
    password: String,
    key_password: String,
    original: PathBuf,
    edited: PathBuf,
}

/// The tests of this file.
pub(crate) fn tests(suite: Suite) -> Suite {
    suite
        .test(
            "corpus::java_sees_all_it_saw_before_and_the_new_certificate",
            &[Tool::Java, Tool::Javac],
            java_sees_all_it_saw_before_and_the_new_certificate,
        )
        .test(
            "corpus::openssl_sees_all_it_saw_before_and_the_new_certificate",
            &[Tool::OpenSsl],
            openssl_sees_all_it_saw_before_and_the_new_certificate,
        )
}

fn java_sees_all_it_saw_before_and_the_new_certificate() {
    let Drawn { corpus, pairs, .. } = pairs();
    let list = |file: &Path, pair: &Pair| {
        ["list", &file.display().to_string(), "PKCS12", &pair.password, &pair.key_password].join("\t")
    };
    let requests: Vec<_> =
        pairs.iter().flat_map(|pair| [list(&pair.original, pair), list(&pair.edited, pair)]).collect();
    let mut compared = 0;
    for (pair, answers) in pairs.iter().zip(ask(&requests).chunks(2)) {
        // A file that Java 17 cannot read before the edit need not be readable after it.
        let Ok(before) = &answers[0] else { continue };
        let after = answers[1].as_ref().unwrap_or_else(|error| panic!("{}: {error}", pair.name));
        let mut expected = entries(before);
        expected.push(inserted());
        assert_eq!(entries(after), expected, "{}", pair.name);
        compared += 1;
    }
    corpus.assert_at_least("files compared", compared, COMPARED);
}

fn openssl_sees_all_it_saw_before_and_the_new_certificate() {
    let Drawn { corpus, pairs, .. } = pairs();
    let mut compared = 0;
    for pair in pairs {
        let Some(mut expected) = openssl(&pair.original, &pair.password) else { continue };
        let found = openssl(&pair.edited, &pair.password);
        expected.insert(pem(CERTIFICATE));
        assert_eq!(found.as_ref(), Some(&expected), "{}", pair.name);
        compared += 1;
    }
    corpus.assert_at_least("files compared", compared, COMPARED);
}

/// The pairs, and the folder with their files, which is removed with this value.
struct Drawn {
    corpus: Corpus,
    pairs: Vec<Pair>,
    _scratch: TempDir,
}

/// Edited copies of every PKCS#12 that must load, made once for all tests.
fn pairs() -> &'static Drawn {
    static PAIRS: OnceLock<Drawn> = OnceLock::new();
    PAIRS.get_or_init(make_pairs)
}

fn make_pairs() -> Drawn {
    let corpus = Corpus::find(Content::Keystores);
    let rows = corpus.rows();
    let scratch = TempDir::new().expect("a temporary folder can be made");
    let rows = rows.iter().filter(|row| row["kind"] == "pkcs12" && row["expect"]["result"] == "ok");
    let pairs = rows.enumerate().filter_map(|(number, row)| {
        let password = row["password"].as_str()?.to_owned();
        let key_password = row["key_passwords"].as_object().and_then(|keys| keys.values().next()?.as_str());
        let pair = Pair {
            name: row["file"].as_str()?.to_owned(),
            key_password: key_password.unwrap_or(&password).to_owned(),
            password,
            original: corpus.folder().join(row["file"].as_str()?),
            edited: scratch.path().join(format!("{number}.p12")),
        };
        edit(&pair).then_some(pair)
    });
    let pairs = pairs.collect();
    Drawn { corpus, pairs, _scratch: scratch }
}

/// Inserts the certificate; false for the few files with features that this crate does not support.
fn edit(pair: &Pair) -> bool {
    let bytes = std::fs::read(&pair.original).expect("a file of the corpus");
    let password = Password::new(pair.password.as_str());
    let mut limits = Limits::default();
    limits.missing_mac = MissingMac::Accept;
    let Ok(mut pfx) = Pfx::decode_within(&bytes, &password, &limits) else { return false };
    pfx.insert(&Entry::new_trusted_certificate(ALIAS, certificate(), CREATED)).expect("no clash");
    let profile = Profile::OPENSSL_3.with_iterations(1_000);
    let encoded = pfx.encode(&password, &profile, &mut ChaCha20Rng::from_seed([5; 32])).expect("encodes");
    std::fs::write(&pair.edited, encoded).expect("a temporary file can be written");
    true
}

/// The entries as Java lists them. An entry without a date shows the moment of loading.
fn entries(lines: &[String]) -> Vec<Shown> {
    const START_OF_2026: i64 = 1_767_225_600_000;
    let undated = |entry: Shown| Shown { created_ms: entry.created_ms.filter(|date| *date < START_OF_2026), ..entry };
    lines.iter().map(|line| undated(shown(line))).collect()
}

fn inserted() -> Shown {
    Shown {
        alias: ALIAS.to_owned(),
        kind: "trusted".to_owned(),
        created_ms: None,
        certificates: vec![sha256(CERTIFICATE)],
        key: String::new(),
    }
}

/// The certificates and keys that OpenSSL prints, without their names; none if it cannot.
fn openssl(file: &Path, password: &str) -> Option<BTreeSet<String>> {
    let password = format!("pass:{password}");
    let mut command = Tool::OpenSsl.command();
    command.args(["pkcs12", "-legacy", "-nodes", "-passin", &password, "-in"]).arg(file);
    let output = command.output().expect("OpenSSL can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let blocks = text.split("-----BEGIN ").skip(1).filter_map(|block| block.split("-----END").next());
    output.status.success().then(|| blocks.map(str::to_owned).collect())
}

/// A certificate as a block that OpenSSL prints.
fn pem(der: &[u8]) -> String {
    use std::io::Write as _;
    let mut command = Tool::OpenSsl.command();
    command.args(["x509", "-inform", "DER"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("OpenSSL can be started");
    child.stdin.take().expect("an input").write_all(der).expect("OpenSSL reads");
    let printed = child.wait_with_output().expect("OpenSSL ends").stdout;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let block = printed.split("-----BEGIN ").nth(1).and_then(|block| block.split("-----END").next());
    block.expect("a certificate").to_owned()
}
