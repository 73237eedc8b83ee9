//! Commission ledgers, by address.

use crate::{
    Key, Result,
    mirror::ledger::LedgerRow,
    read::{LOOK, Looked, Page},
};
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

/// A page of ledgers, along the index of the narrowest filter.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &LedgerFilter,
    page: Page<Key>,
) -> Result<Looked<LedgerRow, Key>> {
    let wallet = filter.wallet;
    let org = filter.org.filter(|_| wallet.is_none());
    let rows = sqlx::query_scalar!(
        r#"select row_of(looked.stored) as "row!: LedgerRow"
           from (
               select stored from ledger stored
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or org = $2)
                 and ($3::pubkey is null or address > $3)
               order by address limit $4
           ) looked
           where ($5::pubkey is null or (looked.stored).org = $5)
             and ($6::pubkey is null or (looked.stored).mint = $6)
             and ($7 or not (looked.stored).closed)
           order by (looked.stored).address limit $8"#,
        wallet as _,
        org as _,
        page.after as _,
        LOOK,
        filter.org as _,
        filter.mint as _,
        filter.include_closed,
        page.limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut rest = None;
    if page.is_short(&rows) {
        rest = sqlx::query_scalar!(
            r#"select address as "address: Key" from ledger
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or org = $2)
                 and ($3::pubkey is null or address > $3)
               order by address offset $4::bigint - 1 limit 1"#,
            wallet as _,
            org as _,
            page.after as _,
            LOOK,
        )
        .fetch_optional(conn)
        .await?;
    }
    Ok(Looked { rows, rest })
}
