//! Subscriptions that can be charged.

use crate::{Key, Result};
use sqlx::PgConnection;

/// A subscription whose next period is due, as the mirror has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The subscription.
    pub address: Key,
    /// Since when, Unix seconds.
    pub next_due: i64,
}

/// Subscriptions that were due at `now` (the network's clock, Unix seconds), longest due first,
/// from behind `after` on.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn due(
    conn: &mut PgConnection,
    now: i64,
    after: Option<Due>,
    limit: i64,
) -> Result<Vec<Due>> {
    let after = after.unwrap_or(Due {
        address: Key([0; 32]),
        next_due: i64::MIN,
    });
    Ok(sqlx::query_as!(
        Due,
        r#"select address as "address: Key", next_due
           from subscription
           where state in (1, 2, 3) and not closed and next_due <= $1
             and (next_due, address) > ($2, $3::bytea)
           order by next_due, address
           limit $4"#,
        now,
        after.next_due,
        after.address.as_ref(),
        limit,
    )
    .fetch_all(conn)
    .await?)
}
