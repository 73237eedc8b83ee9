//! The demo: a business with customers, month after month, and its audit.

use super::{cursor, shift::Shift};
use crate::{
    audit,
    chain::Chain,
    demo::{self, BUYERS, Sales, Site, Story, amount, tell},
};
use anyhow::{Result, bail};
use solana_keypair::Keypair;
use std::{
    net::SocketAddr,
    ops::Range,
    path::PathBuf,
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
/// Time between two newcomers of the trickle, how many come until the next audit, and how many come at
/// all: every audit reads everything, so a trickle without end would cost ever more.
const TRICKLE: Duration = Duration::from_secs(10);
const NEWCOMERS_AN_AUDIT: usize = 10;
const NEWCOMERS: usize = 120;

/// Customers who are there from the start, before newcomers are spread over the months: the business
/// gives away what they have paid.
const FROM_THE_START: usize = 8;
/// Of those who come in the last month, how many only try.
const TRIERS: usize = 2;

/// The demo as one of the supervised tasks.
pub(super) struct Demo {
    pub(super) chain: Arc<Chain>,
    pub(super) pool: PgPool,
    pub(super) network: Arc<Network>,
    /// Where the API listens.
    pub(super) api: SocketAddr,
    pub(super) wallets: usize,
    pub(super) months: u32,
    pub(super) once: bool,
    pub(super) master_key: MasterKey,
    /// The folder that mail lies in, unless it goes elsewhere.
    pub(super) mails: Option<PathBuf>,
    /// When the keeper works.
    pub(super) shift: Shift,
    /// Whether the last audit found nothing, and the sales engine answered right.
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
        let now = self.chain.now().await?;
        let mut sales = Sales::begin(Site::at(self.api), &admin_key, &story.business, now).await?;
        let monthly = self.wallets.saturating_sub(FROM_THE_START) / (2 * self.months as usize);
        let others = monthly * self.months as usize + BUYERS;
        self.newcomers(&mut story, &mut sales, self.wallets.saturating_sub(others))
            .await?;
        story.first_month_begins();
        story.plans_change(network).await?;
        story.vouchers_claimed().await?;
        story.stakes_begin().await?;
        story.some_run_dry().await?;
        let triers = monthly.min(TRIERS);
        for month in 0..self.months {
            let is_last = month + 1 == self.months;
            if is_last {
                story.last_month_begins(network).await?;
                self.triers(&mut story, &mut sales, triers).await?;
                story.last_month_ends(network).await?;
            } else {
                story.month_passes(network).await?;
            }
            if month == 0 {
                story.some_make_up().await?;
                story.some_refunds().await?;
                story.stakers_harvest().await?;
            }
            story.referrers_claim(network).await?;
            story.points_move().await?;
            let others = if is_last { monthly - triers } else { monthly };
            self.newcomers(&mut story, &mut sales, others).await?;
        }
        story.some_cancel().await?;
        let last = story.customers.len() - (monthly - triers);
        self.last_hour_passes(&story, &mut sales, last - triers..last)
            .await?;
        story.customers_join(BUYERS).await?;
        self.sell(&story, &mut sales).await?;
        if self.once {
            return Ok(());
        }
        tell(
            "trickle",
            &format!("{NEWCOMERS} newcomers keep coming; Ctrl-C stops everything"),
        );
        for _ in 0..NEWCOMERS {
            sleep(TRICKLE).await;
            self.newcomers(&mut story, &mut sales, 1).await?;
            sales.send_visits(&story.customers).await?;
            if story.customers.len() % NEWCOMERS_AN_AUDIT == 0 {
                self.conclude().await?;
            }
        }
        tell("rest", "the demo is over; Ctrl-C stops everything");
        // If this task ended, it would stop the others.
        std::future::pending().await
    }

    /// Customers come, register and subscribe.
    async fn newcomers(&self, story: &mut Story, sales: &mut Sales, count: usize) -> Result<()> {
        let first = story.customers.len();
        story.customers_join(count).await?;
        sales.visited(&story.customers, first, self.chain.now().await?);
        story.customers_subscribe(first).await?;
        Ok(())
    }

    /// Customers come who only try: they spend their coins before they have to pay.
    async fn triers(&self, story: &mut Story, sales: &mut Sales, count: usize) -> Result<()> {
        let first = story.customers.len();
        story.triers_join(count).await?;
        sales.visited(&story.customers, first, self.chain.now().await?);
        story.customers_subscribe(first).await?;
        story.triers_run_dry(first).await
    }

    /// The present comes, and on the way the grace time of those who only try ends, which the engine has to
    /// follow up.
    async fn last_hour_passes(
        &self,
        story: &Story,
        sales: &mut Sales,
        triers: Range<usize>,
    ) -> Result<()> {
        // The engine knows a wallet as a member once the mirror does, and by its clock what is old.
        self.catch_up().await?;
        let now = self.chain.now().await?;
        sales
            .begin_to_follow_up(&story.customers, triers, now)
            .await?;
        let (network, present) = (&*self.network, demo::present());
        let keeper_rests = self.shift.interrupt().await;
        network.advance_to(present).await?;
        sales.missed_payments(&self.chain, present).await?;
        drop(keeper_rests);
        story.present_comes(network, present).await
    }

    /// What the sales team did until now; then everything is audited, and the engine's answers are
    /// compared with the story.
    async fn sell(&self, story: &Story, sales: &mut Sales) -> Result<()> {
        let now = demo::present();
        let customers = &story.customers;
        sales.publish_offers(now).await?;
        // The engine knows a wallet as a member once the mirror does.
        self.catch_up().await?;
        let first = customers.len() - BUYERS;
        sales.visited(customers, first, now);
        for customer in &customers[first..] {
            sales.buy(&self.chain, &story.business, customer).await?;
        }
        sales.send_visits(customers).await?;
        sales.follow_links(customers).await?;
        sales.send_what_is_refused().await?;
        sales.bring_deals().await?;
        let spent = sales.spend(now).await?;
        tell("sales", &sales.summary());
        self.conclude().await?;
        let comparison = sales.compare(&self.chain, customers, spent).await?;
        comparison.print();
        sales.sign_ups(customers, first).await?;
        let mails = self.mails.as_deref();
        let followed_up = sales.follow_up(&self.chain, customers, mails).await?;
        followed_up.print();
        if !comparison.holds() || !followed_up.holds() {
            self.clean.store(false, Ordering::Relaxed);
        }
        Ok(())
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
