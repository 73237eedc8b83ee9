//! Exports of people for advertising: the record of each, and its file for as long as it can be read.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// An export.
#[derive(Debug, Clone)]
pub struct AudienceExportRow {
    /// That of its job.
    pub id: Uuid,
    /// The segment whose members it is of.
    pub segment: String,
    /// For which platform.
    pub format: String,
    /// The API key or wallet that asked for it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// How many people are in it; none until it is there, and when none came of it.
    pub people: Option<i32>,
}

/// Notes that an export is asked for.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    (segment, format): (&str, &str),
    created_by: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.audience_export (id, organisation, segment, format, created_by)
         values ($1, $2, $3, $4, $5)",
        id,
        organisation.0,
        segment,
        format,
        created_by,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps an export's sealed file, and how many people are in it.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn keep(conn: &mut PgConnection, id: Uuid, people: i32, sealed: &[u8]) -> Result<()> {
    sqlx::query!(
        "update engine.audience_export set people = $2, sealed = $3
         where organisation = engine.current_organisation() and id = $1",
        id,
        people,
        sealed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of exports, latest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<Uuid>) -> Result<Vec<AudienceExportRow>> {
    Ok(sqlx::query_as!(
        AudienceExportRow,
        "select id, segment, format, created_by, created_at, people from engine.audience_export
         where organisation = engine.current_organisation() and ($1::uuid is null or id < $1)
         order by id desc limit $2",
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The sealed file of an export that was asked for at most `hours` ago; none once it cannot be read any more.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn sealed(conn: &mut PgConnection, id: Uuid, hours: i32) -> Result<Option<Vec<u8>>> {
    let found = sqlx::query_scalar!(
        "select sealed from engine.audience_export
         where organisation = engine.current_organisation() and id = $1
           and created_at > now() - make_interval(hours => $2)",
        id,
        hours,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.flatten())
}

/// Those of these digests that are an e-mail address of a person, and that nothing keeps from being sent to:
/// neither is the address suppressed, for whatever reason, nor is any topic refused there.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn unrefused(conn: &mut PgConnection, digests: &[[u8; 32]]) -> Result<Vec<Vec<u8>>> {
    let digests: Vec<&[u8]> = digests.iter().map(<[u8; 32]>::as_slice).collect();
    Ok(sqlx::query_scalar!(
        r#"select wanted.digest as "digest!" from unnest($1::bytea[]) wanted (digest)
           where exists (
                   select from engine.identifier
                   where organisation = engine.current_organisation() and kind = 'email'
                     and identifier.digest = wanted.digest)
             and not exists (
                   select from engine.suppression
                   where organisation = engine.current_organisation()
                     and suppression.digest = wanted.digest)
             and not exists (
                   select from engine.topic_refusal
                   where organisation = engine.current_organisation()
                     and topic_refusal.digest = wanted.digest)"#,
        &digests as _,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets the files of all exports of the organisation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_files(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "update engine.audience_export set sealed = null
         where organisation = engine.current_organisation() and sealed is not null",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the files of exports that were asked for `hours` ago or earlier. For a plain connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget_old_files(conn: &mut PgConnection, hours: i32) -> Result<()> {
    sqlx::query!(
        "update engine.audience_export set sealed = null
         where sealed is not null and created_at <= now() - make_interval(hours => $1)",
        hours,
    )
    .execute(conn)
    .await?;
    Ok(())
}
