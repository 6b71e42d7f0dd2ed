//! The key derivation of PKCS#12 (RFC 7292, appendix B.2).

use super::hash::{Hash, with_hash};
use sha2::digest::{Digest, FixedOutputReset, block_api::BlockSizeUser};
use zeroize::{Zeroize, Zeroizing};

/// The purpose of the derived bytes (the diversifier ID of appendix B.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// Derives `out` from a password, encoded as in appendix B.1, and a salt.
///
/// The work is `iterations` times the number of digests needed to fill `out`.
pub(crate) fn derive(hash: Hash, purpose: Purpose, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
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
        for (byte, digest) in chunk.iter_mut().zip(&digest) {
            *byte = *digest;
        }
        let addend = Zeroizing::new(digest.iter().copied().cycle().take(block).collect::<Vec<_>>());
        input.chunks_mut(block).for_each(|number| add_one_more_than(number, &addend));
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

fn whole_blocks(bytes: &[u8], block: usize) -> usize {
    bytes.len().div_ceil(block) * block
}

fn extend_to_blocks(input: &mut Vec<u8>, bytes: &[u8], block: usize) {
    input.extend(bytes.iter().cycle().take(whole_blocks(bytes, block)));
}

/// Adds `addend + 1` to `number` without the final carry.
///
/// Both numbers are big-endian and have the same length.
fn add_one_more_than(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1_u16;
    for (byte, addend) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*addend) + carry;
        let [high, low] = sum.to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
}
