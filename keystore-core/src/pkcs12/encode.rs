//! Writing a PKCS#12.

use super::pfx::{Pfx, VERSION};
use super::profile::Profile;
use crate::asn1::{Tag, Writer};
use crate::error::{Error, Format};
use crate::pkcs12::crypto::encoded_password::{EmptyPasswordEncoding, EncodedPassword};
use crate::pkcs12::structure::content_info;
use crate::pkcs12::structure::new_bags::NewBags;
use crate::pkcs12::structure::safe::Keep;
use crate::{KeyStore, Password};
use rand_core::CryptoRng;

/// Encodes a new PKCS#12 with these entries in order.
///
/// With [`Profile::JAVA_17`], Java 17 writes the same bytes for the same entries, order, salts and IVs.
///
/// The sealed keys come first, in an unencrypted part, then all certificates in an encrypted part. `rng` gives a salt and,
/// for PBES2, an IV for the encrypted part, then a salt for the MAC. With [`Profile::PASSWORDLESS`], the certificates are
/// not encrypted and there is no MAC. Keys are written as they are sealed (see
/// [`SealedKey::seal`](crate::SealedKey::seal)).
///
/// # Errors
/// [`NotRepresentable`](crate::ErrorKind::NotRepresentable) with the reason, or
/// [`AliasClash`](crate::ErrorKind::AliasClash). An error about an entry names the entry.
pub fn encode(
    keystore: &KeyStore<'_>,
    password: &Password,
    profile: &Profile,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let mut bags = NewBags::default();
    keystore.refuse_case_clashes()?;
    for entry in keystore.all() {
        keystore.refuse_invisible(entry, Format::Pkcs12)?;
        bags.add(entry)?;
    }
    let mut pfx = Pfx::default();
    pfx.append(&bags)?;
    pfx.encode(password, profile, rng)
}

impl Pfx<'_> {
    /// Encodes the PKCS#12.
    ///
    /// Unchanged parts keep their bytes, except that all encrypted parts are written again if the file was decoded with
    /// another password or if the profile does not encrypt certificates. The profile applies to the MAC and to the encrypted
    /// parts that are new, changed or written again. If the profile does not encrypt certificates, these parts become
    /// unencrypted.
    ///
    /// Sealed keys keep their passwords. Unless [`protect`](Self::protect) was called, a file without a MAC gets none, and if
    /// its certificates are unencrypted, new certificates are too.
    ///
    /// The same document, password, profile and randomness give the same bytes. `rng` gives a salt and, for PBES2,
    /// an IV for each part that this call encrypts, and finally a salt for the MAC.
    ///
    /// # Errors
    /// [`ErrorKind::NotRepresentable`](crate::ErrorKind::NotRepresentable) if the profile's readers do not accept the
    /// password or the iterations, or if the profile does not encrypt a part that may contain an unsealed key or secret;
    /// [`ErrorKind::PasswordNeeded`](crate::ErrorKind::PasswordNeeded) if the file has encrypted parts and was decoded without
    /// a password.
    pub fn encode(
        &self,
        password: &Password,
        profile: &Profile,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, Error> {
        self.refuse_locked()?;
        let profile = &self.kept(*profile);
        profile.check(password)?;
        let is_same = self.password.as_ref().is_some_and(|known| known.same(password));
        let (keep, empty) =
            if is_same { (Keep::Ciphertext, self.empty) } else { (Keep::Nothing, EmptyPasswordEncoding::default()) };
        let password = EncodedPassword::new(password, empty);
        let mut contents = Writer::new();
        contents.try_nested(Tag::SEQUENCE, |writer| {
            self.safes.iter().try_for_each(|safe| safe.write(writer, keep, &password, profile, rng))
        })?;
        let contents = contents.finish();
        let mac = profile.authenticate(&password, &contents, rng)?;
        let mut pfx = Writer::new();
        pfx.nested(Tag::SEQUENCE, |writer| {
            writer.unsigned(VERSION);
            content_info::write_data(writer, |writer| {
                writer.raw(&contents);
            });
            if let Some(mac) = &mac {
                mac.write(writer);
            }
        });
        Ok(pfx.finish().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Timestamp};
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    /// OpenSSL uses the MAC's encoding of an empty password in all parts.
    #[test]
    fn an_empty_password_stays_what_it_is_in_the_file() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let (password, profile) = (Password::new(""), Profile::JAVA_8.with_iterations(3));
        let certificate = include_bytes!("../../tests/data/node0.cer").as_slice();
        let entry = |alias| Entry::new_trusted_certificate(alias, certificate.into(), Timestamp::from_millis(0));
        for empty in [EmptyPasswordEncoding::Terminator, EmptyPasswordEncoding::Nothing] {
            let mut pfx = Pfx { empty, password: Some(Password::new("").into()), ..Pfx::default() };
            pfx.insert(&entry("one")).unwrap();
            let bytes = pfx.encode(&password, &profile, &mut rng).unwrap();
            let mut pfx = Pfx::decode(&bytes, &password).unwrap();
            assert_eq!(pfx.empty, empty);
            pfx.insert(&entry("two")).unwrap();
            let bytes = pfx.encode(&password, &profile, &mut rng).unwrap();
            let pfx = Pfx::decode(&bytes, &password).unwrap();
            assert_eq!((pfx.empty, pfx.view().len()), (empty, 2));
            assert!(pfx.safes.iter().all(|safe| safe.empty == Some(empty)));
        }
    }
}
