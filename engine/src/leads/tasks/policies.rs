//! What is promised of kinds of tasks.

use crate::{Caller, Error, Result, clock::now};
use tessera_domain::leads::tasks::TaskPolicy;
use tessera_store::{
    PgConnection,
    leads::task_policy::{self, TaskPolicyRow},
};

/// Most kinds of tasks that have a policy.
const MAX_POLICIES: i64 = 200;
/// By when a task of a kind without a policy is to be done: eight hours of working time.
const DUE_SECS: u32 = 8 * 3_600;

/// Stores the policy of a kind. Existing tasks keep their due times.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there are as many as there may be, [`Error::Store`].
pub async fn put_policy(
    conn: &mut PgConnection,
    caller: &Caller,
    policy: TaskPolicy,
) -> Result<TaskPolicyRow> {
    policy.validate()?;
    if task_policy::others(conn, &policy.kind).await? >= MAX_POLICIES {
        return Err(Error::Conflict(format!(
            "there are {MAX_POLICIES} kinds of tasks, which is the most; remove one first"
        )));
    }
    let row = TaskPolicyRow {
        policy: policy.into(),
        updated_by: caller.actor.to_string(),
        updated_at: now().into(),
    };
    task_policy::put(conn, caller.organisation, &row).await?;
    Ok(row)
}

/// The policy of a kind.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn policy(conn: &mut PgConnection, kind: &str) -> Result<TaskPolicyRow> {
    let found = task_policy::get(conn, kind).await?;
    found.ok_or_else(|| Error::not_found("task policy", kind))
}

/// Removes the policy of a kind.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove_policy(conn: &mut PgConnection, kind: &str) -> Result<()> {
    if task_policy::remove(conn, kind).await? {
        return Ok(());
    }
    Err(Error::not_found("task policy", kind))
}

/// What is promised of a task of a kind that is created now.
pub(super) async fn in_force(conn: &mut PgConnection, kind: &str) -> Result<TaskPolicy> {
    let known = task_policy::get(conn, kind).await?;
    Ok(known.map_or_else(
        || TaskPolicy {
            kind: kind.to_owned(),
            due_secs: DUE_SECS,
            escalations: Vec::new(),
        },
        |row| row.policy.0,
    ))
}
