//! Loads a PKCS#12 in the same order as Java (`sun.security.pkcs12.PKCS12KeyStore`).
//!
//! Java reads the parts and bags in the order of the file, and checks the MAC last (`engineLoad`, `loadSafeContents`).
//!
//! Unlike [`Pfx`](crate::pkcs12::Pfx), Java skips the content of sealed keys, attributes that are not a `SET`, and further
//! fields of a bag. Without a password, Java and `Pfx` skip encrypted parts and the MAC.

use super::readers::JavaVersions;
use crate::asn1::{Algorithm, Element, Reader, Tag, oid};
use crate::budget::Budget;
use crate::error::{Defect, Error, ErrorKind, Limit, Part};
use crate::pkcs12::crypto::mac::Mac;
use crate::pkcs12::crypto::pbe::{Derivation, Scheme};
use crate::pkcs12::decode::read_version;
use crate::pkcs12::profile::Passwords;
use crate::pkcs12::structure::attributes::{read_attribute, read_name};
use crate::pkcs12::structure::bag::typed_bytes;
use crate::pkcs12::structure::content_info::{read_encrypted_data, require_data};
use crate::pkcs12::structure::sealed;
use crate::{Java, Limits, Password, x509};
use der::asn1::ObjectIdentifier;
use std::borrow::Cow;

/// Checks that this version of Java loads the file.
///
/// # Errors
/// The first error that Java finds, or `LimitExceeded` for the default limits.
pub(crate) fn load(java: Java, bytes: &[u8], password: Option<&Password>) -> Result<(), Error> {
    let limits = Limits::default();
    limits.check(Limit::Bytes, bytes.len())?;
    Loading { java, password, budget: Budget::new(&limits, password) }.pfx(bytes)
}

struct Loading<'p> {
    java: Java,
    password: Option<&'p Password>,
    budget: Budget<'p>,
}

impl Loading<'_> {
    fn pfx(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let pfx = Reader::new(bytes, Some(0)).any()?;
        // From Java 17 on, only the outermost length must be in the shortest form.
        check_length(&pfx)?;
        let mut fields = list(&pfx, Part::Pfx)?;
        // Without a password, the MAC is not read.
        let (levels, count) = if self.password.is_some() { (ALL, 3) } else { (OF_CONTENT_INFO, 2) };
        let mut read = fields.clone();
        for _ in 0..count {
            let Ok(field) = read.any() else { break };
            self.check_lengths(&pfx, &field, levels)?;
        }
        read_version(&mut fields)?;
        let (content_type, content) = content_info(&fields.any()?)?;
        require_data(&content_type)?;
        let (authenticated, origin) = data(content, &content_type)?;
        let list = Reader::new(&authenticated, origin).expect(Tag::SEQUENCE, Part::AuthenticatedSafe)?;
        let mut infos = elements(&list)?;
        while !infos.is_empty() {
            let info = infos.any()?;
            self.check_lengths(&list, &info, levels)?;
            self.part(&info)?;
        }
        self.mac(&mut fields, &authenticated)
    }

    /// Checks that Java 8 accepts the lengths in an element, down to this level.
    ///
    /// Java 8 requires the shortest form (`DerInputStream.getLength`). If `root`, in which the element is, has an indefinite
    /// length, Java encodes all lengths again before it reads them.
    fn check_lengths(&self, root: &Element<'_>, element: &Element<'_>, levels: usize) -> Result<(), Error> {
        if self.java > Java::V8 || root.is_indefinite() || levels == 0 {
            return Ok(());
        }
        check_length(element)?;
        let mut inside = element.children();
        while element.tag.is_constructed() && !inside.is_empty() {
            // Whether an element can be read is checked where it is used.
            let Ok(inner) = inside.any() else { break };
            self.check_lengths(root, &inner, levels - 1)?;
        }
        Ok(())
    }

    fn part(&mut self, info: &Element<'_>) -> Result<(), Error> {
        let (content_type, content) = content_info(info)?;
        if content_type.content != oid::ENCRYPTED_DATA.as_bytes() {
            require_data(&content_type)?;
            let (bags, origin) = data(content, &content_type)?;
            return self.bags(&bags, origin);
        }
        let Some(password) = self.password else { return Ok(()) };
        let mut content = content.ok_or_else(|| content_type.malformed(Defect::Structure(Part::ContentInfo)))?;
        if self.java >= Java::V25 {
            check_algorithm(&mut content.clone())?;
        }
        let (scheme, ciphertext) = read_encrypted_data(&mut content, &mut self.budget)?;
        let readers = scheme.readers();
        if readers.java == JavaVersions::None {
            return Err(Error::new(ErrorKind::UnreadableProtection { part: Part::EncryptedData }));
        }
        check_scheme_salt(&scheme)?;
        readers.passwords.check(self.java, password)?;
        let (bags, _) = scheme.decrypt(password, &ciphertext, |plain| plain.first() == Some(&Tag::SEQUENCE.0))?;
        self.bags(&bags, None)
    }

    fn mac(&mut self, fields: &mut Reader<'_>, authenticated: &[u8]) -> Result<(), Error> {
        let Some(password) = self.password.filter(|_| !fields.is_empty()) else { return Ok(()) };
        let mac = Mac::read(fields)?;
        mac.count(&mut self.budget)?;
        if matches!(mac.java_versions(), JavaVersions::Since26 | JavaVersions::None) {
            return Err(Error::new(ErrorKind::UnreadableProtection { part: Part::MacData }));
        }
        check_salt(mac.salt())?;
        Passwords::Any.check(self.java, password)?;
        mac.verify(password, authenticated).map(drop)
    }

    fn bags(&self, contents: &[u8], origin: Option<usize>) -> Result<(), Error> {
        let list = Reader::new(contents, origin).expect(Tag::SEQUENCE, Part::SafeContents)?;
        let mut bags = elements(&list)?;
        while !bags.is_empty() {
            self.bag(&list, &bags.any()?)?;
        }
        Ok(())
    }

    fn bag(&self, contents: &Element<'_>, bag: &Element<'_>) -> Result<(), Error> {
        let mut fields = list(bag, Part::SafeBag)?;
        let id = fields.object_identifier(Part::SafeBag)?;
        let is_read = [oid::CERT_BAG, oid::SECRET_BAG].iter().any(|oid| id.content == oid.as_bytes());
        self.check_lengths(contents, bag, if is_read { ALL } else { OF_UNREAD_VALUE })?;
        let explicit = fields.any()?;
        if !matches!(explicit.tag, Tag::CONTEXT_0 | Tag::CONTEXT_0_PRIMITIVE) {
            return Err(explicit.malformed(Defect::Structure(Part::SafeBag)));
        }
        let value = self.value(id.content, &explicit.children().any()?);
        let name = name(&mut fields);
        let alias = name.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
        value.map_err(|error| error.in_entry(alias))?;
        name.map(drop)
    }

    /// Checks the value of a bag with a certificate or a secret.
    ///
    /// Java does not read other values when it loads a file.
    fn value(&self, id: &[u8], value: &Element<'_>) -> Result<(), Error> {
        let octets = |part| {
            let bytes = typed_bytes(value, part)?.ok_or_else(|| value.malformed(Defect::Structure(part)))?;
            bytes.bytes()
        };
        if id == oid::CERT_BAG.as_bytes() {
            let certificate = octets(Part::CertBag)?;
            x509::check_in_file(self.java, &certificate).map_err(|defect| Error::new(ErrorKind::Certificate(defect)))
        } else if id == oid::SECRET_BAG.as_bytes() {
            octets(Part::SecretBag).map(drop)
        } else {
            Ok(())
        }
    }
}

/// Checks that no element follows the parameters of a part's encryption, and of its PRF.
///
/// Java up to 17 ignores such elements.
fn check_algorithm(content: &mut Reader<'_>) -> Result<(), Error> {
    let mut data = content.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    data.any()?;
    let mut info = data.expect(Tag::SEQUENCE, Part::EncryptedData)?.children();
    info.any()?;
    check_prf(&Algorithm::read(&mut info)?)
}

/// Checks that no element follows the parameters of the PRF of PBES2.
///
/// Java up to 17 ignores such elements.
pub(crate) fn check_prf(algorithm: &Algorithm<'_>) -> Result<(), Error> {
    if !algorithm.is(oid::PBES2) {
        return Ok(());
    }
    let mut pbkdf2 = Algorithm::read_loosely(&mut algorithm.parameter_fields()?)?.parameter_fields()?;
    pbkdf2.any()?;
    pbkdf2.any()?;
    pbkdf2.optional(Tag::INTEGER)?;
    if pbkdf2.is_empty() { Ok(()) } else { Algorithm::read(&mut pbkdf2).map(drop) }
}

/// The levels of a `ContentInfo` down to the header of its content.
const OF_CONTENT_INFO: usize = 3;
/// The levels of a bag down to the header of its value.
const OF_UNREAD_VALUE: usize = 3;
/// More levels than a file has.
const ALL: usize = 16;

fn check_length(element: &Element<'_>) -> Result<(), Error> {
    if element.is_indefinite() || element.has_shortest_length() {
        Ok(())
    } else {
        Err(element.malformed(Defect::Length))
    }
}

const MIN_SALT: usize = 8;

/// Refuses a salt that is too short for Java.
///
/// See `com.sun.crypto.provider.PKCS12PBECipherCore` and, in Java 25, `sun.security.util.PBEUtil`.
fn check_salt(salt: &[u8]) -> Result<(), Error> {
    if salt.len() < MIN_SALT { Err(Error::malformed(Defect::ShortSalt)) } else { Ok(()) }
}

fn check_scheme_salt(scheme: &Scheme) -> Result<(), Error> {
    match scheme {
        // Java requires exactly 8 bytes (`com.sun.crypto.provider.PBES1Core`).
        Scheme::Pbes1 { derivation: Derivation::Pbkdf1(_), salt, .. } if salt.len() > MIN_SALT => {
            Err(Error::malformed(Defect::AlgorithmParameters))
        }
        _ => check_salt(scheme.salt()),
    }
}

pub(crate) fn check_key_salt(sealed: &[u8]) -> Result<(), Error> {
    check_scheme_salt(&sealed::scheme(sealed)?)
}

/// The elements of a `SEQUENCE` or, as Java also accepts, of a `SET`.
fn list<'a>(element: &Element<'a>, part: Part) -> Result<Reader<'a>, Error> {
    match element.tag {
        Tag::SEQUENCE | Tag::SET => Ok(element.children()),
        _ => Err(element.malformed(Defect::Structure(part))),
    }
}

/// Checks that the elements inside have valid headers, and returns a reader over them.
fn elements<'a>(element: &Element<'a>) -> Result<Reader<'a>, Error> {
    count(element)?;
    Ok(element.children())
}

fn count(element: &Element<'_>) -> Result<usize, Error> {
    let (mut reader, mut count) = (element.children(), 0);
    while !reader.is_empty() {
        reader.any()?;
        count += 1;
    }
    Ok(count)
}

/// The type of a `ContentInfo`, and a reader of its content, if there is any.
///
/// The content may have any tag (`sun.security.pkcs.ContentInfo`).
fn content_info<'a>(info: &Element<'a>) -> Result<(Element<'a>, Option<Reader<'a>>), Error> {
    let malformed = || info.malformed(Defect::Structure(Part::ContentInfo));
    if info.tag != Tag::SEQUENCE || count(info)? > 2 {
        return Err(malformed());
    }
    let mut fields = info.children();
    let content_type = fields.object_identifier(Part::ContentInfo)?;
    if fields.is_empty() {
        return Ok((content_type, None));
    }
    let tagged = fields.any()?;
    if count(&tagged)? != 1 {
        return Err(malformed());
    }
    Ok((content_type, Some(tagged.children())))
}

/// The bytes of a content of type `data`, and their position in the file if it is known.
fn data<'a>(content: Option<Reader<'a>>, content_type: &Element<'_>) -> Result<(Cow<'a, [u8]>, Option<usize>), Error> {
    let mut content = content.ok_or_else(|| content_type.malformed(Defect::Structure(Part::ContentInfo)))?;
    let octets = content.octet_string(Part::ContentInfo)?;
    Ok((octets.bytes()?, octets.bytes_origin()))
}

/// The name in the attributes of a bag.
///
/// Attributes that are not a well-formed `SET` are ignored.
fn name(fields: &mut Reader<'_>) -> Result<Option<String>, Error> {
    let Ok(Some(set)) = fields.optional(Tag::SET) else { return Ok(None) };
    let Ok(mut attributes) = elements(&set) else { return Ok(None) };
    let mut name = None;
    while !attributes.is_empty() {
        let (id, values) = read_attribute(&mut attributes)?;
        name = check_values(id, &values)?.or(name);
    }
    Ok(name)
}

/// Checks that Java reads the values of an attribute, and returns the value of a name.
fn check_values(id: &[u8], values: &Element<'_>) -> Result<Option<String>, Error> {
    let is = |oid: ObjectIdentifier| id == oid.as_bytes();
    let mut values = elements(values)?;
    if is(oid::TRUSTED_KEY_USAGE) {
        while !values.is_empty() {
            values.object_identifier(Part::Attribute)?;
        }
        return Ok(None);
    }
    if !is(oid::FRIENDLY_NAME) && !is(oid::LOCAL_KEY_ID) {
        return Ok(None);
    }
    if values.is_empty() {
        return Err(values.malformed(Defect::NoValue));
    }
    if is(oid::LOCAL_KEY_ID) {
        return values.octet_string(Part::Attribute)?.bytes().map(|_| None);
    }
    let name = values.any()?;
    if name.tag == Tag::BMP_STRING { Ok(read_name(&name)) } else { Err(name.malformed(Defect::FriendlyName)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkcs12::crypto::pbe::Cipher;

    #[test]
    fn a_salt_of_pbkdf1_has_8_bytes() {
        let scheme = |oid, derivation, cipher, length| Scheme::Pbes1 {
            oid,
            derivation,
            cipher,
            salt: vec![1; length],
            iterations: 1,
        };
        for (length, of_pbkdf1, of_pkcs12) in [(7, false, false), (8, true, true), (9, false, true)] {
            let md5 = scheme(oid::PBE_MD5_DES, crate::pkcs12::crypto::pbe::MD5, Cipher::Des, length);
            assert_eq!(check_scheme_salt(&md5).is_ok(), of_pbkdf1);
            let sha1 = scheme(oid::PBE_SHA1_3DES_3KEY, Derivation::Pkcs12, Cipher::TripleDes, length);
            assert_eq!(check_scheme_salt(&sha1).is_ok(), of_pkcs12);
        }
    }

    #[test]
    fn java_has_no_rc2_with_md5() {
        let rc2 = Scheme::Pbes1 {
            oid: oid::PBE_MD5_RC2,
            derivation: crate::pkcs12::crypto::pbe::MD5,
            cipher: Cipher::Rc2Bits64,
            salt: vec![1; 8],
            iterations: 1,
        };
        assert_eq!(rc2.java_versions(), JavaVersions::None);
    }
}
