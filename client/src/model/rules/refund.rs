//! How much of a payment goes back: each level gives back its rate of the refund, the member a
//! proportional part of the points, each rounded over all refunds of the payment together.

use super::{bps_of, part_of, payment};
use crate::{address, model::State};
use std::iter::zip;
use tessera_types::{
    Address, REFERRAL_LEVELS,
    accounts::{Invoice, Plan, Subscription},
    events::{LedgerShare, Settlement},
};

/// The payment, a subscription's last or an invoice's, that a refund is computed from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paid {
    pub(crate) plan: Address,
    pub(crate) wallet: Address,
    pub(crate) ledgers: [Address; REFERRAL_LEVELS],
    commission_bps: [u16; REFERRAL_LEVELS],
    debit: u64,
    refunded: u64,
    points: u64,
    flags: u8,
}

impl From<&Subscription> for Paid {
    fn from(it: &Subscription) -> Self {
        Self {
            plan: it.plan,
            wallet: it.wallet,
            ledgers: it.ledgers,
            commission_bps: it.terms.commission_bps,
            debit: it.period_debit,
            refunded: it.period_refunded,
            points: it.period_points,
            flags: it.period_flags,
        }
    }
}

impl From<&Invoice> for Paid {
    fn from(it: &Invoice) -> Self {
        Self {
            plan: it.plan,
            wallet: it.wallet,
            ledgers: it.ledgers,
            commission_bps: it.commission_bps,
            debit: it.debit,
            refunded: it.refunded,
            points: it.points,
            flags: it.flags,
        }
    }
}

impl Paid {
    /// The payment of the subscription or invoice at this address.
    pub(crate) fn find(state: &State, payment: &Address) -> Option<Self> {
        let subscription = state.subscriptions.get(payment);
        let invoice = || state.invoices.get(payment).map(Into::into);
        subscription.map(|it| (&it.account).into()).or_else(invoice)
    }

    /// The member account of the payer.
    pub(crate) fn member(&self, plan: &Plan) -> Address {
        address::member(&plan.org, &self.wallet)
    }

    /// What has not been refunded yet.
    pub(crate) fn left(&self) -> u64 {
        self.debit.saturating_sub(self.refunded)
    }

    /// How many levels had a share: none while the vault was frozen.
    pub(crate) fn levels(&self) -> usize {
        match self.flags & Settlement::VAULT_FROZEN {
            0 => payment::levels(&self.ledgers).into(),
            _ => 0,
        }
    }

    /// What each level gives back for a refund of `amount`: nothing if it had no share of the
    /// payment, or if its ledger is closed.
    pub(crate) fn shares(&self, amount: u64, state: &State) -> Vec<LedgerShare> {
        let after = self.refunded.saturating_add(amount);
        let mut left = amount;
        let rates = zip(self.ledgers, self.commission_bps).take(self.levels());
        rates
            .enumerate()
            .map(|(level, (ledger, bps))| {
                let had_share = self.flags & payment::closed_bit(level) == 0;
                let amount = match had_share && state.ledgers.contains_key(&ledger) {
                    // Rounded on their own, the refunds together could be a unit more.
                    true => (bps_of(after, bps) - bps_of(self.refunded, bps)).min(left),
                    false => 0,
                };
                left -= amount;
                LedgerShare { ledger, amount }
            })
            .collect()
    }

    /// The points that go back with `amount`.
    pub(crate) fn points(&self, amount: u64) -> u64 {
        let part = |refunded: u64| {
            let refunded = refunded.min(self.debit);
            part_of(self.points.into(), refunded.into(), self.debit.into())
        };
        part(self.refunded.saturating_add(amount)) - part(self.refunded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::LedgerState;
    use bytemuck::Zeroable;

    const ANN: Address = Address::new_from_array([1; 32]);
    const BOB: Address = Address::new_from_array([2; 32]);

    #[test]
    fn parts_of_a_payment_come_to_what_was_shared_of_the_whole() {
        let mut invoice = Invoice {
            ledgers: [ANN, BOB, Address::default()],
            commission_bps: [3_333, 1_111, 0],
            debit: 101,
            points: 7,
            ..Invoice::zeroed()
        };
        let mut state = State::default();
        for ledger in [ANN, BOB] {
            state.ledgers.insert(ledger, LedgerState::default());
        }
        let (mut shares, mut points) = ([0, 0], 0);
        for amount in [1, 50, 3, 46, 1] {
            let paid = Paid::from(&invoice);
            for (sum, share) in shares.iter_mut().zip(paid.shares(amount, &state)) {
                *sum += share.amount;
            }
            points += paid.points(amount);
            invoice.refunded += amount;
        }
        assert_eq!((shares, points), ([33, 11], 7));
        assert_eq!(Paid::from(&invoice).left(), 0);
    }

    #[test]
    fn a_level_gives_back_what_it_had_and_has_a_ledger_for() {
        let mut invoice = Invoice {
            ledgers: [ANN, BOB, Address::default()],
            commission_bps: [1_000, 1_000, 0],
            debit: 100,
            ..Invoice::zeroed()
        };
        let mut state = State::default();
        state.ledgers.insert(ANN, LedgerState::default());
        let amounts = |invoice: &Invoice, state: &State| -> Vec<u64> {
            let shares = Paid::from(invoice).shares(100, state);
            shares.iter().map(|share| share.amount).collect()
        };
        assert_eq!(amounts(&invoice, &state), [10, 0]);
        invoice.flags = Settlement::LEDGER_CLOSED_1;
        assert_eq!(amounts(&invoice, &state), [0, 0]);
        invoice.flags = Settlement::VAULT_FROZEN;
        assert_eq!(amounts(&invoice, &state), [0; 0]);
    }
}
