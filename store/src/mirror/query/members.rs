//! Members, by address.

use crate::{
    Key, Result,
    mirror::member::MemberRow,
    read::{LOOK, Looked, Page},
};
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

/// A page of members, along the index of the narrowest filter.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    filter: &MemberFilter,
    page: Page<Key>,
) -> Result<Looked<MemberRow, Key>> {
    let wallet = filter.wallet;
    let referrer = filter.referrer.filter(|_| wallet.is_none());
    let org = filter.org.filter(|_| wallet.or(referrer).is_none());
    let rows = sqlx::query_scalar!(
        r#"select row_of(looked.stored) as "row!: MemberRow"
           from (
               select stored from member stored
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or referrer_1 = $2)
                 and ($3::pubkey is null or org = $3)
                 and ($4::pubkey is null or address > $4)
               order by address limit $5
           ) looked
           where ($6::pubkey is null or (looked.stored).org = $6)
             and ($7::pubkey is null or (looked.stored).referrer_1 = $7)
             and ($8::smallint is null or (looked.stored).tier = $8)
             and ($9 or not (looked.stored).closed)
           order by (looked.stored).address limit $10"#,
        wallet as _,
        referrer as _,
        org as _,
        page.after as _,
        LOOK,
        filter.org as _,
        filter.referrer as _,
        filter.tier,
        filter.include_closed,
        page.limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut rest = None;
    if page.is_short(&rows) {
        rest = sqlx::query_scalar!(
            r#"select address as "address: Key" from member
               where ($1::pubkey is null or wallet = $1)
                 and ($2::pubkey is null or referrer_1 = $2)
                 and ($3::pubkey is null or org = $3)
                 and ($4::pubkey is null or address > $4)
               order by address offset $5::bigint - 1 limit 1"#,
            wallet as _,
            referrer as _,
            org as _,
            page.after as _,
            LOOK,
        )
        .fetch_optional(conn)
        .await?;
    }
    Ok(Looked { rows, rest })
}
