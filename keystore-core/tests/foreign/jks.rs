//! keytool, Java and OpenSSL read our JKS stores, and we read Java's.

use crate::drawn::Drawn;
use crate::fixture::{CERTIFICATE, CREATED, KEY, certificate, data, key_and_peer, scratch, sha256, written};
use crate::java::{Shown, anchors, ask_one, list};
use keystore_core::rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use keystore_core::{Content, Entry, ErrorKind, Jks, KeyStore, Password, Protection, SealedKey, jks};
use test_support::{Tool, output};

pub(crate) fn keytool_lists_our_entries() {
    let bytes = jks::encode(&key_and_peer("changeit", Protection::Jks), &Password::new("changeit")).expect("encodes");
    let (_folder, file) = written("keystore.node0", &bytes);
    let listed = output(Tool::Keytool.command().args(["-list", "-v", "-storepass", "changeit", "-keystore", &file]));
    let fingerprint = hex::encode_upper(sha2_of(CERTIFICATE));
    let fingerprint = fingerprint.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":");
    for expected in [
        "Keystore type: JKS",
        "Your keystore contains 2 entries",
        "Alias name: node0\nCreation date: Nov 14, 2023\nEntry type: PrivateKeyEntry\nCertificate chain length: 1",
        "Alias name: peer\nCreation date: Nov 14, 2023\nEntry type: trustedCertEntry",
        &format!("SHA256: {fingerprint}"),
    ] {
        assert!(listed.contains(expected), "{expected:?} is not in\n{listed}");
    }
}

pub(crate) fn java_sees_our_entries() {
    let bytes = jks::encode(&key_and_peer("changeit", Protection::Jks), &Password::new("changeit")).expect("encodes");
    let (_folder, file) = written("keystore.node0", &bytes);
    let entry = |alias: &str, kind: &str, key: String| Shown {
        alias: alias.to_owned(),
        kind: kind.to_owned(),
        created_ms: Some(CREATED.millis()),
        certificates: vec![sha256(CERTIFICATE)],
        key,
    };
    let mut shown = list(&file, "JKS", "changeit", "changeit");
    shown.sort();
    assert_eq!(shown, [entry("node0", "private", sha256(KEY)), entry("peer", "trusted", String::new())]);
    assert_eq!(ask_one(&["keys", &file, "JKS", "changeit", "changeit"]), ["node0\t1"]);
    assert_eq!(anchors(&file, "JKS", "changeit"), [sha256(CERTIFICATE)]);
}

pub(crate) fn keytool_and_openssl_take_our_key_to_pkcs12() {
    let bytes = jks::encode(&key_and_peer("changeit", Protection::Jks), &Password::new("changeit")).expect("encodes");
    let (folder, file) = written("keystore.node0", &bytes);
    let pkcs12 = folder.path().join("node0.p12").display().to_string();
    output(Tool::Keytool.command().args(["-importkeystore", "-srckeystore", &file, "-srcstorepass", "changeit"]).args(
        ["-srcalias", "node0", "-destkeystore", &pkcs12, "-deststoretype", "PKCS12", "-deststorepass", "changeit"],
    ));
    let openssl = |args: &[&str]| {
        output(Tool::OpenSsl.command().args(["pkcs12", "-in", &pkcs12, "-passin", "pass:changeit"]).args(args))
    };
    let (_key_folder, key) = written("node0.key.pem", openssl(&["-nodes", "-nocerts"]).as_bytes());
    let (_cer_folder, cer) = written("node0.cer.pem", openssl(&["-nokeys"]).as_bytes());
    let out = folder.path().join("out.der").display().to_string();
    output(Tool::OpenSsl.command().args(["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-outform", "DER", "-out", &out]));
    assert_eq!(std::fs::read(&out).expect("OpenSSL wrote it"), KEY);
    output(Tool::OpenSsl.command().args(["x509", "-in", &cer, "-outform", "DER", "-out", &out]));
    assert_eq!(std::fs::read(&out).expect("OpenSSL wrote it"), CERTIFICATE);
}

pub(crate) fn for_the_same_salt_dates_and_order_the_bytes_are_javas() {
    let (_folder, path) = scratch("java.jks");
    let file = path.display().to_string();
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    let mut entries = vec![format!("key|Node0|köy-pass|{key}|{cer}|{cer}|{cer}")];
    entries.extend((0..40).map(|number| format!("trusted|Peer-{number}-ÄŁ😀|{cer}")));
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    ask_one(&[&["make", &file, "JKS", "störe-pass😀", "\\|"][..], &entries].concat());
    let bytes = std::fs::read(&path).expect("Java wrote it");

    let (store_password, key_password) = (Password::new("störe-pass😀"), Password::new("köy-pass"));
    let store = Jks::decode(&bytes, &store_password).expect("we read what Java writes");
    let mut ours = KeyStore::new();
    for entry in &store.view() {
        ours.insert(rebuilt(entry, &key_password)).expect("no clash");
    }
    let encoded = jks::encode(&ours, &store_password).expect("encodes");
    let place = encoded.iter().zip(&bytes).position(|(ours, javas)| ours != javas);
    assert_eq!((place, encoded.len()), (None, bytes.len()), "the first byte that differs, and the length");
}

pub(crate) fn what_java_makes_we_read() {
    let (_folder, path) = scratch("java.jks");
    let file = path.display().to_string();
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    let (key, cer) = (format!("key|node0|other-pass|{key}|{cer}"), format!("trusted|\u{1F600}|{cer}"));
    ask_one(&["make", &file, "JKS", "changeit", "\\|", &key, &cer]);
    let bytes = std::fs::read(&path).expect("Java wrote it");
    let store = keystore_core::decode(&bytes, &Password::new("changeit")).expect("decodes");
    let view = store.view();
    let opened = view.private_key("NODE0").expect("there").open(&Password::new("other-pass")).expect("opens");
    assert_eq!(opened.secret_pkcs8().secret_pkcs8_der(), KEY);
    assert_eq!(view.entry("\u{1F600}").expect("there").certificates(), [certificate()]);
}

/// A `CaseExactJKS` has both aliases. Read as a JKS, `setCertificateEntry("Node", ..)` sets `node` and leaves `Node`, which
/// is why this crate refuses to write the new entry in the place of `Node`.
pub(crate) fn of_two_aliases_that_differ_in_letter_case_java_sets_the_lower() {
    let (_folder, path) = scratch("exact.jks");
    let file = path.display().to_string();
    let entries = ["Node", "node"].map(|alias| format!("trusted|{alias}|{}", data("node0.cer")));
    ask_one(&["make", &file, "CaseExactJKS", "changeit", "\\|", &entries[0], &entries[1]]);
    let made = std::fs::read(&path).expect("Java wrote it");
    let new = CertificateDer::from_slice(include_bytes!("../data/ec.cer"));
    let entry = |alias: &'static str| Entry::new_trusted_certificate(alias, new.clone(), CREATED);

    ask_one(&["replace", &file, "JKS", "changeit", "Node", &data("ec.cer")]);
    let shown = list(&file, "CaseExactJKS", "changeit", "changeit");
    let mut shown: Vec<_> = shown.into_iter().map(|entry| (entry.alias, entry.certificates)).collect();
    shown.sort();
    let expected = [("Node".to_owned(), vec![sha256(CERTIFICATE)]), ("node".to_owned(), vec![sha256(&new)])];
    assert_eq!(shown, expected);

    let mut ours = Jks::decode(&made, &Password::new("changeit")).expect("we read what Java writes");
    let existing = ErrorKind::AliasClash { existing: "node".to_owned() };
    assert_eq!(*ours.replace(&entry("Node")).expect_err("`node` is another entry").kind(), existing);
    ours.remove("Node").expect("it is there");
    ours.replace(&entry("Node")).expect("one entry is left");
    let (_folder, file) = written("ours.jks", &ours.encode(&Password::new("changeit")).expect("encodes"));
    let shown = list(&file, "JKS", "changeit", "changeit");
    let shown: Vec<_> = shown.into_iter().map(|entry| (entry.alias, entry.certificates)).collect();
    assert_eq!(shown, [("node".to_owned(), vec![sha256(&new)])]);
}

pub(crate) fn keytool_refuses_what_we_refuse() {
    let bytes = jks::encode(&key_and_peer("changeit", Protection::Jks), &Password::new("changeit")).expect("encodes");
    let (_folder, file) = written("keystore.node0", &bytes);
    let refused = Tool::Keytool.command().args(["-list", "-storepass", "changeme", "-keystore", &file]).output();
    let said = String::from_utf8_lossy(&refused.expect("keytool runs").stdout).into_owned();
    assert!(said.contains("password was incorrect"), "{said}");
}

pub(crate) fn aliases_are_lower_case_as_javas_are() {
    let names: Vec<String> = ('\u{1}'..='\u{1FFFF}')
        .filter(|character| character.to_lowercase().ne([*character]))
        .map(|character| format!("{}{character}", u32::from(character)))
        .chain(["ΟΔΟΣ", "ΣΊΣΥΦΟΣ", "Σ", "NODE.Σ", "İI"].map(str::to_owned))
        .collect();
    let mut keystore = KeyStore::new();
    for name in &names {
        keystore.insert(Entry::new_trusted_certificate(name, certificate(), CREATED)).expect("no clash");
    }
    let bytes = jks::encode(&keystore, &Password::new("changeit")).expect("encodes");
    let (folder, file) = written("many.jks", &bytes);
    let list = folder.path().join("names").display().to_string();
    let lines: Vec<String> = names.iter().map(hex::encode).collect();
    std::fs::write(&list, lines.join("\n")).expect("a temporary file can be written");
    let missing = ask_one(&["lower", &file, "JKS", "changeit", &list]);
    // Letters that Java 17 (Unicode 13) does not know yet; it leaves them as they are.
    let newer = |line: &String| NEWER_THAN_UNICODE_13.iter().any(|range| range.contains(&last(line)));
    let unexplained: Vec<_> = missing.into_iter().filter(|line| !newer(line)).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    assert!(names.len() > 1_300, "only {} letters were tried", names.len());
}

const NEWER_THAN_UNICODE_13: [std::ops::RangeInclusive<char>; 7] = [
    '\u{1c89}'..='\u{1c89}',
    '\u{2c2f}'..='\u{2c2f}',
    '\u{a7c0}'..='\u{a7c0}',
    '\u{a7cb}'..='\u{a7dc}',
    '\u{10570}'..='\u{10595}',
    '\u{10d50}'..='\u{10d65}',
    '\u{16ea0}'..='\u{16eb8}',
];

fn last(line: &str) -> char {
    let name = String::from_utf8(hex::decode(line).expect("hexadecimal")).expect("UTF-8");
    name.chars().next_back().expect("a character")
}

/// The same entry, sealed by this crate with the salt that Java drew.
fn rebuilt(entry: &Entry<'_>, key_password: &Password) -> Entry<'static> {
    let (alias, created) = (entry.alias().to_owned(), entry.created().expect("a JKS has dates"));
    match entry.content() {
        Content::PrivateKey { key, chain } => {
            let plain = key.open(key_password).expect("the key opens");
            let mut salt = Drawn::new(salt_of(key.as_der()));
            let sealed = SealedKey::seal(&plain.secret_pkcs8(), key_password, Protection::Jks, &mut salt);
            let sealed = as_this_java(sealed.expect("seals"), key);
            let chain = chain.iter().cloned().map(CertificateDer::into_owned).collect();
            Entry::new_private_key(alias, sealed, chain, created)
        }
        Content::TrustedCertificate(certificate) => {
            Entry::new_trusted_certificate(alias, certificate.clone().into_owned(), created)
        }
        content => panic!("unexpected {content:?}"),
    }
}

/// Java 17.0.21 and 25 omit the NULL in the algorithm's parameters, which 17.0.15 and this crate write.
fn as_this_java(ours: SealedKey<'static>, javas: &SealedKey<'_>) -> SealedKey<'static> {
    // SEQUENCE (4 bytes of header), AlgorithmIdentifier (2 of header, 12 of identifier, 2 of NULL), the rest.
    let with_null = ours.as_der();
    if javas.as_der().get(5) != Some(&12) {
        return ours;
    }
    let length = u16::try_from(with_null.len() - 4 - 2).expect("a key").to_be_bytes();
    let bytes = [&[0x30, 0x82][..], &length, &[0x30, 12], &with_null[6..18], &with_null[20..]].concat();
    SealedKey::from_unchecked_der(bytes)
}

/// The 20 bytes after the header of the OCTET STRING, which ends the structure.
fn salt_of(encrypted_private_key_info: &[u8]) -> &[u8] {
    let start = encrypted_private_key_info.len() - (20 + PrivatePkcs8KeyDer::from(KEY).secret_pkcs8_der().len() + 20);
    &encrypted_private_key_info[start..start + 20]
}

fn sha2_of(bytes: &[u8]) -> Vec<u8> {
    hex::decode(sha256(bytes)).expect("hexadecimal")
}
