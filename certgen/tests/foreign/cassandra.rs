//! Encrypted keys, opened as Cassandra opens them.

use certgen::pem::{self, KeyEncryption};
use test_support::{JavaProgram, Tool, output};

use crate::workshop::{Folder, copy, key, rng};

/// Java 8 to 17 opens the form for Cassandra, and has no factory for the other one.
pub(crate) fn opens_our_encrypted_keys(java: Tool) {
    let folder = Folder::new();
    let program = JavaProgram::compile_for(8, "PemKey", include_str!("PemKey.java"));
    let keys = [
        ("RSA", copy(key())),
        #[cfg(feature = "ec")]
        ("EC", certgen::KeyPair::generate(certgen::KeyKind::EcP256, &mut rng(19)).unwrap()),
    ];
    let (mut command, mut expected) = (program.command_of(java), Vec::new());
    for (algorithm, key) in &keys {
        for encryption in [KeyEncryption::Sha1TripleDes, KeyEncryption::Pbes2Aes256] {
            let text = pem::encode_encrypted_private_key(&key.secret_pkcs8(), encryption, b"keypass", &mut rng(18));
            command.arg(folder.write(&format!("{algorithm}-{encryption:?}.pem"), text.unwrap()));
            expected.push(match encryption {
                KeyEncryption::Sha1TripleDes => hex::encode(key.secret_pkcs8().secret_pkcs8_der()),
                _ => "java.security.NoSuchAlgorithmException: ".to_owned(),
            });
        }
    }
    let said = output(&mut command);
    assert_eq!(said.lines().count(), expected.len(), "{said}");
    for (line, expected) in said.lines().zip(expected) {
        assert!(line.starts_with(&expected), "{line}, expected {expected}");
    }
}
