//! Transactions to events, and events to rows.

use super::accounts::key;
use crate::{
    IndexerError,
    history::{ChainEvent, Effects},
    source::Transaction,
};
use rust_decimal::Decimal;
use solana_signature::Signature;
use tessera_client::{Event, carried, types::events::LedgerShare};
use tessera_store::{
    U64,
    event::{ChargeRow, CommissionRow, EventRow, RefundRow},
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

/// Events as rows, with what they moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventRows {
    /// The events.
    pub events: Vec<EventRow>,
    /// Their payments.
    pub charges: Vec<ChargeRow>,
    /// Their refunds.
    pub refunds: Vec<RefundRow>,
    /// What the referral levels had of both.
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
        // A plan that follows later, or within a trial, begins no period.
        let begun = event
            .event
            .settlement()
            .filter(|(settlement, _)| settlement.paid_through > 0);
        if let Some((settlement, shares)) = begun {
            self.charges.push(ChargeRow {
                position,
                account: key(receipt.account),
                debit: settlement.debit.into(),
                merchant: settlement.merchant.into(),
                keeper_fee: settlement.keeper_fee.into(),
                debt_repaid: settlement.debt_repaid.into(),
                points: settlement.points.into(),
                points_expired: settlement.points_expired.into(),
                credit: credit(&event.event),
                period_start: settlement.period_start,
                paid_through: settlement.paid_through,
                flags: settlement.flags.into(),
                tier: settlement.tier.into(),
                quote_nonce: quote_nonce(&event.event),
            });
            self.share(position, shares, Decimal::from);
        }
        if let Event::Refunded(refunded, shares) = &event.event {
            self.refunds.push(RefundRow {
                position,
                account: key(receipt.account),
                amount: refunded.amount.into(),
                from_vault: refunded.from_vault.into(),
                points: refunded.points.into(),
                points_expired: refunded.points_expired.into(),
            });
            self.share(position, shares, |amount| -Decimal::from(amount));
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

    /// Levels have their shares from the nearest on, without gaps.
    fn share(&mut self, position: i64, shares: &[LedgerShare], amount: impl Fn(u64) -> Decimal) {
        self.commissions
            .extend((1..).zip(shares).map(|(level, share)| CommissionRow {
                position,
                level,
                ledger: key(share.ledger),
                amount: amount(share.amount),
            }));
    }
}

/// Nonce of the quote that set a payment's price; quotes count from 1.
fn quote_nonce(event: &Event) -> Option<U64> {
    let nonce = match event {
        Event::Subscribed(event, _) => Some(event.quote_nonce),
        Event::PlanChanged(event, _) => Some(event.quote_nonce),
        _ => None,
    };
    nonce.filter(|nonce| *nonce > 0).map(U64)
}

/// What an earlier plan's unused time was worth in a payment.
fn credit(event: &Event) -> U64 {
    match event {
        Event::PlanChanged(event, _) => event.credit.into(),
        _ => U64(0),
    }
}
