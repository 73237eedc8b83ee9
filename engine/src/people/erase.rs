//! Erasure: what is left of a person names nobody and leads to nobody.
//!
//! The chain is public for ever, so anything in the log that can be computed from it, or looked up
//! in it, would give away the wallet of an erased subscriber. Events of the chain use pseudonyms
//! under the organisation's key; erasing a person replaces theirs by random ones, from which not
//! even that key leads back. They stay the same for the same account, so that past revenue adds up.

use super::{canonical, merge};
use crate::{
    Caller, Engine, Result,
    automation::{journeys, recommendations, referrals},
    clock::now,
    leads,
    projection::{Touched, project},
};
use serde_json::Value;
use std::collections::HashMap;
use tessera_domain::{
    automation::{delivery, journey},
    event::Properties,
};
use tessera_store::{
    PgConnection,
    automation::{
        audience_export, customer_health, inbox_stream, journey_draw, message as outbound,
        webhook_delivery,
    },
    capture::{
        event::{self, EventSource},
        message,
    },
    people::{erased_message, identifier, person},
    projection, rules,
};
use uuid::Uuid;

/// Properties of this service's and the chain's events that name one thing of one person: a wallet,
/// an account, a quote, a referral code.
const NAMES: [&str; 4] = ["wallet", "account", "quote", "code"];

/// Erases the person behind `id` and everybody who is merged into them: their identifiers, their
/// traits, and every name in their events. Scores and funnels stay as they were.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound), [`Error::Store`](crate::Error::Store).
pub async fn erase(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<()> {
    let organisation = caller.organisation;
    // Exclusive, as for undoing a merge: an event that is being ingested has its person already.
    rules::lock(conn, organisation).await?;
    let rules = engine.rules.current(conn, organisation).await?;
    let person = canonical(conn, id).await?.id;
    let people = merge::members(conn, person).await?;
    person::lock(conn, &people, &[]).await?;
    let identifiers = identifier::digests(conn, &people).await?;
    // By the identifiers that they still have: who watches their inbox is not to wait any longer.
    inbox_stream::wake(conn, &people).await?;
    person::erase(conn, &people).await?;
    referrals::erase(engine, conn, organisation, &people, &identifiers).await?;
    recommendations::forget(conn, organisation).await?;
    audience_export::forget_files(conn).await?;
    journeys::leave(conn, organisation, &people, journey::Reason::Erased).await?;
    leads::forget(conn, &people).await?;
    journey_draw::forget(conn, &people).await?;
    customer_health::forget(conn, &people).await?;
    outbound::cancel(conn, &people, None, None, delivery::Reason::Erased.as_str()).await?;
    outbound::forget_context(conn, &people).await?;
    let mut events = event::names(conn, &people).await?;
    let keys: Vec<Uuid> = events.iter().map(|event| event.message_key).collect();
    message::erase(conn, &keys).await?;
    // The service itself records each of its events once; the others can be sent again.
    let repeatable: Vec<Uuid> = events
        .iter()
        .filter(|event| event.source != EventSource::Engine.as_str())
        .map(|event| event.message_key)
        .collect();
    erased_message::insert(conn, organisation, &repeatable).await?;
    let mut pseudonyms = HashMap::new();
    for event in &mut events {
        event.message_key = Uuid::new_v4();
        // A visitor's events hold what their organisation sent, which names none of these.
        if event.source != EventSource::Client.as_str() {
            rename(&mut event.properties, &mut pseudonyms);
        }
    }
    event::rename(conn, &events).await?;
    webhook_delivery::erase(conn, &people).await?;
    // What is kept under models that are no longer applied would keep the events' old names.
    projection::forget_removed(conn, &[person]).await?;
    projection::strip(conn, organisation, &[person]).await?;
    let touched = Touched {
        rebuilt: [person].into(),
        ..Touched::default()
    };
    project(conn, organisation, &rules, &touched, now()).await
}

/// Replaces names by random ones, the same by the same.
fn rename(properties: &mut Properties, pseudonyms: &mut HashMap<Value, Uuid>) {
    for name in NAMES {
        if let Some(value) = properties.get_mut(name).filter(|value| !value.is_null()) {
            let pseudonym = pseudonyms.entry(value.clone()).or_insert_with(Uuid::new_v4);
            *value = pseudonym.to_string().into();
        }
    }
}
