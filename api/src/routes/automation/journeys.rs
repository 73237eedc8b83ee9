//! Journeys: versions of graphs, and the runs of people through them.

mod runs;

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, Checks, Filters, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::jobs::{self, Job},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Name, Version},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::{automation::journey::Journey, capture::is_name};
use tessera_engine::{
    automation::journeys::{self as engine, Running},
    job::JobRequest,
};
use tessera_store::automation::journey::{self, JourneyRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Longest time that is rehearsed, days.
const MAX_DAYS: u16 = 366;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, draft))
        .routes(routes!(get, remove))
        .routes(routes!(publish))
        .routes(routes!(rehearse))
        .merge(runs::router())
}

parameters! {
    struct JourneyFilters {}
}

impl Listed for JourneyFilters {
    const RESOURCE: &'static str = "journeys";
    type Key = Name;
}

/// A journey to add, or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewJourney {
    /// The journey's name.
    #[schema(value_type = Name)]
    name: String,
    /// The graph.
    #[schema(value_type = schema::Journey)]
    journey: Journey,
}

/// A version of a journey.
#[derive(Serialize, ToSchema)]
struct JourneyBody {
    /// The journey's name.
    #[schema(value_type = Name)]
    name: String,
    /// The version, from 1.
    #[schema(example = 1)]
    version: i32,
    /// `draft`, `published`, or `retired` when another version was published.
    #[schema(example = "published")]
    status: String,
    /// The graph.
    #[schema(value_type = schema::Journey)]
    journey: Journey,
    /// The API key or wallet that wrote the version.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was written.
    created_at: Moment,
    /// When people could enter it first; null of a draft.
    #[schema(required)]
    published_at: Option<Moment>,
}

impl From<JourneyRow> for JourneyBody {
    fn from(row: JourneyRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            status: row.status,
            journey: row.journey,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
        }
    }
}

parameters! {
    struct VersionFilter {
        /// The version; the one that people enter, unless given, else the newest.
        version: Version,
    }
}

/// List journeys.
///
/// By name, a page at a time: of each the version that people enter, else the newest.
#[utoipa::path(get, operation_id = "list_journeys", path = "/v1/journeys", tag = "automation", security(("bearer" = [])),
    params(JourneyFilters, Paging<JourneyFilters>),
    responses((status = 200, description = "A page of journeys.", body = Listing<JourneyBody>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<JourneyFilters>,
) -> Result<Json<Listing<JourneyBody>>, Error> {
    let page = list.page().by(|name| name.0);
    let rows = journey::list(&mut reader, page).await?;
    list.answer(rows, |row| Name(row.name.clone()), |row| Ok(row.into()))
}

/// Get a journey.
#[utoipa::path(get, operation_id = "get_journey", path = "/v1/journeys/{name}", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name."), VersionFilter),
    responses((status = 200, description = "The journey.", body = JourneyBody), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(name): PathParam<Name>,
    Filters(filter): Filters<VersionFilter>,
) -> Result<Hashed<JourneyBody>, Error> {
    let row = engine::get(&mut reader, &name.0, filter.version.map(|it| it.0)).await?;
    Ok(Hashed(row.into()))
}

/// Create or change a journey.
///
/// Adds a version as a draft. Nobody enters it before it is published; until then it can be rehearsed. An alias
/// stands for its event, unless it is spelled like an event's own name.
#[utoipa::path(post, operation_id = "draft_journey", path = "/v1/journeys", tag = "automation", security(("bearer" = [])),
    request_body = NewJourney,
    responses((status = 201, description = "The draft.", body = JourneyBody), EngineRefusals))]
async fn draft(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewJourney>,
) -> Result<(StatusCode, Json<JourneyBody>), Error> {
    let mut checks = Checks::default();
    checks.that("name", Name::RULE, is_name(&new.name));
    checks.finish()?;
    let (caller, conn) = writer.parts();
    let row = engine::draft(&api.engine, conn, caller, &new.name, new.journey).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Which version to publish, and what becomes of those who are under way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// The version.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What becomes of those who are under way in earlier versions.
    #[serde(default)]
    running: UnderWay,
}

/// What becomes of those who are under way in earlier versions.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum UnderWay {
    /// They go on as they began.
    #[default]
    Finish,
    /// They go on in the new version, where it has a node of the name of theirs; else as they began.
    Move,
}

/// Publish a version of a journey.
///
/// From then on people enter this version, and no other one. What it names must be there: the segment of
/// its entry; the segment of a score is created.
#[utoipa::path(post, operation_id = "publish_journey", path = "/v1/journeys/{name}/publish", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name.")),
    request_body = Publication,
    responses((status = 200, description = "The version that people enter.", body = JourneyBody), EngineItemRefusals))]
async fn publish(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
    Body(wanted): Body<Publication>,
) -> Result<Json<JourneyBody>, Error> {
    let running = match wanted.running {
        UnderWay::Finish => Running::Finish,
        UnderWay::Move => Running::Move,
    };
    let (caller, conn) = writer.parts();
    let published =
        engine::publish(&api.engine, conn, caller, &name.0, wanted.version, running).await?;
    Ok(Json(published.into()))
}

/// Remove a journey.
///
/// Nobody enters any longer, and those who are under way leave with the reason `removed`.
#[utoipa::path(delete, operation_id = "remove_journey", path = "/v1/journeys/{name}", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name.")),
    responses((status = 204, description = "The journey is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    engine::remove(conn, caller, &name.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to rehearse.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedRehearsal {
    /// The version.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// Over how many days before now people enter.
    #[schema(minimum = 1, maximum = 366, example = 30)]
    days: u16,
}

/// Rehearse a version of a journey.
///
/// Goes through the events of everybody as if the version had been published some days ago: how many would have
/// come by each node, and what would have been done to whom and when. Nothing is sent. The answer is a job;
/// its result is of this form: `version`, `from`, `until`, `entered`, `nodes` (`node`, `arrived`, `waiting`),
/// `ended` by reason, `acts` (`person`, `node`, `at`, and `message`, `announced`, `traits` or `task`), of
/// which 200 are listed, and `acts_in_all`.
#[utoipa::path(post, operation_id = "rehearse_journey", path = "/v1/journeys/{name}/rehearsals", tag = "automation", security(("bearer" = [])),
    params(("name" = inline(Name), Path, description = "The journey's name.")),
    request_body = WantedRehearsal,
    responses((status = 202, description = "The job.", body = Job), EngineItemRefusals))]
async fn rehearse(
    mut writer: Writer<Configure>,
    PathParam(name): PathParam<Name>,
    Body(wanted): Body<WantedRehearsal>,
) -> Result<(StatusCode, Json<Job>), Error> {
    let mut checks = Checks::default();
    let rule = "must be from 1 to 366";
    checks.that("days", rule, (1..=MAX_DAYS).contains(&wanted.days));
    checks.finish()?;
    let request = JobRequest::Rehearsal {
        journey: name.0,
        version: wanted.version,
        days: wanted.days,
    };
    jobs::request(&mut writer, &request).await
}
