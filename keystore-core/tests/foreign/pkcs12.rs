//! keytool, Java and OpenSSL read our PKCS#12 files, and we read theirs.

use crate::drawn::Drawn;
use crate::fixture::{CERTIFICATE, CREATED, KEY, certificate, data, key_and_peer, scratch, sha256, written};
use crate::java::{Shown, anchors, ask_one, list};
use keystore_core::rustls_pki_types::CertificateDer;
use keystore_core::{
    Content, Entry, KeyStore, Limits, Password, Pfx, Profile, Protection, SealedKey, Visibility, pkcs12,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use std::path::Path;
use test_support::{Tool, output};

pub(crate) fn keytool_lists_our_entries() {
    let (_folder, file) = ours(&Profile::JAVA_17);
    let listed = output(Tool::Keytool.command().args(["-list", "-v", "-storepass", "changeit", "-keystore", &file]));
    for expected in [
        "Keystore type: PKCS12",
        "Your keystore contains 2 entries",
        "Alias name: node0\nCreation date: Nov 14, 2023\nEntry type: PrivateKeyEntry\nCertificate chain length: 1",
        "Alias name: peer\n",
        "Entry type: trustedCertEntry",
    ] {
        assert!(listed.contains(expected), "{expected:?} is not in\n{listed}");
    }
}

pub(crate) fn java_sees_our_entries() {
    for profile in [Profile::JAVA_8, Profile::JAVA_17, Profile::OPENSSL_3] {
        let (_folder, file) = ours(&profile);
        let mut shown = list(&file, "PKCS12", "changeit", "changeit");
        // A trusted certificate has no date in a PKCS#12; Java shows the moment of loading.
        shown.iter_mut().filter(|entry| entry.kind == "trusted").for_each(|entry| entry.created_ms = None);
        let entry = |alias: &str, kind: &str, created_ms, key| {
            let certificates = vec![sha256(CERTIFICATE)];
            Shown { alias: alias.to_owned(), kind: kind.to_owned(), created_ms, certificates, key }
        };
        let node0 = entry("node0", "private", Some(CREATED.millis()), sha256(KEY));
        assert_eq!(shown, [node0, entry("peer", "trusted", None, String::new())], "{profile:?}");
        assert_eq!(ask_one(&["keys", &file, "PKCS12", "changeit", "changeit"]), ["node0\t1"]);
        assert_eq!(anchors(&file, "PKCS12", "changeit"), [sha256(CERTIFICATE)]);
    }
}

pub(crate) fn openssl_reads_our_key_and_certificates() {
    for (profile, legacy) in [(Profile::JAVA_8, &["-legacy"][..]), (Profile::JAVA_17, &[]), (Profile::OPENSSL_3, &[])] {
        let (folder, file) = ours(&profile);
        let openssl = |args: &[&str]| {
            let command = ["pkcs12", "-in", &file, "-passin", "pass:changeit"];
            output(Tool::OpenSsl.command().args(command).args(legacy).args(args))
        };
        let certificates = openssl(&["-nokeys"]);
        assert_eq!(certificates.matches("BEGIN CERTIFICATE").count(), 2, "{profile:?}");
        assert_eq!(der_of(folder.path(), "pkcs8", &openssl(&["-nodes", "-nocerts"])), KEY, "{profile:?}");
        assert_eq!(der_of(folder.path(), "x509", &certificates), CERTIFICATE, "{profile:?}");
    }
}

pub(crate) fn for_the_same_salts_and_order_the_bytes_are_javas() {
    let (folder, path) = scratch("java.p12");
    let file = path.display().to_string();
    let (key, cer) = (data("node0.pkcs8"), data("node0.cer"));
    let (leaf, root) = chain(folder.path());
    let mut entries = vec![
        format!("key|Node0|other-pass|{key}|{leaf}|{root}"),
        format!("key|Zweiter|changeit|{key}|{cer}"),
        "secret|Geheim|changeit|AES|00112233445566778899aabbccddeeff".to_owned(),
        // Keys precede certificates in the file, so they are read in that order.
        format!("trusted|Peer-ÄŁ😀|{cer}"),
    ];
    entries.extend((0..40).map(|number| format!("trusted|peer-{number}|{cer}")));
    let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
    ask_one(&[&["make", &file, "PKCS12", "changeit", "\\|"][..], &entries].concat());
    let bytes = std::fs::read(&path).expect("Java wrote it");

    let password = Password::new("changeit");
    let pfx = Pfx::decode(&bytes, &password).expect("we read what Java writes");
    let mut drawn = Drawn::in_pkcs12(&bytes);
    let mut ours = KeyStore::new();
    for entry in &pfx.view() {
        assert_eq!(entry.visibility(), Visibility::Reachable);
        ours.insert(rebuilt(entry, &mut drawn)).expect("no clash");
    }
    let encoded = pkcs12::encode(&ours, &password, &Profile::JAVA_17, &mut drawn).expect("encodes");
    assert!(encoded == bytes, "{} bytes, Java wrote {}", encoded.len(), bytes.len());
    assert!(drawn.is_used_up());
}

pub(crate) fn what_java_makes_we_read() {
    let (folder, path) = scratch("java.p12");
    let file = path.display().to_string();
    let (leaf, root) = chain(folder.path());
    let key = format!("key|Node0|other-pass|{}|{leaf}|{root}", data("node0.pkcs8"));
    let trusted = format!("trusted|\u{1F600}|{}", data("node0.cer"));
    ask_one(&["make", &file, "PKCS12", "changeit", "\\|", &key, &trusted]);
    let bytes = std::fs::read(&path).expect("Java wrote it");
    let store = keystore_core::decode(&bytes, &Password::new("changeit")).expect("decodes");
    let view = store.view();
    let opened = view.private_key("NODE0").expect("there").open(&Password::new("other-pass")).expect("opens");
    assert_eq!(opened.secret_pkcs8().secret_pkcs8_der(), KEY);
    let read = |path: &str| CertificateDer::from(std::fs::read(path).expect("OpenSSL wrote it"));
    assert_eq!(view.entry("node0").expect("there").certificates(), [read(&leaf), read(&root)]);
    assert_eq!(view.entry("\u{1F600}").expect("there").certificates(), [CertificateDer::from(CERTIFICATE)]);
}

/// Our store without a password, and keytool's with one more certificate: Java lists all entries with any password.
pub(crate) fn java_lists_a_store_without_password_under_null() {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let profile = Profile::PASSWORDLESS;
    let keystore = key_and_peer("changeit", Protection::Pkcs12(profile));
    let ours = pkcs12::encode(&keystore, &Password::new("changeit"), &profile, &mut rng).expect("encodes");
    let theirs = include_bytes!("../fixtures/reports/keystores-07-passwordless.p12");
    let mut pfx = Pfx::decode_unverified(theirs, None).expect("it is not encrypted");
    pfx.insert(&Entry::new_trusted_certificate("mynew", certificate(), CREATED)).expect("no clash");
    let edited = pfx.encode(&Password::new("other"), &Profile::JAVA_17, &mut rng).expect("encodes");
    for (bytes, aliases) in [(ours, ["node0", "peer"]), (edited, ["ca", "mynew"])] {
        let (_folder, file) = written("store.p12", &bytes);
        for password in ["-null-", "", "changeit", "wrong"] {
            let mut listed: Vec<_> =
                list(&file, "PKCS12", password, "changeit").into_iter().map(|shown| shown.alias).collect();
            listed.sort();
            assert_eq!(listed, aliases, "under {password:?}");
        }
    }
}

pub(crate) fn what_openssl_makes_we_read() {
    let algorithms: [&[&str]; 8] = [
        &[],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "SHA512"],
        &["-keypbe", "DES-EDE3-CBC", "-certpbe", "NONE", "-macalg", "SHA384"],
        &["-legacy"],
        &["-legacy", "-keypbe", "PBE-SHA1-RC4-128", "-certpbe", "PBE-SHA1-RC4-40"],
        &["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-2DES"],
        &["-keypbe", "NONE", "-certpbe", "NONE", "-macalg", "SHA1"],
        &["-nomac", "-iter", "1"],
    ];
    let (folder, path) = scratch("openssl.p12");
    let (key, cer) = (folder.path().join("key.pem"), folder.path().join("cer.pem"));
    convert("pkcs8", &["-nocrypt", "-topk8"], Path::new(&data("node0.pkcs8")), &key);
    convert("x509", &[], Path::new(&data("node0.cer")), &cer);
    let mut limits = Limits::default();
    limits.missing_mac = keystore_core::MissingMac::Accept;
    for password in ["changeit", "", "pässwörd😀"] {
        for algorithm in algorithms {
            let command = ["pkcs12", "-export", "-name", "node0", "-passout", &format!("pass:{password}"), "-out"];
            output(
                Tool::OpenSsl
                    .command()
                    .args(command)
                    .arg(&path)
                    .arg("-in")
                    .arg(&cer)
                    .arg("-inkey")
                    .arg(&key)
                    .args(algorithm),
            );
            let bytes = std::fs::read(&path).expect("OpenSSL wrote it");
            let password = Password::new(password);
            let pfx =
                Pfx::decode_within(&bytes, &password, &limits).unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
            let view = pfx.view();
            // Java does not list a key that is not encrypted.
            let entry = view.all().find(|entry| entry.alias() == "node0").expect("there");
            assert_eq!(entry.certificates(), [CertificateDer::from(CERTIFICATE)], "{algorithm:?}");
            let opened = match entry.content() {
                Content::PrivateKey { key, .. } => {
                    key.open(&password).expect("opens").secret_pkcs8().secret_pkcs8_der().to_vec()
                }
                Content::PlainPrivateKey { key, .. } => key.secret_pkcs8().secret_pkcs8_der().to_vec(),
                content => panic!("{algorithm:?}: unexpected {content:?}"),
            };
            assert_eq!(opened, KEY, "{algorithm:?}");
        }
    }
}

/// A file that this crate wrote, with a key under "node0" and a trusted certificate under "peer".
fn ours(profile: &Profile) -> (tempfile::TempDir, String) {
    let keystore = key_and_peer("changeit", Protection::Pkcs12(*profile));
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let bytes = pkcs12::encode(&keystore, &Password::new("changeit"), profile, &mut rng).expect("encodes");
    written("keystore.p12", &bytes)
}

/// The same entry, with its key sealed by this crate and the salt and IV that Java drew. A secret key is used as it is.
fn rebuilt(entry: &Entry<'_>, drawn: &mut Drawn) -> Entry<'static> {
    let passwords = ["other-pass", "changeit"].map(Password::new);
    match entry.content() {
        Content::PrivateKey { key, chain } => {
            let opens = |password: &&Password| key.open(password).is_ok();
            let password = passwords.iter().find(opens).expect("a password opens the key");
            let plain = key.open(password).expect("it did before");
            let protection = Protection::Pkcs12(Profile::JAVA_17);
            let sealed = SealedKey::seal(&plain.secret_pkcs8(), password, protection, drawn).expect("seals");
            let chain = chain.iter().cloned().map(CertificateDer::into_owned).collect();
            let created = entry.created().expect("Java dates keys");
            Entry::new_private_key(entry.alias().to_owned(), sealed, chain, created)
        }
        Content::SecretKey(_) => {
            drawn.skip_sealing();
            entry.clone().into_owned()
        }
        _ => entry.clone().into_owned(),
    }
}

/// Files with a certificate and its issuer, whose name is difficult to encode.
fn chain(folder: &Path) -> (String, String) {
    let file = |name: &str| folder.join(name).display().to_string();
    let (key, root, leaf) = (file("root.key"), file("root.pem"), file("leaf.pem"));
    let name = "/C=DE/O=Zo\\xC3\\xAB, \"Root\" #1;/OU=a+emailAddress=a@b.example/DC=example/CN= Root 1 ";
    let request = ["req", "-x509", "-utf8", "-multivalue-rdn", "-nodes", "-newkey", "rsa:2048", "-keyout"];
    output(Tool::OpenSsl.command().args(request).args([
        &key,
        "-out",
        &root,
        "-subj",
        &name.replace("\\xC3\\xAB", "ë"),
    ]));
    let issued = ["-CA", &root, "-CAkey", &key, "-subj", "/CN=leaf", "-out", &leaf];
    output(Tool::OpenSsl.command().args(request).arg(file("leaf.key")).args(issued));
    let der = |pem: &str| {
        let der = format!("{pem}.der");
        output(Tool::OpenSsl.command().args(["x509", "-in", pem, "-outform", "DER", "-out", &der]));
        der
    };
    (der(&leaf), der(&root))
}

/// Encodes DER as PEM.
fn convert(kind: &str, args: &[&str], der: &Path, pem: &Path) {
    output(Tool::OpenSsl.command().arg(kind).args(args).args(["-inform", "DER", "-in"]).arg(der).arg("-out").arg(pem));
}

/// What OpenSSL printed, in DER.
fn der_of(folder: &Path, kind: &str, pem: &str) -> Vec<u8> {
    let (text, der) = (folder.join("printed.pem"), folder.join("printed.der"));
    std::fs::write(&text, pem).expect("a temporary file can be written");
    let unencrypted: &[&str] = if kind == "pkcs8" { &["-topk8", "-nocrypt"] } else { &[] };
    let command = [kind, "-outform", "DER", "-in"];
    output(Tool::OpenSsl.command().args(command).arg(&text).arg("-out").arg(&der).args(unencrypted));
    std::fs::read(&der).expect("OpenSSL wrote it")
}
