//! Subscriptions that are due.

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

/// Subscriptions whose next period anybody could charge at `now` (the network's clock, Unix seconds),
/// longest due first, from behind `after` on. What no charge can reach any more is not among them.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn due(
    conn: &mut PgConnection,
    now: i64,
    after: Option<Due>,
    limit: i64,
) -> Result<Vec<Due>> {
    due_and(true, conn, now, after, limit).await
}

/// Subscriptions that are due and that no charge can reach, though nobody has recorded it, in the same
/// order.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn uncollectable(
    conn: &mut PgConnection,
    now: i64,
    after: Option<Due>,
    limit: i64,
) -> Result<Vec<Due>> {
    due_and(false, conn, now, after, limit).await
}

/// What is due and can, or cannot, be charged.
async fn due_and(
    chargeable: bool,
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
        // What the index has is named as it is there, because nothing else says where to begin.
        r#"select address as "address!: Key", (stored).next_due as "next_due!"
           from subscription_standing($1)
           where (stored).state in (1, 2, 3) and not (stored).closed
             and ((stored).periods_paid <= (stored).approved_periods
                  or (stored).pending_plan is not null)
             and (stored).consents & 2 = 0
             and (stored).next_due <= $1 and chargeable = $5
             and ((stored).next_due, address) > ($2, $3::bytea)
           order by (stored).next_due, address
           limit $4"#,
        now,
        after.next_due,
        after.address.as_ref(),
        limit,
        chargeable,
    )
    .fetch_all(conn)
    .await?)
}
