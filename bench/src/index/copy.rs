//! The yardstick: raw binary COPY into a table with the same columns and indexes.

use anyhow::Result;
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, postgres::PgPoolCopyExt};
use std::time::Instant;
use tessera_store::PgPool;

/// What a COPY came to.
pub(crate) struct Copied {
    /// Rows.
    pub(crate) rows: u64,
    /// Seconds.
    pub(crate) secs: f64,
}

/// The bytes of a COPY to the client.
pub(crate) async fn out(pool: &PgPool, statement: &str) -> Result<Vec<u8>> {
    let mut stream = pool.copy_out_raw(statement).await?;
    let mut bytes = Vec::new();
    while let Some(part) = stream.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// Copies `bytes` into a new table like `table`, in one transaction; three times, of which the middle
/// one counts.
pub(crate) async fn into_copy_of(pool: &PgPool, table: &str, bytes: &[u8]) -> Result<Copied> {
    let mut runs = Vec::new();
    for _ in 0..3 {
        create_copy_of(pool, table).await?;
        rest(pool).await?;
        let start = Instant::now();
        let statement = format!("copy {table}_copy from stdin (format binary)");
        let mut copy = pool.copy_in_raw(&statement).await?;
        for part in bytes.chunks(1 << 20) {
            copy.send(part).await?;
        }
        let rows = copy.finish().await?;
        let secs = start.elapsed().as_secs_f64();
        runs.push(Copied { rows, secs });
    }
    runs.sort_by(|one, other| one.secs.total_cmp(&other.secs));
    Ok(runs.swap_remove(1))
}

/// An empty table with the same columns and indexes as `table`, in place of the one before.
pub(crate) async fn create_copy_of(pool: &PgPool, table: &str) -> Result<()> {
    let statements = format!(
        "drop table if exists {table}_copy; create table {table}_copy (like {table} including all)"
    );
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(pool)
        .await?;
    Ok(())
}

/// Lets the server do what it would do by itself a while later, so that no measurement pays for the one
/// before it.
pub(crate) async fn rest(pool: &PgPool) -> Result<()> {
    sqlx::raw_sql("vacuum analyze").execute(pool).await?;
    sqlx::raw_sql("checkpoint").execute(pool).await?;
    Ok(())
}
