//! How far the mirror is behind the chain.

use crate::Result;
use sqlx::PgConnection;

/// Progress of the indexer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexState {
    /// Slot through which accounts and receipts are mirrored; 0 before the first round is complete.
    pub applied_slot: i64,
    /// The network's clock at `applied_slot`, Unix seconds.
    pub applied_at: i64,
    /// Slot through which what is mirrored cannot vanish.
    pub final_slot: i64,
    /// Seconds since the last completed round, by the database's clock; none before the first one.
    pub lag_secs: Option<i64>,
    /// Accounts that count receipts which the mirror lacks.
    pub gaps: i64,
    /// Number of transactions, receipts and accounts that this version did not understand.
    pub dead_letters: i64,
    /// Why the last round failed; none when it was completed.
    pub problem: Option<String>,
}

/// The network's clock at the last moment that the mirror knows, Unix seconds; 0 before it knows any.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn now(conn: &mut PgConnection) -> Result<i64> {
    let now = sqlx::query_scalar!("select applied_at from cursor")
        .fetch_optional(conn)
        .await?;
    Ok(now.unwrap_or(0))
}

/// The slot through which what is mirrored cannot vanish.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn final_slot(conn: &mut PgConnection) -> Result<i64> {
    let slot = sqlx::query_scalar!("select final_slot from cursor")
        .fetch_optional(conn)
        .await?;
    Ok(slot.unwrap_or(0))
}

/// The indexer's progress; none before it first ran.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn state(conn: &mut PgConnection) -> Result<Option<IndexState>> {
    Ok(sqlx::query_as!(
        IndexState,
        r#"select applied_slot, applied_at, final_slot,
                  extract(epoch from now() - applied_on)::bigint as lag_secs,
                  gaps,
                  -- Beyond so many, the figure says that there are many.
                  (select count(*) from (select from dead_letter limit 10000) first) as "dead_letters!",
                  problem
           from cursor"#
    )
    .fetch_optional(conn)
    .await?)
}
