//! RSA keys whose numbers are wrong, one after another.

use certgen::rustls_pki_types::PrivatePkcs8KeyDer;
use certgen::{ErrorKind, KeyDefect, KeyPair, Position};
use proptest::prelude::*;
use rsa::BoxedUint;
use rsa::pkcs1::der::{Decode as _, Encode as _};
use rsa::pkcs1::{ALGORITHM_ID, RsaPrivateKey, RsaPrivateKeyRef, UintRef};
use rsa::pkcs8::der::asn1::OctetStringRef;
use rsa::pkcs8::{EncodePrivateKey as _, PrivateKeyInfoRef};

use crate::workshop::key;

/// The eight numbers of RFC 8017, appendix A.1.2, big-endian.
#[derive(Clone, Debug)]
struct Numbers {
    n: Vec<u8>,
    e: Vec<u8>,
    d: Vec<u8>,
    p: Vec<u8>,
    q: Vec<u8>,
    dp: Vec<u8>,
    dq: Vec<u8>,
    qi: Vec<u8>,
}

impl Numbers {
    fn of(pkcs8: &[u8]) -> Self {
        let info = PrivateKeyInfoRef::try_from(pkcs8).unwrap();
        let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
        let bytes = |number: UintRef<'_>| number.as_bytes().to_vec();
        Self {
            n: bytes(key.modulus),
            e: bytes(key.public_exponent),
            d: bytes(key.private_exponent),
            p: bytes(key.prime1),
            q: bytes(key.prime2),
            dp: bytes(key.exponent1),
            dq: bytes(key.exponent2),
            qi: bytes(key.coefficient),
        }
    }

    fn good() -> Self {
        Self::of(key().secret_pkcs8().secret_pkcs8_der())
    }

    fn pkcs8(&self) -> Vec<u8> {
        let number = |bytes| UintRef::new(bytes).unwrap();
        let key = RsaPrivateKey {
            modulus: number(&self.n),
            public_exponent: number(&self.e),
            private_exponent: number(&self.d),
            prime1: number(&self.p),
            prime2: number(&self.q),
            exponent1: number(&self.dp),
            exponent2: number(&self.dq),
            coefficient: number(&self.qi),
            other_prime_infos: None,
        };
        let key = key.to_der().unwrap();
        PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(&key).unwrap()).to_der().unwrap()
    }

    fn import(&self) -> Result<KeyPair, certgen::Error> {
        KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(self.pkcs8()))
    }
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Numbers), defect: KeyDefect) {
    let mut numbers = Numbers::good();
    change(&mut numbers);
    assert_eq!(numbers.import().unwrap_err().kind(), &ErrorKind::RefusedKey { defect });
}

fn uint(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(bytes, u32::try_from(bytes.len() * 8).unwrap()).unwrap()
}

/// Long multiplication of big-endian numbers.
fn product(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut digits = vec![0_u32; one.len() + other.len()];
    for (i, a) in one.iter().rev().enumerate() {
        for (j, b) in other.iter().rev().enumerate() {
            digits[i + j] += u32::from(*a) * u32::from(*b);
            let carry = digits[i + j] >> 8;
            digits[i + j] &= 0xff;
            digits[i + j + 1] += carry;
        }
    }
    digits.iter().rev().map(|digit| u8::try_from(*digit).unwrap()).collect()
}

#[test]
fn the_numbers_of_a_good_key_are_taken() {
    assert_eq!(Numbers::good().import().unwrap().secret_pkcs8(), key().secret_pkcs8());
}

#[test]
fn a_public_exponent_of_1_is_refused() {
    refused(|key| key.e = vec![1], KeyDefect::PublicExponent);
}

#[test]
fn an_even_public_exponent_is_refused() {
    refused(|key| key.e = vec![1, 0, 0], KeyDefect::PublicExponent);
}

#[test]
fn a_huge_public_exponent_is_refused() {
    refused(|key| key.e = vec![0xff; 256], KeyDefect::PublicExponent);
}

#[test]
fn an_even_modulus_is_refused() {
    refused(|key| *key.n.last_mut().unwrap() &= 0xfe, KeyDefect::Modulus);
}

#[test]
fn a_modulus_that_is_not_the_product_is_refused() {
    refused(|key| *key.n.last_mut().unwrap() ^= 2, KeyDefect::Modulus);
}

#[test]
fn equal_primes_are_refused() {
    refused(
        |key| {
            key.n = product(&key.p, &key.p);
            key.q = key.p.clone();
        },
        KeyDefect::Prime,
    );
}

#[test]
fn a_private_exponent_of_another_key_is_refused() {
    refused(|key| key.d[100] ^= 1, KeyDefect::PrivateExponent);
    refused(|key| key.d = vec![1], KeyDefect::PrivateExponent);
    refused(|key| key.d = [&[0x7f; 300][..]].concat(), KeyDefect::PrivateExponent);
}

#[test]
fn crt_values_of_another_key_are_refused() {
    refused(|key| key.dp[50] ^= 1, KeyDefect::Crt);
    refused(|key| key.dq[50] ^= 1, KeyDefect::Crt);
    refused(|key| key.qi[50] ^= 1, KeyDefect::Crt);
}

/// The exponents of such a key undo each other modulo `p - 1`, so that only a primality test finds it.
#[test]
fn a_composite_factor_is_refused() {
    let good = Numbers::good();
    let mut composite = uint(&good.p);
    // One of the next odd numbers gives a modulus of 2048 bits and exponents that fit.
    let key = (0..64).find_map(|_| {
        composite = composite.wrapping_add(BoxedUint::from(2_u32));
        rsa::PrivateKey::from_p_q(composite.clone(), uint(&good.q), BoxedUint::from(65_537_u32)).ok()
    });
    let pkcs8 = key.unwrap().to_pkcs8_der().unwrap();
    let error = Numbers::of(pkcs8.as_bytes()).import().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::RefusedKey { defect: KeyDefect::Prime });
}

/// Java may write the smaller prime first.
#[test]
fn a_smaller_first_prime_is_read_and_written_second() {
    let good = Numbers::good();
    let swapped = rsa::PrivateKey::from_components(
        uint(&good.n),
        uint(&good.e),
        uint(&good.d),
        vec![uint(&good.q), uint(&good.p)],
    );
    let swapped = swapped.unwrap().to_pkcs8_der().unwrap();
    assert_ne!(swapped.as_bytes(), key().secret_pkcs8().secret_pkcs8_der());
    let read = Numbers::of(swapped.as_bytes()).import().unwrap();
    assert_eq!(read.secret_pkcs8(), key().secret_pkcs8());
}

#[test]
fn a_modulus_of_another_length_is_refused() {
    refused(|key| key.n = vec![0x81; 64], KeyDefect::ModulusSize { bits: 512 });
    refused(|key| key.n = vec![0x81; 1025], KeyDefect::ModulusSize { bits: 8200 });
    refused(|key| key.n = vec![0x81; 100_000], KeyDefect::ModulusSize { bits: 800_000 });
}

#[test]
fn unbalanced_primes_are_refused() {
    refused(|key| key.p = vec![0x81; 129], KeyDefect::Prime);
}

#[test]
fn each_refusal_says_what_is_wrong() {
    type Change = fn(&mut Numbers);
    let changes: [(Change, &str); 6] = [
        (|key| key.e = vec![1], "its public exponent is even or outside 3 to 2^33-1"),
        (|key| *key.n.last_mut().unwrap() ^= 2, "its modulus is not the odd product of its two primes"),
        (|key| key.n = vec![0x81; 64], "its modulus has 512 bits, outside 1024 to 8192"),
        (|key| key.p = vec![0x81; 129], "its factors are not two different primes of half the modulus' length"),
        (|key| key.d[100] ^= 1, "its private exponent is too large or does not match its public exponent"),
        (|key| key.qi[50] ^= 1, "a CRT exponent or the CRT coefficient does not match its other numbers"),
    ];
    for (change, defect) in changes {
        let mut numbers = Numbers::good();
        change(&mut numbers);
        assert_eq!(numbers.import().unwrap_err().to_string(), format!("the RSA key is refused: {defect}"));
    }
}

/// The PKCS#1 key with `change` made to the content of its SEQUENCE, in PKCS#8.
fn import_changed(change: impl FnOnce(&mut Vec<u8>)) -> certgen::Error {
    let der = key().secret_pkcs8().secret_pkcs8_der().to_vec();
    let info = PrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
    // A SEQUENCE of two bytes of length begins with the version, INTEGER 0.
    let mut content = info.private_key.as_bytes()[4..].to_vec();
    assert_eq!(content[..3], [2, 1, 0]);
    change(&mut content);
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let inner = [&[0x30, 0x82], &length[..], &content].concat();
    let der = PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(&inner).unwrap()).to_der().unwrap();
    KeyPair::from_pkcs8(&PrivatePkcs8KeyDer::from(der)).unwrap_err()
}

#[test]
fn a_third_prime_is_refused() {
    let error = import_changed(|content| {
        content[2] = 1;
        content.extend([0x30, 0x0b, 0x30, 0x09, 2, 1, 3, 2, 1, 1, 2, 1, 1]);
    });
    assert_eq!(error.kind(), &ErrorKind::RefusedKey { defect: KeyDefect::MultiPrime });
    assert_eq!(error.to_string(), "the RSA key is refused: it has more than two primes");
}

/// The key begins after a header of four bytes, the version in three, the algorithm in fifteen and another header.
#[test]
fn a_malformed_number_is_refused_with_the_place_of_the_key() {
    let error = import_changed(|content| content[3] = 4);
    assert_eq!(error.kind(), &ErrorKind::MalformedKey);
    assert_eq!(error.position(), Some(Position::Byte(4 + 3 + 15 + 4)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the numbers are: a key or an error.
    #[test]
    fn any_numbers_are_taken_or_refused(
        which in 0..8_usize,
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut numbers = Numbers::good();
        let all = [
            &mut numbers.n, &mut numbers.e, &mut numbers.d, &mut numbers.p,
            &mut numbers.q, &mut numbers.dp, &mut numbers.dq, &mut numbers.qi,
        ];
        let number = all.into_iter().nth(which).unwrap();
        let same = *number == bytes;
        *number = bytes;
        prop_assert_eq!(numbers.import().is_ok(), same);
    }
}
