//! Compares this crate with `PEMReader` of Cassandra's jars, on many PEM texts and under each JDK.
//!
//! OpenSSL makes the keys and certificates. The texts combine them in different orders, with different line endings and
//! surrounding text.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use cassandra_props::{KeyPassword, PemText};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tempfile::TempDir;
use test_support::{JavaProgram, Suite, Tool, cassandra_jars, output};

const PASSWORD: &str = "secret1";

/// Cassandra 4.1 runs on Java 8 and 11, 5.0 on 11 and 17. Java 25 is tested as well.
fn main() -> ExitCode {
    const fn needs(java: Tool) -> [Tool; 4] {
        [java, Tool::Javac, Tool::OpenSsl, Tool::Other("mvn")]
    }
    const JAVA_8: Tool = Tool::OfJdk(8, "java");
    const JAVA_11: Tool = Tool::OfJdk(11, "java");
    const JAVA_25: Tool = Tool::OfJdk(25, "java");
    Suite::new()
        .test_where_found("java_8_with_4_1_judges_as_we_do", &needs(JAVA_8), || judged("4.1.10", 8, JAVA_8))
        .test_where_found("java_11_with_4_1_judges_as_we_do", &needs(JAVA_11), || judged("4.1.10", 8, JAVA_11))
        .test_where_found("java_11_with_5_0_judges_as_we_do", &needs(JAVA_11), || judged("5.0.8", 11, JAVA_11))
        .test_where_found("the_first_java_judges_as_we_do", &needs(Tool::Java), || judged("5.0.8", 11, Tool::Java))
        .test_where_found("java_25_judges_as_we_do", &needs(JAVA_25), || judged("5.0.8", 11, JAVA_25))
        .run()
}

fn judged(release: &str, target: u8, java: Tool) {
    let jars = match cassandra_jars(release) {
        Ok(jars) => jars,
        Err(why) => {
            eprintln!("SKIPPED the PEMReader of Cassandra {release}: {why}");
            return;
        }
    };
    let folder = TempDir::new().unwrap();
    let texts = texts(folder.path());
    let request = folder.path().join("request");
    fs::write(&request, written(&texts)).unwrap();
    let program = JavaProgram::compile_with_for(target, "Pem", include_str!("Pem.java"), &jars);
    let answers = output(program.command_of(java).arg(&request));
    let (version, answers) = answers.split_once('\n').unwrap();
    let feature = version.trim_start_matches("1.").parse().unwrap();
    let (mut opened, mut refused) = (0, 0);
    for ((name, text, password), answer) in texts.iter().zip(answers.lines()) {
        let read = PemText::read(text);
        let key = read.check_key(if password.is_empty() { KeyPassword::Unset } else { KeyPassword::Set }, feature);
        let certificates = read.certificates().map_or("-".to_owned(), |count| count.to_string());
        let ours = format!("{} {certificates}", if key.is_ok() { "key" } else { "-" });
        assert_eq!(ours, answer, "Java {feature}, {name}, {key:?}:\n{text}");
        if key.is_ok() { opened += 1 } else { refused += 1 }
    }
    assert_eq!(answers.lines().count(), texts.len());
    println!(
        "{opened} keys open in Java {feature} and {refused} do not, as PEMReader of {release} says, of {} texts",
        texts.len()
    );
    assert!(texts.len() >= 200 && opened > 20 && refused > 20);
}

fn openssl(folder: &Path, line: &str) -> String {
    let mut command = Tool::OpenSsl.command();
    let mut command = command.current_dir(folder);
    for word in line.split(' ') {
        command = command.arg(word);
    }
    output(command)
}

/// The name, the text and the password of each case.
fn texts(folder: &Path) -> Vec<(String, String, String)> {
    let keys = keys(folder);
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=ca -days 30 -out ca.pem");
    let certificate = fs::read_to_string(folder.join("ca.pem")).unwrap();
    let trusted = certificate.replace(" CERTIFICATE", " TRUSTED CERTIFICATE");
    let mut texts = Vec::new();
    for (name, key, password) in &keys {
        for (shape, text) in [
            ("alone", key.clone()),
            ("with its chain", [key.as_str(), &certificate, &certificate].concat()),
            ("after its chain", [&certificate, key.as_str()].concat()),
            (
                "with bag attributes",
                ["Bag Attributes\n    friendlyName: a\nKey Attributes: <No Attributes>\n", key, &certificate].concat(),
            ),
            ("with CRLF", [key.as_str(), &certificate].concat().replace('\n', "\r\n")),
            ("with blanks at line ends", key.replace('\n', " \n")),
            ("indented", key.replace('\n', "\n    ")),
            ("without its last newline", key.trim_end().to_owned()),
            ("after blank lines", ["\n\n", key, "\n\n", &trusted].concat()),
            ("without its end", key.lines().filter(|line| !line.contains("END")).collect::<Vec<_>>().join("\n")),
            ("with other dashes", key.replace("-----", "--")),
            ("in small letters", key.replace("-BEGIN", "-begin").replace("-END", "-end")),
            ("with a letter lost", key.replacen("MII", "MI", 1)),
            ("with a header", key.replacen("-----\n", "-----\nComment: a\n\n", 1)),
            ("in one line", one_line(key)),
            ("with dashes in its label", key.replacen("BEGIN ", "BEGIN my-own ", 1)),
            ("with dashes in both labels", key.replace("BEGIN ", "BEGIN my-own ").replace("END ", "END -- ")),
            (
                "with breaks in its label",
                key.replacen("BEGIN ", "BEGIN\n\u{b}\n", 1).replacen(" KEY-", "\nKEY of\nmine-", 1),
            ),
            ("with a break before PRIVATE", key.replacen("BEGIN ", "BEGIN x\n", 1)),
            ("with another line break in its label", key.replacen("BEGIN ", "BEGIN \u{2028}", 1)),
            ("with its words twice", key.replacen("-----\n", "----- PRIVATE KEY-----\n", 1)),
            ("with its words once more", key.replacen("-----\n", "----- PRIVATE KEY\n-", 1)),
            ("with two beginnings", key.replacen("-----BEGIN", "-----BEGIN x-----BEGIN", 1)),
            ("after an empty block", ["-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n", key].concat()),
            ("after a block of nothing", ["-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", key].concat()),
            ("with a break in its last label", key.replacen("-----END ", "-----END\n", 1)),
            ("with a break after END x", key.replacen("-----END ", "-----END x\n", 1)),
            (
                "with its chain in one line",
                [key.as_str(), certificate.trim_end(), " CERTIFICATE- ", &certificate, &certificate].concat(),
            ),
        ] {
            texts.push((format!("{name} {shape}"), text, password.clone()));
        }
        let other = if password.is_empty() { PASSWORD } else { "" };
        texts.push((format!("{name} with the other password"), key.clone(), other.to_owned()));
        for (second, other, _) in keys.iter().take(3) {
            texts.push((format!("{name} before {second}"), [key.as_str(), other].concat(), password.clone()));
        }
    }
    texts.extend(drawn(&keys[0].1, &certificate));
    texts.push(("nothing".to_owned(), String::new(), String::new()));
    texts
}

/// Blocks with random changes outside of their Base64, each before one without.
fn drawn(key: &str, certificate: &str) -> Vec<(String, String, String)> {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let drawn = (0..DRAWN).map(|number| {
        // Java would not read a key as a certificate, so each text has blocks of one kind.
        let (block, other) = if number % 2 == 0 { (key, "CERTIFICATE") } else { (certificate, "PRIVATE KEY") };
        (format!("drawn {number}"), [&changed(&mut rng, block, other), block].concat(), String::new())
    });
    drawn.collect()
}

/// The block with random pieces in or beside its first line and its last line; none of them contains `without`.
fn changed(rng: &mut ChaCha20Rng, block: &str, without: &str) -> String {
    let (first, rest) = block.split_once('\n').unwrap();
    let (body, last) = rest.trim_end().rsplit_once('\n').unwrap();
    let mut marker = |line: &str| {
        let mut line = line.to_owned();
        for _ in 0..rng.next_u32() % 4 {
            let at = usize::try_from(rng.next_u32()).unwrap() % (line.len() + 1);
            let piece = PIECES[usize::try_from(rng.next_u32()).unwrap() % PIECES.len()];
            if line.is_char_boundary(at) && !piece.contains(without) {
                line.insert_str(at, piece);
            }
        }
        line
    };
    [&marker(first), "\n", body, "\n", &marker(last), "\n"].concat()
}

const PIECES: [&str; 22] = [
    "-",
    "--",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{b}",
    "\u{c}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "x",
    "PRIVATE KEY",
    "PRIVATE",
    "KEY",
    "CERTIFICATE",
    "-BEGIN ",
    "-END ",
    "-----END PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----",
    "+/=",
];

const DRAWN: usize = 500;

/// The block with its Base64 in a single line.
fn one_line(key: &str) -> String {
    let lines: Vec<&str> = key.lines().collect();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    let body: String = lines.iter().filter(|line| !line.contains("-----")).copied().collect();
    [first, body.as_str(), last].join("\n")
}

/// The name, the text and the password of keys of every kind and form.
fn keys(folder: &Path) -> Vec<(String, String, String)> {
    openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem");
    openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem");
    openssl(folder, "genpkey -algorithm ED25519 -out ed25519.pem");
    openssl(folder, "genpkey -algorithm X25519 -out x25519.pem");
    openssl(folder, "rsa -in rsa.pem -traditional -out rsa-pkcs1.pem");
    openssl(folder, "ec -in ec.pem -out ec-sec1.pem");
    let legacy = format!("rsa -in rsa.pem -traditional -aes128 -passout pass:{PASSWORD} -out rsa-legacy.pem");
    openssl(folder, &legacy);
    let mut keys = Vec::new();
    for name in ["rsa", "ec", "ed25519", "x25519", "rsa-pkcs1", "ec-sec1"] {
        keys.push((name.to_owned(), fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap(), String::new()));
    }
    let legacy = fs::read_to_string(folder.join("rsa-legacy.pem")).unwrap();
    keys.push(("rsa-legacy".to_owned(), legacy, PASSWORD.to_owned()));
    for (cipher, options) in [
        ("pbes2-aes256", "-v2 aes-256-cbc"),
        ("pbes2-aes128", "-v2 aes-128-cbc"),
        ("pbes2-aes192", "-v2 aes-192-cbc"),
        ("pbes2-sha1", "-v2 aes-256-cbc -v2prf hmacWithSHA1"),
        ("pbes2-3des", "-v2 des3"),
        ("pkcs12-3des", "-v1 PBE-SHA1-3DES"),
    ] {
        for key in ["rsa", "ec"] {
            let out = format!("{key}-{cipher}");
            openssl(folder, &format!("pkcs8 -topk8 -in {key}.pem {options} -passout pass:{PASSWORD} -out {out}.pem"));
            keys.push((
                out.clone(),
                fs::read_to_string(folder.join(format!("{out}.pem"))).unwrap(),
                PASSWORD.to_owned(),
            ));
        }
    }
    keys
}

fn written(texts: &[(String, String, String)]) -> Vec<u8> {
    let mut request = u32::try_from(texts.len()).unwrap().to_be_bytes().to_vec();
    for part in texts.iter().flat_map(|(_, text, password)| [text, password]) {
        request.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        request.extend(part.as_bytes());
    }
    request
}
