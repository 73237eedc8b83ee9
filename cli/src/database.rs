//! Connects commands to their database.
//!
//! Law: messages name the option that gave the address, and never the address, which may hold a
//! password.

use anyhow::{Context, Result};
use std::time::Duration;
use tessera_store::{PgPool, mirror::cursor};

/// The option that gives most commands their database.
pub(crate) const OPTION: &str = "--database-url (DATABASE_URL)";
/// Pause before a missing database is looked for again.
const PAUSE: Duration = Duration::from_secs(2);
/// Number of looks between two warnings that it is still missing.
const SILENT: u32 = 30;

/// A pool over the database that `option` gave.
pub(crate) async fn connect(option: &str, url: &str, most: u32) -> Result<PgPool> {
    let pool = tessera_store::connect(url, most).await;
    pool.with_context(|| format!("cannot connect to the database of {option}"))
}

/// Brings the schema of the database at `url`, which `pool` uses, up to date, once it can be
/// reached: it may start after this process.
pub(crate) async fn migrate(url: &str, pool: &PgPool) -> Result<()> {
    let mut looks = 0;
    loop {
        let migrated = async {
            // Checked first: the pool would wait longer and not say what for.
            tessera_store::reach(url).await?;
            tessera_store::migrate(pool).await
        };
        match migrated.await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_unavailable() => {
                if looks % SILENT == 0 {
                    tracing::warn!("the database of {OPTION} is waited for: {error}");
                }
                looks += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot use the database of {OPTION}"));
            }
        }
    }
}

/// Logs a warning when the database cannot be reached yet, or is not usable.
pub(crate) async fn look(url: &str) {
    let looked = async { cursor::read(&mut tessera_store::reach(url).await?).await };
    if let Err(error) = looked.await {
        tracing::warn!("requests fail that need the database of {OPTION}: {error}");
    }
}
