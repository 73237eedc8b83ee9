//! Events, in chain order.

use super::Page;
use crate::{Key, Result, event::EventRow};
use sqlx::PgConnection;

/// Which events are wanted; none narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Receipts of this account.
    pub account: Option<Key>,
    /// Receipts of this wallet's members, codes, subscriptions, invoices, ledgers, claims and stakes.
    pub wallet: Option<Key>,
    /// With this name in the IDL.
    pub kind: Option<String>,
    /// From this position on.
    pub from: Option<i64>,
    /// Up to and with this position.
    pub to: Option<i64>,
}

/// A page of events.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &EventFilter,
    page: Page<i64>,
) -> Result<Vec<EventRow>> {
    Ok(sqlx::query_scalar!(
        r#"select stored as "row!: EventRow" from event stored
           where ($1::pubkey is null or account = $1)
             and ($2::pubkey is null or account = any(array(
                      select address::bytea from member where wallet = $2
                      union all
                      select address::bytea from code where owner = $2
                      union all
                      select address::bytea from subscription where wallet = $2
                      union all
                      select address::bytea from invoice where wallet = $2
                      union all
                      select address::bytea from ledger where wallet = $2
                      union all
                      select address::bytea from claim where wallet = $2
                      union all
                      select address::bytea from stake_position where wallet = $2)))
             and ($3::text is null or kind = $3)
             and ($4::bigint is null or position >= $4)
             and ($5::bigint is null or position <= $5)
             and ($6::bigint is null or position > $6)
           order by position limit $7"#,
        filter.account as _,
        filter.wallet as _,
        filter.kind,
        filter.from,
        filter.to,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
