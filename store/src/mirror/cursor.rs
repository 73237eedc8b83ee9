//! How far the mirror is. It moves in the transaction that stores what it claims, never backwards,
//! and by one writer at a time: the row is the fence that a second one waits at.

use crate::{Key, Result, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

/// The mirror's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Genesis hash of the network that is mirrored.
    pub genesis: Key,
    /// Names this filling of the mirror.
    pub filling: Uuid,
    /// Last number that a receipt was given.
    pub arrival: i64,
    /// Transactions that stay are listed through this slot.
    pub listed_slot: i64,
    /// The last of them.
    pub listed_signature: Option<[u8; 64]>,
    /// Where a listing that is under way began; none when none is.
    pub walk_slot: Option<i64>,
    /// The newest transaction that it listed.
    pub walk_signature: Option<[u8; 64]>,
    /// The oldest.
    pub walk_low: Option<[u8; 64]>,
    /// Everything through this slot stays and is mirrored.
    pub final_slot: i64,
    /// The network's clock there, Unix seconds.
    pub final_at: i64,
    /// Everything through this slot is mirrored, though it may still vanish.
    pub applied_slot: i64,
    /// The network's clock there, Unix seconds.
    pub applied_at: i64,
    /// Accounts that nothing has touched since are as of this slot at least; 0 until all were read.
    pub snapshot_slot: i64,
    /// Where the index began to follow the chain.
    pub followed_slot: i64,
    /// Accounts that count receipts which the index lacks.
    pub gaps: i64,
    /// Why the last round did not come to its end.
    pub problem: Option<String>,
}

/// A slot and what the network's clock showed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The slot.
    pub slot: i64,
    /// Unix seconds.
    pub at: i64,
}

/// The cursor; none before [`init`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn read(conn: &mut PgConnection) -> Result<Option<Cursor>> {
    Ok(sqlx::query_as!(
        Cursor,
        r#"select genesis as "genesis: Key", filling, arrival, listed_slot,
                  listed_signature as "listed_signature: [u8; 64]", walk_slot,
                  walk_signature as "walk_signature: [u8; 64]", walk_low as "walk_low: [u8; 64]",
                  final_slot, final_at, applied_slot, applied_at, snapshot_slot, followed_slot, gaps,
                  problem
           from cursor"#
    )
    .fetch_optional(conn)
    .await?)
}

/// Binds an empty database to a network, which is followed from `slot` on; returns the cursor.
///
/// # Errors
/// [`StoreError::OtherGenesis`] when it is bound to another one, [`StoreError::Database`].
pub async fn init(conn: &mut PgConnection, genesis: Key, slot: i64) -> Result<Cursor> {
    sqlx::query!(
        "insert into cursor (genesis, followed_slot) values ($1, $2) on conflict do nothing",
        genesis.as_ref(),
        slot,
    )
    .execute(&mut *conn)
    .await?;
    let cursor = read(conn).await?.ok_or(sqlx::Error::RowNotFound)?;
    if cursor.genesis != genesis {
        return Err(StoreError::OtherGenesis {
            stored: cursor.genesis,
            found: genesis,
        });
    }
    Ok(cursor)
}

/// Keeps all other writers out until the transaction ends. The mirror must still be the one that the
/// writer fills. What the transaction does is planned for what the tables hold: a plan that is kept may be
/// of a time when they were small.
///
/// # Errors
/// [`StoreError::Fenced`] when it was emptied meanwhile, [`StoreError::Database`].
pub async fn fence(conn: &mut PgConnection, filling: Uuid) -> Result<()> {
    let held = sqlx::query!(
        "select set_config('plan_cache_mode', 'force_custom_plan', true)
         from cursor where filling = $1 for update",
        filling,
    )
    .fetch_optional(conn)
    .await?;
    held.map_or(Err(StoreError::Fenced), |_| Ok(()))
}

/// Notes that everything through here is mirrored. The time of it moves only with the slot: a mirror that
/// stays at one slot may be behind.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn complete(conn: &mut PgConnection, applied: Moment) -> Result<()> {
    sqlx::query!(
        "update cursor set applied_slot = greatest(applied_slot, $1),
             applied_at = greatest(applied_at, $2), problem = null,
             applied_on = case when applied_slot < $1 then clock_timestamp() else applied_on end",
        applied.slot,
        applied.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why a round did not come to its end.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn note_problem(conn: &mut PgConnection, problem: &str) -> Result<()> {
    sqlx::query!("update cursor set problem = $1", problem)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that everything through here stays and is mirrored.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn settle(conn: &mut PgConnection, settled: Moment) -> Result<()> {
    sqlx::query!(
        "update cursor set final_slot = $1, final_at = greatest(final_at, $2) where final_slot < $1",
        settled.slot,
        settled.at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that every account was read at this slot or later.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_snapshot(conn: &mut PgConnection, slot: i64) -> Result<()> {
    sqlx::query!(
        "update cursor set snapshot_slot = greatest(snapshot_slot, $1)",
        slot
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from stale where slot <= $1", slot)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes of how many accounts receipts are missing.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_gaps(conn: &mut PgConnection, gaps: i64) -> Result<()> {
    sqlx::query!("update cursor set gaps = $1 where gaps <> $1", gaps)
        .execute(conn)
        .await?;
    Ok(())
}
