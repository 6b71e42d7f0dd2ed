//! A BKS with entries that Bouncy Castle does not write.
#![allow(dead_code, reason = "each test uses a part")]

/// A key in the clear: the kinds of the key are 0 (private), 1 (public) and 2 (secret).
pub(crate) const KEY: u8 = 2;
/// A secret, as plain bytes.
pub(crate) const SECRET: u8 = 3;
pub(crate) const SEALED: u8 = 4;

/// A BKS whose MAC does not match.
pub(crate) fn bks(entries: &[Vec<u8>]) -> Vec<u8> {
    let header = [&2_u32.to_be_bytes()[..], &long(&[7; 20]), &1024_u32.to_be_bytes()].concat();
    [&header[..], &entries.concat(), &[0], &[0; 20]].concat()
}

/// An entry of this type, whose body follows the chain.
pub(crate) fn entry(tag: u8, alias: &str, chain: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(chain.len()).expect("a short chain").to_be_bytes();
    let chain: Vec<u8> = chain.iter().flat_map(|der| [text("X.509"), long(der)].concat()).collect();
    [&[tag][..], &text(alias), &[0; 8], &length, &chain, body].concat()
}

/// The body of an entry of the type [`KEY`].
pub(crate) fn plain_key(kind: u8, format: &str, algorithm: &str, key: &[u8]) -> Vec<u8> {
    [&[kind][..], &text(format), &text(algorithm), &long(key)].concat()
}

pub(crate) fn long(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("few bytes").to_be_bytes(), bytes].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).expect("a short text").to_be_bytes(), text.as_bytes()].concat()
}
