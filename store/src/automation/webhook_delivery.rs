//! Messages to endpoints: what is to be delivered, and what came of it.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A message to an endpoint, to be delivered as soon as can be.
#[derive(Debug, Clone)]
pub struct NewDelivery<'a> {
    /// Ids sort by age.
    pub id: Uuid,
    /// The endpoint.
    pub endpoint: Uuid,
    /// The message's kind.
    pub event_type: &'a str,
    /// The person that it is about, if it is about one.
    pub person: Option<Uuid>,
    /// Its body.
    pub message: &'a str,
}

/// A message to an endpoint.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// The message's kind.
    pub event_type: String,
    /// `pending`, `delivered`, `failed` or `cancelled`.
    pub status: String,
    /// Attempts since it was created or last replayed.
    pub tries: i32,
    /// How often it was replayed.
    pub replays: i32,
    /// The next attempt; none unless it is pending.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was delivered, failed for good or was cancelled; none while it is pending.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its body.
    pub message: String,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was delivered.
    Delivered,
    /// It failed, and is tried again at this moment.
    Again(DateTime<Utc>),
    /// It failed for good.
    Failed,
}

/// Adds messages.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    deliveries: &[NewDelivery<'_>],
    at: DateTime<Utc>,
) -> Result<()> {
    let ids: Vec<Uuid> = deliveries.iter().map(|it| it.id).collect();
    let endpoints: Vec<Uuid> = deliveries.iter().map(|it| it.endpoint).collect();
    let types: Vec<&str> = deliveries.iter().map(|it| it.event_type).collect();
    let people: Vec<Option<Uuid>> = deliveries.iter().map(|it| it.person).collect();
    let messages: Vec<&str> = deliveries.iter().map(|it| it.message).collect();
    sqlx::query!(
        "insert into engine.webhook_delivery
             (organisation, due_at, created_at, id, endpoint, event_type, person, message)
         select $1, $2, $2, new.*
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[])
              new (id, endpoint, event_type, person, message)",
        organisation.0,
        at,
        &ids,
        &endpoints,
        &types as _,
        &people as _,
        &messages as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of an endpoint's messages, newest first; of one status, if that is given.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    endpoint: Uuid,
    status: Option<&str>,
    page: Page<Uuid>,
) -> Result<Vec<DeliveryRow>> {
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, event_type, status, tries, replays, due_at, created_at, finished_at, message
         from engine.webhook_delivery
         where organisation = engine.current_organisation() and endpoint = $1
           and ($2::text is null or status = $2) and ($3::uuid is null or id < $3)
         order by id desc limit $4",
        endpoint,
        status,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A message to an endpoint.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, endpoint: Uuid, id: Uuid) -> Result<Option<DeliveryRow>> {
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, event_type, status, tries, replays, due_at, created_at, finished_at, message
         from engine.webhook_delivery
         where organisation = engine.current_organisation() and id = $2 and endpoint = $1",
        endpoint,
        id,
    )
    .fetch_optional(conn)
    .await?)
}

/// The messages to an endpoint that are due, longest due first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn due(
    conn: &mut PgConnection,
    endpoint: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DeliveryRow>> {
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, event_type, status, tries, replays, due_at, created_at, finished_at, message
         from engine.webhook_delivery
         where organisation = engine.current_organisation() and endpoint = $1 and status = 'pending'
           and due_at <= $2
         order by due_at limit $3",
        endpoint,
        now,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// When the next message to an endpoint is due.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn next_due(conn: &mut PgConnection, endpoint: Uuid) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select min(due_at) from engine.webhook_delivery
         where organisation = engine.current_organisation() and endpoint = $1 and status = 'pending'",
        endpoint,
    )
    .fetch_one(conn)
    .await?)
}

/// Notes what came of an attempt at `row`. One that was replayed meanwhile, or whose endpoint was disabled,
/// stays as it is, unless it was delivered.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn settle(
    conn: &mut PgConnection,
    row: &DeliveryRow,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<()> {
    let (status, due_at) = match outcome {
        Outcome::Delivered => ("delivered", None),
        Outcome::Again(at) => ("pending", Some(at)),
        Outcome::Failed => ("failed", None),
    };
    let finished_at = due_at.is_none().then_some(now);
    sqlx::query!(
        "update engine.webhook_delivery
         set status = $3, tries = tries + 1, due_at = $4, finished_at = $5
         where organisation = engine.current_organisation() and id = $1 and replays = $2
           and (status = 'pending' or $3 = 'delivered')",
        row.id,
        row.replays,
        status,
        due_at,
        finished_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a message due, whatever came of it; its attempts are counted from the start again. Whether there
/// is such a message.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn replay(
    conn: &mut PgConnection,
    endpoint: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let replayed = sqlx::query!(
        "update engine.webhook_delivery
         set status = 'pending', tries = 0, replays = replays + 1, due_at = $3, finished_at = null
         where organisation = engine.current_organisation() and id = $2 and endpoint = $1",
        endpoint,
        id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(replayed.rows_affected() == 1)
}

/// Cancels what is not delivered to an endpoint yet.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn cancel(conn: &mut PgConnection, endpoint: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update engine.webhook_delivery set status = 'cancelled', due_at = null, finished_at = $2
         where organisation = engine.current_organisation() and endpoint = $1 and status = 'pending'",
        endpoint,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes the messages about these people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.webhook_delivery
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes messages that were created more than `days` ago, whatever came of them. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.webhook_delivery where created_at < now() - make_interval(days => $1)",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
