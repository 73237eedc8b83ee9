//! Connections that only read, and pages of lists.
//!
//! A page costs the same anywhere in a list: it starts after a key, never after a number of rows. Of
//! filters that no index answers, it looks at so many rows and no more, whatever it finds.

use crate::{Result, Transaction};
use rust_decimal::Decimal;
use sqlx::{
    PgPool, Postgres,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// A connection of a pool.
pub type Connection = sqlx::pool::PoolConnection<Postgres>;

/// Where a page of a list starts, and its length.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// Key of the last row already seen.
    pub after: Option<K>,
    /// Most rows to return.
    pub limit: i64,
}

impl<K> Page<K> {
    /// The same page by another form of the key.
    pub fn by<L>(self, key: impl FnOnce(K) -> L) -> Page<L> {
        Page {
            after: self.after.map(key),
            limit: self.limit,
        }
    }
}

/// Most rows that a page looks at.
pub const LOOK: i64 = 5_000;

/// A page that may have looked at too few rows to be full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked<R, K> {
    /// The rows that were found.
    pub rows: Vec<R>,
    /// Key of the last row that was looked at, when it was not the last of all.
    pub rest: Option<K>,
}

impl<K> Page<K> {
    /// Whether these are fewer rows than wanted, so that others may follow.
    pub(crate) fn is_short<R>(&self, rows: &[R]) -> bool {
        i64::try_from(rows.len()).is_ok_and(|found| found < self.limit)
    }
}

/// A sum of `u64` amounts, in the mint's smallest unit; it can exceed a `u64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MintSum {
    /// The mint's address.
    pub mint: crate::Key,
    /// In the mint's smallest unit.
    pub amount: Decimal,
}

/// How a pool's statements are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plans {
    /// Each time, for the actual filters.
    Each,
    /// Once, for any key: planning a look-up takes longer than the look-up.
    Once,
}

/// A pool of at most `max_connections` whose sessions can only read, and give up a statement after
/// `timeout`. It connects when first used.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when `url` cannot be read.
///
/// # Panics
/// Outside a Tokio runtime.
pub fn pool(url: &str, max_connections: u32, timeout: Duration, plans: Plans) -> Result<PgPool> {
    let options: PgConnectOptions = url.parse()?;
    let mode = match plans {
        Plans::Each => "force_custom_plan",
        Plans::Once => "force_generic_plan",
    };
    let options = options.options([
        ("default_transaction_read_only", "on".to_owned()),
        ("statement_timeout", timeout.as_millis().to_string()),
        ("plan_cache_mode", mode.to_owned()),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(timeout)
        .connect_lazy_with(options))
}

/// A connection for one query.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when none is available.
pub async fn connection(pool: &PgPool) -> Result<Connection> {
    Ok(pool.acquire().await?)
}

/// Begins a transaction that reads as of one moment.
pub(crate) const SNAPSHOT: &str = "begin isolation level repeatable read, read only";

/// Begins a transaction whose queries all see the database as of one moment.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when no connection is available.
pub async fn snapshot(pool: &PgPool) -> Result<Transaction> {
    Ok(pool.begin_with(SNAPSHOT).await?)
}

/// Plans what follows in a transaction once, for any arguments: an answer by keys takes less time than
/// its plans.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn plan_once(transaction: &mut sqlx::PgConnection) -> Result<()> {
    sqlx::query("set local plan_cache_mode = force_generic_plan")
        .execute(transaction)
        .await?;
    Ok(())
}
