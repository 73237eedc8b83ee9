//! Ledgers that open and pay out.

use crate::{
    decode::Event,
    model::{State, rules::LedgerState},
};

pub(super) fn evolve(state: &mut State, event: &Event) {
    let account = event.receipt().account;
    if let Event::LedgerOpened(event) = event {
        let ledger = LedgerState {
            org: event.org,
            wallet: event.wallet,
            mint: event.mint,
            ..LedgerState::default()
        };
        state.ledgers.insert(account, ledger);
    }
    let Some(ledger) = state.ledgers.get_mut(&account) else {
        return;
    };
    ledger.release(event.receipt().at.into());
    if let Event::CommissionClaimed(event) = event {
        let amount = u128::from(event.amount);
        ledger.claimable = ledger.claimable.saturating_sub(amount);
        ledger.claimed = ledger.claimed.saturating_add(amount);
    }
}
