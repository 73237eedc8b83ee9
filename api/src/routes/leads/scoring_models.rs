//! Scoring models: versions that never change, tested on the outcomes of past leads before they are
//! published.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    routes::jobs::{self, Job},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Version},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use tessera_domain::leads::scoring::ScoringModel;
use tessera_engine::{
    job::JobRequest,
    leads::scoring_models::{self, Publication},
};
use tessera_store::{
    PgConnection,
    rule_set::{self, RuleKind, RuleSet},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Names the resource in refusals.
const RESOURCE: &str = "scoring model";

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(request_backtest))
        .routes(routes!(publish))
}

parameters! {
    struct ScoringModelFilters {}
}

impl Listed for ScoringModelFilters {
    const RESOURCE: &'static str = "scoring_models";
    type Key = i64;
}

/// A version of the scoring model.
#[derive(Serialize, ToSchema)]
struct ScoringModelVersion {
    /// Its number, from 1.
    #[schema(example = 2)]
    version: i32,
    /// `draft`, `building` (everybody is being scored under it, and the previous version is still
    /// in force), `published` (in force) or `retired`.
    #[schema(example = "draft")]
    status: String,
    /// The API key or wallet that created it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    /// When it was created.
    created_at: Moment,
    /// When it was last published.
    #[schema(required)]
    published_at: Option<Moment>,
    /// The model.
    #[schema(value_type = schema::ScoringModel)]
    model: Value,
}

/// A version that was created or is being published.
#[derive(Serialize, ToSchema)]
struct ScoringModelStatus {
    /// The version's number.
    #[schema(example = 2)]
    version: i32,
    /// Its status.
    #[schema(example = "building")]
    status: &'static str,
}

impl From<RuleSet> for ScoringModelVersion {
    fn from(row: RuleSet) -> Self {
        Self {
            version: row.version,
            status: row.status,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            published_at: row.published_at.map(Into::into),
            model: row.body,
        }
    }
}

/// The model of this version, or the one in force.
pub(super) async fn in_force(
    conn: &mut PgConnection,
    version: Option<Version>,
) -> Result<(i32, ScoringModel), Error> {
    rule_set::scoring_model(conn, version.map(|version| version.0))
        .await?
        .ok_or_else(|| absent(version))
}

fn absent(version: Option<Version>) -> Error {
    version.map_or_else(
        || Error::not_found(RESOURCE, "in force"),
        |version| version.absent(RESOURCE),
    )
}

/// List versions of the scoring model.
///
/// Oldest first, a page at a time.
#[utoipa::path(get, operation_id = "list_scoring_models", path = "/v1/scoring/models", tag = "leads", security(("bearer" = [])),
    params(ScoringModelFilters, Paging<ScoringModelFilters>),
    responses((status = 200, description = "A page of versions.", body = Listing<ScoringModelVersion>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<ScoringModelFilters>,
) -> Result<Json<Listing<ScoringModelVersion>>, Error> {
    let rows = rule_set::list(&mut reader, RuleKind::ScoringModel, list.page()).await?;
    list.answer(rows, |row| row.version.into(), |row| Ok(row.into()))
}

/// Get a version of the scoring model.
#[utoipa::path(get, operation_id = "get_scoring_model", path = "/v1/scoring/models/{version}", tag = "leads", security(("bearer" = [])),
    params(("version" = inline(Version), Path, description = "The version's number.")),
    responses((status = 200, description = "The version.", body = ScoringModelVersion), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(version): PathParam<Version>,
) -> Result<Hashed<ScoringModelVersion>, Error> {
    let row = rule_set::get(&mut reader, RuleKind::ScoringModel, version.0)
        .await?
        .ok_or_else(|| absent(Some(version)))?;
    Ok(Hashed(row.into()))
}

/// Create a version of the scoring model, as a draft.
///
/// Scores are computed under a draft only for requests that give its number. A version never
/// changes; create another one instead. An alias stands for its event, unless it is spelled like an
/// event's own name.
#[utoipa::path(post, operation_id = "create_scoring_model", path = "/v1/scoring/models", tag = "leads", security(("bearer" = [])),
    request_body = schema::ScoringModel,
    responses((status = 201, description = "The draft.", body = ScoringModelStatus), EngineRefusals))]
async fn create(
    State(api): State<ApiState>,
    mut writer: Writer<Configure>,
    Body(model): Body<ScoringModel>,
) -> Result<(StatusCode, Json<ScoringModelStatus>), Error> {
    let (caller, conn) = writer.parts();
    let version = scoring_models::draft(&api.engine, conn, caller, model).await?;
    let written = ScoringModelStatus {
        version,
        status: "draft",
    };
    Ok((StatusCode::CREATED, Json(written)))
}

/// Backtest a version of the scoring model.
///
/// A job scores the latest 10,000 deals that were won or lost by what their people had done before
/// the decision, under this version and under the one in force, and compares with the outcome. Its
/// result has the number of deals and, for `candidate` and `published`: the share that was won, the
/// chance that a won lead scores above a lost one (AUC), mean scores, and the share that was won in
/// each tenth of the leads from the highest scores to the lowest. Nothing else changes.
#[utoipa::path(post, operation_id = "backtest_scoring_model", path = "/v1/scoring/models/{version}/backtest", tag = "leads", security(("bearer" = [])),
    params(("version" = inline(Version), Path, description = "The version's number.")),
    responses((status = 202, description = "The requested job.", body = Job), EngineItemRefusals))]
async fn request_backtest(
    mut writer: Writer<Read>,
    PathParam(version): PathParam<Version>,
) -> Result<(StatusCode, Json<Job>), Error> {
    let wanted = JobRequest::Backtest { version: version.0 };
    jobs::request(&mut writer, &wanted).await
}

/// Publish a version of the scoring model.
///
/// Everybody is scored under it first; until that is done, the previous version stays in force, and
/// `status` is `building`. A retired version can be published again. Only one version can be
/// building. Publishing the version in force changes nothing.
#[utoipa::path(post, operation_id = "publish_scoring_model", path = "/v1/scoring/models/{version}/publish", tag = "leads", security(("bearer" = [])),
    params(("version" = inline(Version), Path, description = "The version's number.")),
    responses((status = 200, description = "The version was in force before.", body = ScoringModelStatus),
        (status = 202, description = "The version is being built.", body = ScoringModelStatus), EngineItemRefusals))]
async fn publish(
    mut writer: Writer<Configure>,
    PathParam(version): PathParam<Version>,
) -> Result<(StatusCode, Json<ScoringModelStatus>), Error> {
    let (caller, conn) = writer.parts();
    let publication = scoring_models::publish(conn, caller, version.0).await?;
    let (code, status) = match publication {
        Publication::InForce => (StatusCode::OK, "published"),
        Publication::Building => (StatusCode::ACCEPTED, "building"),
    };
    let published = ScoringModelStatus {
        version: version.0,
        status,
    };
    Ok((code, Json(published)))
}
