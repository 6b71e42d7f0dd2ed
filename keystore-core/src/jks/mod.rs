//! Sun's JKS and JCEKS.
//!
//! ```text
//! store  = magic (u32: FEEDFEED JKS, CECECECE JCEKS) version (u32: 1 or 2) count (i32) entry* digest (20)
//! entry  = tag (u32) alias (UTF) date (i64) body
//! body   = 1: key (len i32, bytes)  chain length (i32) certificate*        private key
//!          2: certificate                                                  trusted certificate
//!          3: a serialized Java object                                     secret key, JCEKS only
//! certificate = [version 2: type (UTF)] len (i32) bytes
//! digest = SHA-1(password in UTF-16 || "Mighty Aphrodite" || everything before)
//! ```
//!
//! All numbers are big-endian; UTF is Java's modified UTF-8 after a 16-bit length
//! (`sun.security.provider.JavaKeyStore.engineStore`, `com.sun.crypto.provider.JceKeyStore.engineStore`).

mod decode;
mod digest;
mod document;
mod encode;
mod java_object;
pub(crate) mod jce_protector;
pub(crate) mod key_protector;
mod md5_triple_des;
pub(crate) mod modified_utf8;
mod raw_entry;
pub(crate) mod sealed_object;

use crate::Format;

pub(crate) use decode::load;
pub use document::Jks;
pub use encode::{encode, encode_jceks};

const MAGIC_JKS: u32 = 0xfeed_feed;
const MAGIC_JCEKS: u32 = 0xcece_cece;
const TAG_PRIVATE_KEY: u32 = 1;
const TAG_TRUSTED_CERTIFICATE: u32 = 2;
const TAG_SECRET_KEY: u32 = 3;
const CERTIFICATE_TYPE: &[u8] = b"X.509";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    format: Format,
    version: u32,
}
