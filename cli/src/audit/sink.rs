//! Receivers of the receipts that pass.

use super::AuditError;
use solana_signature::Signature;
use tessera_indexer::node::{Place, async_trait};

/// A receipt, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The transaction.
    pub signature: Signature,
    /// Its place on the chain.
    pub place: Place,
    /// Index of the transaction's instruction.
    pub outer: u16,
    /// 0 for that instruction itself, else the number of the inner call, from 1.
    pub inner: u16,
    /// The receipt as carried, discriminator included.
    pub raw: Vec<u8>,
}

/// Sees each receipt once, in chain order, from the network's beginning or from a checkpoint on.
#[async_trait]
pub trait Sink: Send {
    /// Takes the next receipt.
    ///
    /// # Errors
    /// [`AuditError`], which ends the audit.
    async fn take(&mut self, received: Received) -> Result<(), AuditError>;
}

/// Ignores all receipts.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

#[async_trait]
impl Sink for Nothing {
    async fn take(&mut self, _: Received) -> Result<(), AuditError> {
        Ok(())
    }
}

/// Keeps all receipts.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<Received>);

#[async_trait]
impl Sink for Kept {
    async fn take(&mut self, received: Received) -> Result<(), AuditError> {
        self.0.push(received);
        Ok(())
    }
}
