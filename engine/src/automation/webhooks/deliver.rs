//! What is due at an endpoint, sent: several messages at a time while it takes them, one after a pause
//! while it does not. Each endpoint is a work of its own, so that none waits for another's receiver, and no
//! transaction is open while a receiver is waited for.

use super::{
    message_id, opened,
    sender::{Answer, Letter},
};
use crate::{Engine, Error, Result, clock::now};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream::FuturesUnordered};
use serde_json::json;
use std::time::Duration;
use tessera_domain::automation::webhook::{
    Verdict, WebhookSecret, endpoint_pause, pause, whole_schedule,
};
use tessera_store::{
    OrganisationId, StoreError, Transaction,
    automation::{
        webhook_attempt::{self, AttemptRow},
        webhook_delivery::{self, DeliveryRow, Outcome},
        webhook_endpoint::{self, EndpointRow},
    },
    tenant,
    work::{self, Due, Work},
};
use uuid::Uuid;

/// Messages that are on their way to an endpoint at a time.
const AT_A_TIME: i64 = 4;

/// Sends what is due at the endpoint, and goes on when more is.
///
/// # Errors
/// [`Error::Store`], [`Error::Internal`].
pub(crate) async fn deliver(engine: &Engine, work: &Work) -> Result<()> {
    let (organisation, id) = named(work)?;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let found = webhook_endpoint::get(&mut transaction, id).await?;
    let Some(endpoint) = found.filter(|it| it.disabled_at.is_none()) else {
        let noted = work::finish(&mut transaction, work).await?;
        return commit_if(transaction, noted).await;
    };
    let now: DateTime<Utc> = now().into();
    let most = if endpoint.failures > 0 { 1 } else { AT_A_TIME };
    let resumes = endpoint.resume_at.filter(|at| *at > now);
    let due = match resumes {
        Some(_) => Vec::new(),
        None => webhook_delivery::due(&mut transaction, id, now, most).await?,
    };
    if due.is_empty() {
        let next = webhook_delivery::next_due(&mut transaction, id).await?;
        let noted = match next.map(|next| next.max(resumes.unwrap_or(next))) {
            Some(next) => {
                let wait = (next - now).to_std().unwrap_or_default();
                work::go_on(&mut transaction, work, &json!({}), Due::After(wait)).await?
            }
            None => work::finish(&mut transaction, work).await?,
        };
        return commit_if(transaction, noted).await;
    }
    transaction.rollback().await.map_err(StoreError::from)?;
    let secrets = secrets(engine, organisation, &endpoint, now)?;
    let mut on_their_way: FuturesUnordered<_> = due
        .iter()
        .map(|row| attempt(engine, &endpoint, &secrets, row))
        .collect();
    while let Some(attempted) = on_their_way.next().await {
        if !note(engine, organisation, work, id, attempted?).await? {
            return Ok(());
        }
    }
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    let noted = work::go_on(&mut transaction, work, &json!({}), Due::Now).await?;
    commit_if(transaction, noted).await
}

/// The secrets that sign, the newest first.
fn secrets(
    engine: &Engine,
    organisation: OrganisationId,
    endpoint: &EndpointRow,
    now: DateTime<Utc>,
) -> Result<Vec<WebhookSecret>> {
    let key = engine.master_key.webhook_key(organisation.0);
    let previous = endpoint.previous_secret.as_ref();
    let previous = previous.filter(|_| endpoint.previous_until.is_some_and(|until| now < until));
    [Some(&endpoint.secret), previous]
        .into_iter()
        .flatten()
        .map(|sealed| opened(&key, endpoint.id, sealed))
        .collect()
}

/// A message, when it was sent, and what came of it.
struct Attempted<'a> {
    row: &'a DeliveryRow,
    at: DateTime<Utc>,
    answer: Answer,
}

async fn attempt<'a>(
    engine: &Engine,
    endpoint: &EndpointRow,
    secrets: &[WebhookSecret],
    row: &'a DeliveryRow,
) -> Result<Attempted<'a>> {
    let (id, at) = (message_id(row.id), now());
    let signed = |secret: &WebhookSecret| secret.sign(&id, at.secs(), &row.message);
    let signatures: Vec<String> = secrets.iter().map(signed).collect();
    let letter = Letter {
        url: &endpoint.url,
        id: &id,
        at,
        signatures: signatures.join(" "),
        body: &row.message,
    };
    let answer = engine.webhooks.send(&letter).await?;
    let at = at.into();
    Ok(Attempted { row, at, answer })
}

/// Notes an attempt and what follows from it; false when another worker has taken the work, which sends
/// the message again.
async fn note(
    engine: &Engine,
    organisation: OrganisationId,
    work: &Work,
    endpoint: Uuid,
    attempted: Attempted<'_>,
) -> Result<bool> {
    let Attempted { row, at, answer } = attempted;
    let mut transaction = tenant::begin(&engine.pool, organisation).await?;
    if !work::note(&mut transaction, work, &json!({})).await? {
        return Ok(false);
    }
    let now: DateTime<Utc> = now().into();
    let kept = AttemptRow {
        at,
        duration_ms: i32::try_from(answer.took.as_millis()).unwrap_or(i32::MAX),
        status_code: answer.status.map(Into::into),
        response: answer.body,
        error: answer.error,
    };
    let Some(mut endpoint) = webhook_endpoint::lock(&mut transaction, endpoint).await? else {
        return Ok(true);
    };
    webhook_attempt::insert(&mut transaction, row.id, &kept).await?;
    let verdict = Verdict::of(answer.status);
    let outcome = match verdict {
        Verdict::Delivered => Outcome::Delivered,
        Verdict::Gone => Outcome::Failed,
        Verdict::Failed => pause(row.tries + 1, rand::random(), answer.retry_after)
            .map_or(Outcome::Failed, |pause| Outcome::Again(now + pause)),
    };
    webhook_delivery::settle(&mut transaction, row, outcome, now).await?;
    if follow(&mut endpoint, verdict, (at, now)) {
        webhook_endpoint::update(&mut transaction, &endpoint).await?;
    }
    if endpoint.disabled_at.is_some() {
        webhook_delivery::cancel(&mut transaction, endpoint.id, now).await?;
    }
    commit_if(transaction, true).await?;
    Ok(true)
}

/// What an attempt that began and ended at these moments means for its endpoint; whether that changes it.
fn follow(
    endpoint: &mut EndpointRow,
    verdict: Verdict,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
) -> bool {
    if verdict == Verdict::Delivered {
        let changes = endpoint.failures > 0;
        endpoint.failures = 0;
        endpoint.failing_since = None;
        endpoint.resume_at = None;
        return changes;
    }
    // What was on its way together failed together, and counts once.
    if endpoint.resume_at.is_none_or(|resumed| at >= resumed) {
        endpoint.failures = endpoint.failures.saturating_add(1);
        endpoint.resume_at = Some(now + endpoint_pause(endpoint.failures));
    }
    let since = *endpoint.failing_since.get_or_insert(at);
    let reason = if verdict == Verdict::Gone {
        Some("the receiver answered 410 Gone")
    } else if now - since >= span(whole_schedule()) {
        Some("no message was delivered for three days, through all attempts")
    } else {
        None
    };
    if let Some(reason) = reason.filter(|_| endpoint.disabled_at.is_none()) {
        endpoint.disabled_at = Some(now);
        endpoint.disabled_reason = Some(reason.to_owned());
    }
    true
}

fn span(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

fn named(work: &Work) -> Result<(OrganisationId, Uuid)> {
    let named = work.organisation.zip(work.key.parse().ok());
    named.ok_or(Error::Internal("find the endpoint of a work"))
}

async fn commit_if(transaction: Transaction, noted: bool) -> Result<()> {
    if noted {
        transaction.commit().await.map_err(StoreError::from)?;
    }
    Ok(())
}
