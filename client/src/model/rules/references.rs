//! Numbers that count once.

use std::collections::BTreeSet;
use tessera_types::{accounts::ISSUER_WINDOW, window::MAX_JUMP};

/// The numbers that were used, as far back as any account keeps them.
#[derive(Clone, Default)]
#[cfg_attr(
    feature = "checkpoint",
    derive(borsh::BorshSerialize, borsh::BorshDeserialize)
)]
pub(crate) struct References(BTreeSet<u64>);

impl References {
    /// Whether an account that keeps `WORDS` blocks takes `number`: it is unused, not too far below
    /// the highest one to be known, and not so far above it that no others have room.
    pub(crate) fn accepts<const WORDS: usize>(&self, number: u64) -> bool {
        let (highest, known) = (self.highest(), (WORDS as u64 - 1) * 64);
        let above = number.saturating_sub(highest) <= MAX_JUMP;
        let below = highest.saturating_sub(number) <= known;
        above && below && !self.0.contains(&number)
    }

    /// Uses `number`; returns whether it was unused.
    pub(crate) fn accept(&mut self, number: u64) -> bool {
        let unused = self.0.insert(number);
        let oldest = (self.highest() / 64).saturating_sub(ISSUER_WINDOW as u64 - 1) * 64;
        while self.0.first().is_some_and(|it| *it < oldest) {
            self.0.pop_first();
        }
        unused
    }

    /// The highest number used; 0 when there is none.
    pub(crate) fn highest(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The highest numbers as an account keeps them: a ring of 64-bit blocks.
    pub(crate) fn window<const WORDS: usize>(&self) -> [u64; WORDS] {
        let mut window = [0; WORDS];
        let words = WORDS as u64;
        let oldest = (self.highest() / 64).saturating_sub(words - 1);
        for number in self.0.range(oldest * 64..) {
            let word = usize::try_from(number / 64 % words).unwrap_or_default();
            window[word] |= 1 << (number % 64);
        }
        window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tessera_types::window;

    #[test]
    fn a_number_counts_once() {
        let mut numbers = References::default();
        assert_eq!(
            [3, 0, 3, 200, 0].map(|it| numbers.accept(it)),
            [true, true, false, true, false]
        );
    }

    #[test]
    fn numbers_that_no_account_knows_any_more_are_forgotten() {
        let mut numbers = References::default();
        for number in 0..100_000 {
            assert!(numbers.accept(number));
        }
        assert!(numbers.0.len() <= ISSUER_WINDOW * 64, "{}", numbers.0.len());
        assert!(!numbers.accepts::<ISSUER_WINDOW>(99_990));
        assert!(!numbers.accepts::<ISSUER_WINDOW>(5));
    }

    /// Whatever numbers come in whatever order, the account keeps those that this keeps.
    #[test]
    fn the_window_is_that_of_the_program() {
        let mut numbers = References::default();
        let (mut highest, mut seen) = (0, [0; 4]);
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = highest + (state >> 40) % 300 - highest.min(250);
            assert_eq!(
                numbers.accepts::<4>(number),
                window::accept(&mut highest, &mut seen, number)
            );
            if seen[usize::try_from(number / 64 % 4).expect("small")] >> (number % 64) & 1 == 1 {
                numbers.accept(number);
            }
            assert_eq!((numbers.highest(), numbers.window()), (highest, seen));
        }
    }
}
