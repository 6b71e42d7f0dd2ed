//! Requests and what is issued for them, drawn: by keytool and by us, the same bytes; accepted by keytool, OpenSSL and Java.

use std::env;
use std::fmt::Write as _;

use certgen::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use certgen::{
    Authority, AuthorityParams, CertificateInfo, CertificateRequest, ExtendedKeyUsage, Honored, KeyAlgorithm, KeyKind,
    KeyPair, KeyUsage, NodeParams, SelfSigned, Validity, pem, reply,
};
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha20Rng;
use test_support::{JavaProgram, Tool, output};

use crate::workshop::{Folder, now, rng};

/// How many are drawn: 500 in `.ci/full`.
fn count() -> usize {
    env::var("CERTGEN_KEYTOOL_CASES").map_or(24, |count| count.parse().unwrap())
}

/// One node: how keytool is told of it, and how the same is said here.
struct Drawn {
    key: &'static [&'static str],
    name: String,
    extensions: Vec<String>,
    params: NodeParams,
    honored: String,
}

#[cfg(feature = "ec")]
const KEYS: [&[&str]; 4] = [
    &["-keyalg", "RSA", "-keysize", "2048", "-sigalg", "SHA256withRSA"],
    &["-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA"],
    &["-keyalg", "EC", "-groupname", "secp384r1", "-sigalg", "SHA384withECDSA"],
    &["-keyalg", "Ed25519"],
];
#[cfg(not(feature = "ec"))]
const KEYS: [&[&str]; 1] = [&["-keyalg", "RSA", "-keysize", "2048", "-sigalg", "SHA256withRSA"]];

type Named = (&'static str, fn(NodeParams) -> NodeParams);

const ALT_NAMES: [Named; 8] = [
    ("ip:10.0.0.11", |node| node.ip_address([10, 0, 0, 11].into())),
    ("ip:2001:db8::11", |node| node.ip_address("2001:db8::11".parse().unwrap())),
    ("ip:192.0.2.11", |node| node.ip_address([192, 0, 2, 11].into())),
    ("dns:node0.example.com", |node| node.dns_name("node0.example.com")),
    ("dns:*.dc1.example.com", |node| node.dns_name("*.dc1.example.com")),
    ("uri:spiffe://example.org/cassandra/node0", |node| node.uri("spiffe://example.org/cassandra/node0")),
    ("uri:https://ops.example.com/", |node| node.uri("https://ops.example.com/")),
    ("email:ops@example.com", |node| node.email("ops@example.com")),
];

const KEY_USAGES: [(&str, KeyUsage); 4] = [
    ("digitalSignature", KeyUsage::DigitalSignature),
    ("nonRepudiation", KeyUsage::NonRepudiation),
    ("keyEncipherment", KeyUsage::KeyEncipherment),
    ("keyAgreement", KeyUsage::KeyAgreement),
];

const PURPOSES: [(&str, ExtendedKeyUsage); 3] = [
    ("serverAuth", ExtendedKeyUsage::ServerAuth),
    ("clientAuth", ExtendedKeyUsage::ClientAuth),
    ("emailProtection", ExtendedKeyUsage::EmailProtection),
];

const NAMES: [&str; 6] = [
    "CN=10.0.0.11, OU=None, O=None, L=None, C=None",
    "CN=node0, O=\"Ex, Inc\", C=DE",
    "CN=M\u{fc}nchen, OU=one, OU=two, O=Beispiel & S\u{f6}hne",
    "CN=node0 + UID=7, DC=corp, DC=example",
    "EMAILADDRESS=ops@example.com, CN=node0.example.com, ST=Bavaria",
    "CN=\u{65e5}\u{672c} 1, O=\"  blank \"",
];

impl Drawn {
    fn new(rng: &mut ChaCha20Rng, number: usize) -> Self {
        let base = *NAMES.choose(rng).unwrap();
        let name = format!("SERIALNUMBER={number}, {base}");
        let mut params = NodeParams::for_subject(name.parse().unwrap());
        let mut extensions = Vec::new();
        let names: Vec<Named> = ALT_NAMES.sample(rng, rng.clone().random_range(0..4)).copied().collect();
        if !names.is_empty() {
            extensions.push(format!("san={}", list(names.iter().map(|(text, _)| *text))));
            params = names.iter().fold(params, |params, (_, add)| add(params));
        }
        let usages: Vec<_> = KEY_USAGES.sample(rng, rng.clone().random_range(0..3)).copied().collect();
        if !usages.is_empty() {
            extensions.push(format!("ku={}", list(usages.iter().map(|(text, _)| *text))));
            params = params.key_usages(usages.iter().map(|(_, usage)| *usage));
        }
        let purposes: Vec<_> = PURPOSES.sample(rng, rng.clone().random_range(0..3)).cloned().collect();
        if !purposes.is_empty() {
            extensions.push(format!("eku={}", list(purposes.iter().map(|(text, _)| *text))));
            params = params.extended_key_usages(purposes.into_iter().map(|(_, usage)| usage));
        }
        let honored = honored(rng, &extensions);
        Self { key: KEYS[number % KEYS.len()], name, extensions, params, honored }
    }
}

/// A policy about the extensions that are there: keytool refuses one that names another, and fails with a
/// `ClassCastException` where one is to become critical.
fn honored(rng: &mut ChaCha20Rng, extensions: &[String]) -> String {
    let (all, others): (&str, &[&str]) = if rng.random() { ("all", &["", "-"]) } else { ("", &["", ":non-critical"]) };
    let mut items: Vec<String> = vec![all.to_owned()];
    for extension in extensions.iter().filter_map(|extension| extension.split('=').next()) {
        if rng.random() {
            items.push(match *others.choose(rng).unwrap() {
                "-" => format!("-{extension}"),
                treatment => format!("{extension}{treatment}"),
            });
        }
    }
    items.retain(|item| !item.is_empty());
    if items.is_empty() { "all".to_owned() } else { items.join(",") }
}

fn list(items: impl Iterator<Item = &'static str>) -> String {
    items.collect::<Vec<_>>().join(",")
}

/// What keytool made of one of them.
struct Theirs {
    key: KeyPair,
    own: CertificateDer<'static>,
    request: CertificateRequest,
    issued: CertificateDer<'static>,
}

/// All by keytool of `java`, in one JVM: for each node `-genkeypair`, `-certreq` and `-gencert`.
fn by_keytool(java: Tool, folder: &Folder, drawn: &[Drawn]) -> (Vec<Theirs>, Authority) {
    let store = |name: &str| folder.path(&format!("{name}.p12")).display().to_string();
    let file = |name: &str, kind: &str| folder.path(&format!("{name}.{kind}")).display().to_string();
    let mut lines = String::new();
    let mut line = |verb: &str, of: &str, arguments: &[&str]| {
        let keystore = store(of);
        let common = ["-storetype", "PKCS12", "-alias", "node", "-storepass", "keypass", "-keystore", &keystore];
        let all = [&[verb][..], &common, arguments].concat().join("\t");
        writeln!(lines, "{all}").unwrap();
    };
    let authority = [
        "-keyalg",
        "RSA",
        "-keysize",
        "2048",
        "-sigalg",
        "SHA256withRSA",
        "-ext",
        "bc:c",
        "-validity",
        "3650",
        "-dname",
        "CN=CA, O=\"Ex, Inc\"",
    ];
    line("-genkeypair", "ca", &authority);
    for (number, node) in drawn.iter().enumerate() {
        let name = number.to_string();
        let extensions: Vec<&str> = node.extensions.iter().flat_map(|extension| ["-ext", extension]).collect();
        let algorithm =
            node.key.iter().position(|option| *option == "-sigalg").map_or(&[][..], |at| &node.key[at..at + 2]);
        line("-genkeypair", &name, &[node.key, &["-dname", &node.name], &extensions].concat());
        line("-certreq", &name, &[algorithm, &["-file", &file(&name, "csr")], &extensions].concat());
        let honored = format!("honored={}", node.honored);
        let io = ["-infile", &file(&name, "csr"), "-outfile", &file(&name, "crt"), "-ext", &honored];
        line("-gencert", "ca", &[&["-sigalg", "SHA256withRSA", "-rfc"][..], &io].concat());
    }
    let program = JavaProgram::compile("Issue", include_str!("Issue.java"));
    let mut command = program.command_of(java);
    let options = "-XX:TieredStopAtLevel=4 --add-exports=java.base/sun.security.tools.keytool=ALL-UNNAMED";
    command.env("_JAVA_OPTIONS", options).arg(folder.write("commands", lines)).arg(store("ca"));
    command.args((0..drawn.len()).map(|number| store(&number.to_string())));
    let printed = output(&mut command);
    let mut pairs = printed.lines().map(|line| {
        let (key, certificate) = line.split_once(' ').unwrap();
        let key = PrivatePkcs8KeyDer::from(hex::decode(key).unwrap());
        (KeyPair::from_pkcs8(&key).unwrap(), CertificateDer::from(hex::decode(certificate).unwrap()))
    });
    let (key, certificate) = pairs.next().unwrap();
    let authority = Authority::from_parts(key, vec![certificate]).unwrap();
    let theirs = pairs.enumerate().map(|(number, (key, own))| {
        let request = pem::decode_request(&std::fs::read(file(&number.to_string(), "csr")).unwrap()).unwrap();
        let issued = reply::read(&std::fs::read(file(&number.to_string(), "crt")).unwrap()).unwrap();
        let issued = issued.into_iter().next().unwrap();
        Theirs { key, own, request, issued }
    });
    (theirs.collect(), authority)
}

/// Certificates, requests and issued certificates: the same bytes where keys are RSA or Ed25519, the same except the
/// signature where they are ECDSA.
pub(crate) fn equal_those_of_keytool(java: Tool) {
    let mut draw = rng(90);
    let drawn: Vec<Drawn> = (0..count()).map(|number| Drawn::new(&mut draw, number)).collect();
    let folder = Folder::new();
    let (theirs, authority) = by_keytool(java, &folder, &drawn);
    assert_eq!(theirs.len(), drawn.len());
    for (node, theirs) in drawn.iter().zip(&theirs) {
        let what = format!("{} {:?} {}", node.name, node.extensions, node.honored);
        let own_signature = match theirs.key.public_key().algorithm() {
            KeyAlgorithm::Ec { .. } => Signature::Random,
            _ => Signature::Deterministic,
        };
        let dated = |params: NodeParams, like: &CertificateDer<'_>| {
            let about = CertificateInfo::read(like).unwrap();
            params.serial(about.serial().clone()).validity(about.validity())
        };
        let own = dated(node.params.clone(), &theirs.own).self_signed(&theirs.key, &mut rng(91)).unwrap();
        same(&own, &theirs.own, own_signature, &what);
        assert_eq!(CertificateInfo::read(&theirs.own).unwrap().self_signed(), SelfSigned::Yes);

        let request = node.params.request(&theirs.key, &mut rng(92)).unwrap();
        same(request.as_der(), theirs.request.as_der(), own_signature, &what);
        theirs.request.verify().unwrap();

        let honored: Honored = node.honored.parse().unwrap();
        let answer = dated(NodeParams::for_request(&theirs.request, &honored).unwrap(), &theirs.issued);
        let issued = answer.issued_by(&authority, theirs.request.public_key(), &mut rng(93)).unwrap();
        same(&issued, &theirs.issued, Signature::Deterministic, &what);
    }
    let of = |wanted: fn(&KeyAlgorithm) -> bool| {
        theirs.iter().filter(|one| wanted(one.key.public_key().algorithm())).count()
    };
    let (rsa, ec) =
        (of(|key| matches!(key, KeyAlgorithm::Rsa { .. })), of(|key| matches!(key, KeyAlgorithm::Ec { .. })));
    println!("{} drawn: {rsa} RSA, {ec} ECDSA, {} Ed25519", theirs.len(), theirs.len() - rsa - ec);
    assert!(rsa >= count() / 4, "{rsa} with RSA");
}

/// Compares what is signed, the algorithm, and the signature unless it is random.
#[track_caller]
fn same(ours: &[u8], theirs: &[u8], signature: Signature, what: &str) {
    let parts = |der: &[u8]| {
        use der::Decode as _;
        let parts: Vec<der::asn1::Any> = Vec::from_der(der).unwrap();
        let [signed, algorithm, value] = <[_; 3]>::try_from(parts).unwrap();
        (signed, algorithm, (signature == Signature::Deterministic).then_some(value))
    };
    assert_eq!(parts(ours), parts(theirs), "{what}\n ours {}\ntheirs {}", hex::encode(ours), hex::encode(theirs));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signature {
    Deterministic,
    Random,
}

/// What we make is accepted: requests by `openssl req -verify` and `keytool -printcertreq`, what is issued for them by
/// `openssl verify -x509_strict` and Java's PKIX.
pub(crate) fn of_ours_are_accepted() {
    let mut draw = rng(94);
    let folder = Folder::new();
    let validity = Validity::days(now().plus_seconds(-60), 30).unwrap();
    let keys: Vec<KeyPair> = kinds().into_iter().map(|kind| KeyPair::generate(kind, &mut rng(95)).unwrap()).collect();
    let authorities: Vec<Authority> = kinds()
        .into_iter()
        .enumerate()
        .map(|(number, kind)| {
            let name = format!("CN=CA {number}, O=Example");
            let key = KeyPair::generate(kind, &mut rng(96)).unwrap();
            AuthorityParams::new(name.parse().unwrap(), validity).self_signed(key, &mut rng(97)).unwrap()
        })
        .collect();
    let anchors: String =
        authorities.iter().map(|authority| pem::encode_certificate(authority.certificate())).collect();
    let anchors = folder.write("anchors.pem", anchors);
    let (mut prints, mut java, mut issued) = (String::new(), Vec::new(), Vec::new());
    for number in 0..count() {
        let drawn = Drawn::new(&mut draw, number);
        let key = &keys[number % keys.len()];
        let request = drawn.params.request(key, &mut rng(98)).unwrap();
        let file = folder.write(&format!("{number}.csr"), pem::encode_request(&request));
        let mut verify = Tool::OpenSsl.command();
        output(verify.args(["req", "-verify", "-noout", "-in"]).arg(&file));
        writeln!(prints, "-printcertreq\t-file\t{}", file.display()).unwrap();

        let authority = &authorities[draw.random_range(0..authorities.len())];
        let answer = NodeParams::for_request(&request, &drawn.honored.parse().unwrap()).unwrap().validity(validity);
        let leaf = answer.issued_by(authority, request.public_key(), &mut rng(99)).unwrap();
        issued.push(folder.write(&format!("{number}.crt"), pem::encode_certificate(&leaf)));
        let chain = authority.chain_of(leaf).iter().map(pem::encode_certificate).collect::<String>();
        java.push(folder.write(&format!("{number}.chain"), chain));
    }
    let mut verify = Tool::OpenSsl.command();
    let verified = output(verify.args(["verify", "-x509_strict", "-CAfile"]).arg(&anchors).args(&issued));
    assert_eq!(verified.matches(": OK\n").count(), count(), "{verified}");

    let program = JavaProgram::compile("Keytool", include_str!("Keytool.java"));
    let mut keytool = program.command_of(Tool::Java);
    keytool.env("_JAVA_OPTIONS", "--add-exports=java.base/sun.security.tools.keytool=ALL-UNNAMED");
    let printed = output(keytool.arg(folder.write("prints", prints)));
    assert_eq!(printed.matches("PKCS #10 Certificate Request").count(), count(), "{printed}");
    assert!(!printed.contains("nparseable"), "{printed}");

    let program = JavaProgram::compile("Validate", include_str!("Validate.java"));
    assert_eq!(output(program.command().args(&java)), "valid\n".repeat(count()));
}

#[cfg(feature = "ec")]
fn kinds() -> Vec<KeyKind> {
    vec![KeyKind::Rsa2048, KeyKind::EcP256, KeyKind::EcP384, KeyKind::Ed25519]
}

#[cfg(not(feature = "ec"))]
fn kinds() -> Vec<KeyKind> {
    vec![KeyKind::Rsa2048]
}

/// Requests of OpenSSL as people make them: the subject is taken over byte for byte, whatever its string types are, and so
/// are the names asked for.
pub(crate) fn of_openssl_are_taken_as_they_are() {
    let folder = Folder::new();
    let authority = AuthorityParams::new("CN=CA".parse().unwrap(), Validity::days(now(), 30).unwrap());
    let authority =
        authority.self_signed(KeyPair::generate(KeyKind::Rsa2048, &mut rng(70)).unwrap(), &mut rng(71)).unwrap();
    let mut taken = 0;
    for key in OPENSSL_KEYS {
        for subject in [
            "/CN=node0",
            "/C=DE/O=Ex, Inc/CN=node0",
            "/O=S\u{f6}hne/CN=M\u{fc}nchen",
            "/CN=node0+UID=7/emailAddress=ops@example.com",
            "/",
        ] {
            let mut req = Tool::OpenSsl.command();
            req.args(["req", "-new", "-nodes", "-utf8", "-multivalue-rdn", "-subj", subject, "-keyout"])
                .arg(folder.path("key.pem"));
            req.args(["-addext", "subjectAltName=critical,DNS:*.example.com,IP:10.0.0.11,URI:spiffe://example.org/n,email:a@example.com,dirName:dir"]);
            req.args(["-addext", "extendedKeyUsage=serverAuth,clientAuth", "-config"])
                .arg(folder.write("conf", CONFIG));
            let text = output(req.args(*key));
            let request = pem::decode_request(text.as_bytes()).unwrap();
            assert_eq!(pem::encode_request(&request), text, "{key:?} {subject}");
            let params = NodeParams::for_request(&request, &"all".parse().unwrap()).unwrap();
            let params = params.validity(Validity::days(now(), 10).unwrap());
            let leaf = params.issued_by(&authority, request.public_key(), &mut rng(72)).unwrap();
            let about = CertificateInfo::read(&leaf).unwrap();
            assert_eq!(about.subject().as_der(), request.subject().as_der(), "{subject}");
            assert_eq!(about.subject_alt_names(), request.subject_alt_names());
            assert_eq!(request.check_reply(&authority.chain_of(leaf)).unwrap(), []);
            taken += 1;
        }
    }
    assert_eq!(taken, OPENSSL_KEYS.len() * 5);
}

const CONFIG: &str = "[req]\ndistinguished_name = name\n[name]\n[dir]\nO = Example\n";

#[cfg(feature = "ec")]
const OPENSSL_KEYS: &[&[&str]] = &[
    &["-newkey", "rsa:2048"],
    &["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
    &["-newkey", "ed25519"],
];
#[cfg(not(feature = "ec"))]
const OPENSSL_KEYS: &[&[&str]] =
    &[&["-newkey", "rsa:2048"], &["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss"]];
