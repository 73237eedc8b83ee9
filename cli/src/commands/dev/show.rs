//! The demo: a business with customers, month after month, and its audit.

use super::cursor;
use crate::{
    audit,
    chain::Chain,
    demo::{self, Story, amount, tell},
};
use anyhow::{Result, bail};
use solana_keypair::Keypair;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tessera_client::audit::Report;
use tessera_domain::access::secret::MasterKey;
use tessera_indexer::node::{Commitment, Node};
use tessera_localnet::Network;
use tessera_store::PgPool;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long the mirror may take to reach the chain's end.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two newcomers of the trickle, how many make a month, and how many come: every
/// customer is charged every month and every audit reads all of it, so a trickle without end would
/// cost ever more. Its 12 months and the 24 before stay within what customers approve.
const TRICKLE: Duration = Duration::from_secs(10);
const NEWCOMERS_A_MONTH: usize = 10;
const NEWCOMERS: usize = 120;

/// The demo as one of the supervised tasks.
pub(super) struct Demo {
    pub(super) chain: Arc<Chain>,
    pub(super) pool: PgPool,
    pub(super) network: Arc<Network>,
    pub(super) wallets: usize,
    pub(super) months: u32,
    pub(super) once: bool,
    pub(super) master_key: MasterKey,
    /// Whether the last audit found nothing.
    pub(super) clean: Arc<AtomicBool>,
}

impl Demo {
    /// Plays the demo. `admin` may upgrade the program; `business` pays for the demo's business.
    pub(super) async fn run(
        self,
        admin: Keypair,
        business: Keypair,
        cancel: CancellationToken,
    ) -> Result<()> {
        match cancel.run_until_cancelled(self.play(admin, business)).await {
            Some(played) => played,
            None => Ok(()),
        }
    }

    async fn play(&self, admin: Keypair, business: Keypair) -> Result<()> {
        let network = &*self.network;
        demo::configure(&self.chain, &admin).await?;
        let quote_authority = |org: &_| demo::quote_authority(&self.master_key, org);
        let mut story = Story::begin(self.chain.clone(), business, quote_authority).await?;
        let admin_key = demo::open_organisation(&self.pool, &story.business).await?;
        tell(
            "engine",
            &format!("admin key of the demo's organisation: {admin_key}"),
        );
        story.customers_join(self.wallets).await?;
        story.customers_subscribe(0).await?;
        story.plans_change(network).await?;
        story.vouchers_claimed().await?;
        story.stakes_begin().await?;
        story.some_run_dry().await?;
        for month in 0..self.months {
            story.month_passes(network).await?;
            if month == 0 {
                story.some_make_up().await?;
                story.some_refunds().await?;
                story.stakers_harvest().await?;
            }
            story.referrers_claim(network).await?;
            story.points_move().await?;
        }
        story.some_cancel().await?;
        self.conclude().await?;
        if self.once {
            return Ok(());
        }
        tell(
            "trickle",
            &format!("{NEWCOMERS} newcomers keep coming; Ctrl-C stops everything"),
        );
        for _ in 0..NEWCOMERS {
            sleep(TRICKLE).await;
            let first = story.customers.len();
            story.customers_join(1).await?;
            story.customers_subscribe(first).await?;
            if story.customers.len() % NEWCOMERS_A_MONTH == 0 {
                story.month_passes(network).await?;
                story.referrers_claim(network).await?;
                self.conclude().await?;
            }
        }
        tell("rest", "the demo is over; Ctrl-C stops everything");
        // If this task ended, it would stop the others.
        std::future::pending().await
    }

    /// Waits for the mirror, audits chain and mirror, and prints the summary.
    async fn conclude(&self) -> Result<()> {
        let lag = self.catch_up().await?;
        let node = self.chain.node();
        let options = audit::Options::default();
        let (proof, mirror) =
            audit::prove_with_mirror(&*node, &*self.chain, &options, &self.pool).await?;
        audit::print(&proof.report, None, Some(&mirror));
        let clean = proof.report.wrong.is_empty() && mirror.is_empty();
        self.clean.store(clean, Ordering::Relaxed);
        summarise(&proof.report, lag, clean);
        Ok(())
    }

    /// Waits until the mirror has reached the chain's present slot; returns how long that took.
    async fn catch_up(&self) -> Result<Duration> {
        let tip = self.chain.node().tip(Commitment::Confirmed).await?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if cursor(&self.pool)
                .await?
                .is_some_and(|cursor| cursor.applied_slot.unsigned_abs() >= tip.slot)
            {
                return Ok(started.elapsed());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!(
            "the mirror did not reach slot {} within {PATIENCE:?}",
            tip.slot
        )
    }
}

fn summarise(report: &Report, lag: Duration, clean: bool) {
    let totals = &report.totals;
    let sum = |of: fn(&tessera_client::audit::MintTotals) -> u128| {
        amount(totals.mints.values().map(of).sum())
    };
    let mut table = audit::table(&["summary", ""]);
    table.add_row(["members", &totals.members.to_string()]);
    table.add_row([
        "active subscriptions",
        &totals.live_subscriptions.to_string(),
    ]);
    table.add_row(["charges", &totals.charges.to_string()]);
    table.add_row(["paid", &sum(|mint| mint.paid)]);
    table.add_row(["paid back", &sum(|mint| mint.refunded)]);
    table.add_row(["commission accrued", &sum(|mint| mint.commission)]);
    table.add_row(["commission claimed", &sum(|mint| mint.claimed)]);
    table.add_row(["points held", &totals.points.to_string()]);
    table.add_row(["receipts", &totals.receipts.to_string()]);
    table.add_row(["index lag", &format!("{} ms", lag.as_millis())]);
    table.add_row([
        "audit",
        if clean {
            "everything holds"
        } else {
            "MISMATCHES"
        },
    ]);
    say!("{table}");
}
