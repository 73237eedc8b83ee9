//! When transactions are confirmed, when the node lists them, and when their rows are there. Each is looked
//! at again and again, so a time is late by a look at most.

use super::business::Business;
use anyhow::{Context, Result};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_signature::Signature;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tessera_client::types::ID;
use tessera_store::PgPool;
use tokio::time::{Instant, interval, sleep, timeout};

/// Transactions a second.
const PACE: Duration = Duration::from_millis(10);
/// Between looks.
const LOOK: Duration = Duration::from_millis(20);
/// How old a block hash is used.
const HASH_AGE: u32 = 100;
/// Most transactions that are asked about in a call.
const ASKED: usize = 256;
/// Transactions in a look at the list: those of some seconds.
const NEWEST: usize = 400;
/// How long everything may take to be visible in the end.
const PATIENCE: Duration = Duration::from_secs(300);

/// When something happened to transactions.
#[derive(Default)]
struct Times(Mutex<HashMap<Signature, Instant>>);

impl Times {
    fn all(&self) -> MutexGuard<'_, HashMap<Signature, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, signature: Signature, at: Instant) {
        self.all().entry(signature).or_insert(at);
    }
}

/// How long after they were confirmed transactions were visible, and were listed.
pub(super) struct Watched {
    pub(super) visible: Vec<Duration>,
    pub(super) listed: Vec<Duration>,
    /// Seconds in which they were sent.
    pub(super) secs: f64,
}

#[derive(Default)]
struct Watch {
    sent: Times,
    confirmed: Times,
    listed: Times,
    visible: Times,
}

/// Sends transactions, and watches until all are visible.
pub(super) async fn watch(business: &Business, pool: &PgPool, count: usize) -> Result<Watched> {
    let watch = Watch::default();
    let work = async {
        let secs = watch.send(business, count).await?;
        let all = async {
            while watch.seen() < count {
                sleep(LOOK).await;
            }
        };
        timeout(PATIENCE, all)
            .await
            .context("not all are visible")?;
        Ok::<f64, anyhow::Error>(secs)
    };
    let secs = tokio::select! {
        secs = work => secs?,
        ended = watch.confirmations(business) => return Err(ended.err().context("no end")?),
        ended = watch.listings(business) => return Err(ended.err().context("no end")?),
        ended = watch.rows(pool) => return Err(ended.err().context("no end")?),
    };
    let confirmed = watch.confirmed.all();
    let since = |times: &Times| {
        let times = times.all();
        confirmed
            .iter()
            .filter_map(|(signature, at)| Some(times.get(signature)?.duration_since(*at)))
            .collect()
    };
    Ok(Watched {
        visible: since(&watch.visible),
        listed: since(&watch.listed),
        secs,
    })
}

impl Watch {
    async fn send(&self, business: &Business, count: usize) -> Result<f64> {
        let start = Instant::now();
        let mut pace = interval(PACE);
        let mut blockhash = business.rpc.get_latest_blockhash().await?;
        for number in 0..u32::try_from(count)? {
            pace.tick().await;
            if number % HASH_AGE == 0 {
                blockhash = business.rpc.get_latest_blockhash().await?;
            }
            let signature = business.register(blockhash).await?;
            self.sent.note(signature, Instant::now());
        }
        Ok(start.elapsed().as_secs_f64())
    }

    /// How many are confirmed and visible.
    fn seen(&self) -> usize {
        let (confirmed, visible) = (self.confirmed.all(), self.visible.all());
        let seen = confirmed.keys().filter(|it| visible.contains_key(it));
        seen.count()
    }

    async fn confirmations(&self, business: &Business) -> Result<()> {
        loop {
            sleep(LOOK).await;
            let open: Vec<Signature> = {
                let confirmed = self.confirmed.all();
                let sent = self.sent.all();
                let open = sent.iter().filter(|(it, _)| !confirmed.contains_key(it));
                let mut open: Vec<_> = open.map(|(it, at)| (*at, *it)).collect();
                open.sort_unstable();
                open.into_iter().take(ASKED).map(|(_, it)| it).collect()
            };
            if open.is_empty() {
                continue;
            }
            let statuses = business.rpc.get_signature_statuses(&open).await?.value;
            let now = Instant::now();
            for (signature, status) in open.into_iter().zip(statuses) {
                if status.is_some_and(|it| it.satisfies_commitment(CommitmentConfig::confirmed())) {
                    self.confirmed.note(signature, now);
                }
            }
        }
    }

    async fn listings(&self, business: &Business) -> Result<()> {
        loop {
            sleep(LOOK).await;
            let config = GetConfirmedSignaturesForAddress2Config {
                limit: Some(NEWEST),
                commitment: Some(CommitmentConfig::confirmed()),
                ..Default::default()
            };
            let listed = business
                .rpc
                .get_signatures_for_address_with_config(&ID, config)
                .await?;
            let now = Instant::now();
            for listed in listed {
                self.listed.note(listed.signature.parse()?, now);
            }
        }
    }

    async fn rows(&self, pool: &PgPool) -> Result<()> {
        let mut after = 0_i64;
        loop {
            sleep(LOOK).await;
            let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
                "select arrival, signature from receipt where arrival > $1 order by arrival",
            )
            .bind(after)
            .fetch_all(pool)
            .await?;
            let now = Instant::now();
            for (arrival, signature) in rows {
                after = arrival;
                self.visible.note(signature.as_slice().try_into()?, now);
            }
        }
    }
}
