//! SHA-256 of files and certificates.

use std::fmt;
use std::str::FromStr;

use certgen::Fingerprint;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Refused;

/// A SHA-256 digest, which is displayed in lower case hexadecimal.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl From<Fingerprint> for Digest {
    fn from(fingerprint: Fingerprint) -> Self {
        Self(*fingerprint.as_bytes())
    }
}

impl FromStr for Digest {
    type Err = Refused;

    /// Reads 64 hexadecimal digits in upper or lower case.
    ///
    /// The digits are plain, or in pairs with colons, as keytool and OpenSSL print them.
    fn from_str(text: &str) -> Result<Self, Refused> {
        let plain = if text.split(':').all(|pair| pair.len() == 2) { text.replace(':', "") } else { text.to_owned() };
        let mut bytes = [0; 32];
        hex::decode_to_slice(&plain, &mut bytes)
            .map_err(|_| Refused::because("SHA-256", text, "is not 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Refused> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_digits_however_they_are_written() {
        let digest = Digest::of(b"abc");
        let plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.to_string(), plain);
        assert_eq!(digest.brief().as_str(), "ba7816bf8f01");
        assert_eq!(plain.parse(), Ok(digest));
        assert_eq!(plain.to_uppercase().parse(), Ok(digest));
        assert_eq!(Fingerprint::of(b"abc").to_string().parse(), Ok(digest));
        assert_eq!(Digest::from(Fingerprint::of(b"abc")), digest);
        for text in
            ["", "00", "x; id", plain.strip_prefix('b').unwrap(), &format!("{plain}0"), &plain.replace('b', "\n")]
        {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(error.ends_with("is not 64 hexadecimal digits"), "{error}");
        }
    }
}
