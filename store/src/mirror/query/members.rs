//! Members, by address.

use crate::{Key, Result, mirror::member::MemberRow, read::Page};
use sqlx::PgConnection;

/// Which members are listed; all open ones by default.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Of this org.
    pub org: Option<Key>,
    /// This wallet's.
    pub wallet: Option<Key>,
    /// Referred by this wallet, directly.
    pub referrer: Option<Key>,
    /// In this tier; 0 is none.
    pub tier: Option<i16>,
    /// Also those whose account is gone.
    pub include_closed: bool,
}

/// A page of members.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &MemberFilter,
    page: Page<Key>,
) -> Result<Vec<MemberRow>> {
    Ok(sqlx::query_scalar!(
        r#"select row_of(stored) as "row!: MemberRow" from member stored
           where ($1::pubkey is null or org = $1)
             and ($2::pubkey is null or wallet = $2)
             and ($3::pubkey is null or referrer_1 = $3)
             and ($4::smallint is null or tier = $4)
             and ($5 or not closed)
             and ($6::pubkey is null or address > $6)
           order by address limit $7"#,
        filter.org as _,
        filter.wallet as _,
        filter.referrer as _,
        filter.tier,
        filter.include_closed,
        page.after as _,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}
