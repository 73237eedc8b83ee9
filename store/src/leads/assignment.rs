//! Who has which lead, and how that came about. Rows keep the person that they were made for; of those who
//! are one person now, the latest row holds.

use crate::{Key, OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// An assignment.
#[derive(Debug, Clone)]
pub struct AssignmentRow {
    /// Ids sort by age.
    pub id: Uuid,
    /// The person, as they were when it was made.
    pub person: Uuid,
    /// Who has the lead; none if it is in a queue.
    pub member: Option<Key>,
    /// The queue that it is in; none if a member has it.
    pub queue: Option<String>,
    /// Why it went there.
    pub reason: String,
    /// Who was considered and did not get it, as JSON.
    pub passed_over: Value,
    /// The API key or wallet that asked for it; `engine` when the lead appeared.
    pub assigned_by: String,
    /// When it was made.
    pub assigned_at: DateTime<Utc>,
    /// When it ended: the lead was assigned again, or released.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Adds an assignment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &AssignmentRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.lead_assignment
             (id, organisation, person, member, queue, reason, passed_over, assigned_by, assigned_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id,
        organisation.0,
        row.person,
        row.member as _,
        row.queue,
        row.reason,
        row.passed_over,
        row.assigned_by,
        row.assigned_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The assignment that holds of a canonical person.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn current(conn: &mut PgConnection, canonical: Uuid) -> Result<Option<AssignmentRow>> {
    let newest = history(
        conn,
        canonical,
        Page {
            after: None,
            limit: 1,
        },
    )
    .await?;
    Ok(newest.into_iter().find(|row| row.ended_at.is_none()))
}

/// A page of the assignments of a canonical person, newest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn history(
    conn: &mut PgConnection,
    canonical: Uuid,
    page: Page<Uuid>,
) -> Result<Vec<AssignmentRow>> {
    Ok(sqlx::query_as!(
        AssignmentRow,
        r#"select lead_assignment.id, person, member as "member: Key", queue, reason, passed_over,
                  assigned_by, assigned_at, ended_at
           from engine.person join engine.lead_assignment on lead_assignment.person = person.id
           where person.organisation = engine.current_organisation() and person.canonical = $1
             and ($2::uuid is null or lead_assignment.id < $2)
           order by lead_assignment.id desc limit $3"#,
        canonical,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Ends what holds of a canonical person; whether anything did.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end(conn: &mut PgConnection, canonical: Uuid, at: DateTime<Utc>) -> Result<bool> {
    let ended = sqlx::query!(
        "update engine.lead_assignment set ended_at = $2
         where organisation = engine.current_organisation() and ended_at is null
           and person in (select id from engine.person
                          where organisation = engine.current_organisation() and canonical = $1)",
        canonical,
        at,
    )
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// How many open leads each member has: people whose last assignment is theirs, unless it has ended, or since
/// then a deal was closed and none is open.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn open(conn: &mut PgConnection) -> Result<HashMap<Key, u32>> {
    let rows = sqlx::query!(
        r#"with held as (
               select own.canonical, lead_assignment.member, lead_assignment.assigned_at
               from engine.lead_assignment join engine.person own on own.id = lead_assignment.person
               where lead_assignment.organisation = engine.current_organisation()
                 and lead_assignment.member is not null and lead_assignment.ended_at is null
                 and not exists (
                     select from engine.person other
                     join engine.lead_assignment later on later.person = other.id
                     where other.organisation = own.organisation and other.canonical = own.canonical
                       and later.id > lead_assignment.id)
           )
           select member as "member!: Key", count(*) as "leads!" from held
           where not coalesce((
               select bool_and(deal.closed_at is not null) and max(deal.closed_at) >= held.assigned_at
               from engine.person join engine.deal on deal.person = person.id
               where person.organisation = engine.current_organisation()
                 and person.canonical = held.canonical and deal.removed_at is null), false)
           group by member"#,
    )
    .fetch_all(conn)
    .await?;
    let counted = rows.into_iter();
    Ok(counted
        .map(|row| (row.member, u32::try_from(row.leads).unwrap_or(u32::MAX)))
        .collect())
}

/// Which leads are listed.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Those that this member has.
    pub member: Option<Key>,
    /// Those in this queue.
    pub queue: Option<String>,
}

/// A page of the assignments that hold, by id, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn held(
    conn: &mut PgConnection,
    wanted: &Held,
    page: Page<Uuid>,
) -> Result<Vec<AssignmentRow>> {
    Ok(sqlx::query_as!(
        AssignmentRow,
        r#"select id, person, member as "member: Key", queue, reason, passed_over, assigned_by,
                  assigned_at, ended_at
           from engine.lead_assignment held
           where organisation = engine.current_organisation() and ended_at is null
             and ($1::pubkey is null or member = $1) and ($2::text is null or queue = $2)
             and ($3::uuid is null or id > $3)
             and not exists (
                 select from engine.person own
                 join engine.person other on other.organisation = own.organisation
                      and other.canonical = own.canonical
                 join engine.lead_assignment later on later.person = other.id
                 where own.id = held.person and later.id > held.id)
           order by id limit $4"#,
        wanted.member as _,
        wanted.queue,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets the assignments of people.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn erase(conn: &mut PgConnection, people: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "delete from engine.lead_assignment
         where organisation = engine.current_organisation() and person = any($1)",
        people,
    )
    .execute(conn)
    .await?;
    Ok(())
}
