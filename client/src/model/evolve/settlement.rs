//! How a payment changes the ledgers of those who share in it and the member who paid.

use crate::model::State;
use tessera_types::{
    Address,
    events::{LedgerShare, Receipt, Settlement},
};

/// Books the shares, which wait for `hold_secs`, and the points of a payment by `member`.
pub(super) fn book(
    state: &mut State,
    receipt: &Receipt,
    member: &Address,
    (settlement, shares): (&Settlement, &[LedgerShare]),
    hold_secs: u32,
) {
    for share in shares {
        if let Some(ledger) = state.ledgers.get_mut(&share.ledger) {
            ledger.accrue(share.amount.into(), receipt.at, hold_secs);
        }
    }
    let Some(member) = state.members.get_mut(member) else {
        return;
    };
    member.balance.expire(receipt.at);
    if let Some(org) = state.orgs.get(&member.account.org) {
        let settings = &org.settings;
        member
            .balance
            .credit(settings, settlement.points, receipt.at);
    }
}
