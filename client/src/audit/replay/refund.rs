//! Payments that are given back, in part or in full.

use super::State;
use crate::model::{command::Refund, rules::refund::Paid};
use tessera_types::{
    accounts::Plan,
    events::{Refunded, Settlement},
};

/// What the issuer may have seized from the vault cannot be paid back from it.
pub(super) fn refunded(event: &Refunded, state: &State) -> Refund {
    let payment = event.receipt.account;
    let paid = Paid::find(state, &payment);
    let plan = paid.and_then(|it| state.plans.get(&it.plan));
    let seizable = plan.is_some_and(|it| it.flags & Plan::PERMANENT_DELEGATE != 0);
    Refund {
        payment,
        amount: event.amount,
        source: event.source,
        destination: event.destination,
        vault_frozen: event.flags & Settlement::VAULT_FROZEN != 0,
        vault_holds: match seizable {
            true => event.from_vault,
            false => u64::MAX,
        },
    }
}
