//! What an organisation promises of kinds of tasks.

use crate::{OrganisationId, Result, read::Page};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use tessera_domain::leads::tasks::TaskPolicy;

/// A policy.
#[derive(Debug, Clone)]
pub struct TaskPolicyRow {
    /// The policy of its kind.
    pub policy: Json<TaskPolicy>,
    /// The API key or wallet that wrote it.
    pub updated_by: String,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

/// Stores the policy of a kind.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn put(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    row: &TaskPolicyRow,
) -> Result<()> {
    sqlx::query!(
        "insert into engine.task_policy (organisation, kind, policy, updated_by, updated_at)
         values ($1, $2, $3, $4, $5)
         on conflict (organisation, kind) do update
         set policy = excluded.policy, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        organisation.0,
        row.policy.kind,
        &row.policy as _,
        row.updated_by,
        row.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The policy of a kind.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn get(conn: &mut PgConnection, kind: &str) -> Result<Option<TaskPolicyRow>> {
    Ok(sqlx::query_as!(
        TaskPolicyRow,
        r#"select policy as "policy: Json<TaskPolicy>", updated_by, updated_at from engine.task_policy
           where organisation = engine.current_organisation() and kind = $1"#,
        kind,
    )
    .fetch_optional(conn)
    .await?)
}

/// A page of policies by kind.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn list(conn: &mut PgConnection, page: Page<String>) -> Result<Vec<TaskPolicyRow>> {
    Ok(sqlx::query_as!(
        TaskPolicyRow,
        r#"select policy as "policy: Json<TaskPolicy>", updated_by, updated_at from engine.task_policy
           where organisation = engine.current_organisation() and ($1::text is null or kind > $1)
           order by kind limit $2"#,
        page.after,
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many kinds beside this one have a policy.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn others(conn: &mut PgConnection, kind: &str) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from engine.task_policy
           where organisation = engine.current_organisation() and kind <> $1"#,
        kind,
    )
    .fetch_one(conn)
    .await?)
}

/// Removes the policy of a kind; whether there was one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(conn: &mut PgConnection, kind: &str) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from engine.task_policy where organisation = engine.current_organisation() and kind = $1",
        kind,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() == 1)
}
