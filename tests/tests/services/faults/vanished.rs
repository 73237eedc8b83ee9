//! Transactions that were confirmed and did not stay: never seen again, or in another slot.

use super::{
    PATIENCE, Scene,
    check::{self, check},
    node,
    running::{Running, Settings},
    slot, until,
};
use anyhow::{Context, Result, ensure};
use solana_signature::Signature;
use std::time::Duration;
use tessera_client::types::{ID, carrier::TOKEN_PROGRAM};
use tessera_indexer::node::{Commitment, Listed, Node, Place};
use tessera_tests::{
    eventually,
    faults::{Memory, Proxy},
};
use tokio::time::sleep;

/// A mirror of all that was played, behind a proxy that lets nothing later be final.
struct Fork {
    scene: Scene,
    proxy: Proxy,
    running: Running,
    memory: Memory,
    /// Receipts that stay whatever happens.
    before: u64,
}

impl Fork {
    async fn start(seed: u64) -> Result<Self> {
        let mut scene = Scene::start(seed).await?;
        let proxy = Proxy::of(&scene.network, seed).await?;
        let running = Running::start(&scene.mirror.url, Settings::over(&[&proxy]))?;
        scene.play(1, 2).await?;
        let memory = proxy.remember(&[ID, TOKEN_PROGRAM]).await?;
        proxy.finalize_up_to(memory.slot);
        let settled = i64::try_from(memory.slot)?;
        until(&scene.mirror, "settled", |it| it.final_slot >= settled).await?;
        Ok(Self {
            before: scene.load.receipts(),
            scene,
            proxy,
            running,
            memory,
        })
    }

    /// Everybody does one thing; the transactions.
    async fn round(&mut self) -> Result<Vec<Signature>> {
        let before = self.scene.load.signatures().len();
        self.scene.load.play(1).await?;
        Ok(self.scene.load.signatures()[before..].to_vec())
    }

    async fn vanish(&self, signatures: &[Signature]) -> Result<()> {
        for signature in signatures {
            self.proxy.vanish(signature, &self.memory).await?;
        }
        Ok(())
    }

    /// Transactions in chain order, each with a slot of its own that has a block and is later than all
    /// so far; the first of these slots.
    async fn later(&self, signatures: &[Signature]) -> Result<(u64, Vec<(Signature, u64)>)> {
        let url = self.scene.network.rpc_url();
        let node = node(&url)?;
        let statuses = node.statuses(signatures).await?;
        let mut ordered: Vec<(Place, Signature)> = Vec::new();
        for (signature, status) in signatures.iter().zip(statuses) {
            let listed = Listed {
                signature: *signature,
                slot: status.context("a confirmed transaction")?.slot,
                index: None,
                failed: false,
            };
            let shown = node.transaction(&listed, Commitment::Confirmed).await?;
            ordered.push((shown.place, *signature));
        }
        ordered.sort_by_key(|(place, _)| *place);
        let first = u64::try_from(slot(&url).await?)? + 1;
        let later: Vec<_> = (first..)
            .zip(ordered)
            .map(|(slot, (_, signature))| (signature, slot))
            .collect();
        let last = i64::try_from(first + later.len() as u64)?;
        eventually(PATIENCE, async || {
            Ok(match slot(&url).await? >= last {
                true => Ok(()),
                false => Err("the network stands still".to_owned()),
            })
        })
        .await?;
        Ok((first, later))
    }

    /// Waits until the mirror has `receipts` of this many, those that may vanish in
    /// the slot `moved` or later.
    async fn stored(&self, receipts: u64, moved: Option<u64>) -> Result<()> {
        eventually(PATIENCE, async || {
            let (stored, there) = sqlx::query_as::<_, (i64, i64)>(
                "select count(*), count(*) filter (where slot >= $1) from receipt",
            )
            .bind(moved.map(i64::try_from).transpose()?)
            .fetch_one(&self.scene.mirror.pool)
            .await?;
            let all_there = moved.is_none() || there.unsigned_abs() == receipts - self.before;
            Ok(match stored.unsigned_abs() == receipts && all_there {
                true => Ok(()),
                false => Err(format!(
                    "{stored} receipts of {receipts}, {there} from {moved:?} on"
                )),
            })
        })
        .await
    }

    /// Nothing holds finality back any more.
    fn finalize(&self) {
        self.proxy.finalize_up_to(u64::MAX);
    }

    /// The end, as the forked node shows the chain.
    async fn end(self, group: &str, receipts: u64) -> Result<()> {
        let url = self.proxy.rpc_url();
        check(&self.scene.mirror, &url, receipts).await?;
        ensure!(self.running.counted("vanished") > 0, "nothing vanished");
        self.running.end(group, &[&self.proxy])?;
        check::proven(&self.scene.mirror, &url).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vanishes_for_ever_is_taken_back_with_its_effects() -> Result<()> {
    let mut fork = Fork::start(401).await?;
    let signatures = fork.round().await?;
    fork.stored(fork.scene.load.receipts(), None).await?;
    fork.vanish(&signatures).await?;
    fork.finalize();
    fork.stored(fork.before, None).await?;
    let before = fork.before;
    fork.end("vanished for ever", before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lands_again_in_a_later_slot_is_stored_there_alone() -> Result<()> {
    let mut fork = Fork::start(402).await?;
    let signatures = fork.round().await?;
    let receipts = fork.scene.load.receipts();
    fork.stored(receipts, None).await?;
    fork.vanish(&signatures).await?;
    let (first, later) = fork.later(&signatures).await?;
    for (signature, slot) in &later {
        fork.proxy.land_again(signature, *slot);
    }
    // The indexer sees both before either stays.
    sleep(Duration::from_millis(500)).await;
    fork.finalize();
    fork.stored(receipts, Some(first)).await?;
    fork.end("landed again in a later slot", receipts).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_in_another_slot_at_first_is_stored_where_it_stays() -> Result<()> {
    let mut fork = Fork::start(403).await?;
    fork.proxy.freeze(&fork.memory);
    let signatures = fork.round().await?;
    let (first, later) = fork.later(&signatures).await?;
    for (signature, slot) in &later {
        fork.proxy.land_again(signature, *slot);
    }
    fork.proxy.thaw();
    let receipts = fork.scene.load.receipts();
    fork.stored(receipts, Some(first)).await?;
    fork.proxy.clear();
    fork.scene.play(1, 2).await?;
    let Fork {
        scene,
        proxy,
        running,
        ..
    } = fork;
    let group = "seen in another slot at first";
    scene.end(group, running, &[&proxy]).await
}
