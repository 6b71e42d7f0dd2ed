//! The keystores of the corpus, searched for certificates.

use std::fs;

use test_support::Corpus;

/// Every file of the corpus that is a keystore.
pub(crate) fn keystores(corpus: &Corpus) -> Vec<Vec<u8>> {
    corpus.rows().iter().map(|row| fs::read(corpus.folder().join(row["file"].as_str().unwrap())).unwrap()).collect()
}

/// Each place of `bytes` at which something begins that could be a certificate: a SEQUENCE with two bytes of length.
pub(crate) fn candidates(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.windows(4).enumerate().filter(|(_, head)| head.starts_with(&[0x30, 0x82])).filter_map(|(start, head)| {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        bytes.get(start..start + 4 + length)
    })
}
