//! Reads everything from a node, proves it, and compares a mirror with it.

mod mirror;
mod print;
mod program;
mod vaults;

pub use mirror::{Mismatch, compare};
pub use print::print;
pub(crate) use print::table;
pub use program::is_deployed;

use crate::chain::{Chain, ChainError};
use tessera_client::audit::{Report, Snapshot, audit};
use tessera_indexer::history::{ChainEvent, fetch_all_events};

/// Requests to the node at a time.
const CONCURRENCY: usize = 8;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The history cannot be read.
    #[error("the program's history cannot be read")]
    History(#[from] tessera_indexer::IndexerError),
    /// The mirror cannot be read.
    #[error("the mirror cannot be read")]
    Store(#[from] tessera_store::StoreError),
    /// A node that showed accounts at a slot never reached it again.
    #[error("the node fell behind its own answers; try again")]
    Behind,
}

/// A proof, and the history that it rests on.
#[derive(Debug)]
pub struct Audited {
    /// What was checked and found.
    pub report: Report,
    /// Every event of the program, oldest first.
    pub events: Vec<ChainEvent>,
}

/// Reads every account, vault and event and checks every law on them.
///
/// # Errors
/// [`AuditError`] when there is nothing consistent to check.
pub async fn run(chain: &Chain) -> Result<Audited, AuditError> {
    let read = chain.program_accounts().await?;
    let vaults = vaults::read(chain, &read).await?;
    // The history is read last, so that it holds every receipt that the accounts count and all that
    // vaults received or paid.
    let events = fetch_all_events(chain.source(), CONCURRENCY).await?;
    let snapshot = Snapshot {
        vaults: vaults::balances(&read, &events, &vaults),
        events: events
            .iter()
            .filter(|event| {
                // What was opened after the reading is the next audit's; what is gone was closed
                // before it.
                let receipt = event.event.receipt();
                receipt.life < read.slot || read.accounts.contains_key(&receipt.account)
            })
            .map(|event| event.raw.clone())
            .collect(),
        accounts: read.accounts,
    };
    Ok(Audited {
        report: audit(&snapshot),
        events,
    })
}
