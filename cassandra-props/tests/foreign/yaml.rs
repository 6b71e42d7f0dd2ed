//! Compares this crate with SnakeYAML, on random files and edits, in one JVM for each version.

use std::fs;

use cassandra_props::{CassandraYaml, ErrorKind, Kind, Section};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;
use test_support::{JavaProgram, Tool, cassandra_jars, output};

use crate::drawn::{below, one_of, text};

/// The releases of Cassandra whose SnakeYAML is used: 1.26 and 2.1.
const VERSIONS: [&str; 2] = ["4.1.10", "5.0.8"];

/// The number of files, and of edits of the server section; `YAML_DRAWN` sets it. Other sections get a quarter as many
/// edits.
fn drawn() -> usize {
    std::env::var("YAML_DRAWN").map_or(400, |number| number.parse().unwrap())
}

pub(crate) fn snakeyaml_reads_drawn_files_as_we_do() {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let files: Vec<Vec<u8>> = (0..drawn()).map(|_| file(&mut rng)).collect();
    let asked: Vec<(Section, &Vec<u8>)> =
        files.iter().flat_map(|file| Section::ALL.map(|section| (section, file))).collect();
    let mut requests = Requests::default();
    for (section, file) in &asked {
        requests.read(*section, file);
    }
    for (version, answers) in requests.answered() {
        let (mut read, mut refused) = (0, 0);
        for ((section, file), answer) in asked.iter().zip(answers) {
            let ours = ours(*section, file);
            match (&ours, answer.strip_prefix('!')) {
                (None, Some(_)) => refused += 1,
                (Some(ours), None) => {
                    assert_eq!(*ours, answer, "{version}, {section}: {}", file.escape_ascii());
                    read += 1;
                }
                _ => panic!("{version}: SnakeYAML says {answer}, we {ours:?}: {}", file.escape_ascii()),
            }
        }
        let sections = Section::ALL.len();
        println!(
            "{} files read as SnakeYAML of {version} reads them, {} refused by both",
            read / sections,
            refused / sections
        );
        assert!(read > asked.len() / 4 && refused > asked.len() / 50);
    }
}

/// SnakeYAML 2.1 refuses what is nested more than 51 levels deep, SnakeYAML 1.26 does not.
pub(crate) fn snakeyaml_nests_as_deeply_as_we_do() {
    let mut files = Vec::new();
    for count in [20, 23, 24, 25, 26, 48, 49, 50, 51, 52, 100] {
        for (open, close) in
            [("[", "]"), ("[x, ", "]"), ("{a: ", "}"), ("[a: ", "]"), ("[? a : ", "]"), ("{? [b] : ", "}")]
        {
            for inner in ["", "x", "*a", "{}"] {
                files.push(format!("a: &a x\nb: {}{inner}{}\n", open.repeat(count), close.repeat(count)));
            }
        }
        let lines = |line: &str| (0..count).map(|indent| " ".repeat(indent) + line).collect::<String>();
        files.push(lines("x:\n"));
        files.push(lines("-\n") + &" ".repeat(count) + "- x\n");
    }
    let mut requests = Requests::default();
    for file in &files {
        requests.read(Section::TopLevel, file.as_bytes());
    }
    for (version, answers) in requests.answered() {
        let is_limited = version == "5.0.8";
        let mut refused = 0;
        for (file, answer) in files.iter().zip(answers) {
            let ours = CassandraYaml::parse(file.as_bytes()).map(drop).map_err(|error| error.kind().clone());
            let is_too_deep = answer.starts_with("! Nesting Depth exceeded");
            assert_eq!(is_too_deep, is_limited && ours == Err(ErrorKind::TooDeep), "{version} {answer}: {file}");
            assert_eq!(
                answer.starts_with('!'),
                ours.is_err() && (is_limited || !is_deep(&ours)),
                "{version} {answer}: {file}"
            );
            refused += usize::from(is_too_deep);
        }
        println!("{refused} of {} files are nested too deeply for {version}", files.len());
        assert_eq!(refused > 0, is_limited);
    }
}

fn is_deep(ours: &Result<(), ErrorKind>) -> bool {
    *ours == Err(ErrorKind::TooDeep)
}

fn ours(section: Section, file: &[u8]) -> Option<String> {
    let file = CassandraYaml::parse(file).ok()?;
    let mut texts: Vec<String> = Vec::new();
    for name in file.names(section) {
        let value = file.value(section, name);
        texts.push(units(name) + &value.map_or(String::new(), |value| format!(":{}", units(&value))) + " ");
    }
    texts.sort_by(|a, b| a.split([':', ' ']).next().cmp(&b.split([':', ' ']).next()));
    Some(texts.concat())
}

fn units(text: &str) -> String {
    hex::encode(text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

pub(crate) fn snakeyaml_reads_what_an_edit_of_the_server_section_was_to_make() {
    edits_are_read(&[Section::Server], drawn(), 4);
}

pub(crate) fn snakeyaml_reads_what_an_edit_of_the_rest_was_to_make() {
    edits_are_read(&[Section::Client, Section::TopLevel], drawn() / 4, 5);
}

fn edits_are_read(sections: &[Section], count: usize, seed: u8) {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut requests = Requests::default();
    let mut edits = Vec::new();
    let (mut refused, mut unread) = (0, 0);
    while edits.len() < count {
        let before = file(&mut rng);
        let Ok(mut file) = CassandraYaml::parse(&before) else {
            unread += 1;
            continue;
        };
        let section = *one_of(&mut rng, sections);
        let definitions = section.definitions();
        let definition = one_of(&mut rng, definitions);
        let (kind, value) = value(&mut rng, definition.kind(), definition.name());
        let done = match kind {
            "gone" => file.remove(section, definition.name()).map(drop),
            _ => file.set(section, definition.name(), &value),
        };
        if done.is_err() {
            refused += 1;
            assert_eq!(file.as_bytes(), before, "a refusal leaves the file as it was");
            continue;
        }
        requests.edit(section, &before, file.as_bytes(), [definition.name(), kind, &value]);
        edits.push((before, file.as_bytes().to_vec(), definition.name(), value));
    }
    for (version, answers) in requests.answered() {
        let loaded: Vec<_> = edits.iter().zip(answers).filter(|(_, answer)| answer != "unread").collect();
        for ((before, after, name, value), answer) in &loaded {
            let shown = (before.escape_ascii().to_string(), after.escape_ascii().to_string());
            assert_eq!(answer, "ok", "{version}: {name} = {value:?}\n{}\nbecame\n{}", shown.0, shown.1);
        }
        println!(
            "{} edits of {} are what SnakeYAML of {version} reads; {refused} refused, {unread} files not read",
            loaded.len(),
            sections.iter().map(Section::to_string).collect::<Vec<_>>().join(" and ")
        );
        assert!(loaded.len() > edits.len() / 2);
    }
    assert!(refused < edits.len());
}

fn value(rng: &mut ChaCha20Rng, kind: Kind, name: &str) -> (&'static str, String) {
    if below(rng, 4) == 0 {
        return ("gone", String::new());
    }
    match kind {
        Kind::Truth => ("truth", one_of(rng, &["true", "false"]).to_string()),
        Kind::Number => ("number", (1 + below(rng, 60_000)).to_string()),
        Kind::List => ("list", one_of(rng, &["TLSv1.2", "TLSv1.2,TLSv1.3", "yes,0123"]).to_string()),
        Kind::Mapping => ("gone", String::new()),
        Kind::Text if name == "internode_encryption" => ("text", "all".to_owned()),
        Kind::Text if below(rng, 2) == 0 => ("text", text(rng).replace('\0', "0")),
        Kind::Text => ("text", one_of(rng, VALUES_TO_SET).to_string()),
    }
}

const VALUES_TO_SET: &[&str] = &[
    "",
    " ",
    "0123456789",
    "1e5",
    "yes",
    "~",
    "null",
    "12:30:45",
    "2024-01-01",
    "a #b",
    "a: b",
    "- a",
    "[x]",
    "{x}",
    "@x",
    "%x",
    "*x",
    "&x",
    "!x",
    "|",
    ">",
    "'",
    "\"",
    "it's",
    "C:\\Users\\x",
    "\u{85}",
    "\u{2028}",
    "\u{feff}a",
    "a\u{feff}",
    "\u{1f511}",
    "x\n",
    "\n",
    "a\r\nb",
    "---",
    "...",
    "<<",
    "=",
    ".inf",
    "0x1F",
    "1_000",
    "\u{7f}",
    "\u{e000}",
    "\u{fffd}",
    "/etc/keys/a b.p12",
];

/// A random file with usual and unusual content.
fn file(rng: &mut ChaCha20Rng) -> Vec<u8> {
    let indent = *one_of(rng, &["    ", "  ", " ", "      "]);
    let mut out = String::new();
    if below(rng, 30) == 0 {
        out.push_str(one_of::<&str>(rng, &["\u{feff}", "---\n", "%YAML 1.1\n---\n", "# \u{e9}\n"]));
    }
    out.push_str("cluster_name: 'Test Cluster'\n");
    noise(rng, &mut out, "");
    top_level(rng, &mut out);
    let sections =
        *one_of(rng, &[["server", "client"], ["client", "server"], ["server", ""], ["client", ""], ["", ""]]);
    for section in sections.into_iter().filter(|section| !section.is_empty()) {
        let header = if below(rng, 12) == 0 { "#" } else { "" };
        let after = one_of(rng, &["", "", "", "", " # TLS", "  "]);
        out.push_str(&[header, section, "_encryption_options:", after, "\n"].concat());
        let entries = below(rng, 7);
        for _ in 0..entries {
            noise(rng, &mut out, indent);
            entry(rng, &mut out, &format!("{header}{indent}"));
        }
        noise(rng, &mut out, indent);
    }
    out.push_str(one_of::<&str>(
        rng,
        &["num_tokens: 16\n", "seeds:\n- a\n- b\n", "x: |\n  keystore: x\n\n", "x: |+\n  y\n\n", "", "...\n"],
    ));
    if below(rng, 5) == 0 {
        out.pop();
    }
    if below(rng, 6) == 0 {
        out = out.replace('\n', "\r\n");
    }
    out.into_bytes()
}

/// Adds top-level keys that concern TLS.
fn top_level(rng: &mut ChaCha20Rng, out: &mut String) {
    for key in ["ssl_storage_port", "native_transport_port_ssl", "authenticator", "internode_authenticator"] {
        if below(rng, 3) > 0 {
            continue;
        }
        let sign = *one_of(rng, &["", "", "", "# ", "#"]);
        let value = *one_of(
            rng,
            &["7001", "9142", "07001", "AllowAllAuthenticator", "'quoted'", "", "\n  class_name: x", "[a, b]"],
        );
        let value = value.replace('\n', &format!("\n{sign}"));
        let after = one_of(rng, &["", "", " # note", "  "]);
        out.push_str(&[sign, key, ": ", &value, after, "\n"].concat());
        noise(rng, out, "");
    }
}

const KEYS: [&str; 9] = [
    "internode_encryption",
    "keystore",
    "keystore_password",
    "truststore",
    "truststore_password",
    "require_client_auth",
    "optional",
    "cipher_suites",
    "protocol",
];

fn entry(rng: &mut ChaCha20Rng, out: &mut String, indent: &str) {
    let key = one_of(rng, &KEYS);
    let key = match below(rng, 20) {
        0 => format!("\"{key}\""),
        1 => format!("'{key}' "),
        2 => format!("? {key}\n{indent}"),
        _ => (*key).to_owned(),
    };
    let common = ["conf/.keystore", "cassandra", "true", "'a b'", "\"a\\tb\""];
    let value = if below(rng, 3) == 0 { *one_of(rng, VALUES) } else { *one_of(rng, &common) };
    let value = value.replace('\n', &format!("\n{indent}  "));
    let after = one_of(rng, &["", "", "", " # note", "  ", "\t# tab", " "]);
    out.push_str(&[indent, &key, ": ", &value, after, "\n"].concat());
}

const VALUES: &[&str] = &[
    "",
    "~",
    "null",
    "yes",
    "0123456789",
    "1e5",
    "a b c",
    "a #b",
    "a#b",
    "a\nb",
    "a\n\nb c",
    "'it''s'",
    "'a\nb'",
    "\"a\nb\"",
    "\"a\\\nb\"",
    "\"\\u00e9\\x41\\U0001F511\\_\\N\"",
    "'two\n\nlines'",
    "|\na\nb",
    "|-\na\n b",
    ">\na\nb\n\nc",
    ">+\na\n",
    "|2\n a",
    "[a, b]",
    "[x]",
    "[]",
    "{a: b}",
    "{x}",
    "&k x",
    "!!str y",
    "!!binary eA==",
    "!",
    "*nope",
    "a: b",
    "a:",
    "- a",
    "@x",
    "`x`",
    "%x",
    "-",
    "-x",
    "?x",
    ":x",
    "<<",
    "=",
    "\"open",
    "'open",
    "\"a\" b",
    "\ta",
    "a\tb",
    "a\u{85}b",
    "a\u{2028}b",
    "\u{e9}\u{1f511}",
    "a\u{7f}",
    "\"\\q\"",
    "\"\\u12\"",
    "...",
    "---",
    "x\n# c\n",
    "[a,\nb]",
];

fn noise(rng: &mut ChaCha20Rng, out: &mut String, indent: &str) {
    for _ in 0..below(rng, 3) {
        let line = one_of(
            rng,
            &[
                "",
                "# a comment",
                "#keystore: conf/.keystore",
                "# require_client_auth: true",
                "  ",
                "#",
                "# server_encryption_options:",
                "#  optional: x",
            ],
        );
        let indent = if line.is_empty() { "" } else { *one_of(rng, &[indent, indent, ""]) };
        out.push_str(&[indent, line, "\n"].concat());
    }
}

#[derive(Default)]
struct Requests {
    count: u32,
    bytes: Vec<u8>,
}

impl Requests {
    fn read(&mut self, section: Section, file: &[u8]) {
        self.begin(b'R', section);
        self.push(file);
    }

    fn edit(&mut self, section: Section, before: &[u8], after: &[u8], [name, kind, value]: [&str; 3]) {
        self.begin(b'E', section);
        for part in [before, after, name.as_bytes(), kind.as_bytes(), value.as_bytes()] {
            self.push(part);
        }
    }

    fn begin(&mut self, what: u8, section: Section) {
        self.count += 1;
        self.bytes.push(what);
        self.push(section.name().unwrap_or_default().as_bytes());
    }

    fn push(&mut self, part: &[u8]) {
        self.bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        self.bytes.extend(part);
    }

    /// The answers of each SnakeYAML that is available.
    fn answered(&self) -> Vec<(&'static str, Vec<String>)> {
        let folder = TempDir::new().unwrap();
        let request = folder.path().join("requests");
        fs::write(&request, [&self.count.to_be_bytes()[..], &self.bytes].concat()).unwrap();
        let mut answered = Vec::new();
        for version in VERSIONS {
            match cassandra_jars(version) {
                Ok(jars) => {
                    let program = JavaProgram::compile_with("Yaml", include_str!("Yaml.java"), &jars);
                    let answers = output(program.command_of(Tool::Java).arg(&request));
                    answered.push((version, answers.lines().map(str::to_owned).collect()));
                }
                Err(why) => eprintln!("SKIPPED the SnakeYAML of Cassandra {version}: {why}"),
            }
        }
        answered
    }
}
