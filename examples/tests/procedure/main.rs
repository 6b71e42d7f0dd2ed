//! The steps of "Enable Cassandra internode encryption", each with the command of that page that it replaces. Other
//! programs judge the files that quickstart wrote.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what they expect by panicking")]

mod steps;
mod tree;

use std::process::ExitCode;

use test_support::{Suite, Tool};

fn main() -> ExitCode {
    const KEYTOOL: &[Tool] = &[Tool::Keytool];
    const JAVA: &[Tool] = &[Tool::Java, Tool::Javac];
    let suite = Suite::new();
    #[cfg(unix)]
    let suite = suite.test("step_3_chmod_400_on_what_holds_a_key", &[], steps::chmod_400_on_what_holds_a_key);
    suite
        .test("step_1_genkey_makes_the_keystore", KEYTOOL, steps::genkey_makes_the_keystore)
        .test("step_2_export_gives_the_certificate", KEYTOOL, steps::export_gives_the_certificate)
        .test("step_2_the_certificate_as_openssl_reads_it", &[Tool::OpenSsl], steps::openssl_reads_the_certificate)
        .test("step_4_import_fills_the_truststore", KEYTOOL, steps::import_fills_the_truststore)
        .test("step_5_importkeystore_and_openssl_export", &[Tool::Keytool, Tool::OpenSsl], steps::exports_agree)
        .test("step_7_list_says_what_is_there", KEYTOOL, steps::list_says_what_is_there)
        .test("step_8_properties_as_java_reads_them", JAVA, steps::properties_as_java_reads_them)
        .test("step_9_nodes_talk_by_mutual_tls_in_java", JAVA, steps::nodes_talk_by_mutual_tls_in_java)
        .test("rotation_1_import_under_a_new_alias", KEYTOOL, steps::import_under_a_new_alias)
        .run()
}
