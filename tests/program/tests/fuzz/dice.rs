//! The choices of a step, one after the other.

use super::step::{CHOICES, Source, Step};

/// Hands out a step's numbers. Those that run out follow from the first; of 0 only 0 follows.
pub(crate) struct Dice {
    numbers: [u32; CHOICES],
    at: usize,
    /// Whether there was anything that made sense, so far.
    pub(crate) sensible: bool,
}

impl Dice {
    pub(crate) fn new(step: &Step) -> Self {
        Self {
            numbers: step.choices,
            at: 0,
            sensible: true,
        }
    }

    /// Of an attack's one number.
    pub(crate) fn of(number: u32) -> Self {
        let mut source = Source::new(number.into());
        let mut numbers = [0; CHOICES];
        numbers[0] = number;
        for more in &mut numbers[1..] {
            *more = u32::try_from(source.next() >> 32).expect("32 bits");
        }
        Self {
            numbers,
            at: 0,
            sensible: true,
        }
    }

    pub(crate) fn number(&mut self) -> u32 {
        let at = self.at;
        self.at += 1;
        match (self.numbers.get(at), self.numbers[0]) {
            (Some(number), _) => *number,
            (None, 0) => 0,
            (None, first) => {
                let mut source = Source::new(u64::from(first) << 8 | at as u64);
                u32::try_from(source.next() >> 32).expect("32 bits")
            }
        }
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.number() as usize % count.max(1)
    }

    /// Once in so many times, and never by 0.
    pub(crate) fn once_in(&mut self, times: u32) -> bool {
        self.number() % times == times - 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.below(all.len())])
    }

    /// One of these, which are some.
    pub(crate) fn of_these<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        all[self.below(N)]
    }

    /// One of those that it makes sense for, when there are any; now and then any at all.
    pub(crate) fn likely<T: Copy>(
        &mut self,
        all: &[T],
        makes_sense: impl Fn(&T) -> bool,
    ) -> Option<T> {
        if self.once_in(12) {
            return self.pick(all);
        }
        let some: Vec<T> = all.iter().copied().filter(makes_sense).collect();
        self.sensible &= !some.is_empty();
        match some.is_empty() {
            true => self.pick(all),
            false => self.pick(&some),
        }
    }

    /// An amount up to `most`, mostly; its ends are as likely as all in between, and now and then it
    /// is above.
    pub(crate) fn amount(&mut self, most: u64) -> u64 {
        let part = u64::from(self.number());
        let between = (u128::from(most) * u128::from(self.number())) >> 32;
        let between = u64::try_from(between).expect("at most the most");
        match part % 16 {
            0..=4 => most,
            5 => 1,
            6 => most.saturating_add(1),
            7 => most / 2,
            8 if part & 32 != 0 => 0,
            9 if part & 32 != 0 => u64::MAX,
            _ => between.max(1),
        }
    }
}
