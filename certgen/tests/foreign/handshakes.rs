//! Keys of keytool with which Java shakes hands, or does not, although both peers trust the certificate itself.

use std::path::{Path, PathBuf};

use certgen::path::{Chain, Jdk, Judge, Protocol};
use certgen::pem;
use test_support::{JavaProgram, Tool, output};

use crate::workshop::Folder;

/// The options of keytool for a key, and its kind if some Java refuses the key.
const KEYS: [(&[&str], Option<&str>); 8] = [
    (&["-keyalg", "RSA", "-keysize", "2048"], None),
    (&["-keyalg", "RSA", "-keysize", "528"], None),
    (&["-keyalg", "RSA", "-keysize", "512"], Some("RSA of 512 bits")),
    (&["-keyalg", "EC", "-groupname", "secp256r1"], None),
    (&["-keyalg", "EC", "-groupname", "secp521r1"], None),
    (&["-keyalg", "DSA", "-keysize", "2048"], Some("DSA")),
    (&["-keyalg", "Ed25519"], Some("Ed25519")),
    (&["-keyalg", "Ed448"], Some("Ed448")),
];

pub(crate) fn are_refused_as_by(java: Tool, jdk: Jdk) {
    let folder = Folder::new();
    let stores: Vec<PathBuf> = (0..).zip(KEYS).map(|(place, (options, _))| keystore(&folder, place, options)).collect();
    let program = JavaProgram::compile_for(8, "Handshakes", include_str!("Handshakes.java"));
    let said = output(program.command_of(java).args(&stores));
    let mut answers = said.lines();
    for ((options, kind), store) in KEYS.iter().zip(&stores) {
        let chain = Chain::read(&pem::decode_certificates(certificate(store).as_bytes()).unwrap()).unwrap();
        for protocol in [Protocol::Tls12, Protocol::Tls13] {
            let refusal = Judge::new(jdk).with_protocol(protocol).key_refusal(&chain);
            let expected = if refusal.is_none() { "ok" } else { "refused" };
            assert_eq!(answers.next(), Some(expected), "{options:?} {protocol:?} {refusal:?}");
            if let Some(refusal) = refusal {
                let kind = kind.unwrap();
                assert!(refusal.to_string().contains(&format!("has a key ({kind})")), "{refusal}");
            }
        }
    }
    assert_eq!(answers.next(), None);
}

fn keystore(folder: &Folder, place: usize, options: &[&str]) -> PathBuf {
    let file = folder.path(&format!("{place}.jks"));
    let mut keytool = Tool::Keytool.command();
    keytool.args(["-genkeypair", "-alias", "node", "-dname", "CN=node", "-storetype", "JKS", "-storepass", "changeit"]);
    output(keytool.args(["-keypass", "changeit", "-keystore"]).arg(&file).args(options));
    file
}

fn certificate(store: &Path) -> String {
    let mut keytool = Tool::Keytool.command();
    keytool.args(["-exportcert", "-rfc", "-alias", "node", "-storepass", "changeit", "-keystore"]);
    output(keytool.arg(store))
}
