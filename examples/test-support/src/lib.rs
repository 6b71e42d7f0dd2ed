//! Support for tests against other programs and their files ([`Corpus`]).
//!
//! A round trip through our own code proves little, so every library that reads or writes files of other programs has a
//! test target `foreign` (`harness = false`) whose `main` builds a [`Suite`]. A test names the programs that it needs,
//! such as keytool. If a program is missing, the test is ignored, and the reason is printed on the terminal. In CI (the
//! environment variable `CI` is set), such a test fails, unless it was added with [`Suite::test_where_found`].
//!
//! ```no_run
//! use test_support::{Suite, Tool, output};
//!
//! fn openssl_answers() {
//!     assert!(output(Tool::OpenSsl.command().arg("version")).starts_with("OpenSSL"));
//! }
//!
//! Suite::new().test("openssl_answers", &[Tool::OpenSsl], openssl_answers).run();
//! ```

#[cfg(unix)]
mod bounded;
mod corpus;
mod java;
mod json;
mod maven;
mod suite;
mod tool;

#[cfg(unix)]
pub use bounded::bounded;
pub use corpus::{Content, Corpus, Pinned};
pub use java::JavaProgram;
pub use maven::cassandra_jars;
pub use suite::Suite;
pub use tool::{Tool, output};

/// The name of an enum's variant, taken from its `Debug` output.
pub fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}
