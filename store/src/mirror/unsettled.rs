//! Applied transactions that may still vanish, and accounts that have to be read again.

use crate::{Key, Result, mirror::receipt::Body};
use futures::TryStreamExt;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashSet};

/// A transaction that may still vanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// First signature of the transaction, which names it.
    pub signature: [u8; 64],
    /// Slot of the transaction.
    pub slot: i64,
    /// Its place in the slot.
    pub tx_index: i32,
    /// Accounts that it touched.
    pub touched: Vec<Key>,
}

/// Adds transactions that are applied and may still vanish.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn add(conn: &mut PgConnection, transactions: &[Unsettled]) -> Result<()> {
    // A statement must not change a row twice; the last is the newest.
    let latest: BTreeMap<([u8; 64], i64), &Unsettled> = transactions
        .iter()
        .map(|it| ((it.signature, it.slot), it))
        .collect();
    let signatures: Vec<&[u8]> = latest.values().map(|it| it.signature.as_slice()).collect();
    let slots: Vec<i64> = latest.values().map(|it| it.slot).collect();
    let indexes: Vec<i32> = latest.values().map(|it| it.tx_index).collect();
    let touched: Vec<Vec<u8>> = latest
        .values()
        .map(|it| it.touched.iter().flat_map(|key| key.0).collect())
        .collect();
    sqlx::query!(
        "insert into unsettled (signature, slot, tx_index, touched)
         select * from unnest($1::bytea[], $2::bigint[], $3::integer[], $4::bytea[])
         on conflict (signature, slot) do update
         set tx_index = excluded.tx_index, touched = excluded.touched",
        &signatures as _,
        &slots,
        &indexes,
        &touched,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks those of these final transactions, given with slot and place, that are applied at the same
/// slot and place; returns their signatures.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn stays(
    conn: &mut PgConnection,
    listed: &[(i64, [u8; 64], Option<i32>)],
) -> Result<HashSet<[u8; 64]>> {
    let slots: Vec<i64> = listed.iter().map(|(slot, ..)| *slot).collect();
    let signatures: Vec<&[u8]> = listed.iter().map(|(_, it, _)| it.as_slice()).collect();
    let indexes: Vec<Option<i32>> = listed.iter().map(|(.., index)| *index).collect();
    let stays = sqlx::query_scalar!(
        r#"update unsettled set listed = true
           from unnest($1::bigint[], $2::bytea[], $3::integer[]) found (slot, signature, tx_index)
           where unsettled.signature = found.signature and unsettled.slot = found.slot
             and unsettled.tx_index = coalesce(found.tx_index, unsettled.tx_index)
           returning unsettled.signature as "signature: [u8; 64]""#,
        &slots,
        &signatures as _,
        &indexes as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(stays.into_iter().collect())
}

/// Transactions up to and including `slot` that no listing of final transactions contains, in chain
/// order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unlisted(conn: &mut PgConnection, slot: i64) -> Result<Vec<Unsettled>> {
    let rows = sqlx::query!(
        r#"select signature as "signature: [u8; 64]", slot, tx_index, touched
           from unsettled where slot <= $1 and not listed order by slot, tx_index"#,
        slot,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Unsettled {
            signature: row.signature,
            slot: row.slot,
            tx_index: row.tx_index,
            touched: row
                .touched
                .as_chunks()
                .0
                .iter()
                .map(|key| Key(*key))
                .collect(),
        })
        .collect())
}

/// Those of these signatures whose transactions are applied and may still vanish.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn known(conn: &mut PgConnection, signatures: &[[u8; 64]]) -> Result<Vec<[u8; 64]>> {
    let signatures: Vec<&[u8]> = signatures.iter().map(<[u8; 64]>::as_slice).collect();
    Ok(sqlx::query_scalar!(
        r#"select signature as "signature: [u8; 64]" from unsettled
           where signature = any($1::bytea[])"#,
        &signatures as _,
    )
    .fetch_all(conn)
    .await?)
}

/// Deletes transactions that are not applied any more, so that they are once they stay.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, transactions: &[Unsettled]) -> Result<()> {
    let slots: Vec<i64> = transactions.iter().map(|it| it.slot).collect();
    let signatures: Vec<&[u8]> = transactions
        .iter()
        .map(|it| it.signature.as_slice())
        .collect();
    sqlx::query!(
        "delete from unsettled using unnest($1::bigint[], $2::bytea[]) gone (slot, signature)
         where unsettled.signature = gone.signature and unsettled.slot = gone.slot",
        &slots,
        &signatures as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes transactions up to and including `slot`, which are final or have vanished, except
/// `doubted` ones.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove_through(
    conn: &mut PgConnection,
    slot: i64,
    doubted: &[[u8; 64]],
) -> Result<()> {
    let doubted: Vec<&[u8]> = doubted.iter().map(<[u8; 64]>::as_slice).collect();
    sqlx::query!(
        "delete from unsettled where slot <= $1 and signature <> all($2::bytea[])",
        slot,
        &doubted as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The oldest transaction up to and including `slot`, after its slot.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn oldest(conn: &mut PgConnection, slot: i64) -> Result<Option<(i64, [u8; 64])>> {
    let row = sqlx::query!(
        r#"select slot, signature as "signature: [u8; 64]" from unsettled
           where slot <= $1 order by slot, tx_index limit 1"#,
        slot,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.slot, row.signature)))
}

/// Marks accounts to be read at `slot` or later.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mark_stale(conn: &mut PgConnection, addresses: &[Key], slot: i64) -> Result<()> {
    if addresses.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into stale (address, slot) select distinct address, $2::bigint
         from unnest($1::pubkey[]) given (address) order by address
         on conflict (address) do update set slot = greatest(stale.slot, excluded.slot)",
        addresses as _,
        slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// At most `limit` accounts to be read, each with the earliest slot at which it may be read.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn stale(conn: &mut PgConnection, limit: i64) -> Result<Vec<(Key, i64)>> {
    let rows = sqlx::query!(
        r#"select address as "address: Key", slot from stale order by address limit $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.address, row.slot))
        .collect())
}

/// How many accounts are marked to be read.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn stale_count(conn: &mut PgConnection) -> Result<i64> {
    Ok(
        sqlx::query_scalar!(r#"select count(*) as "count!" from stale"#)
            .fetch_one(conn)
            .await?,
    )
}

/// Unmarks accounts that were read at `slot`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn fresh(conn: &mut PgConnection, addresses: &[Key], slot: i64) -> Result<()> {
    sqlx::query!(
        "delete from stale where address = any($1::pubkey[]) and slot <= $2",
        addresses as _,
        slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks accounts that have receipts but no row, except closed ones. For networks whose nodes
/// refuse to list the program's accounts.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mark_unread(conn: &mut PgConnection, slot: i64) -> Result<()> {
    sqlx::query!(
        "insert into stale (address, slot)
         select distinct address, $1::bigint from life
         where not exists (select from account_head head
                           where head.address = life.address and head.life >= life.life)
           and not exists (select from receipt
                           where receipt.life_id = life.id and receipt.kind = 'Closed')
           and not exists (select from dead_letter_account about
                           where about.address = life.address)
         on conflict do nothing",
        slot,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Token accounts for which a subscription was once signed and whose delegate has no row: the
/// delegate outlives the subscription.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unread_delegates(conn: &mut PgConnection) -> Result<Vec<Key>> {
    /// Offset of the paying token account in the body of a signature, after plan and wallet.
    const PAYER_TOKEN: usize = 64;
    let mut signed = HashSet::new();
    {
        let mut bodies = sqlx::query_scalar!(
            r#"select body as "body: Body" from receipt where kind = 'Subscribed'"#
        )
        .fetch(&mut *conn);
        while let Some(body) = bodies.try_next().await? {
            signed.extend(body.address(PAYER_TOKEN));
        }
    }
    let signed: Vec<Key> = signed.into_iter().collect();
    Ok(sqlx::query_scalar!(
        r#"select payer_token as "payer_token!: Key" from unnest($1::pubkey[]) signed (payer_token)
           where not exists (select from authority where authority.token_account = payer_token)"#,
        &signed as _,
    )
    .fetch_all(conn)
    .await?)
}
