//! Which template a call gets.
//!
//! Weights are kept exactly in every block of as many calls as the weights add up to; within a
//! block the order is shuffled by the seed. So a short phase exercises what its mix names, which
//! independent draws would not promise, and call *k* still gets the same template in every run.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::mixed;
use crate::scenario::TemplateId;

/// Blocks longer than this are not laid out; calls are then drawn one by one.
const MAX_BLOCK: u64 = 4096;

/// Picks templates; cheapest when asked for rising numbers.
#[derive(Debug, Clone)]
pub struct MixCursor<'a> {
    mix: &'a [(TemplateId, u32)],
    total: u64,
    seed: u64,
    block: Option<(u64, Vec<TemplateId>)>,
}

impl<'a> MixCursor<'a> {
    pub(super) fn new(mix: &'a [(TemplateId, u32)], seed: u64) -> Self {
        let divisor = mix
            .iter()
            .fold(0, |gcd, (_, weight)| greatest_divisor(gcd, *weight))
            .max(1);
        let total = mix
            .iter()
            .map(|(_, weight)| u64::from(weight / divisor))
            .sum();
        Self {
            mix,
            total,
            seed: mixed(seed, 0x006d_6978),
            block: None,
        }
    }

    pub fn pick(&mut self, number: u64) -> TemplateId {
        if self.total > MAX_BLOCK {
            return self.draw(number);
        }
        let (block, within) = (number / self.total, number % self.total);
        if self.block.as_ref().is_none_or(|(laid, _)| *laid != block) {
            self.block = Some((block, self.lay(block)));
        }
        let (_, laid) = self.block.as_ref().expect("laid above");
        laid[usize::try_from(within).expect("below MAX_BLOCK")]
    }

    fn lay(&self, block: u64) -> Vec<TemplateId> {
        let sum: u64 = self.mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut laid = Vec::new();
        for (template, weight) in self.mix {
            let times = u64::from(*weight) * self.total / sum;
            laid.extend((0..times).map(|_| *template));
        }
        laid.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(mixed(
            self.seed, block,
        )));
        laid
    }

    fn draw(&self, number: u64) -> TemplateId {
        let sum: u64 = self.mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(mixed(self.seed, number));
        let mut point = rng.random_range(0..sum);
        for (template, weight) in self.mix {
            match point.checked_sub(u64::from(*weight)) {
                Some(rest) => point = rest,
                None => return *template,
            }
        }
        unreachable!("the point is below the sum of all weights")
    }
}

fn greatest_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(mix: &[(TemplateId, u32)], calls: u64) -> Vec<usize> {
        let mut cursor = MixCursor::new(mix, 7);
        let picked: Vec<_> = (0..calls).map(|number| cursor.pick(number)).collect();
        mix.iter()
            .map(|(id, _)| picked.iter().filter(|pick| *pick == id).count())
            .collect()
    }

    #[test]
    fn weights_hold_exactly_in_every_block() {
        let mix = [
            (TemplateId(0), 50),
            (TemplateId(1), 20),
            (TemplateId(2), 10),
        ];
        assert_eq!(counts(&mix, 8), [5, 2, 1]);
        assert_eq!(counts(&mix, 80), [50, 20, 10]);
    }

    #[test]
    fn huge_weights_hold_in_the_long_run() {
        let mix = [(TemplateId(0), 9_999), (TemplateId(1), 10_000)];
        let counts = counts(&mix, 10_000);
        assert!((4_700..5_300).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn a_call_gets_its_template_whatever_was_asked_before() {
        let mix = [(TemplateId(0), 3), (TemplateId(1), 2)];
        let mut forward = MixCursor::new(&mix, 1);
        let there: Vec<_> = (0..50).map(|number| forward.pick(number)).collect();
        let mut back = MixCursor::new(&mix, 1);
        let back: Vec<_> = (0..50).rev().map(|number| back.pick(number)).collect();
        assert!(there.iter().eq(back.iter().rev()));
        let mut other = MixCursor::new(&mix, 2);
        assert_ne!(
            there,
            (0..50).map(|number| other.pick(number)).collect::<Vec<_>>()
        );
    }
}
