//! The key derivation of PKCS#12 (RFC 7292, appendix B.2).

use super::hash::{Hash, with_hash};
use sha2::digest::{Digest, FixedOutputReset, block_api::BlockSizeUser};
use zeroize::{Zeroize, Zeroizing};

/// What the derived octets are for: the diversifier ID of appendix B.3.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// Fills `out` from a password (a BMPString with its terminator) and a salt.
///
/// The work is `iterations` times the number of digests that `out` takes.
pub(super) fn derive(hash: Hash, purpose: Purpose, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    with_hash!(hash, derive_with(purpose, password, salt, iterations, out));
}

fn derive_with<D: Digest + BlockSizeUser + FixedOutputReset>(
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) {
    let block = <D as BlockSizeUser>::block_size();
    let diversifier = vec![diversifier(purpose); block];
    let mut input = Zeroizing::new(Vec::with_capacity(whole_blocks(salt, block) + whole_blocks(password, block)));
    extend_to_blocks(&mut input, salt, block);
    extend_to_blocks(&mut input, password, block);
    let mut hasher = D::new();
    for chunk in out.chunks_mut(<D as Digest>::output_size()) {
        Digest::update(&mut hasher, &diversifier);
        Digest::update(&mut hasher, &*input);
        let mut digest = Digest::finalize_reset(&mut hasher);
        for _ in 1..iterations {
            Digest::update(&mut hasher, &digest);
            Digest::finalize_into_reset(&mut hasher, &mut digest);
        }
        for (octet, digest) in chunk.iter_mut().zip(&digest) {
            *octet = *digest;
        }
        input.chunks_mut(block).for_each(|addend| add_one_more_than(addend, &digest));
        digest.as_mut_slice().zeroize();
    }
}

const fn diversifier(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Key => 1,
        Purpose::Iv => 2,
        Purpose::Mac => 3,
    }
}

fn whole_blocks(octets: &[u8], block: usize) -> usize {
    octets.len().div_ceil(block) * block
}

/// Appends copies of `octets` until whole blocks are full; nothing if there are no octets.
fn extend_to_blocks(input: &mut Vec<u8>, octets: &[u8], block: usize) {
    input.extend(octets.iter().cycle().take(whole_blocks(octets, block)));
}

/// `number + digest + 1`, both big-endian, the digest repeated to the number's length, the carry out dropped.
fn add_one_more_than(number: &mut [u8], digest: &[u8]) {
    let mut carry = 1_u16;
    for (index, octet) in number.iter_mut().enumerate().rev() {
        let addend = digest.get(index % digest.len()).copied().unwrap_or_default();
        let sum = u16::from(*octet) + u16::from(addend) + carry;
        let [high, low] = sum.to_be_bytes();
        *octet = low;
        carry = u16::from(high);
    }
}
