//! Endpoints: created, changed, given another secret, removed, and sent a message again.

use super::{sealed, wake};
use crate::{Caller, Engine, Error, Result, clock::now, error::unless_refused};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use tessera_domain::{
    automation::webhook::{CATALOGUE, EventType, WebhookSecret, endpoint_url},
    refusal::Refusal,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        webhook_delivery,
        webhook_endpoint::{self, EndpointRow},
    },
    rules,
};
use uuid::Uuid;

/// Most endpoints of an organisation.
pub const MAX_ENDPOINTS: i64 = 50;
/// Most characters of a description.
const MAX_DESCRIPTION_CHARS: usize = 200;
/// How often a message can be replayed.
const MAX_REPLAYS: i32 = 100;
/// How long a secret signs beside the one that replaces it.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// An endpoint to create.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    /// Where messages are sent.
    pub url: String,
    /// What it is for, for people.
    pub description: String,
    /// The kinds of messages that it gets.
    pub event_types: Vec<String>,
}

/// What to change in an endpoint; what is not given stays as it is.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    /// Where messages are sent.
    pub url: Option<String>,
    /// What it is for, for people.
    pub description: Option<String>,
    /// All kinds of messages that it gets.
    pub event_types: Option<Vec<String>>,
    /// Whether messages are sent.
    pub enabled: Option<bool>,
}

/// Creates an endpoint, which gets what happens from now on, and returns it with its secret.
///
/// # Errors
/// [`Error::Refused`], [`Error::Conflict`] when there are as many as there may be, [`Error::Store`].
pub async fn create(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    new: NewEndpoint,
) -> Result<(EndpointRow, WebhookSecret)> {
    let organisation = caller.organisation;
    rules::lock(conn, organisation).await?;
    if webhook_endpoint::count(conn).await? >= MAX_ENDPOINTS {
        return Err(Error::Conflict(format!(
            "there are {MAX_ENDPOINTS} endpoints, which is the most; remove one first"
        )));
    }
    let (id, secret, now) = (
        Uuid::now_v7(),
        WebhookSecret::new(rand::random()),
        now().into(),
    );
    let row = EndpointRow {
        id,
        url: new.url,
        description: new.description,
        event_types: sorted(new.event_types),
        secret: sealed(engine, organisation, id, &secret)?,
        previous_secret: None,
        previous_until: None,
        failures: 0,
        failing_since: None,
        resume_at: None,
        disabled_at: None,
        disabled_reason: None,
        created_by: caller.actor.to_string(),
        created_at: now,
        updated_at: now,
    };
    check(engine, &row)?;
    webhook_endpoint::insert(conn, organisation, &row).await?;
    rules::touch(conn, organisation).await?;
    Ok((row, secret))
}

/// An endpoint.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<EndpointRow> {
    let found = webhook_endpoint::get(conn, id).await?;
    found.ok_or_else(|| absent(id))
}

/// Changes an endpoint. One that is disabled gets nothing that happens meanwhile, and what was to be
/// delivered is cancelled; one that is enabled again has no failures.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`], [`Error::Store`].
pub async fn change(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
    change: EndpointChange,
) -> Result<EndpointRow> {
    let organisation = caller.organisation;
    let mut row = locked(conn, organisation, id).await?;
    let now = now().into();
    row.url = change.url.unwrap_or(row.url);
    row.description = change.description.unwrap_or(row.description);
    row.event_types = change.event_types.map_or(row.event_types, sorted);
    row.updated_at = now;
    match change.enabled {
        Some(false) if row.disabled_at.is_none() => {
            row.disabled_at = Some(now);
            row.disabled_reason = Some(format!("disabled by {}", caller.actor));
            webhook_delivery::cancel(conn, id, now).await?;
        }
        Some(true) if row.disabled_at.is_some() => {
            row.disabled_at = None;
            row.disabled_reason = None;
            row.failures = 0;
            row.failing_since = None;
            row.resume_at = None;
        }
        _ => {}
    }
    check(engine, &row)?;
    webhook_endpoint::update(conn, &row).await?;
    rules::touch(conn, organisation).await?;
    Ok(row)
}

/// Gives an endpoint another secret; the one that it had signs too for a day.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn rotate(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<(EndpointRow, WebhookSecret)> {
    let organisation = caller.organisation;
    let mut row = locked(conn, organisation, id).await?;
    let secret = WebhookSecret::new(rand::random());
    let now: DateTime<Utc> = now().into();
    let new = sealed(engine, organisation, id, &secret)?;
    row.previous_secret = Some(std::mem::replace(&mut row.secret, new));
    row.previous_until = Some(now + OVERLAP);
    row.updated_at = now;
    webhook_endpoint::update(conn, &row).await?;
    Ok((row, secret))
}

/// Removes an endpoint, with everything that was, or was to be, delivered there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Store`].
pub async fn remove(conn: &mut PgConnection, caller: &Caller, id: Uuid) -> Result<()> {
    rules::lock(conn, caller.organisation).await?;
    if !webhook_endpoint::remove(conn, id).await? {
        return Err(absent(id));
    }
    Ok(rules::touch(conn, caller.organisation).await?)
}

/// Sends a message again, whatever came of it, under the same id.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when the endpoint is disabled or the message was replayed too
/// often, [`Error::Store`].
pub async fn replay(
    conn: &mut PgConnection,
    caller: &Caller,
    endpoint: Uuid,
    id: Uuid,
) -> Result<()> {
    if get(conn, endpoint).await?.disabled_at.is_some() {
        let what = "the endpoint is disabled; enable it first";
        return Err(Error::Conflict(what.to_owned()));
    }
    let found = webhook_delivery::get(conn, endpoint, id).await?;
    let row = found.ok_or_else(|| Error::not_found("webhook delivery", id))?;
    if row.replays >= MAX_REPLAYS {
        let what = format!("the message was replayed {MAX_REPLAYS} times, which is the most");
        return Err(Error::Conflict(what));
    }
    // Before the message's row: the worker takes the two in this order.
    wake(conn, caller.organisation, endpoint).await?;
    if webhook_delivery::replay(conn, endpoint, id, now().into()).await? {
        Ok(())
    } else {
        Err(Error::not_found("webhook delivery", id))
    }
}

/// The endpoint to change. Waits for who applies rules: they read which kinds of messages are wanted.
async fn locked(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<EndpointRow> {
    rules::lock(conn, organisation).await?;
    let found = webhook_endpoint::lock(conn, id).await?;
    found.ok_or_else(|| absent(id))
}

fn check(engine: &Engine, row: &EndpointRow) -> Result<()> {
    let mut refusals: Vec<Refusal> = Vec::new();
    refusals.extend(endpoint_url(&row.url, engine.webhooks.reach()).err());
    if !row.description.is_empty() {
        let named = Refusal::unless_name("description", &row.description, MAX_DESCRIPTION_CHARS);
        refusals.extend(named.err());
    }
    let count = row.event_types.len();
    let counted = Refusal::unless_count("event_types", count, 1..=CATALOGUE.len(), "kinds");
    refusals.extend(counted.err());
    let unknown = |it: &String| EventType::named(it).is_none();
    if row.event_types.iter().any(unknown) {
        let rule = "must be names as GET /v1/webhook-event-types lists them";
        refusals.push(Refusal::new("event_types", rule));
    }
    unless_refused(refusals)
}

/// Each kind once.
fn sorted(event_types: Vec<String>) -> Vec<String> {
    let kinds: BTreeSet<String> = event_types.into_iter().collect();
    kinds.into_iter().collect()
}

fn absent(id: Uuid) -> Error {
    Error::not_found("webhook endpoint", id)
}
