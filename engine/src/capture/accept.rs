//! Items from outside into the event log. Each is judged and answered individually: a refused item
//! is handed back with its reason, to be kept, and nothing is dropped silently.

use super::{DeadLetters, EventBatch, Item, Outcome, ingest};
use crate::{Caller, Engine};
use tessera_domain::{
    access::secret::DigestKey,
    capture::{Captured, Rejected, Window, accept, reason},
    event::Event,
    experiments::measurement::exposure_of,
    people::Proof,
    refusal::Refusal,
};
use tessera_store::{
    PgConnection,
    capture::event::{EventCounts, EventSource},
    experiments::live::Live,
    people::person::IdentifierKey,
};
use uuid::Uuid;

/// The outcome of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the event log, and scores and funnels are updated.
    Accepted,
    /// The same message was captured before.
    Duplicate,
    /// The visitor does not want to be recorded; only the event's count is kept.
    Withheld,
    /// It breaks a rule.
    Rejected(Refusal),
}

/// The outcome of a request's items.
#[derive(Debug)]
pub struct Accepted {
    /// Of each item, in their order: its `message_id`, when valid, and the verdict.
    pub items: Vec<(Option<String>, Verdict)>,
    /// The refused ones. They are not kept yet: what else the request did may be rolled back.
    pub dead_letters: DeadLetters,
}

/// Captures items, each of which is the JSON of an object, as far as their moments are within `window`.
/// With `opted_out`, none of their visitors wants to be recorded.
///
/// # Errors
/// As [`ingest`].
pub async fn accept_batch(
    engine: &Engine,
    conn: &mut PgConnection,
    caller: &Caller,
    texts: &[&str],
    window: Window,
    opted_out: bool,
) -> crate::Result<Accepted> {
    let organisation = caller.organisation;
    let rules = engine.rules.current(conn, organisation).await?;
    let digests = engine.digest_key(organisation);
    let mut verdicts = Vec::with_capacity(texts.len());
    let mut items = Vec::with_capacity(texts.len());
    let mut places = Vec::with_capacity(texts.len());
    let mut withheld = EventCounts::new();
    for (place, text) in texts.iter().enumerate() {
        verdicts.push(match accept(text, &rules.registry, window) {
            Ok(captured) if opted_out || captured.consent == Some(false) => {
                let day = captured.event.at.day();
                *withheld.entry((day, captured.event.name)).or_default() += 1;
                (Some(captured.message_id), Verdict::Withheld)
            }
            Ok(captured) => {
                let message_id = captured.message_id.clone();
                let verdict = match unless_no_arm(&captured.event, &rules.live) {
                    Ok(()) => {
                        items.push(item(captured, &digests));
                        places.push(place);
                        Verdict::Accepted
                    }
                    Err(refusal) => Verdict::Rejected(refusal),
                };
                (Some(message_id), verdict)
            }
            Err(Rejected {
                message_id,
                refusal,
            }) => (message_id, Verdict::Rejected(refusal)),
        });
    }
    let batch = EventBatch {
        organisation,
        source: EventSource::Client,
        received_at: window.received_at.into(),
        proof: Proof::Claimed,
        items: &items,
        withheld: &withheld,
    };
    if !items.is_empty() || !withheld.is_empty() {
        let outcomes = ingest(conn, &rules, batch, Uuid::now_v7).await?;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            if let Some((_, verdict)) = verdicts.get_mut(place) {
                *verdict = outcome.into();
            }
        }
    }
    let mut dead_letters = DeadLetters::new(organisation, digests);
    for (text, (message_id, verdict)) in texts.iter().zip(&verdicts) {
        if let Verdict::Rejected(refusal) = verdict {
            dead_letters.add(message_id.as_deref(), refusal, text, opted_out);
        }
    }
    Ok(Accepted {
        items: verdicts,
        dead_letters,
    })
}

/// Refuses an exposure to an arm that the experiment which runs does not have: a page that reports another
/// name than the arm's key would else lose all of its exposures, and nobody would see it.
fn unless_no_arm(event: &Event, live: &Live) -> Result<(), Refusal> {
    let Some((experiment, arm, phase)) = exposure_of(event) else {
        return Ok(());
    };
    let Some(running) = live.get(experiment).filter(|it| it.shipped.is_none()) else {
        return Ok(());
    };
    // As it is measured: without a phase, an exposure is of the phase of its time.
    let is_of_phase = match phase {
        Some(phase) => i64::try_from(phase) == Ok(running.phase.into()),
        None => event.at >= running.started_at.into(),
    };
    let mut arms = running.design.allocation.arms.iter();
    if !is_of_phase || arms.any(|it| it.key == arm) {
        return Ok(());
    }
    let rule = "must be the key of an arm of the experiment";
    Err(Refusal::coded(
        reason::INVALID_VALUE,
        "properties.arm",
        rule,
    ))
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted => Self::Accepted,
            Outcome::Duplicate => Self::Duplicate,
            Outcome::Conflict => Self::Rejected(Refusal::coded(
                reason::REUSED_MESSAGE_ID,
                "message_id",
                "must not be the id of another message",
            )),
        }
    }
}

fn item(captured: Captured, digests: &DigestKey) -> Item {
    let (half, _) = captured.body_hash.split_at(16);
    Item {
        identifiers: captured
            .anonymous
            .iter()
            .chain(&captured.user)
            .map(|identifier| IdentifierKey::of(identifier, digests))
            .collect(),
        message_key: captured.event.id,
        body_hash: Uuid::from_slice(half).unwrap_or_default(),
        name: captured.event.name,
        at: captured.event.at.into(),
        properties: captured.event.properties,
    }
}
