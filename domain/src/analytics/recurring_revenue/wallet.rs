//! One wallet's payments, reduced to what decides its recurring revenue at any moment.
//!
//! Payments and cancellations form sets: their order of arrival does not matter, and one that comes
//! twice counts once.

use super::{
    amount::MonthlyAmount,
    movement::{Movement, Movements, Standing},
    period::Period,
};
use crate::{
    analytics::succession::{Agreement, Grace, successors},
    billing_period::BillingPeriod,
    exchange::Worth,
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// What one payment is for.
    pub period: BillingPeriod,
    /// Until when service is paid after this payment. Later with each payment of a subscription.
    pub paid_through: Timestamp,
    /// Whether it came with a signature, from which on the address is another subscription.
    pub begins: bool,
}

/// A wallet's payment without what it is grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Paid {
    at: Timestamp,
    paid_through: Timestamp,
    monthly: MonthlyAmount,
    period: BillingPeriod,
    begins: bool,
}

/// One wallet's receipts by mint and subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletReceipts {
    paid: BTreeMap<(Address, Address), BTreeSet<Paid>>,
    cancelled: BTreeMap<Address, BTreeSet<Timestamp>>,
}

/// A payment, and the last moment before which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    at: Timestamp,
    until: Timestamp,
    monthly: MonthlyAmount,
}

/// A wallet's recurring revenue at any moment, changes of plan taken into account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalletRevenue {
    /// The payments of each subscription in their order, by mint.
    mints: BTreeMap<Address, Vec<Vec<Stretch>>>,
    /// When it first paid anything.
    first_paid: Option<Timestamp>,
}

/// The place of an agreement's payments among those of its subscription.
struct Place {
    key: (Address, Address),
    first: usize,
    last: usize,
}

impl WalletReceipts {
    /// Adds a payment of this wallet.
    pub fn insert(&mut self, payment: &Payment) {
        self.paid
            .entry((payment.mint, payment.subscription))
            .or_default()
            .insert(Paid {
                at: payment.at,
                paid_through: payment.paid_through,
                monthly: MonthlyAmount::of(payment.amount, payment.period),
                period: payment.period,
                begins: payment.begins,
            });
    }

    /// Adds that this wallet cancelled a subscription.
    pub fn cancel(&mut self, subscription: Address, at: Timestamp) {
        self.cancelled.entry(subscription).or_default().insert(at);
    }

    /// What follows from the receipts, a change of plan being what lies within the grace.
    ///
    /// A subscription that goes on in another one counts until that is first paid for: neither longer,
    /// when more time was paid or the other one was signed first, nor shorter, when there was a gap.
    pub fn revenue(&self, grace: Grace) -> WalletRevenue {
        let mut subscriptions: BTreeMap<(Address, Address), Vec<Stretch>> = self
            .paid
            .iter()
            .map(|(key, paid)| (*key, paid.iter().map(Stretch::from).collect()))
            .collect();
        let (places, agreements) = self.agreements();
        let next = successors(&agreements, grace);
        for (place, next) in places.iter().zip(next) {
            let paid_first = next.and_then(|next| places.get(next)).and_then(|next| {
                first_paid(subscriptions.get(&next.key)?.get(next.first..=next.last)?)
            });
            let old = subscriptions
                .get_mut(&place.key)
                .and_then(|it| it.get_mut(place.first..=place.last));
            if let (Some(paid_first), Some(old)) = (paid_first, old) {
                for stretch in &mut *old {
                    stretch.until = stretch.until.min(paid_first);
                }
                if let Some(last) = old.last_mut() {
                    last.until = paid_first;
                }
            }
        }
        let mut mints = BTreeMap::<Address, Vec<Vec<Stretch>>>::new();
        for ((mint, _), stretches) in subscriptions {
            mints.entry(mint).or_default().push(stretches);
        }
        let of_all = mints.values().flatten();
        WalletRevenue {
            first_paid: of_all.filter_map(|it| first_paid(it)).min(),
            mints,
        }
    }

    /// The agreements of the wallet, and where their payments are.
    fn agreements(&self) -> (Vec<Place>, Vec<Agreement>) {
        let mut places = Vec::new();
        let mut agreements = Vec::<Agreement>::new();
        for (key, paid) in &self.paid {
            let first = places.len();
            for (index, paid) in paid.iter().enumerate() {
                match places.last_mut() {
                    Some(Place { last, .. }) if index > 0 && !paid.begins => *last = index,
                    _ => {
                        places.push(Place {
                            key: *key,
                            first: index,
                            last: index,
                        });
                        agreements.push(Agreement {
                            began: paid.at,
                            cancelled: None,
                            period: Some(paid.period),
                        });
                    }
                }
            }
            let (_, subscription) = key;
            let of_key = agreements.get_mut(first..).unwrap_or_default();
            for at in self.cancelled.get(subscription).into_iter().flatten() {
                // Who cancels and signs again within a second cancelled what was there before.
                let earlier = of_key.iter().rposition(|it| it.began < *at);
                let place = earlier.or_else(|| of_key.iter().rposition(|it| it.began == *at));
                if let Some(agreement) = place.and_then(|place| of_key.get_mut(place)) {
                    agreement.cancelled.get_or_insert(*at);
                }
            }
        }
        (places, agreements)
    }
}

impl From<&Paid> for Stretch {
    fn from(paid: &Paid) -> Self {
        Self {
            at: paid.at,
            until: paid.paid_through,
            monthly: paid.monthly,
        }
    }
}

impl WalletRevenue {
    /// Recurring revenue in `mint` in the last instant before `moment`: payments before it count if
    /// their time lasts at least until `moment`.
    pub fn monthly_before(&self, mint: &Address, moment: Timestamp) -> MonthlyAmount {
        self.mints
            .get(mint)
            .map_or_else(Default::default, |subscriptions| {
                sum_before(subscriptions, moment)
            })
    }

    /// Whether it ever paid anything before `moment`.
    pub fn had_paid(&self, moment: Timestamp) -> bool {
        self.first_paid.is_some_and(|first| first < moment)
    }

    /// The mints that it ever paid anything in before `moment`.
    pub fn mints_before(&self, moment: Timestamp) -> impl Iterator<Item = &Address> {
        self.mints.iter().filter_map(move |(mint, subscriptions)| {
            let first = subscriptions.iter().filter_map(|it| first_paid(it)).min();
            (first? < moment).then_some(mint)
        })
    }

    /// The movement of this wallet's recurring revenue in the period over all mints, in millionths of
    /// a dollar at the same rates all through; none when a mint has no worth or an amount has too many
    /// digits.
    pub fn in_dollars(
        &self,
        period: &Period,
        worth: &BTreeMap<Address, Worth>,
    ) -> Option<Movement> {
        let sum = |moment| {
            let mints = self.mints.iter();
            let dollars = mints.map(|(mint, subscriptions)| {
                let monthly = sum_before(subscriptions, moment);
                if monthly.is_zero() {
                    return Some(monthly);
                }
                worth.get(mint)?.micros(monthly.0).map(MonthlyAmount)
            });
            dollars.sum::<Option<MonthlyAmount>>()
        };
        let (opening, closing) = (sum(period.from())?, sum(period.to())?);
        Some(Movement::of_wallet(opening, closing, self.standing(period)))
    }

    fn standing(&self, period: &Period) -> Standing {
        let any_before = |moment| {
            let mut sums = self.mints.values().map(|it| sum_before(it, moment));
            sums.any(|sum| !sum.is_zero())
        };
        Standing {
            paid_before: self.had_paid(period.from()),
            at_opening: any_before(period.from()),
            at_closing: any_before(period.to()),
        }
    }

    /// The movements of this wallet's recurring revenue in the period, for each mint that it paid
    /// in before the period's end.
    ///
    /// The customer is the wallet, whatever it pays in: what comes in one mint while another goes on
    /// is an expansion, and what goes is a contraction.
    pub fn movements(&self, period: &Period) -> Movements {
        let standing = self.standing(period);
        let mut movements = Movements::default();
        for mint in self.mints_before(period.to()) {
            let movement = Movement::of_wallet(
                self.monthly_before(mint, period.from()),
                self.monthly_before(mint, period.to()),
                standing,
            );
            movements.add(*mint, &movement);
        }
        movements
    }
}

/// The receipts of many wallets by the wallet that paid, in the order of wallets.
pub fn by_wallet<'a>(
    payments: impl IntoIterator<Item = &'a Payment>,
) -> BTreeMap<Address, WalletReceipts> {
    let mut wallets = BTreeMap::<Address, WalletReceipts>::new();
    for payment in payments {
        wallets.entry(payment.wallet).or_default().insert(payment);
    }
    wallets
}

fn first_paid(stretches: &[Stretch]) -> Option<Timestamp> {
    let first = stretches.iter().find(|it| !it.monthly.is_zero());
    first.map(|it| it.at)
}

fn sum_before(subscriptions: &[Vec<Stretch>], moment: Timestamp) -> MonthlyAmount {
    subscriptions
        .iter()
        .filter_map(|stretches| {
            let before = stretches.partition_point(|it| it.at < moment);
            let latest = stretches.get(..before)?.last()?;
            (moment <= latest.until).then_some(latest.monthly)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINT: Address = [7; 32];
    const OTHER: Address = [8; 32];

    fn payment(at: i64, paid_through: i64, amount: u64) -> Payment {
        Payment {
            wallet: [1; 32],
            subscription: [2; 32],
            mint: MINT,
            at: Timestamp::from_secs(at),
            amount,
            period: BillingPeriod::MONTH,
            paid_through: Timestamp::from_secs(paid_through),
            begins: false,
        }
    }

    /// The first payment of another subscription.
    fn signed(at: i64, paid_through: i64, amount: u64, mint: Address) -> Payment {
        Payment {
            subscription: [3; 32],
            mint,
            begins: true,
            ..payment(at, paid_through, amount)
        }
    }

    fn receipts(payments: &[Payment]) -> WalletReceipts {
        by_wallet(payments).remove(&[1; 32]).unwrap_or_default()
    }

    fn wallet(payments: &[Payment]) -> WalletRevenue {
        receipts(payments).revenue(Grace::OnePeriod)
    }

    /// After the first subscription was cancelled.
    fn cancelled(at: i64, payments: &[Payment], grace: Grace) -> WalletRevenue {
        let mut receipts = receipts(payments);
        receipts.cancel([2; 32], Timestamp::from_secs(at));
        receipts.revenue(grace)
    }

    fn monthly(wallet: &WalletRevenue, secs: i64) -> u128 {
        let at = Timestamp::from_secs(secs);
        [MINT, OTHER]
            .map(|mint| wallet.monthly_before(&mint, at).0)
            .iter()
            .sum()
    }

    fn period(from: i64, to: i64) -> Period {
        let [from, to] = [from, to].map(Timestamp::from_secs);
        Period::new(from, to).expect("a period")
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
    fn a_change_of_plan_counts_neither_twice_nor_leaves_a_gap() {
        let old = payment(100, 400, 5);
        for (at, counted) in [
            // More time was paid than used.
            (300, [(300, 5), (301, 8), (399, 8), (401, 8)]),
            // The new plan began after the paid time.
            (500, [(300, 5), (450, 5), (500, 5), (501, 8)]),
        ] {
            let changed = cancelled(290, &[old, signed(at, 900, 8, MINT)], Grace::OnePeriod);
            for (moment, expected) in counted {
                assert_eq!(monthly(&changed, moment), expected, "{at} {moment}");
            }
        }
    }

    #[test]
    fn a_plan_that_is_signed_before_the_old_one_is_cancelled_does_not_count_beside_it() {
        let (old, new) = (payment(100, 400, 5), signed(280, 900, 8, MINT));
        for (payments, cancelled_at) in [
            (vec![old, new], 290),
            // The old one was charged once more in between.
            (vec![old, new, payment(285, 700, 5)], 290),
            (vec![old, new, payment(280, 700, 5)], 280),
        ] {
            let changed = cancelled(cancelled_at, &payments, Grace::OnePeriod);
            let counted = [280, 281, 284, 286, 290, 291, 450, 800].map(|at| monthly(&changed, at));
            assert_eq!(counted, [5, 8, 8, 8, 8, 8, 8, 8], "{payments:?}");
            // A month that ends in between shows the change, and the next one nothing.
            let in_between = period(200, 284);
            let mut all = Movement::default();
            for (_, movement) in changed.movements(&in_between).iter() {
                all.merge(movement);
            }
            assert_eq!((all.expansion.0, all.contraction.0), (3, 0));
            let next = changed.movements(&period(284, 600));
            let moved = |it: &Movement| it.expansion.0 + it.contraction.0 + it.new.0 + it.churn.0;
            assert_eq!(next.iter().map(|(_, it)| moved(it)).sum::<u128>(), 0);
        }
    }

    #[test]
    fn what_was_cancelled_for_nothing_counts_until_its_paid_time_ends() {
        let late = [payment(100, 400, 5), signed(500, 900, 8, MINT)];
        let ended = cancelled(290, &late, Grace::Secs(209));
        assert_eq!([400, 450, 501].map(|at| monthly(&ended, at)), [5, 0, 8]);
        // Nothing was paid for the new one yet.
        let trial = [payment(100, 400, 5), signed(300, 900, 0, MINT)];
        let free = cancelled(290, &trial, Grace::OnePeriod);
        assert_eq!([350, 450].map(|at| monthly(&free, at)), [5, 0]);
    }

    #[test]
    fn an_address_that_is_signed_again_is_a_change_too() {
        let again = Payment {
            begins: true,
            ..payment(500, 900, 8)
        };
        let changed = cancelled(290, &[payment(100, 400, 5), again], Grace::OnePeriod);
        assert_eq!([450, 501].map(|at| monthly(&changed, at)), [5, 8]);
    }

    #[test]
    fn a_change_of_plan_is_an_expansion_or_a_contraction_in_the_period_it_happens() {
        for mint in [MINT, OTHER] {
            let payments = [payment(100, 400, 5), signed(500, 900, 8, mint)];
            let changed = cancelled(290, &payments, Grace::OnePeriod);
            let parts = |from, to| {
                let mut all = Movement::default();
                for (_, movement) in changed.movements(&period(from, to)).iter() {
                    all.merge(movement);
                }
                let net = all.expansion.0.abs_diff(all.contraction.0);
                (net, all.new.0 + all.reactivation.0 + all.churn.0)
            };
            assert_eq!(parts(0, 200), (0, 5), "it is new");
            assert_eq!(parts(200, 450), (0, 0), "nothing happens in the gap");
            assert_eq!(parts(450, 600), (3, 0), "it expands");
        }
    }
}
