//! What is promised of kinds of tasks.

use crate::{
    auth::{Configure, Read},
    error::Error,
    extract::{Body, List, Listed, Paging, PathParam, parameters},
    http::{
        conditional::Hashed,
        unit_of_work::{Reader, Writer},
    },
    openapi::{EngineItemRefusals, EngineRefusals},
    schema,
    state::ApiState,
    wire::{Listing, Moment, Name},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use tessera_domain::leads::tasks::TaskPolicy;
use tessera_engine::leads::tasks;
use tessera_store::leads::task_policy::{self, TaskPolicyRow};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, put))
        .routes(routes!(get, remove))
}

parameters! {
    struct TaskPolicyFilters {}
}

impl Listed for TaskPolicyFilters {
    const RESOURCE: &'static str = "task_policies";
    type Key = Name;
}

/// What is promised of a kind of task.
#[derive(Serialize, ToSchema)]
struct KnownTaskPolicy {
    /// The policy.
    #[schema(value_type = schema::TaskPolicy)]
    policy: TaskPolicy,
    /// The API key or wallet that wrote it.
    #[schema(example = "wallet:DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8")]
    updated_by: String,
    /// When it was written.
    updated_at: Moment,
}

impl From<TaskPolicyRow> for KnownTaskPolicy {
    fn from(row: TaskPolicyRow) -> Self {
        Self {
            policy: row.policy.0,
            updated_by: row.updated_by,
            updated_at: row.updated_at.into(),
        }
    }
}

/// List task policies.
///
/// By kind, a page at a time.
#[utoipa::path(get, operation_id = "list_task_policies", path = "/v1/task-policies", tag = "leads",
    security(("bearer" = [])),
    params(TaskPolicyFilters, Paging<TaskPolicyFilters>),
    responses((status = 200, description = "A page of policies.", body = Listing<KnownTaskPolicy>), EngineRefusals))]
async fn list(
    mut reader: Reader<Read>,
    list: List<TaskPolicyFilters>,
) -> Result<Json<Listing<KnownTaskPolicy>>, Error> {
    let rows = task_policy::list(&mut reader, list.page().by(|kind| kind.0)).await?;
    list.answer(
        rows,
        |row| Name(row.policy.kind.clone()),
        |row| Ok(row.into()),
    )
}

/// Get the policy of a kind of task.
#[utoipa::path(get, operation_id = "get_task_policy", path = "/v1/task-policies/{kind}", tag = "leads",
    security(("bearer" = [])),
    params(("kind" = inline(Name), Path, description = "The kind of task.")),
    responses((status = 200, description = "The policy.", body = KnownTaskPolicy), EngineItemRefusals))]
async fn get(
    mut reader: Reader<Read>,
    PathParam(kind): PathParam<Name>,
) -> Result<Hashed<KnownTaskPolicy>, Error> {
    let row = tasks::policy(&mut reader, &kind.0).await?;
    Ok(Hashed(row.into()))
}

/// Add or replace the policy of a kind of task.
///
/// For tasks that are created from now on. Without a policy, a task is due after eight hours of working time,
/// and nobody hears of it when it is late. There are at most 200 policies.
#[utoipa::path(put, operation_id = "put_task_policy", path = "/v1/task-policies", tag = "leads",
    security(("bearer" = [])),
    request_body = schema::TaskPolicy,
    responses((status = 200, description = "The policy.", body = KnownTaskPolicy), EngineRefusals))]
async fn put(
    mut writer: Writer<Configure>,
    Body(policy): Body<TaskPolicy>,
) -> Result<Json<KnownTaskPolicy>, Error> {
    let (caller, conn) = writer.parts();
    Ok(Json(tasks::put_policy(conn, caller, policy).await?.into()))
}

/// Remove the policy of a kind of task.
///
/// Existing tasks keep their due times.
#[utoipa::path(delete, operation_id = "remove_task_policy", path = "/v1/task-policies/{kind}", tag = "leads",
    security(("bearer" = [])),
    params(("kind" = inline(Name), Path, description = "The kind of task.")),
    responses((status = 204, description = "The policy is removed."), EngineItemRefusals))]
async fn remove(
    mut writer: Writer<Configure>,
    PathParam(kind): PathParam<Name>,
) -> Result<StatusCode, Error> {
    tasks::remove_policy(&mut writer, &kind.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
