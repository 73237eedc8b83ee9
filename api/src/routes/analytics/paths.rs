//! The paths that people take through events.

use crate::{
    auth::Read,
    error::Error,
    extract::{Body, Checks},
    http::unit_of_work::Querier,
    openapi::EngineRefusals,
    schema,
    state::ApiState,
    wire::Moment,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use tessera_domain::{
    analytics::paths::{Path, PathCounts, PathDefinition},
    event::Event,
    statistics::proportion::Proportion,
};
use tessera_store::analytics::histories::{EventStore, Question};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Paths listed by default.
const PATHS: usize = 10;
/// Most paths that a request may ask for.
const MAX_PATHS: usize = 50;
/// Most different paths that are counted.
const MAX_DIFFERENT: usize = 200_000;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(top_paths))
}

/// Which paths.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PathQuery {
    /// What a path is.
    #[schema(value_type = schema::PathDefinition)]
    definition: PathDefinition,
    /// Only events at or after this moment.
    from: Option<Moment>,
    /// Only events before this moment.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-02-28T12:00:00Z")]
    until: Option<Moment>,
    /// How many paths, from 1 to 50; 10 unless given.
    #[schema(minimum = 1, maximum = 50, example = 10)]
    top: Option<usize>,
}

/// The paths taken most.
#[derive(Serialize, ToSchema)]
struct TopPaths {
    /// How often a path was taken.
    #[schema(example = 900)]
    taken: u64,
    /// How many different paths there are.
    #[schema(example = 120)]
    different: usize,
    /// How many values of events had no order to those of `less` and `greater`, so that they were
    /// neither.
    #[schema(example = 0)]
    not_compared: usize,
    /// The most taken first.
    paths: Vec<TakenPath>,
    /// All the others together.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "numerator": 300, "denominator": 900,
        "rate": 0.3333, "interval": [0.3034, 0.3648] }))]
    other: Proportion,
}

/// A path and how often it was taken.
#[derive(Serialize, ToSchema)]
struct TakenPath {
    /// Its steps: an event, once or several times in a row; a loop of events that came twice or
    /// more in this order; or `omitted`, where a path is too long to be shown in full.
    #[schema(value_type = Vec<Value>, example = json!([{ "event": "page_viewed" },
        { "loop": ["pricing_page_visited", "api_documentation_viewed"] }, "omitted",
        { "event": "subscribed" }]))]
    steps: Path,
    /// The steps for people.
    #[schema(
        example = "page_viewed > (pricing_page_visited api_documentation_viewed)+ > … > subscribed"
    )]
    text: String,
    /// Its share of all paths that were taken. The interval takes paths as independent, which those
    /// of one person are not.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "numerator": 90, "denominator": 900,
        "rate": 0.1, "interval": [0.0821, 0.1213] }))]
    share: Proportion,
}

/// Find the most common paths.
///
/// Repeats of an event are one step, and a sequence that recurs is a loop. Each session of a person
/// is at most one path. Steps are acts of the person, as the event registry says, and what `start` and
/// `end` ask for.
#[utoipa::path(post, operation_id = "query_paths", path = "/v1/query/paths", tag = "analytics", security(("bearer" = [])),
    request_body = PathQuery,
    responses((status = 200, description = "The paths.", body = TopPaths), EngineRefusals))]
async fn top_paths(
    State(api): State<ApiState>,
    querier: Querier<Read>,
    Body(query): Body<PathQuery>,
) -> Result<Json<TopPaths>, Error> {
    let top = query.top.unwrap_or(PATHS);
    let mut checks = Checks::default();
    checks.range(query.from, query.until);
    let rule = "must be a whole number from 1 to 50";
    checks.that("top", rule, (1..=MAX_PATHS).contains(&top));
    checks.finish()?;
    let mut definition = query.definition;
    definition
        .validate()
        .map_err(|refusal| refusal.within("definition"))?;
    let events = Question {
        from: query.from.map(|from| from.0),
        until: query.until.map(|until| until.0),
        ..Question::default()
    };
    let rules = querier.rules(&api).await?;
    let named = definition.canonicalise(&rules.registry);
    named.map_err(|refusal| refusal.within("definition"))?;
    let acts = &rules.reading.acts;
    let mut counts = PathCounts::default();
    let mut not_compared = 0;
    let mut each = |_: Uuid, events: &[Event]| {
        not_compared += definition.not_compared(events);
        if counts.distinct() <= MAX_DIFFERENT {
            counts.merge(&PathCounts::of(events, &definition, acts));
        }
    };
    let store = &api.pools.questions;
    store
        .histories(querier.caller.organisation, &events, &mut each)
        .await?;
    if counts.distinct() > MAX_DIFFERENT {
        let rule = "must be less, or start, end or a shorter range be given: there are more than 200000 \
            different paths";
        return Err(Error::refused("definition.max_steps", rule));
    }
    let found = counts.top(top);
    let paths = found.paths.into_iter().map(|it| TakenPath {
        text: it.path.to_string(),
        steps: it.path,
        share: it.share,
    });
    Ok(Json(TopPaths {
        taken: counts.total(),
        different: counts.distinct(),
        not_compared,
        paths: paths.collect(),
        other: found.other,
    }))
}
