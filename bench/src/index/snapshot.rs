//! A million accounts from a node that lists them in shards, as the reading of all accounts stores them.

use crate::{
    chain,
    table::{Goal, Table, rate},
};
use anyhow::{Context, Result, ensure};
use solana_address::Address;
use solana_signature::Signature;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tessera_client::types::accounts::{AccountType, Ledger, Member, Subscription};
use tessera_indexer::{
    Indexer, IndexerConfig,
    node::{
        Commitment, Listed, Listing, Node, NodeError, Reading, Result as NodeResult, Shard, Status,
        Tip, Transaction, async_trait,
    },
};
use tessera_store::PgPool;

/// Most bytes in an answer, as the node over JSON-RPC takes them; base64 makes three of four.
const MOST: u64 = (32 << 20) / 4 * 3;
/// The last slot.
const TIP: u64 = 5_000;

pub(crate) async fn measure(pool: &PgPool, count: u64, table: &mut Table) -> Result<()> {
    sqlx::raw_sql("truncate member, subscription, ledger, cursor")
        .execute(pool)
        .await?;
    let node = Arc::new(Scripted {
        members: count / 2,
        subscriptions: count * 3 / 10,
        ledgers: count / 5,
        making: AtomicU64::default(),
    });
    let mut indexer = Indexer::new(pool.clone(), node.clone(), IndexerConfig::default());
    // From here on the highest is kept.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let start = Instant::now();
    indexer.fill_once().await?;
    let secs = start.elapsed().as_secs_f64();
    indexer.close().await?;
    let making = Duration::from_nanos(node.making.load(Ordering::Relaxed)).as_secs_f64();
    let stored: i64 = sqlx::query_scalar("select count(*) from account_head")
        .fetch_one(pool)
        .await?;
    ensure!(
        stored.unsigned_abs() == count,
        "{stored} accounts are stored"
    );
    table.judge(
        &format!("snapshot of {count} accounts, time to decode and write"),
        secs,
        "s",
        Goal::AtMost(60.0),
    );
    table.note("accounts", rate(usize::try_from(count)?, secs), "rows/s");
    table.note("time in which they were made, beside that", making, "s");
    table.judge("memory at most", peak()?, "MB", Goal::AtMost(1_000.0));
    Ok(())
}

/// The most memory that this process held, MB.
fn peak() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes.context("no VmHWM")?.parse::<f64>()? / 1_000.0)
}

/// A node that makes accounts when it is asked for them. Those of a number begin their heads with its
/// last byte, by which shards are split.
struct Scripted {
    members: u64,
    subscriptions: u64,
    ledgers: u64,
    /// Nanoseconds spent making accounts.
    making: AtomicU64,
}

#[async_trait]
impl Node for Scripted {
    async fn genesis_hash(&self) -> NodeResult<[u8; 32]> {
        Ok([1; 32])
    }

    async fn tip(&self, _: Commitment) -> NodeResult<Tip> {
        Ok(Tip { slot: TIP, at: 0 })
    }

    async fn signatures(&self, _: &Listing) -> NodeResult<Vec<Listed>> {
        Ok(vec![])
    }

    async fn transaction(&self, listed: &Listed, _: Commitment) -> NodeResult<Transaction> {
        Err(NodeError::UnknownTransaction(listed.signature))
    }

    async fn statuses(&self, signatures: &[Signature]) -> NodeResult<Vec<Option<Status>>> {
        Ok(vec![None; signatures.len()])
    }

    async fn accounts(&self, addresses: &[Address], _: u64) -> NodeResult<Reading> {
        let accounts = addresses.iter().map(|address| (*address, None)).collect();
        Ok(Reading {
            slot: TIP,
            accounts,
        })
    }

    async fn shard(&self, shard: &Shard, _: u64) -> NodeResult<Reading> {
        let (kind, count, make): (_, _, fn(u64, u64) -> _) = match shard.discriminator {
            Member::DISCRIMINATOR => (chain::Kind::Member, self.members, chain::member),
            Subscription::DISCRIMINATOR => (
                chain::Kind::Subscription,
                self.subscriptions,
                chain::subscription,
            ),
            Ledger::DISCRIMINATOR => (chain::Kind::Ledger, self.ledgers, chain::ledger),
            _ => {
                let accounts = vec![];
                return Ok(Reading {
                    slot: TIP,
                    accounts,
                });
            }
        };
        let (first, step) = match shard.prefix.as_slice() {
            [] => (0, 1),
            [first, ..] => (u64::from(*first), 256),
        };
        if count / step * shard.len as u64 > MOST {
            return Err(NodeError::TooLong {
                method: "getProgramAccounts",
                limit: 32 << 20,
            });
        }
        let start = Instant::now();
        let accounts = (first..count)
            .step_by(usize::try_from(step).unwrap_or(1))
            .map(|number| (chain::address(kind, number), Some(make(number, 3).encode())))
            .collect();
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.making.fetch_add(nanos, Ordering::Relaxed);
        Ok(Reading {
            slot: TIP,
            accounts,
        })
    }
}
