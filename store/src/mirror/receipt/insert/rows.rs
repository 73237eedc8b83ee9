//! Rows of new receipts and of the money that they moved.

use super::super::NewReceipt;
use crate::{Result, copy::Rows};
use sqlx::PgConnection;

const RECEIPT: &[&str] = &[
    "arrival",
    "slot",
    "seq",
    "at",
    "tx_index",
    "life_id",
    "org_id",
    "plan_id",
    "kind",
    "outer_ix",
    "inner_ix",
    "signature",
    "body",
];
const CHARGE: &[&str] = &[
    "arrival",
    "life_id",
    "org_id",
    "slot",
    "at",
    "debit",
    "merchant",
    "keeper_fee",
    "debt_repaid",
    "points",
    "points_expired",
    "credit",
    "period_start",
    "paid_through",
    "flags",
    "tier",
    "quote_nonce",
];
const REFUND: &[&str] = &[
    "arrival",
    "life_id",
    "org_id",
    "slot",
    "at",
    "amount",
    "from_vault",
    "points",
    "points_expired",
];
const COMMISSION: &[&str] = &["arrival", "level", "ledger", "amount"];

/// A receipt with the numbers of the rows that it refers to.
pub(super) struct Resolved<'a> {
    pub(super) receipt: &'a NewReceipt,
    /// The body as it is stored.
    pub(super) body: Vec<u8>,
    pub(super) life_id: i32,
    pub(super) org_id: Option<i32>,
    pub(super) plan_id: Option<i32>,
}

/// Numbers and stores receipts that are not stored yet, with the money that they moved.
pub(super) async fn store<'a>(
    conn: &mut PgConnection,
    new: impl ExactSizeIterator<Item = &'a Resolved<'a>>,
) -> Result<()> {
    if new.len() == 0 {
        return Ok(());
    }
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let before = sqlx::query_scalar!(
        r#"update cursor set arrival = arrival + $1 returning arrival - $1 as "before!""#,
        count,
    )
    .fetch_one(&mut *conn)
    .await?;
    let mut tables = Tables {
        receipts: Rows::of("receipt", RECEIPT),
        charges: Rows::of("charge", CHARGE),
        refunds: Rows::of("refund", REFUND),
        commissions: Rows::of("commission", COMMISSION),
    };
    for (arrival, receipt) in (before + 1..).zip(new) {
        tables.add(arrival, receipt)?;
    }
    tables.receipts.store(&mut *conn).await?;
    // Before what it is of, as the kept sums expect it.
    tables.commissions.store(&mut *conn).await?;
    tables.charges.store(&mut *conn).await?;
    tables.refunds.store(conn).await
}

struct Tables {
    receipts: Rows,
    charges: Rows,
    refunds: Rows,
    commissions: Rows,
}

impl Tables {
    fn add(&mut self, arrival: i64, of: &Resolved<'_>) -> Result<()> {
        let receipt = of.receipt;
        let place = receipt.place;
        self.receipts
            .field(arrival)?
            .field(place.slot)?
            .field(receipt.seq)?
            .field(receipt.at)?
            .field(place.tx_index)?
            .field(of.life_id)?
            .field(of.org_id)?
            .field(of.plan_id)?
            .field(receipt.kind)?
            .field(place.outer_ix)?
            .field(place.inner_ix)?
            .field(receipt.signature.as_slice())?
            .field(of.body.as_slice())?;
        if let Some(charge) = &receipt.charge {
            self.charges
                .field(arrival)?
                .field(of.life_id)?
                .field(of.org_id)?
                .field(place.slot)?
                .field(receipt.at)?
                .field(charge.debit)?
                .field(charge.merchant)?
                .field(charge.keeper_fee)?
                .field(charge.debt_repaid)?
                .field(charge.points)?
                .field(charge.points_expired)?
                .field(charge.credit)?
                .field(charge.period_start)?
                .field(charge.paid_through)?
                .field(charge.flags)?
                .field(charge.tier)?
                .field(charge.quote_nonce)?;
        }
        if let Some(refund) = &receipt.refund {
            self.refunds
                .field(arrival)?
                .field(of.life_id)?
                .field(of.org_id)?
                .field(place.slot)?
                .field(receipt.at)?
                .field(refund.amount)?
                .field(refund.from_vault)?
                .field(refund.points)?
                .field(refund.points_expired)?;
        }
        for (level, (ledger, amount)) in (1_i16..).zip(&receipt.commissions) {
            self.commissions
                .field(arrival)?
                .field(level)?
                .field(*ledger)?
                .field(*amount)?;
        }
        Ok(())
    }
}
