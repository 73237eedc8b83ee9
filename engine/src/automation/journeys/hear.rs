//! What arriving events begin, and what runs hear in them. Written in the transaction that stores the events.

use super::schedule;
use crate::{Result, clock::network_now};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    automation::{
        journey::{Heard, Place, run_id},
        local_time::TIMEZONE,
    },
    event::Event,
    time::Timestamp,
};
use tessera_store::{
    OrganisationId, PgConnection,
    automation::{
        journey::LiveJourney,
        journey_run::{self, NewRun},
    },
    rules::Rules,
};
use uuid::Uuid;

/// An event that is older begins nothing: it is history that is brought in.
const FRESH_SECS: i64 = 86_400;

/// Lets runs hear events of canonical people who are locked, and begins those that the events begin.
pub(crate) async fn hear(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    rules: &Rules,
    events: &BTreeMap<Uuid, Vec<Event>>,
    now: Timestamp,
) -> Result<()> {
    if rules.journeys.is_empty() || events.is_empty() {
        return Ok(());
    }
    // Before the others begin: nobody waits for the event that they entered by.
    let heard = listen(conn, rules, events).await?;
    let runs = beginning(conn, rules, events, now).await?;
    let begun = journey_run::begin(conn, organisation, &runs).await?;
    if heard || begun > 0 {
        schedule(conn, organisation).await?;
    }
    Ok(())
}

/// Notes what runs hear; whether any hears something.
async fn listen(
    conn: &mut PgConnection,
    rules: &Rules,
    events: &BTreeMap<Uuid, Vec<Event>>,
) -> Result<bool> {
    let awaited: BTreeSet<&str> = rules
        .journeys
        .iter()
        .flat_map(|it| it.journey.awaited())
        .collect();
    let is_awaited = |event: &Event| awaited.contains(event.name.as_str());
    let moves = |event: &Event| event.properties.contains_key(TIMEZONE);
    let of_those = |which: &dyn Fn(&Event) -> bool| -> Vec<Uuid> {
        let people = events.iter();
        let heard = people.filter(|(_, events)| events.iter().any(which));
        heard.map(|(person, _)| *person).collect()
    };
    let moved = of_those(&moves);
    if !moved.is_empty() {
        journey_run::wake(conn, &moved).await?;
    }
    let people = of_those(&is_awaited);
    if people.is_empty() {
        return Ok(!moved.is_empty());
    }
    let runs = journey_run::of_people(conn, &people).await?;
    let (mut ids, mut nodes, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    for run in &runs {
        let journey = find(rules, &run.journey, run.version);
        let Some((live, of_person)) = journey.zip(events.get(&run.person)) else {
            continue;
        };
        let place = Place {
            node: run.node.as_ref().unwrap_or(&live.journey.start).clone(),
            since: Timestamp::default(),
        };
        let heard_in = of_person
            .iter()
            .filter_map(|event| live.journey.hears(&place, event));
        // The goal, if it is among them.
        if let Some(what) = heard_in.max_by_key(|it| *it == Heard::Goal) {
            ids.push(run.id);
            nodes.push(run.node.as_deref());
            heard.push(what.as_str());
        }
    }
    journey_run::hear(conn, &ids, &nodes, &heard).await?;
    Ok(!ids.is_empty() || !moved.is_empty())
}

/// The runs that events begin.
async fn beginning(
    conn: &mut PgConnection,
    rules: &Rules,
    events: &BTreeMap<Uuid, Vec<Event>>,
    now: Timestamp,
) -> Result<Vec<NewRun>> {
    let mut runs = Vec::new();
    for live in rules.journeys.iter().filter(|it| it.is_open) {
        for (person, event) in events
            .iter()
            .flat_map(|(person, events)| events.iter().map(move |event| (person, event)))
        {
            if let Some(key) = live
                .journey
                .entry
                .is_by(event)
                .then(|| live.journey.key_of(event))
                .flatten()
            {
                runs.push((event.at, new_run(live, *person, key, cause(event), now)));
            }
        }
    }
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    // What lies on the chain is dated by the network's clock, which may be behind.
    let clock = network_now(conn, now).await?.min(now);
    let fresh = runs
        .into_iter()
        .filter(|(at, _)| *at >= clock.plus_secs(-FRESH_SECS));
    Ok(fresh.map(|(_, run)| run).collect())
}

/// A run that begins.
pub(super) fn new_run(
    live: &LiveJourney,
    person: Uuid,
    key: String,
    cause: Value,
    now: Timestamp,
) -> NewRun {
    NewRun {
        id: run_id(&live.name, person, &key),
        journey: live.name.clone(),
        version: live.version,
        person,
        key,
        cause,
        entered_at: now.into(),
    }
}

fn cause(event: &Event) -> Value {
    json!({ "event": event.name, "at": event.at, "properties": event.properties })
}

/// A version that runs are in.
pub(super) fn find<'a>(rules: &'a Rules, name: &str, version: i32) -> Option<&'a LiveJourney> {
    let mut journeys = rules.journeys.iter();
    journeys.find(|it| it.name == name && it.version == version)
}
