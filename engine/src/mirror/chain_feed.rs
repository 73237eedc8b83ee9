//! From the mirror into the event log: every receipt of an organisation's Org becomes events of the
//! wallet that it is about, exactly once. Each event's `message_id` is its place on the chain, so a
//! rebuilt mirror, a second process or a crash adds nothing twice.

mod decode;

use decode::items;

use crate::{
    Result, RulesCache,
    capture::{EventBatch, Item, ingest},
};
use std::{sync::Arc, time::Duration};
use tessera_domain::{access::secret::MasterKey, people::Proof};
use tessera_store::{
    PgPool, StoreError, Transaction,
    access::organisation::{self, Organisation},
    capture::event::{EventCounts, EventSource},
    mirror::chain_feed::{self, Tip},
    rules::Rules,
    tenant,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Time between looks at the mirror.
const POLL: Duration = Duration::from_millis(500);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);
/// Receipts taken at once.
const PAGE: i64 = 500;
/// Numbers of receipts, of all orgs, that are looked through together.
const SPAN: i64 = 20_000;
/// Such steps of an organisation before the next one has its turn.
const STEPS: usize = 20;

/// Feeds the event log from the mirror.
#[derive(Debug)]
pub struct ChainFeed {
    pool: PgPool,
    master_key: MasterKey,
    rules: Arc<RulesCache>,
}

impl ChainFeed {
    /// Over the database of `pool`; wallets are recognised by keys that follow from `master_key`.
    pub fn new(pool: PgPool, master_key: MasterKey) -> Self {
        Self {
            pool,
            master_key,
            rules: Arc::default(),
        }
    }

    /// Feeds until cancelled. What fails is tried again: the log may lag, never lose.
    pub async fn run(self, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            let pause = match self.pass().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(error, "the event log is not fed from the chain now");
                    PAUSE
                }
            };
            cancel.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Takes in all that the mirror holds now.
    ///
    /// # Errors
    /// [`Error`](crate::Error) when the database fails or a receipt cannot be decoded.
    pub async fn catch_up(&self) -> Result<()> {
        while self.pass().await? {}
        Ok(())
    }

    /// Takes in a part of what the mirror holds now, of each organisation; whether there may be more.
    async fn pass(&self) -> Result<bool> {
        let mut conn = self.pool.acquire().await.map_err(StoreError::from)?;
        let Some(tip) = chain_feed::tip(&mut conn).await? else {
            return Ok(false);
        };
        let organisations = organisation::all(&mut conn).await?;
        drop(conn);
        // What fails for one organisation, or takes long, keeps no other one waiting.
        let mut fed = Ok(false);
        for organisation in organisations {
            let more = self.feed(&organisation, tip).await;
            fed = match (fed, more) {
                (Ok(before), Ok(more)) => Ok(before || more),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        fed
    }

    async fn feed(&self, organisation: &Organisation, tip: Tip) -> Result<bool> {
        for _ in 0..STEPS {
            if !self.step(organisation, tip).await? {
                self.note_overdue(organisation, tip.at).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes in a page of receipts; whether there may be more.
    async fn step(&self, organisation: &Organisation, tip: Tip) -> Result<bool> {
        let mut transaction = tenant::begin(&self.pool, organisation.id).await?;
        // Before the organisation's row, as whoever changes the rules does.
        let rules = self
            .rules
            .current(&mut transaction, organisation.id)
            .await?;
        let noted = chain_feed::lock_arrival(&mut transaction, tip.filling).await?;
        let known = match noted {
            0 => {
                let first = chain_feed::first(&mut transaction, organisation.org).await?;
                first.map_or(tip.arrival, |first| tip.arrival.min(first - 1))
            }
            noted => noted,
        };
        let through = tip.arrival.min(known.saturating_add(SPAN));
        let receipts =
            chain_feed::receipts(&mut transaction, organisation.org, known, through, PAGE).await?;
        let digests = self.master_key.digest_key(organisation.id.0);
        let mut taken = Vec::new();
        for receipt in &receipts {
            taken.extend(items(receipt, &digests)?);
        }
        record(&mut transaction, &rules, organisation, &taken).await?;
        let full = receipts.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let reached = match receipts.last() {
            Some(last) if full => last.arrival,
            _ => through.max(known),
        };
        if reached != noted {
            chain_feed::set_arrival(&mut transaction, organisation.id, tip.filling, reached)
                .await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(reached < tip.arrival)
    }

    /// Payments whose grace has ended, which no receipt tells.
    async fn note_overdue(&self, organisation: &Organisation, now: i64) -> Result<()> {
        let mut transaction = tenant::begin(&self.pool, organisation.id).await?;
        let rules = self
            .rules
            .current(&mut transaction, organisation.id)
            .await?;
        let through = chain_feed::lock_overdue(&mut transaction).await?;
        if now <= through {
            return Ok(());
        }
        let overdue = chain_feed::overdue(&mut transaction, organisation.org, through, now).await?;
        let digests = self.master_key.digest_key(organisation.id.0);
        let taken: Vec<Item> = overdue
            .iter()
            .map(|missed| decode::past_due(missed, &digests))
            .collect();
        record(&mut transaction, &rules, organisation, &taken).await?;
        chain_feed::set_overdue(&mut transaction, organisation.id, now).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

async fn record(
    transaction: &mut Transaction,
    rules: &Rules,
    organisation: &Organisation,
    items: &[Item],
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let batch = EventBatch {
        organisation: organisation.id,
        source: EventSource::Chain,
        received_at: std::time::SystemTime::now().into(),
        proof: Proof::Possession,
        items,
        withheld: &EventCounts::new(),
    };
    ingest(transaction, rules, batch, Uuid::now_v7).await?;
    Ok(())
}
