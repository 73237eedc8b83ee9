//! Removes receipts that the chain does not have.

use super::Place;
use crate::{Result, mirror::unsettled::Unsettled};
use sqlx::PgConnection;

/// The removed receipts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undone {
    /// Number of removed receipts.
    pub receipts: usize,
    /// The lives that they belonged to.
    pub lives: Vec<i32>,
}

/// Removes the receipts of transactions that vanished, and lives that began with them.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove_transactions(
    conn: &mut PgConnection,
    vanished: &[Unsettled],
) -> Result<Undone> {
    let slots: Vec<i64> = vanished.iter().map(|it| it.slot).collect();
    let tx_indexes: Vec<i32> = vanished.iter().map(|it| it.tx_index).collect();
    let signatures: Vec<&[u8]> = vanished.iter().map(|it| it.signature.as_slice()).collect();
    let lives = sqlx::query_scalar!(
        "delete from receipt using unnest($1::bigint[], $2::integer[], $3::bytea[])
             vanished (slot, tx_index, signature)
         where receipt.slot = vanished.slot and receipt.tx_index = vanished.tx_index
           and receipt.signature = vanished.signature
         returning receipt.life_id",
        &slots,
        &tx_indexes,
        &signatures as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    forget(conn, lives).await
}

/// Removes receipts by their places.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, places: &[Place]) -> Result<Undone> {
    let slots: Vec<i64> = places.iter().map(|it| it.slot).collect();
    let tx_indexes: Vec<i32> = places.iter().map(|it| it.tx_index).collect();
    let outer: Vec<i16> = places.iter().map(|it| it.outer_ix).collect();
    let inner: Vec<i16> = places.iter().map(|it| it.inner_ix).collect();
    let lives = sqlx::query_scalar!(
        "delete from receipt using unnest($1::bigint[], $2::integer[], $3::smallint[], $4::smallint[])
             gone (slot, tx_index, outer_ix, inner_ix)
         where receipt.slot = gone.slot and receipt.tx_index = gone.tx_index
           and receipt.outer_ix = gone.outer_ix and receipt.inner_ix = gone.inner_ix
         returning receipt.life_id",
        &slots,
        &tx_indexes,
        &outer,
        &inner,
    )
    .fetch_all(&mut *conn)
    .await?;
    forget(conn, lives).await
}

/// Marks these lives as unproven from their beginning, and deletes those that have no receipt left.
pub(super) async fn forget(conn: &mut PgConnection, mut lives: Vec<i32>) -> Result<Undone> {
    let receipts = lives.len();
    lives.sort_unstable();
    lives.dedup();
    sqlx::query!(
        "update life set proven_seq = default, proven_head = default where id = any($1)",
        &lives,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from life where id = any($1)
           and not exists (select from receipt where life_id = life.id)
           -- What else could belong to it is looked for only where there is such a thing.
           and (kind is distinct from 'Plan'
                or not exists (select from receipt where plan_id = life.id))
           and (kind is distinct from 'Org'
                or not exists (select from receipt where org_id = life.id)
                and not exists (select from life child
                                where child.org_id = life.id and child.id <> life.id))",
        &lives,
    )
    .execute(conn)
    .await?;
    Ok(Undone { receipts, lives })
}
