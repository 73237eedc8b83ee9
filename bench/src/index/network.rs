//! On the embedded network: how soon a confirmed transaction is a visible row, and how fast a mirror is
//! filled from a node that allows so many requests a second.

mod business;
mod throttle;
mod watch;

use crate::table::{Goal, Table, rate};
use anyhow::{Context, Result, ensure};
use business::Business;
use sqlx::{AssertSqlSafe, postgres::PgPoolOptions};
use std::{sync::Arc, time::Instant};
use tessera_indexer::{
    Indexer, IndexerConfig,
    node::{RpcNode, RpcNodeConfig},
};
use tessera_store::PgPool;
use throttle::Throttle;
use tokio_util::sync::CancellationToken;

/// Requests a second that a node allows.
const ALLOWED: u32 = 200;

pub(crate) async fn measure(pool: &PgPool, transactions: usize, table: &mut Table) -> Result<()> {
    let business = Business::open().await?;
    live(
        &business,
        &database(pool, "live").await?,
        transactions,
        table,
    )
    .await?;
    business.settled().await?;
    for (name, refuses) in [("waits", false), ("refuses", true)] {
        let pool = database(pool, name).await?;
        let throttle = Throttle::start(business.network.rpc_url(), ALLOWED, refuses).await?;
        let node = RpcNode::new(&RpcNodeConfig::new([throttle.url()]))?;
        let mut indexer = Indexer::new(pool, Arc::new(node), IndexerConfig::default());
        let start = Instant::now();
        let filled = indexer.backfill(&|_| ()).await?;
        let served = rate(throttle.served(), start.elapsed().as_secs_f64());
        indexer.close().await?;
        let stored = usize::try_from(filled.receipts)?;
        ensure!(filled.gaps == 0 && stored >= transactions, "{filled:?}");
        let what = format!("backfill from a node that {name} beyond {ALLOWED} requests/s");
        table.note(&what, served, "requests/s");
        let share = served / f64::from(ALLOWED);
        table.judge("share of what it allows", share, "", Goal::AtLeast(0.9));
        table.note("requests it turned away", rate(throttle.refused(), 1.0), "");
    }
    Ok(())
}

/// A migrated database of its own on the same server.
async fn database(pool: &PgPool, name: &str) -> Result<PgPool> {
    for statement in ["drop database if exists", "create database"] {
        let statement = AssertSqlSafe(format!("{statement} {name}"));
        sqlx::raw_sql(statement).execute(pool).await?;
    }
    let options = pool.connect_options();
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .connect_with(options.as_ref().clone().database(name))
        .await?;
    tessera_store::migrate(&pool).await?;
    Ok(pool)
}

/// Sends transactions while the index runs.
async fn live(
    business: &Business,
    pool: &PgPool,
    transactions: usize,
    table: &mut Table,
) -> Result<()> {
    let node = RpcNode::new(&RpcNodeConfig::new([business.network.rpc_url()]))?;
    let config = IndexerConfig {
        hints_url: Some(business.network.ws_url()),
        ..IndexerConfig::default()
    };
    let mut indexer = Indexer::new(pool.clone(), Arc::new(node), config);
    indexer.fill_once().await?;
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { indexer.run(cancel).await }
    });
    let watched = watch::watch(business, pool, transactions).await?;
    cancel.cancel();
    running.await??;
    let [mut visible, mut listed] = [watched.visible, watched.listed];
    table.note("transactions", rate(transactions, watched.secs), "a second");
    for (name, delays) in [
        ("is visible", &mut visible),
        ("is listed by the node", &mut listed),
    ] {
        delays.sort_unstable();
        for (part, of) in [("median", 50), ("p99", 99)] {
            let at = (delays.len() * of / 100).min(delays.len() - 1);
            let secs = delays.get(at).context("a delay")?.as_secs_f64();
            let what = format!("confirmed transaction {name}, {part}");
            match (name, part) {
                ("is visible", "p99") => table.judge(&what, secs, "s", Goal::AtMost(1.0)),
                _ => table.note(&what, secs, "s"),
            }
        }
    }
    Ok(())
}
