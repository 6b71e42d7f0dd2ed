//! Stores and files that keytool and OpenSSL make.

use crate::fixture::data;
use std::path::Path;
use std::process::Command;
use test_support::{Tool, output};

pub(crate) fn keytool(store: &Path) -> Command {
    let mut command = Tool::Keytool.command();
    command.args(["-storetype", if store.extension().is_some_and(|end| end == "p12") { "PKCS12" } else { "JKS" }]);
    command.args(["-storepass", "changeit", "-keystore"]).arg(store);
    command
}

pub(crate) fn generate(store: &Path, alias: &str, name: &str, more: &[&str]) {
    let keypass = if more.is_empty() { &["-keypass", "changeit"][..] } else { more };
    output(keytool(store).args(["-genkeypair", "-keyalg", "RSA", "-alias", alias, "-dname", name]).args(keypass));
}

pub(crate) fn import(store: &Path, alias: &str, certificate: &str) {
    output(keytool(store).args(["-importcert", "-noprompt", "-alias", alias, "-file", certificate]));
}

/// The certificate of an entry, exported by keytool into a file beside the store.
pub(crate) fn exported(store: &Path, alias: &str) -> String {
    let file = text(&store.with_extension("cer"));
    output(keytool(store).args(["-exportcert", "-alias", alias, "-file", &file]));
    file
}

pub(crate) fn exported_pem(store: &Path, alias: &str) -> String {
    let file = text(&store.with_extension("pem"));
    output(keytool(store).args(["-exportcert", "-rfc", "-alias", alias, "-file", &file]));
    file
}

/// A fixture in PEM, in a file beside `path`.
pub(crate) fn pem(path: &Path, kind: &str, fixture: &str) -> String {
    let file = text(&path.with_file_name(format!("{fixture}.pem")));
    output(Tool::OpenSsl.command().args([kind, "-inform", "DER", "-in", &data(fixture), "-out", &file]));
    file
}

pub(crate) fn export(path: &Path, args: &[&str]) {
    output(
        Tool::OpenSsl
            .command()
            .args(["pkcs12", "-export", "-passout", "pass:changeit", "-out", &text(path)])
            .args(args),
    );
}

/// OpenSSL's PKCS#12 of the fixture's key and certificate.
pub(crate) fn export_key(path: &Path, args: &[&str]) {
    let (key, cer) = (pem(path, "pkey", "node0.pkcs8"), pem(path, "x509", "node0.cer"));
    export(path, &[&["-inkey", &key, "-in", &cer, "-name", "node0"], args].concat());
}

pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}
