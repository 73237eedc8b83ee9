//! Compares a mirror with the chain, row by row and event by event.

mod events;

use super::AuditError;
use crate::chain::Chain;
use solana_signature::Signature;
use std::{collections::BTreeSet, fmt, time::Duration};
use tessera_client::types::Address;
use tessera_indexer::{
    decode::readings,
    history::ChainEvent,
    source::{Reading, Source as _},
};
use tessera_store::{Key, PgPool, Source, accounts, read};
use tokio::time::sleep;

/// A row may be behind for as long as the indexer needs to see a change.
const PATIENCE: u32 = 8;
const PAUSE: Duration = Duration::from_millis(750);
/// Newer than any row, so that every row is compared whenever it was read.
const NEWEST: u64 = i64::MAX as u64;

/// Something in the mirror that is not on the chain, or the reverse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// A row is missing, or its columns are not the account's.
    Row(Address),
    /// A live row whose account does not exist.
    Stray(Address),
    /// An event of the chain that is not stored.
    MissingEvent {
        /// Whose receipt it is.
        account: Address,
        /// Its number.
        seq: u64,
    },
    /// A stored event, or what was decoded from it, is not the chain's.
    Event {
        /// Whose receipt it is.
        account: Address,
        /// Its number.
        seq: u64,
        /// Which columns.
        what: &'static str,
    },
    /// A stored event that the chain does not have.
    StrayEvent {
        /// Its transaction.
        signature: Signature,
        /// Where it is stored.
        position: i64,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Row(account) => write!(formatter, "row of account {account} is not the account"),
            Self::Stray(account) => write!(formatter, "row of account {account}, which is gone"),
            Self::MissingEvent { account, seq } => {
                write!(
                    formatter,
                    "event of account {account}, seq {seq}, is missing"
                )
            }
            Self::Event { account, seq, what } => {
                write!(
                    formatter,
                    "event of account {account}, seq {seq}: {what} differ"
                )
            }
            Self::StrayEvent {
                signature,
                position,
            } => write!(
                formatter,
                "event at position {position}, transaction {signature}, is not on the chain"
            ),
        }
    }
}

/// Every mismatch between the mirror and the chain; `events` is the chain's history.
///
/// # Errors
/// [`AuditError`] when either cannot be read.
pub async fn compare(
    chain: &Chain,
    pool: &PgPool,
    events: &[ChainEvent],
) -> Result<Vec<Mismatch>, AuditError> {
    let mut found = compare_rows(chain, pool).await?;
    found.extend(events::compare(pool, events).await?);
    Ok(found.into_iter().collect())
}

/// Rows that differ again and again: a row that is merely behind catches up.
async fn compare_rows(chain: &Chain, pool: &PgPool) -> Result<BTreeSet<Mismatch>, AuditError> {
    let mut lasting: Option<BTreeSet<Mismatch>> = None;
    for round in 0..PATIENCE {
        if round > 0 {
            sleep(PAUSE).await;
        }
        let reading = chain.source().program_accounts(0).await?;
        let rows = readings(
            &Reading {
                slot: NEWEST,
                ..reading
            },
            Source::Snapshot,
        )
        .rows;
        let mut conn = read::snapshot(pool).await?;
        let differing = accounts::differing(&mut conn, &rows).await?;
        let stray = accounts::missing(&mut conn, &rows, i64::MAX).await?;
        let found: BTreeSet<Mismatch> = differing
            .into_iter()
            .map(|key| Mismatch::Row(address(key)))
            .chain(stray.into_iter().map(|key| Mismatch::Stray(address(key))))
            .collect();
        let still = match lasting {
            None => found,
            Some(before) => before.intersection(&found).cloned().collect(),
        };
        if still.is_empty() {
            return Ok(still);
        }
        lasting = Some(still);
    }
    Ok(lasting.unwrap_or_default())
}

fn address(key: Key) -> Address {
    Address::from(key.0)
}
