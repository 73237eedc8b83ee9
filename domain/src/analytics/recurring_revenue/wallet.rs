//! One wallet's payments, reduced to what decides its recurring revenue at any moment.
//!
//! The payments form a set: their order of arrival does not matter, and one that comes twice counts
//! once.

use super::{
    amount::MonthlyAmount,
    movement::{Movement, Movements},
    period::Period,
};
use crate::time::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

/// An address on the chain: a wallet, a mint or a subscription.
pub type Address = [u8; 32];

/// A receipt for one period of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// The wallet that paid.
    pub wallet: Address,
    /// The subscription paid for.
    pub subscription: Address,
    /// The mint paid in.
    pub mint: Address,
    /// When it was paid; the chain's clock has whole seconds.
    pub at: Timestamp,
    /// The payer's debit, in the mint's smallest unit.
    pub amount: u64,
    /// Length of a period, seconds.
    pub period_secs: NonZeroU32,
    /// Until when service is paid after this payment. Later with each payment of a subscription.
    pub paid_through: Timestamp,
}

/// When a payment was made, until when service is paid after it, and its amount per month.
type Paid = (Timestamp, Timestamp, MonthlyAmount);

/// One wallet's payments by mint and subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletRevenue {
    mints: BTreeMap<Address, BTreeMap<Address, BTreeSet<Paid>>>,
}

impl WalletRevenue {
    /// Adds a payment of this wallet.
    pub fn insert(&mut self, payment: &Payment) {
        self.mints
            .entry(payment.mint)
            .or_default()
            .entry(payment.subscription)
            .or_default()
            .insert((
                payment.at,
                payment.paid_through,
                MonthlyAmount::of(payment.amount, payment.period_secs),
            ));
    }

    /// Recurring revenue in `mint` in the last instant before `moment`: payments before it count if
    /// their paid time lasts at least until `moment`.
    pub fn monthly_before(&self, mint: &Address, moment: Timestamp) -> MonthlyAmount {
        self.mints.get(mint).map_or_else(Default::default, |paid| {
            paid.values()
                .map(|payments| subscription_before(payments, moment))
                .sum()
        })
    }

    /// The movements of this wallet's recurring revenue in the period, for each mint that it paid
    /// in before the period's end.
    pub fn movements(&self, period: &Period) -> Movements {
        let mut movements = Movements::default();
        for (mint, subscriptions) in &self.mints {
            let has_paid = |moment| {
                subscriptions
                    .values()
                    .flat_map(|payments| before(payments, moment))
                    .any(|(_, _, monthly)| !monthly.is_zero())
            };
            if has_paid(period.to()) {
                let movement = Movement::of_wallet(
                    self.monthly_before(mint, period.from()),
                    self.monthly_before(mint, period.to()),
                    has_paid(period.from()),
                );
                movements.add(*mint, &movement);
            }
        }
        movements
    }
}

/// Payments grouped by the wallet that paid, in the order of wallets.
pub fn by_wallet<'a>(
    payments: impl IntoIterator<Item = &'a Payment>,
) -> BTreeMap<Address, WalletRevenue> {
    let mut wallets = BTreeMap::<Address, WalletRevenue>::new();
    for payment in payments {
        wallets.entry(payment.wallet).or_default().insert(payment);
    }
    wallets
}

fn before(
    payments: &BTreeSet<Paid>,
    moment: Timestamp,
) -> impl DoubleEndedIterator<Item = &Paid> + '_ {
    payments.range(..(moment, Timestamp(i64::MIN), MonthlyAmount(0)))
}

fn subscription_before(payments: &BTreeSet<Paid>, moment: Timestamp) -> MonthlyAmount {
    before(payments, moment)
        .next_back()
        .filter(|(_, paid_through, _)| moment <= *paid_through)
        .map_or_else(Default::default, |(_, _, monthly)| *monthly)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINT: Address = [7; 32];

    fn payment(at: i64, paid_through: i64, amount: u64) -> Payment {
        Payment {
            wallet: [1; 32],
            subscription: [2; 32],
            mint: MINT,
            at: Timestamp::from_secs(at),
            amount,
            period_secs: NonZeroU32::new(super::super::MONTH_SECS).expect("a period"),
            paid_through: Timestamp::from_secs(paid_through),
        }
    }

    fn wallet(payments: &[Payment]) -> WalletRevenue {
        by_wallet(payments).remove(&[1; 32]).unwrap_or_default()
    }

    fn monthly(wallet: &WalletRevenue, secs: i64) -> u128 {
        wallet.monthly_before(&MINT, Timestamp::from_secs(secs)).0
    }

    #[test]
    fn nothing_counts_before_the_payment_or_after_the_paid_time() {
        let wallet = wallet(&[payment(100, 200, 5)]);
        assert_eq!(
            [100, 101, 200, 201].map(|at| monthly(&wallet, at)),
            [0, 5, 5, 0]
        );
    }

    #[test]
    fn a_renewal_at_the_very_end_of_the_paid_time_leaves_no_gap() {
        let wallet = wallet(&[payment(100, 200, 5), payment(200, 300, 6)]);
        assert_eq!([200, 201].map(|at| monthly(&wallet, at)), [5, 6]);
    }

    #[test]
    fn only_the_latest_payment_of_a_subscription_counts() {
        let early = wallet(&[payment(100, 400, 5), payment(200, 500, 3)]);
        assert_eq!(monthly(&early, 300), 3);
    }

    #[test]
    fn a_receipt_that_comes_twice_counts_once() {
        let twice = wallet(&[payment(100, 200, 5), payment(100, 200, 5)]);
        assert_eq!(monthly(&twice, 150), 5);
    }

    #[test]
    fn another_mint_is_another_customer() {
        let wallet = wallet(&[payment(100, 200, 5)]);
        let elsewhere = wallet.monthly_before(&[8; 32], Timestamp::from_secs(150));
        assert!(elsewhere.is_zero());
    }
}
