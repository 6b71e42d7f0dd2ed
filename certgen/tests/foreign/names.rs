//! Names from text, and back, held against Java's.

use std::fs::File;

use certgen::{DistinguishedName, Error, ErrorKind, NameDefect};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use test_support::{JavaProgram, output};

use crate::workshop::{Folder, rng};

/// Java encodes to the same bytes what we take, refuses what we refuse, and shows a name as we do.
pub(crate) fn are_read_as_java_reads_them() {
    let names: Vec<String> = chosen().into_iter().chain(drawn(30_000)).collect();
    let answers = ask_java(&names);
    let taken = answers.iter().flatten().count();
    assert!(taken > 3_000, "Java takes only {taken} names");
    let differences: Vec<String> =
        names.iter().zip(answers).filter_map(|(name, java)| difference(name, java)).collect();
    let shown: Vec<_> = differences.iter().take(30).collect();
    assert!(differences.is_empty(), "{} names differ: {shown:#?}", differences.len());
}

fn difference(name: &str, java: Option<(Vec<u8>, String)>) -> Option<String> {
    match (name.parse::<DistinguishedName>(), java) {
        (Ok(ours), Some((der, shown))) => {
            let same = ours.as_der() == der && ours.to_string() == shown;
            (!same && !java_misreads(name)).then(|| format!("{name:?}: {ours}, Java {shown} {}", hex::encode(der)))
        }
        (Err(_), None) => None,
        (Err(error), Some((_, shown))) => {
            (!java_loses(&error) && !java_misreads(name)).then(|| format!("{name:?}: {error}, Java {shown}"))
        }
        (Ok(ours), None) => (!java_misreads(name)).then(|| format!("{name:?}: {ours}, Java refuses")),
    }
}

/// Java takes bytes that are not UTF-8 and makes them U+FFFD, and characters of an `IA5String` that are not ASCII and
/// makes them question marks; here both are refused.
fn java_loses(error: &Error) -> bool {
    [NameDefect::NotUtf8, NameDefect::NotAscii]
        .iter()
        .any(|defect| error.kind() == &ErrorKind::MalformedName { defect: *defect })
}

/// After an escaped backslash Java miscounts whether a separator is escaped; it drops blanks before bytes at the end of
/// a value; it shows a value that begins and ends with a quotation mark as if the marks were not part of it.
fn java_misreads(name: &str) -> bool {
    let separator_after_backslashes = [r"\,", r"\;", r"\+"].iter().any(|end| name.contains(end));
    let bytes_after_blank =
        name.split(r" \").skip(1).any(|rest| rest.starts_with(|next: char| next.is_ascii_hexdigit()));
    separator_after_backslashes || bytes_after_blank || name.matches(r#"\""#).count() > 1
}

fn chosen() -> Vec<String> {
    [
        "CN=10.0.0.11, OU=None, O=None, L=None, C=None",
        "CN=a, OU=one, OU=two",
        "DC=corp, DC=example, CN=ca",
        "CN=a+OU=b+O=c, C=DE",
        r#"CN="a, b", O="x\"y\\z""#,
        r"CN=a\, b;O=c\;d",
        "emailaddress=ops@example.com, uid=cassandra",
        "OID.1.2.840.113549.1.9.1=a@b, 2.5.4.3=c, oid.2.5.4.10=d",
        "CN=M\u{fc}nchen, O=\u{65e5}\u{672c}, OU=\u{1f511}",
        r"CN=M\C3\BCnchen",
        "CN=#0c026162",
        "CN=#1303616263+O=x",
        "CN=, O=",
        "CN=a  b , O=  c  ",
        "S=a, ST=b, T=c, IP=d, STREET=e, DNQ=f, DNQUALIFIER=g, SURNAME=h, GIVENNAME=i, INITIALS=j, GENERATION=k",
        "EMAIL=a, EMAILADDRESS=b, UID=c, SERIALNUMBER=d, L=e",
        "CN=a_b, O=a@b, OU=a*b, L=a&b",
        "1.3.6.1.4.1.99999.1=x",
    ]
    .map(str::to_owned)
    .into()
}

fn drawn(count: usize) -> Vec<String> {
    let pieces = [
        "CN=",
        "OU=",
        "O=",
        "DC=",
        "EMAILADDRESS=",
        "cn=",
        "1.2.3=",
        "OID.2.5.4.3=",
        "X=",
        "=",
        "a",
        "bc",
        "1",
        " ",
        "  ",
        ",",
        ",",
        ",",
        ";",
        "+",
        "\"",
        "\\",
        "\\,",
        "\\\\",
        "\\\"",
        "\\41",
        "\\C3\\A9",
        "\\C3",
        "\\ ",
        "#",
        "#0c0161",
        "<",
        ">",
        "\u{e9}",
        "\u{1f511}",
        "\n",
        "_",
        "@",
        "*",
        "'",
    ];
    let mut rng = rng(5);
    let name = |_| {
        let mut name = String::from("CN=");
        let length = rng.random_range(0..9);
        name.extend((0..length).filter_map(|_| pieces.choose(&mut rng).copied()));
        name
    };
    (0..count).map(name).collect()
}

/// DER and text of each name, `None` where Java refuses it.
fn ask_java(names: &[String]) -> Vec<Option<(Vec<u8>, String)>> {
    let folder = Folder::new();
    let questions: String = names.iter().map(|name| hex::encode(name) + "\n").collect();
    let questions = folder.write("names", questions);
    let program = JavaProgram::compile("Names", include_str!("Names.java"));
    let answers = output(program.command().stdin(File::open(questions).unwrap()));
    let answer = |line: &str| {
        let (der, shown) = line.split_once(' ')?;
        Some((hex::decode(der).unwrap(), String::from_utf8(hex::decode(shown).unwrap()).unwrap()))
    };
    let answers: Vec<_> = answers.lines().map(answer).collect();
    assert_eq!(answers.len(), names.len());
    answers
}
