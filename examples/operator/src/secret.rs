//! Reads the passwords of stores from files, the environment or a prompt.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use keystore_core::Password;
use zeroize::Zeroizing;

use crate::reading::read_text;
use crate::shown::shown;

/// The environment variable with the stores' password.
pub const VARIABLE: &str = "STORE_PASSWORD";

/// The arguments that give the passwords of stores.
#[derive(Args, Clone, Debug, Default)]
pub struct PasswordArguments {
    /// A file whose first line is the password of the stores.
    ///
    /// A store with a password of its own (--password-for, otherwise in settings) uses that one. Without this option, the
    /// password is read from `STORE_PASSWORD` in the environment or, unless --no-password is given, from a prompt.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file whose first line is the password of one store only. Can be given several times.
    ///
    /// STORE is the store's name as it is given among the files or, for `expiry`, in settings among them.
    #[arg(long, value_name = "STORE=FILE", value_parser = of_one)]
    password_for: Vec<(String, PathBuf)>,
    /// Do not prompt for passwords.
    ///
    /// Without its password, a store's integrity is not verified, and the store cannot be converted.
    #[arg(long)]
    no_password: bool,
}

impl PasswordArguments {
    pub(crate) fn are_only_for(&self, stores: &[String]) -> bool {
        self.password_for.iter().all(|(store, _)| stores.contains(store))
    }
}

fn of_one(text: &str) -> Result<(String, PathBuf), &'static str> {
    match text.rsplit_once('=') {
        Some((store, file)) if !store.is_empty() && !file.is_empty() => Ok((store.to_owned(), file.into())),
        _ => Err("expected STORE=FILE: a store, and the file that holds its password"),
    }
}

/// The passwords of the stores of one run.
///
/// A file is read once, when its password is first needed, so the file may be a pipe.
#[derive(Debug)]
pub struct Passwords<'a> {
    arguments: &'a PasswordArguments,
    read: RefCell<BTreeMap<&'a Path, Zeroizing<String>>>,
}

impl<'a> Passwords<'a> {
    /// The passwords of `stores`, by the names under which they were given.
    ///
    /// # Errors
    /// If a password is given for a store that is not in `stores`, or several are given for one store.
    pub fn new(arguments: &'a PasswordArguments, stores: &[String]) -> anyhow::Result<Self> {
        for (place, (store, _)) in arguments.password_for.iter().enumerate() {
            ensure!(stores.contains(store), "--password-for {store}: no such store is given");
            let again = arguments.password_for.iter().take(place).any(|(other, _)| other == store);
            ensure!(!again, "--password-for {store}: given twice");
        }
        Ok(Self { arguments, read: RefCell::default() })
    }

    /// The password of a store.
    ///
    /// # Errors
    /// If the password's file cannot be read or is empty, or the variable is not UTF-8; or if no password is given, and
    /// there is no terminal for a prompt or --no-password is given.
    pub fn of(&self, store: &str) -> anyhow::Result<Password> {
        if let Some(given) = self.given(store)? {
            return Ok(given);
        }
        ensure!(!self.arguments.no_password, "--no-password: {store} cannot be opened without one");
        Ok(Password::new(Self::ask(store)?.as_str()))
    }

    /// The password of a store that can be read without one.
    ///
    /// If no password is given, returns `None` with --no-password, without a terminal, or after an empty answer, as in keytool.
    ///
    /// # Errors
    /// If the password's file cannot be read or is empty, or the variable is not UTF-8.
    pub fn if_known(&self, store: &str) -> anyhow::Result<Option<Password>> {
        let given = self.given(store)?;
        if given.is_some() || self.arguments.no_password {
            return Ok(given);
        }
        let asked = Self::ask(store).ok().filter(|password| !password.is_empty());
        Ok(asked.map(|password| Password::new(password.as_str())))
    }

    /// The password that is given for this store only.
    ///
    /// # Errors
    /// If the password's file cannot be read or is empty.
    pub fn own(&self, store: &str) -> anyhow::Result<Option<Password>> {
        let own = self.arguments.password_for.iter().find(|(other, _)| other == store);
        own.map(|(_, file)| self.in_file(file)).transpose()
    }

    fn given(&self, store: &str) -> anyhow::Result<Option<Password>> {
        if let Some(own) = self.own(store)? {
            return Ok(Some(own));
        }
        if let Some(file) = &self.arguments.password_file {
            return self.in_file(file).map(Some);
        }
        match env::var(VARIABLE) {
            Ok(text) => Ok(Some(Password::new(Zeroizing::new(text).as_str()))),
            Err(VarError::NotUnicode(_)) => bail!("{VARIABLE} is not UTF-8"),
            Err(VarError::NotPresent) => Ok(None),
        }
    }

    fn ask(store: &str) -> anyhow::Result<Zeroizing<String>> {
        let asked = rpassword::prompt_password(format!("Password of {}: ", shown(store)));
        let asked = asked
            .with_context(|| format!("no password for {store}: use --password-file, --password-for or {VARIABLE}"))?;
        Ok(Zeroizing::new(asked))
    }

    fn in_file(&self, file: &'a Path) -> anyhow::Result<Password> {
        let mut read = self.read.borrow_mut();
        if let Some(password) = read.get(file) {
            return Ok(Password::new(password.as_str()));
        }
        let line = first_line(file)?;
        let password = Password::new(line.as_str());
        read.insert(file, line);
        Ok(password)
    }
}

/// The password in a file: the first line, without the line end.
///
/// # Errors
/// If the file is empty, and the errors of [`read_text`].
pub fn first_line(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = read_text(file)?;
    let line =
        text.lines().next().with_context(|| format!("{} is empty, and should hold a password", file.display()))?;
    Ok(Zeroizing::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        passwords: PasswordArguments,
    }

    fn arguments(words: &[&str]) -> PasswordArguments {
        Program::try_parse_from([&["program"], words].concat()).unwrap().passwords
    }

    fn opens(password: &Password, expected: &str) -> bool {
        let store = keystore_core::jks::encode(&keystore_core::KeyStore::new(), &Password::new(expected)).unwrap();
        keystore_core::decode(&store, password).is_ok()
    }

    #[test]
    fn one_store_can_have_a_password_of_its_own_and_the_others_share_one() {
        let folder = tempfile::tempdir().unwrap();
        let (all, own) = (folder.path().join("all"), folder.path().join("own"));
        fs::write(&all, "for all\nnot this line\n").unwrap();
        fs::write(&own, "for one alone\r\n").unwrap();
        let for_one = format!("a=b.jks={}", own.display());
        let arguments = arguments(&["--password-file", all.to_str().unwrap(), "--password-for", &for_one]);
        let stores = ["a=b.jks".to_owned(), "c.jks".to_owned(), "d.jks".to_owned()];
        let passwords = Passwords::new(&arguments, &stores).unwrap();
        assert!(opens(&passwords.of("a=b.jks").unwrap(), "for one alone"));
        assert!(opens(&passwords.of("c.jks").unwrap(), "for all"));
        // The file is read once, because a pipe cannot be read twice.
        fs::remove_file(&all).unwrap();
        assert!(opens(&passwords.of("d.jks").unwrap(), "for all"));
    }

    #[test]
    fn a_password_for_no_store_or_twice_for_one_is_refused() {
        let refused =
            |words: &[&str]| Passwords::new(&arguments(words), &["a.jks".to_owned()]).unwrap_err().to_string();
        assert_eq!(refused(&["--password-for", "b.jks=f"]), "--password-for b.jks: no such store is given");
        let twice = refused(&["--password-for", "a.jks=f", "--password-for", "a.jks=g"]);
        assert_eq!(twice, "--password-for a.jks: given twice");
        for words in ["a.jks", "=f", "a.jks="] {
            let refused = Program::try_parse_from(["program", "--password-for", words]).err().unwrap();
            assert_eq!(refused.kind(), clap::error::ErrorKind::ValueValidation, "{words}");
        }
    }

    #[test]
    fn a_password_file_that_is_empty_or_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        assert_eq!(first_line(&file).unwrap_err().to_string(), format!("{} cannot be read", file.display()));
        fs::write(&file, "").unwrap();
        let expected = format!("{} is empty, and should hold a password", file.display());
        assert_eq!(first_line(&file).unwrap_err().to_string(), expected);
        fs::write(&file, "\n").unwrap();
        assert_eq!(first_line(&file).unwrap().as_str(), "");
    }
}
