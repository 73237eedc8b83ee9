//! Events as the program would have carried them, numbered as it would have numbered them, and
//! written with what their charges moved.

use crate::api_rows;
use anyhow::Result;
use bytemuck::{bytes_of, cast_slice};
use rust_decimal::Decimal;
use std::collections::HashMap;
use tessera_store::{
    Key, PgPool, U64,
    event::{ChargeRow, CommissionRow, EventRow, RefundRow},
};
use tessera_types::{
    Address,
    events::{EventType, LedgerShare, Receipt, Refunded, Settlement},
};

/// A history under construction.
#[derive(Default)]
pub(crate) struct History {
    /// Its events; number `n` is in slot `100 + n`, at second `1000 + n`.
    pub(crate) events: Vec<EventRow>,
    charges: Vec<ChargeRow>,
    refunds: Vec<RefundRow>,
    commissions: Vec<CommissionRow>,
    seqs: HashMap<Key, u64>,
}

pub(crate) fn address(key: Key) -> Address {
    Address::new_from_array(key.0)
}

impl History {
    /// Appends the event that `event` makes of the account's next receipt.
    pub(crate) fn push<E: EventType>(&mut self, account: Key, event: impl FnOnce(Receipt) -> E) {
        self.append(account, event, &[]);
    }

    /// Appends a charge and the shares of the levels that it paid.
    pub(crate) fn charge<E: EventType>(
        &mut self,
        account: Key,
        settlement: Settlement,
        shares: &[LedgerShare],
        event: impl FnOnce(Receipt) -> E,
    ) {
        let position = self.append(account, event, shares);
        self.charges.push(ChargeRow {
            debit: U64(settlement.debit),
            merchant: U64(settlement.merchant),
            keeper_fee: U64(settlement.keeper_fee),
            points: U64(settlement.points),
            period_start: settlement.period_start,
            paid_through: settlement.paid_through,
            flags: settlement.flags.into(),
            ..api_rows::charge(position, account)
        });
        let levels = (1..).zip(shares).map(|(level, share)| CommissionRow {
            position,
            level,
            ledger: Key(share.ledger.to_bytes()),
            amount: share.amount.into(),
        });
        self.commissions.extend(levels);
    }

    /// Appends a refund and what the levels gave back.
    pub(crate) fn refund(&mut self, account: Key, refunded: Refunded, shares: &[LedgerShare]) {
        let event = |receipt| Refunded {
            receipt,
            ..refunded
        };
        let position = self.append(account, event, shares);
        self.refunds.push(RefundRow {
            position,
            account,
            amount: U64(refunded.amount),
            from_vault: U64(refunded.from_vault),
            points: U64(refunded.points),
            points_expired: U64(refunded.points_expired),
        });
        let levels = (1..).zip(shares).map(|(level, share)| CommissionRow {
            position,
            level,
            ledger: Key(share.ledger.to_bytes()),
            amount: -Decimal::from(share.amount),
        });
        self.commissions.extend(levels);
    }

    /// Writes it.
    pub(crate) async fn store(&self, mirror: &PgPool) -> Result<()> {
        let conn = &mut *mirror.acquire().await?;
        tessera_store::event::insert(
            conn,
            &self.events,
            &self.charges,
            &self.refunds,
            &self.commissions,
        )
        .await?;
        Ok(())
    }

    fn append<E: EventType>(
        &mut self,
        account: Key,
        event: impl FnOnce(Receipt) -> E,
        shares: &[LedgerShare],
    ) -> i64 {
        let number = u8::try_from(self.events.len() + 1).expect("a short history");
        let position = i64::from(number);
        let seq = self.seqs.entry(account).or_default();
        *seq += 1;
        let receipt = Receipt {
            account: address(account),
            life: 4,
            seq: *seq,
            at: 1_000 + position,
        };
        let raw = [
            &E::DISCRIMINATOR[..],
            bytes_of(&event(receipt)),
            cast_slice(shares),
        ]
        .concat();
        self.events.push(EventRow {
            position,
            signature: [number; 64],
            outer_ix: 0,
            inner_ix: 0,
            slot: 100 + position,
            kind: E::NAME.to_owned(),
            account,
            life: U64(4),
            seq: U64(*seq),
            at: receipt.at,
            raw,
        });
        position
    }
}
