//! Certificates and keys, judged by keytool, Java and OpenSSL.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod authority;
#[cfg(feature = "encrypted-keys")]
mod cassandra;
mod corpora;
#[cfg(feature = "ec")]
#[path = "../paths/corpus.rs"]
mod corpus;
#[cfg(feature = "ec")]
#[path = "../paths/counts.rs"]
mod counts;
mod handshakes;
#[cfg(feature = "ec")]
mod host_names;
#[cfg(feature = "ec")]
mod java_judge;
mod keytool;
#[cfg(feature = "ec")]
mod kinds;
mod names;
mod openssl;
#[cfg(feature = "ec")]
mod path_mutants;
#[cfg(feature = "ec")]
mod path_rows;
#[cfg(feature = "ec")]
mod paths;
#[cfg(feature = "ec")]
mod readers;
mod requests;
#[path = "../workshop/mod.rs"]
mod workshop;

use std::process::ExitCode;

#[cfg(feature = "ec")]
use certgen::path::TrustManager;
use test_support::{Suite, Tool};

/// The other releases of Java.
const JAVA_25: Tool = Tool::OfJdk(25, "java");
const JAVA_8: Tool = Tool::OfJdk(8, "java");
#[cfg(feature = "encrypted-keys")]
const JAVA_11: Tool = Tool::OfJdk(11, "java");
/// What a test needs that asks one JVM, and OpenSSL.
const IN_ONE_JVM: [Tool; 3] = [Tool::Java, Tool::Javac, Tool::OpenSsl];

fn main() -> ExitCode {
    let suite = of_requests(of_certificates(Suite::new()));
    #[cfg(feature = "encrypted-keys")]
    let suite = of_encrypted_keys(suite);
    #[cfg(feature = "ec")]
    let suite = of_paths(of_curves(suite));
    suite.run()
}

fn of_certificates(suite: Suite) -> Suite {
    suite
        .test("same_bytes_as_keytool", &IN_ONE_JVM, || keytool::same_bytes(Tool::Java))
        .test_where_found("same_bytes_as_keytool_25", &[JAVA_25, Tool::Javac, Tool::OpenSsl], || {
            keytool::same_bytes(JAVA_25);
        })
        .test("keytool_prints_what_was_asked_for", &[Tool::Keytool], keytool::prints_what_was_asked_for)
        .test("names_are_read_as_java_reads_them", &[Tool::Java, Tool::Javac], names::are_read_as_java_reads_them)
        .test("openssl_verifies_a_node_certificate", &[Tool::OpenSsl], openssl::verifies_a_node_certificate)
        .test("openssl_reads_the_key", &[Tool::OpenSsl], openssl::reads_the_key)
        .test("a_traditional_key_of_openssl_is_read", &[Tool::OpenSsl], openssl::a_traditional_key_is_read)
        .test("openssl_verifies_every_chain", &[Tool::OpenSsl], authority::openssl_verifies_every_chain)
        .test("existing_authorities_go_on_issuing", &IN_ONE_JVM, authority::existing_authorities_go_on_issuing)
        .test("java_trusts_every_chain", &[Tool::Java, Tool::Javac], authority::java_trusts_every_chain)
        .test("keytool_prints_every_chain", &[Tool::Keytool], authority::keytool_prints_every_chain)
        .test("webpki_verifies_every_chain", &[], authority::webpki_verifies_every_chain)
        .test("certificates_say_what_java_says", &[Tool::Java, Tool::Javac], corpora::certificates_say_what_java_says)
        .test("java_judges_expiry_as_we_do", &[Tool::Java, Tool::Javac], authority::java_judges_expiry_as_we_do)
        .test("keys_are_refused_as_by_java", &[Tool::Java, Tool::Javac, Tool::Keytool], || {
            handshakes::are_refused_as_by(Tool::Java, certgen::path::Jdk::V17);
        })
        .test_where_found("keys_are_refused_as_by_java_8", &[JAVA_8, Tool::Javac, Tool::Keytool], || {
            handshakes::are_refused_as_by(JAVA_8, certgen::path::Jdk::V8);
        })
        .test_where_found("keys_are_refused_as_by_java_25", &[JAVA_25, Tool::Javac, Tool::Keytool], || {
            handshakes::are_refused_as_by(JAVA_25, certgen::path::Jdk::V25);
        })
}

fn of_requests(suite: Suite) -> Suite {
    suite
        .test("requests_equal_those_of_keytool", &IN_ONE_JVM, || requests::equal_those_of_keytool(Tool::Java))
        .test_where_found("requests_equal_those_of_keytool_25", &[JAVA_25, Tool::Javac], || {
            requests::equal_those_of_keytool(JAVA_25);
        })
        .test("keytool_openssl_and_java_accept_our_requests", &IN_ONE_JVM, requests::of_ours_are_accepted)
        .test("requests_of_openssl_are_taken_as_they_are", &[Tool::OpenSsl], requests::of_openssl_are_taken_as_they_are)
}

#[cfg(feature = "encrypted-keys")]
fn of_encrypted_keys(suite: Suite) -> Suite {
    suite
        .test("openssl_opens_our_encrypted_keys", &[Tool::OpenSsl], openssl::opens_our_encrypted_keys)
        .test("we_open_keys_of_openssl", &[Tool::OpenSsl], openssl::keys_of_openssl_are_read)
        .test("cassandras_reader_opens_our_encrypted_keys", &[Tool::Java, Tool::Javac], || {
            cassandra::opens_our_encrypted_keys(Tool::Java);
        })
        .test_where_found("cassandras_reader_opens_our_encrypted_keys_on_8", &[JAVA_8, Tool::Javac], || {
            cassandra::opens_our_encrypted_keys(JAVA_8);
        })
        .test_where_found("cassandras_reader_opens_our_encrypted_keys_on_11", &[JAVA_11, Tool::Javac], || {
            cassandra::opens_our_encrypted_keys(JAVA_11);
        })
}

#[cfg(feature = "ec")]
fn of_curves(suite: Suite) -> Suite {
    suite
        .test("keys_of_every_kind_match_their_certificates", &IN_ONE_JVM, kinds::match_their_certificates)
        .test("same_bytes_as_keytool_on_curves", &IN_ONE_JVM, || kinds::the_same_but_for_the_signature(&kinds::JAVA_17))
        .test_where_found("same_bytes_as_keytool_25_on_curves", &[JAVA_25, Tool::Javac, Tool::OpenSsl], || {
            kinds::the_same_but_for_the_signature(&kinds::JAVA_25);
        })
        .test(
            "keys_on_curves_are_those_of_openssl",
            &[Tool::OpenSsl],
            openssl::keys_on_curves_are_read_and_written_alike,
        )
        .test(
            "hosts_are_those_of_rustls_openssl_and_java",
            &IN_ONE_JVM,
            host_names::are_those_of_rustls_openssl_and_java,
        )
        .test(
            "readers_refuse_authorities_that_have_findings",
            &IN_ONE_JVM,
            readers::refuse_authorities_that_have_findings,
        )
        .test("readers_apply_limits_as_we_find", &IN_ONE_JVM, readers::apply_limits_as_we_find)
        .test("readers_accept_a_start_that_is_set_back", &IN_ONE_JVM, readers::accept_a_start_that_is_set_back)
}

#[cfg(feature = "ec")]
fn of_paths(suite: Suite) -> Suite {
    suite
        .test("java_judges_paths_as_we_do", &[Tool::Java, Tool::Javac], || {
            paths::java_judges_as_we_do(Tool::Java, certgen::path::Jdk::V17, TrustManager::Pkix);
        })
        .test_where_found("java_25_judges_paths_as_we_do", &[JAVA_25, Tool::Javac], || {
            paths::java_judges_as_we_do(JAVA_25, certgen::path::Jdk::V25, TrustManager::Pkix);
        })
        .test("java_judges_paths_of_mutants_as_we_do", &[Tool::Java, Tool::Javac], || {
            path_mutants::are_judged_as_we_do(Tool::Java, certgen::path::Jdk::V17);
        })
        .test_where_found("java_8_judges_paths_as_we_do", &[JAVA_8, Tool::Javac], || {
            paths::java_judges_as_we_do(JAVA_8, certgen::path::Jdk::V8, TrustManager::Pkix);
        })
        .test_where_found("java_8_judges_paths_of_the_corpus_as_we_do", &[JAVA_8, Tool::Javac], || {
            path_rows::are_judged_as_we_do(JAVA_8, certgen::path::Jdk::V8, TrustManager::Pkix);
        })
        .test_where_found("java_8_judges_paths_by_sunx509_as_we_do", &[JAVA_8, Tool::Javac], || {
            paths::java_judges_as_we_do(JAVA_8, certgen::path::Jdk::V8, TrustManager::SunX509);
        })
        .test_where_found("java_8_judges_paths_of_the_corpus_by_sunx509_as_we_do", &[JAVA_8, Tool::Javac], || {
            path_rows::are_judged_as_we_do(JAVA_8, certgen::path::Jdk::V8, TrustManager::SunX509);
        })
}
