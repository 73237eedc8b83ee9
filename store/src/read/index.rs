//! How far the mirror is behind the chain.

use crate::Result;
use sqlx::PgConnection;

/// Progress of the indexer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexState {
    /// Whether its last round left nothing behind.
    pub caught_up: bool,
    /// The chain's last slot when it was last asked.
    pub tip_slot: i64,
    /// Slot through which accounts and events are mirrored.
    pub indexed_slot: i64,
    /// Number of events mirrored.
    pub event_position: i64,
    /// Seconds since the indexer last reported, by the database's clock.
    pub lag_secs: i64,
}

/// The network's clock at the last moment that the mirror knows, Unix seconds; 0 before it knows any.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn now(conn: &mut PgConnection) -> Result<i64> {
    let now = sqlx::query_scalar!("select tip_at from cursor")
        .fetch_optional(conn)
        .await?;
    Ok(now.unwrap_or(0))
}

/// The indexer's progress; none before it first ran.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn state(conn: &mut PgConnection) -> Result<Option<IndexState>> {
    Ok(sqlx::query_as!(
        IndexState,
        r#"select caught_up, tip_slot, account_slot as indexed_slot, event_position,
                  extract(epoch from now() - updated_at)::bigint as "lag_secs!"
           from cursor"#
    )
    .fetch_optional(conn)
    .await?)
}
