//! A round: a page of what is due is judged, packed, simulated, sent and settled.

use crate::{
    Keeper,
    config::key,
    error::Result,
    job::Job,
    message::{self, Budget},
    metrics, outbox,
    pack::{Format, Limits, Packet},
    pulse::Pulse,
    settle::Books,
    tables::Tables,
};
use std::collections::BTreeSet;
use tessera_client::types::Address;
use tessera_store::mirror::keeper::{self as store, Candidate};

/// The results of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Periods collected.
    pub charged: u64,
    /// Subscriptions that became past due.
    pub missed: u64,
    /// Subscriptions that have lapsed.
    pub lapsed: u64,
    /// Periods with which nothing could be done, and that are looked at again later.
    pub postponed: u64,
    /// Subscriptions with which there was nothing left to do.
    pub overtaken: u64,
    /// Those of them on which the mirror is behind.
    pub behind: u64,
    /// Subscriptions that are tried again in the next walk, for a reason that does not lie in them.
    pub left: u64,
    /// Subscriptions whose transactions did not land in time; tried again in the next walk.
    pub expired: u64,
    /// Transactions that landed.
    pub transactions: u64,
    /// Transactions that failed.
    pub failed: u64,
    /// All fees, lamports; without rent.
    pub fees: u64,
    /// Whether the keeper cannot pay for a transaction. No subscription is postponed for that.
    pub purse_empty: bool,
    /// Whether more is due.
    pub more: bool,
}

impl Round {
    pub(crate) fn add(&mut self, round: &Self) {
        self.charged += round.charged;
        self.missed += round.missed;
        self.lapsed += round.lapsed;
        self.postponed += round.postponed;
        self.overtaken += round.overtaken;
        self.behind += round.behind;
        self.left += round.left;
        self.expired += round.expired;
        self.transactions += round.transactions;
        self.failed += round.failed;
        self.fees += round.fees;
        self.purse_empty = round.purse_empty;
        self.more = round.more;
    }

    /// Subscriptions that are left for the next walk.
    pub fn remains(&self) -> u64 {
        self.left + self.expired
    }

    /// Subscriptions with which something was done.
    pub(crate) fn done(&self) -> u64 {
        self.charged + self.missed + self.lapsed
    }

    pub(crate) fn log(&self, purse: &Address) {
        if self.purse_empty {
            tracing::warn!(
                "the purse of {purse} is empty: send SOL to it; nobody is charged until then"
            );
        } else if *self != Self::default() {
            tracing::debug!(round = ?self, "went through what is due");
        }
    }
}

/// The limits and the price of transactions.
pub(crate) struct Terms {
    pub(crate) limits: Limits,
    pub(crate) unit_price: u64,
}

impl Keeper {
    /// Runs a round: does what can be done with the next page of what is due.
    ///
    /// # Errors
    /// [`KeeperError`](crate::KeeperError) when mirror or chain cannot be read; completed work
    /// stays.
    pub async fn round(&self) -> Result<Round> {
        // Checked first: on another network even the purse is not the keeper's.
        let sweeps = self.is_sweep_due().await;
        if sweeps {
            self.check_network().await?;
        }
        let pulse = Pulse::feel(&self.node, &self.address()).await?;
        metrics::purse(pulse.lamports);
        let mut books = Books::default();
        if pulse.affordable() == 0 {
            books.round.purse_empty = true;
            metrics::round(&books.round);
            return Ok(books.round);
        }
        let mut tables = self.tables.lock().await;
        if sweeps {
            let mut conn = self.connection().await?;
            store::forget_settled(&mut conn).await?;
            drop(conn);
            self.upkeep(&mut tables, &pulse, false).await?;
            self.sweep().await;
        }
        let page = self.page(pulse.now).await?;
        books.round.more = page.more;
        if !page.candidates.is_empty() {
            self.work(&page.candidates, pulse, &mut tables, &mut books)
                .await?;
        }
        let round = self.close(books, pulse.now).await?;
        metrics::round(&round);
        Ok(round)
    }

    async fn work(
        &self,
        candidates: &[Candidate],
        mut pulse: Pulse,
        tables: &mut Tables,
        books: &mut Books,
    ) -> Result<()> {
        let mut prepared = self.prepare(candidates, &pulse).await?;
        let paid = self.open(&prepared, &pulse).await?;
        if paid > 0 {
            books.round.fees += paid;
            pulse = Pulse::feel(&self.node, &self.address()).await?;
            prepared = self.prepare(candidates, &pulse).await?;
        }
        let terms = self.terms(&prepared.jobs, &pulse).await;
        books.wait(prepared.waiting, prepared.behind);
        let with_tables = terms.limits.format == Format::Zero && self.config.tables > 0;
        if with_tables {
            self.know_tables(tables).await?;
        }
        let mut trimmed = self.attempt(prepared.jobs, &terms, &pulse, tables).await?;
        if with_tables {
            // Rent is paid out of what the chosen transactions leave in the purse.
            let fees: u64 = trimmed.ready.iter().map(|(_, budget)| budget.fee()).sum();
            let going: Vec<&Job> = trimmed.ready.iter().flat_map(|(it, _)| &it.jobs).collect();
            let (spare, unit_price) = (pulse.spare(fees), terms.unit_price);
            let paid = self
                .cover(tables, &going, &pulse, spare, unit_price)
                .await?;
            if let Some(paid) = paid {
                books.round.fees += paid;
                pulse = Pulse::feel(&self.node, &self.address()).await?;
                let going = std::mem::take(&mut trimmed.ready);
                let jobs = going.into_iter().flat_map(|(it, _)| it.jobs).collect();
                trimmed.add(self.attempt(jobs, &terms, &pulse, tables).await?);
            }
        }
        if trimmed.stale {
            tables.forget();
        }
        books.round.purse_empty = trimmed.purse_empty;
        for (job, refused) in trimmed.refused {
            books.refuse(&job, refused, pulse.now);
        }
        self.send(trimmed.ready, &terms, tables, books, pulse.now)
            .await
    }

    /// The limits and the price of transactions for these jobs.
    pub(crate) async fn terms(&self, jobs: &[Job], pulse: &Pulse) -> Terms {
        let limits = pulse.limits(self.config.versions, self.config.tables);
        // Accounts that many jobs write are those that others compete for.
        let written: BTreeSet<Address> = jobs
            .iter()
            .flat_map(|job| job.instruction.accounts.iter().skip(6))
            .filter(|account| account.is_writable)
            .map(|account| account.pubkey)
            .collect();
        let written: Vec<Address> = written.into_iter().collect();
        let unit_price = match written.is_empty() {
            true => 0,
            false => self.unit_price(&written).await,
        };
        Terms { limits, unit_price }
    }

    async fn send(
        &self,
        ready: Vec<(Packet, Budget)>,
        terms: &Terms,
        tables: &Tables,
        books: &mut Books,
        now: i64,
    ) -> Result<()> {
        if ready.is_empty() {
            return Ok(());
        }
        let used: BTreeSet<usize> = ready
            .iter()
            .flat_map(|(packet, _)| packet.tables())
            .collect();
        if !used.is_empty() {
            let used: Vec<_> = tables.named(used).iter().map(|it| key(&it.key)).collect();
            let mut conn = self.connection().await?;
            store::use_tables(&mut conn, &used, now).await?;
        }
        let anchor = self.node.blockhash().await?;
        let signed = ready
            .iter()
            .map(|(packet, budget)| {
                let written = message::write(
                    packet.jobs.iter().map(|job| job.instruction.clone()),
                    &self.address(),
                    terms.limits.format,
                    *budget,
                    &tables.named(packet.tables()),
                    anchor.blockhash,
                )?;
                Ok(message::signed(written, &self.keeper))
            })
            .collect::<Result<Vec<_>>>()?;
        let outcomes = outbox::deliver(&self.node, &self.config, &anchor, &signed).await;
        for ((packet, budget), outcome) in ready.into_iter().zip(outcomes) {
            metrics::transaction(packet.jobs.len(), &outcome);
            books.settle(packet, outcome, terms.limits.format, budget.fee(), now);
        }
        Ok(())
    }
}
