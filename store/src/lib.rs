//! The database: the mirror's tables, the sales engine's in [`engine`], and every query on them.
//!
//! One file an aggregate. Functions take a connection, so the caller owns the transaction. A row
//! holds every column of its table; a newer reading of an account replaces an older one and never
//! the reverse.

mod error;
mod lock;
#[macro_use]
mod record;
mod types;

pub mod accounts;
pub mod authority;
pub mod campaign;
pub mod claim;
pub mod code;
pub mod config;
pub mod cursor;
pub mod due;
pub mod engine;
pub mod event;
pub mod invoice;
pub mod issuer;
pub mod ledger;
pub mod member;
pub mod nullifier_page;
pub mod org;
pub mod plan;
pub mod read;
pub mod stake_pool;
pub mod stake_position;
pub mod subscription;

pub use error::{Result, StoreError};
pub use lock::WriterLock;
pub use record::Record;
pub use sqlx::{PgConnection, PgPool};
pub use types::{Key, Source, U64};

/// A transaction; dropped, it is rolled back.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

use sqlx::{migrate::Migrator, postgres::PgPoolOptions};
use std::time::Duration;

/// The schema's history.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Opens a pool of at most `max_connections`.
///
/// # Errors
/// [`StoreError::Database`] when the server cannot be reached within five seconds.
pub async fn connect(url: &str, max_connections: u32) -> Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .connect(url)
        .await?)
}

/// Brings the schema up to date; safe to run from several processes at once.
///
/// # Errors
/// [`StoreError::Migrate`] when a migration fails or the database holds another history.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    Ok(MIGRATOR.run(pool).await?)
}
