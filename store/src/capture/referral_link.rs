//! Referral links: whose a code is, and how often its link was followed. A count names nobody.

use crate::{Key, OrganisationId, Result, projection};
use sqlx::PgConnection;

/// Whose a referral link is, and where it leads.
#[derive(Debug, Clone)]
pub struct ReferralLink {
    /// The organisation of the Org that has the code.
    pub organisation: OrganisationId,
    /// Null until the organisation says so.
    pub destination: Option<String>,
}

/// Clicks on a code's link on one day.
#[derive(Debug, Clone)]
pub struct ClickRow {
    /// UTC day, days since 1970.
    pub day: i32,
    /// By people, as far as one can tell.
    pub people: i64,
}

/// The link of a code of `org`; none without the code, or without an organisation of the Org. For a
/// plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, org: Key, code: &str) -> Result<Option<ReferralLink>> {
    Ok(sqlx::query_as!(
        ReferralLink,
        r#"select organisation.id as "organisation: OrganisationId",
                  referral_destination as destination
           from code join engine.organisation on organisation.org = code.org
           where code.org = $1 and code.code = $2 and not code.closed"#,
        org as _,
        code,
    )
    .fetch_optional(conn)
    .await?)
}

/// Clicks on a code's link by day, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn by_day(conn: &mut PgConnection, code: &str, limit: i64) -> Result<Vec<ClickRow>> {
    Ok(sqlx::query_as!(
        ClickRow,
        r#"select day, sum(amount)::bigint as "people!" from engine.projection_sum
           where projection = (
                   select id from engine.projection
                   where organisation = engine.current_organisation() and kind = $3)
             and label = $1
           group by day order by day desc limit $2"#,
        code,
        limit,
        projection::CLICKS,
    )
    .fetch_all(conn)
    .await?)
}
