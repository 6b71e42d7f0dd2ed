//! A secret key in a JCEKS: a serialized `SealedObjectForKeyProtector`.
//!
//! The object contains the encrypted serialization of the key. The bytes that the JDK writes around the variable parts are
//! fixed, so the writer fills in a template. The reader finds the parts by the names of classes and fields.

use super::java_object::Object;
use super::md5_triple_des::Parameters;
use super::modified_utf8;
use crate::budget::Budget;
use crate::error::{Defect, EncodeDefect, Error, ErrorKind, Format, Part};
use crate::reader::Reader;
use crate::{Password, SecretKey, asn1};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The only class that the JDK reads as a secret key (`JceKeyStore.DeserializationChecker`).
const CLASS: &[u8] = b"com.sun.crypto.provider.SealedObjectForKeyProtector";
const ALGORITHM: &[u8] = b"PBEWithMD5AndTripleDES";

/// Skips a sealed object, whose length is not stored.
///
/// Fields may be missing: Java loads such an object, but cannot open the key.
pub(super) fn skip(reader: &mut Reader<'_>) -> Result<(), Error> {
    let start = *reader;
    if Object::read(reader)?.class == CLASS { Ok(()) } else { Err(start.malformed(Defect::JavaObject)) }
}

pub(crate) fn reseal(
    bytes: &[u8],
    old: &Password,
    new: &Password,
    budget: &mut Budget<'_>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let iterations = parameters(&Object::read(&mut Reader::new(bytes))?)?.iterations();
    seal(&open(bytes, old, budget)?, new, iterations, rng)
}

pub(crate) fn open(bytes: &[u8], password: &Password, budget: &mut Budget<'_>) -> Result<SecretKey, Error> {
    let object = Object::read(&mut Reader::new(bytes))?;
    let missing = || Error::malformed(Defect::JavaObject);
    let algorithm = object.text("sealAlg").ok_or_else(missing)?;
    if algorithm != ALGORITHM {
        let algorithm = String::from_utf8_lossy(algorithm).into_owned();
        return Err(Error::new(ErrorKind::UnsupportedAlgorithm { algorithm, part: Part::SecretKey }));
    }
    let content = object.bytes("encryptedContent").ok_or_else(missing)?;
    let plain = parameters(&object)?.decrypt(content, password, budget)?;
    key(&plain).ok_or_else(Error::wrong_password)
}

fn parameters(object: &Object<'_>) -> Result<Parameters, Error> {
    let parameters = object.bytes("encodedParams").ok_or_else(|| Error::malformed(Defect::JavaObject))?;
    Parameters::read(&mut asn1::Reader::new(parameters, None))
}

/// Seals a key in the form that the JDK writes for a `SecretKeySpec`.
pub(crate) fn seal(
    key: &SecretKey,
    password: &Password,
    iterations: u32,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, Error> {
    let parameters = Parameters::draw(iterations, rng);
    let content = parameters.encrypt(&secret_key_spec(key)?, password)?;
    let mut out = SEALED_OBJECT.to_vec();
    let mut encoded = asn1::Writer::new();
    parameters.write(&mut encoded);
    long_bytes(&mut out, encoded.written())?;
    out.extend([0x75, 0x71, 0, 0x7e, 0, 5]);
    long_bytes(&mut out, &content)?;
    string(&mut out, ALGORITHM)?;
    string(&mut out, ALGORITHM)?;
    Ok(out)
}

fn key(plain: &[u8]) -> Option<SecretKey> {
    let object = Object::read(&mut Reader::new(plain)).ok()?;
    let algorithm = modified_utf8::decode(object.text("algorithm")?).ok()?.into_owned();
    let bytes = match object.class {
        b"javax.crypto.spec.SecretKeySpec" => object.bytes("key")?,
        b"java.security.KeyRep" => object.bytes("encoded")?,
        _ => return None,
    };
    Some(SecretKey::new(algorithm, bytes.to_vec()))
}

fn secret_key_spec(key: &SecretKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let algorithm = modified_utf8::encode(key.algorithm());
    let length = SECRET_KEY_SPEC.len() + BYTE_ARRAY.len() + algorithm.len() + key.secret_bytes().len() + 7;
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    out.extend_from_slice(SECRET_KEY_SPEC);
    string(&mut out, &algorithm)?;
    out.extend_from_slice(BYTE_ARRAY);
    long_bytes(&mut out, key.secret_bytes())?;
    Ok(out)
}

fn string(out: &mut Vec<u8>, text: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(text.len()).map_err(|_| too_large())?;
    out.push(0x74);
    out.extend(length.to_be_bytes());
    out.extend_from_slice(text);
    Ok(())
}

fn long_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Error> {
    let length = i32::try_from(bytes.len()).map_err(|_| too_large())?;
    out.extend(length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn too_large() -> Error {
    Error::not_representable(Format::Jceks, EncodeDefect::TooLarge)
}

/// The bytes of a sealed object up to the length of its first array, `encodedParams`.
const SEALED_OBJECT: &[u8] = b"\xac\xed\0\x05sr\0\x33com.sun.crypto.provider.SealedObjectForKeyProtector\
    \xcd\x57\xca\x59\xe7\x30\xbb\x53\x02\0\0xr\0\x19javax.crypto.SealedObject\x3e\x36\x3d\xa6\xc3\xb7\x54\x70\x02\0\x04\
    [\0\x0dencodedParamst\0\x02[B[\0\x10encryptedContentq\0\x7e\0\x02\
    L\0\x09paramsAlgt\0\x12Ljava/lang/String;L\0\x07sealAlgq\0\x7e\0\x03xp\
    ur\0\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\0\0xp";

/// The bytes of a serialized `SecretKeySpec` up to the name of its algorithm.
const SECRET_KEY_SPEC: &[u8] = b"\xac\xed\0\x05sr\0\x1fjavax.crypto.spec.SecretKeySpec\
    \x5b\x47\x0b\x66\xe2\x30\x61\x4d\x02\0\x02L\0\x09algorithmt\0\x12Ljava/lang/String;[\0\x03keyt\0\x02[Bxp";

/// The bytes of a serialized byte array up to its length.
const BYTE_ARRAY: &[u8] = b"ur\0\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\0\0xp";
