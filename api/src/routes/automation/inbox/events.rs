//! Inboxes as server-sent events.

use super::{InboxMessage, InboxOwner};
use crate::{
    auth::Anyone,
    error::Error,
    extract::{Filters, Param},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    state::ApiState,
    wire::Id,
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{StreamExt, stream};
use std::time::Duration;
use tessera_engine::automation::{
    inbox,
    inbox_streams::{self, Watched},
};
use tessera_store::{automation::inbox_stream, tenant};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// The header with the id of the last message that came.
const SEEN: &str = "last-event-id";
/// After how long a client reconnects.
const RETRY: Duration = Duration::from_secs(2);
/// Has proxies in front, which may keep what comes until they have a lot of it, pass each event on.
const UNBUFFERED: (&str, &str) = ("x-accel-buffering", "no");

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(watch))
}

/// Watch an inbox.
///
/// Sends each new message as a server-sent event, with the message as its data and the message's id as its `id`. A
/// customer's wallet watches its own inbox, a server with the scope `identify` that of a user. The first event, named
/// `start`, carries the id to resume from. With `Last-Event-ID`, which `EventSource` clients send when they
/// reconnect, the messages after that one are sent first; with the nil UUID, the whole inbox is.
///
/// A connection ends after 15 minutes, and when the person is erased. A server process takes at most five
/// connections that watch one inbox, 1,000 of an organisation, and 2,000 in all: beyond the first two limits the
/// answer is 429, beyond the third 503.
#[utoipa::path(get, operation_id = "watch_inbox", path = "/v1/inbox/events", tag = "automation", security(("bearer" = [])),
    params(InboxOwner, ("Last-Event-ID" = Option<Id>, Header, description = "The id of the message that came last.", example = "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60")),
    responses((status = 200, description = "Events, each with a message as its data.", content_type = "text/event-stream", body = Object, example = json!({ "id": "0197b5a2-4d6e-7c3a-9f10-2b8c6d4e5f60", "data": "{\"title\":\"Your trial ends tomorrow\"}" })), EngineRefusals))]
async fn watch(
    State(api): State<ApiState>,
    querier: Querier<Anyone>,
    Filters(owner): Filters<InboxOwner>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let seen = seen(&headers)?;
    let caller = &querier.caller;
    let organisation = caller.organisation;
    let user_id = owner.user_id.as_ref().map(|it| it.0.as_str());
    let key = inbox::key(&api.engine, caller, user_id)?;
    let owner = inbox_stream::InboxOwner::of(&key.digest);
    let place = api
        .inbox_streams
        .place(&api.engine.pool, organisation, owner)?;
    let pool = api.pools.questions.clone();
    let mut transaction = tenant::snapshot(&pool, organisation).await?;
    let start = inbox_streams::start(&mut transaction, &key, seen).await?;
    drop(transaction);
    let watched = Watched {
        pool,
        organisation,
        key,
    };
    let first = Event::default()
        .event("start")
        .data("{}")
        .id(start.message.to_string())
        .retry(RETRY);
    let coming = inbox_streams::follow(watched, place, start);
    let coming = stream::unfold(coming, |mut coming| async move {
        let row = coming.recv().await?;
        Some((row, coming))
    });
    let coming = coming.map(|row| {
        let event = Event::default().id(row.message.to_string());
        event.json_data(InboxMessage::from(row))
    });
    let events = stream::iter([Ok(first)]).chain(coming);
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    Ok(([UNBUFFERED], events).into_response())
}

fn seen(headers: &HeaderMap) -> Result<Option<Uuid>, Error> {
    let Some(value) = headers.get(SEEN) else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(Id::parse);
    match id {
        Some(id) => Ok(Some(id.0)),
        None => Err(Error::refused("Last-Event-ID", Id::RULE)),
    }
}
