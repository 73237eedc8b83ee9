//! Payments and refunds of stored receipts.

use super::{NewCharge, NewRefund, Place, ReceiptRow};
use crate::{Key, Result, U64};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::HashMap;

/// The money that a receipt moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Money {
    /// The payment that it records.
    pub charge: Option<NewCharge>,
    /// The refund that it records.
    pub refund: Option<NewRefund>,
    /// Commission of the referral levels from either, nearest first: ledger and amount, negative
    /// when taken back.
    pub commissions: Vec<(Key, Decimal)>,
}

/// The money that each of these receipts moved, in their order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn money(conn: &mut PgConnection, receipts: &[ReceiptRow]) -> Result<Vec<Money>> {
    let arrivals = arrivals(&mut *conn, receipts).await?;
    let wanted: Vec<i64> = arrivals.values().copied().collect();
    let mut found: HashMap<i64, Money> = HashMap::new();
    let charges = sqlx::query!(
        r#"select arrival, debit as "debit: U64", merchant as "merchant: U64",
                  keeper_fee as "keeper_fee: U64", debt_repaid as "debt_repaid: U64",
                  points as "points: U64", points_expired as "points_expired: U64",
                  credit as "credit: U64", period_start, paid_through, flags, tier,
                  quote_nonce as "quote_nonce: U64"
           from charge where arrival = any($1)"#,
        &wanted,
    )
    .fetch_all(&mut *conn)
    .await?;
    for row in charges {
        found.entry(row.arrival).or_default().charge = Some(NewCharge {
            debit: row.debit,
            merchant: row.merchant,
            keeper_fee: row.keeper_fee,
            debt_repaid: row.debt_repaid,
            points: row.points,
            points_expired: row.points_expired,
            credit: row.credit,
            period_start: row.period_start,
            paid_through: row.paid_through,
            flags: row.flags,
            tier: row.tier,
            quote_nonce: row.quote_nonce,
        });
    }
    let refunds = sqlx::query!(
        r#"select arrival, amount as "amount: U64", from_vault as "from_vault: U64",
                  points as "points: U64", points_expired as "points_expired: U64"
           from refund where arrival = any($1)"#,
        &wanted,
    )
    .fetch_all(&mut *conn)
    .await?;
    for row in refunds {
        found.entry(row.arrival).or_default().refund = Some(NewRefund {
            amount: row.amount,
            from_vault: row.from_vault,
            points: row.points,
            points_expired: row.points_expired,
        });
    }
    let commissions = sqlx::query!(
        r#"select arrival, ledger as "ledger: Key", amount from commission
           where arrival = any($1) order by arrival, level"#,
        &wanted,
    )
    .fetch_all(conn)
    .await?;
    for row in commissions {
        let share = (row.ledger, row.amount);
        found
            .entry(row.arrival)
            .or_default()
            .commissions
            .push(share);
    }
    let of = |receipt: &ReceiptRow| found.remove(arrivals.get(&receipt.place())?);
    Ok(receipts
        .iter()
        .map(of)
        .map(Option::unwrap_or_default)
        .collect())
}

/// The numbers of these receipts in the mirror.
async fn arrivals(conn: &mut PgConnection, receipts: &[ReceiptRow]) -> Result<HashMap<Place, i64>> {
    let slots: Vec<i64> = receipts.iter().map(|it| it.slot).collect();
    let tx_indexes: Vec<i32> = receipts.iter().map(|it| it.tx_index).collect();
    let outer: Vec<i16> = receipts.iter().map(|it| it.outer_ix).collect();
    let inner: Vec<i16> = receipts.iter().map(|it| it.inner_ix).collect();
    let rows = sqlx::query!(
        "select receipt.arrival, receipt.slot, receipt.tx_index, receipt.outer_ix, receipt.inner_ix
         from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[])
             given (slot, tx_index, outer_ix, inner_ix)
         join receipt on receipt.slot = given.slot and receipt.tx_index = given.tx_index
             and receipt.outer_ix = given.outer_ix and receipt.inner_ix = given.inner_ix",
        &slots,
        &tx_indexes,
        &outer,
        &inner,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let place = Place {
                slot: row.slot,
                tx_index: row.tx_index,
                outer_ix: row.outer_ix,
                inner_ix: row.inner_ix,
            };
            (place, row.arrival)
        })
        .collect())
}
