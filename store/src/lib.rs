//! The database: the mirror's tables, the sales engine's in [`engine`], and every query on them.
//!
//! One file an aggregate. Functions take a connection, so the caller owns the transaction. A row
//! holds every column of its table; a newer reading of an account replaces an older one and never
//! the reverse.

mod connection;
mod copy;
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
pub mod dead_letter;
pub mod engine;
pub mod invoice;
pub mod issuer;
pub mod keeper;
pub mod ledger;
mod life;
pub mod member;
pub mod nullifier_page;
pub mod org;
pub mod plan;
pub mod proof;
pub mod read;
pub mod receipt;
pub mod stake_pool;
pub mod stake_position;
pub mod subscription;
pub mod unsettled;
pub mod walk;

pub use connection::{connect, is_address, reach, service};
pub use error::{Result, StoreError};
pub use life::LifeKey;
pub use lock::WriterLock;
pub use record::Record;
pub use sqlx::{PgConnection, PgPool};
pub use types::{Key, Source, U64};

/// A transaction; dropped, it is rolled back.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

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
