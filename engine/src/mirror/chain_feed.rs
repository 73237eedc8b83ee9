//! From the mirror into the event log: every receipt of an organisation's Org becomes events of the
//! wallet that it is about, exactly once. Each event's `message_id` is its place on the chain, so a
//! rebuilt mirror, a second process or a crash adds nothing twice.

mod decode;

use crate::{
    Engine, Error, Result,
    automation::referrals,
    capture::{EventBatch, Item, ingest},
    clock::now,
};
pub(crate) use decode::Names;
use decode::items;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use tessera_domain::people::Proof;
use tessera_store::{
    Key, OrganisationId, StoreError, Transaction,
    access::organisation,
    capture::event::{EventCounts, EventSource},
    mirror::chain_feed::{self, GraceEnd, Overdue, Progress, Tip},
    rules::Rules,
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Receipts or missed payments taken in together.
const PAGE: i64 = 500;
/// Numbers of receipts, of all orgs, that are looked through together.
const SPAN: i64 = 20_000;
/// Such steps of an organisation before another one has its turn.
const STEPS: usize = 20;
/// Seconds of ended graces that are looked through together.
const SPAN_SECS: i64 = 3_600;
/// How soon to look again for final receipts that stand behind one that is not.
const BEHIND: Duration = Duration::from_secs(1);

/// Feeds the event log from the mirror until it has everything that is final. A look that finds
/// nothing takes no lock.
///
/// # Errors
/// [`Error::Receipt`] when a receipt cannot be decoded, [`Error::Store`].
pub(crate) async fn feed(engine: &Engine, work: &Work) -> Result<()> {
    let id = organisation_of(work)?;
    for _ in 0..STEPS {
        let mut transaction = tenant::begin(&engine.pool, id).await?;
        let Progress { org, fed, tip } = chain_feed::progress(&mut transaction).await?;
        let reached = match tip {
            Some(tip) if fed < tip.arrival => {
                step(engine, &mut transaction, id, org, tip).await? >= tip.arrival
            }
            _ => true,
        };
        if reached {
            let noted = if chain_feed::is_behind(&mut transaction, org).await? {
                work::go_on(&mut transaction, work, &work.payload, Due::After(BEHIND)).await?
            } else {
                work::finish(&mut transaction, work).await?
            };
            return finish(transaction, noted).await;
        }
        transaction.commit().await.map_err(StoreError::from)?;
    }
    let mut transaction = tenant::begin(&engine.pool, id).await?;
    let noted = work::go_on(&mut transaction, work, &work.payload, Due::Now).await?;
    finish(transaction, noted).await
}

/// Up to where missed payments of one second are recorded, which may be more than a page.
#[derive(Serialize, Deserialize)]
struct Recorded {
    at: i64,
    subscription: [u8; 32],
}

/// Records the payments whose grace has ended, which no receipt says, a page at a time, and waits for
/// the next one.
///
/// # Errors
/// [`Error::Store`].
pub(crate) async fn note_past_due(engine: &Engine, work: &Work) -> Result<()> {
    let id = organisation_of(work)?;
    let mut transaction = tenant::begin(&engine.pool, id).await?;
    let rules = engine.rules.current(&mut transaction, id).await?;
    let org = organisation::current(&mut transaction).await?.org;
    let through = chain_feed::lock_overdue(&mut transaction).await?;
    let now = chain_feed::tip(&mut transaction)
        .await?
        .map_or(through, |tip| tip.at.max(through));
    let next = chain_feed::next_overdue(&mut transaction, org, through).await?;
    let Some(ended) = next.filter(|next| *next <= now) else {
        chain_feed::set_overdue(&mut transaction, id, now).await?;
        let noted = match next.map(Due::OnNetwork) {
            Some(due) => work::go_on(&mut transaction, work, &json!({}), due).await?,
            None => work::finish(&mut transaction, work).await?,
        };
        return finish(transaction, noted).await;
    };
    let until = now.min(ended.saturating_add(SPAN_SECS));
    let after = recorded(work, through);
    let overdue = chain_feed::overdue(&mut transaction, org, after, until, PAGE).await?;
    let names = Names::of(engine, id);
    let items: Vec<Item> = overdue
        .iter()
        .map(|missed| decode::past_due(missed, &names))
        .collect();
    record(engine, &mut transaction, &rules, id, items).await?;
    let (through, progress) = match overdue.last().map(Overdue::grace_end) {
        // More may have ended in that second.
        Some(GraceEnd { at, subscription }) if is_full(&overdue) => {
            let subscription = subscription.0;
            (at.saturating_sub(1), json!(Recorded { at, subscription }))
        }
        _ => (until, json!({})),
    };
    chain_feed::set_overdue(&mut transaction, id, through).await?;
    let noted = work::go_on(&mut transaction, work, &progress, Due::Now).await?;
    finish(transaction, noted).await
}

/// Up to where missed payments are recorded, when those through a moment are.
fn recorded(work: &Work, through: i64) -> GraceEnd {
    Recorded::deserialize(&work.payload)
        .ok()
        .filter(|recorded| recorded.at > through)
        .map_or(GraceEnd::behind(through), |recorded| GraceEnd {
            at: recorded.at,
            subscription: Key(recorded.subscription),
        })
}

/// Whether a page may not be the last one.
fn is_full<T>(page: &[T]) -> bool {
    page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX)
}

fn organisation_of(work: &Work) -> Result<OrganisationId> {
    work.organisation
        .ok_or(Error::Internal("feed the event log of no organisation"))
}

async fn finish(transaction: Transaction, noted: bool) -> Result<()> {
    if noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}

/// Takes in a page of receipts; returns the number through which the event log has them all.
async fn step(
    engine: &Engine,
    transaction: &mut Transaction,
    id: OrganisationId,
    org: Key,
    tip: Tip,
) -> Result<i64> {
    // Before the organisation's row: changing the rules takes the two in this order.
    let rules = engine.rules.current(transaction, id).await?;
    let noted = chain_feed::lock_arrival(transaction, tip.filling).await?;
    let known = match noted {
        0 => {
            let first = chain_feed::first(transaction, org).await?;
            first.map_or(tip.arrival, |first| tip.arrival.min(first - 1))
        }
        noted => noted,
    };
    let through = tip.arrival.min(known.saturating_add(SPAN));
    let receipts = chain_feed::receipts(transaction, org, known, through, PAGE).await?;
    let names = Names::of(engine, id);
    let mut taken = Vec::new();
    for receipt in &receipts {
        taken.extend(items(receipt, &names)?);
    }
    record(engine, transaction, &rules, id, taken).await?;
    let reached = match receipts.last() {
        Some(last) if is_full(&receipts) => last.arrival,
        _ => through.max(known),
    };
    if reached != noted {
        chain_feed::set_arrival(transaction, id, tip.filling, reached).await?;
    }
    Ok(reached)
}

/// Adds events to the log, but those that are older than it goes back: a mirror that is filled again
/// has receipts of all times.
async fn record(
    engine: &Engine,
    transaction: &mut Transaction,
    rules: &Rules,
    organisation: OrganisationId,
    mut items: Vec<Item>,
) -> Result<()> {
    let now = now();
    if let Some(months) = engine.kept_months {
        let horizon = months.horizon(now).into();
        items.retain(|item| item.at >= horizon);
    }
    if items.is_empty() {
        return Ok(());
    }
    let batch = EventBatch {
        organisation,
        source: EventSource::Chain,
        received_at: now.into(),
        proof: Proof::Possession,
        items: &items,
        withheld: &EventCounts::new(),
    };
    ingest(transaction, rules, batch, Uuid::now_v7).await?;
    if rules.has_referral_campaigns {
        referrals::wake(transaction, organisation).await?;
    }
    Ok(())
}
