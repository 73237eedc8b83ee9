//! What sees each receipt as it passes.

use super::AuditError;
use solana_signature::Signature;
use tessera_indexer::node::{Place, async_trait};

/// A receipt, and where it stands.
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

/// Sees each receipt once, in chain order. All of them from the network's beginning on, or from where
/// a checkpoint stands.
#[async_trait]
pub trait Sink: Send {
    /// The next one.
    ///
    /// # Errors
    /// [`AuditError`], which ends the audit.
    async fn take(&mut self, received: Received) -> Result<(), AuditError>;
}

/// Sees nothing.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

#[async_trait]
impl Sink for Nothing {
    async fn take(&mut self, _: Received) -> Result<(), AuditError> {
        Ok(())
    }
}

/// Keeps all of them.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<Received>);

#[async_trait]
impl Sink for Kept {
    async fn take(&mut self, received: Received) -> Result<(), AuditError> {
        self.0.push(received);
        Ok(())
    }
}
