//! New passwords for stores.

use keystore_core::rand_core::CryptoRng;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A random password of 24 characters in `[A-Za-z0-9]` (142 bits).
///
/// These characters need no escapes in `.properties` or YAML.
pub fn random_password(rng: &mut (impl CryptoRng + ?Sized)) -> String {
    let mut password = String::with_capacity(24);
    while password.len() < 24 {
        // Six bits that are not an index are drawn again, so that every character is equally likely.
        let index = usize::try_from(rng.next_u32() & 63).unwrap_or(usize::MAX);
        password.extend(ALPHABET.get(index).map(|&letter| char::from(letter)));
    }
    password
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_password_is_24_letters_and_digits_and_every_one_occurs() {
        let passwords: Vec<String> = (0..200).map(|_| random_password(&mut rand::rng())).collect();
        assert!(passwords.iter().all(|password| password.len() == 24));
        let used: BTreeSet<u8> = passwords.iter().flat_map(|password| password.bytes()).collect();
        assert_eq!(used, ALPHABET.iter().copied().collect());
    }
}
