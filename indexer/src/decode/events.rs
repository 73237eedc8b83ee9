//! Transactions to events, and events to rows.

use super::accounts::key;
use crate::{
    IndexerError,
    history::{ChainEvent, Effects},
    source::Transaction,
};
use solana_signature::Signature;
use tessera_client::{Event, logs};
use tessera_store::event::{ChargeRow, CommissionRow, EventRow};

/// What a transaction tells: nothing when it failed, even though failed transactions log.
///
/// # Errors
/// [`IndexerError`] when its logs do not tell every event.
pub fn effects(signature: Signature, transaction: &Transaction) -> Result<Effects, IndexerError> {
    if transaction.failed {
        return Ok(Effects {
            events: Vec::new(),
            writable: Vec::new(),
        });
    }
    let logs = transaction
        .logs
        .as_deref()
        .ok_or(IndexerError::MissingLogs(signature))?;
    let events = logs::events(&transaction.programs, logs)
        .map_err(|source| IndexerError::Logs { signature, source })?
        .into_iter()
        .map(|logged| {
            let event = Event::decode(&logged.data)
                .map_err(|source| IndexerError::Event { signature, source })?;
            Ok(ChainEvent {
                signature,
                slot: transaction.slot,
                outer: logged.outer,
                inner: logged.inner,
                ordinal: logged.ordinal,
                raw: logged.data,
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
                paid_through: settlement.paid_through,
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
            ordinal: event.ordinal.into(),
            slot: super::slot(event.slot),
            kind: event.event.name().to_owned(),
            account: key(receipt.account),
            seq: receipt.seq.into(),
            at: receipt.at,
            raw: event.raw,
        });
    }
}
