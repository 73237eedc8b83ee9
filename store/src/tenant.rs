//! Transactions that see the rows of one organisation only.
//!
//! Those that write share a lock of the organisation, taken first, so that one that has lost a race
//! can be begun again without any other beside it: see [`begin_alone`].

use crate::{OrganisationId, Result, Transaction};
use sqlx::{PgConnection, PgPool};

/// First key of the advisory lock; the second is the organisation.
const WRITERS_LOCK: i32 = 0x7e55_0002;

/// Begins a transaction that acts for `organisation`. Whoever has one must not begin another until it
/// has ended: a transaction that wants to be alone may wait between the two.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin(pool: &PgPool, organisation: OrganisationId) -> Result<Transaction> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "select set_config('role', 'tessera_tenant', true) as role,
                set_config('tessera.organisation', $1::integer::text, true) as organisation,
                pg_advisory_xact_lock_shared($2, $1)",
        organisation.0,
        WRITERS_LOCK,
    )
    .fetch_one(&mut *transaction)
    .await?;
    Ok(transaction)
}

/// Begins a transaction like [`begin`] when all others of that kind have ended, and lets none begin
/// before this one ends, so that no race is lost in it to one of the organisation.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin_alone(pool: &PgPool, organisation: OrganisationId) -> Result<Transaction> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "select pg_advisory_xact_lock($1, $2)",
        WRITERS_LOCK,
        organisation.0,
    )
    .fetch_one(&mut *transaction)
    .await?;
    enter(&mut transaction, organisation).await?;
    Ok(transaction)
}

/// Begins a transaction that reads the rows of `organisation` as of one moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn snapshot(pool: &PgPool, organisation: OrganisationId) -> Result<Transaction> {
    let mut transaction = crate::read::snapshot(pool).await?;
    enter(&mut transaction, organisation).await?;
    Ok(transaction)
}

/// Makes a transaction act for `organisation` until it ends, without the session's own rights.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn enter(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::query!(
        "select set_config('role', 'tessera_tenant', true) as role,
                set_config('tessera.organisation', $1::integer::text, true) as organisation",
        organisation.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}
