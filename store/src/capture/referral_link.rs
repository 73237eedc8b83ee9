//! Referral links: whose a code is, and how often its link was followed. A count names nobody.

use crate::{Key, OrganisationId, Result};
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

/// Counts a click.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn count(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    code: &str,
    day: i32,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.click_count as stored (organisation, code, day, people)
         values ($1, $2, $3, 1)
         on conflict (organisation, code, day) do update set people = stored.people + 1",
        organisation.0,
        code,
        day,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Clicks on a code's link by day, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn by_day(conn: &mut PgConnection, code: &str, limit: i64) -> Result<Vec<ClickRow>> {
    Ok(sqlx::query_as!(
        ClickRow,
        "select day, people from engine.click_count
         where organisation = engine.current_organisation() and code = $1
         order by day desc limit $2",
        code,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
