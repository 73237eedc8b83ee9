//! Funnels that are kept current: each person's hits, and the sums of the attempts that they are
//! credited with. The sums move by the difference that a person makes, in the transaction of the
//! events, so they always equal the list of people behind them.
//!
//! Which funnels there are changes under [`rules::lock`](crate::rules::lock) only, so that arriving
//! events meet all of them.

mod answer;
mod attempts;

pub use answer::{AttemptFilter, FunnelPerson, MeanPrice, counts, mean_price, people, verify};
pub use attempts::{Rows, add, forget, hits};

use crate::{OrganisationId, Result, read::Page, rules::stored};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::analytics::funnel::FunnelDefinition;

/// A funnel.
#[derive(Debug, Clone)]
pub struct FunnelRow {
    /// Its number.
    pub id: i32,
    /// What it is called.
    pub name: String,
    /// What it asks.
    pub definition: FunnelDefinition,
    /// Whether its answers are complete; else it is still being built.
    pub live: bool,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Adds a funnel, which is yet to be built; none when its name is taken.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    definition: &FunnelDefinition,
    created_by: &str,
) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "insert into engine.funnel (organisation, name, definition, status, created_by)
         values ($1, $2, $3, 'building', $4)
         on conflict (organisation, name) where status <> 'removed' do nothing returning id",
        organisation.0,
        name,
        sqlx::types::Json(definition) as _,
        created_by,
    )
    .fetch_optional(conn)
    .await?)
}

/// How many funnels the organisation has.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn count(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.funnel
           where organisation = engine.current_organisation() and status <> 'removed'"#,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes that a funnel's answers are complete.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn go_live(conn: &mut PgConnection, id: i32) -> Result<()> {
    sqlx::query!(
        "update engine.funnel set status = 'live' where id = $1 and status = 'building'",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a funnel; whether there was one. [`purge`] clears away what is kept for it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, id: i32) -> Result<bool> {
    let removed = sqlx::query!(
        "update engine.funnel set status = 'removed'
         where organisation = engine.current_organisation() and id = $1 and status <> 'removed'",
        id,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Clears away some of what is kept for removed funnels, `limit` people at most; whether there may
/// be more. Nobody moves a removed funnel, so nobody waits for this.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn purge(conn: &mut PgConnection, limit: i64) -> Result<bool> {
    let cleared = sqlx::query!(
        "delete from engine.funnel_person using (
             select funnel, person from engine.funnel_person
             where funnel in (
                 select id from engine.funnel
                 where organisation = engine.current_organisation() and status = 'removed')
             limit $1) gone
         where funnel_person.funnel = gone.funnel and funnel_person.person = gone.person",
        limit,
    )
    .execute(&mut *conn)
    .await?;
    if cleared.rows_affected() > 0 {
        return Ok(true);
    }
    sqlx::query!(
        "delete from engine.funnel
         where organisation = engine.current_organisation() and status = 'removed'",
    )
    .execute(conn)
    .await?;
    Ok(false)
}

/// A page of funnels by number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn list(conn: &mut PgConnection, page: Page<i64>) -> Result<Vec<FunnelRow>> {
    let rows = sqlx::query!(
        "select id, name, definition, status, created_by, created_at from engine.funnel
         where organisation = engine.current_organisation() and status <> 'removed'
           and ($1::bigint is null or id > $1)
         order by id limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FunnelRow {
                id: row.id,
                name: row.name,
                definition: stored(row.definition, "funnel")?,
                live: row.status == "live",
                created_by: row.created_by,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// One funnel.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database),
/// [`StoreError::Stored`](crate::StoreError::Stored).
pub async fn get(conn: &mut PgConnection, id: i32) -> Result<Option<FunnelRow>> {
    let page = Page {
        after: Some(i64::from(id) - 1),
        limit: 1,
    };
    let found = list(conn, page).await?.pop();
    Ok(found.filter(|funnel| funnel.id == id))
}
