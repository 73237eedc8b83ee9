//! Runs: where people are in a journey, and how many came by each node.

use crate::{
    auth::Read,
    error::Error,
    extract::{Filters, List, Listed, Paging, PathParam, parameters},
    http::unit_of_work::Reader,
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Listing, Moment, Name},
};
use axum::Json;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tessera_engine::automation::journeys;
use tessera_store::automation::{
    journey_flow::{self, ARRIVED, FlowRow, LEFT},
    journey_run::{self, RunRow},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::VersionFilter;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(flow))
}

parameters! {
    struct RunFilters {
        /// Only runs of this person.
        person: Id,
    }
}

impl Listed for RunFilters {
    const RESOURCE: &'static str = "journey_runs";
    type Key = Uuid;
}

/// A person's way through a journey.
#[derive(Serialize, ToSchema)]
struct JourneyRun {
    /// The run's id, which follows from the journey, the person and the key.
    id: Id,
    /// The version.
    #[schema(example = 1)]
    version: i32,
    /// The person.
    person: Id,
    /// What the run is about; empty where that is the person.
    #[schema(example = "")]
    key: String,
    /// What began it: an event with its moment and properties, or a segment at an hour.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "event": "signed_up" }))]
    cause: Value,
    /// When it began.
    entered_at: Moment,
    /// The node where it is, or has ended; null before its first step.
    #[schema(required, example = "wait")]
    node: Option<String>,
    /// Since when it is there.
    since: Moment,
    /// When it goes on at the latest; null once it has ended.
    #[schema(required)]
    due_at: Option<Moment>,
    /// When it ended; null before.
    #[schema(required)]
    ended_at: Option<Moment>,
    /// Why: `finished`, `goal`, `erased`, `unsubscribed`, `capped`, `merged`, `removed`
    /// or `held_out`; null before.
    #[schema(required, example = "goal")]
    reason: Option<String>,
}

impl From<RunRow> for JourneyRun {
    fn from(row: RunRow) -> Self {
        Self {
            id: row.id.into(),
            version: row.version,
            person: row.person.into(),
            key: row.key,
            cause: row.cause,
            entered_at: row.entered_at.into(),
            node: row.node,
            since: row.since.into(),
            due_at: row.due_at.map(Into::into),
            ended_at: row.ended_at.map(Into::into),
            reason: row.reason,
        }
    }
}

/// List a journey's runs.
///
/// Of all versions, by id, a page at a time.
#[utoipa::path(get, operation_id = "list_journey_runs", path = "/v1/journeys/{name}/runs", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name."), RunFilters, Paging<RunFilters>),
    responses((status = 200, description = "A page of runs.", body = Listing<JourneyRun>), EngineItemRefusals))]
async fn list(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    list: List<RunFilters>,
) -> Result<Json<Listing<JourneyRun>>, Error> {
    journeys::get(&mut reader, &name.0, None).await?;
    let person = list.filters.person.as_ref().map(|it| it.0);
    let rows = journey_run::list(&mut reader, &name.0, person, list.page()).await?;
    list.answer(rows, |row| row.id, |row| Ok(row.into()))
}

/// How many came by each node of a journey.
#[derive(Serialize, ToSchema)]
struct JourneyFlow {
    /// The version.
    #[schema(example = 1)]
    version: i32,
    /// The nodes, by name.
    nodes: Vec<NodeFlow>,
    /// How many runs have ended, by reason.
    #[schema(example = json!({ "goal": 3 }))]
    ended: BTreeMap<String, i64>,
}

/// How many came by a node.
#[derive(Serialize, ToSchema)]
struct NodeFlow {
    /// The node's name.
    #[schema(example = "wait")]
    node: String,
    /// What the node does.
    #[schema(example = "wait_for")]
    kind: String,
    /// Runs that came to it.
    #[schema(example = 5)]
    arrived: i64,
    /// Runs that are there.
    #[schema(example = 1)]
    waiting: i64,
}

/// Get the flow through a journey.
///
/// How many came by each node of a version, how many are there now, and why runs have ended.
#[utoipa::path(get, operation_id = "get_journey_flow", path = "/v1/journeys/{name}/flow", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name."), VersionFilter),
    responses((status = 200, description = "The flow.", body = JourneyFlow), EngineItemRefusals))]
async fn flow(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(filter): Filters<VersionFilter>,
) -> Result<Json<JourneyFlow>, Error> {
    let row = journeys::get(&mut reader, &name.0, filter.version.map(|it| it.0)).await?;
    let sums = journey_flow::of(&mut reader, &name.0, row.version).await?;
    let of = |what: &str, node: &str| -> i64 {
        let is_it = |it: &&FlowRow| it.what == what && it.node == node;
        sums.iter().find(is_it).map_or(0, |it| it.runs)
    };
    let nodes = row.journey.nodes.iter().map(|(name, node)| {
        let arrived = of(ARRIVED, name);
        NodeFlow {
            node: name.clone(),
            kind: node.kind().to_owned(),
            arrived,
            waiting: arrived - of(LEFT, name),
        }
    });
    let ends = sums.iter().filter(|it| it.node.is_empty());
    Ok(Json(JourneyFlow {
        version: row.version,
        nodes: nodes.collect(),
        ended: ends.map(|it| (it.what.clone(), it.runs)).collect(),
    }))
}
