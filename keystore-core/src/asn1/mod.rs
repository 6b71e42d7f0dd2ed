//! ASN.1 (X.680) as keystores use it: a reader of BER and a writer of DER (X.690).

mod algorithm;
mod der;
mod envelope;
mod header;
mod names;
pub(crate) mod oid;
mod reader;
mod time;
mod writer;

pub(crate) use algorithm::Algorithm;
pub(crate) use der::{is_der, to_der};
pub(crate) use envelope::Envelope;
pub(crate) use header::Tag;
pub(crate) use reader::{Element, Reader};
pub(crate) use time::{read_time, write_time};
pub(crate) use writer::Writer;
