//! RC4, which encrypts old PKCS#12 files. RC4 is broken and must not be used for anything else.

use zeroize::Zeroize;

/// Encrypts or decrypts in place, from the start of the keystream.
///
/// The key has 1 to 256 bytes.
pub(in crate::pkcs12) fn apply(key: &[u8], data: &mut [u8]) {
    let mut state = schedule(key);
    let (mut i, mut j) = (0_u8, 0_u8);
    for byte in data {
        i = i.wrapping_add(1);
        j = j.wrapping_add(at(&state, i));
        state.swap(usize::from(i), usize::from(j));
        *byte ^= at(&state, at(&state, i).wrapping_add(at(&state, j)));
    }
    state.zeroize();
}

fn schedule(key: &[u8]) -> [u8; 256] {
    let mut state = [0; 256];
    state.iter_mut().zip(0..=u8::MAX).for_each(|(slot, index)| *slot = index);
    let mut j = 0_u8;
    for (i, key) in (0..=u8::MAX).zip(key.iter().cycle()) {
        j = j.wrapping_add(at(&state, i)).wrapping_add(*key);
        state.swap(usize::from(i), usize::from(j));
    }
    state
}

#[expect(clippy::indexing_slicing, reason = "an array of 256 has an element for each u8")]
fn at(state: &[u8; 256], index: u8) -> u8 {
    state[usize::from(index)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keystream_is_that_of_rfc_6229() {
        let cases: [(&[u8], [u8; 8]); 2] = [
            (&[1, 2, 3, 4, 5], [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27]),
            (
                &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
                [0x9a, 0xc7, 0xcc, 0x9a, 0x60, 0x9d, 0x1e, 0xf7],
            ),
        ];
        for (key, keystream) in cases {
            let mut data = [0; 8];
            apply(key, &mut data);
            assert_eq!(data, keystream);
        }
    }
}
