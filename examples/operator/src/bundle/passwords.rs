//! The passwords of a node's two stores, which may differ.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use zeroize::Zeroizing;

use crate::reading::{MAX_SETTINGS, Root};

/// The name of the file with the password of the keystore.
///
/// Without a [`TRUSTSTORE_PASSWORD`] file, the truststore has the same password.
pub const PASSWORD: &str = "password";

/// The name of the file with the truststore's password, if it differs from the keystore's.
pub const TRUSTSTORE_PASSWORD: &str = "truststore-password";

/// The passwords of a node's stores.
pub struct StorePasswords {
    /// The password of the keystore, and of the key in it.
    pub keystore: Zeroizing<String>,
    /// The password of the truststore.
    pub truststore: Zeroizing<String>,
}

impl fmt::Debug for StorePasswords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StorePasswords { [elided] }")
    }
}

impl StorePasswords {
    /// The passwords of a keystore and a truststore.
    pub fn new(keystore: &str, truststore: &str) -> Self {
        Self { keystore: Zeroizing::new(keystore.to_owned()), truststore: Zeroizing::new(truststore.to_owned()) }
    }

    /// The passwords of a node in a generation's folder.
    ///
    /// # Errors
    /// If a password file cannot be read or is not text, or the file of the keystore's password is missing.
    pub fn read(folder: &Path, node: &str) -> anyhow::Result<Self> {
        let root = Root::Copy(folder.to_owned());
        let keystore = line(&root, &Path::new(node).join(PASSWORD))?;
        let keystore = keystore.with_context(|| format!("{node} has no file {PASSWORD}"))?;
        let truststore = line(&root, &Path::new(node).join(TRUSTSTORE_PASSWORD))?;
        Ok(Self { truststore: truststore.unwrap_or_else(|| keystore.clone()), keystore })
    }

    /// The names and contents of the password files: one file if both passwords are the same.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, Zeroizing<String>)> {
        let file = |name, password: &str| (name, Zeroizing::new([password, "\n"].concat()));
        let own = (self.keystore != self.truststore).then(|| file(TRUSTSTORE_PASSWORD, &self.truststore));
        std::iter::once(file(PASSWORD, &self.keystore)).chain(own)
    }
}

fn line(root: &Root, file: &Path) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(found) = root.find(file, MAX_SETTINGS)? else { return Ok(None) };
    let text = std::str::from_utf8(&found.bytes).with_context(|| root.place(file).display().to_string())?;
    Ok(Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_store_has_the_password_of_its_file_and_blanks_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let node = folder.path().join("node0");
        std::fs::create_dir(&node).unwrap();
        std::fs::write(node.join(PASSWORD), " secret1 \n").unwrap();
        let read = || {
            let read = StorePasswords::read(folder.path(), "node0").unwrap();
            [read.keystore.to_string(), read.truststore.to_string()]
        };
        assert_eq!(read(), [" secret1 "; 2]);
        std::fs::write(node.join(TRUSTSTORE_PASSWORD), "trustpass\r\n").unwrap();
        assert_eq!(read(), [" secret1 ", "trustpass"]);
    }

    #[test]
    fn one_password_is_one_file() {
        let names = |one: &str, other: &str| -> Vec<_> {
            StorePasswords::new(one, other).files().map(|(name, text)| (name, text.to_string())).collect()
        };
        assert_eq!(names("keypass", "keypass"), [(PASSWORD, "keypass\n".to_owned())]);
        let both = [(PASSWORD, "keypass\n".to_owned()), (TRUSTSTORE_PASSWORD, "trustpass\n".to_owned())];
        assert_eq!(names("keypass", "trustpass"), both);
    }
}
