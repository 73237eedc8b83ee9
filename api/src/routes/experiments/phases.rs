//! Phases of experiments: started, widened, ended; and what was done to them.

use super::designs::Experiment;
use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::EngineItemRefusals,
    schema,
    state::ApiState,
    wire::{ExperimentKey, Listing, Moment, Slug},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_domain::{
    experiments::{design::Design, results::SharedOut},
    refusal::Refusal,
};
use tessera_engine::experiments::{
    designs,
    phases::{self, Ending},
};
use tessera_store::experiments::{change, phase};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Longest reason, characters.
const MAX_REASON_CHARS: usize = 1_000;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(ramp))
        .routes(routes!(stop))
        .routes(routes!(ship))
        .routes(routes!(phases_of))
        .routes(routes!(changes))
}

/// How a phase begins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// Whether the phase is for new people: who has seen an arm of an earlier phase sees the base, and is not
    /// counted. Takes an allocation that is `sticky`, since pages go by what they remember.
    #[serde(default)]
    #[schema(required = false)]
    only_new: bool,
}

/// More coverage.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ramp {
    /// Part of the visitors who take part from now on, in ten-thousandths: more than now.
    #[schema(minimum = 1, maximum = 10_000, example = 5_000)]
    coverage_bps: u16,
}

/// How a phase ends without an arm for everybody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "It cost too many sign-ups."
    )]
    reason: String,
}

/// How a phase ends with an arm for everybody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ship {
    /// The arm that everybody sees from now on.
    #[schema(value_type = Slug)]
    arm: String,
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "It won, and nothing suffered."
    )]
    reason: String,
}

/// A time in which nothing that results depend on changes.
#[derive(Serialize, ToSchema)]
struct Phase {
    /// Its number, from 1.
    #[schema(example = 1)]
    phase: i32,
    /// The design as it was at launch.
    #[schema(value_type = schema::ExperimentDesign)]
    design: Design,
    /// When it began.
    started_at: Moment,
    /// When it ended.
    #[schema(required)]
    ended_at: Option<Moment>,
    /// How visitors were shared out, in the order of time.
    #[schema(value_type = Vec<schema::SharedOut>)]
    allocations: Vec<SharedOut>,
}

parameters! {
    struct ChangeFilters {}
}

impl Listed for ChangeFilters {
    const RESOURCE: &'static str = "experiment_changes";
    type Key = i64;
}

/// Something that was done to an experiment.
#[derive(Serialize, ToSchema)]
struct ExperimentChange {
    /// `started`, `ramped`, `redesigned`, `decided`, `stopped` or `shipped`.
    #[schema(example = "ramped")]
    kind: String,
    /// The phase in which it was done.
    #[schema(example = 1)]
    phase: i32,
    /// What else is known of it.
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "from_bps": 1000, "to_bps": 5000 }))]
    body: Value,
    /// The API key or wallet that did it; `engine` for what Tessera did by itself.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    actor: String,
    /// When it was done.
    at: Moment,
}

/// Start an experiment's next phase.
///
/// Visitors see its arms from now on, and exposures count. Metrics, exchange rates and what counts as
/// activity stay as they are now until the phase ends. Each phase deals arms again.
#[utoipa::path(post, operation_id = "start_experiment", path = "/v1/experiments/{key}/start", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    request_body = Start,
    responses((status = 200, description = "The experiment, which runs.", body = Experiment), EngineItemRefusals))]
async fn start(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
    Body(wanted): Body<Start>,
) -> Result<Json<Experiment>, Error> {
    let (caller, conn) = writer.parts();
    let clock = || api.now().into();
    let row = phases::start(&api.engine, conn, caller, &key.0, wanted.only_new, clock).await?;
    Ok(Json(row.into()))
}

/// Let more visitors take part.
///
/// Nobody who has an arm gets another one for it.
#[utoipa::path(post, operation_id = "ramp_experiment", path = "/v1/experiments/{key}/ramp", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    request_body = Ramp,
    responses((status = 200, description = "The experiment.", body = Experiment), EngineItemRefusals))]
async fn ramp(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
    Body(wanted): Body<Ramp>,
) -> Result<Json<Experiment>, Error> {
    let (caller, conn) = writer.parts();
    let clock = || api.now().into();
    let row = phases::ramp(conn, caller, &key.0, wanted.coverage_bps, clock).await?;
    Ok(Json(row.into()))
}

/// Stop an experiment.
///
/// Everybody sees the base from now on, also where an arm was shipped. What happens later counts no more.
#[utoipa::path(post, operation_id = "stop_experiment", path = "/v1/experiments/{key}/stop", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    request_body = Stop,
    responses((status = 200, description = "The experiment, which runs no more.", body = Experiment), EngineItemRefusals))]
async fn stop(
    State(api): State<ApiState>,
    writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
    Body(wanted): Body<Stop>,
) -> Result<Json<Experiment>, Error> {
    end(&api, writer, &key, None, &wanted.reason).await
}

/// Ship an arm of an experiment.
///
/// Everybody sees it from now on. What happens later counts no more.
#[utoipa::path(post, operation_id = "ship_experiment", path = "/v1/experiments/{key}/ship", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    request_body = Ship,
    responses((status = 200, description = "The experiment, which is decided.", body = Experiment), EngineItemRefusals))]
async fn ship(
    State(api): State<ApiState>,
    writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
    Body(wanted): Body<Ship>,
) -> Result<Json<Experiment>, Error> {
    end(&api, writer, &key, Some(&wanted.arm), &wanted.reason).await
}

async fn end(
    api: &ApiState,
    mut writer: Writer<Configure>,
    key: &Slug,
    shipped: Option<&str>,
    reason: &str,
) -> Result<Json<Experiment>, Error> {
    Refusal::unless_name("reason", reason, MAX_REASON_CHARS)?;
    let (caller, conn) = writer.parts();
    let actor = caller.actor.to_string();
    let ending = Ending {
        shipped,
        reason,
        decision: None,
        actor: &actor,
    };
    let clock = || api.now().into();
    let row = phases::end(conn, caller.organisation, &key.0, ending, clock).await?;
    Ok(Json(row.into()))
}

/// List an experiment's phases.
#[utoipa::path(get, operation_id = "list_experiment_phases", path = "/v1/experiments/{key}/phases", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key.")),
    responses((status = 200, description = "The phases, in their order.", body = Vec<Phase>), EngineItemRefusals))]
async fn phases_of(
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
) -> Result<Hashed<Vec<Phase>>, Error> {
    designs::get(&mut reader, &key.0).await?;
    let mut answer = Vec::new();
    for row in phase::list(&mut reader, &key.0, None).await? {
        let allocations = phase::allocations(&mut reader, &key.0, row.phase).await?;
        answer.push(Phase {
            phase: row.phase,
            design: row.design,
            started_at: row.started_at.into(),
            ended_at: row.ended_at.map(Into::into),
            allocations,
        });
    }
    Ok(Hashed(answer))
}

/// List what was done to an experiment.
///
/// Oldest first, a page at a time; decisions with their reasons are among it.
#[utoipa::path(get, operation_id = "list_experiment_changes", path = "/v1/experiments/{key}/changes", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key."), ChangeFilters, Paging<ChangeFilters>),
    responses((status = 200, description = "A page of changes.", body = Listing<ExperimentChange>), EngineItemRefusals))]
async fn changes(
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
    list: List<ChangeFilters>,
) -> Result<Json<Listing<ExperimentChange>>, Error> {
    designs::get(&mut reader, &key.0).await?;
    let rows = change::list(&mut reader, &key.0, list.page()).await?;
    list.answer(
        rows,
        |row| row.number,
        |row| {
            Ok(ExperimentChange {
                kind: row.kind,
                phase: row.phase,
                body: row.body,
                actor: row.actor,
                at: row.at.into(),
            })
        },
    )
}
