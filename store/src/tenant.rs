//! Transactions that see the rows of one organisation only.

use crate::{OrganisationId, Result, Transaction};
use sqlx::{PgConnection, PgPool};

/// Begins a transaction that acts for `organisation`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin(pool: &PgPool, organisation: OrganisationId) -> Result<Transaction> {
    let mut transaction = pool.begin().await?;
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
