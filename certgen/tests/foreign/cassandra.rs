//! Encrypted keys, opened as Cassandra opens them.

use certgen::pem::{self, KeyEncryption};
use test_support::{JavaProgram, Tool, output};

use crate::workshop::{Folder, copy, key, rng};

/// Java 17 opens the form for Cassandra, and has no name for the other one's algorithm.
pub(crate) fn opens_our_encrypted_keys() {
    let folder = Folder::new();
    let program = JavaProgram::compile("PemKey", include_str!("PemKey.java"));
    let keys = [
        ("RSA", copy(key())),
        #[cfg(feature = "ec")]
        ("EC", certgen::KeyPair::generate(certgen::KeyKind::EcP256, &mut rng(19)).unwrap()),
    ];
    let (mut command, mut expected) = (program.command_of(Tool::Java), String::new());
    for (algorithm, key) in &keys {
        for encryption in [KeyEncryption::Sha1TripleDes, KeyEncryption::Pbes2Aes256] {
            let text = pem::encode_encrypted_private_key(&key.secret_pkcs8(), encryption, b"keypass", &mut rng(18));
            command.arg(folder.write(&format!("{algorithm}-{encryption:?}.pem"), text.unwrap()));
            expected += &match encryption {
                KeyEncryption::Sha1TripleDes => hex::encode(key.secret_pkcs8().secret_pkcs8_der()),
                _ => "java.security.NoSuchAlgorithmException: PBES2 SecretKeyFactory not available".to_owned(),
            };
            expected += "\n";
        }
    }
    assert_eq!(output(&mut command), expected);
}
