//! How far the mirror is complete. The cursor moves in the transaction that stores what it claims,
//! never backwards, and by one writer at a time: its row is the fence at which a second writer
//! waits.

use crate::{Key, Result, StoreError};
use sqlx::PgConnection;
use uuid::Uuid;

/// The mirror's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Genesis hash of the mirrored network.
    pub genesis: Key,
    /// Names this filling of the mirror.
    pub filling: Uuid,
    /// The highest number given to a receipt.
    pub arrival: i64,
    /// Final transactions are listed through this slot.
    pub listed_slot: i64,
    /// The last listed final transaction.
    pub listed_signature: Option<[u8; 64]>,
    /// The slot in which the listing under way began; none when none is under way.
    pub walk_slot: Option<i64>,
    /// The newest transaction of the listing under way.
    pub walk_signature: Option<[u8; 64]>,
    /// The oldest transaction of the listing under way.
    pub walk_low: Option<[u8; 64]>,
    /// Everything through this slot is final and mirrored.
    pub final_slot: i64,
    /// The network's clock there, Unix seconds.
    pub final_at: i64,
    /// Everything through this slot is mirrored, but may still vanish.
    pub applied_slot: i64,
    /// The network's clock there, Unix seconds.
    pub applied_at: i64,
    /// Every account was read at this slot or later; 0 until all were read.
    pub snapshot_slot: i64,
    /// The slot at which the mirror began to follow the chain.
    pub followed_slot: i64,
    /// Number of accounts that count receipts which the mirror lacks.
    pub gaps: i64,
    /// Why the last round failed; none when it was completed.
    pub problem: Option<String>,
}

/// A slot and what the network's clock showed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The slot.
    pub slot: i64,
    /// The network's clock, Unix seconds.
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

/// Binds an empty database to a network, to be followed from `slot` on; returns the cursor.
///
/// # Errors
/// [`StoreError::OtherGenesis`] when it is bound to another network, [`StoreError::Database`].
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

/// Keeps all other writers out until the transaction ends. The mirror must still be of the writer's
/// filling. The transaction's statements are planned for the tables' present size, since a cached
/// plan may date from a time when they were small.
///
/// # Errors
/// [`StoreError::Fenced`] when it was emptied in the meantime, [`StoreError::Database`].
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

/// Records that everything through `applied` is mirrored. Its time moves only with the slot, since
/// a mirror that stays at one slot may be behind.
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

/// Records why a round failed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn note_problem(conn: &mut PgConnection, problem: &str) -> Result<()> {
    sqlx::query!("update cursor set problem = $1", problem)
        .execute(conn)
        .await?;
    Ok(())
}

/// Records that everything through `settled` is final and mirrored.
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

/// Records that every account was read at `slot` or later.
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

/// Records of how many accounts receipts are missing.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_gaps(conn: &mut PgConnection, gaps: i64) -> Result<()> {
    sqlx::query!("update cursor set gaps = $1 where gaps <> $1", gaps)
        .execute(conn)
        .await?;
    Ok(())
}
