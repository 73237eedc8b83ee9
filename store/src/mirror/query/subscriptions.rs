//! Subscriptions, by address.

use crate::{
    Key, Result,
    mirror::subscription::{Status, SubscriptionRow},
    read::{LOOK, Looked, Page},
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

/// A page of subscriptions, along the index of the narrowest filter.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &SubscriptionFilter,
    page: Page<Key>,
) -> Result<Looked<Subscription, Key>> {
    let wallet = filter.wallet;
    let plan = filter.plan.filter(|_| wallet.is_none());
    let org = filter.org.filter(|_| wallet.or(plan).is_none());
    let rows = sqlx::query_as!(
        Subscription,
        r#"select row_of(looked.stored) as "row!: SubscriptionRow", looked.status as "status!: Status"
           from (
               select stored, address, plan, status from subscription_now
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or plan = $2)
                 and ($3::pubkey is null
                      or plan = any(array(select address::bytea from plan where org = $3)))
                 and ($4::pubkey is null or address > $4)
               order by address limit $5
           ) looked
           where ($6::pubkey is null
                  or looked.plan = any(array(select address::bytea from plan where org = $6)))
             and ($7::pubkey is null or looked.plan = $7)
             and ($8::smallint is null or (looked.stored).state = $8
                  or ($8, looked.status) in ((3, 'past_due'), (5, 'lapsed')))
             and ($9::text is null or looked.status = $9)
             and ($10 or not (looked.stored).closed)
           order by looked.address limit $11"#,
        wallet as _,
        plan as _,
        org as _,
        page.after as _,
        LOOK,
        filter.org as _,
        filter.plan as _,
        filter.state,
        filter.status as _,
        filter.include_closed,
        page.limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut rest = None;
    if page.is_short(&rows) {
        rest = sqlx::query_scalar!(
            r#"select address as "address: Key" from subscription
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or plan = $2)
                 and ($3::pubkey is null
                      or plan = any(array(select address::bytea from plan where org = $3)))
                 and ($4::pubkey is null or address > $4)
               order by address offset $5::bigint - 1 limit 1"#,
            wallet as _,
            plan as _,
            org as _,
            page.after as _,
            LOOK,
        )
        .fetch_optional(conn)
        .await?;
    }
    Ok(Looked { rows, rest })
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
