//! Receipts as carried, and what payments and refunds moved. Events are only ever added; the same event twice is
//! once, and an event that contradicts a stored one is refused.

use crate::{Key, Result, StoreError, U64};
use rust_decimal::Decimal;
use sqlx::{PgConnection, postgres::PgDatabaseError};
use std::collections::HashMap;

record! {
    /// An event. `(signature, outer_ix, inner_ix)` is its place in the chain's history,
    /// `(account, life, seq)` its place among the account's receipts.
    pub struct EventRow in "event" {
        /// Number in chain order, from 1, without gaps.
        pub position: i64,
        /// The transaction.
        pub signature: [u8; 64],
        /// Index of the transaction's instruction.
        pub outer_ix: i32,
        /// 0 for that instruction itself, else the number of the inner call, from 1.
        pub inner_ix: i32,
        /// Slot of the transaction.
        pub slot: i64,
        /// The event's name in the IDL.
        pub kind: String,
        /// The account that it is a receipt of.
        pub account: Key,
        /// The account's life: the slot in which it was created.
        pub life: U64,
        /// Which of the receipts of that life, from 1.
        pub seq: U64,
        /// The network's clock, Unix seconds.
        pub at: i64,
        /// The event as carried, discriminator included.
        pub raw: Vec<u8>,
    }
}

record! {
    /// What the payment at `position` moved, in the mint's smallest unit.
    pub struct ChargeRow in "charge" {
        /// The event.
        pub position: i64,
        /// The subscription or invoice.
        pub account: Key,
        /// Taken from the payer.
        pub debit: U64,
        /// Received by the plan's destination.
        pub merchant: U64,
        /// Received by the cranker.
        pub keeper_fee: U64,
        /// What of the commission paid the ledgers' debts, and so went to the merchant.
        pub debt_repaid: U64,
        /// Points that the payer's member account received.
        pub points: U64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: U64,
        /// What an earlier plan's unused time was worth, on top of the debit.
        pub credit: U64,
        /// Start of the period that is paid, Unix seconds.
        pub period_start: i64,
        /// Until when service is now paid, Unix seconds.
        pub paid_through: i64,
        /// As a subscription's `period_flags`.
        pub flags: i16,
        /// The payer's tier before it.
        pub tier: i16,
        /// Nonce of the quote that set the price, when this signed one.
        pub quote_nonce: Option<U64>,
    }
}

record! {
    /// What the refund at `position` gave back, in the mint's smallest unit.
    pub struct RefundRow in "refund" {
        /// The event.
        pub position: i64,
        /// The subscription or invoice.
        pub account: Key,
        /// Received by the customer.
        pub amount: U64,
        /// What of it came from commission that was taken back; the rest is the merchant's.
        pub from_vault: U64,
        /// Points that the customer's member account gave back.
        pub points: U64,
        /// Points of it that had expired and were dropped before.
        pub points_expired: U64,
    }
}

record! {
    /// What one referral level had of the payment or refund at `position`.
    pub struct CommissionRow in "commission" {
        /// The event.
        pub position: i64,
        /// The level, from 1, nearest referrer first.
        pub level: i16,
        /// The ledger.
        pub ledger: Key,
        /// In the mint's smallest unit; below 0 when it was taken back.
        pub amount: Decimal,
    }
}

/// Adds events with what they moved, and leaves alone those that are stored already.
/// Returns how many are new.
///
/// # Errors
/// [`StoreError::EventConflict`] when a stored event has the same transaction place, receipt number
/// or position and is not equal; [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    events: &[EventRow],
    charges: &[ChargeRow],
    refunds: &[RefundRow],
    commissions: &[CommissionRow],
) -> Result<usize> {
    if events.is_empty() {
        return Ok(0);
    }
    let new = sqlx::query_scalar!(
        "insert into event select * from unnest($1::event[])
         on conflict (signature, outer_ix, inner_ix) do nothing
         returning position",
        events as _,
    )
    .fetch_all(&mut *conn)
    .await
    .map_err(conflict)?;
    if new.len() < events.len() {
        refuse_changed(conn, events).await?;
    }
    sqlx::query!(
        "insert into charge select charge.* from unnest($1::charge[]) charge
         where charge.position = any($2)",
        charges as _,
        &new,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into refund select refund.* from unnest($1::refund[]) refund
         where refund.position = any($2)",
        refunds as _,
        &new,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into commission select commission.* from unnest($1::commission[]) commission
         where commission.position = any($2)",
        commissions as _,
        &new,
    )
    .execute(conn)
    .await?;
    Ok(new.len())
}

/// An event at a known place in a transaction must be the known event.
async fn refuse_changed(conn: &mut PgConnection, events: &[EventRow]) -> Result<()> {
    let changed = sqlx::query!(
        r#"select found.position as "position!", stored.position as stored_position
           from unnest($1::event[]) found
           join event stored using (signature, outer_ix, inner_ix)
           where stored is distinct from found
           limit 1"#,
        events as _,
    )
    .fetch_optional(conn)
    .await?;
    changed.map_or(Ok(()), |row| {
        Err(StoreError::EventConflict {
            detail: format!(
                "number {} now differs from the stored number {}",
                row.position, row.stored_position
            ),
        })
    })
}

fn conflict(error: sqlx::Error) -> StoreError {
    let detail = error
        .as_database_error()
        .filter(|error| error.is_unique_violation())
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .map(|error| error.detail().unwrap_or_else(|| error.message()).to_owned());
    match detail {
        Some(detail) => StoreError::EventConflict { detail },
        None => error.into(),
    }
}

/// An account, from its creation until it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Life {
    /// The account.
    pub account: Key,
    /// The slot in which it was created.
    pub slot: U64,
}

/// The last stored receipt of each life of these accounts.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn last_receipts(
    conn: &mut PgConnection,
    accounts: &[Key],
) -> Result<HashMap<Life, U64>> {
    let rows = sqlx::query!(
        r#"select account as "account: Key", life as "life: U64", max(seq) as "seq!: U64"
           from event where account = any($1::pubkey[]) group by account, life"#,
        accounts as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let life = Life {
                account: row.account,
                slot: row.life,
            };
            (life, row.seq)
        })
        .collect())
}

/// Accounts, read before `slot`, that count more receipts of their life than are stored.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn missing_receipts(conn: &mut PgConnection, slot: i64) -> Result<Vec<Key>> {
    Ok(sqlx::query_scalar!(
        r#"select address as "address!: Key"
           from (select address, life, receipt_seq, slot from org
                 union all select address, life, receipt_seq, slot from issuer
                 union all select address, life, receipt_seq, slot from plan
                 union all select address, life, receipt_seq, slot from member
                 union all select address, life, receipt_seq, slot from code
                 union all select address, life, receipt_seq, slot from subscription
                 union all select address, life, receipt_seq, slot from authority
                 union all select address, life, receipt_seq, slot from ledger
                 union all select address, life, receipt_seq, slot from config
                 union all select address, life, receipt_seq, slot from invoice
                 union all select address, life, receipt_seq, slot from campaign
                 union all select address, life, receipt_seq, slot from nullifier_page
                 union all select address, life, receipt_seq, slot from claim
                 union all select address, life, receipt_seq, slot from stake_pool
                 union all select address, life, receipt_seq, slot from stake_position) receipted
           where slot < $1
             and receipt_seq > (select coalesce(max(seq), 0) from event
                                where account = address and event.life = receipted.life)
           order by address"#,
        slot,
    )
    .fetch_all(conn)
    .await?)
}

/// All events in chain order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn all(conn: &mut PgConnection) -> Result<Vec<EventRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: EventRow" from event stored order by position"#
    )
    .fetch_all(conn)
    .await?)
}

/// All charges in chain order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn all_charges(conn: &mut PgConnection) -> Result<Vec<ChargeRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: ChargeRow" from charge stored order by position"#
    )
    .fetch_all(conn)
    .await?)
}

/// All refunds in chain order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn all_refunds(conn: &mut PgConnection) -> Result<Vec<RefundRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: RefundRow" from refund stored order by position"#
    )
    .fetch_all(conn)
    .await?)
}

/// All commissions in chain order, nearest level first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn all_commissions(conn: &mut PgConnection) -> Result<Vec<CommissionRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: CommissionRow" from commission stored order by position, level"#
    )
    .fetch_all(conn)
    .await?)
}
