//! When what a mail server would not take yet is tried again: pauses grow from a minute to hours, for three
//! days, after which nobody waits for the message any more. None is sent later than two weeks after it was first
//! due, whatever held it back.

use crate::time::{MICROS_PER_DAY, MICROS_PER_MINUTE, Timestamp};

/// How long a message is tried, in days.
pub const RETRY_DAYS: i64 = 3;
/// After how many days a message is not sent any more, even if the policy of the sender held it back.
pub const STALE_DAYS: i64 = 14;
/// Pauses after the first attempts, in minutes; the last one is that after all others.
const PAUSES: [i64; 8] = [1, 5, 15, 30, 60, 120, 240, 360];

/// Whether a message that was first due at `first` is too old to be sent.
pub fn is_stale(first: Timestamp, now: Timestamp) -> bool {
    now.0 > first.0.saturating_add(STALE_DAYS * MICROS_PER_DAY)
}

/// When a message that was first due at `first` and was tried `attempts` times is tried again; none when it
/// is too old by then. `chance` from 0 to 1 spreads messages that failed together over a fifth of the pause.
pub fn retry_at(attempts: u32, first: Timestamp, now: Timestamp, chance: f64) -> Option<Timestamp> {
    let place = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = PAUSES[place.min(PAUSES.len() - 1)] * MICROS_PER_MINUTE;
    // In parts of a thousand, which are exact.
    #[expect(clippy::cast_possible_truncation, reason = "it is from 0 to 1,000")]
    let parts = (chance.clamp(0.0, 1.0) * 1_000.0) as i64;
    let spread = pause / 5 * parts / 1_000;
    let at = Timestamp(now.0.saturating_add(pause + spread));
    let last = first.0.saturating_add(RETRY_DAYS * MICROS_PER_DAY);
    (at.0 <= last).then_some(at)
}
