//! The database: every query, and nothing but queries.
//!
//! A folder holds a capability and a file an aggregate; [`mirror`] is the chain's (schema
//! `public`), the others are the sales engine's own (schema `engine`). Functions take a connection,
//! so the caller owns the transaction.
//!
//! What is done for an organisation is done in a transaction of [`tenant`], in which row-level
//! security hides all other organisations. Only functions that run before the organisation is
//! known, or for all of them, take a plain connection; their documentation says so.
//!
//! Rows that every event needs are looked up key by key, `cross join lateral (... limit 1)` from
//! the keys, and what is written to them is joined by their place (`ctid`), which nothing but the row
//! itself answers. The planner's statistics describe another organisation, or none: an index that
//! names the organisation alone seems as good to it as the unique one, and a join over all rows as
//! good as a look-up. So a statement names the organisation only where its rows are in the order of
//! organisations, with everything else that the look-up knows; other keys are nobody else's, and
//! row-level security hides the rest without an index
//! (`migrations/0023_lookups.sql`, and the test `statistics` of the services).

mod connection;
mod copy;
mod error;
mod lock;
mod types;

pub mod access;
pub mod analytics;
pub mod automation;
pub mod capture;
pub mod experiments;
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

use sqlx::migrate::Migrator;

/// All migrations of the schema.
static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Brings the schema up to date; several processes may do so at the same time.
///
/// # Errors
/// [`StoreError::Migrate`] when a migration fails or the database holds another history.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    Ok(MIGRATOR.run(pool).await?)
}
