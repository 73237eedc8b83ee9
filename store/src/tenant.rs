//! Transactions that see the rows of one organisation only.
//!
//! Those that write share a lock of the organisation, taken first, so that one that has lost a race
//! can be begun again without any other beside it: see [`begin_alone`].

use crate::{OrganisationId, Result, Transaction, read::SNAPSHOT};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

/// First key of the advisory lock; the second is the organisation.
const WRITERS_LOCK: i32 = 0x7e55_0002;

/// Begins a transaction that acts for `organisation`. Whoever has one must not begin another until it
/// has ended: a transaction that wants to be alone may wait between the two.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn begin(pool: &PgPool, organisation: OrganisationId) -> Result<Transaction> {
    let lock = format!(
        "pg_advisory_xact_lock_shared({WRITERS_LOCK}, {})",
        organisation.0
    );
    let begin = format!("begin; {}, {lock}", entered(organisation));
    Ok(pool.begin_with(AssertSqlSafe(begin)).await?)
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
    let begin = format!("{SNAPSHOT}; {}", entered(organisation));
    Ok(pool.begin_with(AssertSqlSafe(begin)).await?)
}

/// Makes a transaction act for `organisation` until it ends, without the session's own rights.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn enter(conn: &mut PgConnection, organisation: OrganisationId) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(entered(organisation)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The statement that makes a transaction act for `organisation`. A number cannot be anything but one,
/// so it stands in the text, and the statement goes to the server with the one that begins: each way
/// there and back takes as long as a look-up.
fn entered(organisation: OrganisationId) -> String {
    format!(
        "select set_config('role', 'tessera_tenant', true), \
                set_config('tessera.organisation', '{}', true)",
        organisation.0
    )
}

/// Begins a step of a transaction, which can be taken back alone.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn step(conn: &mut PgConnection) -> Result<sqlx::Transaction<'_, sqlx::Postgres>> {
    Ok(conn.begin().await?)
}
