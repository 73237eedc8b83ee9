//! Experiments: drafts, and what became of them.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, Param, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{ExperimentKey, Listing, Moment, Slug},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use tessera_domain::experiments::design::Design;
use tessera_engine::experiments::designs;
use tessera_store::experiments::experiment::{self, ExperimentRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, redesign, remove))
}

/// Where an experiment stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "running")]
pub(crate) enum ExperimentStatus {
    /// It has not run yet.
    Draft,
    /// A phase runs.
    Running,
    /// No phase runs any more.
    Stopped,
}

impl ExperimentStatus {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

impl Param for ExperimentStatus {
    const RULE: &'static str = "must be one of draft, running, stopped";

    fn parse(text: &str) -> Option<Self> {
        let known = [Self::Draft, Self::Running, Self::Stopped];
        known.into_iter().find(|it| it.as_str() == text)
    }
}

parameters! {
    /// Narrows the list of experiments.
    struct ExperimentFilters {
        /// Only experiments that stand here.
        status: ExperimentStatus,
    }
}

impl Listed for ExperimentFilters {
    const RESOURCE: &'static str = "experiments";
    type Key = ExperimentKey;
}

/// An experiment to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewExperiment {
    /// What pages ask by; it never changes.
    #[schema(value_type = Slug)]
    key: String,
    /// What is tested.
    #[schema(value_type = schema::ExperimentDesign)]
    design: Design,
}

/// Another design.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Redesigned {
    /// What is tested.
    #[schema(value_type = schema::ExperimentDesign)]
    design: Design,
}

/// An experiment.
#[derive(Serialize, ToSchema)]
pub(super) struct Experiment {
    /// What pages ask by.
    #[schema(value_type = ExperimentKey)]
    key: String,
    /// `draft`, `running` or `stopped`.
    #[schema(value_type = ExperimentStatus)]
    status: String,
    /// What is tested; of what runs, as it was at launch, with the coverage of today.
    #[schema(value_type = schema::ExperimentDesign)]
    design: Design,
    /// The number of the latest phase; 0 before the first.
    #[schema(example = 1)]
    phase: i32,
    /// The arm that everybody sees since a decision.
    #[schema(required, value_type = Option<Slug>)]
    shipped: Option<String>,
    /// The API key or wallet that created it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

impl From<ExperimentRow> for Experiment {
    fn from(row: ExperimentRow) -> Self {
        Self {
            key: row.key,
            status: row.status,
            design: row.design,
            phase: row.phase,
            shipped: row.shipped,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

/// List experiments.
///
/// By key, a page at a time.
#[utoipa::path(get, operation_id = "list_experiments", path = "/v1/experiments", tag = "experiments", security(("bearer" = [])),
    params(ExperimentFilters, Paging<ExperimentFilters>),
    responses((status = 200, description = "A page of experiments.", body = Listing<Experiment>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<ExperimentFilters>,
) -> Result<Json<Listing<Experiment>>, Error> {
    let page = list.page().by(|key| key.0);
    let status = list.filters.status.as_ref().map(ExperimentStatus::as_str);
    let rows = experiment::list(&mut reader, status, page).await?;
    list.answer(
        rows,
        |row| ExperimentKey(row.key.clone()),
        |row| Ok(row.into()),
    )
}

/// Get an experiment.
#[utoipa::path(get, operation_id = "get_experiment", path = "/v1/experiments/{key}", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(ExperimentKey), Path, description = "The experiment's key.")),
    responses((status = 200, description = "The experiment.", body = Experiment), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(key): PathParam<ExperimentKey>,
) -> Result<Hashed<Experiment>, Error> {
    Ok(Hashed(designs::get(&mut reader, &key.0).await?.into()))
}

/// Create an experiment, as a draft.
///
/// Nobody sees it before it is started. Presets check their arms: presentations of a discount must come
/// to the same price, and urgency must be that of an offer which ends.
#[utoipa::path(post, operation_id = "create_experiment", path = "/v1/experiments", tag = "experiments", security(("bearer" = [])),
    request_body = NewExperiment,
    responses((status = 201, description = "The draft.", body = Experiment), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(new): Body<NewExperiment>,
) -> Result<(StatusCode, Json<Experiment>), Error> {
    let (caller, conn) = writer.parts();
    let clock = || api.now().into();
    let row = designs::create(conn, caller, &new.key, &new.design, clock).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

/// Change an experiment's design.
///
/// While a phase runs, only `name` and `hypothesis` can change: what results depend on stays as it is
/// until another phase begins. More coverage is a ramp.
#[utoipa::path(put, operation_id = "redesign_experiment", path = "/v1/experiments/{key}", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    request_body = Redesigned,
    responses((status = 200, description = "The experiment.", body = Experiment), EngineItemRefusals))]
async fn redesign(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
    Body(wanted): Body<Redesigned>,
) -> Result<Json<Experiment>, Error> {
    let (caller, conn) = writer.parts();
    let clock = || api.now().into();
    let row = designs::redesign(conn, caller, &key.0, &wanted.design, clock).await?;
    Ok(Json(row.into()))
}

/// Remove a draft.
///
/// An experiment that has run stays, with its results: pages remember arms by its key. It can have another
/// design, and run again.
#[utoipa::path(delete, operation_id = "remove_experiment", path = "/v1/experiments/{key}", tag = "experiments", security(("bearer" = [])),
    params(("key" = inline(Slug), Path, description = "The experiment's key.")),
    responses((status = 204, description = "The draft is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(key): PathParam<Slug>,
) -> Result<StatusCode, Error> {
    let (caller, conn) = writer.parts();
    designs::remove(conn, caller, &key.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
