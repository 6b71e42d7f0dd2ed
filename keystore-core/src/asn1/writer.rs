//! A writer of DER.

use super::Tag;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// Collects DER in memory that is wiped when it is outgrown or dropped.
///
/// The memory is wiped because the DER may contain an unencrypted key.
#[derive(Default)]
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl From<Zeroizing<Vec<u8>>> for Writer {
    fn from(written: Zeroizing<Vec<u8>>) -> Self {
        Self(written)
    }
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn nested(&mut self, tag: Tag, content: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.0.len();
        content(self);
        let header = header(tag, self.0.len() - start);
        self.reserve(header.len());
        self.0.splice(start..start, header);
        self
    }

    pub(crate) fn try_nested<E>(
        &mut self,
        tag: Tag,
        content: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut written = Ok(());
        self.nested(tag, |writer| written = content(writer));
        written
    }

    pub(crate) fn element(&mut self, tag: Tag, content: &[u8]) -> &mut Self {
        let header = header(tag, content.len());
        self.raw(&header).raw(content)
    }

    pub(crate) fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        self.reserve(encoded.len());
        self.0.extend_from_slice(encoded);
        self
    }

    pub(crate) fn octet_string(&mut self, bytes: &[u8]) -> &mut Self {
        self.element(Tag::OCTET_STRING, bytes)
    }

    pub(crate) fn bit_string(&mut self, bytes: &[u8]) -> &mut Self {
        self.nested(Tag::BIT_STRING, |writer| {
            writer.raw(&[0]).raw(bytes);
        })
    }

    pub(crate) fn oid(&mut self, oid: ObjectIdentifier) -> &mut Self {
        self.element(Tag::OBJECT_IDENTIFIER, oid.as_bytes())
    }

    pub(crate) fn null(&mut self) -> &mut Self {
        self.element(Tag::NULL, &[])
    }

    pub(crate) fn unsigned(&mut self, value: u32) -> &mut Self {
        let bytes = [&[0], value.to_be_bytes().as_slice()].concat();
        let redundant = bytes.windows(2).take_while(|pair| matches!(pair, [0, next] if *next < 0x80)).count();
        let minimal: Vec<u8> = bytes.into_iter().skip(redundant).collect();
        self.element(Tag::INTEGER, &minimal)
    }

    pub(crate) fn algorithm(&mut self, oid: ObjectIdentifier, parameters: impl FnOnce(&mut Self)) -> &mut Self {
        self.nested(Tag::SEQUENCE, |writer| parameters(writer.oid(oid)))
    }

    pub(crate) fn written(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }

    /// Reserves memory by moving to a new buffer, so that the old one is wiped.
    fn reserve(&mut self, additional: usize) {
        let needed = self.0.len() + additional;
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(self.0.capacity() * 2)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
    }
}

fn header(tag: Tag, length: usize) -> Vec<u8> {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        return vec![tag.0, short];
    }
    let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let count = digits.iter().fold(0x80, |count, _| count + 1);
    [&[tag.0, count], digits.as_slice()].concat()
}
