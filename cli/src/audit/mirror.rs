//! Compares a mirror with the chain: each receipt as it passes, and each account's row.

mod receipts;
mod rows;

pub use receipts::MirrorSink;
pub use rows::compare as compare_rows;

use super::AuditError;
use solana_signature::Signature;
use std::{fmt, time::Duration};
use tessera_client::types::Address;
use tessera_indexer::node::Node;
use tessera_store::{Key, PgPool, mirror::cursor, read};

/// Number of looks within which a mirror that is merely behind catches up.
const PATIENCE: u32 = 40;
const PAUSE: Duration = Duration::from_millis(500);

/// A difference between the mirror and the chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// A row is missing, or its columns are not the account's.
    Row(Address),
    /// A live row whose account does not exist.
    Stray(Address),
    /// A receipt of the chain that is not stored at its place.
    MissingReceipt {
        /// Whose receipt it is.
        account: Address,
        /// Its number.
        seq: u64,
    },
    /// A stored receipt, or what was decoded from it, is not the chain's.
    Receipt {
        /// Whose receipt it is.
        account: Address,
        /// Its number.
        seq: u64,
        /// The columns that differ.
        what: &'static str,
    },
    /// A stored receipt that the chain does not have.
    StrayReceipt {
        /// Its transaction.
        signature: Signature,
        /// The slot under which it is stored.
        slot: i64,
    },
    /// The mirror has not reached the audit's slot.
    Behind {
        /// The mirror's slot.
        mirror: i64,
        /// The audit's slot.
        audit: i64,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Row(account) => write!(formatter, "row of account {account} is not the account"),
            Self::Stray(account) => write!(formatter, "row of account {account}, which is gone"),
            Self::MissingReceipt { account, seq } => {
                write!(formatter, "receipt {seq} of account {account} is missing")
            }
            Self::Receipt { account, seq, what } => {
                write!(
                    formatter,
                    "receipt {seq} of account {account}: {what} differ"
                )
            }
            Self::StrayReceipt { signature, slot } => write!(
                formatter,
                "a receipt of slot {slot}, transaction {signature}, is not on the chain"
            ),
            Self::Behind { mirror, audit } => write!(
                formatter,
                "the mirror stands at slot {mirror} and does not reach slot {audit}: its indexer \
                 does not run, or has not caught up"
            ),
        }
    }
}

/// Refuses a mirror of another network than the node's. An empty mirror belongs to any network.
pub(super) async fn check_network(node: &dyn Node, pool: &PgPool) -> Result<(), AuditError> {
    let cursor = cursor::read(&mut *read::connection(pool).await?).await?;
    let Some(mirrored) = cursor.map(|it| address(it.genesis)) else {
        return Ok(());
    };
    let asked = Address::from(node.genesis_hash().await?);
    match mirrored == asked {
        true => Ok(()),
        false => Err(AuditError::OtherNetwork { mirrored, asked }),
    }
}

fn address(key: Key) -> Address {
    Address::from(key.0)
}
