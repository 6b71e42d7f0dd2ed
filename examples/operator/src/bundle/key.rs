//! The kinds of keys that an option can name.

use certgen::{Curve, KeyAlgorithm, KeyKind, KeyPair};

pub(super) const DEFAULT_KEY: KeyKind = KeyKind::Rsa2048;

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

pub(super) fn is_of(key: &KeyPair, kind: KeyKind) -> bool {
    let algorithm = match kind {
        KeyKind::Rsa2048 => KeyAlgorithm::Rsa { bits: 2048 },
        KeyKind::Rsa3072 => KeyAlgorithm::Rsa { bits: 3072 },
        KeyKind::Rsa4096 => KeyAlgorithm::Rsa { bits: 4096 },
        KeyKind::EcP256 => KeyAlgorithm::Ec { curve: Curve::P256 },
        KeyKind::EcP384 => KeyAlgorithm::Ec { curve: Curve::P384 },
        KeyKind::Ed25519 => KeyAlgorithm::Ed25519,
        _ => return false,
    };
    *key.public_key().algorithm() == algorithm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_the_kind_that_it_was_made_of() {
        let key = |kind| KeyPair::generate(kind, &mut rand::rng()).unwrap();
        let keys = [KeyKind::Rsa2048, KeyKind::EcP256, KeyKind::EcP384, KeyKind::Ed25519].map(|kind| (kind, key(kind)));
        for (_, kind) in KINDS {
            for (made_of, key) in &keys {
                assert_eq!(is_of(key, kind), *made_of == kind, "{kind:?}");
            }
        }
    }
}
