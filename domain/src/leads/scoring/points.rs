//! Points in whole thousandths: exact sums, whatever the order of the summands.

use crate::time::{MICROS_PER_DAY, MICROS_PER_MINUTE, Timestamp};
use serde::{Serialize, Serializer};
use std::iter::Sum;

const PER_POINT: i64 = 1_000;

/// Thousandths of a point. Written in JSON as a number of points: 72500 is `72.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millipoints(pub i64);

impl Millipoints {
    /// Whole points.
    pub fn whole(points: i32) -> Self {
        Self(i64::from(points) * PER_POINT)
    }

    /// Points as a fraction, for statistics and display.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a valid model's points are far below 2^53 thousandths"
    )]
    pub fn points(self) -> f64 {
        self.0 as f64 / PER_POINT as f64
    }

    /// The part of `self` left when `remaining` of `span` remains, rounded towards zero.
    fn shrunk(self, remaining: i64, span: i64) -> Self {
        let product = i128::from(self.0) * i128::from(remaining);
        let left = product.checked_div(i128::from(span)).unwrap_or_default();
        // As 0 <= remaining <= span, the quotient is no farther from zero than `self`.
        Self(i64::try_from(left).unwrap_or(self.0))
    }
}

impl Sum for Millipoints {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |sum, Self(next)| sum.saturating_add(next)))
    }
}

impl Serialize for Millipoints {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % PER_POINT == 0 {
            serializer.serialize_i64(self.0 / PER_POINT)
        } else {
            serializer.serialize_f64(self.points())
        }
    }
}

/// The worth of an occurrence at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worth {
    /// Share of its points that is left, 0 to 1; for display only.
    pub(super) factor: f64,
    /// Points that count.
    pub(super) counted: Millipoints,
}

/// `points * max(0, 1 - age / decay)` of an event at `happened`, whose age is that at the beginning of
/// the minute of `at`, so that scores change at whole minutes only. Without a decay, points last for ever.
pub(super) fn worth(
    points: i32,
    decay_days: Option<u32>,
    happened: Timestamp,
    at: Timestamp,
) -> Worth {
    let full = Millipoints::whole(points);
    let Some(days) = decay_days else {
        return Worth {
            factor: 1.0,
            counted: full,
        };
    };
    let span = i64::from(days).saturating_mul(MICROS_PER_DAY);
    let minute = at.0.saturating_sub(at.0.rem_euclid(MICROS_PER_MINUTE));
    let age = minute.saturating_sub(happened.0).clamp(0, span);
    let remaining = span - age;
    Worth {
        factor: share(remaining, span),
        counted: full.shrunk(remaining, span),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "decays of ten years are below 2^53 microseconds"
)]
fn share(remaining: i64, span: i64) -> f64 {
    if span == 0 {
        0.0
    } else {
        remaining as f64 / span as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(points: i32, decay_days: Option<u32>, age_micros: i64) -> i64 {
        worth(points, decay_days, Timestamp(0), Timestamp(age_micros))
            .counted
            .0
    }

    #[test]
    fn points_older_than_their_decay_are_gone() {
        assert_eq!(counted(7, Some(2), 2 * MICROS_PER_DAY), 0);
        assert_eq!(counted(7, Some(2), i64::MAX), 0);
        assert_eq!(counted(7, Some(0), 0), 0);
    }

    #[test]
    fn extreme_points_and_spans_do_not_overflow() {
        let full = i64::from(i32::MIN) * PER_POINT;
        assert_eq!(counted(i32::MIN, Some(u32::MAX), 0), full);
        let sum: Millipoints = [Millipoints(i64::MAX), Millipoints(1)].into_iter().sum();
        assert_eq!(sum, Millipoints(i64::MAX));
    }

    #[test]
    fn decay_is_linear_and_rounds_towards_zero() {
        assert_eq!(counted(7, Some(2), MICROS_PER_DAY), 3_500);
        assert_eq!(counted(1, Some(3), MICROS_PER_DAY), 666);
        assert_eq!(counted(-1, Some(3), MICROS_PER_DAY), -666);
        assert_eq!(counted(7, None, i64::MAX), 7_000);
    }

    #[test]
    fn points_decay_at_whole_minutes() {
        let day = |micros| counted(1_440, Some(1), micros);
        assert_eq!(day(MICROS_PER_MINUTE - 1), 1_440_000);
        assert_eq!(day(MICROS_PER_MINUTE), 1_439_000);
        assert_eq!(day(2 * MICROS_PER_MINUTE - 1), 1_439_000);
    }

    #[test]
    fn points_are_written_as_points() -> serde_json::Result<()> {
        assert_eq!(serde_json::to_string(&Millipoints(72_500))?, "72.5");
        assert_eq!(serde_json::to_string(&Millipoints(-3_000))?, "-3");
        Ok(())
    }
}
