//! What a referral is worth to its two sides, in points and in units of the campaign's token: whole
//! numbers, rounded down once.

use super::whole_text;
use crate::tagged::from_objects;
use serde::{Deserialize, Serialize};

/// Something for the one who referred, and something for the one who was referred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewards<T> {
    /// For the one who referred.
    pub referrer: T,
    /// For the one who was referred.
    pub referred: T,
}

/// What a side earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Reward {
    /// So many points.
    Points {
        /// How many.
        #[serde(with = "whole_text")]
        points: u64,
    },
    /// A fixed amount of the campaign's token.
    Amount {
        /// In its smallest unit.
        #[serde(with = "whole_text")]
        units: u64,
    },
    /// A part of the referred's first payments in the campaign's token, net of refunds.
    Percentage {
        /// In ten-thousandths.
        bps: u16,
        /// Of how many payments; one that was refunded in full keeps its place.
        payments: u32,
        /// Most that it comes to, in the token's smallest unit.
        #[serde(with = "whole_text")]
        most: u64,
    },
}

from_objects!(Reward);

/// The rewards from so many qualified referrals of one referrer on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The first referral that it is for, counted from 1 in the order in which they qualified.
    pub from: u32,
    /// The rewards of each; a side may have none.
    pub rewards: Rewards<Option<Reward>>,
}

/// What a side gets, or got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Points.
    #[serde(with = "whole_text")]
    pub points: u64,
    /// Smallest units of the campaign's token.
    #[serde(with = "whole_text")]
    pub units: u64,
}

impl Grant {
    /// Whether it is nothing at all.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    pub(super) fn plus(self, other: Self) -> Self {
        self.each(other, u64::saturating_add)
    }

    /// What of it exceeds `other`, by kind.
    pub(super) fn beyond(self, other: Self) -> Self {
        self.each(other, u64::saturating_sub)
    }

    pub(super) fn at_most(self, other: Self) -> Self {
        self.each(other, u64::min)
    }

    fn each(self, other: Self, of: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            points: of(self.points, other.points),
            units: of(self.units, other.units),
        }
    }
}

impl Rewards<Option<Reward>> {
    /// What both sides have earned when the referred has made these payments, net of refunds.
    pub(super) fn earned(self, payments: &[u64]) -> Rewards<Grant> {
        let earned = |side: Option<Reward>| side.map_or(Grant::default(), |it| it.earned(payments));
        Rewards {
            referrer: earned(self.referrer),
            referred: earned(self.referred),
        }
    }
}

impl Rewards<Grant> {
    /// Whether neither side gets anything.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    pub(super) fn with(self, other: Self, of: impl Fn(Grant, Grant) -> Grant) -> Self {
        Self {
            referrer: of(self.referrer, other.referrer),
            referred: of(self.referred, other.referred),
        }
    }
}

impl Reward {
    /// What it comes to when the referred has made these payments, net of refunds, in their order.
    pub(super) fn earned(self, payments: &[u64]) -> Grant {
        match self {
            Self::Points { points } => Grant { points, units: 0 },
            Self::Amount { units } => Grant { points: 0, units },
            Self::Percentage {
                bps,
                payments: first,
                most,
            } => {
                let first = usize::try_from(first).unwrap_or(usize::MAX);
                let paid: u128 = payments.iter().take(first).copied().map(u128::from).sum();
                let part = paid.saturating_mul(bps.into()) / 10_000;
                let units = u64::try_from(part).unwrap_or(u64::MAX).min(most);
                Grant { points: 0, units }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentage(bps: u16, payments: u32, most: u64) -> Reward {
        Reward::Percentage {
            bps,
            payments,
            most,
        }
    }

    #[test]
    fn a_part_is_rounded_down_once_and_never_exceeds_its_most() {
        let units = |reward: Reward, payments: &[u64]| reward.earned(payments).units;
        assert_eq!(units(percentage(10_000, 3, u64::MAX), &[]), 0);
        // 3 payments of 3 at a third: rounded one by one it would be nothing.
        assert_eq!(units(percentage(3_333, 3, 100), &[3, 3, 3]), 2);
        assert_eq!(units(percentage(5_000, 2, 100), &[10, 20, 40]), 15);
        assert_eq!(units(percentage(5_000, 2, 14), &[10, 20, 40]), 14);
        let vast = [u64::MAX; 3];
        assert_eq!(units(percentage(10_000, 3, u64::MAX), &vast), u64::MAX);
    }
}
