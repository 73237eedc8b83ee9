//! What every task of the indexer needs: where it writes, what it reads, and as which filling.

use crate::{IndexerConfig, IndexerError, node::Node};
use std::sync::{Arc, atomic::AtomicI64};
use tessera_store::{
    PgConnection, PgPool, StoreError, Transaction,
    mirror::cursor::{self, Cursor},
};

/// The indexer's result.
pub(crate) type Result<T> = std::result::Result<T, IndexerError>;

/// A mirror that this process may write.
#[derive(Clone)]
pub(crate) struct Mirror {
    pub(crate) pool: PgPool,
    pub(crate) node: Arc<dyn Node>,
    pub(crate) config: IndexerConfig,
    /// The slot of the last reading that corrected something: once it is final, all receipts are to be
    /// proven.
    pub(crate) suspect: Arc<AtomicI64>,
}

/// A connection of the pool.
pub(crate) type Connection = tessera_store::read::Connection;

impl Mirror {
    pub(crate) async fn connection(&self) -> Result<Connection> {
        Ok(tessera_store::read::connection(&self.pool).await?)
    }

    pub(crate) async fn cursor(&self) -> Result<Cursor> {
        let cursor = cursor::read(&mut *self.connection().await?).await?;
        // It was there when the lock was taken.
        Ok(cursor.ok_or(StoreError::Fenced)?)
    }

    /// A transaction that keeps all other writers out, as long as the mirror is the one that `cursor`
    /// was read of.
    pub(crate) async fn write(&self, cursor: &Cursor) -> Result<Transaction> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::from)?;
        cursor::fence(&mut transaction, cursor.filling).await?;
        Ok(transaction)
    }
}

pub(crate) async fn commit(transaction: Transaction) -> Result<()> {
    Ok(transaction.commit().await.map_err(StoreError::from)?)
}

/// A connection as the store's functions take it.
pub(crate) type Conn = PgConnection;
