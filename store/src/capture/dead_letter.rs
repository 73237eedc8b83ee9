//! Messages that were refused, and the reasons.

use crate::{OrganisationId, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Bytes of a refused item that are kept.
pub const KEPT_BYTES: usize = 4_096;

/// A refused message to be kept.
#[derive(Debug, Clone)]
pub struct NewDeadLetter {
    /// Its `message_id`, when it has one.
    pub message_id: Option<String>,
    /// Code of the reason, for programs.
    pub code: &'static str,
    /// Path of the field that breaks the rule.
    pub field: String,
    /// What the field must be.
    pub rule: String,
    /// What may be kept of the item, of which the first [`KEPT_BYTES`] are stored.
    pub item: Vec<u8>,
    /// Digest of the message and the reason, by which the same refusal is stored once.
    pub digest: Uuid,
}

/// A refused message.
#[derive(Debug, Clone)]
pub struct DeadLetterRow {
    /// Grows in the order of arrival.
    pub id: i64,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Its `message_id`, when it has one.
    pub message_id: Option<String>,
    /// Code of the reason, for programs.
    pub code: String,
    /// Path of the field that breaks the rule.
    pub field: String,
    /// What the field must be.
    pub rule: String,
    /// The beginning of the item.
    pub item: Vec<u8>,
}

/// Stores refused messages that are not stored yet; returns how many. All transactions insert in
/// the order of digests, so that no two of them deadlock.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    letters: &[NewDeadLetter],
) -> Result<u64> {
    let message_ids: Vec<Option<&str>> =
        letters.iter().map(|it| it.message_id.as_deref()).collect();
    let codes: Vec<&str> = letters.iter().map(|it| it.code).collect();
    let fields: Vec<&str> = letters.iter().map(|it| it.field.as_str()).collect();
    let rules: Vec<&str> = letters.iter().map(|it| it.rule.as_str()).collect();
    let items: Vec<&[u8]> = letters
        .iter()
        .map(|it| it.item.get(..KEPT_BYTES).unwrap_or(&it.item))
        .collect();
    let digests: Vec<Uuid> = letters.iter().map(|it| it.digest).collect();
    let kept = sqlx::query!(
        "insert into engine.dead_letter
             (organisation, message_id, code, field, rule, item, digest)
         select $1, new.*
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::uuid[])
              new (message_id, code, field, rule, item, digest)
         order by digest
         on conflict (organisation, digest) do nothing",
        organisation.0,
        &message_ids as _,
        &codes as _,
        &fields as _,
        &rules as _,
        &items as _,
        &digests,
    )
    .execute(conn)
    .await?;
    Ok(kept.rows_affected())
}

/// Deletes all but the latest `kept` of an organisation, except those that another transaction is
/// just deleting.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn trim(conn: &mut PgConnection, organisation: OrganisationId, kept: i64) -> Result<()> {
    sqlx::query!(
        "delete from engine.dead_letter where id in (
             select id from engine.dead_letter
             where organisation = $1 and id <= (
                 select id from engine.dead_letter where organisation = $1
                 order by id desc offset $2 limit 1)
             for update skip locked)",
        organisation.0,
        kept,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of refused messages, oldest first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(
    conn: &mut PgConnection,
    code: Option<&str>,
    page: crate::read::Page<i64>,
) -> Result<Vec<DeadLetterRow>> {
    Ok(sqlx::query_as!(
        DeadLetterRow,
        "select id, received_at, message_id, code, field, rule, item from engine.dead_letter
         where organisation = engine.current_organisation()
           and ($1::text is null or code = $1) and ($2::bigint is null or id > $2)
         order by id limit $3",
        code,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Deletes messages that were refused more than `days` ago; returns how many. For a plain
/// connection.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn forget(conn: &mut PgConnection, days: i32) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from engine.dead_letter where received_at < now() - make_interval(days => $1)",
        days,
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
