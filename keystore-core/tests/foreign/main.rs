//! keytool, Java and OpenSSL read our stores, and we read theirs.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests say what they expect by panicking"
)]

#[cfg(feature = "bcfks")]
mod bcfks;
#[cfg(feature = "bcfks")]
mod bcfks_loading;
#[cfg(feature = "bcfks")]
mod bks;
mod certificate_parts;
mod certificates;
mod chains;
mod corpus;
mod drawn;
mod drawn_entry;
#[path = "../common/elements.rs"]
mod elements;
mod fixture;
mod java;
mod jceks;
mod jks;
mod lint;
mod loads;
mod managers;
mod pkcs12;
mod random;
#[cfg(feature = "bcfks")]
#[path = "../common/raw_bks.rs"]
mod raw_bks;
mod rustls_server;
mod tools;
mod tree;

use std::process::ExitCode;
use test_support::{Suite, Tool};

fn main() -> ExitCode {
    const JAVA: &[Tool] = &[Tool::Java, Tool::Javac];
    const JAVA_AND_OPENSSL: &[Tool] = &[Tool::Java, Tool::Javac, Tool::OpenSsl];
    let suite = Suite::new()
        .test("jks::keytool_lists_our_entries", &[Tool::Keytool], jks::keytool_lists_our_entries)
        .test("jks::java_sees_our_entries", JAVA, jks::java_sees_our_entries)
        .test(
            "jks::keytool_and_openssl_take_our_key_to_pkcs12",
            &[Tool::Keytool, Tool::OpenSsl],
            jks::keytool_and_openssl_take_our_key_to_pkcs12,
        )
        .test(
            "jks::for_the_same_salt_dates_and_order_the_bytes_are_javas",
            JAVA,
            jks::for_the_same_salt_dates_and_order_the_bytes_are_javas,
        )
        .test("jks::what_java_makes_we_read", JAVA, jks::what_java_makes_we_read)
        .test("jks::keytool_refuses_what_we_refuse", &[Tool::Keytool], jks::keytool_refuses_what_we_refuse)
        .test("jks::aliases_are_lower_case_as_javas_are", JAVA, jks::aliases_are_lower_case_as_javas_are)
        .test(
            "jks::of_two_aliases_that_differ_in_letter_case_java_sets_the_lower",
            JAVA,
            jks::of_two_aliases_that_differ_in_letter_case_java_sets_the_lower,
        )
        .test("jceks::java_sees_our_entries", JAVA, jceks::java_sees_our_entries)
        .test(
            "jceks::for_the_same_salt_dates_and_order_the_bytes_are_javas",
            JAVA,
            jceks::for_the_same_salt_dates_and_order_the_bytes_are_javas,
        )
        .test("pkcs12::keytool_lists_our_entries", &[Tool::Keytool], pkcs12::keytool_lists_our_entries)
        .test("pkcs12::java_sees_our_entries", JAVA, pkcs12::java_sees_our_entries)
        .test(
            "pkcs12::java_lists_a_store_without_password_under_null",
            JAVA,
            pkcs12::java_lists_a_store_without_password_under_null,
        )
        .test(
            "pkcs12::openssl_reads_our_key_and_certificates",
            &[Tool::OpenSsl],
            pkcs12::openssl_reads_our_key_and_certificates,
        )
        .test(
            "pkcs12::for_the_same_salts_and_order_the_bytes_are_javas",
            JAVA_AND_OPENSSL,
            pkcs12::for_the_same_salts_and_order_the_bytes_are_javas,
        )
        .test("pkcs12::what_java_makes_we_read", JAVA_AND_OPENSSL, pkcs12::what_java_makes_we_read)
        .test("pkcs12::what_openssl_makes_we_read", &[Tool::OpenSsl], pkcs12::what_openssl_makes_we_read);
    #[cfg(feature = "bcfks")]
    let suite = bks::tests(bcfks_loading::tests(bcfks::tests(suite)));
    let suite = chains::tests(certificates::tests(suite));
    [corpus::tests, lint::tests, managers::tests, random::tests, rustls_server::tests]
        .into_iter()
        .fold(suite, |suite, tests| tests(suite))
        .run()
}
