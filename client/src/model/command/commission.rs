//! Commission on its way out: opening a ledger, releasing what it holds, claiming what is released.

use super::Command;
use crate::{
    address,
    decode::Event,
    model::{Moment, State, Verdict, rules},
};
use tessera_types::{
    Address, TesseraError,
    events::{CommissionClaimed, CommissionReleased, LedgerOpened},
};

/// Open a ledger, so that a member can accrue commission in a mint.
#[derive(Debug, Clone, Copy)]
pub struct OpenLedger {
    /// The member account.
    pub member: Address,
    /// The mint.
    pub mint: Address,
}

impl Command for OpenLedger {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let member = verdict.found(state.members.get(&self.member), "member")?;
        let (org, wallet) = (member.account.org, member.account.wallet);
        let ledger = address::ledger(&org, &wallet, &self.mint);
        verdict.require(!state.exists(&ledger), TesseraError::AccountExists);
        Some(Event::LedgerOpened(LedgerOpened {
            receipt: state.receipt(ledger, moment),
            org,
            wallet,
            mint: self.mint,
        }))
    }
}

/// Release held commission, so that it can be claimed.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// The ledger.
    pub ledger: Address,
}

impl Command for Release {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let mut ledger = *verdict.found(state.ledgers.get(&self.ledger), "ledger")?;
        let amount = ledger.release(moment.now.into());
        verdict.require(amount > 0, TesseraError::NothingToRelease);
        verdict.fits(ledger.claimable);
        Some(Event::CommissionReleased(CommissionReleased {
            receipt: state.receipt(self.ledger, moment),
            amount: rules::word(amount),
        }))
    }
}

/// A member takes commission out.
#[derive(Debug, Clone, Copy)]
pub struct ClaimCommission {
    /// The ledger.
    pub ledger: Address,
    /// How much, in the mint's smallest unit; `u64::MAX` is all that can be claimed.
    pub amount: u64,
    /// The token account that receives it.
    pub destination: Address,
}

impl Command for ClaimCommission {
    fn decide(&self, state: &State, moment: Moment, verdict: &mut Verdict) -> Option<Event> {
        let mut ledger = *verdict.found(state.ledgers.get(&self.ledger), "ledger")?;
        ledger.release(moment.now.into());
        let amount = match self.amount {
            u64::MAX => rules::word(ledger.claimable),
            amount => amount,
        };
        let covered = amount > 0 && u128::from(amount) <= ledger.claimable;
        verdict.require(covered, TesseraError::NothingToClaim);
        verdict.fits(ledger.claimable);
        verdict.fits(ledger.claimed.saturating_add(amount.into()));
        Some(Event::CommissionClaimed(CommissionClaimed {
            receipt: state.receipt(self.ledger, moment),
            amount,
            destination: self.destination,
        }))
    }
}
