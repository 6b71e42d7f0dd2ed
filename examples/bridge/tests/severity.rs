//! Each library has its own `Severity`, because no library depends on another. All must be the same.

use std::fmt::Display;

/// The levels in their order, in words.
fn words<S: Display + Ord + Copy>(levels: [S; 3]) -> [String; 3] {
    assert!(levels.is_sorted());
    levels.map(|level| level.to_string())
}

#[test]
fn every_library_has_the_same_severities_in_the_same_order_and_words() {
    let expected = ["note", "warning", "error"].map(str::to_owned);
    {
        use keystore_core::lint::Severity::{Error, Note, Warning};
        assert_eq!(words([Note, Warning, Error]), expected);
    }
    {
        use certgen::Severity::{Error, Note, Warning};
        assert_eq!(words([Note, Warning, Error]), expected);
    }
    {
        use cassandra_props::Severity::{Error, Note, Warning};
        assert_eq!(words([Note, Warning, Error]), expected);
    }
}
