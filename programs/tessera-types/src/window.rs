//! Numbers that count once: a sliding window over those that were used.
//!
//! Law: no number is accepted twice, however the calls are ordered. Numbers may come out of order
//! within the window; one that is further below the highest is refused, used or not. The words form
//! a ring that a number's 64-block indexes (RFC 6479), so moving on clears words and shifts none.

/// How far above the highest number the next one may be: time in microseconds fits, and random
/// numbers, the first of which would leave no room for others, do not.
pub const MAX_JUMP: u64 = 1 << 53;

/// Marks `number` as used and says whether it was free. `seen` holds at least two words.
#[inline(never)]
pub fn accept(highest: &mut u64, seen: &mut [u64], number: u64) -> bool {
    let words = seen.len() as u64;
    let (block, bit) = (number / 64, 1u64 << (number % 64));
    if number > *highest {
        if number - *highest > MAX_JUMP {
            return false;
        }
        let newest = *highest / 64;
        let passed = (block - newest).min(words);
        for step in 1..=passed {
            seen[((newest + step) % words) as usize] = 0;
        }
        *highest = number;
    } else if *highest - number > (words - 1) * 64 {
        return false;
    }
    let word = &mut seen[(block % words) as usize];
    let free = *word & bit == 0;
    *word |= bit;
    free
}
