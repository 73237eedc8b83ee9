//! The indexer as production runs it, on a network under load, while nodes, sockets, database and
//! strangers do their worst.
//!
//! Law: however it was reached, the mirror ends equal to one that is filled from the chain alone,
//! with no gap, nothing twice, and no finding of the audit: [`check`].

mod check;
mod codes;
mod disagreement;
mod disk;
mod hints;
mod hostile;
mod http;
mod killed;
mod locks;
mod memory;
mod poison;
mod restarts;
mod running;
mod vanished;
mod withheld;
mod writers;

use crate::support::database::Mirror;
use anyhow::{Result, ensure};
use check::check;
use running::Running;
use std::{path::PathBuf, time::Duration};
use tessera_indexer::node::{Commitment, Node, RpcNode, RpcNodeConfig};
use tessera_localnet::Network;
use tessera_store::mirror::cursor::{self, Cursor};
use tessera_tests::{
    eventually,
    faults::Proxy,
    load::{self, Load},
};

const CUSTOMERS: usize = 12;
/// How long anything is waited for that comes for sure.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// A network with a business and its customers, and an empty mirror.
struct Scene {
    network: Network,
    load: Load,
    mirror: Mirror,
}

impl Scene {
    async fn start(seed: u64) -> Result<Self> {
        let network = load::network(seed).await?;
        let load = Load::start(network.rpc_url(), seed, CUSTOMERS).await?;
        let mirror = Mirror::create().await?;
        Ok(Self {
            network,
            load,
            mirror,
        })
    }

    /// Periods in which everybody does `rounds` things.
    async fn play(&mut self, periods: usize, rounds: usize) -> Result<()> {
        for _ in 0..periods {
            self.load.play(rounds).await?;
            self.load.next_period(&self.network).await?;
        }
        Ok(())
    }

    /// Lets more happen than the faults hide, and waits until there are more receipts than before.
    async fn goes_on(&mut self, periods: usize, rounds: usize) -> Result<()> {
        let before = self.load.receipts();
        self.play(periods, rounds).await?;
        eventually(PATIENCE, async || {
            let stored = sqlx::query_scalar::<_, i64>("select count(*) from receipt")
                .fetch_one(&self.mirror.pool)
                .await?;
            Ok(match stored.unsigned_abs() > before {
                true => Ok(()),
                false => Err(format!("the rest waits at {stored} of {before}")),
            })
        })
        .await
    }

    /// Waits until the mirror is filled, and nothing is left to be done.
    async fn filled(&self) -> Result<Cursor> {
        let is_filled = |it: &Cursor| it.snapshot_slot > 0 && it.problem.is_none();
        until(&self.mirror, "filled", is_filled).await
    }

    /// The end: the same for every group of faults.
    async fn end(&self, group: &str, running: Running, proxies: &[&Proxy]) -> Result<()> {
        let url = self.network.rpc_url();
        self.end_at(&url, group, running, proxies).await
    }

    /// The same where the chain is what the node at `url` shows.
    async fn end_at(
        &self,
        url: &str,
        group: &str,
        running: Running,
        proxies: &[&Proxy],
    ) -> Result<()> {
        check(&self.mirror, url, self.load.receipts()).await?;
        running.end(group, proxies)?;
        check::proven(&self.mirror, url).await
    }
}

/// A node that is asked without a proxy.
fn node(url: &str) -> Result<RpcNode> {
    Ok(RpcNode::new(&RpcNodeConfig::new([url]))?)
}

/// The last slot that a node confirmed.
async fn slot(url: &str) -> Result<i64> {
    let tip = node(url)?.tip(Commitment::Confirmed).await?;
    Ok(i64::try_from(tip.slot)?)
}

/// Waits until the mirror's cursor is as it should be.
async fn until(mirror: &Mirror, what: &str, is: impl Fn(&Cursor) -> bool) -> Result<Cursor> {
    eventually(PATIENCE, async || {
        let cursor = cursor::read(&mut *mirror.pool.acquire().await?).await?;
        let found = cursor.as_ref().filter(|it| is(it)).cloned();
        Ok(found.ok_or_else(|| format!("never {what}: {cursor:?}")))
    })
    .await
}

/// The program that is built beside these tests.
fn tessera() -> Result<PathBuf> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/debug/tessera"
    ));
    ensure!(path.exists(), "{} is not built", path.display());
    Ok(path)
}
