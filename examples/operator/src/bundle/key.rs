//! The kinds of keys that an option can name.

use certgen::KeyKind;

const KINDS: [(&str, KeyKind); 6] = [
    ("rsa:2048", KeyKind::Rsa2048),
    ("rsa:3072", KeyKind::Rsa3072),
    ("rsa:4096", KeyKind::Rsa4096),
    ("ec:p256", KeyKind::EcP256),
    ("ec:p384", KeyKind::EcP384),
    ("ed25519", KeyKind::Ed25519),
];

/// The kind of key with a name such as `rsa:2048`.
///
/// # Errors
/// If `text` names no kind. The error lists all kinds.
pub fn key_kind(text: &str) -> Result<KeyKind, String> {
    let kind = KINDS.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind);
    kind.ok_or_else(|| format!("not one of {}", KINDS.map(|(name, _)| name).join(", ")))
}
