//! Plans, by address.

use crate::{Key, Result, mirror::plan::PlanRow, read::Page};
use sqlx::PgConnection;

/// Which plans are listed; all open ones by default.
#[derive(Debug, Clone, Default)]
pub struct PlanFilter {
    /// Sold by this org.
    pub org: Option<Key>,
    /// Paid in this mint.
    pub mint: Option<Key>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A page of plans.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &PlanFilter,
    page: Page<Key>,
) -> Result<Vec<PlanRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: PlanRow" from plan stored
           where ($1::pubkey is null or org = $1)
             and ($2::pubkey is null or mint = $2)
             and ($3 or not closed)
             and ($4::pubkey is null or address > $4)
           order by address limit $5"#,
        filter.org as _,
        filter.mint as _,
        filter.include_closed,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The plan at `address`, even when it is closed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, address: Key) -> Result<Option<PlanRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: PlanRow" from plan stored where address = $1"#,
        address as _,
    )
    .fetch_optional(conn)
    .await?)
}
