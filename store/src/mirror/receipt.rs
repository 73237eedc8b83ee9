//! Receipts by their place on the chain, each under the life of its account.
//!
//! Law: a receipt is stored once, and storing it again changes nothing. A final receipt replaces
//! what contradicts it; one that may still vanish replaces nothing.

mod body;
mod insert;
mod money;
mod undo;

pub(crate) use body::Body;
pub use insert::{Inserted, insert};
pub use money::{Money, money};
pub use undo::{Undone, remove, remove_transactions};

use crate::{Key, Result, U64};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// The place of a receipt on the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The slot.
    pub slot: i64,
    /// The transaction's place in the slot, from 0.
    pub tx_index: i32,
    /// Index of the transaction's instruction.
    pub outer_ix: i16,
    /// 0 for that instruction itself, else the number of the inner call, from 1.
    pub inner_ix: i16,
}

/// A receipt to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReceipt {
    /// The receipt's place on the chain.
    pub place: Place,
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// The event's name in the IDL.
    pub kind: &'static str,
    /// The account that it is a receipt of.
    pub account: Key,
    /// The account's life: the slot in which it was created.
    pub life: i64,
    /// Which of the receipts of that life, from 1.
    pub seq: i64,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event after its discriminator and its receipt.
    pub body: Vec<u8>,
    /// The account's owner, which its first receipt states.
    pub owner: Option<Owner>,
    /// The plan that it is under.
    pub plan: PlanOf,
    /// The payment that it records.
    pub charge: Option<NewCharge>,
    /// The refund that it records.
    pub refund: Option<NewRefund>,
    /// Commission of the referral levels from either, nearest first: ledger, and amount in the
    /// mint's smallest unit, negative when it was taken back.
    pub commissions: Vec<(Key, Decimal)>,
}

/// The owner of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The account's kind, such as Plan.
    pub kind: &'static str,
    /// The plan, campaign or pool that it belongs to, otherwise the org; an org is its own parent.
    pub parent: Option<Key>,
    /// The wallet.
    pub wallet: Option<Key>,
    /// What it is paid in, where neither the parent nor the account states it.
    pub mint: Option<Key>,
}

/// Which plan a receipt is under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanOf {
    /// The plan that it states.
    Stated(Key),
    /// The plan of the receipt before it.
    Before,
    /// The plan of the last change of plan.
    Agreed,
}

/// What a payment moved, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCharge {
    /// Taken from the payer.
    pub debit: U64,
    /// Received by the plan's destination.
    pub merchant: U64,
    /// Received by the keeper.
    pub keeper_fee: U64,
    /// Commission that paid the ledgers' debts, and so went to the merchant.
    pub debt_repaid: U64,
    /// Points that the payer's member account received.
    pub points: U64,
    /// Points of it that had expired and were dropped before.
    pub points_expired: U64,
    /// Value of an earlier plan's unused time, on top of the debit.
    pub credit: U64,
    /// Start of the period that is paid, Unix seconds.
    pub period_start: i64,
    /// Until when service is paid, Unix seconds.
    pub paid_through: i64,
    /// Bits as in a subscription's `period_flags`.
    pub flags: i16,
    /// The payer's tier before the payment.
    pub tier: i16,
    /// Nonce of the quote that set the price, when the payment used one.
    pub quote_nonce: Option<U64>,
}

/// What a refund gave back, in the mint's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefund {
    /// Received by the customer.
    pub amount: U64,
    /// The part that came from commission taken back; the rest is the merchant's.
    pub from_vault: U64,
    /// Points that the customer's member account gave back.
    pub points: U64,
    /// Points of it that had expired and were dropped before.
    pub points_expired: U64,
}

/// A stored receipt with its org, plan and wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Slot of the transaction.
    pub slot: i64,
    /// The transaction's place in the slot, from 0.
    pub tx_index: i32,
    /// Index of the transaction's instruction.
    pub outer_ix: i16,
    /// 0 for that instruction itself, else the number of the inner call, from 1.
    pub inner_ix: i16,
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// The event's name in the IDL.
    pub kind: String,
    /// The account that it is a receipt of.
    pub account: Key,
    /// The account's life: the slot in which it was created.
    pub life: i64,
    /// Which of the receipts of that life, from 1.
    pub seq: i64,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event after its discriminator and its receipt.
    pub body: Vec<u8>,
    /// The org that it concerns.
    pub org: Option<Key>,
    /// The plan of a subscription or an invoice from this receipt on.
    pub plan: Option<Key>,
    /// The wallet that the account belongs to.
    pub wallet: Option<Key>,
}

impl ReceiptRow {
    /// The receipt's place on the chain.
    pub fn place(&self) -> Place {
        Place {
            slot: self.slot,
            tx_index: self.tx_index,
            outer_ix: self.outer_ix,
            inner_ix: self.inner_ix,
        }
    }
}

/// Receipts after `after` in chain order, at most `limit`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn page(
    conn: &mut PgConnection,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<ReceiptRow>> {
    let filter = crate::mirror::query::receipts::ReceiptFilter::default();
    let page = crate::read::Page { after, limit };
    crate::mirror::query::receipts::list(conn, &filter, page).await
}

/// The receipt at `place`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn row_at(conn: &mut PgConnection, place: Place) -> Result<Option<ReceiptRow>> {
    let filter = crate::mirror::query::receipts::ReceiptFilter {
        from_slot: Some(place.slot),
        to_slot: Some(place.slot),
        ..Default::default()
    };
    let before = Place {
        inner_ix: place.inner_ix - 1,
        ..place
    };
    let page = crate::read::Page {
        after: Some(before),
        limit: 1,
    };
    let rows = crate::mirror::query::receipts::list(conn, &filter, page).await?;
    Ok(rows.into_iter().find(|row| row.place() == place))
}

/// The transaction that left the receipt at `place`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn at(conn: &mut PgConnection, place: Place) -> Result<Option<[u8; 64]>> {
    Ok(sqlx::query_scalar!(
        r#"select signature as "signature: [u8; 64]" from receipt
           where slot = $1 and tx_index = $2 and outer_ix = $3 and inner_ix = $4"#,
        place.slot,
        place.tx_index,
        place.outer_ix,
        place.inner_ix,
    )
    .fetch_optional(conn)
    .await?)
}

/// The transactions of those receipts that cannot be stored because another one has their place or
/// number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn contradicted(
    conn: &mut PgConnection,
    receipts: &[NewReceipt],
) -> Result<Vec<[u8; 64]>> {
    let slots: Vec<i64> = receipts.iter().map(|it| it.place.slot).collect();
    let tx_indexes: Vec<i32> = receipts.iter().map(|it| it.place.tx_index).collect();
    let outer: Vec<i16> = receipts.iter().map(|it| it.place.outer_ix).collect();
    let inner: Vec<i16> = receipts.iter().map(|it| it.place.inner_ix).collect();
    let signatures: Vec<&[u8]> = receipts.iter().map(|it| it.signature.as_slice()).collect();
    Ok(sqlx::query_scalar!(
        r#"select distinct signature as "signature!: [u8; 64]"
           from unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[], $5::bytea[])
               given (slot, tx_index, outer_ix, inner_ix, signature)
           where not exists (
               select from receipt
               where receipt.slot = given.slot and receipt.tx_index = given.tx_index
                 and receipt.outer_ix = given.outer_ix and receipt.inner_ix = given.inner_ix
                 and receipt.signature = given.signature)"#,
        &slots,
        &tx_indexes,
        &outer,
        &inner,
        &signatures as _,
    )
    .fetch_all(conn)
    .await?)
}

/// The part of a life's receipt that decides which plan follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifeReceipt {
    /// Its number in the mirror.
    pub arrival: i64,
    /// The event's name in the IDL.
    pub kind: String,
    /// Which of the receipts of that life, from 1.
    pub seq: i64,
    /// The network's clock, Unix seconds.
    pub at: i64,
    /// The event after its discriminator and its receipt.
    pub body: Vec<u8>,
}

/// All receipts of a life in order of `seq`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_life(conn: &mut PgConnection, life_id: i32) -> Result<Vec<LifeReceipt>> {
    Ok(sqlx::query_as!(
        LifeReceipt,
        r#"select arrival, kind::text as "kind!", seq, at, body as "body: Body"
           from receipt where life_id = $1 order by seq"#,
        life_id,
    )
    .fetch_all(conn)
    .await?)
}

/// Assigns receipts, each given by its number in the mirror, to plans.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_plans(conn: &mut PgConnection, plans: &[(i64, Option<Key>)]) -> Result<()> {
    let arrivals: Vec<i64> = plans.iter().map(|(arrival, _)| *arrival).collect();
    let plans: Vec<Option<Key>> = plans.iter().map(|(_, plan)| *plan).collect();
    sqlx::query!(
        "update receipt set plan_id = life.id
         from unnest($1::bigint[], $2::pubkey[]) given (arrival, plan)
         left join life on life.address = given.plan
         where receipt.arrival = given.arrival and receipt.plan_id is distinct from life.id",
        &arrivals,
        &plans as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
