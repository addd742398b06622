//! Seeded choices. The same seed and purpose give the same throws; two purposes are independent,
//! so that a new throw in one place does not move the throws of another.

use rand::{Rng, RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(super) const ALPHANUMERIC: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const URL_SAFE: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
pub(super) const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
pub(super) const HEX: &[u8] = b"0123456789abcdef";

pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a over the purpose; the generator's own seeding spreads the bits.
        let label = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ label))
    }

    /// Uniform in `0..bound`; 0 where the bound is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            0
        } else {
            self.0.random_range(0..bound)
        }
    }

    /// True once in `n` throws.
    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Uniform between both ends, which may be equal; `low` where they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high {
            low
        } else {
            self.0.random_range(low..=high)
        }
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// A string of `length` letters of an ASCII alphabet.
    pub(super) fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .filter_map(|_| self.pick(alphabet).copied())
            .map(char::from)
            .collect()
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_purpose_throw_the_same() {
        let throw = |seed, purpose| Dice::new(seed, purpose).letters(ALPHANUMERIC, 24);
        assert_eq!(throw(7, "id"), throw(7, "id"));
        assert_ne!(throw(7, "id"), throw(8, "id"));
        assert_ne!(throw(7, "id"), throw(7, "text"));
    }

    #[test]
    fn bounds_are_kept_and_empty_choices_are_harmless() {
        let mut dice = Dice::new(1, "bounds");
        assert!((0..1000).all(|_| dice.below(3) < 3));
        assert!((0..1000).all(|_| (-2..=2).contains(&dice.between(-2, 2))));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.between(5, 4), 5);
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
