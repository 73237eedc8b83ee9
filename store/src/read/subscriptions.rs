//! Subscriptions, by address.

use super::Page;
use crate::{Key, Result, subscription::SubscriptionRow};
use sqlx::PgConnection;

/// Which subscriptions are wanted; none narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionFilter {
    /// To a plan of this org.
    pub org: Option<Key>,
    /// To this plan.
    pub plan: Option<Key>,
    /// Paid by this wallet.
    pub wallet: Option<Key>,
    /// In this state.
    pub state: Option<i16>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A page of subscriptions.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &SubscriptionFilter,
    page: Page<Key>,
) -> Result<Vec<SubscriptionRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: SubscriptionRow" from subscription stored
           where ($1::pubkey is null
                  or plan = any(array(select address::bytea from plan where org = $1)))
             and ($2::pubkey is null or plan = $2)
             and ($3::pubkey is null or wallet = $3)
             and ($4::smallint is null or state = $4)
             and ($5 or not closed)
             and ($6::pubkey is null or address > $6)
           order by address limit $7"#,
        filter.org as _,
        filter.plan as _,
        filter.wallet as _,
        filter.state,
        filter.include_closed,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The subscription at `address`, even when it is closed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, address: Key) -> Result<Option<SubscriptionRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: SubscriptionRow" from subscription stored where address = $1"#,
        address as _,
    )
    .fetch_optional(conn)
    .await?)
}
