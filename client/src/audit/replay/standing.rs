//! How a subscription stands: missed payments, its end, a pause.

use super::{State, subscription::met};
use crate::model::command::{Cancel, MarkPastDue, Pause, Resume};
use tessera_types::events::{Cancelled, Paused, PaymentMissed, Resumed};

/// The receipt does not say what the token account held.
pub(super) fn missed(event: &PaymentMissed) -> MarkPastDue {
    MarkPastDue {
        subscription: event.receipt.account,
        can_pay: false,
    }
}

/// The org agreed when the paid time ends with the receipt.
pub(super) fn cancelled(event: &Cancelled) -> Cancel {
    Cancel {
        subscription: event.receipt.account,
        cut_short: event.paid_through == event.receipt.at,
    }
}

pub(super) fn resumed(event: &Resumed, state: &State, slot: Option<u64>) -> Resume {
    let subscription = event.receipt.account;
    let known = state.subscriptions.get(&subscription);
    let payer_token = known.map(|it| it.account.payer_token).unwrap_or_default();
    Resume {
        subscription,
        met: met(&payer_token, (event.authority_generation, slot), state),
    }
}

pub(super) fn paused(event: &Paused) -> Pause {
    Pause {
        subscription: event.receipt.account,
        until: event.paused_until,
    }
}
