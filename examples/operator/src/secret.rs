//! Where a program gets a password from: never from its command line.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use keystore_core::Password;
use zeroize::Zeroizing;

/// The environment variable that holds a store's password.
pub const VARIABLE: &str = "STORE_PASSWORD";

/// How the password of a store is given.
#[derive(Args, Clone, Debug)]
pub struct PasswordSource {
    /// A file whose first line is the stores' password. Else `STORE_PASSWORD` is taken from the environment, else you are
    /// asked.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password for `what`.
    ///
    /// # Errors
    /// If the file cannot be read, or there is nobody to ask.
    pub fn password(&self, what: &str) -> anyhow::Result<Password> {
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            let text = Zeroizing::new(text);
            return Ok(Password::new(text.lines().next().unwrap_or_default()));
        }
        if let Ok(text) = std::env::var(VARIABLE) {
            return Ok(Password::new(Zeroizing::new(text).as_str()));
        }
        let asked = rpassword::prompt_password(format!("Password of {what}: "));
        let asked = asked.with_context(|| format!("no password for {what}: use --password-file or {VARIABLE}"))?;
        Ok(Password::new(Zeroizing::new(asked).as_str()))
    }
}
