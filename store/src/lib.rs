//! The database: every query, and nothing but queries.
//!
//! A folder a capability, one file an aggregate; [`mirror`] is the chain's (schema `public`), the
//! others are the sales engine's own (schema `engine`). Functions take a connection, so the caller
//! owns the transaction.
//!
//! Whoever acts for an organisation does so in a transaction of [`tenant`], in which row-level
//! security hides all others. Only what happens before the organisation is known, or for all of
//! them, uses a plain connection; those functions say so.
//!
//! Rows that every event needs are looked up key by key, `cross join lateral (... limit 1)` from the
//! keys. Statistics speak of the mean organisation, and a plan that is good for that one may read
//! all rows of the largest for each of its events.

mod connection;
mod copy;
mod error;
mod lock;
mod types;

pub mod access;
pub mod analytics;
pub mod capture;
pub mod leads;
pub mod mirror;
pub mod people;
pub mod pricing;

pub mod job;
pub mod projection;
pub mod read;
pub mod rule_set;
pub mod rules;
pub mod tenant;
pub mod work;

pub use access::organisation::OrganisationId;
pub use connection::{connect, is_address, reach, service};
pub use error::{Result, StoreError};
pub use lock::WriterLock;
pub use mirror::{LifeKey, Record};
pub use sqlx::{PgConnection, PgPool};
pub use types::{Key, Source, U64};

/// A transaction; dropped, it is rolled back.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// A part of a transaction that can be rolled back alone; dropped, it is.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn savepoint(conn: &mut PgConnection) -> Result<sqlx::Transaction<'_, sqlx::Postgres>> {
    Ok(sqlx::Connection::begin(conn).await?)
}

use sqlx::migrate::Migrator;

/// The schema's history.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Brings the schema up to date; safe to run from several processes at once.
///
/// # Errors
/// [`StoreError::Migrate`] when a migration fails or the database holds another history.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    Ok(MIGRATOR.run(pool).await?)
}
