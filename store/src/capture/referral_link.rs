//! Referral links: whose a code is, and how often its link was followed. A count names nobody.

use crate::{Key, OrganisationId, Result};
use sqlx::PgConnection;

/// Where a referral link leads.
#[derive(Debug, Clone)]
pub struct ReferralLink {
    /// Whose code it is.
    pub organisation: OrganisationId,
    /// That organisation's Org.
    pub org: Key,
    /// Where it leads; null until the organisation says so.
    pub destination: Option<String>,
}

/// Clicks on a code's link on one day.
#[derive(Debug, Clone)]
pub struct ClickRow {
    /// UTC day, days since 1970.
    pub day: i32,
    /// By people, as far as one can tell.
    pub people: i64,
    /// By machines and by browsers that only look ahead.
    pub machines: i64,
}

/// Organisations whose Org has this code, or the one of `org` that has. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn links(
    conn: &mut PgConnection,
    code: &str,
    org: Option<Key>,
) -> Result<Vec<ReferralLink>> {
    Ok(sqlx::query_as!(
        ReferralLink,
        r#"select organisation.id as "organisation: OrganisationId", organisation.org as "org: Key",
                  referral_destination as destination
           from code join engine.organisation on organisation.org = code.org
           where code.code = $1 and not code.closed and ($2::pubkey is null or code.org = $2)
           order by organisation.id limit 2"#,
        code,
        org as _,
    )
    .fetch_all(conn)
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
    by_machine: bool,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.click_count as stored (organisation, code, day, people, machines)
         values ($1, $2, $3, $4, $5)
         on conflict (organisation, code, day) do update
         set people = stored.people + excluded.people,
             machines = stored.machines + excluded.machines",
        organisation.0,
        code,
        day,
        i64::from(!by_machine),
        i64::from(by_machine),
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
        "select day, people, machines from engine.click_count
         where organisation = engine.current_organisation() and code = $1
         order by day desc limit $2",
        code,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
