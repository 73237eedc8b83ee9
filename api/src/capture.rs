//! From the items of a request into the stream.

use crate::{
    auth::Capture,
    error::Error,
    http::unit_of_work::Writer,
    routes::capture::events::{ItemResult, ItemStatus},
    state::ApiState,
};
use axum::http::HeaderMap;
use serde_json::value::RawValue;
use tessera_domain::{
    access::secret::DigestKey,
    capture::{Captured, MAX_AGE_SECS, Rejection, Remains, Window, accept, remains},
    people::Proof,
};
use tessera_engine::capture::{EventBatch, Item, Outcome, ingest};
use tessera_store::{
    OrganisationId, PgConnection, StoreError,
    capture::{
        dead_letter::{self, NewDeadLetter},
        event::{EventCounts, EventSource},
    },
    people::person::IdentifierKey,
    tenant,
};
use uuid::Uuid;

/// What became of the items of a request.
pub(crate) struct Taken {
    /// Of each, in their order.
    pub(crate) results: Vec<ItemResult>,
    /// The refused ones, to be kept.
    pub(crate) dead_letters: DeadLetters,
}

/// Refused items of an organisation. On an answer that refuses, they are kept once the request has
/// ended: a request that waits for a second connection while it holds one could wait for others that
/// do the same.
#[derive(Clone)]
pub(crate) struct DeadLetters {
    organisation: OrganisationId,
    letters: Vec<NewDeadLetter>,
}

impl DeadLetters {
    /// Keeps them with what else the transaction does.
    pub(crate) async fn keep(&self, conn: &mut PgConnection) -> Result<(), Error> {
        Ok(dead_letter::insert(conn, self.organisation, &self.letters).await?)
    }

    /// Keeps them whatever becomes of the request.
    pub(crate) async fn keep_apart(&self, api: &ApiState) -> Result<(), Error> {
        let mut transaction = tenant::begin(&api.engine.pool, self.organisation).await?;
        self.keep(&mut transaction).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }
}

/// Takes items in; refused ones are returned and not kept yet.
pub(crate) async fn take_in(
    api: &ApiState,
    writer: &mut Writer<Capture>,
    headers: &HeaderMap,
    raw: &[Box<RawValue>],
) -> Result<Taken, Error> {
    let organisation = writer.caller.organisation;
    let received_at = api.now();
    let rules = api.engine.rules.current(writer, organisation).await?;
    let digests = api.engine.master_key.digest_key(organisation.0);
    let window = Window {
        received_at,
        max_age_secs: MAX_AGE_SECS,
    };
    let objects = headers.get("sec-gpc").is_some_and(|value| value == "1");
    let mut results = Vec::with_capacity(raw.len());
    let mut letters = Vec::new();
    let mut items = Vec::with_capacity(raw.len());
    let mut places = Vec::with_capacity(raw.len());
    let mut withheld = EventCounts::new();
    for (place, text) in raw.iter().enumerate() {
        match accept(text.get(), &rules.registry, window) {
            Ok(captured) if objects || captured.consent == Some(false) => {
                let day = i32::try_from(captured.event.at.day()).unwrap_or(i32::MAX);
                *withheld.entry((day, captured.event.name)).or_default() += 1;
                results.push(result(ItemStatus::Withheld, captured.message_id));
            }
            Ok(captured) => {
                results.push(result(ItemStatus::Accepted, captured.message_id.clone()));
                items.push(item(captured, &digests));
                places.push(place);
            }
            Err(rejection) => {
                let refused = rejected(rejection);
                letters.extend(dead_letter(&refused, text.get(), objects));
                results.push(refused);
            }
        }
    }
    let batch = EventBatch {
        organisation,
        source: EventSource::Client,
        received_at: received_at.into(),
        proof: Proof::Claimed,
        items: &items,
        withheld: &withheld,
    };
    let outcomes = if items.is_empty() && withheld.is_empty() {
        Vec::new()
    } else {
        ingest(writer, &rules, batch, Uuid::now_v7).await?
    };
    for (place, outcome) in places.into_iter().zip(outcomes) {
        let (Some(result), Some(text)) = (results.get_mut(place), raw.get(place)) else {
            continue;
        };
        match outcome {
            Outcome::Accepted => {}
            Outcome::Duplicate => result.status = ItemStatus::Duplicate,
            Outcome::Conflict => {
                result.status = ItemStatus::Rejected;
                result.code = Some(REUSED.code);
                result.field = Some(REUSED.field.to_owned());
                result.rule = Some(REUSED.rule.to_owned());
                letters.extend(dead_letter(result, text.get(), objects));
            }
        }
    }
    Ok(Taken {
        results,
        dead_letters: DeadLetters {
            organisation,
            letters,
        },
    })
}

/// Why an item is refused that only the database can tell.
struct Reused {
    code: &'static str,
    field: &'static str,
    rule: &'static str,
}

const REUSED: Reused = Reused {
    code: "reused_message_id",
    field: "message_id",
    rule: "must not be the id of another message",
};

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

fn result(status: ItemStatus, message_id: String) -> ItemResult {
    ItemResult {
        status,
        message_id: Some(message_id),
        code: None,
        field: None,
        rule: None,
    }
}

fn rejected(rejection: Rejection) -> ItemResult {
    ItemResult {
        status: ItemStatus::Rejected,
        message_id: rejection.message_id,
        code: Some(rejection.code.as_str()),
        field: Some(rejection.field),
        rule: Some(rejection.rule),
    }
}

/// What is kept of a refused item: see [`Remains`].
fn dead_letter(refused: &ItemResult, text: &str, objects: bool) -> Option<NewDeadLetter> {
    let remains = if objects {
        Remains::Nothing
    } else {
        remains(text)
    };
    let (message_id, item) = match remains {
        Remains::Nothing => (None, String::new()),
        Remains::MessageId => (refused.message_id.clone(), String::new()),
        Remains::Text(text) => (refused.message_id.clone(), text),
    };
    Some(NewDeadLetter {
        message_id,
        code: refused.code?,
        field: refused.field.clone()?,
        rule: refused.rule.clone()?,
        item: item.into_bytes(),
    })
}
