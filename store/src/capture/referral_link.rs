//! Referral links: the owner of a code, and how often its link was followed. Counts contain no
//! personal data.

use crate::{Key, OrganisationId, Result, projection};
use sqlx::PgConnection;
use tessera_domain::event::Agent;

/// A referral link's organisation and destination.
#[derive(Debug, Clone)]
pub struct ReferralLink {
    /// The organisation of the Org that has the code.
    pub organisation: OrganisationId,
    /// Where the link leads; none until the organisation sets it.
    pub destination: Option<String>,
}

/// Clicks on a code's link on one day.
#[derive(Debug, Clone)]
pub struct ClickRow {
    /// UTC day, days since 1970.
    pub day: i32,
    /// Clicks by people, as far as can be determined.
    pub people: i64,
    /// Clicks by machines.
    pub machines: i64,
    /// Clicks by what may have been a person.
    pub unknown: i64,
}

/// The codes of `org` of a shape, with their links; none of an Org without an organisation. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn of_shape(
    conn: &mut PgConnection,
    org: Key,
    shape: &str,
) -> Result<Vec<(String, ReferralLink)>> {
    let rows = sqlx::query!(
        r#"select found.code, organisation.id as "organisation: OrganisationId",
                  referral_destination as destination
           from (select org, code from code
                 -- By the shape, which few orgs share, and not by the org, which may have many.
                 where (org = $1) is true and translate(code, 'OIL-_', '011') = $2
                   and not closed) found
           join engine.organisation on organisation.org = found.org"#,
        org as _,
        shape,
    )
    .fetch_all(conn)
    .await?;
    let link = |organisation, destination| ReferralLink {
        organisation,
        destination,
    };
    Ok(rows
        .into_iter()
        .map(|row| (row.code, link(row.organisation, row.destination)))
        .collect())
}

/// All codes of `org` of a shape, closed ones too.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ever_of_shape(conn: &mut PgConnection, org: Key, shape: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select distinct code from code
         where (org = $1) is true and translate(code, 'OIL-_', '011') = $2",
        org as _,
        shape,
    )
    .fetch_all(conn)
    .await?)
}

/// Clicks on a code's link by day, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn by_day(conn: &mut PgConnection, code: &str, limit: i64) -> Result<Vec<ClickRow>> {
    Ok(sqlx::query_as!(
        ClickRow,
        // From day to day, since the sums are in the order of days and then of codes: an index by codes
        // would cost every capture, for labels of all kinds.
        r#"with recursive clicks as (
               select id from engine.projection
               where organisation = engine.current_organisation() and kind = $3
           ), clicked (day) as (
               select max(day) from engine.projection_sum
               where projection = (select id from clicks)
               union all
               select (select max(day) from engine.projection_sum
                       where projection = (select id from clicks) and day < clicked.day)
               from clicked where day is not null
           )
           select clicked.day as "day!", coalesce(of_code.people, 0) as "people!",
                  coalesce(of_code.machines, 0) as "machines!", coalesce(of_code.unknown, 0) as "unknown!"
           from clicked
           cross join lateral (
               select sum(amount) filter (where measure = $4)::bigint as people,
                      sum(amount) filter (where measure = $5)::bigint as machines,
                      sum(amount) filter (where measure = $6)::bigint as unknown,
                      count(*) as rows
               from engine.projection_sum
               where projection = (select id from clicks) and projection_sum.day = clicked.day
                 and label = $1
           ) of_code
           where of_code.rows > 0
           order by clicked.day desc limit $2"#,
        code,
        limit,
        projection::CLICKS,
        projection::click_measure(Agent::Human),
        projection::click_measure(Agent::Machine),
        projection::click_measure(Agent::Unknown),
    )
    .fetch_all(conn)
    .await?)
}
