//! What can go wrong in the database.

use crate::Key;
use sqlx::{error::DatabaseError, migrate::MigrateError};

/// Result of a function of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why a query or a change failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server refused or could not be reached.
    #[error("the database failed: {}", words(.0))]
    Database(sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be migrated: {}", words_of_migration(.0))]
    Migrate(MigrateError),
    /// The database mirrors another network.
    #[error("the database mirrors the network with genesis {stored}, not {found}")]
    OtherGenesis {
        /// Genesis hash in the database.
        stored: Key,
        /// Genesis hash of the network.
        found: Key,
    },
    /// The mirror was emptied or filled again by another writer.
    #[error("the mirror was emptied while it was written")]
    Fenced,
    /// A stored value cannot be read back.
    #[error("a stored {what} cannot be read")]
    Stored {
        /// The kind of value.
        what: &'static str,
        /// The cause.
        source: serde_json::Error,
    },
    /// The inputs of the indicators are out of bounds.
    #[error("the indicators cannot be computed")]
    Kpi(#[from] tessera_domain::analytics::kpi::KpiError),
    /// The stored merges of people contradict each other.
    #[error("the stored merges of people cannot be followed")]
    Merges(#[source] tessera_domain::people::ForestError),
    /// Another transaction was first; begun again, this one sees what it did.
    #[error("another transaction was in the way")]
    Raced,
}

// No `#[from]`: the text of the source is part of the error's own already.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}

/// The error's text without its place in the server's code.
fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) if lacks_schema(&**error) => format!(
            "it has no schema, or an older one ({}): run `tessera migrate`",
            error.message()
        ),
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => "no connection was to be had in time".to_owned(),
        error => error.to_string(),
    }
}

fn words_of_migration(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) => words(error),
        MigrateError::ExecuteMigration(error, number) => format!("{number}: {}", words(error)),
        error => error.to_string(),
    }
}

/// Whether a table or a column is missing.
fn lacks_schema(error: &dyn DatabaseError) -> bool {
    const UNDEFINED: [&str; 2] = ["42P01", "42703"];
    error.code().is_some_and(|code| UNDEFINED.contains(&&*code))
}

impl StoreError {
    /// Whether the server is away, too busy or gave up waiting, so that the same request may succeed
    /// later.
    pub fn is_unavailable(&self) -> bool {
        let (Self::Database(error)
        | Self::Migrate(
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _),
        )) = self
        else {
            return false;
        };
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
            // Classes of connections, rollbacks (serialization, deadlocks), resources and operators
            // (statement timeouts); then the timeouts of an idle transaction and of a lock.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "40", "53", "57", "25P03", "55P03"]
                    .iter()
                    .any(|prefix| code.starts_with(prefix))
            }),
            _ => false,
        }
    }

    /// Whether the server accepted the statement but refused its values, so that trying again is
    /// useless.
    pub fn is_refusal(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        // Classes of data exceptions and violated constraints, and of limits of the program.
        error.code().is_some_and(|code| {
            ["22", "23", "54"]
                .iter()
                .any(|prefix| code.starts_with(prefix))
        })
    }

    /// Whether a table or a column is missing, as in a database that was never migrated.
    pub fn is_without_schema(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if lacks_schema(&**error))
    }

    /// Whether another transaction was in the way of this one, so that the same work succeeds when it
    /// is begun again. What is there already is looked for before it is inserted, so a row that is
    /// inserted twice is a race, too.
    pub fn is_race(&self) -> bool {
        match self {
            Self::Raced => true,
            Self::Database(sqlx::Error::Database(error)) => {
                // Serialization failure, deadlock.
                let code = error.code();
                error.is_unique_violation() || matches!(code.as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        }
    }
}
