//! What every task of the indexer needs: the database, the node, and the filling that it writes
//! for.

use crate::{IndexerConfig, IndexerError, node::Node};
use std::sync::{Arc, atomic::AtomicI64};
use tessera_store::{
    PgConnection, PgPool, StoreError, Transaction,
    mirror::cursor::{self, Cursor},
};

pub(crate) type Result<T> = std::result::Result<T, IndexerError>;

/// A mirror that this process may write.
#[derive(Clone)]
pub(crate) struct Mirror {
    pub(crate) pool: PgPool,
    pub(crate) node: Arc<dyn Node>,
    pub(crate) config: IndexerConfig,
    /// The slot of the last reading that corrected something: once it is final, all receipts must
    /// be proven.
    pub(crate) suspect: Arc<AtomicI64>,
}

pub(crate) type Connection = tessera_store::read::Connection;

impl Mirror {
    pub(crate) async fn connection(&self) -> Result<Connection> {
        Ok(tessera_store::read::connection(&self.pool).await?)
    }

    pub(crate) async fn cursor(&self) -> Result<Cursor> {
        let cursor = cursor::read(&mut *self.connection().await?).await?;
        // The cursor existed when the lock was taken.
        Ok(cursor.ok_or(StoreError::Fenced)?)
    }

    /// A database transaction that keeps other writers out, if the mirror is still the one that
    /// `cursor` was read from.
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
