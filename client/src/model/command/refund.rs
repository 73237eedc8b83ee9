//! Payments that are given back, in part or in full.

use super::Command;
use crate::{
    decode::Event,
    model::{
        Moment, State, Verdict,
        rules::{self, refund::Paid},
    },
};
use tessera_types::{
    Address, TesseraError,
    events::{LedgerShare, Refunded, Settlement},
};

/// An org refunds a payment. The referrers' shares come out of the vault, as far as their ledgers
/// hold them; the org pays the rest.
#[derive(Debug, Clone, Copy)]
pub struct Refund {
    /// The subscription, for its last debit, or the invoice.
    pub payment: Address,
    /// What goes back, in the mint's smallest unit.
    pub amount: u64,
    /// The token account that pays.
    pub source: Address,
    /// The customer's token account.
    pub destination: Address,
    /// Whether the plan's vault is frozen: then the referrers owe their shares.
    pub vault_frozen: bool,
    /// What the plan's vault holds; what its issuer seized is the org's loss.
    pub vault_holds: u64,
}

impl Command for Refund {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let paid = verdict.found(Paid::find(state, &self.payment), "payment")?;
        let plan = verdict.found(state.plans.get(&paid.plan), "plan")?;
        let org = verdict.found(state.orgs.get(&plan.org), "org")?;
        let covered = self.amount > 0 && self.amount <= paid.left();
        verdict.require(covered, TesseraError::RefundTooHigh);

        let shares = paid.shares(self.amount, state);
        let frozen = self.vault_frozen && paid.levels() > 0;
        let taken = take_back(&shares, frozen, state, verdict);
        let points = paid.points(self.amount);
        let member = state.members.get(&paid.member(plan));
        let mut held = verdict.found(member, "member")?.balance.clone();
        let points_expired = held.expire(moment.now);
        held.take_back(&org.settings, points.into());
        let event = Refunded {
            receipt: state.receipt(self.payment, moment),
            amount: self.amount,
            from_vault: rules::word(taken).min(self.vault_holds),
            points,
            points_expired: rules::word(points_expired),
            source: self.source,
            destination: self.destination,
            levels: u8::try_from(shares.len()).unwrap_or(u8::MAX),
            flags: Settlement::VAULT_FROZEN * u8::from(frozen),
            spare: [0; 6],
        };
        Some(Event::Refunded(event, shares))
    }
}

/// The part of the shares that the ledgers hold; they owe the rest.
fn take_back(shares: &[LedgerShare], frozen: bool, state: &State, verdict: &mut Verdict) -> u128 {
    let mut taken = 0;
    for share in shares {
        if let Some(ledger) = state.ledgers.get(&share.ledger) {
            let mut ledger = *ledger;
            taken += ledger.refund(share.amount.into(), frozen);
            verdict.require(ledger.fits(), TesseraError::ArithmeticOverflow);
        }
    }
    taken
}
