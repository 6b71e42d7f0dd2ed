//! Certificates and keys, judged by keytool, Java and OpenSSL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expects by panicking")]

mod keytool;
mod openssl;
mod workshop;

use std::process::ExitCode;

use foreign_tools::{Suite, Tool};

fn main() -> ExitCode {
    let keytool_25 = Tool::OfJdk(25, "keytool");
    Suite::new()
        .test("same_bytes_as_keytool", &[Tool::Keytool, Tool::OpenSsl], || keytool::same_bytes(Tool::Keytool))
        .test_where_found("same_bytes_as_keytool_25", &[keytool_25, Tool::OpenSsl], || {
            keytool::same_bytes(Tool::OfJdk(25, "keytool"));
        })
        .test("keytool_prints_what_was_asked_for", &[Tool::Keytool], keytool::prints_what_was_asked_for)
        .test("openssl_verifies_a_node_certificate", &[Tool::OpenSsl], openssl::verifies_a_node_certificate)
        .test("openssl_reads_the_key", &[Tool::OpenSsl], openssl::reads_the_key)
        .run()
}
