//! Commission ledgers, by address.

use crate::{Key, Result, mirror::ledger::LedgerRow, read::Page};
use sqlx::PgConnection;

/// Which ledgers are listed; all open ones by default.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// Owed by this org.
    pub org: Option<Key>,
    /// Earned by this wallet.
    pub wallet: Option<Key>,
    /// In this mint.
    pub mint: Option<Key>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A page of ledgers.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &LedgerFilter,
    page: Page<Key>,
) -> Result<Vec<LedgerRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: LedgerRow" from ledger stored
           where ($1::pubkey is null or org = $1)
             and ($2::pubkey is null or wallet = $2)
             and ($3::pubkey is null or mint = $3)
             and ($4 or not closed)
             and ($5::pubkey is null or address > $5)
           order by address limit $6"#,
        filter.org as _,
        filter.wallet as _,
        filter.mint as _,
        filter.include_closed,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
