//! Referral codes, by address.

use crate::{Key, Result, mirror::code::CodeRow, read::Page};
use sqlx::PgConnection;

/// A page of the codes by which `owner` earns commission.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn owned_by(
    conn: &mut PgConnection,
    owner: Key,
    page: Page<Key>,
) -> Result<Vec<CodeRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: CodeRow" from code stored
           where owner = $1 and not closed and ($2::pubkey is null or address > $2)
           order by address limit $3"#,
        owner as _,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
