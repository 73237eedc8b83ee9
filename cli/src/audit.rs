//! Reads everything from a node, proves it, and compares a mirror with it.

mod mirror;
mod print;
mod program;

pub use mirror::{Mismatch, compare};
pub use print::print;
pub(crate) use print::table;
pub use program::is_deployed;

use crate::chain::{Accounts, Chain, ChainError};
use std::{collections::BTreeSet, time::Duration};
use tessera_client::{
    Account,
    audit::{Report, Snapshot, audit},
    types::Address,
};
use tessera_indexer::history::{ChainEvent, fetch_all_events};
use tokio::time::sleep;

/// Readings that are tried for one in which no vault moved meanwhile.
const ATTEMPTS: u32 = 50;
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
    /// Vaults changed during every reading.
    #[error("the vaults changed during each of {ATTEMPTS} readings; try again when it is quieter")]
    Busy,
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
    let (mut snapshot, slot) = read(chain).await?;
    // The history is read after the accounts, so that it holds every receipt that they count.
    let events = fetch_all_events(chain.source(), CONCURRENCY).await?;
    snapshot.events = events
        .iter()
        .filter(|event| {
            // An account that came after the reading is the next audit's.
            let account = &event.event.receipt().account;
            event.slot < slot || snapshot.accounts.contains_key(account)
        })
        .map(|event| event.raw.clone())
        .collect();
    Ok(Audited {
        report: audit(&snapshot),
        events,
    })
}

/// Accounts and vaults of one moment: vaults are read before and after the accounts, and only a
/// reading in which they did not move counts. Also returns its slot.
async fn read(chain: &Chain) -> Result<(Snapshot, u64), AuditError> {
    let mut vaults = vaults(&chain.program_accounts().await?.accounts);
    for _ in 0..ATTEMPTS {
        let before = chain.token_balances(&vaults).await?;
        let Accounts { slot, accounts } = chain.program_accounts().await?;
        let after = chain.token_balances(&vaults).await?;
        let now_there = self::vaults(&accounts);
        if before == after && now_there == vaults {
            let snapshot = Snapshot {
                accounts,
                vaults: after,
                events: Vec::new(),
            };
            return Ok((snapshot, slot));
        }
        vaults = now_there;
        sleep(Duration::from_millis(100)).await;
    }
    Err(AuditError::Busy)
}

fn vaults(accounts: &std::collections::BTreeMap<Address, Account>) -> Vec<Address> {
    let vaults: BTreeSet<Address> = accounts
        .values()
        .filter_map(|account| match account {
            Account::Plan(plan) => Some(plan.vault),
            _ => None,
        })
        .collect();
    vaults.into_iter().collect()
}
