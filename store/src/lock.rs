//! One writer at a time: only the holder of the lock may apply. The cursor's fence holds even when
//! a lost connection has silently given the lock away.

use crate::{Result, connection};
use sqlx::{Connection, PgConnection, PgPool};

/// The key that all writers of a database compete for; any constant will do.
const KEY: i64 = 0x7465_7373_6572_6121;

/// The right to write, for as long as this value lives.
#[derive(Debug)]
pub struct WriterLock(PgConnection);

impl WriterLock {
    /// Takes the lock on a connection of its own; none when another writer has it.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database).
    pub async fn try_acquire(pool: &PgPool) -> Result<Option<Self>> {
        let mut conn = PgConnection::connect_with(&connection::alive(pool)).await?;
        let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "taken!""#, KEY)
            .fetch_one(&mut conn)
            .await?;
        if taken {
            return Ok(Some(Self(conn)));
        }
        conn.close().await?;
        Ok(None)
    }

    /// Confirms that the lock is still held: it is as long as its connection lives.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database) when it is lost.
    pub async fn check(&mut self) -> Result<()> {
        Ok(self.0.ping().await?)
    }

    /// Releases the lock immediately; a dropped one is released once the server notices.
    ///
    /// # Errors
    /// [`StoreError::Database`](crate::StoreError::Database) when the connection was lost before.
    pub async fn release(mut self) -> Result<()> {
        sqlx::query_scalar!("select pg_advisory_unlock($1)", KEY)
            .fetch_one(&mut self.0)
            .await?;
        Ok(self.0.close().await?)
    }
}
