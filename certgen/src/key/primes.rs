//! The search for the primes of an RSA key.
//!
//! The search finds the same prime as the crate `rsa`: the first number from the start on that passes the test of
//! `crypto_primes` (Baillie, Fiori and Wagstaff, 2021). With the sieve of `crypto_primes`, a search for a prime of 2048
//! bits applies the test to about 80 numbers. The longer sieve of this module leaves about 58 numbers, and a cheaper
//! test refuses most of the 58. Neither the sieve nor the cheaper test refuses a number that the whole test would
//! accept.

use crypto_bigint::ctutils::CtAssign as _;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{
    BoxedUint, CheckedAdd as _, Limb, MontyForm, MontyMultiplier as _, NonZero, Odd, Reciprocal, Word,
};
use crypto_primes::{Flavor, is_prime};
use zeroize::Zeroizing;

/// The number of odd numbers that are sieved together.
///
/// For primes of 2048 bits, one search in 18 needs a second segment.
const SEGMENT: u16 = 2048;

/// The bound of the small primes: 2^18 for candidates of 1024 bits, and 2^20 for 2048 bits.
///
/// The cost of a test grows with the cube of a candidate's length, and the cost of a division with the length. The best
/// bound therefore grows with the square of the length.
const fn bound(bits: u32) -> u32 {
    bits.saturating_mul(bits) / 4
}

pub(super) struct Sieve {
    bits: u32,
    primes: Vec<u32>,
}

impl Sieve {
    /// A sieve for candidates of `bits` bits, which are larger than any small prime.
    pub(super) fn new(bits: u32) -> Self {
        Self { bits, primes: odd_primes(bound(bits)) }
    }

    /// The first prime of the sieve's length at or after `start`.
    ///
    /// `start` must be odd and have the sieve's length.
    pub(super) fn next_prime(&self, start: BoxedUint) -> Option<BoxedUint> {
        let mut base = start;
        loop {
            for index in self.candidates(&base) {
                let candidate = self.number(&base, index)?;
                if passes_fermat(&candidate) && is_prime(Flavor::Any, &candidate) {
                    return Some(candidate);
                }
            }
            base = self.number(&base, SEGMENT)?;
        }
    }

    /// The odd number with this index from `base` on; `None` if its length is not the sieve's.
    fn number(&self, base: &BoxedUint, index: u16) -> Option<BoxedUint> {
        let number = base.checked_add(&BoxedUint::from(2 * u32::from(index))).into_option()?;
        (number.bit_width() == self.bits).then_some(number)
    }

    /// The indices in a segment of the numbers that no small prime divides.
    ///
    /// The indices are secret, because `base` could be computed from them.
    fn candidates(&self, base: &BoxedUint) -> impl Iterator<Item = u16> {
        let mut composite = Zeroizing::new(vec![false; SEGMENT.into()]);
        let mut rest = self.primes.as_slice();
        while let Some((product, count)) = group(rest) {
            let remainder = base.rem_limb_with_reciprocal(&Reciprocal::new(product)).0;
            let (primes, after) = rest.split_at(count);
            for prime in primes {
                mark_multiples(&mut composite, remainder, *prime);
            }
            rest = after;
        }
        (0..SEGMENT).filter(move |&index| composite.get(usize::from(index)) == Some(&false))
    }
}

/// The product of the first primes, as many as fit in a limb, and their number.
///
/// Dividing a long number once by the product, and the remainder by each prime, is faster than dividing the long number
/// by each prime.
fn group(primes: &[u32]) -> Option<(NonZero<Limb>, usize)> {
    let (mut product, mut count): (Word, usize) = (1, 0);
    for prime in primes {
        let Some(larger) = product.checked_mul(Word::from(*prime)) else { break };
        (product, count) = (larger, count + 1);
    }
    let product = NonZero::new(Limb(product)).into_option()?;
    (count > 0).then_some((product, count))
}

/// Marks the multiples of `prime` among the odd numbers from a base on.
///
/// `remainder` is the base modulo the product of the prime's group.
fn mark_multiples(composite: &mut [bool], remainder: Word, prime: u32) {
    let Ok(remainder) = u32::try_from(remainder % Word::from(prime)) else { return };
    let distance = if remainder == 0 { 0 } else { prime - remainder };
    // The distance between odd numbers is even.
    let distance = if distance % 2 == 0 { distance } else { distance + prime };
    mark(composite, distance / 2, prime);
}

/// Finds the odd primes below `bound` with the sieve of Eratosthenes.
///
/// The odd number n has the index n / 2.
fn odd_primes(bound: u32) -> Vec<u32> {
    let mut composite = vec![false; position(bound / 2)];
    let mut primes = Vec::new();
    for number in (3..bound).step_by(2) {
        if composite.get(position(number / 2)) == Some(&false) {
            primes.push(number);
            mark(&mut composite, number.saturating_mul(number) / 2, number);
        }
    }
    primes
}

fn mark(composite: &mut [bool], first: u32, step: u32) {
    for number in composite.iter_mut().skip(position(first)).step_by(position(step)) {
        *number = true;
    }
}

fn position(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Whether 2^(n - 1) = 1 modulo n for the candidate n.
///
/// The equation holds for every odd prime and for few other odd numbers. With base 2, a doubling takes the place of a
/// multiplication.
///
/// The candidate's bits are nearly those of the secret prime, so the loop's time depends only on the number of bits.
fn passes_fermat(candidate: &BoxedUint) -> bool {
    let Some(modulus) = Odd::new(candidate.clone()).into_option() else { return false };
    let params = BoxedMontyParams::new_vartime(modulus);
    let mut multiplier = <BoxedMontyForm as MontyForm>::Multiplier::from(&params);
    let one = BoxedMontyForm::one(&params);
    let mut power = one.clone();
    for index in (1..candidate.bit_width()).rev() {
        multiplier.square_assign(&mut power);
        let doubled = power.as_montgomery().double_mod(params.modulus().as_nz_ref());
        power.as_montgomery_mut().ct_assign(&doubled, candidate.bit(index));
    }
    // The last bit of n - 1 is 0.
    multiplier.square_assign(&mut power);
    power == one
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use crypto_bigint::{BitOps as _, RandomBits as _};
    use crypto_primes::hazmat::SmallFactorsSieve;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    fn start(bits: u32, seed: u64) -> BoxedUint {
        let mut start = BoxedUint::try_random_bits(&mut ChaCha20Rng::seed_from_u64(seed), bits).unwrap();
        for bit in [0, bits - 1] {
            start.set_bit_vartime(bit, true);
        }
        start
    }

    /// Searches as `generate_prime_with_rng` of the crate `rsa` does.
    fn search_of_rsa(start: &BoxedUint, bits: u32) -> Option<BoxedUint> {
        let mut sieve = SmallFactorsSieve::new(start.clone(), NonZeroU32::new(bits).unwrap(), false).unwrap();
        sieve.find(|candidate| is_prime(Flavor::Any, candidate))
    }

    #[test]
    fn the_prime_is_that_of_rsa() {
        for (bits, starts) in [(64, 500), (128, 200), (256, 50), (512, 10)] {
            let sieve = Sieve::new(bits);
            for seed in 0..starts {
                let start = start(bits, seed);
                assert_eq!(sieve.next_prime(start.clone()), search_of_rsa(&start, bits), "{bits} bits, seed {seed}");
            }
        }
    }

    #[test]
    fn the_prime_may_lie_in_a_later_segment() {
        let mut start = start(2048, 7);
        start.set_bit_vartime(2046, true);
        let found = Sieve::new(2048).next_prime(start.clone()).unwrap();
        assert!(found.wrapping_sub(&start) > BoxedUint::from(2 * u32::from(SEGMENT)));
        assert_eq!(Some(found), search_of_rsa(&start, 2048));
    }

    #[test]
    fn the_search_ends_with_the_numbers_of_that_length() {
        let (sieve, last) = (Sieve::new(64), BoxedUint::from(u64::MAX - 58));
        assert_eq!(sieve.next_prime(last.clone()), Some(last));
        assert_eq!(sieve.next_prime(BoxedUint::from(u64::MAX - 56)), None);
        // The same number in a wider integer, in which a larger prime would fit.
        let wide = BoxedUint::from(u128::from(u64::MAX - 56));
        assert_eq!(sieve.next_prime(wide), None);
    }

    #[test]
    fn the_sieve_has_all_small_primes() {
        let primes = odd_primes(1 << 16);
        assert_eq!((primes.len(), &primes[..4], primes.last()), (6_541, &[3, 5, 7, 11][..], Some(&65_521)));
    }

    #[test]
    fn each_prime_passes_fermat_and_hardly_anything_else() {
        let passes = |number: u32| passes_fermat(&BoxedUint::from(number));
        let primes = odd_primes(2_000);
        let passing: Vec<_> = (3..2_000).step_by(2).filter(|number| passes(*number)).collect();
        let composite: Vec<_> = passing.iter().copied().filter(|number| !primes.contains(number)).collect();
        assert_eq!((passing.len(), composite), (primes.len() + 7, vec![341, 561, 645, 1105, 1387, 1729, 1905]));
    }
}
