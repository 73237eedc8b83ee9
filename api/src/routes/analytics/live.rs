//! Live counters as server-sent events.

use crate::{
    auth::Read, error::Error, http::unit_of_work::Querier, openapi::EngineRefusals, state::ApiState,
};
use axum::{
    extract::State,
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use tessera_store::analytics::live::Counters;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How long one connection lasts; the browser then opens the next and is authenticated again.
const LIFETIME: Duration = Duration::from_secs(900);

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(watch))
}

/// What a dashboard shows as it happens.
#[derive(Serialize, ToSchema)]
struct LiveCounters {
    /// Events of this UTC day by name.
    #[schema(example = json!({ "page_viewed": 1200, "demo_requested": 7 }))]
    events_today: BTreeMap<String, i64>,
    /// Subscriptions with the status active or due: neither ended, nor used up, nor behind.
    #[schema(example = 42)]
    active_subscriptions: i64,
    /// Deals that are neither won nor lost.
    #[schema(example = 5)]
    open_deals: i64,
    /// Deals won on this UTC day.
    #[schema(example = 1)]
    won_deals_today: i64,
}

impl From<Counters> for LiveCounters {
    fn from(counters: Counters) -> Self {
        Self {
            events_today: counters.events,
            active_subscriptions: counters.active_subscriptions,
            open_deals: counters.open_deals,
            won_deals_today: counters.won_deals,
        }
    }
}

/// Watch live counters.
///
/// Server-sent events named `counters`, the present state first and then every change, at most one
/// a second. A connection ends after 15 minutes; the next one begins with the state at that time,
/// so nothing needs to be replayed.
#[utoipa::path(get, operation_id = "watch_counters", path = "/v1/stream", tag = "analytics", security(("bearer" = [])),
    responses((status = 200, description = "Events, each with counters as its data.", content_type = "text/event-stream", body = Object, example = json!({ "event": "counters", "data": "{\"events_today\":{},\"active_subscriptions\":42,\"open_deals\":3,\"won_deals_today\":1}" })), EngineRefusals))]
async fn watch(
    State(api): State<ApiState>,
    querier: Querier<Read>,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Error> {
    let mut watched = api
        .live
        .watch(&api.pools.questions, querier.caller.organisation)?;
    watched.mark_changed();
    let end = Instant::now() + LIFETIME;
    let counters = stream::unfold(watched, move |mut watched| async move {
        loop {
            tokio::time::timeout_at(end, watched.changed())
                .await
                .ok()?
                .ok()?;
            let counters = watched.borrow_and_update().clone();
            if let Some(counters) = counters {
                return Some((counters, watched));
            }
        }
    });
    let events = counters.map(|counters| {
        Event::default()
            .event("counters")
            .json_data(LiveCounters::from(counters))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
