//! Movements of recurring revenue between two moments.
//!
//! Movements add over wallets. The counts and amounts do exactly; [`Movement::growth_interval`] rests
//! on floating-point sums, whose last bits depend on the order of addition.

use super::{
    amount::MonthlyAmount,
    period::Period,
    wallet::{Address, WalletRevenue},
};
use crate::statistics::ratio::RatioMoments;
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

/// Recurring revenue of one mint at the ends of a period, and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Movement {
    /// In the last instant before the period.
    pub opening: MonthlyAmount,
    /// From wallets that never paid anything before the period.
    pub new: MonthlyAmount,
    /// Added by wallets that had some, in this mint or another one, at the opening.
    pub expansion: MonthlyAmount,
    /// From wallets that had some once, but none in any mint at the opening.
    pub reactivation: MonthlyAmount,
    /// Lost from wallets that still had some, in this mint or another one, at the closing.
    pub contraction: MonthlyAmount,
    /// Lost from wallets that had none left in any mint at the closing.
    pub churn: MonthlyAmount,
    /// In the last instant of the period.
    pub closing: MonthlyAmount,
    /// How many wallets are behind each amount.
    pub wallets: WalletCounts,
    #[serde(skip)]
    moments: RatioMoments,
}

/// Wallets behind the parts of a [`Movement`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "the fields of Movement, counted")]
pub struct WalletCounts {
    pub opening: u64,
    pub new: u64,
    pub expansion: u64,
    pub reactivation: u64,
    pub contraction: u64,
    pub churn: u64,
    pub closing: u64,
}

/// Where a wallet stands as a customer, whatever it pays in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Whether it ever paid anything before the period.
    pub(super) paid_before: bool,
    /// Whether it had recurring revenue at the opening.
    pub(super) at_opening: bool,
    /// Whether it had some at the closing.
    pub(super) at_closing: bool,
}

impl Movement {
    /// The movement of one wallet in one mint.
    pub(super) fn of_wallet(
        opening: MonthlyAmount,
        closing: MonthlyAmount,
        standing: Standing,
    ) -> Self {
        let mut movement = Self {
            opening,
            closing,
            ..Self::default()
        };
        let gained = closing.excess_over(opening);
        let lost = opening.excess_over(closing);
        if standing.at_opening {
            movement.expansion = gained;
        } else if standing.paid_before {
            movement.reactivation = gained;
        } else {
            movement.new = gained;
        }
        if standing.at_closing {
            movement.contraction = lost;
        } else {
            movement.churn = lost;
        }
        let one_if = |amount: MonthlyAmount| u64::from(!amount.is_zero());
        movement.wallets = WalletCounts {
            opening: one_if(movement.opening),
            new: one_if(movement.new),
            expansion: one_if(movement.expansion),
            reactivation: one_if(movement.reactivation),
            contraction: one_if(movement.contraction),
            churn: one_if(movement.churn),
            closing: one_if(movement.closing),
        };
        if !(opening.is_zero() && closing.is_zero()) {
            movement.moments = RatioMoments::of(opening.as_f64(), closing.as_f64());
        }
        movement
    }

    /// Adds the movement of other wallets in the same mint and period.
    pub fn merge(&mut self, other: &Self) {
        self.opening += other.opening;
        self.new += other.new;
        self.expansion += other.expansion;
        self.reactivation += other.reactivation;
        self.contraction += other.contraction;
        self.churn += other.churn;
        self.closing += other.closing;
        self.wallets.merge(&other.wallets);
        self.moments.merge(&other.moments);
    }

    /// (closing - opening) / opening; null when the opening is 0, and beyond 10^28 smallest units.
    pub fn growth(&self) -> Option<Decimal> {
        let opening = self.opening.in_whole_units(0)?;
        let closing = self.closing.in_whole_units(0)?;
        closing.checked_sub(opening)?.checked_div(opening)
    }

    /// Interval of the growth, wallets being independent of each other: see
    /// [`RatioMoments::interval`], less 1. Null when the opening is 0 or fewer than two wallets had
    /// revenue at either end.
    pub fn growth_interval(&self) -> Option<[f64; 2]> {
        Some(self.moments.interval()?.map(|bound| bound - 1.0))
    }

    /// Wallets with revenue at either end, on which the interval is based.
    pub fn wallets_at_either_end(&self) -> u64 {
        self.moments.count
    }
}

impl WalletCounts {
    fn merge(&mut self, other: &Self) {
        self.opening += other.opening;
        self.new += other.new;
        self.expansion += other.expansion;
        self.reactivation += other.reactivation;
        self.contraction += other.contraction;
        self.churn += other.churn;
        self.closing += other.closing;
    }
}

/// The movement of each mint, in the order of mints.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Movements(BTreeMap<Address, Movement>);

impl Movements {
    /// The movements of many wallets over a period. The same order of wallets gives the same bits.
    pub fn over<'a>(wallets: impl IntoIterator<Item = &'a WalletRevenue>, period: &Period) -> Self {
        let mut all = Self::default();
        for wallet in wallets {
            all.merge(&wallet.movements(period));
        }
        all
    }

    /// Adds the movements of other wallets over the same period.
    pub fn merge(&mut self, other: &Self) {
        for (mint, movement) in &other.0 {
            self.add(*mint, movement);
        }
    }

    /// The movement of one mint; all zero when nobody has paid in it.
    pub fn of(&self, mint: &Address) -> Movement {
        self.0.get(mint).copied().unwrap_or_default()
    }

    /// Mints with payments before the period's end, with their movements.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Movement)> {
        self.0.iter()
    }

    pub(super) fn add(&mut self, mint: Address, movement: &Movement) {
        self.0.entry(mint).or_default().merge(movement);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(opening: u128, closing: u128, paid_before: bool) -> Movement {
        let standing = Standing {
            paid_before,
            at_opening: opening > 0,
            at_closing: closing > 0,
        };
        Movement::of_wallet(MonthlyAmount(opening), MonthlyAmount(closing), standing)
    }

    #[test]
    fn growth_from_nothing_is_unknown() {
        let from_nothing = of(0, 5, false);
        assert_eq!(from_nothing.growth(), None);
        assert_eq!(from_nothing.growth_interval(), None);
    }

    #[test]
    fn a_wallet_without_revenue_at_either_end_is_no_sample() {
        let absent = of(0, 0, true);
        assert_eq!(absent, Movement::default());
    }

    #[test]
    fn a_wallet_that_pays_in_another_mint_is_neither_new_nor_lost() {
        let standing = Standing {
            paid_before: true,
            at_opening: true,
            at_closing: true,
        };
        let of = |opening, closing| {
            Movement::of_wallet(MonthlyAmount(opening), MonthlyAmount(closing), standing)
        };
        assert_eq!(of(0, 5).expansion, MonthlyAmount(5));
        assert_eq!(of(5, 0).contraction, MonthlyAmount(5));
    }

    #[test]
    fn each_change_has_one_name() {
        assert_eq!(of(0, 5, false).new, MonthlyAmount(5));
        assert_eq!(of(0, 5, true).reactivation, MonthlyAmount(5));
        assert_eq!(of(3, 5, true).expansion, MonthlyAmount(2));
        assert_eq!(of(5, 3, true).contraction, MonthlyAmount(2));
        assert_eq!(of(5, 0, true).churn, MonthlyAmount(5));
    }

    #[test]
    fn growth_is_the_change_over_the_opening() {
        let mut total = of(4, 5, true);
        total.merge(&of(0, 5, false));
        assert_eq!(total.growth(), Some(Decimal::new(15, 1)));
        assert_eq!(total.wallets_at_either_end(), 2);
    }
}
