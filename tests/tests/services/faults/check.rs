//! Whether a mirror is what the chain makes of an empty one.

use super::{LOOK, PATIENCE, node, slot, until};
use crate::support::database::Mirror;
use anyhow::{Result, ensure};
use std::{collections::HashSet, sync::Arc};
use tessera_cli::{
    audit::{self, Options},
    chain::Chain,
};
use tessera_indexer::{Indexer, IndexerConfig};
use tessera_store::{
    PgPool, Source,
    mirror::{
        accounts::{self, Accounts},
        receipt::{self, Money, ReceiptRow},
        unsettled,
    },
};
use tokio::time::{Instant, sleep};

/// What a mirror holds that the chain alone decides.
#[derive(Debug, PartialEq)]
struct Contents {
    receipts: Vec<(ReceiptRow, Money)>,
    live: Accounts,
}

/// Checks a mirror that an indexer fills against the node at `url`, on which nothing happens any
/// more: once it has come there, it is compared with a mirror that is filled from the node alone, its
/// receipts are `receipts`, each once and none missing, and the audit finds nothing.
pub(super) async fn check(mirror: &Mirror, url: &str, receipts: u64) -> Result<()> {
    let tip = slot(url).await?;
    let corrected = "as far as the network, with no problem and no gap";
    until(mirror, corrected, |it| {
        it.final_slot >= tip && it.applied_slot >= tip && it.gaps == 0 && it.problem.is_none()
    })
    .await?;
    await_corrections(mirror, receipts).await?;

    let fresh = Mirror::create().await?;
    let mut filler = Indexer::new(
        fresh.pool.clone(),
        Arc::new(node(url)?),
        IndexerConfig::default(),
    );
    let filled = filler.backfill(&|_| {}).await?;
    ensure!(filled.gaps == 0 && filled.final_slot >= tip, "{filled:?}");
    compare(
        &contents(&mirror.pool).await?,
        &contents(&fresh.pool).await?,
    )?;
    let chain = Chain::new(url)?;
    let options = Options::default();
    let (proof, differing) =
        audit::prove_with_mirror(&node(url)?, &chain, &options, &mirror.pool).await?;
    ensure!(proof.report.wrong.is_empty(), "{:?}", proof.report.findings);
    ensure!(differing.is_empty(), "{differing:?}");
    once(&mirror.pool, receipts).await
}

/// The end of it where no indexer runs any more: the proof finds all, and nothing to mend.
pub(super) async fn proven(mirror: &Mirror, url: &str) -> Result<()> {
    let node = Arc::new(node(url)?);
    let mut indexer = Indexer::new(mirror.pool.clone(), node, IndexerConfig::default());
    let before = contents(&mirror.pool).await?;
    ensure!(indexer.prove_once(None).await? == 0, "receipts are missing");
    indexer.close().await?;
    compare(&contents(&mirror.pool).await?, &before)
}

/// What was withheld from every list is found by the next reading of all accounts, or the next proof.
async fn await_corrections(mirror: &Mirror, receipts: u64) -> Result<()> {
    let deadline = Instant::now() + PATIENCE / 2;
    loop {
        let mut conn = mirror.pool.acquire().await?;
        let stored = sqlx::query_scalar::<_, i64>("select count(*) from receipt")
            .fetch_one(&mut *conn)
            .await?;
        let stale = unsettled::stale_count(&mut conn).await?;
        drop(conn);
        // When it does not come to that, the comparison says what is missing.
        if stored.unsigned_abs() == receipts && stale == 0 || Instant::now() > deadline {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

async fn contents(pool: &PgPool) -> Result<Contents> {
    let mut conn = pool.acquire().await?;
    let rows = receipt::page(&mut conn, None, i64::MAX).await?;
    let money = receipt::money(&mut conn, &rows).await?;
    Ok(Contents {
        receipts: rows.into_iter().zip(money).collect(),
        live: live(accounts::all(&mut conn).await?),
    })
}

/// Rows of accounts that there are, whenever and however they were read.
fn live(accounts: Accounts) -> Accounts {
    macro_rules! live {
        ($($kind:ident,)*) => {{
            let Accounts { $($kind: mut $kind,)* } = accounts;
            $(
                $kind.retain(|row| !row.closed);
                for row in &mut $kind {
                    (row.slot, row.source) = (0, Source::Update);
                }
            )*
            Accounts { $($kind,)* }
        }};
    }
    live!(
        config,
        org,
        issuer,
        plan,
        member,
        code,
        authority,
        subscription,
        invoice,
        ledger,
        campaign,
        nullifier_page,
        claim,
        stake_pool,
        stake_position,
    )
}

fn compare(mirror: &Contents, fresh: &Contents) -> Result<()> {
    let differing = mirror.receipts.iter().zip(&fresh.receipts);
    if let Some((stored, expected)) = differing.into_iter().find(|(a, b)| a != b) {
        let counts = (mirror.receipts.len(), fresh.receipts.len());
        anyhow::bail!("{counts:?}: stored {stored:?}\nexpected {expected:?}");
    }
    ensure!(mirror.receipts.len() == fresh.receipts.len());
    ensure!(
        mirror.live == fresh.live,
        "stored {:?}\nexpected {:?}",
        mirror.live,
        fresh.live
    );
    Ok(())
}

/// Every receipt has a place and a number of its own.
async fn once(pool: &PgPool, receipts: u64) -> Result<()> {
    let rows = contents(pool).await?.receipts;
    let places: HashSet<_> = rows.iter().map(|(row, _)| row.place()).collect();
    let numbers: HashSet<_> = rows
        .iter()
        .map(|(row, _)| (row.account, row.life, row.seq))
        .collect();
    let counts = [rows.len(), places.len(), numbers.len()].map(|count| count as u64);
    ensure!(counts == [receipts; 3], "{counts:?} of {receipts}");
    Ok(())
}
