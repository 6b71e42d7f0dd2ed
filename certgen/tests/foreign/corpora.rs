//! The certificates of other people's keystores, read by Java and by us.

use certgen::{CertificateInfo, Curve, Digest, KeyAlgorithm, SelfSigned, SignatureScheme};
use test_support::{Content, Corpus, JavaProgram, Pinned, output};

use crate::workshop::Folder;

/// Of every certificate that Java gets out of the corpus: the same names, serial number, dates, key and signature.
pub(crate) fn certificates_say_what_java_says() {
    let corpus = Corpus::find(Content::Keystores);
    let stores: String = corpus
        .rows()
        .iter()
        .filter(|row| ["jks", "jceks", "pkcs12"].iter().any(|kind| row["kind"] == *kind))
        .filter_map(|row| {
            let file = corpus.folder().join(row["file"].as_str()?);
            Some(format!("{}\t{}\n", file.display(), hex::encode(row["password"].as_str()?)))
        })
        .collect();
    let folder = Folder::new();
    let program = JavaProgram::compile("Certificates", include_str!("Certificates.java"));
    let printed = output(program.command().arg(folder.write("stores", stores)));
    let differences: Vec<String> = printed.lines().filter_map(difference).collect();
    let certificates = printed.lines().count();
    assert!(differences.is_empty(), "{} of {certificates} differ: {differences:#?}", differences.len());
    corpus.assert_at_least("certificates", certificates, Pinned { whole: 201, subset: 0 });
}

/// The fields of a line that name the algorithms of the signature and of the key.
const NAME: usize = 5;
const KEY: usize = 7;

fn is_oid(name: &str) -> bool {
    name.contains('.') && name.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
}

fn difference(line: &str) -> Option<String> {
    let java: Vec<&str> = line.split('\t').collect();
    let info = match CertificateInfo::read(&hex::decode(java[0]).unwrap().into()) {
        Ok(info) => info,
        Err(error) => return Some(format!("{error}: {line}")),
    };
    let ours = [
        hex::encode(info.subject().to_string()),
        hex::encode(info.issuer().to_string()),
        info.serial().to_string(),
        info.validity().not_before().unix_seconds().to_string(),
        info.validity().not_after().unix_seconds().to_string(),
        info.signature_algorithm().to_string(),
        info.signature_algorithm().oid().to_owned(),
        key(info.public_key().algorithm()),
        self_signed(&info, java[9]),
    ];
    let texts = |fields: &[&str]| fields.iter().map(|field| text(field)).collect::<Vec<_>>().join(" | ");
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let same = ours.iter().zip(&java[1..]).enumerate().all(|(field, (ours, java))| {
        // Which algorithms Java has a name for depends on its update; the identifier is compared beside it.
        ours == java || (matches!(field, NAME | KEY) && is_oid(ours) && !is_oid(java))
    });
    (!same || ours.len() + 1 != java.len()).then(|| format!("ours {}\njava {}", texts(&ours), texts(&java[1..])))
}

fn key(algorithm: &KeyAlgorithm) -> String {
    match algorithm {
        KeyAlgorithm::Rsa { bits } => format!("RSA {bits}"),
        KeyAlgorithm::Ec { .. } => "EC".to_owned(),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => "EdDSA".to_owned(),
        KeyAlgorithm::Dsa => "DSA".to_owned(),
        KeyAlgorithm::Other { oid } => oid.clone(),
        other => panic!("{other:?}"),
    }
}

/// What we cannot check we do not answer.
fn self_signed(info: &CertificateInfo, java: &str) -> String {
    let curves = [Curve::P256, Curve::P384, Curve::P521];
    let curve = matches!(info.public_key().algorithm(), KeyAlgorithm::Ec { curve } if curves.contains(curve));
    let supported = match info.signature_algorithm().scheme() {
        Some(SignatureScheme::Rsa(digest)) => !matches!(digest, Digest::Md2 | Digest::Md5),
        Some(SignatureScheme::RsaPss(parameters)) => parameters.is_some(),
        Some(SignatureScheme::Ecdsa(_)) => cfg!(feature = "ec") && curve,
        Some(SignatureScheme::Ed25519) => cfg!(feature = "ec"),
        _ => false,
    };
    match info.self_signed() {
        SelfSigned::Yes => "true".to_owned(),
        SelfSigned::No => "false".to_owned(),
        _ if supported => "unchecked".to_owned(),
        _ => java.to_owned(),
    }
}

fn text(field: &str) -> String {
    hex::decode(field).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| field.to_owned())
}
