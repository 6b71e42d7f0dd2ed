//! Java's rules for aliases.

use std::borrow::Cow;

/// The alias in lower case, by which Java looks up an entry of a JKS, JCEKS or PKCS#12.
///
/// Java calls `String.toLowerCase(Locale.ENGLISH)`.
///
/// Rust and Java both use Unicode's full mapping with its context rule for the final sigma. For that rule, Java also
/// checks word boundaries.
pub(crate) fn fold(alias: &str) -> Cow<'_, str> {
    if alias.is_ascii() && !alias.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(alias)
    } else {
        Cow::Owned(alias.to_lowercase())
    }
}

pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other || fold(one) == fold(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_stays_borrowed() {
        assert!(matches!(fold("node0-2026"), Cow::Borrowed("node0-2026")));
    }

    #[test]
    fn folding_follows_unicode_as_java_does() {
        assert_eq!(fold("Node0"), "node0");
        assert_eq!(fold("ÄÖ"), "äö");
        assert_eq!(fold("İ"), "i\u{307}");
        assert_eq!(fold("ΟΔΟΣ"), "οδος");
        assert!(same("NODE", "node"));
        assert!(!same("node", "node0"));
    }
}
