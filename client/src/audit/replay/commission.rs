//! Commission: what ledgers hold, since when, and what they owe.

use crate::{
    address,
    model::command::{ClaimCommission, OpenLedger, Release},
};
use tessera_types::events::{CommissionClaimed, CommissionReleased, LedgerOpened};

pub(super) fn opened(event: &LedgerOpened) -> OpenLedger {
    OpenLedger {
        member: address::member(&event.org, &event.wallet),
        mint: event.mint,
    }
}

pub(super) fn released(event: &CommissionReleased) -> Release {
    Release {
        ledger: event.receipt.account,
    }
}

pub(super) fn claimed(event: &CommissionClaimed) -> ClaimCommission {
    ClaimCommission {
        ledger: event.receipt.account,
        amount: event.amount,
        destination: event.destination,
    }
}
