//! One writer at a time: whoever holds the lock may apply. The cursor's fence holds even when a
//! lost connection has silently given the lock away.

use crate::{Result, StoreError};
use sqlx::{Connection, PgConnection, PgPool};

/// The key that all writers of a database compete for; any constant will do.
const KEY: i64 = 0x7465_7373_6572_6121;

/// The server's code for a lock that is not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The right to write, for as long as this value lives.
#[derive(Debug)]
pub struct WriterLock(PgConnection);

impl WriterLock {
    /// Takes the lock, on a connection of its own. The server needs a moment to see that a writer
    /// has ended, so this waits two seconds.
    ///
    /// # Errors
    /// [`StoreError::AnotherWriter`] when it is taken, [`StoreError::Database`].
    pub async fn acquire(pool: &PgPool) -> Result<Self> {
        let mut conn = pool.acquire().await?.detach();
        sqlx::query!("set lock_timeout = '2s'")
            .execute(&mut conn)
            .await?;
        let taken = sqlx::query!("select pg_advisory_lock($1)", KEY)
            .execute(&mut conn)
            .await;
        match taken {
            Ok(_) => Ok(Self(conn)),
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
            {
                Err(StoreError::AnotherWriter)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Confirms that the lock is still held, which is as long as its connection lives.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it is lost.
    pub async fn check(&mut self) -> Result<()> {
        Ok(self.0.ping().await?)
    }

    /// Gives the lock back at once; dropping it does so once the server notices.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the connection was lost before.
    pub async fn release(mut self) -> Result<()> {
        sqlx::query_scalar!("select pg_advisory_unlock($1)", KEY)
            .fetch_one(&mut self.0)
            .await?;
        Ok(self.0.close().await?)
    }
}
