//! Jobs: computations that take longer than a request may.

use crate::{
    auth::{Needs, Read},
    error::Error,
    extract::PathParam,
    http::unit_of_work::{Reader, Writer},
    openapi::EngineItemRefusals,
    state::ApiState,
    wire::{Id, Moment},
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use serde_json::Value;
use tessera_domain::access::Scope;
use tessera_engine::{
    automation::audience_exports,
    job::{self as engine, AUDIENCE_EXPORT, JobRequest},
};
use tessera_store::{
    PgConnection,
    job::{self, JobRow},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get))
}

/// A computation in the background. It can be read for 30 days.
#[derive(Serialize, ToSchema)]
pub(crate) struct Job {
    id: Id,
    /// `backtest`, `training`, `verification`, `rehearsal`, `audience_export`, `health` or `uplift`.
    #[schema(example = "backtest")]
    kind: String,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "running")]
    status: String,
    /// How much of it is done, in percent.
    #[schema(example = 40)]
    progress: i16,
    /// The result, whose form depends on the kind; null until it is done.
    #[schema(required, value_type = Option<BTreeMap<String, Value>>, example = json!(null))]
    result: Option<Value>,
    /// Why it failed; null unless it did.
    #[schema(required, example = json!(null))]
    problem: Option<String>,
    /// The API key or wallet that asked for it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    created_by: String,
    created_at: Moment,
    /// When it was done or failed; null before.
    #[schema(required)]
    finished_at: Option<Moment>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind,
            status: row.status,
            progress: row.progress,
            result: row.result,
            problem: row.problem,
            created_by: row.created_by,
            created_at: row.created_at.into(),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

/// Asks for a job and shows it.
pub(crate) async fn request<S: Needs>(
    writer: &mut Writer<S>,
    wanted: &JobRequest,
) -> Result<(StatusCode, Json<Job>), Error> {
    let (caller, conn) = writer.parts();
    let id = engine::request(conn, caller, wanted).await?;
    accepted(conn, id).await
}

/// Shows a job that was just asked for.
pub(crate) async fn accepted(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<(StatusCode, Json<Job>), Error> {
    let row = job::get(conn, id).await?;
    let row = row.ok_or_else(|| Error::internal("read the job that was asked for"))?;
    Ok((StatusCode::ACCEPTED, Json(row.into())))
}

/// Get a job.
///
/// With its result, once it is done. That of an audience export takes the scope `administer`.
#[utoipa::path(get, operation_id = "get_job", path = "/v1/jobs/{id}", tag = "leads", security(("bearer" = [])),
    params(("id" = Id, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = Job), EngineItemRefusals))]
async fn get(
    State(api): State<ApiState>,
    mut reader: Reader<Read>,
    PathParam(id): PathParam<Id>,
) -> Result<Json<Job>, Error> {
    let found = job::get(&mut reader, id.0).await?;
    let mut row = found.ok_or_else(|| Error::not_found("job", id))?;
    if row.kind == AUDIENCE_EXPORT {
        reader.caller.require(Scope::Administer)?;
        let organisation = reader.caller.organisation;
        let file = audience_exports::file(&api.engine, &mut reader, organisation, id.0).await?;
        if let Some(result) = &mut row.result {
            result["csv"] = file.into();
        }
    }
    Ok(Json(row.into()))
}
