//! Where an organisation has messages sent about what happens, and how that went lately.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An endpoint.
#[derive(Debug, Clone)]
pub struct EndpointRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// Where messages are sent.
    pub url: String,
    /// What it is for, for people.
    pub description: String,
    /// The kinds of messages that it gets.
    pub event_types: Vec<String>,
    /// What signs messages, sealed.
    pub secret: Vec<u8>,
    /// What signs them too until `previous_until`, sealed.
    pub previous_secret: Option<Vec<u8>>,
    /// Until when the previous secret signs.
    pub previous_until: Option<DateTime<Utc>>,
    /// Failed attempts since the last one that succeeded.
    pub failures: i32,
    /// Since when no attempt has succeeded.
    pub failing_since: Option<DateTime<Utc>>,
    /// Before this nothing is sent, because the last attempt failed.
    pub resume_at: Option<DateTime<Utc>>,
    /// Since when nothing is sent.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Why nothing is sent.
    pub disabled_reason: Option<String>,
    /// The API key or wallet that created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its settings last changed.
    pub updated_at: DateTime<Utc>,
}

/// Adds an endpoint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &EndpointRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.webhook_endpoint
             (id, organisation, url, description, event_types, secret, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        organisation.0,
        row.url,
        row.description,
        &row.event_types,
        row.secret,
        row.created_by,
        row.created_at,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many there are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn count(conn: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.webhook_endpoint
           where organisation = engine.current_organisation()"#
    )
    .fetch_one(conn)
    .await?)
}

/// A page of endpoints, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<Uuid>) -> Result<Vec<EndpointRow>> {
    Ok(sqlx::query_as!(
        EndpointRow,
        "select id, url, description, event_types, secret, previous_secret, previous_until, failures,
                failing_since, resume_at, disabled_at, disabled_reason, created_by, created_at, updated_at
         from engine.webhook_endpoint
         where organisation = engine.current_organisation() and ($1::uuid is null or id > $1)
         order by id limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// An endpoint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<EndpointRow>> {
    Ok(sqlx::query_as!(
        EndpointRow,
        "select id, url, description, event_types, secret, previous_secret, previous_until, failures,
                failing_since, resume_at, disabled_at, disabled_reason, created_by, created_at, updated_at
         from engine.webhook_endpoint
         where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// An endpoint that stays as it is until the transaction ends. Events can still be reported to it: they
/// hold on to its key alone.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<EndpointRow>> {
    Ok(sqlx::query_as!(
        EndpointRow,
        "select id, url, description, event_types, secret, previous_secret, previous_until, failures,
                failing_since, resume_at, disabled_at, disabled_reason, created_by, created_at, updated_at
         from engine.webhook_endpoint
         where organisation = engine.current_organisation() and id = $1
         for no key update",
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Stores the settings, the secrets and the state of an endpoint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn update(conn: &mut PgConnection, row: &EndpointRow) -> Result<()> {
    sqlx::query!(
        "update engine.webhook_endpoint
         set url = $2, description = $3, event_types = $4, secret = $5, previous_secret = $6,
             previous_until = $7, failures = $8, failing_since = $9, resume_at = $10, disabled_at = $11,
             disabled_reason = $12, updated_at = $13
         where organisation = engine.current_organisation() and id = $1",
        row.id,
        row.url,
        row.description,
        &row.event_types,
        row.secret,
        row.previous_secret,
        row.previous_until,
        row.failures,
        row.failing_since,
        row.resume_at,
        row.disabled_at,
        row.disabled_reason,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes an endpoint with everything that was, or was to be, delivered there. Whether there was such an
/// endpoint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.webhook_endpoint
         where organisation = engine.current_organisation() and id = $1",
        id,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// The kinds of messages that any endpoint gets.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn subscribed(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct event_type as "event_type!"
           from engine.webhook_endpoint cross join lateral unnest(event_types) event_type
           where organisation = engine.current_organisation() and disabled_at is null"#
    )
    .fetch_all(conn)
    .await?)
}

/// An endpoint that gets some messages.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Its id.
    pub id: Uuid,
    /// The kinds of messages that it gets.
    pub event_types: Vec<String>,
}

/// The endpoints that get any of these kinds of messages, none of which is removed before the transaction
/// ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn subscribers(conn: &mut PgConnection, event_types: &[&str]) -> Result<Vec<Subscriber>> {
    Ok(sqlx::query_as!(
        Subscriber,
        "select id, event_types from engine.webhook_endpoint
         where organisation = engine.current_organisation() and disabled_at is null
           and event_types && $1
         order by id for key share",
        event_types as _,
    )
    .fetch_all(conn)
    .await?)
}
