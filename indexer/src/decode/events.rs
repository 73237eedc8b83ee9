//! Transactions to events, and events to rows.

use super::accounts::key;
use crate::{
    IndexerError,
    history::{ChainEvent, Effects},
    source::Transaction,
};
use solana_signature::Signature;
use tessera_client::{Event, carried};
use tessera_store::{
    U64,
    event::{ChargeRow, CommissionRow, EventRow},
};

/// What a transaction means for the index: nothing when it failed, and nothing when it does not call
/// the program, whatever else it names, logs or does.
///
/// # Errors
/// [`IndexerError::Calls`] when the node does not say who made its calls, [`IndexerError::Event`]
/// when this version does not know a receipt.
pub fn effects(signature: Signature, transaction: &Transaction) -> Result<Effects, IndexerError> {
    if !carried::concerns_program(&transaction.calls) {
        return Ok(Effects {
            events: Vec::new(),
            writable: Vec::new(),
        });
    }
    let events = carried::receipts(&transaction.calls)
        .map_err(|source| IndexerError::Calls { signature, source })?
        .into_iter()
        .map(|receipt| {
            let event = Event::decode(&receipt.data)
                .map_err(|source| IndexerError::Event { signature, source })?;
            Ok(ChainEvent {
                signature,
                slot: transaction.slot,
                outer: receipt.outer,
                inner: receipt.inner,
                raw: receipt.data,
                event,
            })
        })
        .collect::<Result<_, IndexerError>>()?;
    Ok(Effects {
        events,
        writable: transaction.writable.clone(),
    })
}

/// Events as rows, with what their charges moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventRows {
    /// The events.
    pub events: Vec<EventRow>,
    /// Their charges.
    pub charges: Vec<ChargeRow>,
    /// The levels that these paid.
    pub commissions: Vec<CommissionRow>,
}

impl EventRows {
    /// Rows of `events`, the first of which has the number after `position`.
    pub fn number(events: Vec<ChainEvent>, position: i64) -> Self {
        let mut rows = Self::default();
        for (position, event) in (position + 1..).zip(events) {
            rows.push(position, event);
        }
        rows
    }

    fn push(&mut self, position: i64, event: ChainEvent) {
        let receipt = *event.event.receipt();
        if let Some((settlement, shares)) = event.event.settlement() {
            self.charges.push(ChargeRow {
                position,
                subscription: key(receipt.account),
                debit: settlement.debit.into(),
                merchant: settlement.merchant.into(),
                keeper_fee: settlement.keeper_fee.into(),
                points: settlement.points.into(),
                period_start: settlement.period_start,
                paid_through: settlement.paid_through,
                flags: settlement.flags.into(),
                quote_nonce: quote_nonce(&event.event),
            });
            // Levels are paid from the nearest on, without gaps.
            self.commissions
                .extend((1..).zip(shares).map(|(level, share)| CommissionRow {
                    position,
                    level,
                    ledger: key(share.ledger),
                    amount: share.amount.into(),
                }));
        }
        self.events.push(EventRow {
            position,
            signature: event.signature.into(),
            outer_ix: event.outer.into(),
            inner_ix: event.inner.into(),
            slot: super::slot(event.slot),
            kind: event.event.name().to_owned(),
            account: key(receipt.account),
            life: receipt.life.into(),
            seq: receipt.seq.into(),
            at: receipt.at,
            raw: event.raw,
        });
    }
}

/// Nonce of the quote that set a payment's price; quotes count from 1.
fn quote_nonce(event: &Event) -> Option<U64> {
    match event {
        Event::Subscribed(event, _) => Some(event.quote_nonce).filter(|nonce| *nonce > 0).map(U64),
        _ => None,
    }
}
