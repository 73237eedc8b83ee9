//! Subscriptions, by address.

use crate::{
    Key, Result,
    mirror::subscription::{Status, SubscriptionRow},
    read::Page,
};
use sqlx::PgConnection;

/// Which subscriptions are listed; all open ones by default.
#[derive(Debug, Clone, Default)]
pub struct SubscriptionFilter {
    /// To a plan of this org.
    pub org: Option<Key>,
    /// To this plan.
    pub plan: Option<Key>,
    /// Paid by this wallet.
    pub wallet: Option<Key>,
    /// In this state; 3 (past due) and 5 (lapsed) include subscriptions that only the clock puts
    /// there.
    pub state: Option<i16>,
    /// With this status.
    pub status: Option<Status>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A subscription with its status at the last moment that the mirror knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The account.
    pub row: SubscriptionRow,
    /// The status at that moment.
    pub status: Status,
}

/// A page of subscriptions.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &SubscriptionFilter,
    page: Page<Key>,
) -> Result<Vec<Subscription>> {
    Ok(sqlx::query_as!(
        Subscription,
        r#"select row_of(stored) as "row!: SubscriptionRow", status as "status!: Status"
           from subscription_now
           where ($1::pubkey is null
                  or plan = any(array(select address::bytea from plan where org = $1)))
             and ($2::pubkey is null or plan = $2)
             and ($3::pubkey is null or wallet = $3)
             and ($4::smallint is null or (stored).state = $4
                  or ($4, status) in ((3, 'past_due'), (5, 'lapsed')))
             and ($5::text is null or status = $5)
             and ($6 or not (stored).closed)
             and ($7::pubkey is null or address > $7)
           order by address limit $8"#,
        filter.org as _,
        filter.plan as _,
        filter.wallet as _,
        filter.state,
        filter.status as _,
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
pub async fn get(conn: &mut PgConnection, address: Key) -> Result<Option<Subscription>> {
    Ok(sqlx::query_as!(
        Subscription,
        r#"select row_of(stored) as "row!: SubscriptionRow", status as "status!: Status"
           from subscription_now where address = $1"#,
        address as _,
    )
    .fetch_optional(conn)
    .await?)
}
