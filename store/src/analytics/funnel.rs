//! Funnels that are kept current: each is a rule set with a [`projection`], and has the
//! projection's number.

mod answer;

pub use answer::{AttemptFilter, FunnelPerson, MeanPrice, counts, mean_price, people};

use crate::{
    OrganisationId, Result, StoreError, projection,
    read::Page,
    rule_set::{self, RuleKind},
    rules::stored,
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tessera_domain::analytics::funnel::FunnelDefinition;

/// A funnel.
#[derive(Debug, Clone)]
pub struct FunnelRow {
    /// The number of its projection.
    pub id: i32,
    /// Unique among the organisation's funnels.
    pub name: String,
    /// Its steps and rules.
    pub definition: FunnelDefinition,
    /// Whether its counts are complete; false while it is being built.
    pub live: bool,
    /// The API key or wallet that created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// Adds a funnel, still to be built; none when its name is taken. Runs under
/// [`rules::lock`](crate::rules::lock).
///
/// # Errors
/// [`StoreError::Database`].
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    name: &str,
    definition: &FunnelDefinition,
    created_by: &str,
) -> Result<Option<i32>> {
    let kind = RuleKind::Funnel;
    let taken = sqlx::query_scalar!(
        r#"select exists (
               select from engine.projection
               where organisation = engine.current_organisation() and kind = $1 and name = $2
                 and status <> 'removed') as "taken!""#,
        kind.as_str(),
        name,
    )
    .fetch_one(&mut *conn)
    .await?;
    if taken {
        return Ok(None);
    }
    let body = serde_json::to_value(definition).map_err(|source| StoreError::Stored {
        what: "funnel",
        source,
    })?;
    let version = rule_set::insert_named(conn, organisation, kind, name, &body, created_by).await?;
    rule_set::build(conn, kind, name, version).await?;
    let id = projection::insert(conn, organisation, kind, name, version).await?;
    Ok(Some(id))
}

/// How many funnels the organisation has.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.projection
           where organisation = engine.current_organisation() and kind = $1 and status <> 'removed'"#,
        RuleKind::Funnel.as_str(),
    )
    .fetch_one(conn)
    .await?)
}

/// Removes a funnel; whether there was one.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn remove(conn: &mut PgConnection, id: i32) -> Result<bool> {
    let retired = sqlx::query!(
        "update engine.rule_set set status = 'retired' from engine.projection
         where projection.organisation = engine.current_organisation() and projection.id = $1
           and projection.kind = $2 and projection.status <> 'removed'
           and rule_set.organisation = projection.organisation and rule_set.kind = projection.kind
           and rule_set.name = projection.name and rule_set.version = projection.version",
        id,
        RuleKind::Funnel.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    if retired.rows_affected() == 0 {
        return Ok(false);
    }
    projection::remove(conn, id).await?;
    Ok(true)
}

/// A page of funnels by number.
///
/// # Errors
/// [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn list(conn: &mut PgConnection, page: Page<i64>) -> Result<Vec<FunnelRow>> {
    let rows = sqlx::query_as!(
        Stored,
        "select projection.id, projection.name, body, projection.status, created_by, created_at
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = engine.current_organisation() and kind = $3
           and projection.status <> 'removed' and ($1::bigint is null or projection.id > $1)
         order by projection.id limit $2",
        page.after,
        page.limit,
        RuleKind::Funnel.as_str(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(FunnelRow::try_from).collect()
}

/// One funnel.
///
/// # Errors
/// [`StoreError::Database`],
/// [`StoreError::Stored`].
pub async fn get(conn: &mut PgConnection, id: i32) -> Result<Option<FunnelRow>> {
    let found = sqlx::query_as!(
        Stored,
        "select projection.id, projection.name, body, projection.status, created_by, created_at
         from engine.projection join engine.rule_set using (organisation, kind, name, version)
         where organisation = engine.current_organisation() and projection.id = $1 and kind = $2
           and projection.status <> 'removed'",
        id,
        RuleKind::Funnel.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    found.map(FunnelRow::try_from).transpose()
}

/// A funnel as it is stored.
struct Stored {
    id: i32,
    name: String,
    body: serde_json::Value,
    status: String,
    created_by: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Stored> for FunnelRow {
    type Error = StoreError;

    fn try_from(row: Stored) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            definition: stored(row.body, "funnel")?,
            live: row.status == "live",
            created_by: row.created_by,
            created_at: row.created_at,
        })
    }
}
