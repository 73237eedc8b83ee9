//! Invoices, which are paid once.

use crate::model::command::PayInvoice;
use tessera_types::events::{InvoicePaid, Settlement};

/// The receipt does not say which points the member had no room for.
pub(super) fn paid(event: &InvoicePaid) -> PayInvoice {
    let settlement = &event.settlement;
    PayInvoice {
        plan: event.plan,
        wallet: event.wallet,
        payer_token: event.payer_token,
        id: event.id,
        amount: settlement.debit,
        points: settlement.points,
        deadline: event.deadline,
        vault_frozen: settlement.flags & Settlement::VAULT_FROZEN != 0,
    }
}
