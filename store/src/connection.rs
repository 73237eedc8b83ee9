//! How connections are opened.
//!
//! Law: a client that has gone away soon holds no lock, and no statement of a service runs for
//! ever.

use crate::Result;
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};
use tokio::time::timeout;

/// Makes the server notice within 25 seconds that a client is gone, and release its locks.
const KEEPALIVE: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "25000"),
];

/// Longest wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether `url` can be read as a database's address.
pub fn is_address(url: &str) -> bool {
    PgConnectOptions::from_str(url).is_ok()
}

/// Connects once, without a pool, so that a failure is reported immediately and with its cause.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when the server cannot be reached within five
/// seconds.
pub async fn reach(url: &str) -> Result<PgConnection> {
    let options = PgConnectOptions::from_str(url)?.options(KEEPALIVE);
    let connected = timeout(PATIENCE, PgConnection::connect_with(&options)).await;
    Ok(connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))?)
}

/// Opens a pool of at most `max_connections`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when the server cannot be reached within five
/// seconds.
pub async fn connect(url: &str, max_connections: u32) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)?.options(KEEPALIVE);
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await;
    match pool {
        // The pool does not report the cause.
        Err(sqlx::Error::PoolTimedOut) => {
            reach(url).await?;
            Err(sqlx::Error::PoolTimedOut.into())
        }
        pool => Ok(pool?),
    }
}

/// A pool like that of [`connect`] whose statements give up after `timeout`. It connects when it is
/// first used.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database) when `url` cannot be read.
pub fn service(url: &str, max_connections: u32, timeout: Duration) -> Result<PgPool> {
    let millis = timeout.as_millis().to_string();
    let options = PgConnectOptions::from_str(url)?
        .options(KEEPALIVE)
        .options([
            ("statement_timeout", &millis),
            ("lock_timeout", &millis),
            ("idle_in_transaction_session_timeout", &millis),
        ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(timeout)
        .connect_lazy_with(options))
}

/// Options of `pool` for a connection that stays open.
pub(crate) fn alive(pool: &PgPool) -> PgConnectOptions {
    PgConnectOptions::clone(&pool.connect_options()).options(KEEPALIVE)
}
