//! Orgs, by address.

use crate::{Key, Result, mirror::org::OrgRow, read::Page};
use sqlx::PgConnection;

/// Which orgs are listed; all open ones by default.
#[derive(Debug, Clone, Default)]
pub struct OrgFilter {
    /// Administered by this key.
    pub authority: Option<Key>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A page of orgs.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &OrgFilter,
    page: Page<Key>,
) -> Result<Vec<OrgRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: OrgRow" from org stored
           where ($1::pubkey is null or authority = $1)
             and ($2 or not closed)
             and ($3::pubkey is null or address > $3)
           order by address limit $4"#,
        filter.authority as _,
        filter.include_closed,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The org at `address`, even when it is closed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, address: Key) -> Result<Option<OrgRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: OrgRow" from org stored where address = $1"#,
        address as _,
    )
    .fetch_optional(conn)
    .await?)
}
